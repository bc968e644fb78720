"""A ComfyUI server for the double: a queue, a history in memory, and folders for pictures."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness.scripted_answers import (
    Answer,
    ImageQuestion,
    WireAnswer,
    picture,
)
from tests.harness.wires.openai import parts_of

NODES = {
    *("CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "SaveImage"),
    *("LoadImage", "PreviewImage", "VAEEncode"),
}


@dataclass
class Job:
    """A job: its picture (``None`` when it ends without one), and its failure, if any, as history messages."""

    body: bytes | None
    messages: list[Any] = field(default_factory=list)
    polls: int = 0


class ComfyWire:
    """``/prompt`` and what is asked afterwards. A job is done once it was asked for ``polls`` times.

    ``faults`` statuses are what the next questions are answered with; `forget` is a restart. ``login`` as for A1111.
    """

    def __init__(
        self, *, login: str = "", polls: int = 1, checkpoints: tuple[str, ...] = ("sd_xl_base_1.0.safetensors",)
    ) -> None:
        self._login, self.polls, self._checkpoints = login, polls, checkpoints
        self.jobs: dict[str, Job] = {}
        self.uploads: dict[str, bytes] = {}
        self.workflows: list[dict[str, Any]] = []
        self.asides: list[str] = []
        self.faults: list[int] = []
        self.own_ids = False

    def forget(self) -> None:
        """Lose queue and history, as a restart does."""
        self.jobs.clear()

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        """Questions and uploads; ``None`` for a new job."""
        parts = urlsplit(path)
        if method == "POST" and parts.path == "/prompt":
            return None
        self.asides.append(f"{method} {parts.path}")
        if not self._may(headers):
            return self._json(401, {})
        if self.faults:
            return self._json(self.faults.pop(0), {})
        if method == "POST" and parts.path == "/upload/image":
            whole = f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + data
            name = whole.partition(b'filename="')[2].partition(b'"')[0].decode()
            self.uploads[f"refs/{name}"] = parts_of(headers, data)["image"]
            return self._json(200, {"name": name, "subfolder": "refs", "type": "input"})
        if parts.path.startswith("/history/"):
            return self._history(parts.path.removeprefix("/history/"))
        if parts.path == "/system_stats":
            return self._json(200, {"system": {"comfyui_version": "0.3.64"}, "devices": []})
        if parts.path == "/queue":
            waiting = [[1, name, {}, {}, []] for name, job in self.jobs.items() if job.polls < self.polls]
            return self._json(200, {"queue_running": waiting[:1], "queue_pending": waiting[1:]})
        if parts.path == "/view":
            job = self.jobs.get(parse_qs(parts.query)["filename"][0].removesuffix("_00001_.png"))
            return WireAnswer(200, {"Content-Type": "image/png"}, job.body) if job and job.body else self._json(404, {})
        return self._json(404, {})

    def _may(self, headers: Mapping[str, str]) -> bool:
        basic = headers.get("authorization", "").removeprefix("Basic ")
        return not self._login or base64.b64decode(basic).decode() == self._login

    def _history(self, name: str) -> WireAnswer:
        job = self.jobs.get(name)
        if job is None:
            return self._json(200, {})
        job.polls += 1
        if job.polls <= self.polls:
            return self._json(200, {})
        images = [{"filename": f"{name}_00001_.png", "subfolder": "step8", "type": "output"}]
        status = {"status_str": "error" if job.messages else "success", "completed": not job.messages}
        outputs = {"7": {"images": images}} if job.body is not None and not job.messages else {}
        return self._json(200, {name: {"outputs": outputs, "status": {**status, "messages": job.messages}}})

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        """Understand a new job, as strictly as the server does."""
        if not self._may(headers):
            return ImageQuestion(wrong='{"status": 401}')
        try:
            asked = json.loads(data)
            workflow, job = asked["prompt"], asked["prompt_id"]
            self.workflows.append(workflow)
            wrong = self._wrong(workflow, job)
            if wrong:
                return ImageQuestion(wrong=json.dumps(wrong), job=job)
            sampler = next(node["inputs"] for node in workflow.values() if node["class_type"] == "KSampler")
            words = workflow[sampler["positive"][0]]["inputs"]["text"]
            words.encode()
            sizes = [node["inputs"] for node in workflow.values() if node["class_type"] == "EmptyLatentImage"]
            size = (sizes[0]["width"], sizes[0]["height"]) if sizes else (16, 9)
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            return ImageQuestion(wrong=json.dumps({"error": {"type": "no_prompt", "message": repr(error)}}))
        loads = [node["inputs"]["image"] for node in workflow.values() if node["class_type"] == "LoadImage"]
        return ImageQuestion(
            prompt=words,
            seed=sampler["seed"],
            aspect=f"{size[0]}:{size[1]}",
            size=f"{size[0]}x{size[1]}",
            reference=self.uploads.get(loads[0], b"") if loads else b"",
            job=str(uuid.uuid4()) if self.own_ids else job,
        )

    def _wrong(self, workflow: dict[str, Any], job: str) -> dict[str, Any]:
        """What the server would say against a workflow, {} when it runs."""
        if str(uuid.UUID(job)) != job:
            return {"error": {"type": "invalid_prompt_id", "message": "prompt_id must be a UUID"}, "node_errors": {}}
        for name, node in workflow.items():
            kind, inputs = node["class_type"], node["inputs"]
            if kind not in NODES:
                info = {"node_id": name, "class_type": kind, "node_title": "x"}
                return {"error": {"type": "missing_node_type", "message": "", "extra_info": info}, "node_errors": {}}
            if kind == "CheckpointLoaderSimple" and inputs["ckpt_name"] not in self._checkpoints:
                info = {"input_name": "ckpt_name", "received_value": inputs["ckpt_name"]}
                return self.spoilt(name, "value_not_in_list", info)
        return {}

    @staticmethod
    def spoilt(name: str, kind: str, info: dict[str, Any]) -> dict[str, Any]:
        """An error about one input of one node."""
        error = {"type": kind, "message": "", "details": "/home/me/models: ['a', 'b']", "extra_info": info}
        nodes = {name: {"errors": [error], "dependent_outputs": ["7"], "class_type": "x"}}
        return {"error": {"type": "prompt_outputs_failed_validation", "message": ""}, "node_errors": nodes}

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        """The answer in the server's words; what happens to the job stands in its history later."""
        more = answer.more
        if asked.wrong:
            wrong = json.loads(asked.wrong)
            return self._json(wrong.pop("status", 400), wrong)
        match answer.kind:
            case "picture" | "draft":
                return self._taken(asked, Job(self.picture(asked, more.get("picture", "png"))))
            case "holding":
                return self._taken(asked, Job(more["data"] or b" "))
            case "broken base64":
                return self._taken(asked, Job(b"iVBOR*w0="))
            case "words" | "empty":
                return self._taken(asked, Job(None))
            case "blocked prompt" | "blocked output":
                about = {"node_id": "5", "exception_type": "ValueError", "exception_message": more["reason"]}
                return self._taken(asked, Job(b" ", [["execution_start", {}], ["execution_error", about]]))
            case "limit":
                return self._json(429, {})
            case "error":
                error = {"type": more["name"], "message": more["message"], "details": "", "extra_info": {}}
                return self._json(more["status"], {"error": error, "node_errors": {}})
            case "page":
                return WireAnswer(more["status"], {"Content-Type": "text/html"}, b"<!doctype html><h1>502</h1>")
            case "redirect":
                return WireAnswer(302, {"Location": more["to"]}, b"")
        return WireAnswer(more["status"], {"Content-Type": "application/json"}, more["data"])

    def picture(self, asked: ImageQuestion, kind: str) -> bytes:
        """The picture this job gets: the same for the same prompt and seed."""
        return picture(f"{asked.prompt} {asked.seed}", kind, asked.aspect)

    def _taken(self, asked: ImageQuestion, job: Job) -> WireAnswer:
        self.jobs[asked.job] = job
        return self._json(200, {"prompt_id": asked.job, "number": len(self.jobs), "node_errors": {}})

    def _json(self, status: int, data: Any) -> WireAnswer:
        return WireAnswer(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
