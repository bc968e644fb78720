"""ComfyUI workflows as data: read from a file, filled for one image.

What goes where in it is found by `webapp.providers.comfyui.slots`.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from webapp.errors import Misconfigured
from webapp.providers.comfyui.slots import (
    HERE,
    Slot,
    Slots,
    Workflow,
)


def read(text: str) -> Workflow:
    """The workflow of a file.

    Raises:
        Misconfigured: it is none in API format; the sentence says how to get one.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and isinstance(data.get("prompt"), dict) and "class_type" not in data["prompt"]:
        data = data["prompt"]  # the whole of what is posted to the server
    if isinstance(data, dict) and isinstance(data.get("nodes"), list):
        raise Misconfigured("This workflow was saved for editing. In ComfyUI choose Export (API) and use that file.")
    if not isinstance(data, dict) or not data or not all(_is_node(node) for node in data.values()):
        raise Misconfigured("The workflow is not a ComfyUI workflow in API format. In ComfyUI choose Export (API).")
    return data


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


def filled(
    workflow: Workflow,
    slots: Slots,
    *,
    prompt: str,
    seed: int,
    mark: str,
    negative: str = "",
    width: int = 0,
    height: int = 0,
    reference: str = "",
    checkpoint: str = "",
) -> Workflow:
    """A copy of the workflow with these values set; "" and 0 leave its own.

    ``mark`` is put behind the names of saved files: with a name of its own the image is saved anew even when the
    server still has all else in its cache, and a file that was deleted meanwhile is not answered with.
    """
    made = copy.deepcopy(workflow)
    for name, entry in slots.prompt:
        own = str(made[name]["inputs"][entry])
        made[name]["inputs"][entry] = own.replace(HERE, prompt) if HERE in own else prompt
    settings: tuple[tuple[tuple[Slot, ...], str | int], ...] = (
        (slots.negative, negative),
        (slots.width, width),
        (slots.height, height),
        (slots.reference, reference),
        (slots.checkpoint, checkpoint),
    )
    for places, value in ((slots.seed, seed), *(each for each in settings if each[1])):
        for name, entry in places:
            made[name]["inputs"][entry] = value
    for node in made.values():
        if isinstance(node["inputs"].get("filename_prefix"), str):
            node["inputs"]["filename_prefix"] += f"_{mark}"
    return made


def title(workflow: Workflow, name: str) -> str:
    """A node as a sentence names it: its title, else its class."""
    node = workflow.get(name, {})
    meta = node.get("_meta")
    own = meta.get("title") if isinstance(meta, dict) else None
    text = str(own or node.get("class_type") or name)
    return " ".join("".join(c if c.isprintable() and c not in "<>{}" else " " for c in text).split())[:60]
