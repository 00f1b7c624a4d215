"""A watchlist is bounded, checked as a whole, rung for at every change, and one guild's alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.clock import Bell, SystemClock
from bot.errors import BadInput
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.language import language
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleAction, RuleKind
from bot.moderation.rules import MOST_RULES
from bot.services.guilds import Guilds
from bot.services.rulebook import MOST_COOLDOWN_S, Rulebook, Wish
from bot.storage import audit, comments, creators, rules, watches
from bot.storage.database import Database
from bot.storage.tables import config_audit
from tests.doubles.database import opened

OURS, THEIRS, MO = GuildId(1), GuildId(2), DiscordUserId(5)
T = language("en")
HOUR_MS = 3_600_000


@dataclass
class Shelf:
    db: Database
    bell: Bell
    book: Rulebook
    guilds: Guilds
    alice: CreatorId
    now_ms: int

    async def add(self, pattern: str = "bad", kind: RuleKind = RuleKind.KEYWORD, **more: object) -> Rule:
        listed, _ = await self.book.add(OURS, replace(Wish(kind, pattern), **more), MO)  # type: ignore[arg-type]
        return listed.rule

    async def said(self, *ages_ms: int) -> None:
        rows = [
            CommentRow(
                self.alice, seq, RoomId("1"), MessageId(f"m{seq}"), ViewerId("77"), "bad", self.now_ms - age, self.now_ms - age
            )
            for seq, age in enumerate(ages_ms, start=1)
        ]
        await self.db.write(comments.add, rows=rows)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with opened(tmp_path) as db:
        bell, clock = Bell(), SystemClock()
        guilds = Guilds(db, Bell(), clock=clock)
        now_ms = clock.now_ms()
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=1)
        await db.write(watches.place, guild_id=OURS, channel_id=ChannelId(7), creator_id=alice.id, by=MO, now_ms=1, cursor_seq=0)
        yield Shelf(db, bell, Rulebook(db, guilds, bell, clock=clock, instance_days=7), guilds, alice.id, now_ms)


async def test_the_bell_rings_at_every_change(shelf: Shelf) -> None:
    made = await shelf.add()
    assert await shelf.bell.wait(0.01)
    await shelf.book.switch(OURS, made.id, MO)
    assert await shelf.bell.wait(0.01)
    await shelf.book.remove(OURS, made.id, MO)
    assert await shelf.bell.wait(0.01)
    with pytest.raises(BadInput):
        await shelf.add("(", RuleKind.REGEX)
    assert not await shelf.bell.wait(0.01)


async def test_the_bound_holds_whoever_comes_at_once(shelf: Shelf) -> None:
    for number in range(MOST_RULES - 1):
        wanted = Rule(RuleId(0), OURS, RuleKind.KEYWORD, f"word{number}")
        await shelf.db.write(rules.put, wanted, by=MO, now_ms=1, most=MOST_RULES)
    done = await asyncio.gather(shelf.add("one"), shelf.add("other"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["BadInput", "Rule"]
    assert len(await shelf.book.listed(OURS)) == MOST_RULES
    assert (await shelf.add("word7", action=RuleAction.HIDE)).action is RuleAction.HIDE, "a change is no more"


@pytest.mark.parametrize("cooldown_s", [-1, MOST_COOLDOWN_S + 1])
async def test_a_cool_down_has_bounds(shelf: Shelf, cooldown_s: int) -> None:
    with pytest.raises(BadInput, match="cool-down"):
        await shelf.add(cooldown_s=cooldown_s)


async def test_a_user_may_be_typed_by_handle_address_or_id(shelf: Shelf) -> None:
    typed = ["@Bob", "https://www.tiktok.com/@bob?lang=en", " 7012345678901234567 "]
    patterns = [(await shelf.add(each, RuleKind.USER)).pattern for each in typed]
    assert patterns == ["bob", "bob", "7012345678901234567"]


async def test_a_rule_that_is_switched_twice_stands_as_before(shelf: Shelf) -> None:
    made = await shelf.add()
    off = await shelf.book.switch(OURS, made.id, MO)
    on = await shelf.book.switch(OURS, made.id, MO)
    assert off is not None
    assert on is not None
    assert (off.rule.is_enabled, on.rule) == (False, made)


async def test_what_is_another_guilds_is_not_there(shelf: Shelf) -> None:
    made = await shelf.add(creator="alice")
    assert await shelf.book.switch(THEIRS, made.id, MO) is None
    assert await shelf.book.remove(THEIRS, made.id, MO) is None
    assert await shelf.book.listed(THEIRS) == []
    assert await shelf.book.complete(T, THEIRS, "") == []
    with pytest.raises(BadInput, match="does not watch @alice"):
        await shelf.book.add(THEIRS, Wish(RuleKind.KEYWORD, "bad", creator="alice"), MO)


async def test_a_detector_is_one_for_all_and_one_for_each_creator(shelf: Shelf) -> None:
    await shelf.add(Detector.LINKS, RuleKind.DETECTOR)
    await shelf.add(Detector.LINKS, RuleKind.DETECTOR, creator="alice")
    gone = await shelf.book.turn_off(OURS, Detector.LINKS, "alice", MO)
    assert gone is not None
    assert gone.creator == "alice"
    assert [each.creator for each in await shelf.book.listed(OURS)] == [""]


async def test_an_hour_is_tried_and_never_more_than_may_be_read(shelf: Shelf) -> None:
    await shelf.said(HOUR_MS + 60_000, HOUR_MS - 60_000, 60_000)
    tried = await shelf.book.try_out(OURS, Wish(RuleKind.KEYWORD, "bad"), by=MO)
    assert (tried.comments, tried.rehearsal.hits, tried.is_cut) == (2, 2, False)
    await shelf.guilds.change(OURS, lambda _: GuildSettings(comment_days=0), MO)
    assert (await shelf.book.try_out(OURS, Wish(RuleKind.KEYWORD, "bad"), by=MO)).comments == 0


async def test_who_tries_a_rule_and_reads_removed_comments_is_written_down(shelf: Shelf) -> None:
    await shelf.said(180_000, 120_000, 60_000)
    await shelf.book.try_out(OURS, Wish(RuleKind.KEYWORD, "bad"), by=MO)
    assert await shelf.db.read(audited) == []
    gone: dict[str, Any] = {"room_id": RoomId("1"), "viewer_ids": [], "at_ms": shelf.now_ms, "through_seq": 99}
    await shelf.db.write(comments.mark_removed, creator_id=shelf.alice, message_ids=["m1", "m3"], **gone)
    await shelf.book.try_out(OURS, Wish(RuleKind.KEYWORD, "other"), by=MO)
    await shelf.book.try_out(OURS, Wish(RuleKind.KEYWORD, "bad"), by=MO)
    assert await shelf.db.read(audited) == [(OURS, MO, {"viewer_id": "77", "removed": 2, "where": "test"})]


def audited(connection: Connection) -> list[tuple[int, int, object]]:
    """Who read removed comments: guild, reader, the rest."""
    columns = (config_audit.c.guild_id, config_audit.c.actor_id, config_audit.c.after)
    found = connection.execute(select(*columns).where(config_audit.c.action == audit.READ))
    return [(guild_id, by, json.loads(after)) for guild_id, by, after in found]


async def test_what_cannot_be_looked_for_cannot_be_tried(shelf: Shelf) -> None:
    with pytest.raises(BadInput):
        await shelf.book.try_out(OURS, Wish(RuleKind.REGEX, "("), by=MO)
