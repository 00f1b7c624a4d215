"""One creator's way into the log: a bounded buffer in front of a writer that may be slow, fail and recover.

Nothing counts as received before it is durable; so nothing is passed on from here, readers get it from the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from random import Random

from bot import backoff
from bot.clock import Clock
from bot.eventlog.log import EventLog, Fenced, LogWriter
from bot.events import Common, Event, GapEvent, MessageId
from bot.ingest.buffer import Buffer, Full, Shed
from bot.ingest.counters import Counters
from bot.ingest.opted_out import OptOuts
from bot.ingest.settings import IngestSettings
from bot.model.ids import CreatorId

BATCH = 500
"""Events in one append at most: a row of the log stays below some hundred KiB."""

_log = logging.getLogger(__name__)


class Appender:
    """`put` events in, `run` beside it. Order is kept. `source` is noted with what is appended from then on."""

    def __init__(
        self,
        creator_id: CreatorId,
        *,
        log: EventLog,
        source: str,
        clock: Clock,
        rng: Random,
        counters: Counters,
        settings: IngestSettings,
        opt_outs: OptOuts | None = None,
    ) -> None:
        self._creator_id = creator_id
        self._log = log
        self.source = source
        self._clock = clock
        self._rng = rng
        self._counters = counters
        self._flush_every_s = settings.flush_every_s
        self._opt_outs = opt_outs or OptOuts()
        self._buffer = Buffer(settings.buffer_events)
        self._writer: LogWriter | None = None
        self._in_hand: list[Event] = []
        self._filled = asyncio.Event()
        self._moved = asyncio.Event()

    def __len__(self) -> int:
        """How many events are not durable yet."""
        return len(self._in_hand) + len(self._buffer)

    async def put(self, events: Iterable[Event]) -> None:
        """Hand events over. Waits only while the buffer is full of events that are never shed."""
        for event in events:
            while not self._offer(event):
                self._moved.clear()
                await self._moved.wait()

    async def settled(self) -> None:
        """Return once everything that was put in is durable."""
        while len(self):
            self._moved.clear()
            await self._moved.wait()

    async def run(self) -> None:
        """Append until cancelled, at most once in `flush_every_s`. Raises `Fenced` when another writer took over."""
        due_at = float("-inf")
        while True:
            await self._filled.wait()
            if (rest_s := due_at - self._clock.monotonic()) > 0:
                await self._clock.sleep(rest_s)
            due_at = self._clock.monotonic() + self._flush_every_s
            await self._append_next()

    async def drain(self) -> None:
        """Append what is left, without pauses. Only when `run` is over; what it had in hand is tried again (the log dedupes)."""
        while len(self):
            await self._append_next()

    def _offer(self, event: Event) -> bool:
        try:
            shed = self._buffer.put(event)
        except Full:
            return False
        if shed is not None:
            self._counters.shed[shed.name.lower()] += 1
        self._filled.set()
        return True

    async def _append_next(self) -> None:
        # The last step before the log: whatever is made of what was heard, a combo's close for one, has passed here.
        self._in_hand = self._in_hand or self._opt_outs.screen(self._buffer.take(BATCH))
        await self._append_patiently(self._in_hand)
        self._in_hand = []
        if not len(self._buffer):
            self._filled.clear()
            self._admit(self._buffer.take_shed())
        self._moved.set()

    async def _append_patiently(self, events: Sequence[Event]) -> None:
        """Try until the log has them; meanwhile new events wait, and then are shed, in the buffer."""
        attempt = 0
        while True:
            try:
                await self._append(events)
            except Fenced:
                raise
            except Exception as error:  # noqa: BLE001  # the edge towards storage: what fails there may work again
                self._counters.append_failures += 1
                if not attempt:
                    _log.warning("creator %d: the log cannot be written (%s); events wait", self._creator_id, error)
                await self._clock.sleep(backoff.delay_s(attempt, self._rng, first_s=0.2, most_s=5.0))
                attempt += 1
            else:
                if attempt:
                    _log.info("creator %d: the log can be written again", self._creator_id)
                return

    async def _append(self, events: Sequence[Event]) -> None:
        """Append in one piece; around an event that cannot be encoded, in smaller pieces."""
        if self._writer is None:
            self._writer = await self._log.writer(self._creator_id)
        try:
            logged = await self._writer.append(events, source=self.source)
        except (TypeError, ValueError, OverflowError) as error:
            if len(events) > 1:
                middle = len(events) // 2
                await self._append(events[:middle])
                await self._append(events[middle:])
                return
            self._counters.unstorable += 1
            _log.error("creator %d: a %s cannot be stored: %s", self._creator_id, type(events[0]).__name__, error)
            return
        self._counters.appended += len(logged)
        self._counters.duplicates += len(events) - len(logged)

    def _admit(self, shed: Shed | None) -> None:
        """After pressure, say what is missing. Ambient events are a sample anyway: they are counted, not announced."""
        if shed is None:
            return
        _log.warning(
            "creator %d: left out %d chat and %d ambient events while the log was slow", self._creator_id, shed.chat, shed.ambient
        )
        if not shed.chat:
            return
        common = Common(
            message_id=MessageId(f"gap:{shed.room_id}:{shed.from_ms}"),
            room_id=shed.room_id,
            creator=shed.creator,
            received_at_ms=self._clock.now_ms(),
        )
        reason = f"too much at once: {shed.chat} comments, follows or shares were left out"
        self._offer(GapEvent(common, from_ms=shed.from_ms, to_ms=shed.to_ms, reason=reason))
