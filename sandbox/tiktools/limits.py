"""What the edge allows, in one place that tests can tighten. The default lets everybody do everything."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_S, DAY_S = 3_600.0, 86_400.0


@dataclass(slots=True)
class Limits:
    """Of one account: a key, or everybody without one. Times are real seconds, None is no limit."""

    open_most: int | None = None
    """Connections at a time; one more pushes out the oldest."""
    connects_per_hour: int | None = None
    connects_per_day: int | None = None
    session_s: float | None = None
    """How long one connection may last."""


ANONYMOUS = Limits(open_most=1, connects_per_hour=6, connects_per_day=20, session_s=600.0)
"""As it was in June 2026, per address."""
SANDBOX_KEY = Limits(open_most=3, connects_per_hour=60, session_s=7_200.0)
"""The evaluation tier of September 2026."""
