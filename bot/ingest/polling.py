"""Whose page is looked up next, and when. Pure.

TikTok blocks addresses that look up many pages (webcast-protocol.md 12.8), so all creators share one budget. A look-up that
somebody waits for goes before those that are only routine; among equals, first come, first served.
"""

from __future__ import annotations

import math

from bot.model.ids import CreatorId


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
        self._urgent: dict[CreatorId, None] = {}
        self._routine: dict[CreatorId, None] = {}

    def __len__(self) -> int:
        return len(self._urgent) + len(self._routine)

    def join(self, creator_id: CreatorId, *, urgent: bool) -> None:
        """Stand at the end; who stands there already can only move forward."""
        if urgent:
            self._routine.pop(creator_id, None)
            self._urgent[creator_id] = None
        elif creator_id not in self._urgent:
            self._routine[creator_id] = None

    def hurry(self, creator_id: CreatorId) -> None:
        """Somebody waits for this one now. Nothing happens if it does not stand in line."""
        if creator_id in self._routine:
            self.join(creator_id, urgent=True)

    def leave(self, creator_id: CreatorId) -> None:
        """Wait no longer."""
        self._urgent.pop(creator_id, None)
        self._routine.pop(creator_id, None)

    def next(self) -> CreatorId:
        """Who is first; they have left the line. Raises `IndexError` when nobody waits."""
        for line in (self._urgent, self._routine):
            for creator_id in line:
                del line[creator_id]
                return creator_id
        message = "nobody waits for a look-up"
        raise IndexError(message)
