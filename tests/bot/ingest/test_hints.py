"""Bulk checks: who is asked about, how often, and what a failure costs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RateLimited, SourceError, Unclear
from bot.events import Handle
from bot.ingest.counters import Counters
from bot.ingest.hints import Hints, due
from bot.ingest.settings import IngestSettings
from bot.tiktok.source import MOST_CHECKED
from tests.doubles.clock import FakeClock


@dataclass
class Edge:
    """Implements `source.LiveCheck`; `asked` is every question."""

    live: set[Handle] = field(default_factory=set)
    error: SourceError | None = None
    asked: list[tuple[float, tuple[Handle, ...]]] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    async def live_among(self, handles: Collection[Handle]) -> Collection[Handle]:
        self.asked.append((self.clock.monotonic(), tuple(handles)))
        if self.error is not None:
            raise self.error
        return self.live


@dataclass
class Creator:
    hints: int = 0

    def hint(self) -> None:
        self.hints += 1


@dataclass
class Scene:
    edge: Edge
    away: dict[Handle, Creator]
    hints: Hints
    counters: Counters


@contextlib.asynccontextmanager
async def scene(creators: int, *, per_day: int = 86_400 // 10) -> AsyncIterator[Scene]:
    """A question every 10 s, about so many creators."""
    edge, counters = Edge(), Counters()
    away = {Handle(f"creator{number}"): Creator() for number in range(creators)}
    settings = IngestSettings(bulk_checks_per_day=per_day)
    hints = Hints(edge, away=lambda: away, clock=edge.clock, rng=Random(1), counters=counters, settings=settings)
    running = asyncio.get_running_loop().create_task(hints.run())
    try:
        yield Scene(edge, away, hints, counters)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_everybody_is_asked_about_in_turn_and_who_is_live_hears_of_it() -> None:
    async with scene(120) as now:
        now.edge.live = {Handle("creator70"), Handle("somebody else")}
        await now.edge.clock.advance(30.5)
        assert [len(handles) for _, handles in now.edge.asked] == [50, 50, 20]
        assert {handle for _, handles in now.edge.asked for handle in handles} == set(now.away)
        assert [at for at, _ in now.edge.asked] == [10, 20, 30]
        assert now.away[Handle("creator70")].hints >= 1
        assert sum(each.hints for name, each in now.away.items() if name != "creator70") == 0
        assert now.hints.per_s == 5.0


async def test_few_creators_cost_one_question_a_minute_and_none_cost_nothing() -> None:
    async with scene(3) as now:
        await now.edge.clock.advance(10 + 120)
        assert [at for at, _ in now.edge.asked] == [10, 70, 130]
        now.away.clear()
        await now.edge.clock.advance(300)
        assert len(now.edge.asked) == 3


async def test_a_failure_is_told_once_waits_and_takes_the_blame_off_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bot.ingest.hints")
    async with scene(3) as now:
        now.edge.error = RateLimited("no more for now", retry_after_s=500)
        await now.edge.clock.advance(400)
        assert len(now.edge.asked) == 1
        assert now.hints.per_s == 0.0
        now.edge.error = Unclear("HTTP 500")
        await now.edge.clock.advance(200)
        now.edge.error = None
        await now.edge.clock.advance(200)
        assert len(now.edge.asked) >= 3
        assert now.counters.bulk_check_failures == 2
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
        assert now.hints.per_s > 0


@given(
    st.sets(st.integers(0, 300), max_size=200),
    st.dictionaries(st.integers(0, 300), st.floats(0, 100), max_size=100),
    st.floats(100, 200),
)
def test_nobody_is_asked_about_too_soon_and_who_waited_longest_goes_first(
    names: set[int], told: dict[int, float], now: float
) -> None:
    away, asked_at = [Handle(str(name)) for name in names], {Handle(str(name)): at for name, at in told.items()}
    chosen = due(away, asked_at, now=now, every_s=60, most=MOST_CHECKED)
    ready = [handle for handle in away if now - asked_at.get(handle, -1e9) >= 60]
    assert len(chosen) == min(len(ready), MOST_CHECKED)
    assert set(chosen) <= set(ready)
    left = [asked_at.get(handle, -1e9) for handle in set(ready) - set(chosen)]
    assert not left or max(asked_at.get(handle, -1e9) for handle in chosen) <= min(left)
