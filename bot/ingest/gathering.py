"""Which rooms are asked about together. Pure.

After an outage a thousand streams break at once, and each wants to know whether its room still lives. One question may name
fifty rooms, so who asks waits a moment for others. Times are monotonic seconds.
"""

from __future__ import annotations

from itertools import islice

from bot.events import RoomId


class Gathering:
    """Rooms that wait to be asked about, the longest waiting first: `window_s` at most, or until `most` are together."""

    def __init__(self, *, window_s: float, most: int) -> None:
        self._window_s = window_s
        self._most = most
        self._since: dict[RoomId, float] = {}

    def join(self, room_id: RoomId, now: float) -> None:
        """Wait; a room that waits already does not wait anew."""
        self._since.setdefault(room_id, now)

    def leave(self, room_id: RoomId) -> None:
        """Nobody wants to know any more."""
        self._since.pop(room_id, None)

    def wait_s(self, now: float) -> float | None:
        """Seconds until a question is due, 0 when it is; None when no room waits."""
        if not self._since:
            return None
        if len(self._since) >= self._most:
            return 0.0
        return max(0.0, next(iter(self._since.values())) + self._window_s - now)

    def take(self) -> tuple[RoomId, ...]:
        """The rooms of one question; they wait no longer."""
        taken = tuple(islice(self._since, self._most))
        for room_id in taken:
            del self._since[room_id]
        return taken
