"""When a lane may post, and when a request may leave. Pure: time is an argument, in monotonic seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

QUIET_S = 0.2
"""A first line waits this long for company: what one TikTok frame brings should be one post, not two."""

LONGEST_WAIT_S = 0.6
"""… but not longer than this when lines keep coming."""

STRETCH_POSTS_PER_S = 40.0
"""Posts a second that all lanes together may make: under the gate's 45, so that edits and commands find room."""

WINDOW_S = 1.0
BUNCHES_PER_S = 9
BUNCH_S = 0.07
"""A ninth of a second, less what a busy loop comes late: or the budget would never be used up."""
INVALID_WINDOW_S = 600.0
MOST_INVALID = 3000
"""401, 403 and 429 answers in ten minutes after which lines stop. Discord bans an address at 10,000 (topics/rate-limits)."""


def interval_s(floor_s: float, due_lanes: int) -> float:
    """Seconds between two posts of one channel: stretched for all when many channels have something to say."""
    return max(floor_s, due_lanes / STRETCH_POSTS_PER_S)


def wanted_at(*, first_line_at: float, last_line_at: float) -> float:
    """When waiting lines should go, as far as they are concerned: after a moment of quiet."""
    return min(last_line_at + QUIET_S, first_line_at + LONGEST_WAIT_S)


class RequestBudget:
    """At most `per_second` requests in **any** window of one second, not on average: a bucket that refills smoothly would
    let twice as many through around a full second, and Discord measures at its own end (discord-api-docs #5144).

    And at most a ninth of them at once: when one such bunch is on its way a little longer (`BUNCH_S`) than those a second later,
    Discord sees it in their second. 45 and a bunch of 5 are the 50 that it allows.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._bunch = max(1, per_second // BUNCHES_PER_S)
        self._spent: deque[float] = deque(maxlen=per_second)
        self._closed_until = 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until the next request may leave; 0 if it may now."""
        free_at = self._closed_until
        if len(self._spent) == self._per_second:
            free_at = max(free_at, self._spent[0] + WINDOW_S)
        if len(self._spent) >= self._bunch:
            free_at = max(free_at, self._spent[-self._bunch] + BUNCH_S)
        return max(0.0, free_at - now)

    def free(self, now: float) -> int:
        """How many requests may leave now."""
        if now < self._closed_until:
            return 0
        in_window = sum(at + WINDOW_S > now for at in self._spent)
        in_bunch = sum(at + BUNCH_S > now for at in self._spent)
        return min(self._per_second - in_window, self._bunch - in_bunch)

    def spend(self, now: float) -> None:
        """A request leaves."""
        self._spent.append(now)

    def close(self, until: float) -> None:
        """Discord said that the whole token must pause."""
        self._closed_until = max(self._closed_until, until)


class InvalidAnswers:
    """How many refusals that count towards a ban came in the last ten minutes, in steps of ten seconds."""

    _STEP_S = 10.0

    def __init__(self) -> None:
        self._steps: deque[tuple[int, int]] = deque(maxlen=int(INVALID_WINDOW_S / self._STEP_S) + 1)
        self.total = 0

    def add(self, now: float) -> None:
        self.total += 1
        step = int(now / self._STEP_S)
        if self._steps and self._steps[-1][0] == step:
            self._steps[-1] = (step, self._steps[-1][1] + 1)
        else:
            self._steps.append((step, 1))

    def recent(self, now: float) -> int:
        oldest = int((now - INVALID_WINDOW_S) / self._STEP_S)
        return sum(count for step, count in self._steps if step >= oldest)

    def too_many(self, now: float) -> bool:
        return self.recent(now) >= MOST_INVALID


@dataclass(slots=True)
class Pace:
    """How fast all lanes go: `floor_s` between two posts of a channel, more when many are due.

    `draining`: the end is near, no line waits for company.
    """

    floor_s: float
    due_lanes: int = 0
    draining: bool = False

    @property
    def interval_s(self) -> float:
        return interval_s(self.floor_s, self.due_lanes)
