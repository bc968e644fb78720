"""Provider ComfyUI: the user's own workflow, on servers of the user's own.

An image is a job: submitted, awaited, fetched. Its id follows from the attempt, so a job whose answer got lost, or
whose worker died, is found again at the server and not made twice. Which parts of a workflow are set is in
`webapp.providers.comfyui.slots`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from webapp.core.image_request import (
    Address,
    ImageAnswer,
    ImageRequest,
    Key,
)
from webapp.core.media_types import image_type
from webapp.core.settings.project_settings import Field
from webapp.errors import LostAnswer, Misconfigured, NotSent, ProviderError, Unavailable
from webapp.providers.comfyui import slots as comfyui_slots
from webapp.providers.comfyui import workflow as comfyui_workflow
from webapp.providers.comfyui.env import ENV, URL
from webapp.providers.comfyui.errors import WHO
from webapp.providers.comfyui.server import ComfyServer, JobState, ServedImage
from webapp.providers.comfyui.slots import Slots
from webapp.providers.contract import Options, ProviderEntry
from webapp.providers.local_servers import Servers, free_of_charge

Found = TypeVar("Found")

LABEL = "ComfyUI"
BUNDLED = Path(__file__).with_name("default_workflow.json")
JOBS = uuid.UUID("5b0a3c4e-6c1c-5d0e-9a53-8f7f2f4f9d58")
"""The namespace of job ids."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 2.0
MOST_FAILURES = 3
LARGEST_WORKFLOW = 4_000_000
LARGEST_REFERENCE = 30_000_000
NO_PLACE = "The style reference was not sent: the workflow has no Load Image node titled REFERENCE."

FIELDS = (
    Field(name="width", label="Width", kind="integer", default=0, minimum=0, maximum=8192, unit="px"),
    Field(
        name="height",
        label="Height",
        kind="integer",
        default=0,
        minimum=0,
        maximum=8192,
        hint="0: as in the workflow.",
        unit="px",
    ),
    Field(name="negative", label="Negative prompt", hint="Empty: as in the workflow."),
    Field(name="checkpoint", label="Checkpoint", hint="As ComfyUI names it. Empty: as in the workflow."),
)


def job_id(attempt: str) -> str:
    """The id under which an attempt's job is known at the server."""
    return str(uuid.uuid5(JOBS, attempt))


