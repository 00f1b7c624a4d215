"""A source that keeps to its account's allowance: who comes too often is refused by us, before the other side has to.

The account is shared by all clients of a process, so what it was told binds them all. Other processes are not counted; where
they spent it, the other side says so, and its wait is kept to.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import lru_cache
from random import Random
from typing import Protocol

from bot.clock import Clock
from bot.errors import ConnectionRefused, RateLimited, SourceError
from bot.events import Event
from bot.tiktok.allowance import Limit, Meter
from bot.tiktok.source import Room


class Closable(Protocol):
    """A `Source` whose streams are async generators."""

    name: str

    def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]: ...


class Metered:
    """`source.Source` over another one, `source`. `advice` is what helps when the allowance is used up."""

    def __init__(self, source: Closable, meter: Meter, *, advice: str, clock: Clock, rng: Random | None = None) -> None:
        self.name = source.name
        self.source = source
        self._meter = meter
        self._advice = advice
        self._clock = clock
        self._rng = rng or Random()

    async def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]:
        """See `source.Source`. Raises `RateLimited` while the account must wait; nobody is asked then."""
        now = self._clock.monotonic()
        if (held := self._meter.held(now)) is not None:
            raise RateLimited(f"{self._meter.name} {held.wait(now)}; {self._advice}", retry_after_s=held.until - now)
        self._meter.spend(now)
        is_open = False
        try:
            async with aclosing(self.source.events(room)) as batches:
                async for batch in batches:
                    if not is_open:
                        is_open = True
                        self._meter.worked()
                    yield batch
        except SourceError as error:
            if isinstance(error, ConnectionRefused) or error.retry_after_s is not None:
                self._meter.failed(error, self._clock.monotonic(), whom=room.handle, rng=self._rng)
            raise


@lru_cache(maxsize=256)
def shared(name: str, base: str, key: str, limits: tuple[Limit, ...], of: str = "connects") -> Meter:
    """The one meter of an account in this process; the accounts used longest ago are forgotten."""
    return Meter(name, limits, of=of)
