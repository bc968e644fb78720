"""ComfyUI: a job is submitted once, awaited, found again; what can go wrong on the way, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import hurt
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import (
    Answer,
    blocked_output,
    body,
    close_early,
    close_late,
    cut,
    empty,
    failing,
    holding,
    ok,
    page,
    picture,
)
from tests.harness.secret_search import everything_in
from tests.harness.wires.comfyui import ComfyWire
from webapp.core.image_request import Address, ImageRequest, Secret
from webapp.core.money.prices import Prices
from webapp.core.settings.project_settings import read_fields
from webapp.errors import (
    LostAnswer,
    Misconfigured,
    NoImage,
    NotSent,
    ProviderError,
    Rejected,
    Unavailable,
    Unsuited,
)
from webapp.outbound.client import Http
from webapp.outbound.reply import Reply
from webapp.providers.comfyui.client import (
    BUNDLED,
    FIELDS,
    ComfyUI,
    job_id,
)
from webapp.providers.comfyui.errors import failed, refused
from webapp.providers.comfyui.server import saved_image
from webapp.providers.comfyui.slots import Slots
from webapp.providers.contract import Options, Resumable
from webapp.providers.table import make_provider

REQUEST = ImageRequest("a1", "clear", "1.1", "A boat", "A boat at night", 7)
JOB = job_id("a1")
REFERENCE = picture("reference")
PASSWORD = "canary-password-0123456789"
WORKFLOW = json.loads(BUNDLED.read_text("utf-8"))
NO_SLOTS = Slots(())


class SteppedClock:
    """Time that passes only by sleeping. ``then`` happens at every sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.then: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        self.then()


@pytest.fixture
def time() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def wire() -> ComfyWire:
    return ComfyWire()


@pytest.fixture
def double(wire: ComfyWire) -> Iterator[ProviderDouble]:
    with ProviderDouble(wire=wire) as running:
        yield running


def comfyui(
    *addresses: Address,
    time: SteppedClock | None = None,
    workflow: Path | None = None,
    timeout: float = 20.0,
    **values: Any,
) -> ComfyUI:
    time = time or SteppedClock()
    options = Options(
        values=read_fields(FIELDS, values),
        model="",
        base_url="",
        timeout=timeout,
        http=Http(),
        prices=Prices(),
        sleep=time.sleep,
        run=lambda work, *args: work(*args),
        urls=addresses,
        workflow=workflow,
        clock=time,
    )
    made = make_provider("comfyui", options)
    assert isinstance(made, ComfyUI) and isinstance(made, Resumable)
    return made


def at(double: ProviderDouble, **more: Any) -> ComfyUI:
    return comfyui(Address(double.url), **more)


def refused_by(double: ProviderDouble, answer: Answer, **more: Any) -> ProviderError:
    double.script(answer)
    with pytest.raises(ProviderError) as caught:
        at(double, **more).generate(REQUEST, None)
    assert caught.value.charged is False, "an own server charges nothing"
    return caught.value


def said(data: Any, status: int = 200) -> Answer:
    return body(json.dumps(data).encode(), status)


# One picture


def test_a_picture_is_one_job_with_prompt_seed_and_size_in_their_places(
    double: ProviderDouble, wire: ComfyWire
) -> None:
    answer = at(double).generate(REQUEST, None)
    assert len(double.calls) == 1 and double.calls[0].prompt == "A boat at night"
    assert (double.calls[0].asked.seed, double.calls[0].asked.size, double.calls[0].asked.job) == (7, "1344x768", JOB)
    assert (answer.body, answer.model, answer.seed, answer.cost, answer.note) == (
        picture("A boat at night 7", aspect="1344:768"),
        "sd_xl_base_1.0.safetensors",
        7,
        0,
        "",
    )
    assert wire.workflows[0]["3"] == WORKFLOW["3"], "its own negative text stays"


def test_the_project_may_set_size_negative_text_and_checkpoint(wire: ComfyWire) -> None:
    wire = ComfyWire(checkpoints=("mine",))
    with ProviderDouble(wire=wire) as double:
        provider = at(double, width=640, height=360, negative="hands", checkpoint="mine")
        assert provider.generate(REQUEST, None).model == "mine"
    sent = wire.workflows[0]
    assert double.calls[0].asked.size == "640x360" and sent["3"]["inputs"]["text"] == "hands"


