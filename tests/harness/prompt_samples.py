"""Made-up views of Step 7, in every state its page can be in."""

from __future__ import annotations

from dataclasses import replace

from tests.harness.page_samples import (
    BASE,
    PHRASES,
    STYLES,
    cell,
    shell,
)
from webapp.core.frames import Status
from webapp.web.prompts.views import (
    AddForm,
    Editor,
    FindingLine,
    ImportForm,
    ImportLine,
    ImportPreview,
    PromptCard,
    PromptList,
    PromptRow,
    PromptsPage,
    ReplaceForm,
    ViewChoice,
    WordingLine,
)

PAGE = f"{BASE}/prompts"


def card(style: str, **changes: object) -> PromptCard:
    """One prompt."""
    made = PromptCard(
        style=style,
        id=f"p-1-1_4-{style}",
        prompt="A still pond at first light.",
        was="A still pond at first light.",
        hint="28 characters",
        warn=False,
        edited=False,
        missing=False,
        cell=cell(Status.EXISTS, style, "1.4"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def editor(*cards: PromptCard) -> Editor:
    """The prompts of beat 1.4."""
    return Editor(
        id="1-1.4",
        href=f"{PAGE}?beat=1-1.4",
        shot="1",
        number="1.4",
        phrase=PHRASES[3],
        transition="H",
        cards=cards,
        previous="1-1.3",
        next="1-1.5",
        previous_href=f"{PAGE}?beat=1-1.3",
        next_href=f"{PAGE}?beat=1-1.5",
        phrase_was=PHRASES[3],
        transition_was="H",
    )


def prompts_page(**changes: object) -> PromptsPage:
    """Step 7 with a beat in each state."""
    states = (("edit", "Edited"), ("ok", "ready"), ("miss", "Missing"), ("ok", "ready"))
    rows = tuple(
        PromptRow(f"1-1.{n}", f"1.{n}", PHRASES[n - 1], state, word, f"{PAGE}?beat=1-1.{n}", n == 4)
        for n, (state, word) in enumerate(states, 1)
    )
    shows = (
        ViewChoice("All", PAGE, True, "all", "4"),
        ViewChoice("Missing", f"{PAGE}?show=missing", False, "missing", "1"),
    )
    page = PromptsPage(
        shell=shell(7),
        action=PAGE,
        digest="0123456789abcdef",
        ready=11,
        total=12,
        missing=1,
        styles=STYLES,
        style="",
        show="all",
        views=(ViewChoice("Side by side", PAGE, True), ViewChoice("clear", f"{PAGE}?style=clear", False)),
        list=PromptList(rows, shows, ""),
        editor=editor(
            card("illustration", edited=True, warn=True, hint="⚠ Prompt changed after this image was made."),
            card("clear", prompt="", was="", missing=True, cell=None, hint="0 characters"),
            card("consistent"),
        ),
        findings=(
            FindingLine("2 beats of other styles are missing in clear", (("1.3", f"{PAGE}?beat=1-1.3"),), 1),
            FindingLine("Not used in ink: 1 there twice (1.1)", (), 0, "ink"),
        ),
        wording=tuple(WordingLine(style, "", "No text.") for style in STYLES),
        transitions=("H", "S"),
        undo=(3, "Edited beat 1.4 in illustration"),
        redo=(4, "Removed beat 1.6"),
        message="Saved. Edited beat 1.4 in illustration.",
    )
    return replace(page, **changes)  # type: ignore[arg-type]


def refused_page() -> PromptsPage:
    """Step 7 after everything was refused at once."""
    sentence = "Beat 1.4 in clear was changed meanwhile."
    mine = card("clear", prompt="Mine", problem=sentence, theirs="Theirs")
    return prompts_page(
        editor=editor(mine),
        message="",
        problem=sentence,
        wording_problem="The wording of clear is longer than 2,000 characters. Shorten it.",
        add=AddForm("1", "x", "He ate.", "S", "Bread", "Write the number of the beat, such as 2.4."),
        replace=ReplaceForm("lake", "pond", "clear", True, problem="Write what is to be replaced."),
        importing=ImportForm("beat,prompt", "ink", True, "Nothing says which style it is for."),
    )


def empty_page() -> PromptsPage:
    """Step 7 before there are prompts."""
    nothing = PromptList((), (), "")
    return prompts_page(
        ready=0, total=0, missing=0, styles=(), views=(), list=nothing, editor=None, findings=(), wording=(), undo=None,
        redo=None, message="",
    )  # fmt: skip


def preview_page(prompts: int = 3) -> PromptsPage:
    """Step 7 with an import that waits for a yes."""
    line = ImportLine("clear", True, 1, 2, 3, 1, ("New: 1.5", "Removed: 1.6"))
    return prompts_page(preview=ImportPreview("0" * 16, (line,), True, prompts, "Import 3 prompts"))
