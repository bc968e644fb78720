"""Export format: a ZIP of the images named by beat, with the storyboard beside them."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence

from webapp.core.project import Frame, beat_number
from webapp.core.v1_progress import iso_time
from webapp.disk.files.native_threads import run_native
from webapp.disk.project_tree import check_space
from webapp.errors import BadInput
from webapp.exports.contract import ExportProgress, ExportTask, Format
from webapp.exports.plain_image import in_pieces, without_words
from webapp.exports.requests import ExportOption, ExportRequest
from webapp.exports.scenes import ALL, SELECTED, Scene, as_csv, as_json, as_srt
from webapp.exports.story import Story
from webapp.exports.zip_entries import write_entry, write_text

PROMPTS = ExportOption("prompts", "With prompts, in the storyboard and in the files")
_SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


def write_images(story: Story, request: ExportRequest, made_at: str, path: str, progress: ExportProgress) -> None:
    """Write the ZIP to this path of the project, one image after the other.

    Without the option for them neither the storyboard nor any image holds a prompt.

    Raises:
        BadInput: there is no such image.
        Cancelled: by ``progress``.
        DiskTrouble: the disk has too little room, or refuses.
    """
    chosen = [(frame, name) for frame, name in image_names(story.scenes, request.images) if frame in story.images]
    if not chosen:
        raise BadInput("None of these pictures exists yet. Make them in Step 8, or choose them in Step 9.")
    prompts = bool(request.chosen(PROMPTS))
    files = story.folder.files
    check_space(files, sum(story.images[frame].bytes for frame, _ in chosen))
    with files.writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        write_text(archive, "storyboard.csv", as_csv(story.project, story.scenes, prompts=prompts))
        write_text(archive, "storyboard.json", as_json(story.project, story.scenes, made_at, prompts=prompts))
        write_text(archive, "subtitles.srt", as_srt(story.scenes))
        for position, (frame, name) in enumerate(chosen):
            progress(position, len(chosen), f"{name} is packed")
            image = story.open(frame)
            if image is None:
                continue
            with image:
                pieces = in_pieces(image) if prompts else without_words(image)
                packed = f"{name}.{_SUFFIXES[story.images[frame].format]}"
                write_entry(archive, packed, pieces, zipfile.ZIP_STORED, os.fstat(image.fileno()).st_mtime)
        progress(len(chosen), len(chosen), "The ZIP is closed")


def image_names(scenes: Sequence[Scene], which: str) -> list[tuple[Frame, str]]:
    """Each image with its name in the ZIP, without its suffix.

    Returns ``Beat_1.1``, in a folder of its style when all are asked for, with its shot where two shots share the
    number. A beat number that would lead to another folder is left out.
    """
    shots: dict[str, set[str]] = {}
    for scene in scenes:
        shots.setdefault(scene.beat, set()).add(scene.shot)
    names = []
    for scene in scenes:
        for frame in scene.images(which):
            if beat_number(frame.beat) != frame.beat:
                continue
            name = f"Beat_{frame.beat}" if len(shots[scene.beat]) == 1 else f"Shot_{frame.shot}_Beat_{frame.beat}"
            flag = "_flagged" if which == SELECTED and scene.flagged else ""
            names.append((frame, f"{frame.style}/{name}" if which == ALL else f"{name}{flag}"))
    return names


def _make(task: ExportTask) -> None:
    made_at = iso_time(task.tools.clock())
    run_native(write_images, task.story(), task.request, made_at, task.path, task.progress)


FORMAT = Format(
    label="Images",
    noun="images",
    note="A ZIP of the images named by beat, with storyboard and subtitles.",
    suffix="zip",
    mime="application/zip",
    make=_make,
    options=(PROMPTS,),
)
