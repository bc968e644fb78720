"""What the disk refuses is told in one sentence that says what to do."""

from __future__ import annotations

import errno
import os

import pytest

from webapp.disk.files.os_calls import disk_trouble


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_refusal_says_what_to_do_and_names_no_button_that_may_not_be_there(number: int) -> None:
    """A run that is there pauses with the sentence: it has Resume and no Start."""
    sentence = str(disk_trouble(OSError(number, os.strerror(number)), "generated_images/clear/Shot_1/Beat_1.1.png"))
    assert sentence.endswith((", then go on.", "start the app again.")) and "Start" not in sentence
    assert sentence.count(". ") == 1
