"""The watchlists in memory follow those in the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.model.ids import CreatorId, DiscordUserId, GuildId, RuleId
from bot.model.rule import Rule, RuleAction, RuleKind
from bot.moderation.watchlists import Watchlists
from bot.storage import rules, schema
from bot.storage.database import Database
from tests.doubles.events import comment

OURS, THEIRS, ALICE, MO = GuildId(1), GuildId(2), CreatorId(7), DiscordUserId(5)
BAD = Rule(RuleId(0), OURS, RuleKind.KEYWORD, "bad")


async def put(db: Database, wanted: Rule, *, now_ms: int = 1) -> Rule:
    found = await db.write(rules.put, wanted, by=MO, now_ms=now_ms, most=10)
    assert found is not None
    return found[0]


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'relay.db'}"
    schema.upgrade(made)
    return made


async def test_what_alerts_and_what_marks_lines_are_looked_for_apart(url: str) -> None:
    db = await Database.open(url, clock=SystemClock())
    lists = Watchlists(db)
    await put(db, BAD)
    await put(db, replace(BAD, pattern="worse", action=RuleAction.HIDE))
    await lists.refresh()
    assert [each.pattern for each in lists.alerts.hits(OURS, comment("bad and worse"), ALICE)] == ["bad"]
    assert lists.marks(ALICE).of(comment("bad and worse"), 1, [OURS]) == {OURS: RuleAction.HIDE}
    assert lists.marks(ALICE).of(comment("bad"), 1, [OURS]) == {}
    await db.close()


async def test_every_change_is_taken_up_and_only_what_changed_is_compiled(url: str) -> None:
    db = await Database.open(url, clock=SystemClock())
    lists = Watchlists(db)
    mine, theirs = await put(db, BAD), await put(db, replace(BAD, guild_id=THEIRS, pattern="their word"))
    await asyncio.gather(lists.refresh(), lists.refresh())
    kept = lists.alerts.hits(THEIRS, comment("their word"), ALICE)
    assert kept == (theirs,)
    await db.write(rules.switch, mine.id, guild_id=OURS, is_enabled=False, by=MO, now_ms=2)
    await lists.refresh()
    assert lists.alerts.guilds == {THEIRS}
    assert lists.alerts.hits(THEIRS, comment("their word"), ALICE)[0] is kept[0]
    await db.write(rules.switch, mine.id, guild_id=OURS, is_enabled=True, by=MO, now_ms=3)
    await db.write(rules.remove, theirs.id, guild_id=THEIRS, by=MO, now_ms=3)
    await lists.refresh()
    assert lists.alerts.guilds == {OURS}
    await db.close()
