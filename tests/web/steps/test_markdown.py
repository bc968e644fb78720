"""A script is shown as Markdown and can do nothing else."""

from __future__ import annotations

import pytest

from webapp.web.steps.page import markdown


def test_markdown_is_rendered() -> None:
    html = markdown("# Walden\n\nA *pond* and ~~a town~~.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<h3>Walden</h3>" in html
    assert "<em>pond</em>" in html
    assert "<s>a town</s>" in html
    assert "<td>2</td>" in html


def test_links_to_the_web_work() -> None:
    assert '<a href="https://example.org/a?b=1&amp;c">x</a>' in markdown("[x](https://example.org/a?b=1&c)")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](/p/demo/images/stop)",
        "![x](https://example.org/pixel.png)",
        "[x]( vbscript:x)",
        '[x](https://example.org "\\" onmouseover=alert(1) ")',
    ],
)
def test_nothing_in_it_becomes_active(text: str) -> None:
    html = markdown(text).lower()
    assert "<script" not in html
    assert "<img" not in html
    for scheme in ("javascript:", "data:", "vbscript:", "/p/"):
        assert f'href="{scheme}' not in html
    assert '" onmouseover' not in html
