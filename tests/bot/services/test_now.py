"""How a LIVE stands, asked of a real log and a real database: for whom, from when on, and how far back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import Bell
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.memory import MemoryEventLog
from bot.events import Event, LiveStartedEvent, RoomId
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import EventKind, Filters, Watch
from bot.services.now import CATCH_UP_MS, MOST_EVENTS, Now
from bot.services.watching import Watching, Wish
from bot.storage import creators, sessions
from bot.storage.database import Database
from tests.doubles.clock import START_MS, FakeClock
from tests.doubles.database import prepared
from tests.doubles.events import about, comment, deletion, gift, join, like

GUILD, OTHER_GUILD = GuildId(1), GuildId(2)
LIVE, STAFF = ChannelId(11), ChannelId(12)
ANN = DiscordUserId(21)
ROOM = "r1"


class House:
    """A `Now` with everything around it."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.log = db, clock, MemoryEventLog()
        self.watching = Watching(db, self.log, Bell(), clock=clock, limits=Limits())
        self.now = Now(db, self.log, clock=clock)

    async def watch(self, channel: ChannelId = LIVE, *, guild: GuildId = GUILD, wish: Wish | None = None) -> Watch:
        return (await self.watching.watch(guild, channel, "alice", ANN, wish or Wish())).watch

    async def happened(self, watch: Watch, *events: Event) -> None:
        await (await self.log.writer(watch.creator_id)).append(events, source="test")

    async def status(self, watch: Watch, state: CreatorState, room: str = ROOM) -> None:
        found = CreatorStatus(watch.creator_id, state, room_id=RoomId(room), title="Hello", connected=True)
        await self.db.write(creators.set_status, found)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    db = await Database.open(prepared(tmp_path), clock=clock)
    yield House(db, clock)
    await db.close()


def everywhere(_channel_id: ChannelId) -> bool:
    return True


async def test_only_creators_in_channels_that_the_person_reads_are_told_of(house: House) -> None:
    staff = await house.watch(STAFF)
    assert (await house.now.named(GUILD, "@alice", here=LIVE, sees=everywhere)).id == staff.id
    for guild, sees in ((GUILD, LIVE.__eq__), (OTHER_GUILD, everywhere)):
        with pytest.raises(BadInput, match="in a channel of this server that you can read"):
            await house.now.named(guild, "alice", here=LIVE, sees=sees)
    assert await house.now.seen(GUILD, LIVE.__eq__) == []


async def test_the_watch_of_the_channel_where_one_asks_speaks_for_the_creator(house: House) -> None:
    live, staff = await house.watch(LIVE), await house.watch(STAFF)
    assert (await house.now.named(GUILD, "alice", here=STAFF, sees=everywhere)).id == staff.id
    assert (await house.now.named(GUILD, "alice", here=ChannelId(99), sees=everywhere)).id == live.id


async def test_a_live_is_told_from_the_log(house: House) -> None:
    watch = await house.watch()
    await house.status(watch, CreatorState.LIVE)
    await house.happened(
        watch, LiveStartedEvent(about(room=ROOM), title="Hello"), like(90, room=ROOM), gift(3, end=True, room=ROOM)
    )
    found = await house.now.standing(watch)
    assert found.glance is not None
    assert (found.glance.likes, found.glance.diamonds, found.glance.is_whole) == (90, 3, True)


async def test_the_live_before_is_not_taken_for_this_one(house: House) -> None:
    watch = await house.watch()
    await house.happened(watch, like(90, room="old"))
    await house.status(watch, CreatorState.LIVE)
    assert (await house.now.standing(watch)).glance is None


async def test_who_is_offline_has_a_last_live_and_no_glance(house: House) -> None:
    watch = await house.watch()
    for room, at_ms in (("r0", START_MS), (ROOM, START_MS + 1000)):
        await house.db.write(sessions.begin, watch.creator_id, RoomId(room), now_ms=at_ms, started_at_ms=at_ms, title="Hello")
    await house.db.write(sessions.end, watch.creator_id, RoomId(ROOM), now_ms=START_MS + 9000)
    await house.happened(watch, like(90, room=ROOM))
    await house.status(watch, CreatorState.OFFLINE)
    found = await house.now.standing(watch)
    assert found.glance is None
    assert found.last is not None
    assert (found.last.room_id, found.last.ended_at_ms) == (ROOM, START_MS + 9000)


async def test_no_more_is_read_than_the_bound(house: House) -> None:
    watch = await house.watch()
    await house.status(watch, CreatorState.LIVE)
    await house.happened(watch, LiveStartedEvent(about(room=ROOM)), gift(5, end=True, room=ROOM))
    for _ in range(MOST_EVENTS // 4000):
        await house.happened(watch, *(join(str(number), room=ROOM) for number in range(4000)))
    await house.happened(watch, gift(1, end=True, room=ROOM, group="2"))
    found = await house.now.standing(watch)
    assert found.glance is not None
    assert (found.glance.diamonds, found.glance.is_whole) == (1, False)


async def test_a_summary_looks_ten_minutes_back(house: House) -> None:
    watch = await house.watch()
    now_ms = house.clock.now_ms()
    old, young = (comment("hi", room=ROOM, at_ms=now_ms - CATCH_UP_MS + ms) for ms in (-1, 1))
    await house.happened(watch, old, young)
    assert (await house.now.caught_up(watch)).comments == 1


async def test_what_the_watch_does_not_relay_is_not_told_here_either(house: House) -> None:
    watch = await house.watch()
    now_ms = house.clock.now_ms()
    events = [comment(text, "bob", room=ROOM, at_ms=now_ms) for text in ("bad", "bad", "good", "good")]
    await house.happened(watch, *events)
    assert [each.text for each in (await house.now.caught_up(watch)).phrases] == ["bad", "good"]
    filtered = replace(watch.settings, filters=Filters(not_words=("bad",)))
    changed = replace(watch, settings=filtered)
    assert [each.text for each in (await house.now.caught_up(changed)).phrases] == ["good"]
    silent = replace(changed, settings=replace(filtered, kinds=frozenset({EventKind.GIFT})))
    assert (await house.now.caught_up(silent)).comments == 0


async def test_a_removal_counts_whatever_the_filters_are(house: House) -> None:
    watch = await house.watch()
    watch = replace(watch, settings=replace(watch.settings, filters=Filters(only_users=("ann",))))
    now_ms = house.clock.now_ms()
    mine = [comment("x", "ann", room=ROOM, at_ms=now_ms, message_id=number) for number in "12"]
    await house.happened(watch, *mine, deletion(of_messages=("1",), room=ROOM, at_ms=now_ms))
    found = await house.now.caught_up(watch)
    assert (found.comments, found.removals, found.phrases) == (1, 1, ())


async def test_whom_the_watch_leaves_out_is_no_top_gifter(house: House) -> None:
    watch = await house.watch()
    await house.status(watch, CreatorState.LIVE)
    await house.happened(watch, gift(5, "bob", end=True, room=ROOM), gift(3, "ann", end=True, room=ROOM, group="2"))
    watch = replace(watch, settings=replace(watch.settings, filters=Filters(not_users=("bob",))))
    found = await house.now.standing(watch)
    assert found.glance is not None
    assert ([each.user.handle for each in found.glance.gifters], found.glance.diamonds) == (["ann"], 3)
