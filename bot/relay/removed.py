"""What TikTok took back before we saw it: a deletion can overtake its comment, and a reconnect replays old comments. Pure."""

from __future__ import annotations

from bot.events import CommentEvent, DeletionEvent, EmoteEvent, Event, QuestionEvent

MOST_REMEMBERED = 4096
"""Messages and viewers of one creator; the oldest are forgotten first. A replay after a reconnect holds some dozens."""


class Removals:
    """The latest deletions of one creator's rooms."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str, str], None] = {}
        self._viewers: dict[tuple[str, str], int] = {}

    def add(self, deletion: DeletionEvent) -> None:
        """Remember a deletion. A wipe without a time of its own says nothing about comments that come later."""
        for message_id in filter(None, deletion.message_ids):
            self._messages[deletion.room_id, message_id] = None
        if deletion.created_at_ms:
            for viewer_id in filter(None, deletion.user_ids):
                self._viewers[deletion.room_id, viewer_id] = deletion.created_at_ms
        _shorten(self._messages)
        _shorten(self._viewers)

    def covers(self, event: Event) -> bool:
        """Whether this comment was taken back already: by its id, or written before all of its author's were removed.

        Both times are TikTok's, so they can be compared.
        """
        if not (self._messages or self._viewers) or not isinstance(event, CommentEvent | EmoteEvent | QuestionEvent):
            return False
        if (event.room_id, event.message_id) in self._messages:
            return True
        if isinstance(event, CommentEvent) and (event.room_id, event.message_uuid) in self._messages:
            return True
        if event.user is None or not event.created_at_ms:
            return False
        return event.created_at_ms <= self._viewers.get((event.room_id, event.user.id), 0)


def _shorten(remembered: dict[tuple[str, str], None] | dict[tuple[str, str], int]) -> None:
    while len(remembered) > MOST_REMEMBERED:
        del remembered[next(iter(remembered))]
