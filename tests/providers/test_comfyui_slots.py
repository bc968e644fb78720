"""Workflows of all kinds: where prompt, seed, size and reference go, found with and without marks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.errors import Misconfigured
from webapp.providers.comfyui.client import BUNDLED
from webapp.providers.comfyui.slots import Slots, Workflow, find
from webapp.providers.comfyui.workflow import filled, read, title


def node(kind: str, name: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": name or kind}}


def sampler(**inputs: Any) -> dict[str, Any]:
    return node(
        "KSampler", **{"seed": 1, "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0], **inputs}
    )


def plain() -> Workflow:
    """What ComfyUI starts with: no marks, both texts with the same title."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="a.safetensors"),
        "2": node("CLIPTextEncode", "CLIP Text Encode (Prompt)", text="good", clip=["1", 1]),
        "3": node("CLIPTextEncode", "CLIP Text Encode (Prompt)", text="bad", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "5": sampler(model=["1", 0]),
        "6": node("SaveImage", images=["5", 0], filename_prefix="mine"),
    }


def test_the_workflow_comfyui_starts_with_needs_no_marks() -> None:
    assert find(plain()) == Slots(
        prompt=(("2", "text"),),
        negative=(("3", "text"),),
        seed=(("5", "seed"),),
        width=(("4", "width"),),
        height=(("4", "height"),),
        checkpoint=(("1", "ckpt_name"),),
    )


def test_the_bundled_one_is_marked_throughout() -> None:
    slots = find(read(BUNDLED.read_text("utf-8")))
    assert slots == Slots(
        prompt=(("2", "text"),),
        negative=(("3", "text"),),
        seed=(("5", "seed"),),
        width=(("4", "width"),),
        height=(("4", "height"),),
        checkpoint=(("1", "ckpt_name"),),
        output="7",
    )


@pytest.mark.parametrize(
    "name",
    [
        "POSITIVE_PROMPT",
        "positive prompt",
        "Positive-Prompt",
        "CLIP Text Encode (Positive Prompt)",
        "PROMPT",
        "Positive",
    ],
)
def test_a_mark_may_be_spelled_in_many_ways(name: str) -> None:
    workflow = plain() | {"9": node("CLIPTextEncode", name, text="mine")}
    assert find(workflow).prompt == (("9", "text"),)


def test_marks_win_over_what_would_be_found() -> None:
    workflow = plain() | {
        "20": node("CLIPTextEncode", "NEGATIVE_PROMPT", text="x"),
        "21": node("PrimitiveInt", "Seed", value=3),
        "22": node("PrimitiveInt", "WIDTH", value=640),
        "23": node("PrimitiveInt", "HEIGHT", value=360),
        "24": node("LoadImage", "Style Reference", image="a.png"),
        "25": node("LoadImage", image="mask.png"),
        "26": node("PreviewImage", "OUTPUT", images=["5", 0]),
    }
    slots = find(workflow)
    assert (slots.negative, slots.seed) == ((("20", "text"),), (("21", "value"),))
    assert (slots.width, slots.height) == ((("22", "value"),), (("23", "value"),))
    assert (slots.reference, slots.output) == ((("24", "image"),), "26")


def test_links_are_followed_to_the_node_that_holds_the_value() -> None:
    workflow = plain() | {
        "2": node("CLIPTextEncode", "POSITIVE_PROMPT", text=["30", 0], clip=["1", 1]),
        "30": node("PrimitiveStringMultiline", value="words"),
        "4": node("EmptyLatentImage", width=["31", 0], height=["31", 0]),
        "31": node("PrimitiveInt", value=512),
        "5": sampler(seed=["32", 0]),
        "32": node("Seed (rgthree)", seed=5),
    }
    slots = find(workflow)
    assert slots.prompt == (("30", "value"),) and slots.seed == (("32", "seed"),)
    assert slots.width == slots.height == (("31", "value"),)


def test_conditioning_between_text_and_sampler_is_passed_through() -> None:
    workflow = plain() | {
        "40": node("ControlNetApplyAdvanced", positive=["2", 0], negative=["3", 0], control_net=["1", 0]),
        "41": node("FluxGuidance", conditioning=["40", 0], guidance=3.5),
        "5": sampler(positive=["41", 0], negative=["40", 1]),
    }
    slots = find(workflow)
    assert (slots.prompt, slots.negative) == ((("2", "text"),), (("3", "text"),))


def test_a_sampler_with_a_guider_is_understood() -> None:
    workflow = {
        "1": node("RandomNoise", noise_seed=1),
        "2": node("CLIPTextEncodeFlux", clip_l="a", t5xxl="b", guidance=3.5),
        "3": node("BasicGuider", conditioning=["2", 0]),
        "4": node("EmptySD3LatentImage", width=1024, height=576),
        "5": node("SamplerCustomAdvanced", noise=["1", 0], guider=["3", 0], latent_image=["4", 0]),
        "6": node("UNETLoader", unet_name="flux"),
    }
    slots = find(workflow)
    assert slots.prompt == (("2", "clip_l"), ("2", "t5xxl")) and slots.seed == (("1", "noise_seed"),)
    assert slots.negative == () and slots.width == (("4", "width"),) and slots.checkpoint == (("6", "unet_name"),)


