"""A long matrix: what its page holds, what it knows of the rest, and the rows that are fetched."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.harness.web_app import (
    OURS,
    WebApp,
    draw,
    image,
)
from webapp.core.frames import FrameNews, Status
from webapp.web.images import blocks
from webapp.web.images.live_parts import LiveParts

BEATS = 310


def film(site: WebApp, beats: int = BEATS, per_shot: int = 7) -> Path:
    """A project of two styles; the second one lacks the last beat."""
    folder = site.root / "film"
    (folder / "prompts").mkdir(parents=True)
    for style, count in (("clear", beats), ("consistent", beats - 1)):
        entries = [
            {
                "shot_number": 1 + n // per_shot,
                "beat_number": f"{1 + n // per_shot}.{n % per_shot + 1}",
                "script_phrase": f"Phrase\tnumber {n} <b>",
                "transition_type": "h",
                "ai_prompt": "A lake",
            }
            for n in range(count)
        ]
        (folder / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries))
    return folder


def rows_in(html: str) -> list[str]:
    return re.findall(r'class="row" id="(beat-[^"]+)"', html)


def gaps_in(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="gap" data-block="(\d+)"', html)]


# -- blocks --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 100), min_size=1, max_size=30))
def test_blocks_hold_every_row_once_in_order_and_keep_usual_shots_together(lengths: list[int]) -> None:
    rows = [(str(shot), f"{shot}.{n}") for shot, length in enumerate(lengths) for n in range(length)]
    cut = blocks.divide(rows, size=10)
    assert [row for block in cut for row in block.rows] == rows
    assert all(len(block.rows) <= 15 for block in cut)
    stretches = [stretch for block in cut for stretch in block.stretches]
    for shot, length in enumerate(lengths):
        pieces = [stretch for stretch in stretches if stretch.shot == str(shot)]
        assert [piece.begins for piece in pieces] == [True] + [False] * (len(pieces) - 1)
        assert len(pieces) == 1 or length > 15
    places = [place for each in stretches for place in range(each.place, each.place + len(each.rows) + each.begins)]
    assert places == list(range(2, 2 + len(rows) + len(lengths)))


# -- the page ------------------------------------------------------------------------------------------------


def test_a_short_matrix_is_there_whole(site: WebApp) -> None:
    film(site, blocks.WHOLE)
    html = site.get("/p/film/images").text
    assert len(rows_in(html)) == blocks.WHOLE
    assert 'id="beats"' not in html and "aria-rowcount" not in html and not gaps_in(html)


def test_a_long_one_begins_with_some_rows_and_knows_of_every_beat(site: WebApp) -> None:
    draw(image(film(site), "clear", "2.3", "2"))
    html = site.get("/p/film/images").text
    shown = rows_in(html)
    assert shown[0] == "beat-1-1_1" and 30 <= len(shown) <= 100
    (lines,) = re.findall(r'<div id="beats" hidden>(.*?)</div>', html, re.DOTALL)
    told = [line.split("\t") for line in lines.split("\n")]
    assert len(told) == BEATS
    assert told[0] == ["1", "1.1", "Phrase number 0 &lt;b&gt;", "p", "p"]
    assert told[9] == ["2", "2.3", "Phrase number 9 &lt;b&gt;", "x", "p"]
    assert told[-1][-2:] == ["p", "-"]
    (sizes,) = re.findall(r'data-sizes="([^"]+)"', html)
    assert sum(map(int, sizes.split())) == BEATS
    assert f'aria-rowcount="{1 + BEATS + 45}"' in html


def test_a_link_to_a_beat_brings_its_rows_without_a_script(site: WebApp) -> None:
    film(site)
    back = site.get("/p/film/frames/clear-40-40_2").text
    (href,) = set(re.findall(r'href="([^"]+)" data-close', back))
    assert href == "/p/film/images?at=beat-40-40_2#beat-40-40_2"
    html = site.get(href.partition("#")[0]).text
    assert "beat-40-40_2" in rows_in(html) and "beat-1-1_1" not in rows_in(html)
    for gap in re.findall(r'class="gap".*?<a href="([^"#]+)', html):
        assert re.findall(r"at=(.*)", gap)[0] in rows_in(site.get(gap).text)


def test_an_unknown_beat_is_no_reason_for_an_error(site: WebApp) -> None:
    film(site)
    for at in ("beat-99-99_9", "", "x" * 500, "beat-1-1_1'\""):
        assert "beat-1-1_1" in rows_in(site.client.get("/p/film/images", query_string={"at": at}, headers=OURS).text)


def test_all_rows_are_there_for_printing(site: WebApp) -> None:
    film(site)
    html = site.get("/p/film/images?all=1").text
    assert len(rows_in(html)) == BEATS and not gaps_in(html) and "data-print" in html


# -- rows that are fetched ----------------------------------------------------------------------------------------


def test_every_row_is_in_the_page_or_in_exactly_one_gap(site: WebApp) -> None:
    film(site)
    html = site.get("/p/film/images").text
    fetched = rows_in(html)
    for number in gaps_in(html):
        fetched += rows_in(site.get(f"/p/film/images/rows?block={number}").text)
    assert len(fetched) == len(set(fetched)) == BEATS


def test_rows_say_which_change_they_show(site: WebApp) -> None:
    film(site)
    folder = site.services.library.find("film")
    site.services.live.state.post(folder.id, frames=[FrameNews("clear", "40", "40.2", Status.GENERATING)])
    site.services.live.state.post(folder.id, frames=[FrameNews("clear", "40", "40.2", Status.ERROR, error="No.")])
    live = site.services.state.read(folder).live
    (number,) = [
        number
        for number in gaps_in(site.get("/p/film/images").text)
        if "beat-40-40_2" in rows_in(site.get(f"/p/film/images/rows?block={number}").text)
    ]
    assert live.endswith("-2")
    assert f'<table data-live="{live}">' in site.get(f"/p/film/images/rows?block={number}").text


def test_blocks_that_are_not_there_are_refused_with_a_sentence(site: WebApp) -> None:
    film(site)
    assert site.get("/p/film/images/rows?block=999").status_code == 404
    for wrong in ("-1", "x", "1e3", "", "٣"):
        assert rows_in(site.client.get("/p/film/images/rows", query_string={"block": wrong}, headers=OURS).text) == []


# -- news ----------------------------------------------------------------------------------------------------


def test_a_page_that_may_have_missed_anything_reads_a_long_matrix_anew(site: WebApp) -> None:
    film(site)
    folder = site.services.library.find("film")
    site.services.live.state.post(folder.id, frames=[FrameNews("clear", "1", "1.1", Status.GENERATING)])
    parts = LiveParts(site.services.state, site.app.jinja_env, time.time)
    live, everything = parts.since(folder, "")
    assert "renew" in everything and not any(key.startswith("cell-") for key in everything)
    assert live in everything["renew"]
    _, little = parts.since(folder, f"{live.partition('-')[0]}-0")
    assert "cell-clear-1-1_1" in little and "renew" not in little
