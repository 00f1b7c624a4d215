"""Handlers that fail, are slow or give up: the stream goes on, and somebody hears of it."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.errors import ConnectionLost
from bot.events import CommentEvent, DisconnectedEvent, Event, FollowEvent, GapEvent, HandlerFailedEvent
from bot.events.codec import to_json
from sandbox.app import Sandbox
from sandbox.tiktok.world import Room
from tests.bot.tiktok.alone import BOB, client_of


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations
        assert here.tiktok.sockets == 0, "a client left its socket open"


@pytest.fixture
def room(sandbox: Sandbox) -> Room:
    return sandbox.tiktok.creator("alice").go_live("Hello")


async def test_a_handler_that_fails_is_an_event_and_the_stream_goes_on(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    heard: list[str] = []
    failures: list[HandlerFailedEvent] = []
    client.on(HandlerFailedEvent, failures.append)

    @client.on(CommentEvent)
    async def broken(event: CommentEvent) -> None:
        raise KeyError(event.text)

    client.on(CommentEvent, lambda event: heard.append(event.text))
    async with client:
        room.chat(BOB, "one")
        room.chat(BOB, "two")
        room.end()
        await client.finished()

    assert heard == ["one", "two"]
    assert [failure.error for failure in failures] == ["KeyError: 'one'", "KeyError: 'two'"]
    assert failures[0].handler.endswith("broken")
    assert failures[0].event_type == "chat"
    assert "raise KeyError(event.text)" in failures[0].traceback


async def test_a_failure_that_nobody_listens_for_is_logged(
    sandbox: Sandbox, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(sandbox)
    client.on(FollowEvent, lambda _: 1 // 0)
    with caplog.at_level(logging.ERROR):
        async with client:
            room.follow(BOB)
            room.end()
            await client.finished()
    assert "failed at a follow event; the stream goes on" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_handler_for_error_takes_the_logs_place_and_hears_of_broken_streams_too(
    sandbox: Sandbox, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(sandbox, reconnect=False)
    heard: list[Event] = []
    client.on("error", heard.append)
    client.on("follow", lambda _: 1 // 0)
    with caplog.at_level(logging.ERROR):
        async with client:
            room.follow(BOB)
            await client.wait_for(HandlerFailedEvent, timeout_s=5)
            room.cut()
            with pytest.raises(ConnectionLost):
                await client.finished()
    assert [type(event) for event in heard] == [HandlerFailedEvent, DisconnectedEvent]
    assert not caplog.records


async def test_an_event_is_plain_values_for_whoever_wants_json_and_bytes_are_base64(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    shown: list[dict[str, Any]] = []
    client.on("event", lambda event: shown.append(json.loads(json.dumps(to_json(event)))))
    async with client:
        room.chat(BOB, "hello")
        room.raw("WebcastOfTomorrowMessage", b"\x10\xff")
        room.end()
        await client.finished()
    _, chat, unknown, *_ = shown
    assert (chat["type"], chat["text"], chat["user"]["handle"]) == ("chat", "hello", "bob")
    assert (unknown["method"], base64.b64decode(unknown["payload"])) == ("WebcastOfTomorrowMessage", b"\x10\xff")


async def test_a_handler_of_failures_that_fails_has_an_end(
    sandbox: Sandbox, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(sandbox)
    client.on("event", lambda _: 1 // 0)
    async with client:
        room.end()
        await client.finished()
    # Connected, ended and disconnected fail, and so does the telling of each, which is not told again.
    assert caplog.text.count("Traceback") == 6


async def test_a_handler_whose_own_task_was_cancelled_does_not_end_the_client(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox)
    failures: list[HandlerFailedEvent] = []
    client.on(HandlerFailedEvent, failures.append)

    @client.on(CommentEvent)
    async def give_up(_: CommentEvent) -> None:
        raise asyncio.CancelledError

    async with client:
        room.chat(BOB, "one")
        room.end()
        await client.finished()
    assert [failure.error for failure in failures] == ["CancelledError: "]


async def test_a_slow_handler_loses_the_oldest_and_is_told_and_nobody_else_is_kept(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, buffer=4)
    go_on = asyncio.Event()
    heard: list[str] = []

    @client.on(CommentEvent)
    async def slow(event: CommentEvent) -> None:
        await go_on.wait()
        heard.append(event.text)

    client.on(GapEvent, lambda gap: heard.append(gap.reason))
    async with client:
        room.chat(BOB, "0")
        await client.wait_for(CommentEvent, timeout_s=5)
        for number in range(1, 11):
            room.chat(BOB, str(number))
        await client.wait_for(CommentEvent, lambda event: event.text == "10", timeout_s=5)
        assert client.dropped == 6
        go_on.set()
        room.end()
        await client.finished()
    assert heard == ["0", "a handler is too slow: 6 events were dropped", "7", "8", "9", "10"]
