"""When somebody usually goes live, from when they did. Pure.

People keep hours: a LIVE begins at about the same time of the same weekday as in other weeks. Whoever is expected now is looked
up before those of whom nobody knows. Instants are UTC milliseconds; a shift by summer time stays within `NEAR_MS`.
"""

from __future__ import annotations

from collections.abc import Collection

WEEK_MS = 7 * 24 * 3_600_000
WEEKS = 4
"""How far back habits are looked for."""

NEAR_MS = 3_600_000
"""How far before or after the usual time somebody is expected."""

ENOUGH_WEEKS = 2
"""Once is chance, twice is a habit."""


def is_usual(starts_ms: Collection[int], *, now_ms: int) -> bool:
    """Whether LIVEs began at about this time of the week in at least `ENOUGH_WEEKS` of the last `WEEKS` weeks."""
    weeks = {round((now_ms - start_ms) / WEEK_MS) for start_ms in starts_ms if _off_ms(now_ms - start_ms) <= NEAR_MS}
    return len(weeks.intersection(range(1, WEEKS + 1))) >= ENOUGH_WEEKS


def since_ms(now_ms: int) -> int:
    """LIVEs that began before this say nothing any more."""
    return now_ms - WEEKS * WEEK_MS - NEAR_MS


def _off_ms(ago_ms: int) -> int:
    """How far that is from the nearest whole number of weeks."""
    return min(ago_ms % WEEK_MS, -ago_ms % WEEK_MS)
