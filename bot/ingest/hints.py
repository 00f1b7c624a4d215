"""Asks of many creators at once who is live, where a key allows it, and has those looked up soon who are said to be.

It is a hint, nothing more: only TikTok's page says that somebody is live, and who is said to be offline is looked up in their
turn all the same. So nothing is lost while the other side is out of order, out of date or out of quota.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Protocol

from bot import backoff
from bot.clock import Clock
from bot.errors import SourceError
from bot.events import Handle
from bot.ingest.counters import Counters
from bot.ingest.settings import IngestSettings
from bot.tiktok.source import MOST_CHECKED, LiveCheck

DAY_S = 24 * 3600.0

_log = logging.getLogger(__name__)


def due(away: Iterable[Handle], asked_at: Mapping[Handle, float], *, now: float, every_s: float, most: int) -> list[Handle]:
    """Who is asked about next: at most `most`, who was asked about longest ago first, nobody sooner than `every_s`."""
    never = float("-inf")
    waiting = [handle for handle in away if now - asked_at.get(handle, never) >= every_s]
    return heapq.nsmallest(most, waiting, key=lambda handle: asked_at.get(handle, never))


class Hinted(Protocol):
    """Somebody who can be told that they are said to be live."""

    def hint(self) -> None:
        """Never waits."""


class Hints:
    """`run` it. `away` tells who is in no room at the moment."""

    def __init__(
        self,
        check: LiveCheck,
        *,
        away: Callable[[], Mapping[Handle, Hinted]],
        clock: Clock,
        rng: Random,
        counters: Counters,
        settings: IngestSettings,
    ) -> None:
        self._check = check
        self._away = away
        self._clock = clock
        self._rng = rng
        self._counters = counters
        self._every_s = DAY_S / settings.bulk_checks_per_day
        self._per_creator_s = settings.usual_every_s
        self._asked_at: dict[Handle, float] = {}
        self._failures = 0

    @property
    def per_s(self) -> float:
        """How many creators a second are asked about; none while the check fails."""
        return 0.0 if self._failures else MOST_CHECKED / self._every_s

    async def run(self) -> None:
        """Until cancelled. The first question waits as well: who is started again and again must not spend a day's allowance."""
        wait_s = self._every_s
        while True:
            await self._clock.sleep(wait_s)
            wait_s = max(self._every_s, await self._ask())

    async def _ask(self) -> float:
        """One question, if there is one. Returns the seconds to rest after a failure, 0 after an answer."""
        now, away = self._clock.monotonic(), self._away()
        asked = due(away, self._asked_at, now=now, every_s=self._per_creator_s, most=MOST_CHECKED)
        if not asked:
            return 0.0
        self._counters.bulk_checks += 1
        try:
            live = await self._check.live_among(asked)
        except SourceError as error:
            return self._rest_s(error)
        if self._failures:
            _log.info("bulk checks work again")
        self._failures = 0
        self._asked_at = {handle: at for handle, at in self._asked_at.items() if handle in away} | dict.fromkeys(asked, now)
        for handle in away.keys() & live:
            away[handle].hint()
        return 0.0

    def _rest_s(self, error: SourceError) -> float:
        rest_s = backoff.delay_s(self._failures, self._rng, first_s=60.0, most_s=3600.0)
        if error.retry_after_s is not None:
            rest_s = max(rest_s, min(error.retry_after_s, DAY_S))
        if not self._failures:
            _log.warning("%s; creators are found by TikTok's pages alone meanwhile", error.reason)
        self._failures += 1
        self._counters.bulk_check_failures += 1
        return rest_s
