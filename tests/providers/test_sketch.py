"""The offline sketch: what it draws from which words, that it says what it is, and the faults it plays."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from webapp.core.image_request import ImageRequest
from webapp.core.settings.project_settings import read_fields
from webapp.errors import ProviderError, Rejected, Unavailable
from webapp.fonts import font_for
from webapp.providers.sketch.client import FIELDS, Sketch
from webapp.providers.sketch.drawing import caption, panel
from webapp.providers.sketch.drawing.panel import draw, size_for
from webapp.providers.sketch.drawing.prompt_reading import PLACES, read

STYLES = ("illustration", "clear", "consistent")
PROMPT = "Wide view of a lighthouse on a rock at the edge of the sea, sunset, gulls."
LETTERS_OF_THE_WORLD = (
    "",
    "   \n\t ",
    "🌊🔥👩‍🚀",
    "A wave 🌊 came",
    "שלום עולם, הים שקט",
    "البحر هادئ في الليل",
    "海の上の灯台",
    "Маяк на скале",
    "ทะเลในยามค่ำคืน",
    "\x00\x07 control \u202e signs \ufeff",
    "\ud800 half a pair",
    "w" * 5_000,
    "a word " * 700,
    "‱" * 40,
)


def request(**changes: Any) -> ImageRequest:
    fields: dict[str, Any] = {
        "attempt": "a1",
        "style": "illustration",
        "number": "1.1",
        "phrase": "On a rock at the edge of the sea stood a lighthouse.",
        "prompt": PROMPT,
        "seed": 7,
    }
    return ImageRequest(**{**fields, **changes})


def picture(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def scene(body: bytes) -> Image.Image:
    """The drawing without its caption strip."""
    whole = picture(body).convert("RGB")
    return whole.crop((0, 0, whole.width, whole.height - caption.strip_height(*whole.size)))


def difference(one: bytes, other: bytes) -> float:
    """How much of the scenes differs, from 0 to 1."""
    changed = ImageChops.difference(scene(one), scene(other)).convert("L").point(lambda value: 255 if value > 12 else 0)
    return changed.histogram()[255] / (changed.width * changed.height)


def sketch(**values: float) -> tuple[Sketch, list[float]]:
    waits: list[float] = []
    return Sketch(read_fields(FIELDS, {"delay": 0, **values}), waits.append), waits


@pytest.mark.parametrize("style", STYLES)
def test_a_sketch_is_a_whole_png_of_16_to_9(style: str) -> None:
    image = picture(draw(request(style=style)))

    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (1344, 756))


def test_the_file_says_that_it_is_an_offline_sketch() -> None:
    assert picture(draw(request())).info["Software"] == "Step 8 offline sketch"


def test_the_picture_itself_says_so_in_its_strip() -> None:
    with_mark, strip = draw(request(number="", phrase="")), caption.strip_height(1344, 756)
    image = picture(with_mark).convert("L")
    corner = image.crop((1100, image.height - strip, image.width, image.height))

    assert caption.MARK == "offline sketch"
    low, high = corner.getextrema()
    assert isinstance(low, int) and isinstance(high, int) and high - low > 100


def test_the_same_request_gives_the_same_bytes() -> None:
    assert draw(request(attempt="first")) == draw(request(attempt="second"))


@pytest.mark.parametrize("change", [{"seed": 8}, {"number": "1.2"}, {"prompt": PROMPT + " Calm."}, {"phrase": "Else."}])
def test_another_seed_number_prompt_or_phrase_gives_another_picture(change: dict[str, Any]) -> None:
    assert draw(request()) != draw(request(**change))


def test_drawing_does_not_touch_the_shared_random_numbers() -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    draw(request())

    assert random.random() == expected


def test_styles_can_be_told_apart() -> None:
    bodies = [draw(request(style=style)) for style in (*STYLES, "noir", "comic")]

    for place, one in enumerate(bodies):
        for other in bodies[place + 1 :]:
            assert difference(one, other) > 0.3


def test_the_clear_style_is_nearly_white_and_inked() -> None:
    colours = scene(draw(request(style="clear", prompt="A meadow at noon."))).convert("L").histogram()
    total = sum(colours)

    assert sum(colours[205:]) / total > 0.8
    assert sum(colours[:90]) / total > 0.005


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A meadow at noon.", "A meadow at midnight."),
        ("Wide view of the sea.", "The interior of a kitchen."),
        ("A forest in autumn.", "A village street in autumn."),
        ("Close-up of a letter.", "Close-up of a clock."),
        ("The sea at night.", "A storm at sea at night."),
        ("A cottage in summer.", "A cottage in winter, snow."),
        ("A meadow at noon, a girl.", "A meadow at noon, no people."),
    ],
)
def test_words_change_the_composition(one: str, other: str) -> None:
    assert difference(draw(request(prompt=one, phrase="")), draw(request(prompt=other, phrase=""))) > 0.01


@pytest.mark.parametrize("place", PLACES)
def test_every_place_can_be_drawn_at_every_hour(place: str) -> None:
    nouns = PLACES[place].split()
    noun = next((word for word in nouns if word.endswith("+")), nouns[0]).strip("+")
    for turn, air in enumerate(("night storm", "noon", "dusk snow", "dawn fog", "night rain", "night")):
        words = f"{noun} {noun} at {air}, three people, a dog, a lamp, a boat, a bridge"
        assert read("", words, random.Random(1)).place == place
        assert picture(draw(request(style=STYLES[turn % 3], prompt=words, aspect="4:3"))).format == "PNG"


def test_several_at_once_give_the_same_bytes_as_one_alone() -> None:
    wanted = [request(number=f"1.{i}", style=STYLES[i % 3]) for i in range(6)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(draw, wanted)) == [draw(each) for each in wanted]


@pytest.mark.parametrize(
    ("text", "place", "time", "shot"),
    [
        ("Close-up of two hands around a lamp at night", None, "night", "close"),
        ("Wide shot: waves on the ocean at sunset", "sea", "dusk", "wide"),
        ("A bedroom in the morning", "room", "dawn", "medium"),
        ("Aerial view of the city at noon", "city", "noon", "aerial"),
        ("A man climbs the winding stairs, midnight", "stairs", "night", "medium"),
    ],
)
def test_place_hour_and_shot_are_read_from_the_words(text: str, place: str | None, time: str, shot: str) -> None:
    reading = read("", text, random.Random(1))

    assert place in (None, reading.place)
    assert (reading.time, reading.shot) == (time, shot)


def test_people_are_counted_and_can_be_forbidden() -> None:
    def people(text: str) -> int:
        return read("", text, random.Random(1)).people

    assert people("A girl on a road") == 1
    assert people("Three men on a road") == 3
    assert people("A road, two gulls above a girl") == 1
    assert people("A road, no people") == 0
    assert read("", "A girl, no people, no text", random.Random(1)).empty


def test_what_the_text_excludes_is_not_drawn() -> None:
    assert not read("", "A quiet bay without a lighthouse", random.Random(1)).has("lighthouse")


@pytest.mark.parametrize("text", LETTERS_OF_THE_WORLD)
def test_no_text_is_too_odd_to_be_drawn(text: str) -> None:
    assert picture(draw(request(phrase=text, prompt=text, number=text[:30]))).size == (1344, 756)


@settings(max_examples=25, deadline=None)
@given(
    phrase=st.text(st.characters(), max_size=300),
    prompt=st.text(st.characters(), max_size=300),
    style=st.text(max_size=20),
    aspect=st.text("0123456789:x ", max_size=9),
)
def test_any_text_gives_a_picture(phrase: str, prompt: str, style: str, aspect: str) -> None:
    assert picture(draw(request(phrase=phrase, prompt=prompt, style=style, aspect=aspect))).format == "PNG"


def test_a_phrase_is_written_without_boxes_or_not_at_all() -> None:
    written = font_for("A wave 🌊 came \ue123", 24)

    assert written is not None and written[1] == "A wave came"
    assert font_for("🌊 🔥", 24) is None
    assert font_for("\U000105c0\U0001e4d0\U00016b00", 24) is None, "no font has all of these scripts"


def test_a_long_phrase_stays_within_the_strip() -> None:
    long, short = (draw(request(phrase=text)) for text in ("many words follow here " * 100, "few words"))

    assert scene(long).size == scene(short).size


@pytest.mark.parametrize(
    ("aspect", "ratio"),
    [("16:9", 16 / 9), ("1:1", 1), ("9:16", 9 / 16), ("4:3", 4 / 3), ("21:9", 21 / 9), ("3:2", 1.5)],
)
def test_the_aspect_is_honoured(aspect: str, ratio: float) -> None:
    width, height = size_for(aspect)

    assert abs(width / height - ratio) < 0.01
    assert 0.95 < width * height / (1344 * 756) < 1.05
    assert picture(draw(request(aspect=aspect))).size == (width, height)


@pytest.mark.parametrize("aspect", ["", "wide", "0:0", "16:0", "-1:2", "9999:1"])
def test_an_unreadable_aspect_still_gives_a_picture(aspect: str) -> None:
    width, height = size_for(aspect)

    assert height > 0 and 0.25 <= width / height <= 4.01


def test_the_answer_is_free_and_names_the_sketch() -> None:
    provider, _ = sketch()
    answer = provider.generate(request(), None)

    assert (answer.model, answer.cost, answer.seed, answer.note) == ("offline-sketch", 0, 7, "")
    assert answer.body == draw(request())
    assert (provider.offline, provider.needs_key, provider.price) == (True, False, 0)


def test_drawing_goes_through_the_runner_it_is_given() -> None:
    asked: list[Any] = []

    def run(work: Any, *args: Any) -> bytes:
        asked.append((work, args))
        return b"drawn elsewhere"

    answer = Sketch({"delay": 0}, lambda seconds: None, run).generate(request(), None)

    assert answer.body == b"drawn elsewhere"
    assert asked == [(panel.draw, (request(),))]


def test_a_sketch_takes_the_time_it_is_told_to() -> None:
    provider, waits = sketch(delay=1.5)
    provider.generate(request(), None)

    assert waits == [1.5]


def test_a_slow_answer_takes_longer() -> None:
    provider, waits = sketch(delay=1, slow_rate=100, slow_seconds=9)
    provider.generate(request(), None)

    assert waits == [10]


def outcome(provider: Sketch, attempt: str) -> type[ProviderError] | None:
    try:
        provider.generate(request(attempt=attempt), None)
    except ProviderError as error:
        return type(error)
    return None


def quick(**values: float) -> Sketch:
    return Sketch(read_fields(FIELDS, {"delay": 0, **values}), lambda seconds: None, lambda work, *args: b"")


def test_without_rates_nothing_fails() -> None:
    assert {outcome(quick(), f"a{i}") for i in range(200)} == {None}


@pytest.mark.parametrize(
    ("rate", "error", "words"), [("error_rate", Unavailable, "error"), ("refusal_rate", Rejected, "refusal")]
)
def test_a_rate_of_100_always_plays_its_fault(rate: str, error: type[ProviderError], words: str) -> None:
    provider = quick(**{rate: 100})

    for i in range(50):
        with pytest.raises(error, match=f"The sketch provider played an? {words}, as its settings ask."):
            provider.generate(request(attempt=f"a{i}"), None)


def test_a_fault_follows_from_the_attempt_and_comes_about_as_often_as_asked() -> None:
    first, second = quick(error_rate=30, refusal_rate=20), quick(error_rate=30, refusal_rate=20)
    outcomes = [outcome(first, f"attempt-{i}") for i in range(1000)]

    assert outcomes == [outcome(second, f"attempt-{i}") for i in range(1000)]
    assert 240 < outcomes.count(Unavailable) < 360
    assert 90 < outcomes.count(Rejected) < 190


def test_the_settings_have_sane_bounds() -> None:
    assert {field.name for field in FIELDS} == {"delay", "error_rate", "refusal_rate", "slow_rate", "slow_seconds"}
    assert all(field.minimum == 0 for field in FIELDS)
    assert all(field.maximum == 100 for field in FIELDS if field.unit == "%")
