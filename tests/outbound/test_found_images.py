"""Images in answers: every shape in which services and relays were seen to hand one over."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from tests.harness.scripted_answers import picture
from webapp.disk.images.codec import to_png
from webapp.outbound.found_images import FoundImages, documents, find_images

PNG = picture("found")
P = base64.b64encode(PNG).decode()
U = "https://images.example/i/a"
URI = f"data:image/png;base64,{P}"


def found(answer: Any) -> FoundImages:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return find_images(body, documents(body))


def chat(content: Any, **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content, **more}}]}


def gemini(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}}]}


def events(*values: Any) -> bytes:
    return "".join(f"event: x\ndata: {json.dumps(value)}\n\n" for value in values).encode() + b"data: [DONE]\n\n"


WITH_BYTES = [
    {"data": [{"revised_prompt": "x"}, {"b64_json": P}]},
    [{"b64_json": [P]}],
    {"b64_json": [P]},
    {"output": [URI]},
    [{"b64_json": P}],
    {"data": {"b64_json": P}},
    {"data": P},
    {"data": URI},
    {"data": json.dumps({"b64_json": P})},
    {"images": [P]},
    {"image": P},
    {"artifacts": [{"base64": P}]},
    {"result": {"image": P}},
    {"output": [{"type": "image_generation_call", "result": P}]},
    {"predictions": [{"bytesBase64Encoded": P, "mimeType": "image/png"}]},
    {"data": {"image_base64": [P]}},
    {"data": [{"b64_json": P.rstrip("=")}]},
    {"data": [{"b64_json": base64.urlsafe_b64encode(PNG).decode()}]},
    {"data": [{"b64_json": base64.urlsafe_b64encode(PNG).decode().rstrip("=")}]},
    {"data": [{"b64_json": base64.encodebytes(PNG).decode()}]},
    {"data": [{"b64_json": URI}]},
    {"data": [{"b64_json": f"data:image/png;charset=utf-8;base64,{P}"}]},
    {"data": [{"b64_json": None, "url": URI}]},
    chat(f"![i]({URI})"),
    chat(f"Here it is: {URI} I hope you like it."),
    chat(f"```\n{P}\n```"),
    chat("", images=[{"type": "image_url", "image_url": {"url": URI}}]),
    chat([{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": URI}}]),
    events({"b64_json": P}),
    events({"type": "image_generation.partial_image", "b64_json": P[:400]}, {"type": "completed", "b64_json": P}),
    events({"choices": [{"delta": {"content": URI[:90]}}]}, {"choices": [{"delta": {"content": URI[90:]}}]}),
    events(gemini({"text": "x"}), gemini({"inlineData": {"data": P}})),
    f"data: {json.dumps({'b64_json': P})}".encode(),
    PNG,
    P.encode(),
    URI.encode(),
    {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}, *gemini({"inlineData": {"data": P}})["candidates"]]},
    gemini({"text": f"Here: {URI}"}),
    [gemini({"inline_data": {"data": P}})],
    {"response": gemini({"inlineData": {"data": P}})},
]

WITH_ADDRESSES = [
    {"data": [{"url": [U]}]},
    {"data": {"url": U}},
    {"data": {"data": [{"url": U}]}},
    {"data": [U]},
    {"url": U},
    {"data": [{"image_url": U}]},
    {"images": [{"url": U}]},
    {"output": U},
    {"output": [U]},
    {"output": {"results": [{"url": U}]}},
    {"data": {"task_result": {"images": [{"url": U}]}}},
    {"data": {"image_urls": [U]}},
    {"imageUrl": U},
    {"result": {"sample": U}},
    {"data": [{"image": {"url": U}}]},
    chat(U),
    chat(f"Here: ![i]({U}) done"),
    chat(f'<img src="{U}">'),
    chat("", images=[{"image_url": {"url": U}}]),
    gemini({"text": "x"}, {"fileData": {"fileUri": U, "mimeType": "image/png"}}),
    U.encode(),
]


@pytest.mark.parametrize("answer", WITH_BYTES, ids=lambda answer: str(answer)[:60])
def test_the_bytes_of_an_image_are_found_in_any_shape(answer: Any) -> None:
    assert found(answer).body == PNG


@pytest.mark.parametrize("answer", WITH_ADDRESSES, ids=lambda answer: str(answer)[:60])
def test_the_address_of_an_image_is_found_in_any_shape(answer: Any) -> None:
    assert found(answer).urls == (U,)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_every_format_that_is_read_becomes_a_png(kind: str) -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(PNG)).save(out, kind)
    body = found({"data": [{"b64_json": base64.b64encode(out.getvalue()).decode()}]}).body
    assert body == out.getvalue()
    assert Image.open(io.BytesIO(to_png(body, {}))).format == "PNG"


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
SVG = b'<?xml version="1.0"?>\n<!-- ' + b"drawn " * 40 + b'-->\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(("data", "name"), [(HEIC, "HEIC"), (SVG, "SVG"), (b"8BPS" + bytes(99), "PSD")])
def test_a_format_that_is_not_read_is_named(data: bytes, name: str) -> None:
    coded = base64.b64encode(data).decode()
    for answer in (data, {"data": [{"b64_json": coded}]}, {"data": f"data:image/x;base64,{coded}"}):
        assert found(answer) == FoundImages(unreadable=name)


@pytest.mark.parametrize(
    "answer",
    [
        {"prompt": URI, "data": []},  # what it repeats of the question
        {"input": {"image_url": U}, "data": []},
        {"urls": {"get": U, "cancel": U}, "status_url": U},
        {"thumbnail": P},
        {"data": [{"thought": True, "inlineData": {"data": P}}]},
        {"error": {"message": f"see {U}.png"}},
        chat(f"Read {U} for more."),
        b"<!doctype html><img src='https://images.example/a.png'>",
        {"id": "A" * 400, "text": "iVBOR is how they begin"},
    ],
)
def test_what_is_no_image_of_this_answer_is_not_taken_for_one(answer: Any) -> None:
    assert (found(answer).body, found(answer).urls) == (b"", ())


def test_an_answer_without_an_end_is_searched_only_so_far() -> None:
    deep: Any = {"b64_json": P}
    for _ in range(100):
        deep = {"data": [deep]}
    assert found(deep) == FoundImages()
    assert found({"data": [{"x": "y"}] * 100_000 + [{"b64_json": P}]}) == FoundImages()
