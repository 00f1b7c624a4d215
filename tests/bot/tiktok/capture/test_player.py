"""A capture, played: its rooms, its pace, its faults."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.errors import BadInput, ConnectionLost, ConnectionRefused, OperatorError
from bot.events import CommentEvent, ConnectedEvent, Event, Handle, RoomId, UnknownEvent
from bot.tiktok.capture.line import Captured, written
from bot.tiktok.capture.player import EVERYTHING, CaptureSource
from bot.tiktok.source import Room
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.doubles.clock import START_MS, FakeClock


def said(text: str, at_s: float = 0.0, *, host: str = "alice", room: str = "1") -> bytes:
    chat = pb.Chat()
    chat.base.message_id = 7
    chat.content = text
    at_ms = START_MS + round(at_s * 1000)
    return written(0, Captured("WebcastChatMessage", chat.SerializeToString(), Handle(host), RoomId(room), at_ms))


def capture(folder: Path, *lines: bytes) -> str:
    path = folder / "capture.jsonl"
    path.write_bytes(b"".join(lines))
    return str(path)


async def played(source: CaptureSource, room: Room = EVERYTHING) -> list[Sequence[Event]]:
    async with aclosing(source.events(room)) as batches:
        return [batch async for batch in batches]


def texts(batches: Sequence[Sequence[Event]]) -> list[str]:
    return [event.text for batch in batches for event in batch if isinstance(event, CommentEvent)]


async def test_it_opens_with_the_connection_and_gives_one_batch_for_each_instant(tmp_path: Path) -> None:
    file = capture(tmp_path, said("a"), said("b"), said("c", 1))
    batches = await played(CaptureSource(file, speed=math.inf))
    assert [[type(event) for event in batch] for batch in batches] == [
        [ConnectedEvent, CommentEvent, CommentEvent],
        [CommentEvent],
    ]
    opened = batches[0][0]
    assert isinstance(opened, ConnectedEvent)
    assert (opened.source, opened.creator, opened.room_id, opened.received_at_ms) == ("capture", "alice", "1", START_MS)


async def test_it_keeps_the_pace_of_the_recording_and_cuts_its_silences(tmp_path: Path) -> None:
    file = capture(tmp_path, said("a"), said("b", 2), said("c", 1000), said("d", 1001))
    clock = FakeClock()
    heard: list[tuple[str, float]] = []

    async def listen() -> None:
        async with aclosing(CaptureSource(file, clock=clock, speed=2, most_idle_s=3).events(EVERYTHING)) as batches:
            async for batch in batches:
                heard.append((texts([batch])[0], clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listen())
        await clock.until(listening.done, step_s=0.5)
    assert heard == [("a", 0.0), ("b", 1.0), ("c", 2.5), ("d", 3.0)]


async def test_times_that_run_backwards_are_no_pause(tmp_path: Path) -> None:
    file = capture(tmp_path, said("a", 100), said("b", 0), said("c", 0.5))
    assert texts(await asyncio.wait_for(played(CaptureSource(file, speed=1000)), 5)) == ["a", "b", "c"]


async def test_a_room_of_it_can_be_played_alone(tmp_path: Path) -> None:
    file = capture(
        tmp_path,
        said("hers", host="Alice"),
        said("his", host="bob"),
        said("of no room", 1, room=""),
        said("next day", 2, room="2"),
        said("of nobody", 3, host="", room=""),
    )
    batches = await played(CaptureSource(file, speed=math.inf), Room(RoomId("1"), Handle("alice")))
    assert texts(batches) == ["hers", "of no room", "of nobody"]
    assert {event.room_id for batch in batches for event in batch} == {"1"}


async def test_each_creator_of_a_capture_connects_once(tmp_path: Path) -> None:
    file = capture(tmp_path, said("a"), said("b", host="bob"), said("c"), said("d", host="bob"))
    batches = await played(CaptureSource(file, speed=math.inf))
    assert [event.creator for batch in batches for event in batch if isinstance(event, ConnectedEvent)] == ["alice", "bob"]
    assert texts(batches) == ["a", "b", "c", "d"]


async def test_it_can_be_played_again(tmp_path: Path) -> None:
    source = CaptureSource(capture(tmp_path, said("a")), speed=math.inf)
    assert texts(await played(source)) == texts(await played(source)) == ["a"]


async def test_bad_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    odd = json.dumps({"method": "WebcastChatMessage", "payload": "////", "host": "alice", "room_id": "1"}).encode() + b"\n"
    source = CaptureSource(capture(tmp_path, said("a"), b"nonsense\n", odd, said("b")), speed=math.inf)
    batches = await played(source)
    assert texts(batches) == ["a", "b"]
    assert source.bad_lines == 1
    assert [event.method for batch in batches for event in batch if isinstance(event, UnknownEvent)] == ["WebcastChatMessage"]


async def test_without_a_line_of_that_creator_there_is_nothing_to_connect_to(tmp_path: Path) -> None:
    source = CaptureSource(capture(tmp_path, said("a")), speed=math.inf)
    with pytest.raises(ConnectionRefused, match="no message of @carol"):
        await played(source, Room(RoomId("1"), Handle("carol")))


async def test_a_damaged_file_is_a_lost_connection_after_what_was_good(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(said("a")) + gzip.compress(said("b"))[:-9])
    batches = CaptureSource(str(path), speed=math.inf).events(EVERYTHING)
    assert texts([await anext(batches)])[0] == "a"
    with pytest.raises(ConnectionLost, match="cut short"):
        await anext(batches)


async def test_a_file_that_is_not_there_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be opened"):
        await played(CaptureSource(str(tmp_path / "absent.jsonl")))


@pytest.mark.parametrize("speed", [0, -1, math.nan])
def test_a_speed_must_get_somewhere(speed: float) -> None:
    with pytest.raises(BadInput, match="more than 0"):
        CaptureSource("x", speed=speed)
