"""The log, told to each watch: from a log in memory, through a real database and dispatcher, into a channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

import pytest
from msgspec.structs import replace as _with

from bot.clock import Bell
from bot.errors import DatabaseError
from bot.eventlog.memory import MemoryEventLog
from bot.events import Combo, CommentEvent, Event, Handle, JoinEvent, MessageId, ViewerId
from bot.events.codec import Logged
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, Look, Removal, Watch
from bot.relay.consumer import TOLD_AT_ONCE, Relay
from bot.storage import creators, cursors, watches
from tests.bot.relay.conftest import EVE, comment, common, deletion, gift
from tests.doubles.desk import LIVE, OTHER, Desk


class Log(MemoryEventLog):
    """A log whose reading fails on request; knows how often it is being read, and behind what it was."""

    failing: CreatorId | None = None

    def __init__(self) -> None:
        super().__init__()
        self.answering = asyncio.Event()
        self.answering.set()
        self.reading = 0
        self.read_after: list[int] = []

    async def read(self, creator_id: CreatorId, *, after: int, limit: int = 500) -> Sequence[Logged]:
        self.reading += 1
        self.read_after.append(after)
        await self.answering.wait()
        self.reading -= 1
        if creator_id == self.failing:
            raise DatabaseError("the database refused: disk full")
        return await super().read(creator_id, after=after, limit=limit)


class NoCards:
    """Cards have a story of their own (`test_cards.py`)."""

    async def hear(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        """Makes nothing of it."""

    def stop(self, watch: Watch) -> None:
        """Nothing was begun."""


@dataclass
class Station:
    """A relay at a desk, that can be killed and born again with the dispatcher."""

    desk: Desk
    log: Log = field(default_factory=Log)
    bell: Bell = field(default_factory=Bell)
    relay: Relay = field(init=False)
    _running: asyncio.Task[None] | None = None

    def start(self) -> None:
        desk = self.desk
        self.relay = Relay(desk.db, self.log, desk.dispatcher, NoCards(), desk.clock, self.bell, desk.settings, rng=Random(1))
        self._running = desk.later(self.relay.run())

    async def kill(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def restart(self, *, after_s: float = 0.0) -> None:
        """Both halves die; after a while a new process takes over."""
        await self.kill()
        await self.desk.kill()
        await self.desk.clock.advance(after_s)
        self.desk.start()
        self.start()

    async def watch(self, handle: str = "alice", channel: ChannelId = LIVE, *, after: int = 0) -> Watch:
        watch = await self.desk.watch(handle, channel, after=after)
        self.bell.ring()
        await self.desk.until(lambda: self.relay.following > 0)
        return watch

    async def tune(self, watch: Watch, **settings: object) -> Watch:
        """Somebody changes these settings, and the relay has heard of it."""
        wanted = replace(watch.settings, **settings)  # type: ignore[arg-type]
        change = partial(watches.change, guild_id=GuildId(1), watch_id=watch.id, settings=wanted)
        await self.desk.db.write(change, by=DiscordUserId(5), now_ms=self.desk.clock.now_ms())
        self.bell.ring()
        await self.desk.wait(1)
        return replace(watch, settings=wanted)

    async def until_minute(self) -> None:
        """Until a minute of the clock has just begun."""
        await self.desk.wait(61 - self.desk.clock.now_ms() // 1000 % 60, step_s=1)

    async def unwatch(self, watch: Watch) -> None:
        await self.desk.db.write(
            watches.end,
            guild_id=GuildId(1),
            creator_id=watch.creator_id,
            channel_id=watch.channel_id,
            by=DiscordUserId(5),
            now_ms=self.desk.clock.now_ms(),
        )
        self.bell.ring()

    async def happen(self, watch: Watch, *events: Event) -> None:
        """TikTok says this now. Same message ids are duplicates."""
        now_ms = self.desk.clock.now_ms()
        heard = [_with(event, common=_with(event.common, received_at_ms=now_ms)) for event in events]
        writer = await self.log.writer(watch.creator_id)
        await writer.append(heard, source="test")

    async def until_said(self, count: int, channel: int = LIVE) -> list[str]:
        """The channel's lines once there are so many, without the marks that isolate names."""
        await self.desk.until(lambda: len(self.desk.discord.lines(channel)) >= count)
        return self.lines(channel)

    def lines(self, channel: int = LIVE) -> list[str]:
        return [line.replace("\u2068", "").replace("\u2069", "") for line in self.desk.discord.lines(channel)]


