"""How late moderators are told: from a removal that we heard of until Discord has taken its card. Pure; instants in ms."""

from __future__ import annotations

from collections import OrderedDict, deque

WITHIN_MS = 300_000
"""The slowest card of so long a time is shown: alerts are rare, and no scrape shall miss one."""

MOST = 1_000
"""Cards that wait, and cards that are remembered; the oldest go first."""


class Lags:
    """Of the cards of new cases, by their keys. An edit is nobody's first news."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._posted: deque[tuple[int, int]] = deque(maxlen=MOST)

    def heard(self, key: str, at_ms: int) -> None:
        """What this card tells of reached us then."""
        self._heard[key] = at_ms
        while len(self._heard) > MOST:
            self._heard.popitem(last=False)

    def posted(self, key: str, now_ms: int) -> None:
        """Discord has taken a card; one that we wait for or any other."""
        heard_at_ms = self._heard.pop(key, None)
        if heard_at_ms is not None:
            self._posted.append((now_ms, max(0, now_ms - heard_at_ms)))

    def slowest_s(self, now_ms: int) -> float:
        """Of the last minutes; 0 when there was none."""
        return max((lag_ms for at_ms, lag_ms in self._posted if at_ms > now_ms - WITHIN_MS), default=0) / 1000
