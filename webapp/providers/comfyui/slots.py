"""Slots of a ComfyUI workflow: where in it prompt, seed, size and reference go.

The workflow is a file in ComfyUI's API format (in ComfyUI: *Workflow*, *Export (API)*). What goes where is found like
this; a mark is a node's title, in any case, with blanks, hyphens or underscores between its words:

============  =================================================  ======================================================
what          mark                                               without a mark
============  =================================================  ======================================================
prompt        ``POSITIVE_PROMPT``, ``POSITIVE`` or ``PROMPT``    the text that leads to a sampler's ``positive``
negative      ``NEGATIVE_PROMPT`` or ``NEGATIVE``                the text that leads to a sampler's ``negative``
seed          ``SEED``                                           every ``seed`` and ``noise_seed``
size          ``SIZE``, or ``WIDTH`` and ``HEIGHT``              the empty latent image that a sampler starts from
reference     ``REFERENCE``, ``REFERENCE_IMAGE``,                the only Load Image node, if there is exactly one
              ``STYLE_REFERENCE``
output        ``OUTPUT``                                         the first node that saved an image
============  =================================================  ======================================================

The two-word marks may also be part of a title, as in “CLIP Text Encode (Positive Prompt)”. A text that holds
``{prompt}`` gets the prompt in that place and keeps its other words; any other text becomes the prompt. A marked input
that is linked to another node is followed to the node that holds the value. Only a prompt must be found. A workflow
whose negative text and size are left alone in the project's settings keeps its own. A frame without a reference leaves
the reference node as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from webapp.errors import Misconfigured

Workflow = dict[str, dict[str, Any]]
Slot = tuple[str, str]
"""A node's id and the name of one of its inputs."""

HERE = "{prompt}"
TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "value", "string")
SEEDS = ("seed", "noise_seed", "value")
WIDTHS, HEIGHTS = ("width", "value"), ("height", "value")
IMAGES = ("image",)
CHECKPOINTS = ("ckpt_name", "unet_name")

MARKS = {
    "prompt": ("POSITIVE_PROMPT", "POSITIVE", "PROMPT"),
    "negative": ("NEGATIVE_PROMPT", "NEGATIVE"),
    "seed": ("SEED",),
    "width": ("WIDTH", "SIZE"),
    "height": ("HEIGHT", "SIZE"),
    "reference": ("REFERENCE", "REFERENCE_IMAGE", "STYLE_REFERENCE"),
    "output": ("OUTPUT",),
}
NOT_WORDS = frozenset({"model", "clip", "vae", "clip_vision", "control_net", "image", "pixels", "samples", "latent"})
"""Links that do not lead from a sampler to its words."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Where in a workflow everything goes. ``output`` is a node's id, "" when none is marked."""

    prompt: tuple[Slot, ...]
    negative: tuple[Slot, ...] = ()
    seed: tuple[Slot, ...] = ()
    width: tuple[Slot, ...] = ()
    height: tuple[Slot, ...] = ()
    reference: tuple[Slot, ...] = ()
    checkpoint: tuple[Slot, ...] = ()
    output: str = ""


def find(workflow: Workflow) -> Slots:
    """Where everything goes.

    Raises:
        Misconfigured: there is no place for the prompt.
    """
    prompt = tuple(_marked(workflow, "prompt", TEXTS)) or _holding(workflow) or _leading(workflow, "positive")
    if not prompt:
        raise Misconfigured("The workflow has no place for the prompt. Give its text node the title POSITIVE_PROMPT.")
    negative = tuple(_marked(workflow, "negative", TEXTS)) or _leading(workflow, "negative")
    loaders = [(name, "image") for name, node in workflow.items() if node["class_type"] == "LoadImage"]
    reference = tuple(_marked(workflow, "reference", IMAGES)) or (tuple(loaders) if len(loaders) == 1 else ())
    latent = _latent(workflow)
    return Slots(
        prompt,
        tuple(slot for slot in negative if slot not in prompt),  # one text may lead to both
        tuple(_marked(workflow, "seed", SEEDS)) or _seeds(workflow),
        tuple(_marked(workflow, "width", WIDTHS)) or _numbers(workflow, latent, "width"),
        tuple(_marked(workflow, "height", HEIGHTS)) or _numbers(workflow, latent, "height"),
        reference,
        tuple(slot for name in workflow for slot in _literals(workflow, name, CHECKPOINTS, str))[:1],
        next((name for name, node in workflow.items() if _has_mark(node, "output")), ""),
    )


