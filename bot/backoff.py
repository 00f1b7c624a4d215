"""Waiting times between attempts. Pure: chance is an argument."""

from __future__ import annotations

from random import Random


def delay_s(attempt: int, rng: Random, *, first_s: float = 1.0, most_s: float = 60.0) -> float:
    """Seconds to wait after failed attempt number `attempt` (0 is the first): exponential, "full jitter" over its upper half."""
    ceiling = min(most_s, first_s * 2.0 ** min(attempt, 32))
    return ceiling * (0.5 + rng.random() / 2)
