"""Several sources, in order of preference: what a client does when one of them fails, and what its handlers hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import BadInput, ConnectionRefused, RateLimited, SignRefused
from bot.events import CommentEvent, ConnectedEvent, DisconnectedEvent, GapEvent, Handle
from bot.tiktok.client import LiveClient
from bot.tiktok.reconnect import Reconnect
from sandbox.app import Sandbox
from sandbox.tiktok.world import Room
from tests.bot.tiktok.alone import BOB, Ear, client_of
from tests.doubles.clock import FakeClock
from tests.doubles.tiktok import ScriptedSource

ROOM = "7"
SOON = Reconnect(first_s=0.005, most_s=0.005)


class Evening:
    """A client with two sources on a clock that stands still."""

    def __init__(self, **options: object) -> None:
        self.clock = FakeClock()
        self.first, self.second = ScriptedSource(self.clock), ScriptedSource(self.clock)
        self.first.name, self.second.name = "first", "second"
        self.client = LiveClient(
            "alice",
            room_id=ROOM,
            sources=[self.first, self.second],
            clock=self.clock,
            webcast_base="http://127.0.0.1:9",
            **options,  # type: ignore[arg-type]
        )
        self.ear = Ear(self.client)

    async def start(self) -> None:
        starting = asyncio.ensure_future(self.client.start())
        await self.clock.until(starting.done, step_s=0.25)
        await starting


async def test_the_preferred_source_serves_and_the_other_is_not_asked() -> None:
    evening = Evening()
    await evening.start()
    await evening.client.stop()
    assert not evening.second.attempts
    assert [event.source for event in evening.ear.of(ConnectedEvent)] == ["first"]


async def test_a_source_that_refuses_at_the_start_is_replaced_by_the_next() -> None:
    evening = Evening()
    evening.first.refuse("alice", SignRefused("this key is not served"))
    await evening.start()
    await evening.client.stop()
    assert [event.source for event in evening.ear.of(ConnectedEvent)] == ["second"]


@pytest.mark.parametrize("reconnect", [True, False])
async def test_when_all_refuse_at_the_start_the_last_is_raised_and_says_why_the_others_did(reconnect: bool) -> None:
    evening = Evening(reconnect=reconnect)
    evening.first.refuse("alice", RateLimited("too many", retry_after_s=900))
    evening.second.refuse("alice", ConnectionRefused("no such room"))
    with pytest.raises(ConnectionRefused, match="no such room") as caught:
        await evening.start()
    assert caught.value.__notes__ == ["first: too many", "second: no such room"]
    assert [len(each.attempts[Handle("alice")]) for each in (evening.first, evening.second)] == [1, 1]


async def test_a_lost_stream_goes_to_the_next_source_when_its_own_refuses_and_handlers_hear_all_of_it() -> None:
    evening = Evening()
    await evening.start()
    evening.first.refuse("alice", RateLimited("too many", retry_after_s=900))
    evening.first.stream("alice").lose("the socket broke")
    await evening.clock.until(lambda: len(evening.ear.of(ConnectedEvent)) == 2, step_s=0.25, most_s=60)
    await evening.client.stop()
    assert evening.ear.names() == ["Connected", "Disconnected", "Connected", "Gap", "Disconnected"]
    assert [event.source for event in evening.ear.of(ConnectedEvent)] == ["first", "second"]
    assert evening.ear.of(DisconnectedEvent)[0].reason == "the socket broke"
    [gap] = evening.ear.of(GapEvent)
    assert 0 < gap.to_ms - gap.from_ms < 60_000


async def test_a_stream_that_breaks_again_at_once_says_where_it_goes_on() -> None:
    evening = Evening()
    await evening.start()
    evening.first.stream("alice").lose("the socket broke")
    await evening.clock.until(lambda: len(evening.ear.of(ConnectedEvent)) == 2, step_s=0.25, most_s=60)
    evening.first.stream("alice").lose("the socket broke")
    await evening.clock.until(lambda: len(evening.ear.of(ConnectedEvent)) == 3, step_s=0.25, most_s=60)
    await evening.client.stop()
    assert [event.reason for event in evening.ear.of(DisconnectedEvent)][:2] == [
        "the socket broke",
        "the socket broke; trying second",
    ]


async def test_without_reconnect_a_lost_stream_is_the_end_though_another_source_is_there() -> None:
    evening = Evening(reconnect=False)
    await evening.start()
    evening.first.stream("alice").lose("the socket broke")
    await evening.clock.until(lambda: not evening.client.running)
    assert not evening.second.attempts


# ---------------------------------------------------------------------------------------------- by name, in the sandbox


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        for name, value in here.settings.items():
            if name.startswith("tiktok."):
                monkeypatch.setenv(f"RELAY_TIKTOK__{name.removeprefix('tiktok.').upper()}", value)
        yield here
        assert not here.tiktok.violations


@pytest.fixture
def room(sandbox: Sandbox) -> Room:
    return sandbox.tiktok.creator("alice").go_live()


@pytest.mark.parametrize("name", ["webcast", "direct", "tiktools"])
async def test_each_source_that_has_a_name_reads_the_room(sandbox: Sandbox, room: Room, name: str) -> None:
    client = LiveClient("alice", sources=[name])
    ear = Ear(client)
    async with client:
        room.chat(BOB, "hello")
        await ear.until(lambda: ear.of(CommentEvent))
    assert [event.source for event in ear.of(ConnectedEvent)] == [name]
    assert [event.text for event in ear.of(CommentEvent)] == ["hello"]


async def test_over_real_sockets_the_feed_takes_over_when_the_sign_server_refuses(sandbox: Sandbox, room: Room) -> None:
    client = LiveClient("alice", sources="webcast, tiktools", reconnect=SOON)
    ear = Ear(client)
    async with client:
        await ear.until(lambda: ear.of(ConnectedEvent))
        sandbox.tiktok.faults.sign = 402
        while not room.sockets:
            await asyncio.sleep(0.001)
        room.cut()
        await ear.until(lambda: len(ear.of(ConnectedEvent)) == 2)
        room.chat(BOB, "still here")
        await ear.until(lambda: ear.of(CommentEvent))
    assert [event.source for event in ear.of(ConnectedEvent)] == ["webcast", "tiktools"]
    assert [event.text for event in ear.of(CommentEvent)] == ["still here"]


async def test_what_is_not_given_is_read_from_the_environment(
    sandbox: Sandbox, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAY_TIKTOK__SOURCES", "tiktools,webcast")
    client = LiveClient("alice")
    ear = Ear(client)
    async with client:
        await ear.until(lambda: ear.of(ConnectedEvent))
    assert [event.source for event in ear.of(ConnectedEvent)] == ["tiktools"]


async def test_one_source_is_named_like_several(sandbox: Sandbox, room: Room) -> None:
    client = client_of(sandbox, source="tiktools")
    ear = Ear(client)
    async with client:
        await ear.until(lambda: ear.of(ConnectedEvent))
    assert [event.source for event in ear.of(ConnectedEvent)] == ["tiktools"]


def test_a_source_that_nobody_has_is_told_at_once() -> None:
    with pytest.raises(BadInput, match=r"'tictools' is not a source\. Known: webcast, direct, tiktools"):
        LiveClient("alice", sources=["webcast", "tictools"])
    with pytest.raises(BadInput, match="not both"):
        LiveClient("alice", source="webcast", sources=["tiktools"])