def test_the_job_is_polled_until_it_is_done(double: ProviderDouble, wire: ComfyWire, time: SteppedClock) -> None:
    wire.polls = 5
    assert at(double, time=time).generate(REQUEST, None).body
    assert time.slept[:2] == [0.5, 0.75] and max(time.slept) <= 2.0


def test_the_id_is_the_same_for_the_same_attempt_and_a_proper_uuid() -> None:
    assert job_id("a1") == JOB != job_id("a2") and len(JOB) == 36 and JOB.lower() == JOB


def test_an_old_server_that_chooses_its_own_id_is_followed(double: ProviderDouble, wire: ComfyWire) -> None:
    wire.own_ids = True
    assert at(double).generate(REQUEST, None).body


def test_its_login_is_sent_with_everything_and_never_shown() -> None:
    with ProviderDouble(wire=ComfyWire(login=f"me:{PASSWORD}")) as double:
        provider = comfyui(Address(double.url, Secret(f"me:{PASSWORD}")))
        assert provider.generate(REQUEST, None).body
        double.script(failing(400, "invalid_prompt", f"{PASSWORD} is bad"))
        with pytest.raises(Misconfigured) as caught:
            provider.generate(replace(REQUEST, attempt="a2"), None)
        assert PASSWORD not in everything_in(caught.value)
        with pytest.raises(Misconfigured, match="wants a login"):
            at(double).generate(REQUEST, None)


# References


@pytest.fixture
def with_reference(tmp_path: Path) -> Path:
    """A workflow that takes a picture too."""
    loader = {"class_type": "LoadImage", "inputs": {"image": "old.png"}, "_meta": {"title": "REFERENCE"}}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(WORKFLOW | {"9": loader}), "utf-8-sig")
    return path


def test_a_reference_is_uploaded_once_by_its_content_and_named_in_the_workflow(
    double: ProviderDouble, wire: ComfyWire, with_reference: Path
) -> None:
    provider = at(double, workflow=with_reference)
    for attempt in ("a1", "a2"):
        answer = provider.generate(replace(REQUEST, attempt=attempt, reference=REFERENCE), None)
        assert answer.note == ""
    assert [call.asked.reference for call in double.calls] == [REFERENCE, REFERENCE]
    assert list(wire.uploads.values()) == [REFERENCE]


def test_a_frame_without_a_reference_leaves_the_workflows_own_picture(
    double: ProviderDouble, wire: ComfyWire, with_reference: Path
) -> None:
    at(double, workflow=with_reference).generate(REQUEST, None)
    assert wire.workflows[0]["9"]["inputs"]["image"] == "old.png" and not wire.uploads


def test_a_workflow_without_a_place_for_it_says_so(double: ProviderDouble, wire: ComfyWire) -> None:
    answer = at(double).generate(replace(REQUEST, reference=REFERENCE), None)
    assert "was not sent" in answer.note and "titled REFERENCE" in answer.note and not wire.uploads


@pytest.mark.parametrize(
    ("data", "why"), [(b"\x89PNG\r\n\x1a\n" + b"x" * 30_000_000, "30 MB"), (b"<svg/>", "not a PNG")]
)
def test_a_reference_that_cannot_be_sent_is_left_out_and_said_so(
    double: ProviderDouble, wire: ComfyWire, with_reference: Path, data: bytes, why: str
) -> None:
    answer = at(double, workflow=with_reference).generate(replace(REQUEST, reference=data), None)
    assert why in answer.note and not wire.uploads


# Never twice


@pytest.mark.parametrize("answer", [close_late(), cut()])
def test_a_job_whose_answer_got_lost_is_found_by_its_id(double: ProviderDouble, answer: Answer) -> None:
    double.script(answer)
    assert at(double).generate(REQUEST, None).body and len(double.calls) == 1


def test_a_job_that_never_arrived_is_a_lost_answer(double: ProviderDouble) -> None:
    assert type(refused_by(double, close_early())) is LostAnswer


