"""Frames that dribble, stop half-way or never come, seen by a client that shares no code with the bot."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from sandbox.app import Sandbox
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.server import TikTok
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.wire import frame
from tests.sandbox.tiktok.watcher import violation, watching

BOB = Viewer("bob", "Bob")


@given(st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) | st.integers(0, 300))
def test_a_frame_is_what_a_websocket_library_reads(size: int) -> None:
    reader, message = StreamReader(), bytes(size)
    reader.feed_data(frame(message))
    parsing = Frame.parse(reader.read_exact, mask=False, max_size=1 << 20)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    read = parsed.value.value
    assert (read.opcode, bytes(read.data), read.fin) == (Opcode.BINARY, message, True)


async def test_slow_frames_arrive_whole_one_after_another(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.push, tiktok.faults.slow_bytes, tiktok.faults.slow_pause_s = "slow", 32, 0.0005
    async with watching(sandbox, room) as viewer:
        for text in ("one", "two", "three"):
            room.chat(BOB, text)
        await viewer.received(3)
        await viewer.beat()
        await viewer.answered("hb")
        assert viewer.texts == ["one", "two", "three"]
    assert tiktok.violations == []


async def test_a_silent_room_echoes_heartbeats_and_says_nothing_until_it_is_well_again(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.once("push", "silent")
    async with watching(sandbox, room) as viewer:
        room.chat(BOB, "later")
        await viewer.beat()
        await viewer.answered("hb")
        assert viewer.messages == []
        tiktok.spoil(None)
        await viewer.received(1)
        assert viewer.texts == ["later"]


async def test_a_half_open_socket_answers_nothing_and_closes_nothing(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        room.chat(BOB, "one")
        await viewer.received(1)
        tiktok.spoil("half_open")
        room.chat(BOB, "two")
        await viewer.beat()
        alive = await viewer.socket.ping()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await alive
        assert (viewer.texts, viewer.close_code) == (["one"], None)
        assert not [each for each in viewer.others if each.payload_type == "hb"]
        assert tiktok.sockets == 1
        room.cut()  # only TCP itself ends it
        await viewer.closed()


async def test_a_stalled_socket_sends_half_a_frame_and_is_dead(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    async with watching(sandbox, room) as viewer:
        tiktok.spoil("stalled")
        room.chat(BOB, "half")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await viewer.received(1)
        assert viewer.close_code is None
        room.cut()
        await viewer.closed()


async def test_a_slow_client_and_a_slow_server_are_told_apart(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.limits.ack_within_s = 0.1
    async with watching(sandbox, room, acks=False) as viewer:
        room.chat(BOB, "one")
        await viewer.received(1)
        assert "waited more than" in await violation(sandbox, "for its ack")


async def test_history_is_replayed_unmarked_and_another_room_ends_over_this_socket(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    room.chat(BOB, "earlier")
    tiktok.faults.once("push", "replay", "foreign")
    async with watching(sandbox, room) as viewer:
        await viewer.received(1)
        (again,) = viewer.messages
        assert (again.message_id, again.is_history) == (viewer.signed.messages[0].message_id, False)
    async with watching(sandbox, room) as viewer:
        await viewer.received(2)
        assert viewer.methods == ["ChatMessage", "ControlMessage"]
        rooms = {pb.AnyMessage.FromString(each.payload).base.room_id for each in viewer.messages}
        assert int(room.id) not in rooms
        room.chat(BOB, "still here")
        await viewer.received(3)
    assert not room.is_over
