"""Everything of an error that could end up in a log or on a page, so that a test can look for a planted key in it."""

from __future__ import annotations

import traceback
from pathlib import Path

TESTS = Path(__file__).parents[1]


def everything_in(error: BaseException) -> str:
    """Its text, arguments and attributes, those of its causes, the printed chain, the variables of its frames.

    The frames of the tests themselves, which know the key, are left out.
    """
    found = traceback.format_exception(error)
    link: BaseException | None = error
    while link is not None:
        found.append(f"{link!r} {link} {link.args} {link.__dict__}")
        frames = [frame for frame, _ in traceback.walk_tb(link.__traceback__)]
        found += [repr(frame.f_locals) for frame in frames if not Path(frame.f_code.co_filename).is_relative_to(TESTS)]
        link = link.__cause__ or link.__context__
    return "\n".join(found)
