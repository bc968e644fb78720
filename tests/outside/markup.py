"""HTML as lines of text: one element or text a line, attributes sorted; and the forms that are in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.outside.order import calm_lines

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
KEPT_WHOLE = frozenset({"pre", "textarea", "script", "style"})
STATIC = "/static/"


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.static: set[str] = set()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("href") or values.get("src") or ""
        if tag in ("link", "script") and STATIC in address:  # which files a page is made of may change
            self.static.add(f"{tag} {values.get('rel') or 'src'} {address.rpartition('.')[2]}")
            if tag == "script":
                self._open.append(f"{tag} static")
            return
        told = "".join(f' {name}="{_line(value or "")}"' for name, value in sorted(values.items()))
        self.lines.append(f"{'  ' * len(self._open)}<{tag}{told}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._open and self._open[-1] == tag and tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        names = [name.partition(" ")[0] for name in self._open]
        if tag in names:
            while self._open and self._open.pop().partition(" ")[0] != tag:
                pass
        elif tag not in VOID:
            self.lines.append(f"{'  ' * len(self._open)}</{tag}> without a beginning")

    def handle_data(self, data: str) -> None:
        whole = bool(self._open) and self._open[-1] in KEPT_WHOLE
        text = data if whole else re.sub(r"[ \t\r\n\f]+", " ", data)
        if text.strip():
            self.lines.append(f"{'  ' * len(self._open)}{_line(text)!s}")

    def handle_decl(self, decl: str) -> None:
        self.lines.append(f"<!{decl}>")


def as_lines(html: str) -> str:
    """The markup, one element or text a line. Of static files only their kinds are told, in a last line."""
    parser = _Lines()
    parser.feed(html)
    parser.close()
    static = [f"made of: {', '.join(sorted(parser.static))}"] if parser.static else []
    return "\n".join([*calm_lines(parser.lines), *static])


@dataclass
class Form:
    """A form: where it posts to, what it sends as it stands, its buttons as (name, value), the words on them."""

    action: str
    words: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The address without query and place."""
        return self.action.partition("#")[0].partition("?")[0]

    @property
    def pressed(self) -> list[tuple[str, str]]:
        """What is sent when its first button is pressed."""
        return [*self.fields, *self.buttons[:1]]

    def filled(self, changes: Mapping[str, str]) -> list[tuple[str, str]]:
        """What is sent with these fields changed or added."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        return [*kept, *changes.items()]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._area = ""
        self._text = ""
        self._on_button = self._worded = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(values.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name, kind = values.get("name", ""), values.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file"):
            if kind not in ("checkbox", "radio") or "checked" in values:
                self._form.fields.append((name, values.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "button":
            self._on_button = True
            if name:
                self._form.buttons.append((name, values.get("value", "")))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((values.get("value", ""), "selected" in values))
            self._worded = "value" not in values
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data
        if self._worded and self._options:  # an option without a value is worth its words
            value, on = self._options[-1]
            self._options[-1] = (value + data.strip(), on)
        if self._on_button and self._form:
            self._form.words += data

    def handle_endtag(self, tag: str) -> None:
        self._on_button = self._on_button and tag != "button"
        self._worded = self._worded and tag not in ("option", "select")
        if self._form is None:
            return
        if tag == "textarea" and self._area:
            self._form.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = ""
        elif tag == "select" and self._select:
            chosen = [value for value, on in self._options if on] or [value for value, _ in self._options[:1]]
            self._form.fields += [(self._select, value) for value in chosen]
            self._select = ""
        elif tag == "form":
            self._form = None


def forms(html: str) -> list[Form]:
    """Every form of a page, in its order."""
    parser = _Forms()
    parser.feed(html)
    parser.close()
    return parser.forms


def form_to(html: str, end: str) -> Form | None:
    """The first form whose address, without its query, ends so."""
    return next((form for form in forms(html) if form.path.endswith(end)), None)


def _line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "⏎")
