"""Events that wait for the log, and who is left out when there are too many. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from heapq import merge
from itertools import islice
from operator import itemgetter

from bot.events import (
    CaptionEvent,
    CommentEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    Handle,
    JoinEvent,
    LikeEvent,
    QuestionEvent,
    RoomId,
    ShareEvent,
    ViewersEvent,
)


class Worth(IntEnum):
    """Who goes first under pressure: the lowest. `KEPT` is never shed."""

    AMBIENT = 0
    CHAT = 1
    KEPT = 2


_WORTH: dict[type[Event], Worth] = {
    # TikTok itself samples these in big rooms, and the next message carries the new total.
    LikeEvent: Worth.AMBIENT,
    JoinEvent: Worth.AMBIENT,
    ViewersEvent: Worth.AMBIENT,
    CaptionEvent: Worth.AMBIENT,
    CommentEvent: Worth.CHAT,
    EmoteEvent: Worth.CHAT,
    QuestionEvent: Worth.CHAT,
    FollowEvent: Worth.CHAT,
    ShareEvent: Worth.CHAT,
}


def worth(event: Event) -> Worth:
    """Gifts, deletions, moderation, battles and whatever happened to the room or the connection are kept."""
    return _WORTH.get(type(event), Worth.KEPT)


@dataclass(frozen=True, slots=True)
class Shed:
    """What was left out since the last report, between the receipts of the first and the last of them (our clock)."""

    chat: int
    ambient: int
    from_ms: int
    to_ms: int
    room_id: RoomId
    creator: Handle


class Buffer:
    """At most `limit` events, in order of arrival.

    When it is full, the oldest event of the lowest class goes, as long as that class is not above the newcomer's; if there
    is none, a newcomer that may be shed is shed itself, and one that is `KEPT` is refused: its bringer must wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queues: tuple[deque[tuple[int, Event]], ...] = tuple(deque() for _ in Worth)
        self._arrived = 0
        self._shed: Shed | None = None

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def put(self, event: Event) -> Worth | None:
        """Take `event` in and return the class that something was shed of, None if nothing was. Raises `Full`."""
        own = worth(event)
        lost = None
        if len(self) >= self._limit:
            lost = self._lowest()
            if lost > own or lost is Worth.KEPT:
                if own is Worth.KEPT:
                    raise Full
                self._count(own, event)
                return own
            _, victim = self._queues[lost].popleft()
            self._count(lost, victim)
        self._arrived += 1
        self._queues[own].append((self._arrived, event))
        return lost

    def take(self, most: int) -> list[Event]:
        """The oldest events, at most `most`, in order of arrival; they are no longer here."""
        filled = [queue for queue in self._queues if queue]
        if len(filled) == 1:
            return [filled[0].popleft()[1] for _ in range(min(most, len(filled[0])))]
        taken = list(islice(merge(*filled, key=itemgetter(0)), most))
        for _, event in taken:
            self._queues[worth(event)].popleft()
        return [event for _, event in taken]

    def take_shed(self) -> Shed | None:
        """What was left out since the last call, None if nothing was."""
        shed, self._shed = self._shed, None
        return shed

    def _lowest(self) -> Worth:
        return next(each for each in Worth if self._queues[each])

    def _count(self, lost: Worth, event: Event) -> None:
        at_ms = event.received_at_ms
        before = self._shed or Shed(0, 0, at_ms, at_ms, event.room_id, event.creator)
        self._shed = Shed(
            chat=before.chat + (lost is Worth.CHAT),
            ambient=before.ambient + (lost is Worth.AMBIENT),
            from_ms=min(before.from_ms, at_ms),
            to_ms=max(before.to_ms, at_ms),
            room_id=event.room_id,
            creator=event.creator,
        )


class Full(Exception):
    """The buffer holds nothing that may be shed for the newcomer."""
