"""Whose page is looked up next, and when. Pure.

TikTok blocks addresses that look up many pages (webcast-protocol.md 12.8), so all creators share one budget. A look-up that
somebody waits for goes first, then those of creators who may be live just now, then those that are only routine; among equals,
first come, first served. Nobody is passed over for ever.
"""

from __future__ import annotations

import math
from enum import IntEnum
from itertools import chain

from bot.model.ids import CreatorId


class Rank(IntEnum):
    """Who goes first: the lowest."""

    WISHED = 0
    """Somebody waits for the answer."""
    LIKELY = 1
    """They usually go live about now, or a bulk check says that they are."""
    ROUTINE = 2


MOST_IN_A_ROW = {Rank.WISHED: 3, Rank.LIKELY: 1}
"""So many turns a rank takes before one goes to those below it: people hardly wait, and nobody is found late for ever."""


def detection_delay_s(creators: int, *, per_s: float, poll_every_s: float) -> float:
    """Seconds between the beginning of a LIVE and the look-up that finds it, at most, when `creators` are looked up in turn.

    All share `per_s` look-ups a second; nobody is looked up more often than every `poll_every_s`.
    """
    return max(poll_every_s, creators / per_s)


def doublings(delay_s: float, *, above_s: float, told: int) -> int:
    """What stands told after a look at the delay: 1 above `above_s`, 2 above its double, and so on; 0 once it is not above.

    `told` is the answer of the last look: a delay that falls, but not so far, stays told.
    """
    if delay_s <= above_s:
        return 0
    return max(told, math.floor(math.log2(delay_s / above_s)) + 1)


class Budget:
    """A bucket of `burst` tokens that fills with `per_s` tokens a second. Times are monotonic seconds."""

    def __init__(self, *, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = float("-inf")

    def take(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
            self._at = now
        # A hair under a whole token is one: a sleep of exactly the right length must not lead to a second, tiny one.
        if self._tokens > 1.0 - 1e-9:
            self._tokens = max(0.0, self._tokens - 1.0)
            return 0.0
        return (1.0 - self._tokens) / self._per_s


class Line:
    """Creators who wait for a look-up. Bounded by the number of creators: each stands in it at most once."""

    def __init__(self) -> None:
        self._ranks: tuple[dict[CreatorId, None], ...] = tuple({} for _ in Rank)
        self._in_a_row = [0 for _ in Rank]

    def __len__(self) -> int:
        return sum(map(len, self._ranks))

    def join(self, creator_id: CreatorId, rank: Rank) -> None:
        """Stand at the end of a rank; who stands in the line already can only move forward."""
        for other in Rank:
            if creator_id in self._ranks[other]:
                if other <= rank:
                    return
                del self._ranks[other][creator_id]
        self._ranks[rank][creator_id] = None

    def hurry(self, creator_id: CreatorId, rank: Rank) -> None:
        """Move forward to this rank. Nothing happens if they do not stand in line."""
        if any(creator_id in waiting for waiting in self._ranks):
            self.join(creator_id, rank)

    def leave(self, creator_id: CreatorId) -> None:
        """Wait no longer."""
        for waiting in self._ranks:
            waiting.pop(creator_id, None)

    def places(self) -> dict[CreatorId, int]:
        """About where everybody stands, as if nobody were ever passed over: 1 is next."""
        return {creator_id: place for place, creator_id in enumerate(chain.from_iterable(self._ranks), 1)}

    def next(self) -> CreatorId:
        """Who is first; they have left the line. Raises `IndexError` when nobody waits."""
        for rank in Rank:
            is_last = not any(self._ranks[rank + 1 :])
            if not self._ranks[rank]:
                continue
            if not is_last and self._in_a_row[rank] >= MOST_IN_A_ROW[rank]:
                self._in_a_row[rank] = 0
                continue
            self._in_a_row[rank] = 0 if is_last else self._in_a_row[rank] + 1
            creator_id = next(iter(self._ranks[rank]))
            del self._ranks[rank][creator_id]
            return creator_id
        message = "nobody waits for a look-up"
        raise IndexError(message)
