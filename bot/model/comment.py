"""A viewer's comment as we keep it: for look-ups, correlation with deletions, erasure and retention. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.ids import CreatorId


@dataclass(frozen=True, slots=True)
class CommentRow:
    """One comment. `(creator_id, seq)` is its position in the log, so keeping it twice is keeping it once.

    `created_at_ms` is TikTok's clock (0 when the message had none), `received_at_ms` ours. `message_uuid` is the edge's
    name for the same comment, empty for native ones. `removed_at_ms` is None while the comment stands on TikTok.
    """

    creator_id: CreatorId
    seq: int
    room_id: RoomId
    message_id: MessageId
    viewer_id: ViewerId
    text: str
    created_at_ms: int
    received_at_ms: int
    message_uuid: str = ""
    removed_at_ms: int | None = None