def test_one_text_that_leads_to_both_is_the_prompt_alone() -> None:
    workflow = plain() | {"3": node("ConditioningZeroOut", conditioning=["2", 0])}
    assert (find(workflow).prompt, find(workflow).negative) == ((("2", "text"),), ())


def test_a_picture_that_the_sampler_starts_from_has_no_size_to_set() -> None:
    workflow = plain() | {"4": node("VAEEncode", pixels=["8", 0]), "8": node("LoadImage", image="a.png")}
    slots = find(workflow)
    assert slots.width == () and slots.reference == (("8", "image"),)


def test_of_several_pictures_none_is_taken_for_the_reference() -> None:
    workflow = plain() | {"8": node("LoadImage", image="a.png"), "9": node("LoadImage", image="b.png")}
    assert find(workflow).reference == ()


def test_a_link_that_goes_in_a_circle_or_nowhere_does_no_harm() -> None:
    workflow = plain() | {"2": node("X", conditioning=["9", 0]), "9": node("Y", conditioning=["2", 0])}
    with pytest.raises(Misconfigured, match="POSITIVE_PROMPT"):
        find(workflow)
    assert find(plain() | {"4": node("LatentUpscale", samples=["4", 0]), "5": sampler(seed=["77", 0])}).seed == ()


# What is set


def test_everything_goes_to_its_place_and_the_original_stays() -> None:
    workflow = plain() | {"8": node("LoadImage", image="old.png")}
    before = json.dumps(workflow)
    made = filled(
        workflow,
        find(workflow),
        prompt="a boat",
        seed=9,
        mark="abcd1234",
        negative="text",
        width=1344,
        height=768,
        reference="refs/new.png",
        checkpoint="b.safetensors",
    )
    assert (made["2"]["inputs"]["text"], made["3"]["inputs"]["text"], made["5"]["inputs"]["seed"]) == (
        "a boat",
        "text",
        9,
    )
    assert (made["4"]["inputs"]["width"], made["4"]["inputs"]["height"]) == (1344, 768)
    assert (made["8"]["inputs"]["image"], made["1"]["inputs"]["ckpt_name"]) == ("refs/new.png", "b.safetensors")
    assert made["6"]["inputs"]["filename_prefix"] == "mine_abcd1234"
    assert json.dumps(workflow) == before


def test_what_is_not_said_stays_as_in_the_workflow() -> None:
    workflow = plain() | {"8": node("LoadImage", image="old.png")}
    made = filled(workflow, find(workflow), prompt="a boat", seed=0, mark="m")
    assert (made["3"], made["4"], made["8"], made["1"]) == tuple(workflow[name] for name in ("3", "4", "8", "1"))
    assert made["5"]["inputs"]["seed"] == 0


def test_a_text_may_say_itself_where_the_prompt_goes() -> None:
    workflow = plain() | {"2": node("CLIPTextEncode", text="ink drawing, {prompt}, 8k", clip=["1", 1])}
    made = filled(workflow, find(workflow), prompt='a "boat" {prompt}', seed=0, mark="m")
    assert made["2"]["inputs"]["text"] == 'ink drawing, a "boat" {prompt}, 8k'


# What is read


def test_the_whole_of_a_request_is_read_too() -> None:
    assert read(json.dumps({"prompt": plain(), "client_id": "x"})) == plain()


def test_a_workflow_saved_for_editing_is_told_apart() -> None:
    with pytest.raises(Misconfigured, match=r"Export \(API\)"):
        read(json.dumps({"nodes": [{"id": 1}], "links": [], "version": 0.4}))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"1": {}}', '{"1": {"class_type": 3, "inputs": {}}}'])
def test_what_is_no_workflow_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"Export \(API\)"):
        read(text)


def test_a_node_is_named_by_its_title_or_its_class() -> None:
    workflow = plain() | {"9": {"class_type": "X<b>", "inputs": {}}}
    assert [title(workflow, name) for name in ("2", "9", "77")] == ["CLIP Text Encode (Prompt)", "X b", "77"]


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.tuples(st.sampled_from("123"), st.just(0))
INPUTS = st.dictionaries(
    st.sampled_from(
        ["positive", "negative", "guider", "text", "seed", "latent_image", "width", "conditioning", "image"]
    ),
    VALUES.map(lambda value: list(value) if isinstance(value, tuple) else value),
)
NODES = st.fixed_dictionaries(
    {"class_type": st.sampled_from(["KSampler", "CLIPTextEncode", "LoadImage", "X"]), "inputs": INPUTS},
    optional={"_meta": st.fixed_dictionaries({"title": st.sampled_from(["SEED", "SIZE", "PROMPT", "x", None])})},
)


@given(st.dictionaries(st.sampled_from("123"), NODES, min_size=1))
def test_any_graph_is_understood_or_refused_with_our_own_error(workflow: Workflow) -> None:
    try:
        slots = find(read(json.dumps(workflow)))
    except Misconfigured:
        return
    made = filled(workflow, slots, prompt="boat", seed=5, mark="m", width=64, height=64, negative="n", reference="r")
    assert any(node["inputs"].get(entry) == "boat" for node in made.values() for entry in node["inputs"])


def test_the_bundled_one_is_in_its_place() -> None:
    assert isinstance(BUNDLED, Path) and BUNDLED.is_file()
