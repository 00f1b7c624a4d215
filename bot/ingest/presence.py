"""What we know of the room that a creator is live in: heard when, missing since when, said what. Pure.

It outlives connections: a reconnect goes on with the same presence, a restart resumes it from the session and the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.events import Common, Event, GapEvent, Handle, LiveEndedEvent, LiveStartedEvent, MessageId, RoomId
from bot.ingest.counters import Counters
from bot.ingest.normalize import Normalizer
from bot.model.session import LiveSession
from bot.tiktok.combos import Combos
from bot.tiktok.source import Room

FORGOTTEN_START_MS = 3_600_000
"""A session without a word in the log began just before a crash, if it is younger than this; the log forgets older ones."""


class Presence:
    """One LIVE. Times ending in `_ms` are our wall clock, the others monotonic seconds."""

    def __init__(
        self, *, room_id: RoomId, creator: Handle, last_frame_at_ms: int, counters: Counters, combos: Combos | None = None
    ) -> None:
        self.room_id = room_id
        self.last_frame_at_ms = last_frame_at_ms
        self.heard_until_ms = last_frame_at_ms
        self.is_over = False
        self.is_reconnect = False
        self._normalizer = Normalizer(room_id=room_id, creator=creator, counters=counters, combos=combos)
        self._must_announce = False
        self._missing_from_ms: int | None = None
        self._missing_why = ""
        self._heard_at = 0.0
        self.opened_at_ms = 0
        self._opened_at = 0.0
        self._touched = False

    @classmethod
    def begun(cls, room: Room, *, now_ms: int, is_new: bool, counters: Counters) -> Presence:
        """A room that we just found. Until its stream opens, we are missing it."""
        presence = cls(room_id=room.room_id, creator=room.handle, last_frame_at_ms=now_ms, counters=counters)
        presence._must_announce = is_new
        return presence

    @classmethod
    def resumed(
        cls, session: LiveSession, tail: Sequence[Event], *, creator: Handle, counters: Counters, gap_from_ms: int
    ) -> Presence:
        """A room that an earlier process was in. `tail`: the log's newest events of this room.

        There is a gap if the last frame is older than `gap_from_ms`.
        """
        presence = cls(
            room_id=session.room_id,
            creator=creator,
            last_frame_at_ms=session.last_frame_at_ms,
            counters=counters,
            combos=Combos.recalled(tail),
        )
        presence.is_reconnect = bool(tail)
        presence.is_over = any(isinstance(event, LiveEndedEvent) for event in tail)
        # The start is the first thing logged of a room: nothing at all means that a crash came before it.
        presence._must_announce = not tail and session.last_frame_at_ms > gap_from_ms - FORGOTTEN_START_MS
        if tail and session.last_frame_at_ms < gap_from_ms:
            presence._missing_from_ms = session.last_frame_at_ms
            presence._missing_why = "the bot was not running"
        return presence

    def announcement(self, room: Room, *, now_ms: int) -> list[Event]:
        """The start of the LIVE, once."""
        if not self._must_announce:
            return []
        self._must_announce = False
        return [
            LiveStartedEvent(
                self._common(f"live:{self.room_id}", now_ms),
                title=room.title,
                started_at_ms=room.started_at_ms,
                viewers=room.viewers,
                cover_url=room.cover_url,
            )
        ]

    def connecting(self, now: float) -> None:
        """A connection is being opened: silence counts from here."""
        self.is_over = False
        self._heard_at = now

    def opened(self, *, now_ms: int, now: float) -> list[Event]:
        """The stream is open: admit what was missed before."""
        self._opened_at, self.opened_at_ms = now, now_ms
        self.is_reconnect = True
        return self._gap(now_ms)

    def take(self, batch: Iterable[Event], *, now_ms: int, now: float) -> list[Event]:
        """What of a frame belongs into the log."""
        self._heard_at = now
        self.last_frame_at_ms = now_ms
        self.heard(now_ms)
        events = self._normalizer.take(batch, now_ms=now_ms)
        self.is_over = self.is_over or any(isinstance(event, LiveEndedEvent) for event in events)
        return events

    def due(self, *, now_ms: int) -> Sequence[Event]:
        """Closes for combos whose end never came."""
        return self._normalizer.due(now_ms=now_ms)

    def missed(self, why: str) -> None:
        """The stream broke or did not open: from the last frame on, something is missing."""
        if self._missing_from_ms is None:
            self._missing_from_ms = self.last_frame_at_ms
            self._missing_why = why

    def finished(self, *, now_ms: int) -> list[Event]:
        """The LIVE is over: what is missing, what is still open, and the end, if TikTok did not tell it itself."""
        events = [*self._gap(now_ms), *self._normalizer.close(now_ms=now_ms)]
        if not self.is_over:
            self.is_over = True
            common = self._common(f"ended:{self.room_id}", now_ms)
            events.append(LiveEndedEvent(common, reason="found out by asking TikTok", inferred=True))
        return events

    def abandoned(self, *, now_ms: int) -> Sequence[Event]:
        """Nobody watches any more: close what is open."""
        return self._normalizer.close(now_ms=now_ms)

    def quiet_s(self, now: float) -> float:
        """How long the room has said nothing."""
        return now - self._heard_at

    def connected_s(self, now: float) -> float:
        """How long ago the stream opened."""
        return now - self._opened_at

    def heard(self, now_ms: int) -> None:
        """Nothing was missed until now."""
        self.heard_until_ms = now_ms
        self._touched = True

    def take_touched(self) -> bool:
        """Whether `heard_until_ms` moved since the last call."""
        touched, self._touched = self._touched, False
        return touched

    def _gap(self, now_ms: int) -> list[Event]:
        if self._missing_from_ms is None:
            return []
        from_ms, self._missing_from_ms = self._missing_from_ms, None
        common = self._common(f"gap:{self.room_id}:{from_ms}", now_ms)
        return [GapEvent(common, from_ms=from_ms, to_ms=now_ms, reason=self._missing_why)]

    def _common(self, message_id: str, now_ms: int) -> Common:
        return Common(
            message_id=MessageId(message_id), room_id=self.room_id, creator=self._normalizer.creator, received_at_ms=now_ms
        )
