"""Which events of a room's stream are news. Pure.

Three kinds are not: what another room said over this socket (rooms that battle see each other's messages), what came before
and is replayed after a reconnect, and, for those who do not want it, what was said before the first connect.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from bot.events import CommentEvent, ConnectedEvent, EmoteEvent, Event, RoomId, UnknownEvent
from bot.events.codec import event_id

REMEMBERED = 4096
"""Events whose repeat is noticed: a reconnect replays about six comments, a very loud room says some hundreds a second."""


class Screen:
    """State of one client, over all its connections."""

    def __init__(self, *, process_initial_data: bool = True, remembered: int = REMEMBERED) -> None:
        self.foreign = 0
        self.repeated = 0
        self._process_initial_data = process_initial_data
        self._seen: set[tuple[str, ...]] = set()
        self._order: deque[tuple[str, ...]] = deque()
        self._remembered = remembered

    def take(self, batch: Iterable[Event], room_id: RoomId, *, is_initial: bool = False) -> list[Event]:
        """What of a frame's events is news, in order. `is_initial`: it is a connection's first batch, with the room's backlog."""
        if is_initial and not self._process_initial_data:
            batch = [event for event in batch if isinstance(event, ConnectedEvent)]
        return [event for event in batch if self._is_news(event, room_id)]

    def _is_news(self, event: Event, room_id: RoomId) -> bool:
        if event.room_id not in ("", room_id):
            self.foreign += 1
            return False
        if not event.message_id:
            return True  # nothing tells it from another one
        identity = _identity(event, room_id)
        if identity in self._seen:
            self.repeated += 1
            return False
        self._remember(identity)
        return self._process_initial_data or not (isinstance(event, CommentEvent | EmoteEvent) and event.is_history)

    def _remember(self, identity: tuple[str, ...]) -> None:
        self._seen.add(identity)
        self._order.append(identity)
        if len(self._order) > self._remembered:
            self._seen.discard(self._order.popleft())


def _identity(event: Event, room_id: RoomId) -> tuple[str, ...]:
    """Side messages that we do not model all share one type: there the method tells them apart."""
    method = event.method if isinstance(event, UnknownEvent) else ""
    return (*event_id(event, room_id=room_id), method)
