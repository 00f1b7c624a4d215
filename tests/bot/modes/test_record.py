"""A LIVE recorded in a sandbox, and everything that reads the file."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from bot.clock import SystemClock
from bot.errors import OperatorError
from bot.events import CommentEvent, ConnectedEvent, Event, Handle, LiveEndedEvent
from bot.events.codec import to_json
from bot.modes import record, replay, sources
from bot.modes.following import Following, parts
from bot.modes.terminal import Printer, Status
from bot.tiktok.capture.decode_command import decode_lines
from bot.tiktok.capture.file import read_lines
from bot.tiktok.capture.player import EVERYTHING, CaptureSource
from sandbox.app import Sandbox
from sandbox.tiktok import capture as sandbox_capture
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.bot.modes.live import SOON_S, bot, configured, ended, line, listened_to

BOB = Viewer("bob", "Bob")
ALICE = Handle("alice")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations


def silent() -> Printer:
    return Printer(io.BytesIO(), io.BytesIO())


def happen(room: Room) -> None:
    room.join(BOB)
    spoken = room.chat(BOB, "hello")
    room.gift(BOB, "Rose", 25)
    room.count_viewers(12)
    room.delete([spoken])
    room.raw("WebcastBrandNewMessage", b"\x08\x01")


async def recorded(sandbox: Sandbox, file: Path) -> list[Event]:
    """Record a LIVE, and return the events that another client of the same room got."""
    room = sandbox.tiktok.creator("alice").go_live()
    room.chat(BOB, "before anybody came")
    heard: list[Event] = []

    async def take(events: object) -> None:
        assert isinstance(events, list | tuple)
        heard.extend(events)

    tiktok = configured(sandbox)
    async with asyncio.timeout(SOON_S), sources.session(tiktok) as http, asyncio.TaskGroup() as tasks:
        shared = parts(tiktok, http, printer=silent(), clock=SystemClock())
        recording = tasks.create_task(record.run(tiktok, ALICE, file, printer=silent()))
        tasks.create_task(Following(ALICE, shared, take=take, raw=True, once=True).run())
        while room.sockets < 2:
            await asyncio.sleep(0.01)
        happen(room)
        room.end()
    assert recording.result() is Status.DONE
    return heard


async def played(file: Path) -> list[Event]:
    async with aclosing(CaptureSource(str(file), speed=float("inf")).events(EVERYTHING)) as batches:
        return [event async for batch in batches for event in batch]


def told(event: Event) -> dict[str, object]:
    """An event without the instant at which its own client got it."""
    return {name: value for name, value in to_json(event).items() if name != "received_at_ms"}


@pytest.mark.parametrize("name", ["alice.jsonl", "alice.jsonl.gz"])
async def test_a_recording_gives_the_events_that_were_live(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    live = await recorded(sandbox, tmp_path / name)
    again = await played(tmp_path / name)
    assert isinstance(live[0], ConnectedEvent)
    assert isinstance(again[0], ConnectedEvent)
    assert [told(event) for event in again[1:]] == [told(event) for event in live[1:]]
    assert isinstance(again[-1], LiveEndedEvent)
    comments = [event for event in again if isinstance(event, CommentEvent)]
    assert [(event.text, event.is_history) for event in comments] == [("before anybody came", True), ("hello", False)]


async def test_decode_and_the_sandbox_read_it_too(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "alice.jsonl.gz"
    live = await recorded(sandbox, file)
    answers = list(decode_lines(read_lines(str(file))))
    assert [answer["event"]["type"] for answer in answers] == [event.type for event in live[1:]]
    (one,) = sandbox_capture.read(file, "alice")
    assert (one.room_id, len(one.lines)) == (live[0].room_id, len(answers))
    keys = {"n", "method", "received_at", "host", "room_id", "payload"}
    assert all(set(msgspec.json.decode(text)) - {"is_history", "message_id"} == keys for text in read_lines(str(file)))


async def test_replay_prints_it_like_tail(sandbox: Sandbox, tmp_path: Path) -> None:
    await recorded(sandbox, tmp_path / "a.jsonl")
    out = io.BytesIO()
    assert await replay.run(str(tmp_path / "a.jsonl"), printer=Printer(out, io.BytesIO()), speed=1000) is Status.DONE
    lines = out.getvalue().decode().splitlines()
    assert lines[0].startswith("[ready]   connected to @alice (room ")
    assert lines[2:5] == ["[join]    bob", "[chat]    bob: hello", "[gift]    bob -> Rose x25"]
    assert lines[-1] == "[end]     stream ended"


async def test_a_recording_goes_on_after_the_connection_was_lost(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    room = sandbox.tiktok.creator("alice").go_live()
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(record.run(configured(sandbox), ALICE, file, printer=silent()))
        await listened_to(room)
        room.chat(BOB, "one")
        await asyncio.sleep(0.1)
        room.cut()
        while room.connects < 2:
            await asyncio.sleep(0.01)
        room.chat(BOB, "two")
        room.end()
    texts = [event.text for event in await played(file) if isinstance(event, CommentEvent)]
    assert (texts[0], texts[-1]) == ("one", "two")


async def test_when_one_source_refuses_the_next_that_has_raw_messages_records(sandbox: Sandbox, tmp_path: Path) -> None:
    file, out, err = tmp_path / "a.jsonl", io.BytesIO(), io.BytesIO()
    room = sandbox.tiktok.creator("alice").go_live()
    sandbox.tiktok.faults.sign = 402
    tiktok = configured(sandbox).model_copy(update={"sources": ("tiktools", "webcast", "direct")})
    async with asyncio.timeout(SOON_S), asyncio.TaskGroup() as tasks:
        recording = tasks.create_task(record.run(tiktok, ALICE, file, printer=Printer(out, err)))
        await listened_to(room)
        room.chat(BOB, "hello")
        room.end()
    assert recording.result() is Status.DONE
    assert [event.text for event in await played(file) if isinstance(event, CommentEvent)] == ["hello"]
    told = out.getvalue().decode().splitlines()
    assert told[0] == "[events] recording over webcast, direct, not over tiktools: there are no raw messages there"
    assert "trying direct" in err.getvalue().decode()


async def test_a_feed_without_raw_messages_alone_is_refused_before_a_file_is_made(sandbox: Sandbox, tmp_path: Path) -> None:
    tiktok = configured(sandbox).model_copy(update={"sources": ("tiktools",)})
    with pytest.raises(OperatorError, match=r"tiktools cannot be recorded: .*; add one of webcast, direct to tiktok\.sources"):
        await record.run(tiktok, ALICE, tmp_path / "a.jsonl", printer=silent())
    assert not os.listdir(tmp_path)
    assert not sandbox.tiktok.requests


async def test_an_existing_file_stops_it_before_anything_is_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("precious")
    with pytest.raises(OperatorError, match="exists already"):
        await record.run(configured(sandbox), ALICE, tmp_path / "a.jsonl", printer=silent())
    assert not sandbox.tiktok.requests


async def test_ctrl_c_keeps_what_came(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    async with bot(sandbox, "record", "@alice", "a.jsonl.gz", folder=tmp_path) as process:
        assert await line(process) == "[events] connecting to @alice ..."
        assert (await line(process)).startswith("[ready]")
        room.chat(BOB, "hello")
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert await line(process) == "[events] 1 messages in a.jsonl.gz"
        assert await ended(process) == (130, "")
    (text,) = read_lines(str(tmp_path / "a.jsonl.gz"))
    assert json.loads(text)["method"] == "WebcastChatMessage"


async def test_a_kill_loses_little(sandbox: Sandbox, tmp_path: Path) -> None:
    room = sandbox.tiktok.creator("alice").go_live()
    file = tmp_path / "a.jsonl.gz"
    async with bot(sandbox, "record", "alice", str(file), folder=tmp_path) as process:
        await listened_to(room)
        room.chat(BOB, "hello")
        async with asyncio.timeout(SOON_S):
            while not file.exists() or not file.stat().st_size:
                await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    assert [event.text for event in await played(file) if isinstance(event, CommentEvent)] == ["hello"]
    assert sandbox_capture.read(file, "alice")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("record", "nobody", "a.jsonl"), 3, "[error]   @nobody"),
        (("record", "alice", "nowhere/a.jsonl"), 1, "folder that exists"),
        (("record", "alice"), 2, "FILE"),
        (("replay", "absent.jsonl", "--speed", "fast"), 2, "--speed"),
        (("replay", "absent.jsonl"), 1, "cannot be opened"),
        (("replay", "absent.jsonl", "--speed", "0"), 2, "more than 0"),
        (("replay", "absent.jsonl", "--speed", "nan"), 2, "more than 0"),
    ],
)
async def test_a_mistake_gets_a_sentence(
    sandbox: Sandbox, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    async with bot(sandbox, *words, folder=tmp_path) as process:
        found, errors = await ended(process)
    assert found == status
    assert said in errors
    assert not os.listdir(tmp_path)
