"""The command line: what each command prints, and how it ends."""

from __future__ import annotations

import shutil
import subprocess

from tests.outside import samples
from tests.outside.files import record_files
from tests.outside.order import calm
from tests.outside.record import Record
from tests.outside.server import Product, free_port
from tests.outside.visitor import Visitor

HELPS = (
    ("--help",), ("--version",), ("serve", "--help"), ("worker", "--help"), ("generate", "--help"),
    ("progress", "--help"),
)  # fmt: skip
WRONG = (
    (), ("dance",), ("serve", "now"), ("worker", "--projects", "none"), ("worker", "now"), ("generate",), ("progress",),
    ("generate", "nowhere"), ("progress", "nowhere"), ("progress", "../outside"), ("generate", "broken"),
    ("progress", "broken"), ("generate", "small", "now"),
)  # fmt: skip
BAD_SETTINGS = (
    {"PORT": "many"}, {"PORT": "0"}, {"HOST": "0.0.0.0"}, {"IMAGE_PROVIDER": "none"}, {"MAX_PARALLEL": "0"},
    {"REDIS_URL": "nowhere"}, {"BUDGET_USD": "-1"}, {"GEMINI_BASE_URL": "http://example.com"},
)  # fmt: skip


def record_cli(record: Record, product: Product) -> None:
    """Write the commands with their output and exit status."""
    samples.story(product.root, "small")
    samples.broken(product.root)
    record.write("cli/help", "\n\n".join(_told(record, product, *arguments) for arguments in HELPS))
    record.progress("cli: help")
    record.write("cli/wrong", "\n\n".join(_told(record, product, *arguments) for arguments in WRONG))
    record.progress("cli: wrong arguments")
    record.write("cli/settings", "\n\n".join(_told(record, product, "serve", **bad) for bad in BAD_SETTINGS))
    record.progress("cli: settings")
    commands = (
        "progress small",
        "generate small",
        "progress small",
        f"progress {product.root}/small",
        "generate small",
    )
    record.write("cli/whole", "\n\n".join(_told(record, product, *command.split()) for command in commands))
    record_files(record, "cli/files of the project", product.root / "small")
    shutil.rmtree(product.root / "small" / "generated_images" / "clear")
    settings = {"IMAGE_PROVIDER": "openai"}
    failing = (_told(record, product, "generate", "small", **settings), _told(record, product, "progress", "small"))
    record.write("cli/without a key", "\n\n".join(failing))
    record.progress("cli: runs")


def record_worker(record: Record, product: Product) -> None:
    """Write what a worker without pages answers and prints."""
    port = free_port()
    record.noise.add(f":{port}", ":<port>")
    with product.serving("worker", port, WORKER_PORT=str(port)) as log:
        visitor = Visitor(f"http://127.0.0.1:{port}")
        answers = [visitor.get(path) for path in ("/healthz", "/metrics", "/", "/api/ping")]
    record.answer("cli/worker answers", *answers)
    record.write("cli/worker prints", record.noise.out_of(log.read_text("utf-8")))
    record.progress("cli: worker")


def _told(record: Record, product: Product, *arguments: str, **settings: str) -> str:
    """A command as text. What it prints is in the order of its lines, each stream for itself."""
    ended: subprocess.CompletedProcess[str] = product.run("-m", "webapp", *arguments, **settings)
    said = " ".join([*(f"{name}={value}" for name, value in settings.items()), "python -m webapp", *arguments])
    told = [
        f"$ {said}",
        f"exit status {ended.returncode}",
        "\n".join(calm(ended.stdout.splitlines(), str)),
        "stderr:",
        ended.stderr.rstrip(),
    ]
    return record.noise.out_of("\n".join(line for line in told if line))