@pytest.fixture
async def station(desk: Desk) -> AsyncIterator[Station]:
    station = Station(desk)
    station.start()
    yield station
    await station.kill()


def said(*numbers: int) -> list[Event]:
    return [comment(f"line {number}", number) for number in numbers]


async def test_what_happens_in_the_room_stands_in_the_channel(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, comment("hello", 1), JoinEvent(common(2)), gift(5))
    assert await station.until_said(2) == ["**Bob** hello", "🎁 **Bob** sent Rose ×5 (5 💎)"]


async def test_every_watch_of_a_creator_hears_it_and_the_creator_is_followed_once(station: Station) -> None:
    here, _there = await station.watch(), await station.watch(channel=OTHER)
    await station.happen(here, *said(1, 2))
    assert await station.until_said(2) == await station.until_said(2, OTHER) == ["**Bob** line 1", "**Bob** line 2"]
    assert station.relay.following == 1


async def test_a_watch_of_unwanted_events_keeps_its_cursor_moving(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, *(JoinEvent(common(number)) for number in range(1, 30)))
    await station.desk.wait(7)
    assert await station.desk.cursor(alice) == 29
    assert station.lines() == []


async def test_a_restart_neither_loses_nor_repeats_a_line(station: Station) -> None:
    alice = await station.watch()
    for round_ in range(6):
        await station.happen(alice, *said(*range(round_ * 10 + 1, round_ * 10 + 11)))
        station.desk.discord.lose_answers(*([True] if round_ % 2 else []))
        await station.desk.until_sent(len(station.desk.discord.sends) + 1)
        await station.restart()
    lines = await station.until_said(60)
    await station.desk.until_idle()
    assert lines == [f"**Bob** line {number}" for number in range(1, 61)]


async def test_what_happened_while_the_bot_was_away_for_long_is_counted_not_replayed(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, *said(1))
    await station.until_said(1)
    await station.kill()
    await station.desk.kill()
    await station.happen(alice, *said(*range(2, 414)))
    await station.restart(after_s=1200)
    await station.happen(alice, *said(500))
    lines = await station.until_said(3)
    assert lines[0] == "**Bob** line 1"
    assert lines[1].startswith("-# ⏭️ 412 lines from <t:")
    assert lines[2] == "**Bob** line 500"
    assert station.relay.counters.stale == 412


async def test_a_backlog_is_summed_up_even_if_nothing_follows_and_only_once(station: Station) -> None:
    alice = await station.watch()
    await station.kill()
    await station.desk.kill()
    await station.happen(alice, *said(1, 2, 3))
    await station.restart(after_s=1200)
    await station.until_said(1)
    await station.desk.until_idle()
    await station.restart(after_s=1200)
    await station.desk.wait(5)
    assert len(station.lines()) == 1
    assert "3 lines" in station.lines()[0]


async def test_a_deletion_in_an_old_backlog_still_strikes(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, comment("secret", 1, user=EVE), *said(2))
    await station.until_said(2)
    await station.desk.until_idle()
    await station.kill()
    await station.desk.kill()
    await station.happen(alice, deletion(3, viewers=(EVE.id,)))
    await station.restart(after_s=1200)
    await station.desk.until(lambda: "secret" not in "".join(station.lines()))
    assert station.lines()[:2] == ["*🗑️ removed*", "**Bob** line 2"]


async def test_a_deletion_strikes_the_copy_and_is_told_without_a_quote(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, comment("secret", 1, user=EVE))
    await station.until_said(1)
    await station.happen(alice, deletion(2, messages=("m1",)))
    lines = await station.until_said(2)
    await station.desk.until_idle()
    assert lines[1] == "-# 🗑️ A comment was removed"
    assert station.lines() == ["*🗑️ removed*", "-# 🗑️ A comment was removed"]


