"""How long a group of writes waits for company before it is committed. Pure.

A commit costs about the same for one write as for five hundred, so under load it pays to gather for some milliseconds; for
a lone write it does not. Nobody tells us which it is, so we learn it: a wait in which nobody came is not repeated for a
while, twice as long each time.
"""

from __future__ import annotations

WINDOW_S = 0.010
"""One commit per window at most, while gathering pays (scale.md, section 0: "10 ms or 500 rows")."""

MOST_UNITS = 500
"""A group of this size is committed at once."""

_FIRST_SKIP = 16
_MOST_SKIP = 512


class Pace:
    """Learns from each group whether the next one should wait. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._started = float("-inf")
        self._skip = 0
        self._next_skip = _FIRST_SKIP

    def wait_s(self, now: float) -> float:
        """Seconds to gather before committing; zero after a quiet window, or while gathering has not been paying."""
        if self._skip:
            self._skip -= 1
            return 0.0
        return max(0.0, self._started + WINDOW_S - now)

    def waited(self, *, arrived: int) -> None:
        """A wait ended in which `arrived` more writes came."""
        if arrived:
            self._next_skip = _FIRST_SKIP
        else:
            self._skip = self._next_skip
            self._next_skip = min(2 * self._next_skip, _MOST_SKIP)

    def committed(self, *, started: float) -> None:
        """A group was run and committed, beginning at this instant."""
        self._started = started
