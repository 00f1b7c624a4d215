"""The real source on bad lines to the sandbox's TikTok: half-open, stalled, slow, and with messages that are not this room's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.clock import Clock, SystemClock
from bot.errors import ConnectionLost
from bot.events import CommentEvent, Event, LiveEndedEvent
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.connection import SILENCE_S
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.app import Sandbox
from sandbox.tiktok import world
from sandbox.tiktok.viewer import Viewer
from tests.doubles.clock import FakeClock

BOB = Viewer("bob", "Bob")
WITHIN_S = 5.0


@dataclass
class Watch:
    """What one connection brought so far, and how it ended."""

    events: list[Event] = field(default_factory=list)
    ended: ConnectionLost | str = ""
    source: WebcastSource | None = None

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.events if isinstance(each, CommentEvent)]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@contextlib.asynccontextmanager
async def watching(sandbox: Sandbox, live: world.Room, clock: Clock) -> AsyncIterator[Watch]:
    """A connection of the real source, in the background."""
    watch = Watch()

    async def run(source: WebcastSource) -> None:
        try:
            async with contextlib.aclosing(source.events(Room(RoomId(live.id), Handle("alice")))) as batches:
                async for each in batches:
                    watch.events += each
            watch.ended = "the LIVE is over"
        except ConnectionLost as lost:
            watch.ended = lost

    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        watch.source = WebcastSource(http, clock=clock, sign_base=sandbox.url, close_timeout_s=0.05)
        running = tasks.create_task(run(watch.source))
        yield watch
        running.cancel()


async def sees(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.002)


async def goes_silent(clock: FakeClock, watch: Watch) -> None:
    """Nothing came since now: the connection holds for just under the time of silence, and is given up right after."""
    await clock.advance(SILENCE_S - 1)
    assert not watch.ended
    await clock.advance(2)
    await clock.settle(lambda: bool(watch.ended))
    assert isinstance(watch.ended, ConnectionLost)
    assert "fell silent" in str(watch.ended)


async def test_a_socket_that_opens_and_is_dead_is_given_up_after_the_time_of_silence(sandbox: Sandbox) -> None:
    live, clock = sandbox.tiktok.creator("alice").go_live(), FakeClock()
    sandbox.tiktok.faults.once("push", "half_open")
    async with watching(sandbox, live, clock) as watch:
        await sees(lambda: watch.events)
        live.chat(BOB, "nobody hears this")
        await goes_silent(clock, watch)
    assert watch.texts == []


async def test_a_socket_that_dies_without_a_word_is_given_up_and_what_came_before_is_there(sandbox: Sandbox) -> None:
    live, clock = sandbox.tiktok.creator("alice").go_live(), FakeClock()
    async with watching(sandbox, live, clock) as watch:
        await sees(lambda: live.sockets)
        live.chat(BOB, "hi")
        await sees(lambda: watch.texts == ["hi"])
        sandbox.tiktok.spoil("half_open")
        live.chat(BOB, "too late")
        live.end()
        await goes_silent(clock, watch)
    assert watch.texts == ["hi"]


async def test_a_frame_that_never_gets_complete_is_silence(sandbox: Sandbox) -> None:
    live, clock = sandbox.tiktok.creator("alice").go_live(), FakeClock()
    async with watching(sandbox, live, clock) as watch:
        await sees(lambda: live.sockets)
        live.chat(BOB, "hi")
        await sees(lambda: watch.texts == ["hi"])
        sandbox.tiktok.spoil("stalled")
        live.chat(BOB, "half of this arrives")
        await goes_silent(clock, watch)
    assert watch.texts == ["hi"]
    assert watch.source is not None
    assert watch.source.faults == {}


async def test_the_next_connection_after_a_dead_one_is_a_good_one(sandbox: Sandbox) -> None:
    live, clock = sandbox.tiktok.creator("alice").go_live(), FakeClock()
    sandbox.tiktok.faults.once("push", "half_open")
    async with watching(sandbox, live, clock) as dead:
        await sees(lambda: dead.events)
        await goes_silent(clock, dead)
    async with watching(sandbox, live, clock) as watch:
        await sees(lambda: live.sockets)
        live.chat(BOB, "again")
        await sees(lambda: watch.texts == ["again"])


async def test_frames_that_dribble_arrive_whole_and_in_order(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    sandbox.tiktok.faults.slow_bytes, sandbox.tiktok.faults.slow_pause_s = 8, 0.001
    sandbox.tiktok.faults.push = "slow"
    loop = asyncio.get_running_loop()
    async with watching(sandbox, live, SystemClock()) as watch:
        await sees(lambda: live.sockets)
        started = loop.time()
        for number in range(3):
            live.chat(BOB, f"{number}")
        live.end()
        await sees(lambda: watch.ended)
        took = loop.time() - started
    assert watch.texts == ["0", "1", "2"]
    assert isinstance(watch.events[-1], LiveEndedEvent)
    assert took > 0.02, "a frame of hundreds of bytes, eight at a time, takes longer"
    assert watch.source is not None
    assert watch.source.faults == {}
    assert sandbox.tiktok.violations == []


async def test_the_end_of_another_room_does_not_end_this_live(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    sandbox.tiktok.faults.once("push", "foreign")
    async with watching(sandbox, live, SystemClock()) as watch:
        await sees(lambda: watch.texts == ["in another room"])
        live.chat(BOB, "still here")
        await sees(lambda: watch.texts[1:] == ["still here"])
        assert not watch.ended
        live.end()
        await sees(lambda: watch.ended)
    assert str(watch.ended) == "the LIVE is over"
    foreign = [each for each in watch.events if each.room_id != live.id]
    assert [type(each) for each in foreign] == [CommentEvent, LiveEndedEvent]


async def test_replayed_comments_keep_their_ids(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    live.chat(BOB, "earlier")
    sandbox.tiktok.faults.once("push", "replay")
    async with watching(sandbox, live, SystemClock()) as watch:
        await sees(lambda: watch.texts == ["earlier", "earlier"])
    told, again = (each for each in watch.events if isinstance(each, CommentEvent))
    assert told.message_id == again.message_id
    assert (told.is_history, again.is_history) == (True, False)
