"""Finds a creator's room although TikTok's own pages do not answer: who else is asked, in which order, and how often.

TikTok blocks addresses that it does not trust: a captcha, HTTP 403, an empty page. A third party that the operator chose anyway
(the sign server with a key, TikTools) may know the room all the same. TikTok goes first and what it says holds; the others are
asked only about what it left unclear, within their allowances, and each of them rests when it fails.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from bot.clock import Clock
from bot.errors import CreatorNotFound, CreatorOffline, SourceError, Unclear
from bot.events.ids import Handle
from bot.tiktok.allowance import Held, Meter
from bot.tiktok.source import Room

Find = Callable[[Handle], Awaitable[Room]]
"""The room that a creator is live in. Raises `SourceError`: `CreatorOffline` is an answer, too."""

TIKTOK = "TikTok"
ALONE = "if TikTok blocks your address, a proxy may help, or tiktools among the sources"
"""What to do where nobody else could be asked."""

_log = logging.getLogger(__name__)


def always(_handle: Handle) -> bool:
    """Everybody is worth a question."""
    return True


class Finder(NamedTuple):
    """Somebody who may know, what is left of our account there, and about whom a question is worth its price."""

    find: Find
    meter: Meter
    is_worth: Callable[[Handle], bool] = always


class Plan(NamedTuple):
    """Whom to ask, by their numbers, in this order; `held` are those who may not be asked now."""

    order: Sequence[int]
    held: Sequence[tuple[str, Held]]


def plan(meters: Sequence[Meter], now: float) -> Plan:
    """The first is preferred and asked last while it is tired: it costs nothing but patience. The others then are not asked."""
    held = {number: told for number, meter in enumerate(meters) if (told := meter.held(now)) is not None}
    free = [number for number in range(len(meters)) if number not in held]
    awake = [number for number in free if not meters[number].is_tired(now)]
    last = [0] if 0 in free and 0 not in awake else []
    return Plan([*awake, *last], [(meters[number].name, told) for number, told in held.items()])


class Finders:
    """TikTok's own look-up, and the others in order of preference. One for all creators."""

    def __init__(self, own: Find, others: Sequence[Finder], *, clock: Clock, rng: Random) -> None:
        self._finders = (Finder(own, Meter(TIKTOK)), *others)
        self._clock = clock
        self._rng = rng

    async def look_up(self, handle: Handle) -> Room:
        """The room, with who told it. Raises `CreatorNotFound`, `CreatorOffline` (with who told it) or `Unclear`."""
        now = self._clock.monotonic()
        order, held = plan([each.meter for each in self._finders], now)
        reasons = []
        waits: list[float | None] = [told.until - now for _, told in held]
        for number in order:
            if not self._finders[number].is_worth(handle):
                reasons.append(f"{self._finders[number].meter.name} is not asked: a bulk check does not call them live")
                waits.append(None)
                continue
            try:
                return await self._ask(number, handle)
            except (CreatorOffline, CreatorNotFound):
                raise
            except SourceError as error:
                reasons.append(error.reason)
                waits.append(error.retry_after_s)
        reasons += [f"{name} {told.wait(now)}" for name, told in held]
        if len(self._finders) == 1 and waits == [None]:
            reasons.append(ALONE)
        named = [wait for wait in waits if wait is not None]
        # Who can be asked again at any time can be asked after the caller's own wait.
        raise Unclear("; ".join(dict.fromkeys(reasons)), retry_after_s=min(named) if len(named) == len(waits) else None)

    async def _ask(self, number: int, handle: Handle) -> Room:
        find, meter, _ = self._finders[number]
        told_by = meter.name if number else ""
        meter.spend(self._clock.monotonic())
        try:
            room = await find(handle)
        except (CreatorOffline, CreatorNotFound) as answer:
            meter.worked()
            answer.told_by = told_by
            raise
        except SourceError as error:
            meter.failed(error, self._clock.monotonic(), whom=handle, rng=self._rng)
            raise
        meter.worked()
        if told_by:
            _log.info("@%s: %s names room %s, TikTok's own pages do not answer", handle, told_by, room.room_id)
        return replace(room, told_by=told_by)
