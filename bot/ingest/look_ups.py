"""The turnstile in front of TikTok's pages: whoever wants to look a creator up waits here for their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.clock import Clock
from bot.ingest.polling import Budget, Line, Rank
from bot.ingest.settings import IngestSettings
from bot.model.ids import CreatorId


class Turns:
    """One for all creators. `run` must be running, or nobody's turn comes."""

    def __init__(self, clock: Clock, settings: IngestSettings) -> None:
        self._clock = clock
        self._budget = Budget(per_s=settings.look_ups_per_s, burst=settings.look_up_burst)
        self._per_s = settings.look_ups_per_s
        self._line = Line()
        self._waiting: dict[CreatorId, asyncio.Future[None]] = {}
        self._asked = asyncio.Event()

    async def take(self, creator_id: CreatorId, rank: Rank) -> None:
        """Return when it is this creator's turn. A creator takes one turn at a time."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[creator_id] = turn
        self._line.join(creator_id, rank)
        self._asked.set()
        try:
            await turn
        finally:
            self._line.leave(creator_id)
            self._waiting.pop(creator_id, None)

    def hurry(self, creator_id: CreatorId, rank: Rank) -> None:
        """Go forward to this rank, if they stand in line."""
        self._line.hurry(creator_id, rank)

    def waits_s(self) -> Mapping[CreatorId, float]:
        """Who stands in line, and in how many seconds their turn comes: an estimate."""
        return {creator_id: place / self._per_s for creator_id, place in self._line.places().items()}

    async def run(self) -> None:
        """Give out turns, until cancelled."""
        while True:
            if not len(self._line):
                self._asked.clear()
                await self._asked.wait()
            wait_s = self._budget.take(self._clock.monotonic())
            if wait_s > 0:
                await self._clock.sleep(wait_s)
                continue
            turn = self._waiting.get(self._line.next())
            if turn is not None and not turn.done():
                turn.set_result(None)
            # The one whose turn it is steps forward before the next one is called.
            await self._clock.sleep(0)
