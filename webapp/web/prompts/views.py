"""Views of step 7."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.web.images.matrix_views import Cell
from webapp.web.layout.widgets import Shell


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One beat in the list (`prompts/_beat_list.html`). ``state`` is "ok", "edit" or "miss"."""

    id: str  # "1-1.4"
    number: str
    phrase: str
    state: str
    word: str  # "Edited", "Missing", "ready"
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class ViewChoice:
    """One way to show the list or the editor: label, count ("" for none), URL."""

    label: str
    href: str
    current: bool
    value: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class PromptList:
    """The list of beats with its search."""

    rows: tuple[PromptRow, ...]
    shows: tuple[ViewChoice, ...]
    find: str


@dataclass(frozen=True, slots=True)
class PromptCard:
    """One prompt in the editor. ``was``: the text it is based on; ``theirs``: the file's, when that differs."""

    style: str
    id: str  # of its field
    prompt: str
    was: str
    hint: str  # "128 characters", "⚠ Prompt changed after this image was made."
    warn: bool
    edited: bool
    missing: bool
    cell: Cell | None  # the frame's image and status; None where the style lacks the beat
    problem: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class Editor:
    """All prompts of one beat (`prompts/_beat_editor.html`)."""

    id: str  # of the beat, "1-1.4"
    href: str
    shot: str
    number: str
    phrase: str
    transition: str
    cards: tuple[PromptCard, ...]
    previous: str = ""  # ids of the neighbours, "" at the ends
    next: str = ""
    previous_href: str = ""
    next_href: str = ""
    phrase_was: str = ""
    transition_was: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding: words, and the beats as links. ``repair``: the style whose unusable entries can be left out."""

    text: str
    links: tuple[tuple[str, str], ...]
    more: int = 0
    repair: str = ""


@dataclass(frozen=True, slots=True)
class WordingLine:
    """The words before and behind every prompt of one style."""

    style: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class AddForm:
    """The form for a new beat, as it was typed."""

    shot: str = ""
    number: str = ""
    phrase: str = ""
    transition: str = ""
    prompt: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceForm:
    """Search and replace as it was typed. ``counted``: how often it would replace, -1 before it was counted."""

    find: str = ""
    put: str = ""
    style: str = ""
    case: bool = False
    counted: int = -1
    result: str = ""  # "12 places in 9 prompts: illustration 4, clear 8."
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The import form as it was typed, with why it was refused."""

    text: str = ""
    style: str = ""
    replace: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """What an import would change in one style: counts, and the beats of each kind."""

    style: str
    new: bool
    added: int
    changed: int
    same: int
    removed: int
    details: tuple[str, ...]  # "New: 1.4, 2.1"


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """An import that waits for confirmation (`prompts/_import_preview.html`). ``prompts`` of 0: no change."""

    id: str
    lines: tuple[ImportLine, ...]
    replace: bool
    prompts: int
    button: str  # "Import 28 prompts"
    notes: tuple[str, ...] = ()  # what was not read, or looks spoilt


@dataclass(frozen=True, slots=True)
class PromptsPage:
    """Step 7 (`prompts/page.html`). ``action`` is the base URL of its forms, ``digest`` that of all prompts files."""

    shell: Shell
    action: str
    digest: str
    ready: int
    total: int
    missing: int
    styles: tuple[str, ...]
    style: str  # the only one that is shown, "" for all side by side
    show: str
    views: tuple[ViewChoice, ...]
    list: PromptList
    editor: Editor | None
    findings: tuple[FindingLine, ...]
    wording: tuple[WordingLine, ...]
    transitions: tuple[str, ...]
    undo: tuple[int, str] | None
    redo: tuple[int, str] | None
    message: str = ""
    problem: str = ""
    wording_problem: str = ""
    problems: tuple[str, ...] = ()
    add: AddForm = AddForm()
    replace: ReplaceForm = ReplaceForm()
    importing: ImportForm = ImportForm()
    preview: ImportPreview | None = None
