"""Findings in a project's prompts, as lines of the page."""

from __future__ import annotations

from collections.abc import Callable

from webapp.core.project import Project
from webapp.core.prompts.checks import (
    LONG_PROMPT,
    Finding,
    FindingKind,
    findings,
    unusable,
)
from webapp.core.prompts.edits import Key
from webapp.core.prompts.prompt_files import style_of
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile
from webapp.web.layout.words import clip
from webapp.web.prompts.views import FindingLine
from webapp.web.services import services

MOST_LINKS = 8
WHY_UNUSABLE = {
    FindingKind.EMPTY: "without a prompt",
    FindingKind.DUPLICATE: "there twice",
    FindingKind.UNUSABLE: "not usable",
}

Link = Callable[[Finding, Key], str]
"""Where a beat of a finding can be looked at."""


def finding_lines(folder: Folder, project: Project, link: Link) -> tuple[FindingLine, ...]:
    """Build a line for each finding, unusable entries first."""
    return (*_unusable(folder, project), *(_line(finding, link) for finding in findings(project)))


def _line(finding: Finding, link: Link) -> FindingLine:
    number, style = len(finding.beats), finding.style
    one = number == 1
    text = {
        FindingKind.MISSING: (
            f"{number} beat{'s' * (not one)} of other styles {'is' if one else 'are'} missing in {style}"
        ),
        FindingKind.LONG: f"{number} prompt{'s' * (not one)} in {style} longer than {LONG_PROMPT:,} characters",
        FindingKind.TRANSITION: f"{number} unknown transition{'s' * (not one)} in {style} ({clip(finding.detail, 60)})",
    }[finding.kind]
    links = tuple((beat[1], link(finding, beat)) for beat in finding.beats[:MOST_LINKS])
    return FindingLine(text, links, max(0, number - MOST_LINKS))


def _unusable(folder: Folder, project: Project) -> list[FindingLine]:
    """For each file with unusable entries: how many, and why."""
    lines = []
    named: set[str] = set()
    for problem in project.problems:
        style = style_of(problem.file.removeprefix("prompts/")) if problem.file.startswith("prompts/") else None
        if not style or style in named:
            continue
        named.add(style)
        try:
            found = unusable(style, services().store.prompts.loose_entries(folder, style))
        except BadFile:
            continue  # not even its entries can be told apart; the problem itself says why
        counts = [f"{len(each.beats)} {WHY_UNUSABLE[each.kind]} ({_numbers(each)})" for each in found]
        if counts:
            lines.append(FindingLine(f"Not used in {style}: {', '.join(counts)}", (), 0, style))
    return lines


def _numbers(finding: Finding) -> str:
    shown = ", ".join(number for _, number in finding.beats[:MOST_LINKS])
    return shown + (f" and {len(finding.beats) - MOST_LINKS} more" if len(finding.beats) > MOST_LINKS else "")
