"""Removals become cases, whatever is late, restarted or switched on in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.clock import Bell, SystemClock
from bot.eventlog.sql import SqlEventLog
from bot.events import Event, Handle, MemberActionEvent
from bot.model.case import Case
from bot.model.guild import Guild, GuildSettings
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import Watch
from bot.moderation import alerts
from bot.moderation.alert_consumer import CONSUMER, AlertConsumer, AlertSettings, hearers
from bot.moderation.consumer import CommentKeeper, KeeperSettings
from bot.moderation.desk import CaseDesk
from bot.storage import cases, creators, cursors, guilds, watches
from bot.storage.database import Database
from tests.doubles.clock import START_MS as T
from tests.doubles.clock import FakeClock
from tests.doubles.database import prepared
from tests.doubles.events import about, comment, deletion, viewer

QUICK = AlertSettings(look_every_s=0.5, idle_s=0.05, retry_s=0.1, keeper_s=0.1)
GUILD = GuildId(1)


class CountingDatabase(Database):
    """Notes what is read."""

    reads: list[str]

    async def read(self, unit: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.reads.append(getattr(unit, "__name__", "?"))
        return await super().read(unit, *args, **kwargs)


@dataclass
class Room:
    """A watched creator, a guild that wants alerts, and a consumer that can be killed."""

    db: CountingDatabase
    log: SqlEventLog
    clock: FakeClock
    alice: CreatorId

    async def wants(self, settings: GuildSettings, guild_id: GuildId = GUILD) -> None:
        await self.db.write(guilds.change, guild_id, settings=settings, by=DiscordUserId(1), now_ms=T)

    async def hears(self, *events: Event) -> None:
        """These come next in the log, now."""
        writer = await self.log.writer(self.alice)
        await writer.append([self.now(each) for each in events], source="test")

    def now(self, event: Event) -> Event:
        at_ms = self.clock.now_ms()
        common = about(event.user, room="100", message_id=event.message_id, at_ms=at_ms, created_at_ms=at_ms)
        fields: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__} | {"common": common}
        return type(event)(**fields)

    @contextlib.asynccontextmanager
    async def listening(self, *, keeper: bool = True) -> AsyncIterator[AlertConsumer]:
        desk = CaseDesk(self.db, clock=self.clock)
        consumer = AlertConsumer(self.db, self.log, desk, clock=self.clock, bell=Bell(), settings=QUICK)
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(consumer.run())]
        if keeper:
            keeping = CommentKeeper(self.db, self.log, clock=self.clock, settings=KeeperSettings(idle_s=0.05))
            tasks.append(loop.create_task(keeping.run()))
        try:
            yield consumer
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            # A dead process writes no more.
            await self.db.write(lambda _connection: None)

    async def cases(self, guild_id: GuildId = GUILD) -> list[Case]:
        found, _ = await self.db.read(cases.listed, guild_id=guild_id, which=cases.Filter(), skip=0, most=100)
        full = [await self.db.read(cases.of_id, guild_id=guild_id, case_id=each.id) for each in found]
        return [each for each in full if each is not None][::-1]

    async def sums(self) -> list[tuple[int, str, int, int]]:
        return [(each.number, each.viewer_handle, each.comments, each.unseen) for each in await self.cases()]

    async def until_sums(self, wanted: list[tuple[int, str, int, int]]) -> None:
        found: list[tuple[int, str, int, int]] = []
        for _ in range(400):
            found = await self.sums()
            if found == wanted:
                return
            await self.clock.advance(0.25)
            await asyncio.sleep(0.002)
        assert found == wanted

    async def following(self, consumer: AlertConsumer, count: int = 1) -> None:
        await self.clock.until(lambda: consumer.following == count, step_s=0.25)
        # Where to begin is looked up before anything else.
        for _ in range(50):
            if await self.db.read(cursors.get, CONSUMER, self.alice) is not None:
                return
            await self.clock.advance(0.1)
            await asyncio.sleep(0.002)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    db = await CountingDatabase.open(prepared(tmp_path), clock=SystemClock())
    db.reads = []
    try:
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        room = Room(db, SqlEventLog(db), FakeClock(), alice.id)
        await db.write(
            watches.place,
            guild_id=GUILD,
            channel_id=ChannelId(1),
            creator_id=alice.id,
            by=DiscordUserId(1),
            now_ms=T,
            cursor_seq=0,
        )
        await room.wants(GuildSettings(alert_channel_id=ChannelId(9)))
        yield room
    finally:
        await db.close()


async def test_a_comment_costs_no_database_and_a_deletion_one_read(room: Room) -> None:
    def looked_up() -> int:
        """Reads of the comment table: all that are called so, but for those that ask who wants alerts."""
        return room.db.reads.count("known") - room.db.reads.count("active")

    of_the_log = {"head", "read"}
    async with room.listening(keeper=False) as consumer:
        await room.following(consumer)
        room.db.reads.clear()
        for number in range(20):
            await room.hears(comment("x", message_id=f"c{number}"))
        await room.clock.advance(1)
        assert set(room.db.reads) - of_the_log <= {"active", "known", "newest"}
        assert looked_up() == 0
        await room.hears(comment("rude", message_id="7"), deletion(of_messages=("7",)))
        await room.until_sums([(1, "bob", 1, 0)])
    assert looked_up() == 1


async def test_nothing_is_called_unseen_while_the_keeper_is_behind(room: Room) -> None:
    async with room.listening(keeper=False) as consumer:
        await room.following(consumer)
        await room.hears(comment("rude", message_id="7"), deletion(of_messages=("7",)))
        await room.until_sums([(1, "bob", 1, 0)])
        await room.hears(comment("rude again", by="carol", message_id="8"))
        await room.clock.advance(12)
    async with room.listening(keeper=False):
        # Neither in the table, nor in mind: it is read again.
        await room.hears(deletion(of_messages=("8",)))
        await room.until_sums([(1, "bob", 1, 0), (2, "carol", 1, 0)])


async def test_a_keeper_that_is_far_behind_is_waited_for(room: Room) -> None:
    far = replace(QUICK, most_reread=2)
    await room.db.write(cursors.move, CONSUMER, room.alice, 0)
    await room.hears(*(comment("x", message_id=f"c{number}") for number in range(9)), deletion(of_messages=("c0",)))
    desk = CaseDesk(room.db, clock=room.clock)
    consumer = AlertConsumer(room.db, room.log, desk, clock=room.clock, bell=Bell(), settings=far)
    task = asyncio.get_running_loop().create_task(consumer.run())
    await room.following(consumer)
    await room.clock.advance(5)
    assert await room.sums() == []
    keeper = CommentKeeper(room.db, room.log, clock=room.clock, settings=KeeperSettings(idle_s=0.05))
    keeping = asyncio.get_running_loop().create_task(keeper.run())
    await room.until_sums([(1, "bob", 1, 0)])
    for each in (task, keeping):
        each.cancel()
    await asyncio.wait([task, keeping])


async def test_what_was_removed_before_anybody_wanted_alerts_is_not_told(room: Room) -> None:
    await room.wants(GuildSettings())
    async with room.listening() as consumer:
        await room.hears(comment("rude", message_id="7"), deletion(of_messages=("7",)))
        await room.clock.advance(2)
        await room.wants(GuildSettings(alert_channel_id=ChannelId(9)))
        await room.following(consumer)
        await room.hears(comment("rude", by="carol", message_id="8"), deletion(of_messages=("8",)))
        await room.until_sums([(1, "carol", 1, 0)])


async def test_a_deletion_that_came_while_the_process_was_down_is_told_at_its_start(room: Room) -> None:
    async with room.listening() as consumer:
        await room.following(consumer)
    await room.hears(comment("rude", message_id="7"), deletion(of_messages=("7",)))
    async with room.listening():
        await room.until_sums([(1, "bob", 1, 0)])
        facts = alerts.load((await room.cases())[0])
        assert facts.creator == "alice"
        assert "rude" not in (await room.cases())[0].facts


STORY: list[tuple[float, Event]] = [
    (0.0, comment("1", message_id="1")),
    (0.1, comment("2", message_id="2")),
    (0.1, comment("3", by="carol", message_id="3")),
    (0.2, deletion(of_messages=("1",))),
    (0.3, deletion(of_messages=("x",))),
    (0.2, deletion(of_messages=("2",))),
    (0.4, comment("late", by="dave", message_id="x")),
    (0.5, MemberActionEvent(about(viewer("carol")), action=9, operator=viewer("mod"))),
    (0.1, deletion(of_viewers=("carol",))),
    (0.6, comment("4", message_id="4")),
    (1.0, deletion(of_messages=("4",))),
]
TOLD = [(1, "bob", 3, 0), (2, "dave", 1, 0), (3, "carol", 1, 0)]


@pytest.mark.parametrize("seed", range(8))
async def test_killed_anywhere_it_comes_to_the_same_cases(room: Room, seed: int) -> None:
    rng = Random(seed)
    async with room.listening() as consumer:
        await room.following(consumer)
    story = list(STORY)
    while story:
        async with room.listening():
            for _ in range(rng.randint(1, 4)):
                if story:
                    wait_s, event = story.pop(0)
                    await room.clock.advance(wait_s)
                    await room.hears(event)
            for _ in range(rng.choice([0, 1, 3, 8])):
                await room.clock.advance(0.02)
                await asyncio.sleep(0.002)
    async with room.listening():
        await room.until_sums(TOLD)
    first, _, third = await room.cases()
    assert alerts.load(third).wipe is not None
    assert [cause.name for cause in alerts.load(third).wipe.causes] == [""]  # type: ignore[union-attr]
    assert first.key.endswith(":4")


def watch(number: int, guild: int, creator: int) -> Watch:
    at = datetime.fromtimestamp(T / 1000 + number, UTC)
    return Watch(WatchId(number), GuildId(guild), ChannelId(number), CreatorId(creator), Handle("a"), at, DiscordUserId(1))


def test_a_guild_is_told_once_of_a_creator_whom_it_watches_in_several_channels() -> None:
    wanting = GuildSettings(alert_channel_id=ChannelId(9))
    at = datetime.fromtimestamp(T / 1000, UTC)
    known = [
        Guild(GuildId(1), at, wanting),
        Guild(GuildId(2), at),
        Guild(GuildId(3), at, wanting, left_at=at),
        Guild(GuildId(4), at, wanting),
    ]
    active = [watch(5, 1, 7), watch(4, 1, 7), watch(6, 2, 7), watch(7, 3, 7), watch(8, 4, 7), watch(9, 1, 8)]
    found = hearers(active, known)
    assert {creator: [(each.guild_id, each.watch_id) for each in those] for creator, those in found.items()} == {
        7: [(1, 4), (4, 8)],
        8: [(1, 9)],
    }
    assert found[CreatorId(7)][0].since_ms == T + 4_000
