"""Which comments a deletion removed. Pure.

TikTok names single messages or whole viewers ("all comments of this one"; all 31 captured deletions are of that kind), and
gives neither operator nor reason. A deletion usually comes after its comments, and is then a matter of searching what was
kept. It can also overtake one, which is what `Overtaken` is for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.events import CommentEvent, DeletionEvent, RoomId, ViewerId
from bot.events.codec import Logged
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId

MOST_REMEMBERED = 4096
"""Deleted messages and viewers of one creator that a late comment is compared with."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A deletion, as a search through the comments before it. `at_ms`: TikTok's clock, or ours if it did not say."""

    room_id: RoomId
    message_ids: tuple[str, ...]
    viewer_ids: tuple[str, ...]
    at_ms: int
    through_seq: int


@dataclass(frozen=True, slots=True)
class Gleaned:
    """What a stretch of the log says about comments: first keep the rows, then apply the removals."""

    rows: tuple[CommentRow, ...]
    removals: tuple[Removal, ...]

    def __bool__(self) -> bool:
        return bool(self.rows or self.removals)


class Overtaken:
    """The newest deletions of one creator, for comments that come after the deletion that removed them."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._messages: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._viewers: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def remember(self, event: DeletionEvent) -> None:
        """Keep in mind what `event` names, as long as there is room."""
        at_ms = removed_at_ms(event)
        for message_id in filter(None, event.message_ids):
            self._messages.setdefault((event.room_id, message_id), at_ms)
        for viewer_id in filter(None, event.user_ids):
            self._viewers[event.room_id, viewer_id] = (event.created_at_ms, at_ms)
        for remembered in (self._messages, self._viewers):
            while len(remembered) > self._most:
                remembered.popitem(last=False)

    def removed_at_ms(self, event: CommentEvent) -> int | None:
        """When this comment was removed, if that was before it reached us.

        A viewer's wipe only counts for what TikTok's own clock says was written before it: they may write again after.
        """
        for name in (event.message_id, event.message_uuid):
            at_ms = self._messages.get((event.room_id, name)) if name else None
            if at_ms is not None:
                return at_ms
        viewer = event.user.id if event.user else ""
        wiped_at_ms, at_ms = self._viewers.get((event.room_id, viewer), (0, 0)) if viewer else (0, 0)
        return at_ms if 0 < event.created_at_ms <= wiped_at_ms else None


def removed_at_ms(event: DeletionEvent) -> int:
    """TikTok's word for when; when we heard of it, if TikTok did not say."""
    return event.created_at_ms or event.received_at_ms


def glean(logged: Iterable[Logged], overtaken: Overtaken, *, creator_id: CreatorId) -> Gleaned:
    """Comments to keep, among them those that only their author sees, and deletions to apply; `overtaken` learns from both."""
    rows: list[CommentRow] = []
    removals: list[Removal] = []
    for entry in logged:
        event = entry.event
        if isinstance(event, CommentEvent):
            rows.append(_row(event, creator_id, entry.seq, overtaken.removed_at_ms(event)))
        elif isinstance(event, DeletionEvent):
            overtaken.remember(event)
            removals.append(Removal(event.room_id, event.message_ids, event.user_ids, removed_at_ms(event), entry.seq))
    return Gleaned(tuple(rows), tuple(removals))


def recall(logged: Sequence[Logged]) -> Overtaken:
    """What the log's tail before a cursor says about comments that may still come."""
    overtaken = Overtaken()
    for entry in logged:
        if isinstance(entry.event, DeletionEvent):
            overtaken.remember(entry.event)
    return overtaken


def _row(event: CommentEvent, creator_id: CreatorId, seq: int, removed: int | None) -> CommentRow:
    return CommentRow(
        creator_id=creator_id,
        seq=seq,
        room_id=event.room_id,
        message_id=event.message_id,
        viewer_id=event.user.id if event.user else ViewerId(""),
        text=event.text,
        created_at_ms=event.created_at_ms,
        received_at_ms=event.received_at_ms,
        message_uuid=event.message_uuid,
        removed_at_ms=removed,
    )
