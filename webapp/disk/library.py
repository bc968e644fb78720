"""Projects root: which projects there are, and the one way from a requested path to a project's folder."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.os_calls import FOLDER_MODE
from webapp.disk.files.writer import FolderWriter
from webapp.disk.records import write_title
from webapp.errors import BadInput, DiskTrouble, NoSuchProject, OutsideRoot

MAX_NAME = 80
MAX_PATH = 1_000
ARRIVING = ".arriving-"
"""How the hidden folder of a project in the making begins."""

_NAME = re.compile(r"[\w .-]+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.IGNORECASE)


class Library:
    """The projects root. It need not exist yet. ``storage`` is its id, see `webapp.disk.storage_id`."""

    def __init__(
        self, root: Path, make_files: Callable[[Path], FolderWriter] = FolderWriter, storage: str = ""
    ) -> None:
        self.root = Path(os.path.abspath(root))
        self.storage = storage
        self._make_files = make_files

    def names(self) -> list[str]:
        """Return the projects directly in the root, sorted, without hidden folders and links."""
        try:
            with os.scandir(self.root) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return sorted(name for name in names if not name.startswith(".") and _is_text(name))

    def find(self, project_path: str) -> Folder:
        """Return the project at a path, absolute or relative to the root, links followed.

        Raises:
            OutsideRoot: it leads out of the root.
            NoSuchProject: there is no such folder, it is hidden, or it is the root itself.
            BadInput: it is no path at all.
        """
        path, root = self._resolve(project_path)
        parts = path.relative_to(root).parts
        if not parts or any(part.startswith(".") for part in parts) or not _is_folder(path):
            raise NoSuchProject("There is no such project. Check the path, or choose a project on the start page.")
        return self._folder(_as_on_disk(path, len(parts)))

    def create(self, name: str, title: str) -> Folder:
        """Make a new project: its folder with ``prompts``, and its title. ``name`` is a path as for `find`.

        Raises:
            OutsideRoot: the path leads out of the root.
            BadInput: the name cannot be used, or is taken.
            DiskTrouble: the root cannot be written.
        """
        path = self.place(name)
        try:
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            path.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            raise _taken(path.name) from None
        except OSError as error:
            raise _cannot_create(error) from error
        folder = self._folder(path)
        folder.files.make_folder("prompts")
        write_title(folder, title or path.name)
        return folder

    def is_parent(self, name: str) -> bool:
        """Return whether the path is a folder in which projects may lie: the root, or a folder that is no project.

        Raises:
            OutsideRoot: the path leads out of the root.
            BadInput: this is no path.
        """
        path, root = self._resolve(name)
        return path == root or (_is_folder(path) and not _is_folder(path / "prompts") and not (path / STATE).exists())

    def place(self, name: str) -> Path:
        """Return where a new project of this name will lie. ``name`` is a path as for `find`.

        Raises:
            OutsideRoot: the path leads out of the root.
            BadInput: the name cannot be used, or is taken.
        """
        path, root = self._resolve(name)
        parts = [unicodedata.normalize("NFC", part) for part in path.relative_to(root).parts]
        if not parts:
            raise BadInput("Give the project a name.")
        for part in parts:
            _check_name(part)
        path = root.joinpath(*parts)
        if path.parent.is_dir() and parts[-1].casefold() in map(str.casefold, os.listdir(path.parent)):
            raise _taken(parts[-1])
        return path

    @contextlib.contextmanager
    def arriving(self) -> Iterator[FolderWriter]:
        """Make a new hidden folder beside the projects, for a project in the making; removed unless adopted.

        Raises:
            DiskTrouble: the root cannot be written.
        """
        path = self.root.resolve() / f"{ARRIVING}{secrets.token_hex(8)}"
        try:
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            path.mkdir(mode=FOLDER_MODE)
        except OSError as error:
            raise _cannot_create(error) from error
        try:
            yield self._make_files(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def adopt(self, folder: Path, name: str) -> Folder:
        """Give a finished folder of this disk its place among the projects, by one rename and never over another.

        Raises:
            BadInput: the name cannot be used, or is taken.
            DiskTrouble: the disk refuses.
        """
        path = self.place(name)
        try:
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            path.mkdir(mode=FOLDER_MODE)  # the name is ours; a folder may be renamed over an empty one
            os.rename(folder, path)
        except FileExistsError:
            raise _taken(path.name) from None
        except OSError as error:
            with contextlib.suppress(OSError):
                path.rmdir()
            raise _cannot_create(error) from error
        return self._folder(path)

    def _folder(self, path: Path) -> Folder:
        return Folder(path.relative_to(self.root.resolve()).as_posix(), path, self._make_files, self.storage)

    def _resolve(self, project_path: str) -> tuple[Path, Path]:
        """Return the path with its links followed, which is the root or inside it, and the root likewise."""
        if not isinstance(project_path, str) or not project_path.strip():
            raise BadInput("The path of the project is missing.")
        if not _is_text(project_path) or _CONTROL.search(project_path) or len(project_path) > MAX_PATH:
            raise BadInput("This is not a path of a project: it is too long or holds control characters.")
        try:
            root = self.root.resolve()
            path = (root / project_path).resolve()
        except (OSError, RuntimeError, ValueError):  # a name too long, links in a circle
            raise NoSuchProject("There is no such project. Check the path.") from None
        if path != root and root not in path.parents:
            raise OutsideRoot("This path is outside the projects folder. Choose a project inside it.")
        return path, root


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME:
        raise BadInput(f"The project's name is too long. Use at most {MAX_NAME} characters.")
    if not _NAME.match(name) or name[0] in ". " or name[-1] in ". ":
        raise BadInput("Name the project with letters, digits, spaces, - _ and . (no dot or space at the ends).")
    if _RESERVED.match(name):
        raise BadInput(f'"{name}" is a name that Windows keeps for itself. Choose another one.')


def _taken(name: str) -> BadInput:
    return BadInput(f'There is a project "{name}" already. Choose another name.')


def _cannot_create(error: OSError) -> DiskTrouble:
    return DiskTrouble(f"The project could not be created ({error.strerror}). Check the projects folder and its disk.")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _as_on_disk(path: Path, depth: int) -> Path:
    """Return the path as its folders spell it: where "Demo" and "demo" are one folder it is one project."""
    parts = list(path.parts)
    for place in range(len(parts) - depth, len(parts)):
        parent, name = Path(*parts[:place]), parts[place]
        if _same(parent / name, parent / name.swapcase()):
            entries = os.listdir(parent)
            if name not in entries:
                parts[place] = next((entry for entry in entries if _same(parent / entry, parent / name)), name)
    return Path(*parts)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
