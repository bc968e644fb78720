"""Table of the export formats, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from webapp.core.project import free_name
from webapp.errors import BadInput
from webapp.exports import animatic, contact_sheet, image_zip, project_zip
from webapp.exports.contract import Format
from webapp.exports.requests import ExportJob, ExportOption, ExportRequest
from webapp.exports.scenes import ALL, SELECTED

FORMATS: dict[str, Format] = {
    "images": image_zip.FORMAT,
    "sheet": contact_sheet.FORMAT,
    "film": animatic.FORMAT,
    "project": project_zip.FORMAT,
}
"""Every format, by its word in forms, the API and files."""

OPTIONS: dict[str, ExportOption] = {option.name: option for kind in FORMATS.values() for option in kind.options}
"""The options of all formats, by name. Every request has all of them."""


def read_request(asked: Mapping[str, Any], styles: Collection[str]) -> ExportRequest:
    """Read what a form or a program asks for.

    Raises:
        BadInput: there is no such export.
    """
    kind, images = asked.get("kind"), asked.get("pictures") or ALL
    if not isinstance(kind, str) or kind not in FORMATS:
        raise BadInput(f"There is no such export. Ask for one of: {', '.join(FORMATS)}.")
    if images not in (ALL, SELECTED) and images not in styles:
        raise BadInput("There are no such pictures. Ask for all, selected, or the name of a style.")
    return ExportRequest(kind, str(images), {option.name: option.read(asked) for option in OPTIONS.values()})


def read_job(data: Any) -> ExportJob | None:
    """Read what `ExportJob.to_json` wrote; ``None`` for anything else."""
    job = ExportJob.from_json(data)
    if job is None or job.request.kind not in FORMATS:
        return None
    sound = all(name in OPTIONS and OPTIONS[name].allows(value) for name, value in job.request.options.items())
    return job if sound else None


def file_name(title: str, kind: str) -> str:
    """The name a result is downloaded under."""
    made = FORMATS[kind]
    return f"{free_name(title, ())}-{made.noun.replace(' ', '-')}.{made.suffix}"
