"""`python -m bot replay`: a capture in the terminal, printed like `tail`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import aclosing
from itertools import groupby

from bot.clock import Clock, SystemClock
from bot.errors import SourceError
from bot.events import Event, Handle
from bot.modes.following import announced
from bot.modes.terminal import Printer, Status
from bot.tiktok.capture.player import EVERYTHING, CaptureSource
from bot.tiktok.combos import Combos


async def run(file: str, *, printer: Printer, speed: float = 1.0, raw: bool = False, clock: Clock | None = None) -> Status:
    """Play all of the file; `FAULTY` when not all of it could be. Raises `OperatorError` for one that cannot be opened."""
    source = CaptureSource(file, clock=clock or SystemClock(), speed=speed)
    gifts = _Gifts()
    faults: list[str] = []
    try:
        async with aclosing(source.events(EVERYTHING)) as batches:
            async for batch in batches:
                await printer.show(batch if raw else gifts.announced(batch))
    except SourceError as error:
        faults.append(error.reason)
    await printer.show(gifts.close())
    if source.bad_lines:
        faults.append(f"lines that hold no message: {source.bad_lines}")
    for fault in faults:
        await printer.complain(fault)
    return Status.FAULTY if faults else Status.DONE


class _Gifts:
    """The combos of all creators of a capture, by the instants of the recording."""

    def __init__(self) -> None:
        self._combos: dict[Handle, Combos] = defaultdict(Combos)
        self._now_ms = 0

    def announced(self, batch: Iterable[Event]) -> list[Event]:
        out: list[Event] = []
        for creator, events in groupby(batch, key=lambda event: event.creator):
            together = list(events)
            self._now_ms = together[-1].received_at_ms or self._now_ms
            out += self._combos[creator].due(now_ms=self._now_ms)
            out += announced(together, self._combos[creator], now_ms=self._now_ms)
        return out

    def close(self) -> list[Event]:
        """The capture is over: no end will come."""
        return [event for combos in self._combos.values() for event in combos.close_all(now_ms=self._now_ms)]