async def test_a_comment_that_was_removed_before_it_came_is_never_relayed(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, deletion(9, messages=("m1",)), comment("secret", 1, user=EVE), *said(2))
    assert (await station.until_said(2))[1] == "**Bob** line 2"
    await station.restart()
    await station.happen(alice, *said(3))
    assert "secret" not in "".join(await station.until_said(3))


async def test_after_a_restart_a_replayed_comment_stays_removed(station: Station) -> None:
    alice = await station.watch()
    await station.happen(alice, deletion(9, messages=("m1",)), *said(2))
    await station.until_said(2)
    await station.desk.wait(6)
    await station.restart()
    await station.happen(alice, CommentEvent(common(1, user=EVE), text="secret", is_history=True), *said(3))
    assert "secret" not in "".join(await station.until_said(3))


async def test_an_ended_watch_stops_at_once_and_the_others_go_on(station: Station) -> None:
    here, there = await station.watch(), await station.watch(channel=OTHER)
    await station.happen(here, *said(1))
    await station.until_said(1, OTHER)
    await station.until_said(1)
    await station.unwatch(there)
    await station.desk.wait(1)
    await station.happen(here, *said(2))
    await station.until_said(2)
    await station.desk.wait(3)
    assert station.lines(OTHER) == ["**Bob** line 1"]


async def test_a_watch_that_joins_later_hears_what_came_since_it_was_placed_and_nothing_before(station: Station) -> None:
    here = await station.watch()
    await station.happen(here, *said(1, 2))
    await station.until_said(2)
    there = await station.watch(channel=OTHER, after=2)
    await station.happen(here, *said(3))
    await station.until_said(3)
    assert await station.until_said(1, OTHER) == ["**Bob** line 3"]
    await station.desk.until_idle()
    assert await station.desk.cursor(there) == 3


async def test_a_watch_that_joins_while_the_log_is_read_misses_nothing(station: Station) -> None:
    here = await station.watch()
    await station.happen(here, *said(1, 2))
    await station.until_said(2)
    station.log.answering.clear()
    await station.happen(here, *said(3))
    await station.desk.until(lambda: station.log.reading == 1)
    await station.desk.watch(channel=OTHER, after=1)
    station.bell.ring()
    await station.desk.wait(1)
    station.log.answering.set()
    assert await station.until_said(2, OTHER) == ["**Bob** line 2", "**Bob** line 3"]
    assert await station.until_said(3) == ["**Bob** line 1", "**Bob** line 2", "**Bob** line 3"]


async def test_lines_that_were_on_their_way_are_not_counted_as_missed(station: Station) -> None:
    alice = await station.watch()
    station.desk.discord.answering.clear()
    await station.happen(alice, *said(1, 2, 3))
    await station.until_said(3)
    await station.kill()
    await station.desk.kill()
    await station.happen(alice, *said(4, 5))
    station.desk.discord.answering.set()
    await station.restart(after_s=1200)
    lines = await station.until_said(4)
    await station.desk.until_idle()
    assert lines[:3] == ["**Bob** line 1", "**Bob** line 2", "**Bob** line 3"]
    assert lines[3].startswith("-# ⏭️ 2 lines from")


async def test_a_combo_in_a_backlog_is_one_line_however_many_steps_it_had(station: Station) -> None:
    alice = await station.watch()
    await station.kill()
    await station.desk.kill()
    steps = [gift(count, combo=Combo.OPEN) for count in range(1, 20)]
    told = [*steps, gift(20)]
    await station.happen(
        alice, *(_with(each, common=_with(each.common, message_id=MessageId(f"g{n}"))) for n, each in enumerate(told))
    )
    await station.restart(after_s=1200)
    (line,) = await station.until_said(1)
    assert line.startswith("-# ⏭️ 1 line from")


async def test_lines_in_a_guilds_own_small_print_stay_when_another_is_taken_out(station: Station) -> None:
    alice = await station.watch()
    look = Look(templates=((EventKind.CHAT, "-# {name}: {text}"),))
    await station.tune(alice, removal=Removal.REMOVE, look=look)
    await station.happen(alice, comment("secret", 1, user=EVE), comment("good", 2))
    assert await station.until_said(2) == ["-# Eve: secret", "-# Bob: good"]
    await station.happen(alice, deletion(9, viewers=(EVE.id,)))
    await station.desk.until(lambda: "secret" not in "".join(station.lines()))
    await station.desk.until_idle()
    assert station.lines()[0] == "-# Bob: good"


