"""What an earlier process left of a room."""

from __future__ import annotations

from bot.events import CommentEvent, Handle
from bot.ingest.counters import Counters
from bot.ingest.presence import Presence
from bot.ingest.resuming import resumed
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
