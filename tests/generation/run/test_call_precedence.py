"""A call on its way out goes before the pictures of earlier calls, and holds them up for a moment only."""

from __future__ import annotations

import gevent
import pytest

from webapp.generation.run.calls import CallPrecedence


@pytest.fixture
def order() -> CallPrecedence:
    return CallPrecedence()


def waits(order: CallPrecedence) -> gevent.Greenlet[[], None]:
    """A picture that gives way."""
    picture = gevent.spawn(order.await_finishing)
    gevent.idle()
    return picture


def test_a_picture_is_finished_at_once_when_no_call_is_about_to_begin(order: CallPrecedence) -> None:
    assert waits(order).ready()
    order.answered()
    order.decided()
    assert waits(order).ready()


def test_a_picture_waits_until_the_run_has_decided_what_comes_next(order: CallPrecedence) -> None:
    order.answered()
    picture = waits(order)
    assert not picture.ready()
    order.decided()
    gevent.idle()
    assert picture.ready()


def test_a_picture_waits_until_every_call_that_began_is_sent(order: CallPrecedence) -> None:
    order.answered()
    order.begins("one")
    order.begins("two")
    order.decided()
    picture = waits(order)
    order.sent("one")
    order.sent("one")
    gevent.idle()
    assert not picture.ready()
    order.sent("two")
    gevent.idle()
    assert picture.ready()


def test_a_call_that_never_gets_out_holds_no_picture_up_for_long(order: CallPrecedence) -> None:
    order.begins("stuck")
    picture = waits(order)
    assert not picture.ready()
    picture.join(timeout=30)
    assert picture.ready()