class ComfyUI:
    """The ``comfyui`` provider as one project uses it. It is `Resumable`."""

    name, label = ENV.name, LABEL
    offline = False
    needs_key = False
    price: int | None = 0
    requests_per_minute: float | None = None

    def __init__(self, options: Options) -> None:
        """Built from the project's own values, and the workflow and servers that the environment names.

        Raises:
            Misconfigured: the workflow cannot be read or used.
        """
        path = options.workflow or BUNDLED
        self._workflow = comfyui_workflow.read(_text(path))
        self._slots = comfyui_slots.find(self._workflow)
        self._values = {field.name: options.values.get(field.name, field.default) for field in FIELDS}
        self._servers = Servers(options.urls or (URL,), options.clock)
        self._http, self._timeout = options.http, options.timeout
        self._clock, self._sleep = options.clock, options.sleep
        self._sent: dict[str, Address] = {}
        own = next((str(self._workflow[name]["inputs"][entry]) for name, entry in self._slots.checkpoint), path.stem)
        self.model = str(self._values["checkpoint"]) or own
        self.parallel = len(self._servers)

    @free_of_charge
    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        """One image for one job; no key is looked at. A job of this attempt that was sent before is awaited."""
        job, seed = job_id(request.attempt), request.seed % 2**32
        deadline = self._clock() + self._timeout
        answer = self._earlier_answer(job, deadline) if job in self._sent else None
        if answer is None:
            answer = self._servers.serve(lambda address: self._make(address, request, job, seed, deadline))
        self._sent.pop(job, None)
        return replace(answer, seed=seed, note=reference_note(request.reference, self._slots))

    @free_of_charge
    def lookup(self, attempt: str, job: str = "") -> ImageAnswer | None:
        """The image of a job that was submitted for this attempt, awaited while it is still being made."""
        job, deadline = job or job_id(attempt), self._clock() + self._timeout
        for address in self._servers.reachable:
            try:
                known = self._server(address).job_state(job) is not JobState.UNKNOWN
            except (NotSent, LostAnswer, Unavailable):
                self._servers.pause(address)
                continue
            if known:
                return self._await(address, job, deadline)
        return None

    @free_of_charge
    def test(self, key: Key | None) -> str:
        """Ask every server for its version; no key is looked at."""
        return self._servers.ask_all(self._test_server)

    def reference_note(self, reference: bytes) -> str:
        """Why this reference cannot be sent, if so."""
        return reference_note(reference, self._slots)

    def _test_server(self, address: Address) -> str:
        version = self._server(address).version()
        return f"{address.place} answers" + (f" as ComfyUI {version}." if version else ".")

    def _earlier_answer(self, job: str, deadline: float) -> ImageAnswer | None:
        """The image of a job that this attempt sent before, ``None`` when its server does not know it any more."""
        address = self._sent[job]
        return self._await(address, job, deadline) if self._is_known(address, job) else None

    def _make(self, address: Address, request: ImageRequest, job: str, seed: int, deadline: float) -> ImageAnswer:
        """Submit the job and await it. NotSent only while nothing was submitted."""
        server = self._server(address)
        reference = request.reference if not reference_note(request.reference, self._slots) else None
        workflow = comfyui_workflow.filled(
            self._workflow,
            self._slots,
            prompt=request.prompt.encode("utf-8", "replace").decode(),
            seed=seed,
            mark=job[:8],
            reference=server.upload(reference) if reference else "",
            **self._values,
        )
        self._sent[job] = address
        try:
            job = server.submit(workflow, job)
            request.accepted(job)
        except LostAnswer:
            if not self._is_known(address, job):
                raise
        except ProviderError:
            self._sent.pop(job, None)
            raise
        return self._await(address, job, deadline)

    def _await(self, address: Address, job: str, deadline: float) -> ImageAnswer:
        """The image of a job, once it is made.

        Raises:
            LostAnswer: it was not in time; it goes on at the server.
            Unavailable: the server lost it, or does not answer any more.
        """
        server, pause = self._server(address), FIRST_PAUSE
        while True:
            state = self._with_retries(address, lambda: server.job_state(job))
            if isinstance(state, ServedImage):
                saved = state
                break
            if state is JobState.UNKNOWN:
                raise Unavailable(f"{WHO} lost the job, as it does when it is started anew.")
            if self._clock() >= deadline:
                limit = f"{self._timeout:g} s"
                raise LostAnswer(f"No picture within {limit}. {WHO} goes on with it; set a longer REQUEST_TIMEOUT.")
            self._sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)
        return ImageAnswer(self._with_retries(address, lambda: server.view(saved)), self.model, cost=0)

    def _is_known(self, address: Address, job: str) -> bool:
        server = self._server(address)
        return self._with_retries(address, lambda: server.job_state(job)) is not JobState.UNKNOWN

    def _server(self, address: Address) -> ComfyServer:
        return ComfyServer(self._http, address, self._timeout, self._slots, self._workflow)

    def _with_retries(self, address: Address, ask: Callable[[], Found]) -> Found:
        """Ask again when the connection or the server fails: questions cost nothing, and the job goes on meanwhile."""
        for pause in (*[FIRST_PAUSE] * (MOST_FAILURES - 1), None):
            try:
                return ask()
            except (NotSent, LostAnswer, Unavailable) as error:
                detail = f"{error} {error.detail}".strip()
            if pause is not None:
                self._sleep(pause)
        self._servers.pause(address)
        raise Unavailable(f"The server at {address.place} stopped answering while it made the picture.", detail)


def reference_note(reference: bytes | None, slots: Slots) -> str:
    """One sentence when this reference cannot be sent, "" otherwise."""
    if not reference:
        return ""
    if not slots.reference:
        return NO_PLACE
    if len(reference) > LARGEST_REFERENCE:
        return "The style reference was not sent: it is larger than 30 MB."
    if not image_type(reference):
        return "The style reference was not sent: it is not a PNG, JPEG or WebP picture."
    return ""


def _text(path: Path) -> str:
    """The text of the workflow's file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The workflow of COMFYUI_WORKFLOW cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST_WORKFLOW:
        raise Misconfigured("The file of COMFYUI_WORKFLOW is too large to be a workflow.")
    return data.decode("utf-8-sig", "replace")


ENTRY = ProviderEntry(
    name=ENV.name,
    label=LABEL,
    note="Your own ComfyUI server, with the bundled workflow or one of yours. Free, needs no key.",
    fields=FIELDS,
    make=ComfyUI,
    model_field="checkpoint",
)
