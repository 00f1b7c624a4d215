"""One creator's wait for the next look at TikTok, and what shortens it: a person's wish, a hint that they are live, a habit."""

from __future__ import annotations

import asyncio

from bot.clock import Clock
from bot.ingest import usual
from bot.ingest.polling import Rank
from bot.ingest.settings import IngestSettings
from bot.ingest.together import side_by_side


class Waits:
    """One creator's. `starts_ms` is when their last LIVEs began, `looked_at` (monotonic) when they were looked up last."""

    def __init__(self, clock: Clock, settings: IngestSettings, *, is_wished: bool) -> None:
        self.starts_ms: list[int] = []
        self.looked_at = float("-inf")
        self._clock = clock
        self._settings = settings
        self._is_wished = is_wished
        self._is_hinted = False
        self._called = asyncio.Event()

    @property
    def is_usual(self) -> bool:
        """Whether they usually go live about now."""
        return usual.is_usual(self.starts_ms, now_ms=self._clock.now_ms())

    @property
    def rank(self) -> Rank:
        """With whom they stand in line for a look-up."""
        if self._is_wished:
            return Rank.WISHED
        return Rank.LIKELY if self._is_hinted or self.is_usual else Rank.ROUTINE

    def began(self, start_ms: int) -> None:
        """A LIVE of theirs began."""
        since_ms = usual.since_ms(self._clock.now_ms())
        self.starts_ms = [each for each in self.starts_ms if each >= since_ms] + [start_ms]

    def wish(self) -> None:
        """A person wants to know now."""
        self._is_wished = True
        self._called.set()

    def hint(self) -> bool:
        """Somebody who is not always right says that they are live. False if the last look is too fresh for another one."""
        if self._clock.monotonic() - self.looked_at < self._settings.usual_every_s:
            return False
        self._is_hinted = True
        self._called.set()
        return True

    def looking(self) -> None:
        """The look that everybody waited for begins."""
        self.answered()
        self.looked_at = self._clock.monotonic()

    def answered(self) -> None:
        """Who wanted to know, knows."""
        self._is_wished = self._is_hinted = False
        self._called.clear()

    async def pause(self, seconds: float, *, patient: bool) -> None:
        """Wait, or until somebody calls, if that may shorten the wait; even then two looks keep their distance."""
        until = self._clock.monotonic() + seconds
        if patient:
            await self._clock.sleep(seconds)
            return
        if not self._is_wished:
            await side_by_side(self._clock.sleep(max(0.0, seconds)), self._called.wait())
        now = self._clock.monotonic()
        earliest = self.looked_at + self._settings.wish_every_s
        await self._clock.sleep(max(0.0, min(until, earliest) - now))
