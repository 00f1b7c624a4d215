"""What to do after a failure: wait how long, and what to tell people meanwhile. Pure.

The one place that answers "try again?". The answer is always yes: no watch is given up because of an error upstream. And it
is never at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from bot import backoff
from bot.errors import ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SourceError
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Use, Wait
from bot.model.creator import CreatorState

SWITCH_S = 1.0
"""How soon another source is tried, when one is ready: up to twice this, so that not everybody switches at once."""

MOST_RETRY_AFTER_S = 24 * 3600.0
"""A sign server's day limit is the longest wait that anybody asks for (webcast-protocol.md 3.2)."""


@dataclass(frozen=True, slots=True)
class Retry:
    """`state` and `reason` are what a person sees until then.

    `patient`: not even a person's wish makes us try earlier. A look-up may be hurried, a connection may not.
    """

    state: CreatorState
    delay_s: float
    reason: str
    patient: bool = False


def after(error: SourceError, *, attempt: int, rng: Random, settings: IngestSettings, is_usual: bool = False) -> Retry:
    """The answer to failure number `attempt` (0 is the first since things last went well).

    `is_usual`: they usually go live about now, so who is offline is looked up again sooner.
    """
    match error:
        case CreatorNotFound():
            return Retry(CreatorState.NOT_FOUND, _jittered(settings.not_found_every_s, rng), error.reason)
        case CreatorOffline():
            every_s = min(settings.poll_every_s, settings.usual_every_s) if is_usual else settings.poll_every_s
            return Retry(CreatorState.OFFLINE, _jittered(every_s, rng), error.reason)
        case ConnectionLost():
            delay_s = backoff.delay_s(attempt, rng, first_s=2.0, most_s=60.0)
            return _backed_off(error, CreatorState.LIVE, delay_s, patient=True)
        case ConnectionRefused():
            # Sign servers count every attempt, not every success (webcast-protocol.md 12.1).
            delay_s = backoff.delay_s(attempt, rng, first_s=10.0, most_s=600.0)
            return _backed_off(error, CreatorState.UNCLEAR, delay_s, patient=True)
        case _:
            return _backed_off(error, CreatorState.UNCLEAR, backoff.delay_s(attempt, rng, first_s=30.0, most_s=900.0))


def by_another(retry: Retry, outlook: Use | Wait, *, now: float, rng: Random) -> Retry:
    """The same answer, given what the sources say: sooner if another one is ready, later if all of them rest for longer."""
    if isinstance(outlook, Use):
        soon_s = SWITCH_S * (1 + rng.random())
        return replace(retry, delay_s=soon_s, reason=f"{retry.reason}; trying {outlook.way}") if soon_s < retry.delay_s else retry
    return replace(retry, delay_s=max(outlook.until - now, min(SWITCH_S, retry.delay_s)))


def _jittered(seconds: float, rng: Random) -> float:
    """`seconds` or up to a fifth more, so that creators who were looked up together drift apart."""
    return seconds * (1.0 + 0.2 * rng.random())


def _backed_off(error: SourceError, state: CreatorState, delay_s: float, *, patient: bool = False) -> Retry:
    if error.retry_after_s is None:
        return Retry(state, delay_s, error.reason, patient)
    return Retry(state, max(delay_s, min(error.retry_after_s, MOST_RETRY_AFTER_S)), error.reason, patient=True)