# Many.


async def test_between_a_thousand_lines_everybody_else_gets_a_turn(station: Station) -> None:
    await station.kill()
    placed = [await station.desk.watch(channel=ChannelId(1000 + number)) for number in range(60)]
    await station.happen(placed[0], *said(*range(1, 101)))
    station.start()
    at_once = [0]

    async def somebody_else() -> None:
        heard = 0
        while True:
            await asyncio.sleep(0)
            at_once.append(station.relay.counters.lines - heard)
            heard = station.relay.counters.lines

    other = station.desk.later(somebody_else())
    await station.desk.clock.settle(lambda: station.relay.counters.lines == 60 * 100)
    other.cancel()
    assert 0 < max(at_once) <= TOLD_AT_ONCE + len(placed)


async def test_a_watch_that_is_far_behind_keeps_no_other_waiting(station: Station) -> None:
    here, behind = await station.watch(), await station.desk.watch(channel=OTHER)
    await station.kill()
    await station.desk.kill()
    for first in range(1, 5_001, 500):
        await station.happen(here, *said(*range(first, first + 500)))
    await station.desk.db.write(cursors.move, cursors.of_watch(here.id), here.creator_id, 5_000)
    await station.desk.clock.advance(1200)
    await station.happen(here, *said(6_000))
    station.log.read_after.clear()
    station.desk.start()
    station.start()
    assert await station.until_said(1) == ["**Bob** line 6000"]
    assert "5,000 lines" in (await station.until_said(1, OTHER))[0]
    reads = [after for after in station.log.read_after if after]
    assert reads.index(5_000) < reads.index(4_500), "the one that stands at the end is not told after the other has caught up"
    assert station.desk.dispatcher.position(behind) == 5_001


async def test_a_creator_whose_log_fails_stops_nobody_else(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    alice, bea = await station.watch("alice"), await station.watch("bea", OTHER)
    await station.desk.until(lambda: station.relay.following == 2)
    with caplog.at_level(logging.CRITICAL):
        station.log.failing = alice.creator_id
        await station.happen(alice, *said(1))
        await station.happen(bea, *said(1))
        assert await station.until_said(1, OTHER) == ["**Bob** line 1"]
        await station.desk.until(lambda: station.relay.counters.restarts > 2)
        station.log.failing = None
        assert await station.until_said(1) == ["**Bob** line 1"]


async def test_what_the_log_has_pruned_is_passed_over(station: Station) -> None:
    alice = await station.watch()
    await station.kill()
    await station.desk.kill()
    await station.happen(alice, *said(1, 2, 3))
    await station.log.prune(received_before_ms=station.desk.clock.now_ms() + 1, most_bytes=1 << 30)
    await station.restart()
    await station.desk.wait(7)
    assert await station.desk.cursor(alice) == 3
    await station.happen(alice, *said(4))
    assert await station.until_said(1) == ["**Bob** line 4"]


async def test_a_post_in_the_air_while_its_watch_moves_to_another_creator_costs_no_later_line(station: Station) -> None:
    renamed = await station.watch("alice2")
    await station.happen(renamed, *said(*range(1, 21)))
    await station.until_said(20)
    await station.desk.until_idle()
    station.desk.discord.lose_answers(True, True, True, True, True)
    await station.happen(renamed, *said(21))
    await station.desk.until_sent(len(station.desk.discord.sends) + 1)
    db = station.desk.db
    known = await db.write(creators.ensure, Handle("alice"), now_ms=1)
    known = await db.write(creators.learn, known.id, tiktok_user_id=ViewerId("1"), handle=Handle("alice"), now_ms=1)
    await station.kill()
    await station.desk.kill()
    await db.write(creators.learn, renamed.creator_id, tiktok_user_id=ViewerId("1"), handle=Handle("alice"), now_ms=2)

    [moved] = await db.read(watches.active)
    assert moved.creator_id == known.id
    await station.restart(after_s=1)
    await station.desk.wait(8)
    await station.happen(moved, *said(101, 102, 103))
    await station.desk.wait(20)
    assert not {"**Bob** line 101", "**Bob** line 102", "**Bob** line 103"} - set(station.lines())
