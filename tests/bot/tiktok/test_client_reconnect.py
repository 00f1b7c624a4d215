"""Streams that break: what a client does about it, and what it says meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.errors import ConnectionLost, CreatorOffline, RateLimited, SignRefused, Unclear
from bot.events import CommentEvent, Common, ConnectedEvent, DisconnectedEvent, Event, GapEvent, LiveEndedEvent, RoomId
from bot.tiktok.client import LiveClient
from bot.tiktok.reconnect import Reconnect
from bot.tiktok.source import Room as SourceRoom
from sandbox.app import Sandbox
from sandbox.tiktok.world import Room
from tests.bot.tiktok.alone import BOB, Ear, addresses, client_of

SOON = Reconnect(first_s=0.005, most_s=0.005)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations


@pytest.fixture
def room(sandbox: Sandbox) -> Room:
    return sandbox.tiktok.creator("alice").go_live()


async def entered(room: Room) -> None:
    """The room sees the client a moment after the client sees the open socket."""
    while not room.sockets:
        await asyncio.sleep(0.001)


async def test_a_lost_stream_is_opened_anew_and_the_gap_is_told(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=SOON)
    ear = Ear(client)
    async with client:
        room.chat(BOB, "one")
        await ear.until(lambda: ear.of(CommentEvent))
        room.cut()
        await ear.until(lambda: ear.of(GapEvent))
        room.chat(BOB, "two")
        await ear.until(lambda: len(ear.of(CommentEvent)) == 2)

    assert ear.names() == ["Connected", "Comment", "Disconnected", "Connected", "Gap", "Comment", "Disconnected"]
    gap, [first, second] = ear.of(GapEvent)[0], ear.of(ConnectedEvent)
    assert first.received_at_ms <= gap.from_ms <= gap.to_ms
    assert gap.to_ms >= second.received_at_ms
    assert sandbox.tiktok.asked["sign"] == 2, "every connect is signed anew"
    assert sandbox.tiktok.asked["page"] == 1, "the room is known"


async def test_what_was_said_meanwhile_is_told_once_what_was_said_before_is_not_told_again(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=Reconnect(first_s=0.2, most_s=0.2))
    ear = Ear(client)
    async with client:
        room.chat(BOB, "one")
        await ear.until(lambda: ear.of(CommentEvent))
        room.cut()
        await ear.until(lambda: ear.of(DisconnectedEvent))
        assert client.connecting
        room.chat(BOB, "meanwhile")
        await ear.until(lambda: len(ear.of(CommentEvent)) == 2)
    assert [(event.text, event.is_history) for event in ear.of(CommentEvent)] == [("one", False), ("meanwhile", True)]


async def test_an_end_that_was_not_told_is_found_out(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=SOON)
    ear = Ear(client)
    await client.start()
    await entered(room)
    room.end(announced=False)
    await client.finished()
    assert ear.names() == ["Connected", "LiveEnded", "Disconnected"]
    assert ear.of(LiveEndedEvent)[0].inferred
    assert sandbox.tiktok.asked["sign"] == 1


async def test_an_end_that_was_told_is_not_doubted(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=SOON)
    ear = Ear(client)
    await client.start()
    await entered(room)
    room.end()
    await client.finished()
    assert [event.inferred for event in ear.of(LiveEndedEvent)] == [False]
    assert sandbox.tiktok.asked["check_alive"] == 0


async def test_without_reconnect_the_first_loss_is_the_last(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=False)
    await client.start()
    await entered(room)
    room.cut()
    with pytest.raises(ConnectionLost):
        await client.finished()
    assert sandbox.tiktok.asked["sign"] == 1


async def test_a_key_that_is_not_served_any_more_costs_one_attempt(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=SOON)
    await client.start()
    await entered(room)
    sandbox.tiktok.faults.sign = 402
    room.cut()
    with pytest.raises(SignRefused):
        await client.finished()
    assert sandbox.tiktok.asked["sign"] == 2


async def test_attempts_have_an_end_and_the_last_reason_is_raised(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, reconnect=Reconnect(most_attempts=2, first_s=0.001, most_s=0.001))
    await client.start()
    await entered(room)
    sandbox.tiktok.faults.sign = 429
    sandbox.tiktok.faults.retry_after_s = 0
    room.cut()
    with pytest.raises(RateLimited):
        await client.finished()
    assert sandbox.tiktok.asked["sign"] == 1 + 2


async def test_a_client_can_wait_for_the_live(sandbox: Sandbox) -> None:
    alice = sandbox.tiktok.creator("alice")
    client = client_of(sandbox, reconnect=Reconnect(wait_for_live_s=0.02))
    starting = asyncio.ensure_future(client.start())
    while sandbox.tiktok.asked["page"] < 2:
        await asyncio.sleep(0.01)
    assert client.connecting
    room = alice.go_live()
    assert await starting == room.id
    await client.stop()


async def test_from_live_to_live(sandbox: Sandbox, room: Room) -> None:
    alice = room.creator
    client = client_of(sandbox, reconnect=Reconnect(wait_for_live_s=0.02))
    ear = Ear(client)
    async with client:
        room.end()
        await ear.until(lambda: ear.of(DisconnectedEvent))
        second = alice.go_live()
        await ear.until(lambda: len(ear.of(ConnectedEvent)) == 2)
        assert client.room_id == second.id != room.id
    assert ear.names() == ["Connected", "LiveEnded", "Disconnected", "Connected", "Disconnected"], "no gap between two LIVEs"


class Scripted:
    """A source that does one thing after the other."""

    name = "scripted"

    def __init__(self, *visits: Sequence[Event] | Exception) -> None:
        self._visits = list(visits)

    async def events(self, room: SourceRoom) -> AsyncIterator[Sequence[Event]]:
        visit = self._visits.pop(0)
        if isinstance(visit, Exception):
            raise visit
        yield visit


def connected(room_id: str) -> ConnectedEvent:
    return ConnectedEvent(Common(room_id=RoomId(room_id)), source="scripted")


async def test_the_page_may_name_the_room_that_just_ended_for_a_while(sandbox: Sandbox, room: Room) -> None:
    alice, comment = room.creator, CommentEvent(Common(room_id=RoomId("?")))
    source = Scripted([connected(room.id), comment], [connected("8")])
    client = LiveClient("alice", source=source, reconnect=Reconnect(wait_for_live_s=0.02), **addresses(sandbox))
    ear = Ear(client)
    async with client:
        while sandbox.tiktok.asked["page"] < 3:
            await asyncio.sleep(0.01)
        assert len(ear.of(ConnectedEvent)) == 1, "it is still shown as live, but we know better"
        alice.go_live(room_id="8")
        await ear.until(lambda: len(ear.of(ConnectedEvent)) == 2)
    assert client.room_id == "8"


async def test_any_source_can_be_played(sandbox: Sandbox) -> None:
    source = Scripted([connected("7"), CommentEvent(Common(room_id=RoomId("7")), text="hi")])
    client = LiveClient("alice", source=source, room_id="7", **addresses(sandbox))
    assert [event.type async for event in client] == ["connected", "chat", "disconnected"]
    assert not sandbox.tiktok.asked


async def test_a_newer_room_than_the_page_knows_is_adopted(sandbox: Sandbox) -> None:
    source = Scripted([connected("8"), CommentEvent(Common(room_id=RoomId("8")), text="hi")])
    client = LiveClient("alice", source=source, room_id="7", **addresses(sandbox))
    assert [event.type async for event in client] == ["connected", "chat", "disconnected"]
    assert client.room_id == "8"


async def test_an_unforeseen_fault_is_raised_and_not_swallowed(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    client = LiveClient("alice", source=Scripted(ZeroDivisionError("oops")), room_id="7", **addresses(sandbox))
    with pytest.raises(ZeroDivisionError):
        await client.start()
    assert "the client failed" in caplog.text


async def test_before_the_first_connect_failures_are_answers(sandbox: Sandbox, room: Room) -> None:
    sandbox.tiktok.faults.page = sandbox.tiktok.faults.api = sandbox.tiktok.faults.room_info = 403
    with pytest.raises(Unclear, match="blocks this address"):
        await client_of(sandbox, reconnect=SOON).start()
    assert sandbox.tiktok.asked["page"] == 1
    sandbox.tiktok.faults.page = sandbox.tiktok.faults.api = None
    room.end()
    with pytest.raises(CreatorOffline):
        await client_of(sandbox, reconnect=SOON).start()
