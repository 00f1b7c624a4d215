"""Whom an event goes to, and the letter box that forgets the oldest instead of growing."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import BadInput
from bot.events import (
    CommentEvent,
    Common,
    ControlEvent,
    DisconnectedEvent,
    Event,
    GapEvent,
    GiftEvent,
    HandlerFailedEvent,
    JoinEvent,
    LiveEndedEvent,
    MemberActionEvent,
)
from bot.events.codec import EVENT_CLASSES
from bot.tiktok.listeners import LetterBox, Listeners


def comment(number: int) -> CommentEvent:
    return CommentEvent(Common(message_id=f"m{number}", room_id="7", received_at_ms=1000 + number), text=str(number))  # type: ignore[arg-type]


def test_a_name_of_several_classes_means_all_of_them() -> None:
    listeners = Listeners()
    listeners.add("control", print)
    listeners.add("member", repr)
    assert listeners.of(LiveEndedEvent) == listeners.of(ControlEvent) == (print,)
    assert listeners.of(JoinEvent) == listeners.of(MemberActionEvent) == (repr,)
    assert listeners.of(GiftEvent) == ()


def test_the_word_error_asks_for_failures_and_is_enough_to_keep_them_from_the_log() -> None:
    listeners = Listeners()
    listeners.add("error", print)
    assert listeners.of(HandlerFailedEvent) == listeners.of(DisconnectedEvent) == (print,)
    assert listeners.expects(HandlerFailedEvent)


def test_a_name_without_events_is_understood_and_silent() -> None:
    listeners = Listeners()
    listeners.add("ping", print)
    assert not any(listeners.of(kind) for kind in EVENT_CLASSES)
    assert listeners.remove("ping", print)


def test_everything_is_event_as_a_class_or_as_a_word() -> None:
    listeners = Listeners()
    for what in (Event, "event", "all"):
        listeners.add(what, print)
    assert listeners.of(GiftEvent) == (print, print, print)
    assert not listeners.expects(GiftEvent)
    listeners.add(GiftEvent, print)
    assert listeners.expects(GiftEvent)


def test_handlers_stand_in_the_order_of_registration_and_leave_one_by_one() -> None:
    listeners = Listeners()
    for handler in (print, repr, print):
        listeners.add(GiftEvent, handler)
    assert listeners.of(GiftEvent) == (print, repr, print)
    assert listeners.remove("gift", print)
    assert listeners.of(GiftEvent) == (repr, print)
    assert not listeners.remove("chat", print)


def test_an_unknown_name_is_told_when_it_is_typed() -> None:
    with pytest.raises(BadInput, match="no such event"):
        Listeners().add("nonsense", print)


async def test_a_box_gives_back_what_was_put_in_order_and_then_ends() -> None:
    box = LetterBox(3)
    waiting = asyncio.ensure_future(box.get())
    await asyncio.sleep(0)
    box.put(comment(1))
    box.put(comment(2))
    assert await waiting == comment(1)
    box.close()
    assert [await box.get(), await box.get(), await box.get()] == [comment(2), None, None]
    assert box.dropped == 0


async def test_a_full_box_loses_the_oldest_and_says_from_when_to_when() -> None:
    box = LetterBox(2)
    for number in range(5):
        box.put(comment(number))
    gap = await box.get()
    assert isinstance(gap, GapEvent)
    assert (gap.from_ms, gap.to_ms, gap.room_id) == (1000, 1002, "7")
    assert "3 events" in gap.reason
    assert [await box.get(), await box.get()] == [comment(3), comment(4)]
    assert box.dropped == 3


async def test_a_cleared_box_has_no_gap_to_tell() -> None:
    box = LetterBox(1)
    box.put(comment(1))
    box.put(comment(2))
    box.clear()
    box.put(comment(3))
    assert await box.get() == comment(3)
