"""Handlers, readers and those who wait: each gets its events, none holds up another. More in test_client.py."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import ConnectionLost
from bot.events import CommentEvent, Event, FollowEvent, HandlerFailedEvent, LikeEvent, UnknownEvent
from bot.tiktok.calling import Calls
from tests.doubles.clock import START_MS, FakeClock

CHAT, LIKE = "WebcastChatMessage", "WebcastLikeMessage"
VIEWERS, CONTROL = "WebcastRoomUserSeqMessage", "WebcastControlMessage"


async def test_what_nobody_listens_for_is_not_kept() -> None:
    calls = Calls(1, FakeClock())
    calls.listeners.add(FollowEvent, print)
    for _ in range(3):
        calls.publish(CommentEvent())
    assert calls.dropped == 0


async def test_a_reader_gets_everything_at_its_own_pace() -> None:
    calls = Calls(10, FakeClock())
    calls.open()
    box = calls.subscribe()
    calls.publish(CommentEvent(text="1"))
    calls.publish(FollowEvent())
    await calls.close()
    assert [await box.get(), await box.get(), await box.get()] == [CommentEvent(text="1"), FollowEvent(), None]


async def test_what_time_brings_is_published_until_the_calls_are_closed() -> None:
    clock = FakeClock()
    calls = Calls(10, clock, due=lambda now_ms: [CommentEvent(text=str(now_ms - START_MS))])
    heard: list[CommentEvent] = []
    calls.listeners.add(CommentEvent, heard.append)  # type: ignore[arg-type]
    calls.open()
    await clock.advance(11)
    await calls.close()
    await clock.advance(60)
    assert [event.text for event in heard] == ["5000", "10000"]


async def test_a_message_is_wanted_when_somebody_would_hear_of_it() -> None:
    calls = Calls(10, FakeClock())
    assert [calls.wants(each) for each in (CHAT, LIKE, VIEWERS, CONTROL)] == [False, False, True, True]
    calls.listeners.add("follow", print)
    assert calls.wants("WebcastSocialMessage")
    calls.listeners.add(CommentEvent, print)
    assert (calls.wants(CHAT), calls.wants(LIKE), calls.wants("WebcastOfTomorrow")) == (True, False, False)

    waiting = asyncio.ensure_future(calls.next_of(LikeEvent, None))
    await asyncio.sleep(0)
    assert calls.wants(LIKE)
    calls.publish(LikeEvent())
    await waiting
    assert not calls.wants(LIKE)


@pytest.mark.parametrize("what", [Event, "event", UnknownEvent, "unknown"])
async def test_who_listens_for_everything_or_for_the_unknown_wants_every_message(what: type[Event] | str) -> None:
    calls = Calls(10, FakeClock())
    calls.listeners.add(what, print)
    assert calls.wants(LIKE)
    assert calls.wants("WebcastOfTomorrow")
    calls.listeners.remove(what, print)
    assert not calls.wants(LIKE)


async def test_who_iterates_wants_every_message() -> None:
    calls = Calls(10, FakeClock())
    box = calls.subscribe()
    assert calls.wants("WebcastOfTomorrow")
    calls.unsubscribe(box)
    assert not calls.wants("WebcastOfTomorrow")


async def test_closing_lets_handlers_finish_what_waits() -> None:
    calls = Calls(10, FakeClock())
    heard: list[Event] = []
    calls.listeners.add(Event, heard.append)
    calls.open()
    calls.publish(CommentEvent(text="1"))
    calls.publish(CommentEvent(text="2"))
    await calls.close()
    assert len(heard) == 2


async def test_a_stuck_handler_is_left_after_the_time_it_has() -> None:
    calls = Calls(10, FakeClock())
    stuck = asyncio.Event()
    left = []

    async def wait_for_ever(_: Event) -> None:
        try:
            stuck.set()
            await asyncio.Event().wait()
        finally:
            left.append(True)

    calls.listeners.add(Event, wait_for_ever)
    calls.open()
    calls.publish(CommentEvent())
    await stuck.wait()
    await calls.close(within_s=0.01)
    assert left


async def test_whoever_waits_at_the_end_is_told() -> None:
    calls = Calls(10, FakeClock())
    calls.open()
    waiting = asyncio.ensure_future(calls.next_of(FollowEvent, None))
    await asyncio.sleep(0)
    await calls.close()
    with pytest.raises(ConnectionLost):
        await waiting


async def test_a_failure_names_the_handler_the_event_and_the_place() -> None:
    calls = Calls(10, FakeClock())
    failures: list[HandlerFailedEvent] = []
    calls.listeners.add(HandlerFailedEvent, failures.append)  # type: ignore[arg-type]

    def divide(_: Event) -> None:
        _ = 1 / 0  # type: ignore[assignment]

    calls.listeners.add(CommentEvent, divide)
    calls.open()
    calls.publish(CommentEvent())
    await asyncio.sleep(0.01)
    await calls.close()
    [failure] = failures
    assert failure.handler.endswith("divide")
    assert (failure.event_type, failure.error) == ("chat", "ZeroDivisionError: division by zero")
