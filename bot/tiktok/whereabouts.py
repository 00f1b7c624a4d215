"""Where a client is: in which room, and what of that room's stream is news. Pure; `now_ms` is the instant on our clock."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import CreatorOffline
from bot.events import (
    Common,
    DisconnectedEvent,
    Event,
    GapEvent,
    GiftEvent,
    Handle,
    LiveEndedEvent,
    MessageId,
    TopViewer,
    ViewersEvent,
)
from bot.events.base import NO_ROOM
from bot.tiktok.combos import Combos
from bot.tiktok.screen import Screen
from bot.tiktok.source import Room


class Whereabouts:
    """State of one client, over all its connections. Methods return the events that its listeners are to hear, in order.

    `room` is the one to connect to, None when it must be looked up; `room_id` the one that we are or last were in.
    """

    def __init__(self, creator: Handle, given: Room | None, *, process_initial_data: bool) -> None:
        self.room = given
        self.room_id = given.room_id if given else NO_ROOM
        self.is_connected = False
        self.viewer_count = 0
        self.top_viewers: tuple[TopViewer, ...] = ()
        self._creator = creator
        self._given = given
        self._over = NO_ROOM
        self._screen, self._combos = Screen(process_initial_data=process_initial_data), Combos()
        self._heard_at_ms = self._missing_since_ms = 0

    @property
    def is_over(self) -> bool:
        """The LIVE that we were in has ended."""
        return self._over != NO_ROOM and self._over == self.room_id

    def begin(self) -> None:
        """The client is started: only what it was given counts."""
        self.room, self._over = self._given, NO_ROOM

    def enter(self, room: Room) -> None:
        """Raises `CreatorOffline` for the room that is over: TikTok's page still names it for some seconds."""
        if room.room_id == self._over:
            raise CreatorOffline(f"@{self._creator} has not begun another LIVE")
        if room.room_id != self.room_id or self.room is None:
            self._missing_since_ms = 0
            self.viewer_count, self.top_viewers = room.viewers, ()
        self.room, self.room_id = room, room.room_id

    def take(self, batch: Sequence[Event], asked_for: Room, *, now_ms: int) -> list[Event]:
        """A frame's events; the first after a connect says that the stream is open."""
        is_initial = not self.is_connected
        if is_initial:
            # The sign server may know of a newer LIVE than TikTok's page: then that is where we are.
            self.room_id = (batch[0].room_id if batch else NO_ROOM) or asked_for.room_id
            self.room = asked_for if self.room_id == asked_for.room_id else Room(self.room_id, self._creator)
            self.is_connected = True
        self._heard_at_ms = now_ms
        news = self._screen.take(batch, self.room_id, is_initial=is_initial)
        if is_initial and self._missing_since_ms:
            gap = GapEvent(self._common("gap", now_ms), from_ms=self._missing_since_ms, to_ms=now_ms, reason="reconnected")
            self._missing_since_ms = 0
            news.insert(1 if news else 0, gap)
        return self._settled(news, now_ms)

    def due(self, now_ms: int) -> list[GiftEvent]:
        """The combos that time alone brings to an end."""
        return self._combos.due(now_ms=now_ms)

    def leave(self, reason: str, *, now_ms: int) -> list[Event]:
        """The stream is gone, if there was one."""
        if not self.is_connected:
            return []
        self.is_connected = False
        self._missing_since_ms = 0 if self.room is None else self._heard_at_ms
        return self._settled([DisconnectedEvent(self._common("disconnected", now_ms), reason=reason)], now_ms)

    def end(self) -> None:
        """The LIVE is over: its room is not entered again."""
        self._over, self.room = self.room_id, None

    def end_untold(self, reason: str, *, now_ms: int) -> list[Event]:
        """The LIVE is over, and only we say so."""
        events = self._settled([LiveEndedEvent(self._common("live_ended", now_ms), reason=reason, inferred=True)], now_ms)
        self.end()
        return events

    def go(self, reason: str, *, now_ms: int) -> list[Event]:
        """The client ends, with the combos that are still open."""
        events = [*self._combos.close_all(now_ms=now_ms), *self.leave(reason, now_ms=now_ms)]
        self.room = self._given
        return events

    def _settled(self, events: Sequence[Event], now_ms: int) -> list[Event]:
        settled = list(self._combos.settle(events, now_ms=now_ms))
        for event in settled:
            if isinstance(event, ViewersEvent):
                self.viewer_count, self.top_viewers = event.viewers, event.top_viewers
        return settled

    def _common(self, what: str, now_ms: int) -> Common:
        return Common(MessageId(f"{what}:{self.room_id}:{now_ms}"), self.room_id, self._creator, 0, now_ms)
