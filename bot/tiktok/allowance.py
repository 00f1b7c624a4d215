"""What an account may still do at another side: so many times in any stretch of time, and not while it was told to wait. Pure.

Times are monotonic seconds. Whoever uses an account asks its meter first, so that what one learns binds all who use it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bot import backoff
from bot.errors import SignRefused, SourceError

NEVER = float("-inf")
HOUR_S, DAY_S = 3600.0, 24 * 3600.0

MOST_REST_S = DAY_S
"""A sign server's day limit is the longest wait that anybody asks for (webcast-protocol.md 3.2)."""

FAILED_CREATORS = 3
"""One creator's failures may be about them (private, just over). So many creators in a row are about the way."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` uses within any `within_s` seconds."""

    most: int
    within_s: float

    @property
    def per_s(self) -> float:
        return self.most / self.within_s


ANONYMOUS_SIGNING = (Limit(5, 60.0), Limit(30, HOUR_S))
"""What a sign server allows without a key (webcast-protocol.md 3.2)."""

ANONYMOUS_EDGE = (Limit(6, HOUR_S), Limit(20, DAY_S))
"""What TikTools allows without a key, beside one stream at a time (tiktools-edge.md 4)."""


@dataclass(frozen=True, slots=True)
class Held:
    """Not before `until`; `why` is for a human."""

    until: float
    why: str

    def wait(self, now: float) -> str:
        """How long that is from now, and why: what follows a name."""
        return f"is not asked for {spelled(self.until - now)}: {self.why}"


def used_up(limits: Sequence[Limit], spent: Sequence[float]) -> tuple[float, Limit] | None:
    """The limit that `spent` (the oldest first) reaches for longest, and when there is room again; None when none ever was."""
    reached = [(spent[-limit.most] + limit.within_s, limit) for limit in limits if len(spent) >= limit.most]
    return max(reached, key=lambda each: each[0], default=None)


class Meter:
    """One account's. `name` is whom a person knows it by; it never holds a secret."""

    def __init__(self, name: str, limits: Sequence[Limit] = (), *, of: str = "connects") -> None:
        self.name = name
        self._limits = tuple(limits)
        self._of = of
        self._spent: deque[float] = deque(maxlen=max((limit.most for limit in limits), default=0))
        self._told = Held(NEVER, "")
        self._failed_for: set[object] = set()
        self._rests = 0
        self._tired_until = NEVER

    def held(self, now: float) -> Held | None:
        """Why it may not be used now: the other side named a wait, or the allowance is used up. None when it may."""
        held = self._told
        reached = used_up(self._limits, self._spent)
        if reached is not None and reached[0] > held.until:
            held = Held(reached[0], f"its {reached[1].most} {self._of} in {spelled(reached[1].within_s)} are used up")
        return held if held.until > now else None

    def is_tired(self, now: float) -> bool:
        """Whether it failed so many in a row that it had better be left alone for a while."""
        return self._tired_until > now

    def spend(self, now: float) -> None:
        """It is used. Every attempt counts, not every success."""
        self._spent.append(now)

    def worked(self) -> None:
        """It gave an answer, whatever the answer was."""
        self._failed_for.clear()
        self._rests = 0
        self._tired_until = NEVER

    def failed(self, error: SourceError, now: float, *, whom: object, rng: Random) -> None:
        """It gave no answer about `whom`. A wait that was asked for, or a refused key, is about everybody."""
        self._failed_for.add(whom)
        is_refused = isinstance(error, SignRefused)
        if error.retry_after_s is None and not is_refused and len(self._failed_for) < FAILED_CREATORS:
            return
        rest_s = backoff.delay_s(self._rests, rng, first_s=30.0, most_s=900.0)
        self._rests += 1
        self._failed_for.clear()
        if error.retry_after_s is not None:
            self._tell(now + min(error.retry_after_s, MOST_REST_S), error.reason)
        elif is_refused:
            self._tell(now + max(rest_s, HOUR_S), error.reason)
        else:
            self._tired_until = now + rest_s

    def _tell(self, until: float, why: str) -> None:
        if until > self._told.until:
            self._told = Held(until, why)


def spelled(seconds: float) -> str:
    """A stretch of time at a glance: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 120:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f}".removesuffix(".0") + " h"
