"""Comments are kept, and removals marked, whatever is restarted in between."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.eventlog.sql import SqlEventLog
from bot.events import Event, Handle
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.moderation.consumer import CONSUMER, CommentKeeper, KeeperSettings
from bot.storage import creators, cursors, watches
from bot.storage.database import Database
from tests.doubles.clock import START_MS as T
from tests.doubles.clock import FakeClock
from tests.doubles.database import opened
from tests.doubles.events import comment, deletion, gift, like

QUICK = KeeperSettings(idle_s=0.05)


@dataclass
class Room:
    """A watched creator's log, and the comments kept of it."""

    file: Path
    db: Database
    log: SqlEventLog
    clock: FakeClock
    alice: CreatorId

    async def hears(self, *events: Event) -> None:
        writer = await self.log.writer(self.alice)
        await writer.append(events, source="test")

    def kept(self) -> list[tuple[str, int | None]]:
        """(text, removed at) of what is stored, in order."""
        with contextlib.closing(sqlite3.connect(self.file)) as reader:
            return reader.execute("SELECT text, removed_at_ms FROM comment ORDER BY creator_id, seq").fetchall()

    def people_kept(self) -> int:
        """How many viewers are known."""
        with contextlib.closing(sqlite3.connect(self.file)) as reader:
            return int(reader.execute("SELECT count(*) FROM viewer").fetchone()[0])

    async def cursor(self) -> int | None:
        return await self.db.read(cursors.get, CONSUMER, self.alice)

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[CommentKeeper]:
        keeper = CommentKeeper(self.db, self.log, clock=self.clock, settings=QUICK)
        task = asyncio.get_running_loop().create_task(keeper.run())
        try:
            yield keeper
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, *texts: tuple[str, int | None]) -> None:
        await self.clock.until(lambda: self.kept() == list(texts), step_s=0.25, most_s=120)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path) as db:
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        room = Room(tmp_path / "relay.db", db, SqlEventLog(db), FakeClock(), alice.id)
        await db.write(
            watches.place,
            guild_id=GuildId(1),
            channel_id=ChannelId(1),
            creator_id=alice.id,
            by=DiscordUserId(1),
            now_ms=T,
            cursor_seq=0,
        )
        yield room


async def test_comments_are_kept_and_everything_else_only_moves_the_cursor(room: Room) -> None:
    async with room.keeping():
        await room.hears(comment("one"), like(), comment("two"))
        await room.until(("one", None), ("two", None))
    assert await room.cursor() == 3


async def test_a_wipe_marks_what_that_viewer_wrote_before_and_nothing_else(room: Room) -> None:
    async with room.keeping():
        await room.hears(
            comment("rude", by="bob", room="100"),
            comment("kind", by="carol", room="100"),
            comment("rude elsewhere", by="bob", room="200"),
            deletion(of_viewers=("bob",), room="100", created_at_ms=T + 5),
            comment("sorry", by="bob", room="100"),
        )
        await room.until(("rude", T + 5), ("kind", None), ("rude elsewhere", None), ("sorry", None))


async def test_a_deletion_after_a_restart_still_marks_the_comments(room: Room) -> None:
    async with room.keeping():
        await room.hears(comment("rude", room="100", message_id="7"))
        await room.until(("rude", None))

    await room.hears(deletion(of_messages=("7",), room="100", created_at_ms=T + 9))
    async with room.keeping() as keeper:
        await room.until(("rude", T + 9))
    assert keeper.kept == 0, "the comment was not stored again"


async def test_a_deletion_that_overtook_its_comment_is_remembered_through_a_restart(room: Room) -> None:
    async with room.keeping():
        await room.hears(comment("first", room="100"), deletion(of_messages=("7",), room="100", created_at_ms=T + 9))
        await room.until(("first", None))

    await room.hears(comment("late", room="100", message_id="7"))
    async with room.keeping():
        await room.until(("first", None), ("late", T + 9))


async def test_reading_some_events_twice_after_a_crash_keeps_each_comment_once(room: Room) -> None:
    async with room.keeping():
        await room.hears(comment("one"), comment("two"))
        await room.until(("one", None), ("two", None))
    with contextlib.closing(sqlite3.connect(room.file)) as crash:
        crash.execute("DELETE FROM cursor")
        crash.commit()

    await room.hears(comment("three"))
    async with room.keeping() as keeper:
        await room.until(("one", None), ("two", None), ("three", None))
        async with asyncio.timeout(5):
            while keeper.kept != 3:  # counted a moment after the rows can be read
                await asyncio.sleep(0.01)


async def test_a_creator_whom_nobody_watches_is_read_to_the_end_and_then_left(room: Room) -> None:
    async with room.keeping() as keeper:
        await room.hears(comment("one"))
        await room.until(("one", None))
        await room.db.write(watches.end, guild_id=GuildId(1), creator_id=room.alice, by=DiscordUserId(1), now_ms=T)
        await room.hears(comment("two"))
        await room.until(("one", None), ("two", None))
        await room.clock.until(lambda: not keeper._running)


async def test_a_storage_that_fails_is_tried_again_and_nothing_is_lost(room: Room) -> None:
    with contextlib.closing(sqlite3.connect(room.file)) as broken:
        broken.execute("ALTER TABLE comment RENAME TO comment_away")
        broken.commit()
        await room.hears(comment("one"))
        async with room.keeping() as keeper:
            await room.clock.until(lambda: keeper.failures >= 2, step_s=0.5)
            broken.execute("ALTER TABLE comment_away RENAME TO comment")
            broken.commit()
            await room.until(("one", None))


async def test_who_writes_or_gives_is_kept_with_the_comments_and_counted_once_after_a_crash(room: Room) -> None:
    def people() -> list[tuple[str, str]]:
        with contextlib.closing(sqlite3.connect(room.file)) as reader:
            return reader.execute("SELECT viewer_id, nickname FROM viewer ORDER BY viewer_id").fetchall()

    def given() -> list[tuple[str, int, int]]:
        with contextlib.closing(sqlite3.connect(room.file)) as reader:
            return reader.execute("SELECT viewer_id, gifts, diamonds FROM viewer_gifts").fetchall()

    async with room.keeping():
        await room.hears(comment("one"), like(), gift(3, "eve"), gift(5, "eve", end=True))
        await room.clock.until(lambda: given() == [("id-eve", 5, 5)], step_s=0.25)
        assert people() == [("id-bob", "Bob"), ("id-eve", "Eve")]
    with contextlib.closing(sqlite3.connect(room.file)) as crash:
        crash.execute("DELETE FROM cursor")
        crash.commit()

    await room.hears(gift(2, "eve", end=True, group="1700000000001"))
    async with room.keeping():
        await room.clock.until(lambda: given() == [("id-eve", 7, 7)], step_s=0.25)


async def test_gifts_alone_move_the_cursor_with_them(room: Room) -> None:
    async with room.keeping():
        await room.hears(gift(5, "eve", end=True))
        await room.clock.until(lambda: room.people_kept() == 1, step_s=0.25)
    assert await room.cursor() == 1
