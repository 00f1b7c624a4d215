"""Gift combos: which gift message is the one to announce. Pure.

A streakable gift sends progress messages whose `repeat_count` is a running total, and at last one with `repeat_end`. The
facts (webcast-protocol.md 6.2, checked against its captures):

- A combo is (viewer, gift, group id); the group id is the instant of its first gift. One viewer can have several combos at
  once (capture: 7280193361613214650 sends gifts 7813 and 7096 within a second), so a new group id closes nothing.
- The end comes about three seconds after the last progress, and sometimes never.
- Messages arrive out of order and more than once; counts can jump. So a count is kept as the most seen, never summed.

What comes out, for whatever goes in: at most one final event (`GiftEvent.is_final`) for each count that is news, with
`counted_before` = what earlier final events of the same combo announced. The sum of `repeat_count - counted_before` over a
combo's final events never exceeds what was given, and equals it once TikTok's own end arrived.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from msgspec.structs import replace

from bot.events import Combo, Event, GiftEvent, LiveEndedEvent, MessageId

CLOSE_AFTER_MS = 60_000
"""Silence after which a combo is closed with the most seen (webcast-protocol.md 6.2)."""

MOST_OPEN = 2_000
"""Combos open at once in one room; one more closes the one that was silent the longest."""

MOST_CLOSED = 10_000
"""Closed combos whose late messages are still recognised."""

Key = tuple[str, str, str]


class Combos:
    """The combos of one room."""

    def __init__(
        self,
        *,
        close_after_ms: int = CLOSE_AFTER_MS,
        most_open: int = MOST_OPEN,
        most_closed: int = MOST_CLOSED,
    ) -> None:
        self._close_after_ms = close_after_ms
        self._most_open = most_open
        self._most_closed = most_closed
        # Each combo's highest progress and when any message of it came (our clock); the longest silent first.
        self._open: OrderedDict[Key, tuple[GiftEvent, int]] = OrderedDict()
        # How many of each closed combo were announced; the longest closed first.
        self._counted: OrderedDict[Key, int] = OrderedDict()

    @classmethod
    def recalled(cls, logged: Iterable[Event]) -> Combos:
        """The combos of a room as the tail of its log leaves them: what was open when a process ended is open again."""
        combos = cls()
        for event in logged:
            if isinstance(event, GiftEvent):
                combos.take(event, now_ms=event.received_at_ms)
        return combos

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def settle(self, events: Iterable[Event], *, now_ms: int) -> list[Event]:
        """A frame's events, in order: its gifts as `take` gives them, and a close of every combo before the LIVE's end."""
        out: list[Event] = []
        for event in events:
            if isinstance(event, GiftEvent):
                out += self.take(event, now_ms=now_ms)
                continue
            if isinstance(event, LiveEndedEvent):
                out += self.close_all(now_ms=now_ms)
            out.append(event)
        return out

    def take(self, event: GiftEvent, *, now_ms: int) -> list[GiftEvent]:
        """What a gift message amounts to: itself, corrected; nothing if it is no news; perhaps a forced close before it."""
        if event.combo is Combo.SINGLE:
            return [event]
        key = _key(event)
        counted = self._counted.get(key, 0)
        if event.repeat_count <= counted:
            return []
        if event.is_final:
            return [self._end(key, event, counted)]
        return [*self._progress(key, event, now_ms), event]

    def due(self, *, now_ms: int) -> list[GiftEvent]:
        """Closes for the combos that have been silent too long."""
        closes = []
        while self._open and next(iter(self._open.values()))[1] + self._close_after_ms <= now_ms:
            closes.append(self._infer(next(iter(self._open)), now_ms))
        return closes

    def close_all(self, *, now_ms: int) -> list[GiftEvent]:
        """Closes for all: the LIVE is over and no end will come."""
        return [self._infer(key, now_ms) for key in list(self._open)]

    def _progress(self, key: Key, event: GiftEvent, now_ms: int) -> list[GiftEvent]:
        highest, _ = self._open.pop(key, (event, now_ms))
        self._open[key] = (max(highest, event, key=lambda seen: seen.repeat_count), now_ms)
        if len(self._open) > self._most_open:
            return [self._infer(next(iter(self._open)), now_ms)]
        return []

    def _end(self, key: Key, event: GiftEvent, counted: int) -> GiftEvent:
        highest, _ = self._open.pop(key, (event, 0))
        most = max(event.repeat_count, highest.repeat_count)
        self._remember(key, most)
        return replace(event, repeat_count=most, counted_before=counted)

    def _infer(self, key: Key, now_ms: int) -> GiftEvent:
        highest, _ = self._open.pop(key)
        counted = self._counted.get(key, 0)
        self._remember(key, highest.repeat_count)
        # The count is part of the id: a combo that goes on after this close can be closed like this once more.
        message_id = MessageId(":".join(("combo", *key, str(highest.repeat_count))))
        return replace(
            highest,
            common=replace(highest.common, message_id=message_id, received_at_ms=now_ms),
            combo=Combo.INFERRED,
            counted_before=counted,
        )

    def _remember(self, key: Key, counted: int) -> None:
        self._counted.pop(key, None)
        self._counted[key] = counted
        if len(self._counted) > self._most_closed:
            self._counted.popitem(last=False)


def _key(event: GiftEvent) -> Key:
    return (event.user.id if event.user else "", event.gift.id, event.group_id)