def test_a_job_that_was_sent_before_is_picked_up_and_not_sent_again(
    double: ProviderDouble, wire: ComfyWire, time: SteppedClock
) -> None:
    provider = at(double, time=time, timeout=3.0)
    wire.polls = 10_000
    with pytest.raises(LostAnswer, match="No picture within 3 s") as caught:
        provider.generate(REQUEST, None)
    assert caught.value.charged is False and time.now >= 3.0
    wire.polls = 1
    assert provider.generate(REQUEST, None).body and len(double.calls) == 1
    assert provider.generate(replace(REQUEST, attempt="a2"), None).body and len(double.calls) == 2


def test_what_the_server_forgot_is_sent_again(double: ProviderDouble, wire: ComfyWire, time: SteppedClock) -> None:
    provider = at(double, time=time, timeout=3.0)
    wire.polls = 10_000
    with pytest.raises(LostAnswer):
        provider.generate(REQUEST, None)
    wire.forget()
    wire.polls = 1
    assert provider.generate(REQUEST, None).body and len(double.calls) == 2


def test_another_process_finds_the_job_by_its_attempt(double: ProviderDouble, wire: ComfyWire) -> None:
    wire.polls = 10_000
    with pytest.raises(LostAnswer):
        at(double, timeout=3.0).generate(REQUEST, None)
    wire.polls = 3  # it is still being made when it is found
    next(iter(wire.jobs.values())).polls = 0
    found = at(double).lookup("a1")
    assert found is not None and found.body == picture("A boat at night 7", aspect="1344:768")
    assert len(double.calls) == 1 and at(double).lookup("a2") is None


def test_a_job_is_looked_for_at_every_server_that_answers(time: SteppedClock) -> None:
    with (
        ProviderDouble(wire=ComfyWire()) as one,
        ProviderDouble(wire=ComfyWire()) as two,
        ProviderDouble(wire=ComfyWire()) as three,
    ):
        at(three).generate(REQUEST, None)
        provider = comfyui(Address(one.url), Address(two.url), Address(three.url), time=time)
        one.leave()
        assert provider.lookup("a1") is not None
        three.leave()
        assert comfyui(Address(one.url), Address(two.url), Address(three.url), time=time).lookup("a1") is None


def test_a_job_that_failed_is_found_as_failed(double: ProviderDouble) -> None:
    double.script(blocked_output())
    with pytest.raises(NoImage):
        at(double).generate(REQUEST, None)
    with pytest.raises(NoImage) as caught:
        at(double).lookup("a1")
    assert caught.value.charged is False


# Trouble on the way


def test_a_job_that_vanished_in_a_restart_is_told(double: ProviderDouble, wire: ComfyWire, time: SteppedClock) -> None:
    wire.polls = 10_000
    time.then = wire.forget
    with pytest.raises(Unavailable, match="lost the job") as caught:
        at(double, time=time).generate(REQUEST, None)
    assert caught.value.charged is False and len(time.slept) == 1


def test_two_failed_questions_do_no_harm_and_a_third_gives_up(
    double: ProviderDouble, wire: ComfyWire, time: SteppedClock
) -> None:
    wire.faults = [503, 500]
    assert at(double, time=time).generate(REQUEST, None).body
    wire.faults = [503] * 3
    with pytest.raises(Unavailable, match="stopped answering"):
        at(double, time=time).generate(replace(REQUEST, attempt="a2"), None)


def test_a_server_that_is_switched_off_in_between_is_told(
    double: ProviderDouble, wire: ComfyWire, time: SteppedClock
) -> None:
    wire.polls = 10_000
    wire.faults = []
    time.then = lambda: wire.faults.extend([503] * 3)
    with pytest.raises(Unavailable, match="stopped answering"):
        at(double, time=time).generate(REQUEST, None)


