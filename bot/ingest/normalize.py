"""One room's events, cleaned for the log. Pure.

Drops what another room said, fills in what a frame left out, closes combos, and keeps what we cannot name out of the log.
Duplicates are not its business: the log drops them, because only the log knows what is durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from bot.events import (
    BannerEvent,
    Event,
    FanTicketEvent,
    GiftEvent,
    Handle,
    LatencyProbeEvent,
    LinkLayerEvent,
    LinkMicEvent,
    LiveEndedEvent,
    MessageId,
    RankEvent,
    RoomId,
    UnauthorizedMemberEvent,
    UnknownEvent,
)
from bot.ingest.counters import Counters
from bot.tiktok.combos import Combos

E = TypeVar("E", bound=Event)

SIDE_EVENTS = (BannerEvent, FanTicketEvent, LatencyProbeEvent, LinkLayerEvent, LinkMicEvent, RankEvent, UnauthorizedMemberEvent)
"""State that comes again within seconds, and what is only drawn on TikTok's screen: counted, not logged. Each gift of a hot
room drags one or two of them along (load-shape.md), and nobody who reads the log asks for them."""


class Normalizer:
    """State of one room's connection, or of several connections to it in a row."""

    def __init__(self, *, room_id: RoomId, creator: Handle, counters: Counters, combos: Combos | None = None) -> None:
        self.room_id = room_id
        self.creator = creator
        self._counters = counters
        self._combos = combos or Combos()

    def take(self, batch: Iterable[Event], *, now_ms: int) -> list[Event]:
        """What of a frame's events belongs into the log, in order."""
        out: list[Event] = []
        for event in batch:
            if not self._is_ours(event):
                self._counters.foreign += 1
            elif isinstance(event, UnknownEvent):
                self._counters.count_unknown(event.method)
            elif isinstance(event, SIDE_EVENTS):
                self._counters.side[event.type] += 1
            elif isinstance(event, GiftEvent):
                out.extend(self._gift(self._filled(event), now_ms))
            else:
                if isinstance(event, LiveEndedEvent):
                    out.extend(self.close(now_ms=now_ms))
                out.append(self._filled(event))
        return out

    def due(self, *, now_ms: int) -> Sequence[Event]:
        """Closes for combos whose end never came."""
        closes = self._combos.due(now_ms=now_ms)
        self._counters.inferred_combos += len(closes)
        return closes

    def close(self, *, now_ms: int) -> Sequence[Event]:
        """Closes for all open combos: the LIVE is over."""
        closes = self._combos.close_all(now_ms=now_ms)
        self._counters.inferred_combos += len(closes)
        return closes

    def _is_ours(self, event: Event) -> bool:
        """A frame without a room belongs to its connection (capture: live intros carry none)."""
        return not event.room_id or event.room_id == self.room_id

    def _gift(self, event: GiftEvent, now_ms: int) -> list[GiftEvent]:
        out = self._combos.take(event, now_ms=now_ms)
        if not out:
            self._counters.late_gifts += 1
        self._counters.inferred_combos += len(out[:-1])
        return out

    def _filled(self, event: E) -> E:
        common = event.common
        if common.room_id and common.creator and common.message_id:
            return event
        # A message without an id has one nowhere; ours must differ from one connection to the next.
        message_id = common.message_id or MessageId(f"{event.type}:{common.received_at_ms}")
        common = replace(common, room_id=self.room_id, creator=common.creator or self.creator, message_id=message_id)
        return replace(event, common=common)
