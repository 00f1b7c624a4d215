"""Thousands of creators, one budget: who is found sooner, what a restart must not forget, what can be asked of it all."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from itertools import pairwise

import pytest

from bot.errors import Unclear
from bot.events import ConnectedEvent, Handle, RoomId
from bot.ingest import allowances
from bot.ingest.settings import IngestSettings
from bot.ingest.usual import WEEK_MS
from bot.model.creator import CreatorState
from bot.model.health import Allowance
from bot.model.ids import CreatorId
from bot.storage import sessions, state
from bot.tiktok.allowance import Limit
from tests.bot.ingest.conftest import World, live

SLOW = IngestSettings(look_ups_per_s=0.2, look_up_burst=1)
"""A look-up every 5 s: twenty creators take 100 s."""


async def offline(world: World, *names: str) -> list[CreatorId]:
    for name in names:
        world.rooms.offline(name)
    return [await world.watch(name) for name in names]


async def went_live(world: World, creator_id: CreatorId, *weeks_ago: int) -> None:
    """Rooms of the past, at this time of the week."""
    for week in weeks_ago:
        at_ms = world.clock.now_ms() - week * WEEK_MS
        room_id = RoomId(f"{creator_id}{week}")
        await world.db.write(sessions.begin, creator_id, room_id, now_ms=at_ms, started_at_ms=at_ms, title="")
        await world.db.write(sessions.end, creator_id, room_id, now_ms=at_ms + 1)


async def test_who_usually_goes_live_about_now_is_looked_up_before_the_others(world: World) -> None:
    everybody = await offline(world, *(f"creator{number}" for number in range(12)))
    await went_live(world, everybody[-1], 1, 2)
    await world.start(SLOW)
    await world.passing(60)

    asked = [handle for _, handle in world.rooms.look_ups]
    assert asked.index(Handle("creator11")) <= 1, "the first may have had its turn before"
    assert len(asked) >= 12, "and the others in their turn"


# --- many at once ----------------------------------------------------------------------------------------------------------


class Edge:
    """Implements `source.LiveCheck`."""

    def __init__(self) -> None:
        self.live: set[Handle] = set()
        self.is_broken = False
        self.asked: list[tuple[Handle, ...]] = []

    async def live_among(self, handles: Collection[Handle]) -> Collection[Handle]:
        self.asked.append(tuple(handles))
        if self.is_broken:
            raise Unclear("HTTP 500")
        return self.live.intersection(handles)


NOW_AND_THEN = dataclasses.replace(SLOW, bulk_checks_per_day=86_400 // 20)


async def test_whom_a_bulk_check_calls_live_is_looked_up_next_and_the_page_decides(world: World) -> None:
    await offline(world, *(f"creator{number}" for number in range(30)))
    world.edge = Edge()
    supervisor = await world.start(dataclasses.replace(NOW_AND_THEN, look_ups_per_s=0.05))
    await world.until(lambda: len(world.rooms.look_ups) >= 32, step_s=5, most_s=700)
    since = world.clock.monotonic()
    (_, one), (_, other) = world.rooms.look_ups[-6:-4]
    world.rooms.live(one, "100")
    world.edge.live = {one, other}
    await world.until(lambda: len(world.source.open_streams(one)) == 1, step_s=5)

    assert world.clock.monotonic() - since <= 130, "their turn is 480 s away"
    await world.passing(200, step_s=5)
    assert world.source.open_streams(other) == [], "it is a hint: TikTok's page says that they are offline"
    assert supervisor.counters.bulk_checks == len(world.edge.asked)
    assert all(later - sooner >= 20 - 1e-6 for (sooner, _), (later, _) in pairwise(world.rooms.look_ups))
    assert all(later - sooner >= 60 for sooner, later in pairwise(world.rooms.looked_up(other)))
    assert one not in world.edge.asked[-1], "who is in a room is not asked about"


async def test_without_bulk_checks_everybody_is_found_by_their_page(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await offline(world, "alice", "bob")
    world.edge = Edge()
    world.edge.is_broken = True
    supervisor = await world.start(NOW_AND_THEN)
    await world.passing(70)
    assert supervisor.counters.bulk_check_failures >= 1
    world.rooms.live("bob", "100")
    await world.connected("bob")
    assert "by TikTok's pages alone" in caplog.text


async def test_bulk_checks_shorten_the_delay_that_is_told(world: World) -> None:
    await offline(world, *(f"creator{number}" for number in range(100)))
    world.edge = Edge()
    supervisor = await world.start(NOW_AND_THEN)
    await world.until(lambda: supervisor.counters.following == 100)
    assert supervisor.detection_delay_s == 60, "fifty every 20 s; 500 s by pages alone"


# --- what a restart must not forget ----------------------------------------------------------------------------------------


async def test_a_restart_gives_no_second_allowance(world: World) -> None:
    world.limits = (Limit(2, 3600.0),)
    for name, room_id in (("alice", "100"), ("bob", "200")):
        await live(world, name, room_id)
    await world.stop()
    world.rooms.live("carol", "300")
    await world.watch("carol")
    supervisor = await world.start()
    await world.passing(30)

    assert len(world.source.streams) == 2, "the hour's two connects were spent before the restart"
    (way,) = supervisor.snapshot().ways
    assert way.allowances == (Allowance(2, 3600.0, 0),)
    assert "used up" in way.reason


async def test_what_was_spent_is_stored_soon_and_not_again_when_nothing_was(world: World) -> None:
    world.limits = (Limit(2, 3600.0),)
    await live(world)
    await world.passing(10)
    stored = await world.db.read(state.get, allowances.STATE_KEY)
    assert stored is not None
    assert "scripted" in stored
    await world.db.write(state.put, allowances.STATE_KEY, "unchanged")
    await world.passing(60)
    await world.stop()
    assert await world.db.read(state.get, allowances.STATE_KEY) == "unchanged"


async def test_garbage_in_storage_does_not_keep_it_from_starting(world: World) -> None:
    world.limits = (Limit(2, 3600.0),)
    await world.db.write(state.put, allowances.STATE_KEY, '{"scripted": ["x"')
    await live(world)


# --- for adults only -------------------------------------------------------------------------------------------------------


async def test_a_room_for_adults_is_told_as_such_and_read_all_the_same(world: World) -> None:
    world.rooms.adults_only.add(RoomId("100"))
    alice = await live(world)
    status = await world.status(alice)
    assert (status.state, status.connected, status.is_age_restricted) == (CreatorState.LIVE, True, True)
    assert world.supervisor is not None
    assert world.supervisor.snapshot().creators[alice].is_age_restricted
    assert await world.said(alice, ConnectedEvent)

    world.rooms.offline("alice")
    world.source.stream("alice").end()
    await world.until_status(alice, CreatorState.OFFLINE)
    assert (await world.status(alice)).is_age_restricted, "their last LIVE was"

    world.rooms.live("alice", "101")
    await world.until_status(alice, CreatorState.LIVE, connected=True)
    assert not (await world.status(alice)).is_age_restricted


# --- one picture of it all -------------------------------------------------------------------------------------------------


async def test_a_snapshot_tells_of_everybody_and_stays_what_it_was(world: World) -> None:
    world.limits = (Limit(1, 3600.0),)
    alice = await live(world)
    world.rooms.live("bob", "200")
    (carol,) = await offline(world, "carol")
    bob = await world.watch("bob")
    await world.until_status(carol, CreatorState.OFFLINE)
    await world.until_status(bob, CreatorState.LIVE)
    assert world.supervisor is not None
    taken = world.supervisor.snapshot()
    now_ms = world.clock.now_ms()
    await world.stop()

    assert (taken.taken_at_ms, taken.following, taken.connected, taken.detection_delay_s) == (now_ms, 3, 1, 60)
    inside = taken.creators[alice]
    assert (inside.handle, inside.state, inside.way, inside.room_id) == ("alice", CreatorState.LIVE, "scripted", "100")
    assert inside.connected_at_ms is not None
    assert inside.last_frame_at_ms is not None
    assert inside.connected_at_ms <= inside.last_frame_at_ms <= now_ms
    assert (inside.place, inside.next_look_at_ms) == (None, None)
    waiting = taken.creators[bob]
    assert (waiting.state, waiting.place, waiting.connected_at_ms, waiting.way) == (CreatorState.LIVE, 1, None, "")
    assert waiting.expected_wait_s is not None
    assert 3500 < waiting.expected_wait_s <= 3600
    assert "used up" in waiting.waits_for
    away = taken.creators[carol]
    assert (away.state, away.room_id, away.last_frame_at_ms) == (CreatorState.OFFLINE, None, None)
    assert away.next_look_at_ms is not None
    assert now_ms < away.next_look_at_ms <= now_ms + 72_000
    assert taken.ways[0].allowances == (Allowance(1, 3600.0, 0),)
    assert taken.counters["connects"] == 1
    assert taken.counts["skipped"] == {}