def _marked(workflow: Workflow, what: str, inputs: Iterable[str]) -> Iterator[Slot]:
    """The inputs of the nodes that are marked as ``what``; through a link the ones of the node that holds the value."""
    inputs = tuple(inputs)
    kind = int if what in ("seed", "width", "height") else str
    for name, node in workflow.items():
        if not _has_mark(node, what):
            continue
        own = list(_literals(workflow, name, inputs, kind))
        linked = [node["inputs"][entry][0] for entry in inputs if _is_link(workflow, node["inputs"].get(entry))]
        yield from own or (slot for other in linked for slot in _literals(workflow, other, inputs, kind))


def _has_mark(node: dict[str, Any], what: str) -> bool:
    meta = node.get("_meta")
    text = str(meta.get("title") or "") if isinstance(meta, dict) else ""
    words = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    return any(words == mark or ("_" in mark and f"_{mark}_" in f"_{words}_") for mark in MARKS[what])


def _holding(workflow: Workflow) -> tuple[Slot, ...]:
    """Every text that names the place of the prompt itself."""
    return tuple(
        (name, entry)
        for name, node in workflow.items()
        for entry, value in node["inputs"].items()
        if isinstance(value, str) and HERE in value
    )


def _leading(workflow: Workflow, role: str) -> tuple[Slot, ...]:
    """The texts that lead to the samplers' ``positive`` or ``negative``."""
    found: dict[Slot, None] = {}
    for node in workflow.values():
        guider = node["inputs"].get("guider")
        roots = [node] if role in node["inputs"] else []
        if _is_link(workflow, guider):  # samplers of the custom kind have one between
            roots = [workflow[guider[0]]]
        for root in roots:
            entry = role if role in root["inputs"] else "conditioning" if role == "positive" else ""
            found |= dict.fromkeys(_texts(workflow, root["inputs"].get(entry), role))
    return tuple(found)


def _texts(workflow: Workflow, link: Any, role: str) -> tuple[Slot, ...]:
    """The texts of the nearest node upstream that has any."""
    waiting, seen = [link], set()
    while waiting:
        link = waiting.pop(0)
        if not _is_link(workflow, link) or link[0] in seen:
            continue
        seen.add(link[0])
        inputs = workflow[link[0]]["inputs"]
        texts = tuple(_literals(workflow, link[0], TEXTS, str))
        if texts:
            return texts
        own = [role] if role in inputs else [entry for entry in inputs if entry not in NOT_WORDS]
        waiting += [inputs[entry] for entry in own]
    return ()


def _seeds(workflow: Workflow) -> tuple[Slot, ...]:
    found: dict[Slot, None] = {}
    for name, node in workflow.items():
        for entry in ("seed", "noise_seed"):
            value = node["inputs"].get(entry)
            if _is_link(workflow, value):
                found |= dict.fromkeys(_literals(workflow, value[0], SEEDS, int))
        found |= dict.fromkeys(_literals(workflow, name, ("seed", "noise_seed"), int))
    return tuple(found)


def _latent(workflow: Workflow) -> str:
    """The node that makes the empty latent image a sampler starts from, "" when it starts from another one."""
    for node in workflow.values():
        link, seen = node["inputs"].get("latent_image"), set()
        while _is_link(workflow, link) and link[0] not in seen:
            seen.add(link[0])
            inputs = workflow[link[0]]["inputs"]
            if "width" in inputs and "height" in inputs and "pixels" not in inputs:
                return str(link[0])
            link = next((inputs[entry] for entry in ("latent_image", "samples", "latent") if entry in inputs), None)
    return ""


def _numbers(workflow: Workflow, name: str, entry: str) -> tuple[Slot, ...]:
    if not name:
        return ()
    value = workflow[name]["inputs"][entry]
    if _is_link(workflow, value):
        return tuple(_literals(workflow, value[0], (entry, "value"), int))
    return tuple(_literals(workflow, name, (entry,), int))


def _literals(workflow: Workflow, name: str, inputs: Iterable[str], kind: type) -> Iterator[Slot]:
    """The inputs of a node, of these names, that hold a value of this kind and no link."""
    own = workflow[name]["inputs"]
    return ((name, entry) for entry in inputs if isinstance(own.get(entry), kind) and not isinstance(own[entry], bool))


def _is_link(workflow: Workflow, value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and value[0] in workflow
