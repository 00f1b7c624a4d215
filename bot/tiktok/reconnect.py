"""Whether a client tries again after a failure, and how long it waits. Pure.

A creator who does not exist and a key that is not served are answers, not faults: nothing is retried. Everything else is,
never at once, and never sooner than the other side asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bot import backoff
from bot.errors import AgeRestricted, ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SignRefused, SourceError

STABLE_AFTER_S = 30.0
"""A stream that was open for so long was a success: the attempts are counted anew."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How persistent a client is.

    `most_attempts`: failures in a row before the last of them is raised. `first_s` and `most_s`: the wait after a lost stream,
    doubled from one to the other; who was refused waits ten times as long, because sign servers count every attempt.
    `wait_for_live_s`: look this often for a LIVE when there is none, from one LIVE to the next; None: `CreatorOffline` is
    raised, and the client stops with the LIVE. TikTok blocks who asks more often than every 30 to 60 s.
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
