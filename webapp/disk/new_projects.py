"""New projects made as a whole: a copy of another one, or the content of a ZIP. Made aside, then one rename."""

from __future__ import annotations

from typing import BinaryIO

from webapp.core.project import free_name
from webapp.disk.files.folder import Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.native_threads import run_native
from webapp.disk.library import Library
from webapp.disk.project_tree import copy_project
from webapp.disk.records import (
    FILE,
    MAX_TITLE,
    one_line,
    read_title,
    set_archived,
    write_title,
)
from webapp.disk.zip_unpack import ZipUnpacker
from webapp.errors import BadInput

COPY = " copy"


class NewProjects:
    """Makes whole projects. Each is there completely or not at all."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def duplicate(self, folder: Folder, title: str = "") -> Folder:
        """Copy a project without its run, journal and history.

        ``title`` is the copy's; by default the project's with " copy" after it.

        Raises:
            DiskTrouble: the disk has too little room, or refuses; nothing was made.
        """
        return run_native(self._duplicate, folder, title)

    def take_in(self, file: BinaryIO, title: str = "", file_name: str = "") -> Folder:
        """Make a project from a seekable ZIP. By default its title is the ZIP's own, else ``file_name``.

        Raises:
            BadInput: the ZIP cannot become a project; nothing was written.
            DiskTrouble: the disk has too little room, or refuses; nothing was made.
        """
        return run_native(self._take_in, file, title, file_name)

    def _duplicate(self, folder: Folder, title: str) -> Folder:
        title = one_line(title) or f"{read_title(folder)[: MAX_TITLE - len(COPY)]}{COPY}"
        with self._library.arriving() as files:
            copy_project(folder.files, files)
            made = Folder(files.base.name, files.base, lambda _: files)
            set_archived(made, None)
            write_title(made, title)
            return self._adopt(made, title)

    def _take_in(self, file: BinaryIO, title: str, file_name: str) -> Folder:
        unpacking = ZipUnpacker(file)
        stem = file_name.rpartition("/")[2].rpartition("\\")[2].removesuffix(".zip").removesuffix(".ZIP")
        title = one_line(title) or unpacking.title() or one_line(stem) or "Imported project"
        with self._library.arriving() as files:
            files.make_folder("prompts")
            unpacking.unpack(files)
            made = Folder(files.base.name, files.base, lambda _: files)
            write_object(made, FILE, {**read_object(made, FILE), "title": title})
            return self._adopt(made, title)

    def _adopt(self, made: Folder, title: str) -> Folder:
        for _ in range(20):
            try:
                return self._library.adopt(made.path, free_name(title, self._library.names()))
            except BadInput:  # the name was taken just now
                continue
        raise BadInput("The project's name is taken again and again. Try once more.")
