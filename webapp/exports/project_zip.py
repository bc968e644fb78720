"""Export format: a ZIP of the whole project, which can be imported again."""

from __future__ import annotations

import zipfile

from webapp.core.project import free_name
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.project_tree import check_space, project_files
from webapp.disk.records import FILE, read_title
from webapp.exports.contract import ExportProgress, ExportTask, Format
from webapp.exports.plain_image import in_pieces
from webapp.exports.zip_entries import write_entry

_PACKED = frozenset({"png", "jpg", "jpeg", "webp", "mp3", "mp4", "m4a", "ogg", "zip", "gz"})
"""Suffixes of files that do not get smaller."""


def write_project(folder: Folder, path: str, progress: ExportProgress) -> None:
    """Write the ZIP to this path of the project, in the form that `NewProjects.take_in` reads.

    Not: the run, the journal, costs and settings.

    Raises:
        Cancelled: by ``progress``.
        DiskTrouble: the disk has too little room, or refuses.
    """
    found = [(name, status) for name, status in project_files(folder.files) if name == FILE or not _is_hidden(name)]
    check_space(folder.files, sum(status.st_size for _, status in found))
    top = free_name(read_title(folder), ())
    with folder.files.writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for position, (name, status) in enumerate(found):
            progress(position, len(found), f"{name} is packed")
            handle = folder.files.open(name)
            if handle is None:
                continue
            with open(handle, "rb", closefd=True) as old:
                packed = name.rpartition(".")[2].lower() in _PACKED
                method = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                write_entry(archive, f"{top}/{name}", in_pieces(old), method, status.st_mtime)
        progress(len(found), len(found), "The ZIP is closed")


def _is_hidden(name: str) -> bool:
    return name.startswith(f"{STATE}/") or any(part.startswith(".") for part in name.split("/"))


def _make(task: ExportTask) -> None:
    run_native(write_project, task.folder, task.path, task.progress)


FORMAT = Format(
    label="Whole project",
    noun="project",
    note="A ZIP of everything in the folder, prompts included, to import it elsewhere. "
    "Keys, costs and the history stay here.",
    suffix="zip",
    mime="application/zip",
    make=_make,
    needs_images=False,
)
