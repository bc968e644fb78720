"""``python -m benchmarks [row …] [--publish]``: measure, print the table, compare with the baseline.

Writes ``benchmarks/results.json``. ``--publish`` makes the results the baseline and fills the table of
benchmarks/results.md with them; rows that were not measured stay as they were.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import cost, crowd, fanout, orchestration, pace, page, painting, reaction, startup
from benchmarks.figures import Figure, in_document, merged, read, table, worse, written

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
BASELINE = HERE / "baseline.json"
DOCUMENT = HERE / "results.md"

ROWS: dict[str, Callable[[], list[Figure]]] = {
    module.ROW: module.measure
    for module in (pace, orchestration, cost, fanout, page, reaction, startup, painting, crowd)
}


def main(arguments: list[str]) -> int:
    """Measure the rows asked for and give the exit status: 0 whatever the figures say, 1 when a row has none."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measures Step 8.")
    parser.add_argument("rows", nargs="*", metavar="row", help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--publish", action="store_true", help="make the results the baseline and the document's table")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"There is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}.")
    baseline = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    found: list[Figure] = []
    broken: list[str] = []
    for row in asked.rows or ROWS:
        began = time.monotonic()
        print(f"{row} …", end="", flush=True)
        try:
            found += [replace(figure, row=row) for figure in ROWS[row]()]
            print(f" {time.monotonic() - began:.0f} s", flush=True)
        except Exception:  # the other rows are worth having all the same
            broken.append(row)
            print(" could not be measured", flush=True)
            traceback.print_exc()
    print(f"\n{machine()}\n\n{table(found)}\n")
    for line in worse(found, baseline) or ["No ratio is more than 15 % worse than the baseline's."]:
        print(line)
    save(RESULTS, found)
    if asked.publish:
        everything = merged(read(baseline), found, list(ROWS))
        save(BASELINE, everything)
        DOCUMENT.write_text(in_document(DOCUMENT.read_text("utf-8"), everything, machine()), encoding="utf-8")
    return 1 if broken else 0


def save(path: Path, figures: list[Figure]) -> None:
    """Write results where `read` finds them."""
    path.write_text(json.dumps(written(figures, machine()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> str:
    """What it was measured on, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} × {model}, {memory:.0f} GB, {platform.system()} {platform.release()}, {python}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
