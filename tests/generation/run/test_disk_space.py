"""No call without room for what it brings."""

import pytest

from tests.harness.in_memory_project import FakeFolder
from webapp.errors import DiskTrouble
from webapp.generation.run.disk_space import BEFORE_THE_FIRST, LEAST, DiskSpace


@pytest.mark.parametrize(("largest", "needed"), [(0, BEFORE_THE_FIRST), (5_000_000, 20_000_000), (100, LEAST)])
def test_four_times_the_largest_picture_must_be_free(largest: int, needed: int) -> None:
    DiskSpace(FakeFolder(free=needed), largest).check()
    with pytest.raises(DiskTrouble, match="The disk is full"):
        DiskSpace(FakeFolder(free=needed - 1), largest).check()


def test_a_larger_picture_raises_what_must_be_free() -> None:
    room = DiskSpace(FakeFolder(free=10_000_000), 1_000_000)
    room.check()
    room.add(3_000_000)
    room.add(2_000_000)
    with pytest.raises(DiskTrouble, match="10 MB are free, and the next image may need 12 MB"):
        room.check()


def test_no_call_begins_while_the_disk_does_not_take_the_bytes_of_another() -> None:
    room = DiskSpace(FakeFolder(free=BEFORE_THE_FIRST))
    room.refuse("a1", "The disk is full.")
    room.refuse("a2", "The disk is full.")
    room.end_refusal("a1")
    with pytest.raises(DiskTrouble, match="The disk is full"):
        room.check()
    room.end_refusal("a2")
    room.check()
