"""What an earlier process left of a room."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.events import CommentEvent, Handle
from bot.ingest.counters import Counters
from bot.ingest.presence import Presence
from bot.ingest.resuming import resumed, wait_left_s
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import CreatorId
from tests.bot.ingest.conftest import World, live
from tests.doubles.events import comment


async def left(world: World, creator_id: CreatorId) -> Presence | None:
    return await resumed(world.db, world.log, creator_id, creator=Handle("alice"), counters=Counters(), gap_from_ms=0)


async def test_who_was_in_no_room_is_in_none(world: World) -> None:
    world.rooms.offline("alice")
    assert await left(world, await world.watch("alice")) is None


async def test_an_open_session_goes_on_and_the_logs_tail_says_that_we_were_inside(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(comment("hi"))
    await world.until_logged(alice, CommentEvent)
    await world.stop()
    presence = await left(world, alice)
    assert presence is not None
    assert (presence.room_id, presence.is_reconnect, presence.is_over) == ("100", True, False)


@pytest.mark.parametrize(
    ("state", "checked_s", "next_try_s", "left_s"),
    [
        (CreatorState.UNCLEAR, 900, 1_060, 60),
        (CreatorState.NOT_FOUND, 990, 4_590, 3_590),
        (CreatorState.UNCLEAR, 500, 600, -400),
        (CreatorState.UNCLEAR, 9_000, 9_060, 60),
        (CreatorState.OFFLINE, 990, 1_050, 0),
        (CreatorState.LIVE, 990, 1_050, 0),
    ],
)
def test_a_wait_goes_on_after_a_restart_but_never_for_longer_than_it_was_meant_to(
    state: CreatorState, checked_s: int, next_try_s: int, left_s: float
) -> None:
    checked, next_try = datetime.fromtimestamp(checked_s, UTC), datetime.fromtimestamp(next_try_s, UTC)
    status = CreatorStatus(CreatorId(1), state, checked_at=checked, next_try_at=next_try)
    assert wait_left_s(status, now_ms=1_000_000) == left_s
    assert wait_left_s(CreatorStatus(CreatorId(1), state), now_ms=1_000_000) == 0