def test_a_dead_server_costs_nothing_but_a_moment(time: SteppedClock) -> None:
    with ProviderDouble(wire=ComfyWire()) as one, ProviderDouble(wire=ComfyWire()) as two:
        provider = comfyui(Address(one.url), Address(two.url), time=time)
        one.leave()
        assert provider.parallel == 2
        assert provider.generate(REQUEST, None).body and len(two.calls) == 1
        two.leave()
        with pytest.raises(NotSent, match="Nothing answers"):
            comfyui(Address(one.url), Address(two.url), time=time).generate(REQUEST, None)


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (failing(400, "prompt_no_outputs"), Misconfigured, "Add a Save Image node"),
        (failing(400, "invalid_prompt"), Misconfigured, "choose Export (API)"),
        (failing(400, "prompt_outputs_failed_validation"), Misconfigured, "did not accept the workflow"),
        (failing(401), Misconfigured, "wants a login"),
        (failing(403), Misconfigured, "wants a login"),
        (failing(404), Misconfigured, "is not ComfyUI. Check COMFYUI_URLS"),
        (failing(500), Unavailable, "has trouble"),
        (page(502), Unavailable, "has trouble"),
        (page(200), NoImage, "is not ComfyUI"),
        (said({}), NoImage, "did not take the job"),
        (said({"prompt_id": 3}), NoImage, "did not take the job"),
        (said([]), NoImage, "is not ComfyUI"),
        (empty(), NoImage, "without a picture"),
        (holding(b"<svg/>"), NoImage, "is not a PNG, JPEG or WebP"),
        (blocked_output("CUDA out of memory"), Unsuited, "ran out of memory"),
        (blocked_output("shapes differ"), NoImage, "node “SEED” failed in ComfyUI"),
    ],
)
def test_every_error_has_its_kind_and_its_sentence(
    double: ProviderDouble, answer: Answer, kind: type[ProviderError], sentence: str
) -> None:
    error = refused_by(double, answer)
    assert (type(error), sentence in str(error)) == (kind, True), f"{error!r}"


def test_a_checkpoint_the_server_does_not_have_is_named() -> None:
    with ProviderDouble(wire=ComfyWire(checkpoints=("other",))) as double:
        error = refused_by(double, ok())
    assert type(error) is Misconfigured
    assert str(error) == (
        "ComfyUI has no checkpoint “sd_xl_base_1.0.safetensors”. Write the name of one it has into Project Setup."
    )


def test_a_node_the_server_does_not_have_is_named(double: ProviderDouble, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(WORKFLOW | {"8": {"class_type": "FancyNode", "inputs": {}}}))
    error = refused_by(double, ok(), workflow=path)
    assert "does not have the node “FancyNode”" in str(error)


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("value_not_in_list", "sampler_name", "what the workflow’s node “SEED” asks for as sampler name"),
        ("required_input_missing", "model", "lacks its model"),
        ("value_bigger_than_max", "steps", "such a large steps"),
        ("value_smaller_than_min", "steps", "such a small steps"),
        ("dependency_cycle", "x", "does not accept the workflow’s node “SEED”"),
    ],
)
def test_a_node_that_does_not_fit_is_told_by_title_and_input_and_without_paths(
    kind: str, name: str, sentence: str
) -> None:
    data = ComfyWire.spoilt("5", kind, {"input_name": name, "received_value": "x"})
    error = refused(Reply(400, {}, json.dumps(data).encode(), 0.0), data, WORKFLOW, "127.0.0.1:8188")
    assert type(error) is Misconfigured and sentence in str(error) and "/home" not in str(error)


def test_a_missing_picture_is_told_as_such() -> None:
    workflow = {"8": {"class_type": "LoadImage", "inputs": {"image": "x"}, "_meta": {"title": "My look"}}}
    data = ComfyWire.spoilt("8", "custom_validation_failed", {})
    error = refused(Reply(400, {}, b"", 0.0), data, workflow, "x")
    assert "has no picture for the workflow’s node “My look”" in str(error)


def test_a_spoilt_branch_matters_only_when_the_picture_depends_on_it(double: ProviderDouble, wire: ComfyWire) -> None:
    def node_errors(*outputs: str) -> dict[str, Any]:
        return {"8": {"errors": [], "dependent_outputs": list(outputs), "class_type": "X"}}

    error = refused_by(double, said({"prompt_id": JOB, "node_errors": node_errors("7")}))
    assert type(error) is Misconfigured
    at(double).generate(REQUEST, None)  # so that the server knows the job
    double.script(said({"prompt_id": JOB, "node_errors": node_errors("12")}))
    assert at(double).generate(REQUEST, None).body


