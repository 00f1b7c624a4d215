"""Gathered follows through restarts, late watches and new rooms: whoever was counted once stays counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace as _with

from bot.events import FollowEvent, Handle, RoomId, User, ViewerId
from bot.model.watch import EventKind, Follows
from bot.relay.consumer import LOOK_BACK
from tests.bot.relay.conftest import ROOM, common
from tests.bot.relay.test_consumer import Station, said
from tests.doubles.desk import OTHER, Desk


@pytest.fixture
async def station(desk: Desk) -> AsyncIterator[Station]:
    station = Station(desk)
    station.start()
    yield station
    await station.kill()


def follow(number: int, room: RoomId = ROOM) -> FollowEvent:
    user = User(ViewerId(f"f{number}"), Handle(f"h{number}"), f"N{number}")
    return FollowEvent(_with(common(number, user=user), room_id=room))


async def test_after_a_restart_in_a_hot_room_no_follow_that_was_counted_is_lost(station: Station) -> None:
    alice = await station.tune(await station.watch(), follows=Follows.DIGEST, kinds=frozenset({EventKind.FOLLOW}))
    await station.until_minute()
    await station.happen(alice, *(follow(number) for number in range(1, 13)))
    await station.until_said(1)
    await station.desk.until_idle()
    await station.happen(alice, *said(*range(1000, 1000 + LOOK_BACK + 100)))
    await station.desk.wait(8)
    await station.restart()
    await station.happen(alice, follow(50))
    before, after = await station.until_said(2)
    assert before.startswith("➕ 12 new followers")
    assert after == "➕ 1 new follower: **N50**"


async def test_beside_a_watch_that_stands_further_back_no_follow_that_was_counted_is_lost(station: Station) -> None:
    alice = await station.tune(await station.watch(), follows=Follows.DIGEST)
    await station.until_minute()
    await station.happen(alice, *(follow(number) for number in range(1, 13)))
    await station.until_said(1)
    await station.desk.until_idle()
    await station.desk.wait(8)
    await station.desk.watch(channel=OTHER, after=1)
    await station.restart()
    await station.happen(alice, follow(50))
    before, after = await station.until_said(2)
    assert before.startswith("➕ 12 new followers")
    assert after == "➕ 1 new follower: **N50**"


async def test_who_followed_before_the_watch_was_placed_is_not_in_its_first_line(station: Station) -> None:
    alice = await station.tune(await station.watch(), follows=Follows.DIGEST)
    await station.until_minute()
    await station.happen(alice, *(follow(number) for number in range(1, 6)))
    await station.until_said(1)
    there = await station.desk.watch(channel=OTHER, after=5)
    await station.tune(there, follows=Follows.DIGEST)
    await station.happen(alice, follow(50))
    assert await station.until_said(1, OTHER) == ["➕ 1 new follower: **N50**"]


async def test_follows_of_two_rooms_in_one_minute_are_two_lines(station: Station) -> None:
    alice = await station.tune(await station.watch(), follows=Follows.DIGEST)
    await station.until_minute()
    await station.happen(alice, follow(1), follow(2))
    await station.until_said(1)
    await station.happen(alice, follow(3, RoomId("8000")))
    assert (await station.until_said(2))[1] == "➕ 1 new follower: **N3**"
