"""Which source a creator is connected through next, or how long to wait for one. Pure: time and chance are arguments.

A *way* is a source with the account that it uses there: the sign server with our key, the same without one, the direct path.
Ways stand in order of preference, and the first that is ready serves. A way is not ready

- while it rests, because the other side named a wait or because it failed several creators in a row,
- while its allowance is used up: so many connects in any stretch of time, so many streams open at once,
- for one creator, until that creator's own wait after a failure there is over (`not_before`).

What one creator learns (a `Retry-After`, a used-up allowance) binds all who use that account.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from bot import backoff
from bot.errors import SignRefused, SourceError
from bot.model.health import Allowance
from bot.tiktok.allowance import FAILED_CREATORS, MOST_REST_S, NEVER, Limit, spelled, used_up

LOOK_AGAIN_S = 30.0
"""When every stream that may be open at once is open, nobody knows when one will end."""


@dataclass(frozen=True, slots=True)
class Way:
    """`account` names whose allowance is used ("no key", "our key"); it never holds a secret."""

    name: str
    account: str = ""
    limits: tuple[Limit, ...] = ()
    most_open: int | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.account})" if self.account else self.name


@dataclass(frozen=True, slots=True)
class Use:
    """Connect through `way`. `reason` says why not through one that is preferred, "" when it is the preferred one."""

    way: Way
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is ready before `until` (monotonic seconds, finite)."""

    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """From when on a way serves anybody; `why` it does not before."""

    at: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: 1 is next. `expected_s` is an estimate; `reason` why the first does not move, "" if they do."""

    number: int
    expected_s: float
    reason: str


@dataclass(slots=True)
class Standing:
    """What became of one way lately."""

    connects: deque[float] = field(default_factory=deque)
    open: int = 0
    failures: int = 0
    """Since it last worked."""
    failed_for: set[object] = field(default_factory=set)
    rests: int = 0
    rests_until: float = NEVER
    why: str = ""


class Sources:
    """All ways of a process, shared by its creators. Times are monotonic seconds and do not go back."""

    def __init__(self, ways: Iterable[Way], *, rng: Random) -> None:
        self.ways: Sequence[Way] = tuple(ways)
        if not self.ways or len(set(self.ways)) < len(self.ways):
            raise ValueError("there must be a way, and none twice")
        self._rng = rng
        self._standings = {way: Standing() for way in self.ways}
        self.spent = 0
        """Grows with every change of what is spent: a cheap way to see that there is something to store."""

    def standing(self, way: Way) -> Standing:
        """For whoever shows it."""
        return self._standings[way]

    def readiness(self, now: float) -> Mapping[Way, Ready]:
        """When each way serves, in order of preference."""
        return {way: self._ready(way, now) for way in self.ways}

    def choose(
        self, now: float, not_before: Mapping[Way, float] | None = None, *, readiness: Mapping[Way, Ready] | None = None
    ) -> Use | Wait:
        """The first way that is ready, or the wait until one is. `readiness` may be handed in when it is known for `now`."""
        earliest = float("inf")
        reasons: list[str] = []
        for way, ready in (self.readiness(now) if readiness is None else readiness).items():
            own = (not_before or {}).get(way, NEVER)
            at = max(ready.at, own)
            if at <= now:
                return Use(way, "; ".join(reasons))
            why = ready.why if ready.at >= own else "it failed for this creator just now"
            reasons.append(f"{way} waits {spelled(at - now)}: {why}")
            earliest = min(earliest, at)
        return Wait(earliest, "; ".join(reasons))

    def spend(self, way: Way, now: float) -> None:
        """A connect through `way` begins. Every attempt counts, not every success (webcast-protocol.md 12.1)."""
        self._standings[way].open += 1
        if way.limits:
            self._note_connects(way, [now])

    def recall(self, spent: Mapping[Way, Sequence[float]]) -> None:
        """What an earlier process spent counts, too: when it began its connects, the oldest first. Before the first `spend`."""
        for way, connects in spent.items():
            self._note_connects(way, connects)

    def left_of(self, way: Way, now: float) -> tuple[Allowance, ...]:
        """What may be spent now of each of a way's limits."""
        connects = self._standings[way].connects
        return tuple(
            Allowance(limit.most, limit.within_s, max(0, limit.most - sum(now - at < limit.within_s for at in connects)))
            for limit in way.limits
        )

    def _note_connects(self, way: Way, connects: Sequence[float]) -> None:
        noted = self._standings[way].connects
        noted.extend(connects)
        self.spent += 1
        while len(noted) > max(limit.most for limit in way.limits):
            noted.popleft()

    def left(self, way: Way) -> None:
        """A connect that was begun is over, however it ended."""
        self._standings[way].open -= 1

    def unspent(self, way: Way, at: float) -> None:
        """The connect that was begun at `at` was never made: nobody was asked."""
        standing = self._standings[way]
        standing.open -= 1
        if at in standing.connects:
            standing.connects.remove(at)
            self.spent += 1

    def worked(self, way: Way) -> None:
        """A stream opened through `way`."""
        standing = self._standings[way]
        standing.failures = standing.rests = 0
        standing.failed_for.clear()

    def failed(self, way: Way, error: SourceError, now: float, *, whom: object) -> float:
        """`whom` could not be connected through `way`. Returns for how many seconds it rests now, for everybody."""
        standing = self._standings[way]
        standing.failures += 1
        standing.failed_for.add(whom)
        rest_s = 0.0
        if error.retry_after_s is not None:
            # What was asked for, and for all: those who wait for its end come one by one (`connects.py`), not at once.
            rest_s = min(error.retry_after_s, MOST_REST_S)
        elif isinstance(error, SignRefused) or len(standing.failed_for) >= FAILED_CREATORS:
            rest_s = backoff.delay_s(standing.rests, self._rng, first_s=10.0, most_s=600.0)
        if rest_s <= 0:
            return 0.0
        standing.rests += 1
        standing.failed_for.clear()
        if now + rest_s > standing.rests_until:
            standing.rests_until, standing.why = now + rest_s, error.reason
        return rest_s

    def per_s(self) -> float:
        """Connects a second that all allowances together permit in the long run; infinite where one has no limit."""
        return sum(min((limit.per_s for limit in way.limits), default=float("inf")) for way in self.ways)

    def _ready(self, way: Way, now: float) -> Ready:
        standing = self._standings[way]
        found = Ready(NEVER)
        if (reached := used_up(way.limits, standing.connects)) is not None:
            at, limit = reached
            found = Ready(at, f"its {limit.most} connects in {spelled(limit.within_s)} are used up")
        if way.most_open is not None and standing.open >= way.most_open and now + LOOK_AGAIN_S > found.at:
            found = Ready(now + LOOK_AGAIN_S, f"{standing.open} streams are open there, which is all it allows")
        if standing.rests_until > found.at:
            found = Ready(standing.rests_until, standing.why)
        return found
