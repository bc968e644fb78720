"""Markdown as safe HTML.

Raw HTML in the text is shown as text, links lead only to the web or to mail, pictures are not fetched from anywhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
PAGE_LEVELS = 2
"""The page has its title and the names of its blocks as headings."""


def markdown(text: str) -> Markup:
    """The text as HTML that may stand in a page as it is. Its headings come below the page's own two levels."""
    renderer = _renderer()
    tokens = renderer.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + PAGE_LEVELS)}"
    return Markup(renderer.renderer.render(tokens, renderer.options, {}))


def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").enable("strikethrough")
    renderer.disable("image")  # a picture elsewhere would tell a stranger that the page was opened
    renderer.validateLink = _safe  # type: ignore[method-assign]
    return renderer


def _safe(url: str) -> bool:
    if url.startswith("#"):
        return True
    try:
        return urlsplit(url.strip()).scheme.lower() in SAFE_SCHEMES
    except ValueError:
        return False
