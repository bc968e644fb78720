"""Client of one ComfyUI server: submit a job, read its state, fetch its image. Each is one HTTP call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from webapp.core.image_request import Address
from webapp.core.media_types import image_type
from webapp.errors import LostAnswer, Misconfigured, NoImage
from webapp.outbound.client import A_QUESTION, Http, Part
from webapp.outbound.reply import Reply, failure
from webapp.providers.comfyui.errors import (
    WHO,
    failed,
    node_sentence,
    refused,
)
from webapp.providers.comfyui.slots import Slots, Workflow
from webapp.providers.local_servers import login, secrets_of


class JobState(Enum):
    """States of a job without a result: it waits or is being made, or the server does not know it."""

    WAITING = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class ServedImage:
    """An image as the server names it."""

    filename: str
    subfolder: str
    folder: str


def saved_image(entry: Any, slots: Slots, workflow: Workflow) -> ServedImage:
    """The image of a finished job: the marked output's, else the first that was saved, else the first preview.

    Raises:
        ProviderError: the job failed, or saved none.
    """
    entry = entry if isinstance(entry, dict) else {}
    status, outputs = entry.get("status"), entry.get("outputs")
    if isinstance(status, dict) and status.get("status_str") == "error":
        raise failed(status, workflow)
    found: list[tuple[int, int, ServedImage]] = []
    for name, output in outputs.items() if isinstance(outputs, dict) else ():
        images = output.get("images") if isinstance(output, dict) else None
        for image in images if isinstance(images, list) else ():
            if isinstance(image, dict) and isinstance(image.get("filename"), str):
                kind = str(image.get("type") or "output")
                rank = 0 if name == slots.output else 1 if kind == "output" else 2
                found.append(
                    (rank, len(found), ServedImage(image["filename"], str(image.get("subfolder") or ""), kind))
                )
    if not found:
        raise NoImage("The workflow ended without a picture. Check that it has a Save Image node.")
    return min(found)[2]


class ComfyServer:
    """One server and the jobs of one workflow on it. Every call may raise the ProviderError of its failure."""

    def __init__(self, http: Http, address: Address, timeout: float, slots: Slots, workflow: Workflow) -> None:
        self._http, self._address, self._timeout = http, address, timeout
        self._slots, self._workflow = slots, workflow
        self._where, self._secrets = address.place, secrets_of(address)

    def submit(self, workflow: Workflow, job: str) -> str:
        """Submit a job. Returns its id: the one asked for, unless the server is so old that it chooses one itself."""
        url, limit = f"{self._address.url}/prompt", min(A_QUESTION, self._timeout)
        body = {"prompt": workflow, "prompt_id": job, "client_id": job}
        reply = self._http.post(url, body, login(self._address), limit, secrets=self._secrets)
        data = reply.json()
        if reply.status != 200:
            raise refused(reply, data, workflow, self._where)
        if not isinstance(data, dict):
            if reply.body.lstrip()[:1] == b"{":
                raise LostAnswer("The answer broke off before it was complete.", reply.quote())
            raise NoImage(f"The server at {self._where} is not ComfyUI. Check COMFYUI_URLS.", reply.quote())
        nodes = data.get("node_errors")
        if isinstance(nodes, dict) and nodes and not self._output_is_fine(nodes):
            raise Misconfigured(node_sentence(nodes, workflow), reply.quote())
        given = data.get("prompt_id")
        if not isinstance(given, str) or not given:
            raise NoImage(f"The server at {self._where} did not take the job. Check COMFYUI_URLS.", reply.quote())
        return given

    def version(self) -> str:
        """Read the server's version; "" when it names none.

        Raises:
            Misconfigured: it is not ComfyUI.
        """
        reply = self._ask("/system_stats")
        data = reply.json()
        system = data.get("system") if isinstance(data, dict) else None
        if not isinstance(system, dict):
            raise Misconfigured(f"The server at {self._where} is not ComfyUI. Check COMFYUI_URLS.", reply.quote())
        found = system.get("comfyui_version")
        return found[:40] if isinstance(found, str) and found.isprintable() else ""

    def upload(self, image: bytes) -> str:
        """Store an image where a workflow can load it. Returns its name there, the same for the same image."""
        kind = image_type(image)
        name = f"step8-{hashlib.sha256(image).hexdigest()[:16]}.{kind.partition('/')[2]}"
        parts: list[Part] = [("image", (name, image, kind)), ("type", "input"), ("overwrite", "true")]
        url = f"{self._address.url}/upload/image"
        reply = self._http.post_form(url, parts, login(self._address), self._timeout, secrets=self._secrets)
        stored = reply.json()
        if reply.status != 200:
            raise refused(reply, stored, self._workflow, self._where)
        if not isinstance(stored, dict) or not isinstance(stored.get("name"), str):
            raise NoImage(f"The server at {self._where} did not take the style reference.", reply.quote())
        folder = stored.get("subfolder")
        return f"{folder}/{stored['name']}" if isinstance(folder, str) and folder else str(stored["name"])

    def job_state(self, job: str) -> ServedImage | JobState:
        """Read a job's state. One that is in neither list is looked for once more: it may have moved in between."""
        for _ in range(2):
            entry = _object(self._ask(f"/history/{job}")).get(job)
            if entry is not None:
                return saved_image(entry, self._slots, self._workflow)
            if job in _queued(_object(self._ask("/queue"))):
                return JobState.WAITING
        return JobState.UNKNOWN

    def view(self, saved: ServedImage) -> bytes:
        """Fetch the bytes of an image."""
        query = urlencode({"filename": saved.filename, "subfolder": saved.subfolder, "type": saved.folder})
        reply = self._ask(f"/view?{query}", self._timeout)
        if not image_type(reply.body):
            raise NoImage("What ComfyUI saved is not a PNG, JPEG or WebP picture.", reply.quote())
        return reply.body

    def _ask(self, path: str, limit: float = A_QUESTION) -> Reply:
        url, limit = f"{self._address.url}{path}", min(limit, self._timeout)
        reply = self._http.get(url, login(self._address), limit, secrets=self._secrets)
        if reply.status == 404 and path.startswith("/view"):
            raise NoImage("The picture is gone from ComfyUI’s folder.", reply.quote())
        if reply.status != 200:
            raise failure(reply, WHO)
        return reply

    def _output_is_fine(self, nodes: dict[str, Any]) -> bool:
        output = self._slots.output
        spoilt = [name for entry in nodes.values() if isinstance(entry, dict) for name in _dependent(entry)]
        return bool(output) and output not in nodes and output not in spoilt


def _object(reply: Reply) -> dict[str, Any]:
    data = reply.json()
    if not isinstance(data, dict):
        raise LostAnswer("The answer broke off before it was complete.", reply.quote())
    return data


def _queued(queue: dict[str, Any]) -> Iterator[Any]:
    """The ids of the jobs that wait or are being made."""
    for name in ("queue_running", "queue_pending"):
        items = queue.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, list) and len(item) > 1:
                yield item[1]


def _dependent(entry: dict[str, Any]) -> list[Any]:
    names = entry.get("dependent_outputs")
    return names if isinstance(names, list) else []
