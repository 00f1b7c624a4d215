"""Cases for what is on a watchlist: through a real database, from a log in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from sqlalchemy import text

from bot.clock import Bell
from bot.eventlog.memory import MemoryEventLog
from bot.events import Event
from bot.model.case import Case, CaseKind
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId, RuleId
from bot.model.rule import Detector, Rule, RuleKind
from bot.model.watch import Watch
from bot.moderation.desk import CaseDesk
from bot.moderation.lookout import CONSUMER, HEARD_AT_ONCE, Lookout, LookoutSettings
from bot.moderation.watchlists import Watchlists
from bot.storage import cases, cursors, guilds, rules
from bot.storage.cases import Filter
from tests.doubles.clock import START_MS
from tests.doubles.desk import Desk, opened
from tests.doubles.events import comment

OURS, MO = GuildId(1), DiscordUserId(5)
BAD = Rule(RuleId(0), OURS, RuleKind.KEYWORD, "bad")
REPEATS = Rule(RuleId(0), OURS, RuleKind.DETECTOR, Detector.REPEATS)


@dataclass
class Tower:
    """A lookout that can be killed and born again."""

    desk: Desk
    log: MemoryEventLog = field(default_factory=MemoryEventLog)
    bell: Bell = field(default_factory=Bell)
    lookout: Lookout = field(init=False)
    watchlists: Watchlists = field(init=False)
    _running: asyncio.Task[None] | None = None

    def start(self) -> None:
        db, clock = self.desk.db, self.desk.clock
        # The log's and the bell's pauses are real ones.
        settings = LookoutSettings(idle_s=0.05)
        desk = CaseDesk(db, clock=clock)
        self.watchlists = Watchlists(db)
        self.lookout = Lookout(db, self.log, self.watchlists, desk, clock=clock, bell=self.bell, settings=settings)
        self._running = self.desk.later(self.lookout.run())

    async def kill(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def alerts(self, *wanted: Rule) -> Watch:
        """The guild watches alice, has an alert channel and these rules, and the lookout stands."""
        watch = await self.desk.watch()
        now_ms = self.desk.clock.now_ms()
        settings = GuildSettings(alert_channel_id=ChannelId(9))
        await self.desk.db.write(guilds.change, OURS, settings=settings, by=MO, now_ms=now_ms)
        for each in wanted:
            await self.desk.db.write(rules.put, each, by=MO, now_ms=now_ms, most=100)
        self.bell.ring()
        await self.desk.until(lambda: self.lookout.following == 1)
        await self.stands(watch)
        return watch

    async def stands(self, watch: Watch) -> None:
        for _ in range(200):
            if await self.desk.db.read(cursors.get, CONSUMER, watch.creator_id) is not None:
                return
            await self.desk.wait(0.05)
        raise AssertionError("it never began")

    async def happen(self, watch: Watch, *events: Event) -> None:
        writer = await self.log.writer(watch.creator_id)
        await writer.append(events, source="test")

    async def cases(self, count: int, *, comments: int = 1) -> Sequence[Case]:
        """The guild's cases once there are so many, the newest about so many comments."""
        found: Sequence[Case] = ()
        for _ in range(400):
            found, _ = await self.desk.db.read(cases.listed, guild_id=OURS, which=Filter(), skip=0, most=50)
            if len(found) == count and found[0].comments == comments:
                return found
            await self.desk.wait(0.05)
        raise AssertionError(found)


@pytest.fixture
async def tower(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tower]:
    async with opened(tmp_path_factory.mktemp("tower")) as desk:
        tower = Tower(desk)
        tower.start()
        yield tower
        await tower.kill()


def said(what: str, by: str = "bob", *, at: int = 1) -> Event:
    return comment(what, by, room="100", at_ms=START_MS + 60_000 + at)


async def test_a_hit_becomes_a_case_about_its_author(tower: Tower) -> None:
    watch = await tower.alerts(BAD)
    await tower.happen(watch, said("fine"), said("bad"))
    (case,) = await tower.cases(1)
    assert (case.kind, case.viewer_handle, case.first_seq, case.last_seq) == (CaseKind.WATCHLIST, "bob", 2, 2)
    assert (case.room_id, case.watch_id) == ("100", watch.id)


async def test_a_wave_is_one_case_that_grows(tower: Tower) -> None:
    watch = await tower.alerts(REPEATS)
    for number in range(8):
        await tower.happen(watch, said("all of us say it", f"v{number}", at=number))
    (case,) = await tower.cases(1, comments=8)
    await tower.happen(watch, said("all of us say it", "late", at=9_000))
    (grown,) = await tower.cases(1, comments=9)
    assert (grown.number, grown.viewer_id, grown.last_seq) == (case.number, case.viewer_id, 9)


async def test_a_wave_of_somebody_who_was_forgotten_stays_forgotten(tower: Tower) -> None:
    watch = await tower.alerts(REPEATS)
    await tower.happen(watch, *(said("all of us say it", at=number) for number in range(4)))
    await tower.cases(1, comments=4)
    await tower.desk.db.write(lambda c: c.execute(text("UPDATE \"case\" SET viewer_id = '', facts = ''")))
    await tower.happen(watch, said("all of us say it", at=9_000), said("all of us say it", "eve", at=9_001))
    await tower.desk.until(lambda: tower.lookout.flagged >= 2)
    (case,) = await tower.cases(1, comments=4)
    assert case.viewer_id == ""


async def test_after_a_restart_nothing_is_told_twice_and_nothing_is_missed(tower: Tower) -> None:
    watch = await tower.alerts(replace(BAD, cooldown_s=3600))
    await tower.happen(watch, said("bad"))
    await tower.cases(1)
    await tower.kill()
    await tower.happen(watch, said("bad again"), said("bad", "eve"))
    tower.start()
    found = await tower.cases(2)
    assert [case.viewer_handle for case in found] == ["eve", "bob"], "bob's cool-down goes on"


async def test_what_was_said_before_anybody_wanted_to_hear_is_over(tower: Tower) -> None:
    watch = await tower.desk.watch()
    await tower.happen(watch, said("bad"))
    await tower.desk.wait(1.0)
    await tower.alerts(BAD)
    await tower.happen(watch, said("bad again"))
    (case,) = await tower.cases(1)
    assert case.first_seq == 2, "what nobody was told of began no cool-down"


async def test_without_an_alert_channel_or_rules_nobody_is_followed(tower: Tower) -> None:
    await tower.alerts(BAD)
    await tower.desk.db.write(guilds.change, OURS, settings=GuildSettings(), by=MO, now_ms=2)
    tower.bell.ring()
    await tower.desk.until(lambda: tower.lookout.following == 0, step_s=1.0)


async def test_between_comments_that_take_long_everybody_else_gets_a_turn(tower: Tower) -> None:
    watch = await tower.alerts(BAD)
    searched: list[int] = []

    async def somebody_else() -> None:
        while True:
            searched.append(tower.watchlists.alerts.searches)
            await asyncio.sleep(0)

    other = tower.desk.later(somebody_else())
    await tower.happen(watch, *[said(f"fine {number}", at=number) for number in range(200)])
    await tower.desk.until(lambda: tower.watchlists.alerts.searches >= 200)
    other.cancel()
    most = max(after - before for before, after in pairwise(searched))
    assert most <= HEARD_AT_ONCE
