"""The ``/sdapi/v1`` of AUTOMATIC1111, Forge and SD.Next for the double."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.harness.scripted_answers import (
    Answer,
    ImageQuestion,
    WireAnswer,
    picture,
)

FIELDS = {
    *("prompt", "negative_prompt", "seed", "steps", "cfg_scale", "width", "height", "batch_size", "n_iter"),
    *("send_images", "save_images", "sampler_name", "override_settings", "override_settings_restore_afterwards"),
    *("init_images", "denoising_strength"),
}


class A1111Wire:
    """``txt2img`` and ``img2img``; with a ``login`` (``user:password``) only to those who know it."""

    def __init__(self, login: str = "", model: str = "dreamshaper_8") -> None:
        self._login, self._model = login, model
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        """The options, for those who may know them."""
        if method != "GET":
            return None
        if path != "/sdapi/v1/options":
            return self._json(404, {"detail": "Not Found"})
        if self._login and self._login_of(headers) != self._login:
            return self._json(401, {"detail": "Not authenticated"})
        return self._json(200, {"samples_save": True, "sd_model_checkpoint": self._model})

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        """Understand a request, as strictly as the service does."""
        self.paths.append(path)
        login = self._login_of(headers)
        if self._login and login != self._login:
            return ImageQuestion(wrong="401")
        task = path.removeprefix("/sdapi/v1/")
        if task not in ("txt2img", "img2img"):
            return ImageQuestion(wrong="404")
        try:
            asked = json.loads(data)
            asked["prompt"].encode()
            self.bodies.append(asked)
            fits = (
                not set(asked) - FIELDS
                and 0 <= asked["seed"] < 2**32
                and (task == "img2img") == ("init_images" in asked)
            )
            reference = base64.b64decode(asked["init_images"][0]) if task == "img2img" else b""
            size = asked["width"], asked["height"]
        except (ValueError, KeyError, TypeError) as error:
            return ImageQuestion(wrong=f"422 {error!r}")
        return ImageQuestion(
            key=login,
            prompt=asked["prompt"],
            model=asked.get("override_settings", {}).get("sd_model_checkpoint", self._model),
            seed=asked["seed"],
            aspect=f"{size[0]}:{size[1]}",
            size=f"{size[0]}x{size[1]}",
            reference=reference,
            wrong="" if fits and not size[0] % 8 and not size[1] % 8 else "422 fields",
        )

    def _login_of(self, headers: Mapping[str, str]) -> str:
        return base64.b64decode(headers.get("authorization", "").removeprefix("Basic ")).decode()

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        """The answer in the server's words."""
        more = answer.more
        if asked.wrong:
            status, _, why = asked.wrong.partition(" ")
            detail = {"401": "Not authenticated", "404": "Not Found"}.get(status, why)
            return self._json(int(status), {"detail": detail})
        match answer.kind:
            case "picture" | "draft":
                data = base64.b64encode(self.picture(asked, more.get("picture", "png"))).decode()
                return self._images(asked, [data])
            case "holding":
                return self._images(asked, [base64.b64encode(more["data"]).decode()])
            case "broken base64":
                return self._images(asked, ["iVBOR*w0="])
            case "words" | "empty":
                return self._images(asked, [])
            case "blocked prompt" | "blocked output":
                return self._error(500, "RuntimeError", "", str(more["reason"]))
            case "limit":
                spelled = self._json(429, {"detail": "slow down"})
                header = {} if more["header"] is None else {"Retry-After": more["header"]}
                return WireAnswer(429, {**spelled.headers, **header}, spelled.body)
            case "error":
                return self._error(more["status"], more["name"], more["message"], more["reason"])
            case "page":
                return WireAnswer(more["status"], {"Content-Type": "text/html"}, b"<!doctype html><h1>502</h1>")
            case "redirect":
                return WireAnswer(302, {"Location": more["to"]}, b"")
        return WireAnswer(more["status"], {"Content-Type": "application/json"}, more["data"])

    def picture(self, asked: ImageQuestion, kind: str) -> bytes:
        """The picture this request gets: the same for the same prompt and seed."""
        return picture(f"{asked.prompt} {asked.seed}", kind, asked.aspect)

    def _images(self, asked: ImageQuestion, images: list[str]) -> WireAnswer:
        info = json.dumps({"seed": asked.seed, "all_seeds": [asked.seed], "sd_model_name": asked.model})
        return self._json(200, {"images": images, "parameters": {}, "info": info})

    def _error(self, status: int, name: str, detail: str, errors: str) -> WireAnswer:
        return self._json(status, {"error": name or "HTTPException", "detail": detail, "body": "", "errors": errors})

    def _json(self, status: int, data: Any) -> WireAnswer:
        return WireAnswer(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
