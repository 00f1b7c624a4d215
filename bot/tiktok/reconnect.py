"""Whether a client tries again after a failure, through which of its sources, and how long it waits. Pure.

A creator who does not exist and a key that is not served are answers, not faults: nothing is retried. Everything else is,
never at once, and never sooner than the other side asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from random import Random

from bot import backoff
from bot.errors import AgeRestricted, ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SignRefused, SourceError

STABLE_AFTER_S = 30.0
"""A stream that was open for so long was a success: the attempts are counted anew."""

SWITCH_S = 1.0
"""How soon another source is tried: half of it at least, so that not everybody switches at once."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How persistent a client is.

    `most_attempts`: failures in a row, of each source, before the last of them is raised. `first_s` and `most_s`: the wait
    after a lost stream, doubled from one to the other; who was refused waits ten times as long, because sign servers count
    every attempt. `wait_for_live_s`: look this often for a LIVE when there is none, from one LIVE to the next; None:
    `CreatorOffline` is raised, and the client stops with the LIVE. TikTok blocks who asks more often than every 30 to 60 s.
    """

    most_attempts: int = 10
    first_s: float = 2.0
    most_s: float = 60.0
    wait_for_live_s: float | None = None

    def __post_init__(self) -> None:
        if self.wait_for_live_s is not None and not self.wait_for_live_s > 0:
            raise ValueError(f"wait_for_live_s must be above zero, not {self.wait_for_live_s}")
        if not 0 < self.first_s <= self.most_s:
            raise ValueError(f"first_s must be above zero and at most most_s, not {self.first_s} and {self.most_s}")


NEVER = Reconnect(most_attempts=0)


def after(error: SourceError, *, attempt: int, rng: Random, policy: Reconnect) -> float | None:
    """Seconds to wait after failure number `attempt` (0 is the first since things went well), None to give up."""
    if isinstance(error, CreatorOffline):
        every_s = policy.wait_for_live_s
        return None if every_s is None else every_s * (0.9 + 0.2 * rng.random())
    if isinstance(error, CreatorNotFound | SignRefused | AgeRestricted) or attempt >= policy.most_attempts:
        return None
    slower = 1.0 if isinstance(error, ConnectionLost) else 10.0 if isinstance(error, ConnectionRefused) else 15.0
    wait_s = backoff.delay_s(attempt, rng, first_s=slower * policy.first_s, most_s=slower * policy.most_s)
    return wait_s if error.retry_after_s is None else max(wait_s, error.retry_after_s)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `wait_s`. `reason` is what a person is told: what failed and, if it is another source, who is next."""

    wait_s: float
    reason: str


class Turns:
    """Which of a client's sources is next: `current` is its number in order of preference. Times are monotonic seconds.

    A source that failed rests for as long as `after` says, one that `after` gives up for good. The next one is the first that
    is ready, the one that rests shortest where none is. A stream that breaks for the first time is opened again where it was.
    """

    def __init__(self, names: Sequence[str], *, policy: Reconnect, rng: Random) -> None:
        self.current = 0
        self.reasons: dict[str, str] = {}
        """Why each source failed last, by its name."""
        self._names = names
        self._policy = policy
        self._rng = rng
        self._failures = [0] * len(names)
        self._rests_until = [-inf] * len(names)

    def failed(self, error: SourceError, now: float, *, each_once: bool = False) -> Retry | None:
        """The answer to a failure of the current source, None to give up.

        `each_once`: somebody waits for a first stream, so each source is asked once, even by a policy that never reconnects.
        """
        one = self.current
        wait_s = after(error, attempt=self._failures[one], rng=self._rng, policy=self._policy)
        self._failures[one] += 1
        self._rests_until[one] = inf if wait_s is None else now + wait_s
        self.reasons[self._names[one]] = error.reason
        if each_once:
            return self._next(error, now, [each for each, failures in enumerate(self._failures) if not failures])
        if self._policy.most_attempts == 0:
            return None
        if wait_s is not None and isinstance(error, ConnectionLost) and self._failures[one] == 1:
            return Retry(wait_s, error.reason)
        return self._next(error, now, range(len(self._names)))

    def held(self) -> None:
        """The current stream was open for `STABLE_AFTER_S`. Who was given up gets another chance; a wait that runs goes on."""
        self._failures = [0] * len(self._names)
        self._rests_until = [-inf if until == inf else until for until in self._rests_until]

    def _next(self, error: SourceError, now: float, candidates: Sequence[int]) -> Retry | None:
        switch_s = min(SWITCH_S, self._policy.first_s) * (0.5 + self._rng.random() / 2)
        ready_at = {each: max(self._rests_until[each], now + (switch_s if each != self.current else 0.0)) for each in candidates}
        if not ready_at or min(ready_at.values()) == inf:
            return None
        chosen = min(ready_at, key=ready_at.__getitem__)  # of several that are ready the preferred: the first is taken
        reason = error.reason if chosen == self.current else f"{error.reason}; trying {self._names[chosen]}"
        self.current = chosen
        return Retry(ready_at[chosen] - now, reason)