@pytest.mark.parametrize(
    ("messages", "kind", "sentence"),
    [
        ([["execution_start", {}], ["execution_interrupted", {}]], Rejected, "cancelled"),
        ([["execution_error", {"node_id": "5", "exception_message": "x"}]], NoImage, "node “SEED” failed"),
        ([["execution_error", None]], NoImage, "failed in ComfyUI"),
        ([["execution_error", {"exception_type": "torch.OutOfMemoryError"}]], Unsuited, "out of memory"),
        ([], NoImage, "could not finish"),
        (None, NoImage, "could not finish"),
        ([3, [], ["x"]], NoImage, "could not finish"),
    ],
)
def test_a_job_that_failed_says_why(messages: Any, kind: type[ProviderError], sentence: str) -> None:
    error = failed({"status_str": "error", "messages": messages}, WORKFLOW)
    assert type(error) is kind and sentence in str(error)


def images(*entries: tuple[str, str]) -> dict[str, Any]:
    return {"images": [{"filename": name, "subfolder": "", "type": kind} for name, kind in entries]}


def test_of_several_pictures_the_marked_output_comes_first_then_what_was_saved() -> None:
    outputs = {"1": images(("p", "temp")), "2": images(("a", "output")), "3": images(("b", "output"), ("c", "output"))}
    assert saved_image({"outputs": outputs}, NO_SLOTS, {}).filename == "a"
    assert saved_image({"outputs": outputs}, replace(NO_SLOTS, output="3"), {}).filename == "b"
    assert saved_image({"outputs": {"1": outputs["1"]}}, NO_SLOTS, {}).filename == "p"


# The workflow's file


def test_a_workflow_that_cannot_be_used_is_told_before_any_call(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    with pytest.raises(Misconfigured, match="COMFYUI_WORKFLOW cannot be read"):
        comfyui(workflow=path)
    path.write_text(json.dumps({"nodes": [], "links": []}))
    with pytest.raises(Misconfigured, match=r"Export \(API\)"):
        comfyui(workflow=path)
    path.write_text(" " * 4_000_001)
    with pytest.raises(Misconfigured, match="too large"):
        comfyui(workflow=path)


def test_a_workflow_without_a_checkpoint_is_called_by_its_files_name(tmp_path: Path) -> None:
    workflow = {
        "1": {"class_type": "X", "inputs": {"text": "{prompt}"}},
    }
    (tmp_path / "mine.json").write_text(json.dumps(workflow))
    assert comfyui(workflow=tmp_path / "mine.json").model == "mine"


NAMES = ("outputs", "images", "filename", "type", "status", "status_str", "messages", "node_errors", "error", "7")
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["error", "execution_error"]) | st.text(max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([400, 404, 422, 500]))
def test_any_json_whatever_is_a_picture_or_an_error_of_the_family(data: Any, status: int) -> None:
    assert str(refused(Reply(status, {}, b"", 0.0), data, WORKFLOW, "127.0.0.1:8188")).endswith(".")
    try:
        assert saved_image(data, NO_SLOTS, WORKFLOW).filename is not None
    except ProviderError as error:
        assert str(error).endswith(".")


def test_an_answer_that_is_hurt_in_any_place_is_a_picture_or_an_error_of_the_family() -> None:
    made = {"outputs": {"7": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}}
    told = [["execution_error", {"node_id": "7", "node_type": "KSampler", "exception_message": "x"}]]
    for data in (*hurt(made), *hurt({"status": {"status_str": "error", "messages": told}})):
        try:
            saved = saved_image(data, NO_SLOTS, WORKFLOW)
            assert all(isinstance(text, str) for text in (saved.filename, saved.subfolder, saved.folder))
        except ProviderError as error:
            assert str(error).endswith(".")
    no = {"error": {"type": "a", "message": "x"}, "node_errors": {"7": {"errors": [{"message": "x", "details": "y"}]}}}
    for data in hurt(no):
        assert str(refused(Reply(400, {}, b"", 0.0), data, WORKFLOW, "127.0.0.1:8188")).endswith(".")
