"""One connection to the edge, seen through its frames: when it is connected, which room it is, when the LIVE is over. Pure.

The open socket says nothing: the edge takes up to 45 s to find the room, and may then refuse it. Connected is who received
`roomInfo`, or anything else of the room. What comes before that (a notice of a limit, "not live") is no event of a room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.events import ConnectedEvent, Event, LiveEndedEvent
from bot.events.base import Common
from bot.events.ids import MessageId, RoomId
from bot.tiktok.source import Room
from bot.tiktok.tiktools.closes import Nudge, nudge_of
from bot.tiktok.tiktools.decode import Arrival, event_of
from bot.tiktok.tiktools.fields import identifier, record
from bot.tiktok.tiktools.frames import NOT_LIVE, NUDGES, ROOM_INFO, Faults, Frame, read


class Session:
    """`receive` every message; each batch that comes back is to be yielded. `nudge` and `not_live` explain the close."""

    def __init__(self, room: Room, *, source: str, faults: Faults) -> None:
        self.is_connected = False
        self.has_ended = False
        self.not_live = False
        self.nudge: Nudge | None = None
        self.room_id = room.room_id
        self.room_info: dict[str, Any] = {}
        self._handle = room.handle
        self._source = source
        self._faults = faults

    def receive(self, message: str | bytes, received_at_ms: int) -> list[Event]:
        """The events of one message; the first batch opens with a `ConnectedEvent`."""
        events: list[Event] = []
        for frame in read(message, self._faults):
            self._take_note(frame)
            if not self.is_connected and not self._is_of_a_room(frame):
                continue
            if not self.is_connected:
                events.append(self.connect(received_at_ms))
            event = event_of(frame, Arrival(self._handle, received_at_ms, self.room_id), self._faults)
            self.has_ended = self.has_ended or isinstance(event, LiveEndedEvent)
            events.append(event)
        return events

    def connect(self, now_ms: int) -> ConnectedEvent:
        """Connected as of now: something of the room came, or the wait for it is over and nobody refused us."""
        self.is_connected = True
        return ConnectedEvent(self._own("connected", now_ms), source=self._source)

    def end(self, now_ms: int, reason: str) -> Sequence[Event]:
        """The edge closed the stream because the LIVE is over, without an event that says so."""
        self.has_ended = True
        return [LiveEndedEvent(self._own("ended", now_ms), reason=reason, inferred=True)]

    def _own(self, what: str, now_ms: int) -> Common:
        """An id for an event of ours: an end is the same end however often it is told, a connect is another one each time."""
        at = f":{now_ms}" if what == "connected" else ""
        return Common(MessageId(f"{what}:{self.room_id}{at}"), self.room_id, self._handle, 0, now_ms)

    def _take_note(self, frame: Frame) -> None:
        if frame.name == ROOM_INFO:
            self.room_id = _better(self.room_id, identifier(frame.data, "roomId", "room_id"))
            self.room_info = record(frame.data.get("roomInfo")) or frame.data
        elif frame.name == NOT_LIVE:
            self.not_live = True
        elif frame.name in NUDGES:
            self.nudge = nudge_of(frame.data)

    def _is_of_a_room(self, frame: Frame) -> bool:
        return frame.name not in NUDGES and frame.name not in ("", NOT_LIVE)


def _better(known: RoomId, told: str) -> RoomId:
    """The edge's room id, unless it is no id, or only the known one after a decoder rounded it (it did so in 2026)."""
    if not (told.isascii() and told.isdecimal() and len(told) <= 20):
        return known
    is_rounded = known.isascii() and known.isdecimal() and len(known) <= 20 and float(known) == float(told)
    return known if is_rounded and told.endswith("00") else RoomId(told)
