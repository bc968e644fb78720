"""Records of a project in ``.step8``: title and archive date, settings, work plan, marks, the newest run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from webapp.core import marks
from webapp.core.marks import FrameMarks
from webapp.core.prompts.wording import StyleWording, with_wordings
from webapp.core.run.states import Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.v1_progress import iso_time
from webapp.core.work_plan import WorkPlan
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import (
    keep_aside,
    parse_object,
    read_object,
    write_object,
)
from webapp.disk.files.native_threads import run_native
from webapp.errors import BadFile

FILE = f"{STATE}/project.json"
"""Title and archive date; also read by `webapp.disk.library` and for ZIP files, without a store."""

MAX_TITLE = 200

SETTINGS = f"{STATE}/settings.json"
RUN = f"{STATE}/run.json"
PLAN = f"{STATE}/plan.json"
MARKS = f"{STATE}/marks.json"


def read_title(folder: Folder) -> str:
    """Return the title; the folder's name for a project that never got one."""
    title = read_object(folder, FILE).get("title")
    return title if isinstance(title, str) and title.strip() else folder.name.rpartition("/")[2]


def write_title(folder: Folder, title: str) -> None:
    """Write the title as one line, cut at `MAX_TITLE` characters."""
    write_object(folder, FILE, {**read_object(folder, FILE), "title": one_line(title)})


def one_line(title: str) -> str:
    """Return a title as it is kept."""
    return " ".join("".join(char if char.isprintable() else " " for char in title).split())[:MAX_TITLE]


def is_archived(folder: Folder) -> bool:
    """Return whether the project is archived: complete, but left out of the list of projects."""
    return bool(read_object(folder, FILE).get("archivedAt"))


def set_archived(folder: Folder, since: str | None) -> None:
    """Archive the project since that time (ISO 8601), or (None) no longer."""
    facts = {name: value for name, value in read_object(folder, FILE).items() if name != "archivedAt"}
    write_object(folder, FILE, {**facts, "archivedAt": since} if since else facts)


class RecordStore:
    """Reads and changes the records of projects. ``clock`` gives epoch seconds, for the times in files."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def title(self, folder: Folder) -> str:
        """Return the project's title; its folder's name when it has none."""
        return read_title(folder)

    def set_title(self, folder: Folder, title: str) -> None:
        """Give the project a title."""
        run_native(self._set_title, folder, title)

    def archived(self, folder: Folder) -> bool:
        """Return whether the list of projects leaves it out."""
        return is_archived(folder)

    def set_archived(self, folder: Folder, archived: bool) -> None:
        """Hide the project from the list, or show it again."""
        run_native(self._set_archived, folder, iso_time(self._clock()) if archived else None)

    def settings(self, folder: Folder) -> dict[str, Any]:
        """Return the project's own settings as written; empty when there are none or they cannot be read."""
        return read_object(folder, SETTINGS)

    def write_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        """Replace the project's own settings. Ones that could not be read are kept aside."""
        run_native(self._write_settings, folder, data)

    def change_settings(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        """Replace the project's own settings by what ``change`` returns for them, and return that.

        Other threads and processes of this machine wait, so no change is lost. What ``change`` raises leaves them as
        they were.
        """
        return run_native(self._change_settings, folder, change)

    def plan(self, folder: Folder) -> WorkPlan:
        """Return the work plan of the project."""
        return WorkPlan.from_json(run_native(read_object, folder, PLAN))

    def change_plan(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan:
        """Replace the plan by what ``change`` returns for it, and return that; as `change_settings`."""
        return run_native(self._change_plan, folder, change)

    def marks(self, folder: Folder) -> dict[str, FrameMarks]:
        """Return the marks of the project's frames, by `Frame.id`."""
        return marks.from_json(run_native(read_object, folder, MARKS))

    def change_marks(
        self, folder: Folder, change: Callable[[dict[str, FrameMarks]], dict[str, FrameMarks]]
    ) -> dict[str, FrameMarks]:
        """Replace the marks by what ``change`` returns for them, and return that; as `change_settings`."""
        return run_native(self._change_marks, folder, change)

    def save_wording(self, folder: Folder, changed: Mapping[str, StyleWording]) -> None:
        """Write these styles' wording to the project's settings; everything else in them stays."""
        self.change_settings(folder, lambda kept: replace(kept, extra=with_wordings(kept.extra, changed)))

    def run(self, folder: Folder) -> Run:
        """Return the newest run as it was last written; an idle one when there never was any."""
        return Run.from_json(read_object(folder, RUN))

    def write_run(self, folder: Folder, run: Run) -> None:
        """Replace the record of the newest run."""
        run_native(write_object, folder, RUN, run.to_json())

    def _set_title(self, folder: Folder, title: str) -> None:
        with folder.files.locked():
            write_title(folder, title)

    def _set_archived(self, folder: Folder, since: str | None) -> None:
        with folder.files.locked():
            set_archived(folder, since)

    def _write_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        with folder.files.locked():
            self._replace_settings(folder, data)

    def _change_settings(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        with folder.files.locked():
            changed = change(ProjectSettings.from_json(read_object(folder, SETTINGS)))
            self._replace_settings(folder, changed.to_json())
            return changed

    def _replace_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        try:
            parse_object(folder, SETTINGS)
        except BadFile:
            keep_aside(folder, SETTINGS, self._clock())
        write_object(folder, SETTINGS, data)

    def _change_plan(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan:
        with folder.files.locked():
            plan = change(WorkPlan.from_json(read_object(folder, PLAN)))
            write_object(folder, PLAN, plan.to_json())
            return plan

    def _change_marks(
        self, folder: Folder, change: Callable[[dict[str, FrameMarks]], dict[str, FrameMarks]]
    ) -> dict[str, FrameMarks]:
        with folder.files.locked():
            changed = change(marks.from_json(read_object(folder, MARKS)))
            write_object(folder, MARKS, marks.to_json(changed))
            return changed
