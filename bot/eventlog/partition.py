"""Where one creator's log stands, and whom to wake when it grows. Lives in the loop, keeps no events."""

from __future__ import annotations

import asyncio


class Partition:
    """`last_seq` is the newest durable seq, `pruned_seq` the newest that retention deleted."""

    def __init__(self, last_seq: int = 0, pruned_seq: int = 0) -> None:
        self.last_seq = last_seq
        self.pruned_seq = pruned_seq
        self._waiting: set[asyncio.Future[bool]] = set()

    def has_after(self, seq: int) -> bool:
        """Whether there is anything to read behind `seq`."""
        return self.last_seq > max(seq, self.pruned_seq)

    def grow(self, last_seq: int) -> None:
        """Wake everybody who waits, if there is news."""
        if last_seq > self.last_seq:
            self.last_seq = last_seq
            self._tell(is_over=False)

    def prune(self, through_seq: int) -> None:
        """Retention deleted up to here."""
        self.pruned_seq = max(self.pruned_seq, through_seq)

    async def wait(self, *, after: int, timeout_s: float) -> bool:
        """True as soon as there is something behind `after`, False after `timeout_s`.

        A bare future and a timer: each event of a thousand rooms wakes three readers, for whom `asyncio.timeout` and an
        `Event` are a tenth of the loop's work.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        is_over = False
        while not (is_over or self.has_after(after)):
            told: asyncio.Future[bool] = loop.create_future()
            timer = loop.call_at(until, _tell, told, True)
            self._waiting.add(told)
            try:
                is_over = await told
            finally:
                timer.cancel()
                self._waiting.discard(told)
        return self.has_after(after)

    def wake(self) -> None:
        """Whoever waits shall look again, as if their time were over."""
        self._tell(is_over=True)

    def _tell(self, *, is_over: bool) -> None:
        while self._waiting:
            _tell(self._waiting.pop(), is_over)


def _tell(waiting: asyncio.Future[bool], is_over: bool) -> None:
    if not waiting.done():
        waiting.set_result(is_over)
