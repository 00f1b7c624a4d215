"""What guilds' watchlists make of lines: hidden for one, marked for another, rendered once for each look."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest

from bot.clock import Bell
from bot.eventlog.memory import MemoryEventLog
from bot.events import CommentEvent, Event, QuestionEvent
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.rule import RuleAction
from bot.model.watch import Look, Style, Watch
from bot.relay.consumer import SEARCH, TOLD_AT_ONCE, Relay
from bot.relay.format import MARK, render
from bot.storage import watches
from tests.bot.relay.conftest import BOB, EVE, comment, common, gift
from tests.doubles.desk import LIVE, OTHER, Desk

OURS, THEIRS = GuildId(1), GuildId(2)


class Lists:
    """Hides "bad" for guild 1, marks "good" for guild 2."""

    def __init__(self) -> None:
        self.refreshed = 0

    async def refresh(self) -> None:
        self.refreshed += 1

    def marks(self, _creator_id: CreatorId, /) -> Lists:
        return self

    def of(self, event: Event, _seq: int, guild_ids: Collection[GuildId], /) -> Mapping[GuildId, RuleAction]:
        text = event.text if isinstance(event, CommentEvent) else ""
        found = {OURS: RuleAction.HIDE} if "bad" in text else {THEIRS: RuleAction.HIGHLIGHT} if "good" in text else {}
        return {guild_id: action for guild_id, action in found.items() if guild_id in guild_ids}


class NoCards:
    async def hear(self, logged: Sequence[object], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        """Makes nothing of it."""

    def stop(self, watch: Watch) -> None:
        """Nothing was begun."""


async def test_a_line_is_hidden_for_one_guild_and_marked_for_another(desk: Desk) -> None:
    lists, log = Lists(), MemoryEventLog()
    relay = Relay(desk.db, log, desk.dispatcher, NoCards(), desk.clock, Bell(), desk.settings, rng=Random(1), watchlists=lists)
    ours = await desk.watch()
    await desk.db.write(
        watches.place,
        guild_id=THEIRS,
        channel_id=ChannelId(OTHER),
        creator_id=ours.creator_id,
        by=DiscordUserId(5),
        now_ms=desk.clock.now_ms(),
        cursor_seq=0,
    )
    running = desk.later(relay.run())
    await desk.until(lambda: relay.following == 1)
    now_ms = desk.clock.now_ms()
    said = [comment(text, number, at_ms=now_ms) for number, text in enumerate(["a bad one", "a good one", "plain"], start=1)]
    await (await log.writer(ours.creator_id)).append(said, source="test")
    await desk.until(lambda: len(desk.discord.lines(OTHER)) == 3)
    await desk.until(lambda: len(desk.discord.lines(LIVE)) == 2)
    shown = [[line.replace("\u2068", "").replace("\u2069", "") for line in desk.discord.lines(each)] for each in (LIVE, OTHER)]
    assert shown == [["**Bob** a good one", "**Bob** plain"], ["**Bob** a bad one", "⭐ **Bob** a good one", "**Bob** plain"]]
    assert relay.counters.hidden == 1
    assert lists.refreshed >= 1
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_while_watchlists_are_asked_everybody_else_gets_a_turn_sooner(desk: Desk) -> None:
    class Counting(Lists):
        asked = 0

        def of(self, event: Event, seq: int, guild_ids: Collection[GuildId], /) -> Mapping[GuildId, RuleAction]:
            self.asked += len(guild_ids)
            return super().of(event, seq, guild_ids)

    lists, log = Counting(), MemoryEventLog()
    relay = Relay(desk.db, log, desk.dispatcher, NoCards(), desk.clock, Bell(), desk.settings, rng=Random(1), watchlists=lists)
    watch = await desk.watch()
    now_ms = desk.clock.now_ms()
    said = [comment("fine", number, at_ms=now_ms) for number in range(1, 101)]
    await (await log.writer(watch.creator_id)).append(said, source="test")
    asked = [0]

    async def somebody_else() -> None:
        while True:
            await asyncio.sleep(0)
            asked.append(lists.asked)

    tasks = [desk.later(somebody_else()), desk.later(relay.run())]
    await desk.until(lambda: lists.asked == 100)
    for each in tasks:
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each
    assert max(after - before for before, after in pairwise(asked)) <= TOLD_AT_ONCE // SEARCH


@pytest.mark.parametrize("style", list(Style))
def test_what_stands_out_is_marked_and_kept_when_lines_are_sampled(style: Style) -> None:
    look = Look(style=style)
    usual, marked = render(comment("hi"), look), render(comment("hi"), look, stands_out=True)
    assert usual is not None
    assert marked is not None
    assert (usual.is_highlight, marked.is_highlight) == (False, True)
    assert marked.text == MARK + usual.text
    assert (marked.who, marked.said) == (usual.who, MARK + usual.said), "repeats that are told as one keep the mark"


def test_a_question_can_stand_out_and_a_gift_cannot() -> None:
    asked = render(QuestionEvent(common(user=EVE), text="why?"), stands_out=True)
    assert asked is not None
    assert asked.text.startswith(MARK)
    assert asked.said == ""
    assert render(gift(3), stands_out=True) == render(gift(3))


def test_nobody_forges_the_mark() -> None:
    forged = render(comment(MARK + "look at me", user=BOB))
    assert forged is not None
    assert not forged.text.startswith(MARK)
