"""Who wants to hear which events: classes or names, one handler or many, and a letter box that does not overflow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from bot.events import Common, Event, GapEvent, MessageId
from bot.events.codec import EVENT_CLASSES
from bot.events.names import classes_named

E = TypeVar("E", bound=Event)
Handler = Callable[[E], object]
"""Takes one event. What it returns is awaited if it can be."""

EVERYTHING: frozenset[type[Event]] = frozenset({Event})


class Registered(NamedTuple):
    """One handler, and the classes that it was registered for."""

    classes: frozenset[type[Event]]
    handler: Handler[Event]


class Listeners:
    """Handlers in the order of their registration. A class stands for its subclasses, too: `Event` is everything."""

    def __init__(self) -> None:
        self._registered: list[Registered] = []
        self._by_kind: dict[type[Event], tuple[Handler[Event], ...]] = {}

    def add(self, what: type[Event] | str, handler: Handler[Event]) -> None:
        """Raises `BadInput` for a name that nobody knows."""
        self._registered.append(Registered(classes_of(what), handler))
        self._by_kind.clear()

    def remove(self, what: type[Event] | str, handler: Handler[Event]) -> bool:
        """Forget it, by the class or by any of its names; False when it was not registered. Raises `BadInput` as `add`."""
        wanted = Registered(classes_of(what), handler)
        if wanted not in self._registered:
            return False
        self._registered.remove(wanted)
        self._by_kind.clear()
        return True

    def of(self, kind: type[Event]) -> tuple[Handler[Event], ...]:
        """Whom an event of that class goes to."""
        found = self._by_kind.get(kind)
        if found is None:
            found = tuple([each.handler for each in self._registered if issubclass(kind, tuple(each.classes))])
            self._by_kind[kind] = found
        return found

    def expects(self, kind: type[Event]) -> bool:
        """Whether somebody asked for this class itself, not only for everything."""
        return any(issubclass(kind, tuple(each.classes)) and each.classes != EVERYTHING for each in self._registered)


def classes_of(what: type[Event] | str) -> frozenset[type[Event]]:
    """The classes that a class or a name stands for. Raises `BadInput` for a name that nobody knows."""
    if not isinstance(what, str):
        return frozenset({what})
    named = classes_named(what)
    # As a class, everything also covers what a later version adds.
    return EVERYTHING if named == frozenset(EVENT_CLASSES) else named


class LetterBox:
    """Events on their way to a reader who may be slow.

    When `most` wait, the oldest is dropped for the newest: the socket must not wait for a handler, or TikTok closes it. What
    was dropped is told by a `GapEvent` before the next event.
    """

    def __init__(self, most: int) -> None:
        self.dropped = 0
        self._most = max(1, most)
        self._waiting: deque[Event] = deque()
        self._missing: list[Event] = []
        self._missed = 0
        self._is_closed = False
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        """Never waits."""
        if len(self._waiting) >= self._most:
            oldest = self._waiting.popleft()
            self._missing = [self._missing[0] if self._missing else oldest, oldest]
            self._missed += 1
            self.dropped += 1
        self._waiting.append(event)
        self._news.set()

    def clear(self) -> None:
        """What waits is not wanted any more."""
        self._waiting.clear()
        self._missing, self._missed = [], 0

    def close(self) -> None:
        """No more will come; what waits can still be read."""
        self._is_closed = True
        self._news.set()

    async def get(self) -> Event | None:
        """The next event; None when the box is closed and empty."""
        while not self._waiting:
            if self._is_closed:
                return None
            self._news.clear()
            await self._news.wait()
        if self._missed:
            gap = _gap(self._missing, self._missed)
            self._missing, self._missed = [], 0
            return gap
        return self._waiting.popleft()


def _gap(missing: Sequence[Event], missed: int) -> GapEvent:
    first, last = missing
    common = Common(MessageId(f"gap:{first.message_id}"), last.room_id, last.creator, 0, last.received_at_ms)
    reason = f"a handler is too slow: {missed} events were dropped"
    return GapEvent(common, from_ms=first.received_at_ms, to_ms=last.received_at_ms, reason=reason)
