"""Wording of times and texts on a page: moments, durations, shortened texts. Pure."""

from __future__ import annotations

import math
from datetime import datetime

LONGEST = 600
"""Characters of a text in a table, in one readable piece."""


def ago(then: float, now: float) -> str:
    """A time in the past, as short as stays true: "just now", "12 min ago", "yesterday", "Tue", "3 Nov".

    Days are those of this machine's time zone.
    """
    if then <= 0 or not math.isfinite(then):
        return "–"
    seconds = now - then
    day, today = datetime.fromtimestamp(then), datetime.fromtimestamp(now)
    days = (today.date() - day.date()).days
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if days == 0:
        return f"{int(seconds // 3600)} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{day:%a}"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def length(seconds: float) -> str:
    """A duration, rounded: "20 s", "6 min", "2 h 10 min"."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s" if seconds < 10 else f"{round(seconds / 10) * 10 or 10} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def at_second(value: object) -> str:
    """A position in a recording: 75.4 is "1:15.4". Text that is no number is kept."""
    if isinstance(value, str) and not _is_number(value):
        return value.strip()[:20]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return ""
    seconds = float(value)
    if not math.isfinite(seconds) or seconds < 0:
        return ""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def clock(at: float) -> str:
    """A time as HH:MM:SS in this machine's time zone."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S") if at > 0 else "--:--:--"


def clip(text: str, longest: int = LONGEST) -> str:
    """Shorten a text with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def moment(at: float) -> str:
    """A time as "24 Nov 09:31:07" in this machine's time zone; "" when unknown."""
    if at <= 0:
        return ""
    then = datetime.fromtimestamp(at)
    return f"{then.day} {then:%b %H:%M:%S}"
