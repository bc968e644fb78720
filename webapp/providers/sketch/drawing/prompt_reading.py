"""What a beat's words ask to be drawn: place, hour, weather, shot size, things and people.

Everything here is pure. Words of the prompt weigh more than words of the phrase, early ones more than late ones, and
what follows "no" or "without" is left out. A text in which nothing is recognised still gets a place and an hour, always
the same ones for the same text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

# In these lists a word with a "+" behind it weighs double, one with a "~" a quarter: it may well be said in passing.
PLACES: Mapping[str, str] = {
    "sea": "sea+ ocean+ wave surf tide seascape shore coast beach bay island horizon~ cliff harbour harbor pier quay "
    "water lighthouse ship sail boat rowboat dinghy afloat whale gull~ reef rock~ deck sailor~ seagull",
    "lake": "lake+ pond+ lagoon loon canoe jetty",
    "river": "river+ stream+ brook creek bridge bank~ waterfall ford",
    "forest": "forest+ wood+ tree~ trunk pine birch grove undergrowth woodland+ fern jungle+ oak",
    "room": "room interior+ inside~ indoors kitchen+ bedroom+ parlour+ window~ table desk chair bed fireplace stove "
    "hearth office study library shelf bookshelf wall~ floor~ ceiling curtain attic+ cellar+ hall classroom+",
    "stairs": "stairs+ staircase+ stair+ stairwell+ steps+ spiral~ climb~",
    "street": "street+ lane+ alley+ village cobble cobblestone cobbled pavement market square shopfront town+",
    "city": "city+ skyline+ skyscraper+ metropolis+ downtown rooftop avenue traffic",
    "hills": "hill meadow+ field path road trail countryside farm garden orchard moor pasture crossroads park valley",
    "mountain": "mountain+ peak summit+ alp glacier+ canyon+",
    "desert": "desert+ dune+ sahara+ mirage camel oasis",
    "cabin": "cabin+ cottage+ hut+ farmhouse+ house home~ chalet+ clearing barn",
    "sky": "sky~ star~ constellation+ galaxy+ cloud~ space planet universe+ milky+ heaven~ aurora+ cosmos+",
    "railway": "train+ railway+ railroad+ locomotive+ track station platform carriage",
}
TIMES: Mapping[str, str] = {
    "night": "night+ midnight+ moon moonlight+ moonlit+ star starry+ dark~ darkness~ lamplight candlelight black~",
    "dawn": "dawn+ sunrise+ morning+ daybreak+ coral~",
    "dusk": "dusk+ sunset+ evening twilight+ nightfall gloaming+ ember~",
    "noon": "noon+ midday+ day~ daylight bright~ sunny+ summer sunlight sunlit",
    "gold": "autumn+ golden~ afternoon october+ amber~ harvest ochre~ copper~",
    "spring": "spring green moss leafy lush meadow",
    "rose": "blossom pink dream memory gentle~ tender~",
}
WEATHERS: Mapping[str, str] = {
    "storm": "storm stormy lightning thunder tempest gale hurricane squall raging",
    "rain": "rain rainy drizzle downpour wet~ raining",
    "snow": "snow snowy winter frost ice frozen blizzard icy snowfall december january snowflake",
    "fog": "fog+ foggy+ mist misty haze~ hazy~",
}
SHOTS: Mapping[str, str] = {
    "close": "close-up+ closeup+ macro+ portrait close~ insert",
    "wide": "wide+ establishing+ panorama+ panoramic+ vista long-shot+ landscape far~",
    "aerial": "aerial+ bird's-eye+ drone+ top-down+",
    "medium": "medium+ mid-shot+ waist",
}
THINGS: Mapping[str, str] = {
    "lighthouse": "lighthouse beacon",
    "rowboat": "boat rowboat dinghy canoe oar rowing rowed",
    "sailboat": "sailboat sail sailing yacht schooner",
    "ship": "ship steamer vessel freighter ferry",
    "lights": "lights lanterns lamps candles",
    "lamp": "lamp lantern lamplight",
    "candle": "candle candlelight",
    "letter": "letter+ note~ envelope parchment telegram wrote writing writes",
    "book": "book diary journal notebook novel",
    "clock": "clock+ pocket-watch timepiece",
    "key": "key keyhole",
    "cup": "cup+ mug+ tea~ coffee~",
    "door": "door doorway doorstep gate",
    "window": "window pane",
    "table": "table desk",
    "chair": "chair armchair stool",
    "bed": "bed blanket pillow asleep sleeping",
    "fire": "fireplace hearth stove fire campfire bonfire",
    "shelf": "shelf bookshelf library",
    "hands": "hand hands finger fist",
    "face": "face+ eye eyes portrait+ smile tear expression",
    "compass": "compass map chart",
    "flower": "flower blossom bloom petal roses daisy tulip",
    "bird": "bird sparrow raven crow loon duck wren robin",
    "gulls": "gull seagull gulls birds flock swallow",
    "owl": "owl",
    "cat": "cat kitten",
    "dog": "dog fox wolf hound puppy",
    "whale": "whale",
    "house": "house cottage hut cabin home",
    "church": "church steeple chapel cathedral bell-tower",
    "bridge": "bridge",
    "path": "path road trail lane",
    "stump": "axe stump log timber",
    "lamppost": "lamppost streetlamp streetlight",
    "moon": "moon moonlight moonlit crescent",
    "sun": "sun sunrise sunset sunlight",
    "clouds": "cloud clouds cloudy",
    "train": "train locomotive",
    "balloon": "balloon kite",
    "rocks": "rock cliff reef boulder crag",
}
PEOPLE: Mapping[str, tuple[int, str]] = {
    "girl": (1, "girl"),
    "daughter": (1, "girl"),
    "boy": (1, "boy"),
    "son": (1, "boy"),
    "child": (1, "girl"),
    "man": (1, "man"),
    "father": (1, "man"),
    "keeper": (1, "man"),
    "fisherman": (1, "man"),
    "captain": (1, "man"),
    "sailor": (1, "man"),
    **dict.fromkeys(
        ("climber", "walker", "traveller", "traveler", "hiker", "farmer", "soldier", "worker", "peddler"), (1, "man")
    ),
    **dict.fromkeys(
        ("doctor", "teacher", "student", "stranger", "baker", "monk", "hunter", "knight", "prince"), (1, "man")
    ),
    **dict.fromkeys(("princess", "witch", "nurse", "lady", "aunt", "sister", "wife"), (1, "woman")),
    "king": (1, "man"),
    "he": (1, "man"),
    "woman": (1, "woman"),
    "mother": (1, "woman"),
    "widow": (1, "woman"),
    "queen": (1, "woman"),
    "she": (1, "woman"),
    "grandmother": (1, "elder"),
    "grandfather": (1, "elder"),
    "figure": (1, "man"),
    "person": (1, "man"),
    "someone": (1, "man"),
    "friend": (2, "man"),
    "couple": (2, "man"),
    "together": (2, "man"),
    "children": (3, "girl"),
    "family": (3, "man"),
    "people": (3, "man"),
    "men": (3, "man"),
    "women": (3, "woman"),
    "villager": (4, "man"),
    "crowd": (6, "man"),
}
_PRONOUNS = frozenset({"he", "she"})
_COUNTS: Mapping[str, int] = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "many": 5, "dozens": 6}
TINTS: Mapping[str, str] = {name: name for name in ("yellow", "coral", "mint", "blue")}
_PASSING = re.compile(r"\b(?:lantern room|living room|at first light)\b")
_COUNTED = re.compile(r"\b(two|both|three|four|five|many|dozens)(?: of)?(?: old| young| small)? ([a-z]+)")
_USUAL_PLACES = ("hills", "lake", "sea", "forest", "cabin", "street", "river", "mountain")
_USUAL_TIMES = ("noon", "dawn", "dusk", "spring", "gold", "rose")

_CLAUSE = re.compile(r"[.,;:!?()\[\]\n]+")
_TOKEN = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_LEAST = 0.8
_LONGEST = 4000
"""Only this much of a text is read: what comes later no longer tells what the image shows."""


@dataclass(frozen=True, slots=True)
class PromptReading:
    """What to draw. ``things`` come in order of weight; ``people`` is how many figures, ``who`` the kind of the first.

    ``empty`` says that the text forbids people ("no people"); ``tint`` is the accent colour it names, if any.
    """

    place: str
    time: str
    weather: str
    shot: str
    things: tuple[str, ...]
    people: int
    who: str
    empty: bool
    tint: str

    @property
    def dark(self) -> bool:
        """Whether it is night."""
        return self.time == "night"

    def has(self, *things: str) -> bool:
        """Whether any of the things is asked for."""
        return any(thing in self.things for thing in things)


def read(phrase: str, prompt: str, chance: random.Random) -> PromptReading:
    """Read a beat. ``chance`` decides only what the words leave open."""
    weights = _weights(phrase, prompt)
    place = _best(PLACES, weights) or chance.choice(_USUAL_PLACES)
    weather = _best(WEATHERS, weights)
    time = _best(TIMES, weights) or ("noon" if weather == "snow" else chance.choice(_USUAL_TIMES))
    things = tuple(name for name, _ in _ranked(THINGS, weights))
    denied = _denied(f"{phrase}. {prompt}")
    people, who = (0, "man") if "people" in denied else _people(weights, f"{prompt}\n{phrase}")
    shot = _best(SHOTS, weights) or "medium"
    return PromptReading(place, time, weather, shot, things, people, who, "people" in denied, _best(TINTS, weights))


def _weights(phrase: str, prompt: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for text, first, last in ((prompt, 4.0, 1.0), (phrase, 1.5, 0.8)):
        for place, word in enumerate(_said(text[:_LONGEST])):
            weight = last + (first - last) / (1 + place / 8)
            for form in _forms(word):
                weights[form] = weights.get(form, 0.0) + weight / (1 if form == word else 1.1)
    return weights


def _said(text: str) -> Iterator[str]:
    for clause in _CLAUSE.split(_PASSING.sub(" ", text.lower())):
        for word in _TOKEN.findall(clause):
            if word in ("no", "without"):
                break
            yield word


def _denied(text: str) -> set[str]:
    found: set[str] = set()
    for clause in _CLAUSE.split(text[:_LONGEST].lower()):
        words = _TOKEN.findall(clause)
        for mark in ("no", "without"):
            if mark in words:
                found.update(words[words.index(mark) + 1 :])
    return {"people" if word in ("person", "figures", "figure", "characters", "humans") else word for word in found}


def _forms(word: str) -> Iterator[str]:
    yield word
    if word.endswith("s") and len(word) > 3 and not word.endswith("ss"):
        yield word[:-1]
    if word.endswith(("es",)) and len(word) > 4:
        yield word[:-2]
    if "-" in word:
        yield from word.split("-")


def _ranked(table: Mapping[str, str], weights: Mapping[str, float]) -> list[tuple[str, float]]:
    scores = {name: sum(map(partial(_worth, weights), words.split())) for name, words in table.items()}
    return sorted(((name, score) for name, score in scores.items() if score >= _LEAST), key=lambda pair: -pair[1])


def _worth(weights: Mapping[str, float], word: str) -> float:
    factor = {"+": 2.0, "~": 0.25}.get(word[-1], 1.0)
    return weights.get(word.rstrip("+~"), 0.0) * factor


def _best(table: Mapping[str, str], weights: Mapping[str, float]) -> str:
    ranked = _ranked(table, weights)
    return ranked[0][0] if ranked else ""


def _people(weights: Mapping[str, float], text: str) -> tuple[int, str]:
    named = sorted((word for word in PEOPLE if word in weights), key=lambda word: (word in _PRONOUNS, -weights[word]))
    if not named:
        return 0, "man"
    counted = [
        _COUNTS[count]
        for count, word in _COUNTED.findall(text[:_LONGEST].lower())
        if any(form in PEOPLE for form in _forms(word))
    ]
    return max([PEOPLE[word][0] for word in named[:3]] + counted), PEOPLE[named[0]][1]
