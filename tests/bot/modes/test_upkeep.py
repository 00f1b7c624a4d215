from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import Bell
from bot.config import Retention
from bot.eventlog.sql import SqlEventLog
from bot.events import CommentEvent, Common, Handle, MessageId, RoomId, ViewerId
from bot.model.card import Card, CardKind
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import CardId, ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.message import Message
from bot.model.watch import Watch
from bot.modes.upkeep import HOUR_MS, Upkeep
from bot.services.guilds import GRACE_MS, Guilds
from bot.storage import cards, comments, creators, guilds, schema, watches
from bot.storage.database import Database
from tests.doubles.clock import FakeClock


@pytest.fixture
async def db(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'relay.db'}"
    schema.prepare(url, clock)
    opened = await Database.open(url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def comment(number: int, received_at_ms: int) -> CommentEvent:
    return CommentEvent(Common(MessageId(str(number)), RoomId("r"), received_at_ms=received_at_ms), text="hi")


async def watched(db: Database, creator_id: CreatorId, *, now_ms: int, guild: int = 1) -> Watch:
    placed, _ = await db.write(
        watches.place,
        guild_id=GuildId(guild),
        channel_id=ChannelId(guild),
        creator_id=creator_id,
        by=DiscordUserId(3),
        now_ms=now_ms,
        cursor_seq=0,
    )
    return placed


async def said(db: Database, creator_id: CreatorId, *ages_h: int, now_ms: int) -> None:
    """Comments so many hours old, oldest first."""
    ages = enumerate(sorted(ages_h, reverse=True), 1)
    rows = [
        CommentRow(creator_id, seq, RoomId("r"), MessageId(str(age)), ViewerId("v"), "hi", 0, now_ms - age * HOUR_MS)
        for seq, age in ages
    ]
    await db.write(comments.add, rows)


def kept(tmp_path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(tmp_path / "relay.db")) as file:
        return file.execute("SELECT creator_id, message_id FROM comment ORDER BY creator_id, seq").fetchall()


async def test_comments_stay_as_long_as_some_guild_wants_within_the_operators_bound(
    db: Database, clock: FakeClock, tmp_path: Path
) -> None:
    now_ms = clock.now_ms()
    alice, bea, carl, dora = [
        await db.write(creators.ensure, Handle(name), now_ms=now_ms) for name in ("alice", "bea", "carl", "dora")
    ]
    for creator, guild, days in ((alice, 1, 2), (alice, 2, 4), (bea, 1, 2), (carl, 3, 30)):
        await db.write(
            guilds.change, GuildId(guild), settings=GuildSettings(comment_days=days), by=DiscordUserId(3), now_ms=now_ms
        )
        await watched(db, creator.id, now_ms=now_ms, guild=guild)
    for creator in (alice, bea, carl, dora):
        await said(db, creator.id, 1, 47, 95, 167, 169, now_ms=now_ms)

    await Upkeep(db, SqlEventLog(db), clock=clock, retention=Retention(comment_days=7)).once()

    assert kept(tmp_path) == [
        (alice.id, "95"), (alice.id, "47"), (alice.id, "1"),
        (bea.id, "47"), (bea.id, "1"),
        (carl.id, "167"), (carl.id, "95"), (carl.id, "47"), (carl.id, "1"),
    ], "and nobody watches dora"  # fmt: skip


async def test_a_watch_that_ended_lately_still_keeps_its_comments(db: Database, clock: FakeClock, tmp_path: Path) -> None:
    now_ms = clock.now_ms()
    alice = await db.write(creators.ensure, Handle("alice"), now_ms=now_ms)
    await watched(db, alice.id, now_ms=now_ms)
    await said(db, alice.id, 1, 167, now_ms=now_ms)
    await db.write(watches.end, guild_id=GuildId(1), creator_id=alice.id, by=DiscordUserId(3), now_ms=now_ms)
    upkeep = Upkeep(db, SqlEventLog(db), clock=clock, retention=Retention(comment_days=7))

    await upkeep.once()
    assert len(kept(tmp_path)) == 2
    await clock.advance(8 * 24 * 3600.0)
    await upkeep.once()
    assert kept(tmp_path) == []


async def test_what_is_past_its_time_goes_and_the_rest_stays(db: Database, clock: FakeClock, tmp_path: Path) -> None:
    now_ms = clock.now_ms()
    alice = await db.write(creators.ensure, Handle("alice"), now_ms=now_ms)
    await watched(db, alice.id, now_ms=now_ms)
    log = SqlEventLog(db)
    writer = await log.writer(alice.id)
    for number, received_at_ms in enumerate((now_ms - 49 * HOUR_MS, now_ms - 47 * HOUR_MS)):
        [entry] = await writer.append([comment(number, received_at_ms)], source="test")
        row = CommentRow(alice.id, entry.seq, RoomId("r"), MessageId(str(number)), ViewerId("v"), "hi", 0, received_at_ms)
        await db.write(comments.add, [row])

    await Upkeep(db, log, clock=clock, retention=Retention(log_hours=48, comment_days=2)).once()
    with closing(sqlite3.connect(tmp_path / "relay.db")) as file:
        kept = file.execute("SELECT message_id FROM comment").fetchall()

    left = await SqlEventLog(db).read(alice.id, after=0)
    assert [entry.event.message_id for entry in left] == ["1"]
    assert kept == [("1",)]
    assert await log.last_seq(alice.id) == 2, "a seq is never used again"


async def test_cards_that_are_over_go_with_time(db: Database, clock: FakeClock) -> None:
    now_ms = clock.now_ms()
    over = Card(CardId(0), "k", CardKind.BATTLE, None, ChannelId(1), Message("hi"), created_at_ms=now_ms, is_over=True)
    old_ms = now_ms - 49 * HOUR_MS
    await db.write(cards.wish, [over, replace(over, key="old", created_at_ms=old_ms)])

    await Upkeep(db, SqlEventLog(db), clock=clock, retention=Retention(log_hours=48, comment_days=2)).once()
    assert [each.key for each in await db.read(cards.of_keys, ["k", "old"])] == ["k"]


async def test_a_guild_that_the_bot_left_a_month_ago_goes_as_well(db: Database, clock: FakeClock) -> None:
    log = SqlEventLog(db)
    here = Guilds(db, Bell(), clock=clock)
    upkeep = Upkeep(db, log, clock=clock, retention=Retention(), guilds=here)
    await here.change(GuildId(1), lambda _: GuildSettings(locale="es"), DiscordUserId(2))
    await here.reconcile(frozenset())
    await clock.advance(GRACE_MS / 1000 - 60)
    await upkeep.once()
    assert await db.read(guilds.known) != []
    await clock.advance(120)
    await upkeep.once()
    assert await db.read(guilds.known) == []
    assert here.settings(GuildId(1)) == GuildSettings()
