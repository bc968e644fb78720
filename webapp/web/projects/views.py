"""Views of the start page and of one project's page."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project on the start page (`projects/_project_card.html`)."""

    name: str
    title: str
    href: str  # Step 8
    thumbs: tuple[str, ...]  # up to three thumbnail URLs
    steps: tuple[str, ...]  # 13 of "done", "active", "todo"
    step_text: str  # "Step 8: Images"
    images: str  # "17 / 90" or "–"
    changed: str  # "just now", "yesterday", "3 Nov"
    changed_at: float
    badge: tuple[str, str] | None  # ("live", "Generating"), ("ok", "Images done"), ("warn", "Needs attention")
    failed: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Prefill:
    """A refused form: what was typed, and why it was refused (`projects/_new_project_fields.html`)."""

    title: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProjectsPage:
    """The start page (`projects/page.html`). With ``form.problem`` the dialog of a new project is open again."""

    projects: tuple[ProjectCard, ...]
    generating: int  # how many of them generate right now
    root: str  # where the folders are, as text
    form: Prefill = Prefill()


@dataclass(frozen=True, slots=True)
class ListedProject:
    """One project of the list. ``base`` is the base of its URLs."""

    card: ProjectCard
    base: str
    archived: bool = False
    hidden: bool = False  # the words looked for are not in it
    cost: str = "–"  # "$0.66", "Free"; "–" before the first attempt


@dataclass(frozen=True, slots=True)
class TrashedCard:
    """One deleted project (`projects/_deleted_project.html`). ``restore`` is the URL of its form."""

    title: str
    name: str
    deleted: str  # "yesterday"
    until: str  # "24 Dec"
    restore: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class UndoNotice:
    """What was just done, with the form that undoes it (`projects/_undo_notice.html`); ``undo`` is "" without one."""

    text: str
    undo: str = ""
    label: str = "Undo"
    link: tuple[str, str] | None = None  # (label, href)


@dataclass(frozen=True, slots=True)
class ProjectList(ProjectsPage):
    """The start page (`projects/page.html`). ``show`` is "", "archived" or "trash"; counts are of all, found or not."""

    entries: tuple[ListedProject, ...] = ()
    show: str = ""
    query: str = ""
    sort: str = "changed"
    trash: tuple[TrashedCard, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)  # by `show`
    notice: UndoNotice | None = None
    import_form: Prefill | None = None


@dataclass(frozen=True, slots=True)
class CarePage:
    """What can be done with one project (`projects/manage_page.html`, and its parts in a dialog).

    ``part`` is the form in which ``problem`` arose. ``busy``: a run is open, so it can be neither archived nor deleted.
    """

    base: str
    name: str
    title: str
    archived: bool
    busy: bool
    days: int
    part: str = ""
    problem: str = ""
    typed: str = ""
    saved: bool = False
