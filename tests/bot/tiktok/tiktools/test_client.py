"""The hosted feed over real sockets: what is sent, what is yielded, and what each refusal leads to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from bot.errors import ConnectionLost, ConnectionRefused, RateLimited, SignRefused, SourceError, Unclear
from bot.events import CommentEvent, ConnectedEvent, Event, LiveEndedEvent, UnknownEvent
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.tiktools.client import TikToolsSource
from bot.tiktok.tiktools.frames import Fault
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktools import closings
from sandbox.tiktools.closings import Closing
from sandbox.tiktools.limits import Limits
from sandbox.tiktools.server import TikTools
from tests.doubles.clock import FakeClock

KEY = "tk_5ecret0"
BOB = Viewer("bob", "Bob")
WITHIN_S = 10.0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running
        assert running.tiktools.violations == []


@pytest.fixture
def edge(sandbox: Sandbox) -> TikTools:
    return sandbox.tiktools


def source_of(sandbox: Sandbox, *, key: str = KEY, clock: FakeClock | None = None, room_s: float = 60.0) -> TikToolsSource:
    return TikToolsSource(base=f"{sandbox.url}/tiktools", api_key=key, clock=clock, room_info_within_s=room_s)


def room(handle: str = "alice", room_id: str = "77") -> Room:
    return Room(RoomId(room_id), Handle(handle))


@contextlib.asynccontextmanager
async def inside(source: TikToolsSource, of: Room) -> AsyncIterator[AsyncIterator[Sequence[Event]]]:
    """In the room, its first batch read."""
    async with asyncio.timeout(WITHIN_S), contextlib.aclosing(source.events(of)) as batches:
        assert isinstance((await anext(batches))[0], ConnectedEvent)
        yield batches


async def watched(source: TikToolsSource, of: Room, act: Callable[[], object] = lambda: None) -> list[Event]:
    async with inside(source, of) as batches:
        act()
        return [event async for batch in batches for event in batch]


async def refused(source: TikToolsSource, of: Room | None = None) -> SourceError:
    """The error of a connect that yields nothing."""
    with pytest.raises(SourceError) as error:
        async with asyncio.timeout(WITHIN_S), contextlib.aclosing(source.events(of or room())) as batches:
            await anext(batches)
    return error.value


async def test_the_edges_own_room_is_the_room(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    async with asyncio.timeout(WITHIN_S), contextlib.aclosing(source_of(sandbox).events(room(room_id="1"))) as batches:
        first = await anext(batches)
    assert [type(event) for event in first] == [ConnectedEvent, UnknownEvent]
    assert {event.room_id for event in first} == {live.id}


async def test_the_handle_and_the_key_are_all_that_it_is_asked_with(sandbox: Sandbox, edge: TikTools) -> None:
    sandbox.tiktok.creator("alice").go_live()
    async with inside(source_of(sandbox), room("@alice")):
        pass
    async with inside(source_of(sandbox, key=""), room()):
        pass
    assert edge.connects == {KEY: 1, "": 1}


async def test_an_open_socket_alone_is_no_connection(sandbox: Sandbox, edge: TikTools) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.manner.room_info_after_s = 30.0
    source = source_of(sandbox)
    arriving = source.events(room())
    waiting = asyncio.ensure_future(anext(arriving))
    async with asyncio.timeout(WITHIN_S):
        while not edge.sockets:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    assert not waiting.done()
    edge.close("alice", closings.NOT_LIVE)
    with pytest.raises(Unclear, match="not live"):
        await waiting


async def test_without_room_info_it_is_connected_after_its_time(sandbox: Sandbox, edge: TikTools) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    edge.manner.tells_room = False
    seen = await watched(source_of(sandbox, room_s=0.05), room(room_id="77"), live.end)
    assert [(type(event), event.room_id) for event in seen] == [(LiveEndedEvent, "77")]


async def test_bookkeeping_and_junk_pass_without_harm(sandbox: Sandbox, edge: TikTools) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    edge.manner.bookkeeping = True
    source = source_of(sandbox)

    def act() -> None:
        live.chat(BOB, "one")
        for junk in ("not json", "[1,2]", '{"event":"chat","data":7}', '{"event":"brandNew","data":{}}', '"x"'):
            edge.say("alice", junk)

    async with inside(source, room()) as batches:
        act()
        seen = [event for _ in range(6) for event in await anext(batches)]
        live.end()
        seen += [event async for batch in batches for event in batch]
    assert [event.text for event in seen if isinstance(event, CommentEvent)] == ["one", ""]
    assert source.faults == {Fault.NOT_JSON: 1, Fault.NO_OBJECT: 2}


async def test_a_close_that_says_ended_is_the_end_of_the_live(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    (end,) = await watched(source_of(sandbox), room(), lambda: live.end(announced=False))
    assert isinstance(end, LiveEndedEvent)
    assert (end.inferred, end.room_id) == (True, live.id)
    assert "4005" in end.reason


@pytest.mark.parametrize(
    ("closing", "wait_s"),
    [
        (closings.RESTART, 15.0),
        (closings.RELAY_ERROR, None),
        (closings.UPSTREAM_CLOSED, None),
        (closings.EVICTED, 600.0),
        (closings.DAILY, 86_400.0),
        (Closing(4555, "", "session_limit"), None),
        (Closing(1000), None),
    ],
)
async def test_an_open_stream_that_is_closed_is_lost(sandbox: Sandbox, closing: Closing, wait_s: float | None) -> None:
    sandbox.tiktok.creator("alice").go_live()
    with pytest.raises(ConnectionLost) as lost:
        await watched(source_of(sandbox), room(), lambda: sandbox.tiktools.close("alice", closing, session_ms=7_200_000))
    assert lost.value.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("refusal", "kind", "wait_s"),
    [
        (closings.BAD_KEY, SignRefused, 86_400.0),
        (closings.EXPIRED_KEY, SignRefused, 86_400.0),
        (closings.DAILY, RateLimited, 86_400.0),
        (closings.HOURLY, RateLimited, 3_600.0),
        (closings.ANONYMOUS, RateLimited, 3_600.0),
        (closings.DEMO, RateLimited, 86_400.0),
        (closings.NOT_LIVE, Unclear, None),
        (closings.NO_MESSAGES, Unclear, None),
        (closings.ENDED, Unclear, None),
        (closings.RELAY_ERROR, ConnectionRefused, None),
        (Closing(1000, "", "not_live"), Unclear, None),
        (401, SignRefused, 86_400.0),
        (402, SignRefused, 86_400.0),
        (429, RateLimited, 60.0),
        (404, ConnectionRefused, None),
        (503, ConnectionRefused, None),
    ],
)
async def test_each_refusal_is_its_own_error(
    sandbox: Sandbox, edge: TikTools, refusal: Closing | int, kind: type[SourceError], wait_s: float | None
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    edge.refuse(refusal)
    error = await refused(source_of(sandbox))
    assert type(error) is kind
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize("refusal", [closings.DAILY, closings.BAD_KEY, 429])
async def test_what_is_about_the_account_stops_every_room_before_it_costs_anything(
    sandbox: Sandbox, edge: TikTools, refusal: Closing | int
) -> None:
    live = sandbox.tiktok.creator("alice").go_live()
    edge.refuse(refusal)
    clock = FakeClock()
    source = source_of(sandbox, clock=clock)
    first = await refused(source)
    await clock.advance(10)
    again = await refused(source, room("bob"))
    assert type(again) is type(first)
    assert again.retry_after_s == pytest.approx((first.retry_after_s or 0) - 10)
    assert first.reason in again.reason
    assert edge.connects[KEY] == 1
    await clock.advance(86_400)
    async with inside(source, room()):
        assert edge.connects[KEY] == 2
    live.end()


async def test_what_is_about_one_room_stops_no_other(sandbox: Sandbox, edge: TikTools) -> None:
    sandbox.tiktok.creator("alice").go_live()
    source = source_of(sandbox)
    assert isinstance(await refused(source, room("nobody.there")), Unclear)
    async with inside(source, room()):
        assert edge.connects[KEY] == 2


async def test_a_key_that_expires_meanwhile_is_refused_as_such(sandbox: Sandbox, edge: TikTools) -> None:
    sandbox.tiktok.creator("alice").go_live()
    source = source_of(sandbox)
    with pytest.raises(SignRefused, match="Evaluation period ended"):
        await watched(source, room(), lambda: edge.close("alice", closings.EXPIRED_KEY))
    assert isinstance(await refused(source), SignRefused)
    assert edge.connects[KEY] == 1


async def test_one_connection_too_many_pushes_out_the_oldest_which_does_not_push_back(sandbox: Sandbox, edge: TikTools) -> None:
    for name in ("alice", "bo"):
        sandbox.tiktok.creator(name).go_live()
    edge.limits[KEY] = Limits(open_most=1)
    source = source_of(sandbox)
    async with inside(source, room("alice")) as first, inside(source, room("bo")):
        with pytest.raises(ConnectionLost, match="newer connection"):
            await anext(first)
        assert isinstance(await refused(source, room("alice")), RateLimited)
        assert edge.connects[KEY] == 2


async def test_a_message_beyond_the_cap_costs_the_connection_not_the_memory(sandbox: Sandbox, edge: TikTools) -> None:
    sandbox.tiktok.creator("alice").go_live()
    huge = '{"event":"chat","data":{"comment":"' + "x" * (8 * 1024 * 1024) + '"}}'
    with pytest.raises(ConnectionLost, match="too large"):
        await watched(source_of(sandbox), room(), lambda: edge.say("alice", huge))


@pytest.mark.parametrize("spoken", [Closing(4429, f"quota of {KEY} is over"), Closing(4401, f"{KEY} is bad"), 401, 503])
async def test_the_key_is_in_no_error_and_in_no_log(
    sandbox: Sandbox, edge: TikTools, spoken: Closing | int, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.tiktok.creator("alice").go_live()
    caplog.set_level(logging.DEBUG)
    source = source_of(sandbox)
    edge.refuse(spoken, spoken)
    error = await refused(source)
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in "".join(traceback.format_exception(await refused(source)))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")]
    assert not any(KEY in line for line in ours)
    assert KEY not in repr(source)


@pytest.mark.parametrize("base", ["ws://127.0.0.1:1", "http://127.0.0.1:1/tiktools/", "nonsense", "ftp://127.0.0.1"])
async def test_an_edge_that_is_not_there_is_refused_without_the_key(base: str) -> None:
    source = TikToolsSource(base=base, api_key=KEY)
    error = await refused(source)
    assert type(error) is ConnectionRefused
    assert KEY not in "".join(traceback.format_exception(error))
