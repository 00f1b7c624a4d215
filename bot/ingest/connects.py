"""The turnstile in front of the sources: whoever wants to connect waits here for their turn, and for a source that is ready.

One line for all creators, first come, first served; who must avoid a source for a while is overtaken by those who need not.
After an outage thousands want to connect at once: they are let through at `connects_per_s`, within each source's allowance.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from bot.clock import Clock
from bot.errors import SourceError
from bot.ingest.polling import Budget
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Place, Sources, Use, Wait, Way
from bot.ingest.together import side_by_side
from bot.model.ids import CreatorId
from bot.tiktok.source import Source

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source, and what we know of it without asking: its name, whose allowance it uses, and how much that is.

    `skipped` counts the messages that it did not decode because nobody wanted them, by method.
    """

    way: Way
    source: Source
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to connect once. Give it back by `Connects.leave` or, unused, by `Connects.return_unused`."""

    creator_id: CreatorId
    way: Way
    source: Source
    given_at: float
    waited_s: float


@dataclass(slots=True)
class _Waiting:
    creator_id: CreatorId
    not_before: Mapping[Way, float]
    since: float
    turn: asyncio.Future[Turn]


class Connects:
    """One for all creators. `run` must be running, or nobody's turn comes. Bounded: each creator stands in line once."""

    def __init__(self, sources: Sequence[NamedSource], *, clock: Clock, rng: Random, settings: IngestSettings) -> None:
        self.sources = Sources([each.way for each in sources], rng=rng)
        self._by_way = {each.way: each.source for each in sources}
        self._clock = clock
        self._settings = settings
        self._pace = Budget(per_s=settings.connects_per_s, burst=settings.connect_burst)
        self._line: dict[CreatorId, _Waiting] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._line)

    async def take(self, creator_id: CreatorId, not_before: Mapping[Way, float]) -> Turn:
        """Return when it is this creator's turn. Until the times in `not_before` they do not want those ways."""
        turn: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._line[creator_id] = _Waiting(creator_id, not_before, self._clock.monotonic(), turn)
        self._changed.set()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.return_unused(turn.result())
            raise
        finally:
            self._line.pop(creator_id, None)

    def leave(self, turn: Turn) -> None:
        """The stream that the turn was for is over, or never opened."""
        self.sources.left(turn.way)
        self._changed.set()

    def return_unused(self, turn: Turn) -> None:
        """Nobody was asked: the turn does not count."""
        self.sources.unspent(turn.way, turn.given_at)
        self._changed.set()

    def worked(self, turn: Turn) -> None:
        """The stream opened."""
        self.sources.worked(turn.way)

    def failed(self, turn: Turn, error: SourceError) -> None:
        """The stream did not open, or the other side told us when to come again."""
        rest_s = self.sources.failed(turn.way, error, self._clock.monotonic(), whom=turn.creator_id)
        if rest_s:
            _log.warning("%s rests for %.0f s, for every creator: %s", turn.way, rest_s, error.reason)

    def outlook(self, not_before: Mapping[Way, float]) -> Use | Wait:
        """What somebody would be told who came now and stood alone."""
        return self.sources.choose(self._clock.monotonic(), not_before)

    def places(self) -> Mapping[CreatorId, Place]:
        """Everybody in line. The estimate: when the first is let through, and then as fast as pace and allowances permit."""
        if not self._line:
            return {}
        now = self._clock.monotonic()
        first = self.sources.choose(now, next(iter(self._line.values())).not_before)
        wait_s, reason = (first.until - now, first.reason) if isinstance(first, Wait) else (0.0, "")
        per_s = min(self._settings.connects_per_s, self.sources.per_s())
        return {each: Place(number, wait_s + (number - 1) / per_s, reason) for number, each in enumerate(self._line, 1)}

    async def run(self) -> None:
        """Give out turns, until cancelled."""
        while True:
            self._changed.clear()
            wait_s = self._give()
            if wait_s is None:
                await self._changed.wait()
            else:
                await side_by_side(self._clock.sleep(wait_s), self._changed.wait())

    def _give(self) -> float | None:
        """Let through whoever can go now. Returns the seconds until somebody else can, None when nobody waits."""
        while True:
            now = self._clock.monotonic()
            readiness = self.sources.readiness(now)
            earliest: float | None = None
            for waiting in self._line.values():
                choice = self.sources.choose(now, waiting.not_before, readiness=readiness)
                if isinstance(choice, Use):
                    break
                earliest = choice.until if earliest is None else min(earliest, choice.until)
            else:
                return None if earliest is None else earliest - now
            if (pace_s := self._pace.take(now)) > 0:
                return pace_s
            self._let_through(waiting, choice, now)

    def _let_through(self, waiting: _Waiting, choice: Use, now: float) -> None:
        del self._line[waiting.creator_id]
        if waiting.turn.done():
            return
        if choice.reason:
            _log.info("creator %d: through %s, because %s", waiting.creator_id, choice.way, choice.reason)
        self.sources.spend(choice.way, now)
        source = self._by_way[choice.way]
        waiting.turn.set_result(Turn(waiting.creator_id, choice.way, source, now, now - waiting.since))
