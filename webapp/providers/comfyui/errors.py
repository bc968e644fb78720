"""Errors of ComfyUI: whose fault it is that a workflow is refused or fails, in plain words."""

from __future__ import annotations

import re
from typing import Any

from webapp.errors import Misconfigured, NoImage, ProviderError, Rejected, Unavailable, Unsuited
from webapp.outbound.reply import Reply, failure, scrub
from webapp.providers.comfyui.slots import Workflow
from webapp.providers.comfyui.workflow import title

WHO = "ComfyUI"
OUT_OF_MEMORY = re.compile(r"OutOfMemory|out of memory|Allocation on device", re.IGNORECASE)
NO_CHECKPOINT = "ComfyUI has no checkpoint “{}”. Write the name of one it has into Project Setup."
NAMES_A_MODEL = {"ckpt_name", "unet_name"}
NO_NODE = {"missing_node_type", "invalid_prompt"}

NODE_TROUBLE = {
    "value_not_in_list": "ComfyUI does not have what the workflow’s node “{node}” asks for as {input}.",
    "required_input_missing": "The workflow’s node “{node}” lacks its {input}. Export the workflow again.",
    "value_smaller_than_min": "The workflow’s node “{node}” does not take such a small {input}.",
    "value_bigger_than_max": "The workflow’s node “{node}” does not take such a large {input}.",
    "invalid_input_type": "The workflow’s node “{node}” does not take this {input}.",
}
"""What may be wrong with an input; any other: `NODE_REFUSED`."""

NODE_REFUSED = "ComfyUI does not accept the workflow’s node “{node}”. Check it there and export the workflow again."
NO_IMAGE = "ComfyUI has no picture for the workflow’s node “{node}”. Choose one there, or a style reference here."


def refused(reply: Reply, data: Any, workflow: Workflow, where: str) -> ProviderError:
    """Why a workflow was not taken. ``where`` is the server's host and port."""
    data = data if isinstance(data, dict) else {}
    raw = reply.quote()
    if reply.status in (401, 403):
        sentence = f"The server at {where} wants a login. Write it into COMFYUI_URLS, as in http://user:password@host."
        return Misconfigured(sentence, raw)
    if reply.status in (404, 405):
        return Misconfigured(f"The server at {where} is not ComfyUI. Check COMFYUI_URLS.", raw)
    if reply.status >= 500:
        return Unavailable(f"{WHO} has trouble at the moment.", raw, retry_after=reply.wait)
    error = data.get("error")
    nodes = data.get("node_errors")
    if isinstance(nodes, dict) and nodes:
        return Misconfigured(node_sentence(nodes, workflow), raw)
    kind = error.get("type") if isinstance(error, dict) else None
    if isinstance(kind, str) and kind in NO_NODE:
        return Misconfigured(_unknown_node(error, workflow), raw)
    if kind == "prompt_no_outputs":
        return Misconfigured("The workflow saves no picture. Add a Save Image node and export it again.", raw)
    if kind is not None and reply.status == 400:
        return Misconfigured(f"{WHO} did not accept the workflow. Check that it runs there and export it again.", raw)
    return failure(reply, WHO)


def node_sentence(nodes: dict[str, Any], workflow: Workflow) -> str:
    """The first of what is wrong with the workflow's nodes, in plain words."""
    for name, entry in nodes.items():
        errors = entry.get("errors") if isinstance(entry, dict) else None
        for error in errors if isinstance(errors, list) else []:
            if isinstance(error, dict):
                return _node_trouble(name, error, workflow)
    return NODE_REFUSED.format(node=title(workflow, next(iter(nodes))))


def _node_trouble(name: str, error: dict[str, Any], workflow: Workflow) -> str:
    kind, info = str(error.get("type")), error.get("extra_info")
    info = info if isinstance(info, dict) else {}
    entry = str(info.get("input_name") or "input")
    if kind == "value_not_in_list" and entry in NAMES_A_MODEL:
        return NO_CHECKPOINT.format(_plain(info.get("received_value"), 80))
    if kind == "custom_validation_failed" and workflow.get(name, {}).get("class_type") == "LoadImage":
        return NO_IMAGE.format(node=title(workflow, name))
    return NODE_TROUBLE.get(kind, NODE_REFUSED).format(node=title(workflow, name), input=_plain(entry))


def _unknown_node(error: Any, workflow: Workflow) -> str:
    info = error.get("extra_info")
    info = info if isinstance(info, dict) else {}
    kind = info.get("class_type")
    if not kind:
        return f"{WHO} did not accept the workflow. In ComfyUI choose Export (API) and use that file."
    return f"{WHO} does not have the node “{_plain(kind)}” of the workflow. Install it there and start again."


def failed(status: Any, workflow: Workflow) -> ProviderError:
    """Why a job that was taken made no image: ``status`` of its entry in the history."""
    messages = status.get("messages") if isinstance(status, dict) else None
    for message in reversed(messages if isinstance(messages, list) else []):
        if not isinstance(message, list) or len(message) != 2:
            continue
        name, about = message[0], message[1] if isinstance(message[1], dict) else {}
        if name == "execution_interrupted":
            return Rejected("Somebody cancelled this picture in ComfyUI. Try it again if that was a mistake.")
        if name == "execution_error":
            return _execution_error(about, workflow)
    return NoImage("ComfyUI could not finish this picture.", scrub(str(status)[:2000]))


def _execution_error(about: dict[str, Any], workflow: Workflow) -> ProviderError:
    raw = scrub(f"{about.get('exception_type', '')} {about.get('exception_message', '')}")
    if OUT_OF_MEMORY.search(raw):
        return Unsuited("The graphics card ran out of memory. Choose a smaller image size in Project Setup.", raw)
    node = title(workflow, str(about.get("node_id")))
    return NoImage(f"The workflow’s node “{node}” failed in ComfyUI. Look there for the reason.", raw)


def _plain(value: Any, longest: int = 40) -> str:
    """A word of the server's as a sentence may hold it."""
    text = "".join(c if c.isprintable() and c not in "<>{}" else " " for c in str(value or ""))
    return " ".join(text.split())[:longest] if longest > 40 else " ".join(text.replace("_", " ").split())[:longest]
