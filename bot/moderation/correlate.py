"""Which comments a deletion removed. Pure.

TikTok names single messages or whole viewers ("all comments of this one"; all 31 captured deletions are of that kind), and
gives neither operator nor reason. A deletion usually comes after its comments, and is then a matter of searching what was
kept. It can also overtake one, which is what `Overtaken` is for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.events import CommentEvent, DeletionEvent, GapEvent, RoomId, ViewerId
from bot.events.base import NO_ROOM
from bot.events.codec import Logged
from bot.model.alert import Removed, RemovedLine, Seen
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


@dataclass(frozen=True, slots=True)
class Mark:
    """A deletion, in mind for comments that may still come. `at_ms`: TikTok's clock, or ours if it did not say."""

    seq: int
    at_ms: int
    created_at_ms: int
    received_at_ms: int
    names_viewer: bool


class Overtaken:
    """The newest deletions of one creator, for comments that come after the deletion that removed them."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._messages: OrderedDict[tuple[str, str], Mark] = OrderedDict()
        self._viewers: OrderedDict[tuple[str, str], Mark] = OrderedDict()

    def remember(self, event: DeletionEvent, seq: int = 0) -> None:
        """Keep in mind what `event` names, as long as there is room."""
        at_ms = removed_at_ms(event)
        for message_id in filter(None, event.message_ids):
            mark = Mark(seq, at_ms, event.created_at_ms, event.received_at_ms, names_viewer=False)
            self._messages.setdefault((event.room_id, message_id), mark)
        for viewer_id in filter(None, event.user_ids):
            mark = Mark(seq, at_ms, event.created_at_ms, event.received_at_ms, names_viewer=True)
            self._viewers[event.room_id, viewer_id] = mark
        for remembered in (self._messages, self._viewers):
            while len(remembered) > self._most:
                remembered.popitem(last=False)

    def removed_at_ms(self, event: CommentEvent) -> int | None:
        """When this comment was removed, if that was before it reached us."""
        mark = self.deletion_of(event)
        return mark.at_ms if mark else None

    def deletion_of(self, event: CommentEvent) -> Mark | None:
        """The deletion that removed this comment, if it came before it.

        A viewer's wipe only counts for what TikTok's own clock says was written before it: they may write again after.
        """
        for name in (event.message_id, event.message_uuid):
            mark = self._messages.get((event.room_id, name)) if name else None
            if mark is not None:
                return mark
        viewer_id = event.user.id if event.user else ""
        mark = self._viewers.get((event.room_id, viewer_id)) if viewer_id else None
        return mark if mark and 0 < event.created_at_ms <= mark.created_at_ms else None


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
            overtaken.remember(event, entry.seq)
            removals.append(Removal(event.room_id, event.message_ids, event.user_ids, removed_at_ms(event), entry.seq))
    return Gleaned(tuple(rows), tuple(removals))


def recall(logged: Sequence[Logged]) -> Overtaken:
    """What the log's tail before a cursor says about comments that may still come."""
    overtaken = Overtaken()
    for entry in logged:
        if isinstance(entry.event, DeletionEvent):
            overtaken.remember(entry.event, entry.seq)
    return overtaken


def removed(
    event: DeletionEvent,
    seq: int,
    rows: Iterable[CommentRow],
    *,
    creator_id: CreatorId,
    last_seen: Mapping[ViewerId, Seen] | None = None,
    gaps: Iterable[GapEvent] = (),
) -> tuple[Removed, ...]:
    """What the deletion at `seq` took, by author: the viewers that it names first, messages that never reached us last.

    `rows` hold at least the comments that it names, whether they are marked as removed yet or not; others do no harm. What an
    earlier deletion took is not taken again. `gaps` are the room's: in one of them comments may have come that we do not know.
    Linear in the rows.
    """
    whole = dict.fromkeys(filter(None, event.user_ids))
    named = set(filter(None, event.message_ids))
    at_ms = removed_at_ms(event)
    lines: dict[ViewerId, list[RemovedLine]] = {ViewerId(viewer_id): [] for viewer_id in whole}
    repeated: set[ViewerId] = set()
    for row in rows:
        if row.room_id != event.room_id:
            continue
        names = named & {row.message_id, row.message_uuid}
        named -= names
        if not names and not (row.viewer_id in whole and _stood_before(row, event, seq)):
            continue
        taken = lines.setdefault(row.viewer_id, [])
        if row.removed_at_ms in (None, at_ms):
            taken.append(RemovedLine(row.seq, row.message_id, row.created_at_ms, event.created_at_ms))
        else:
            repeated.add(row.viewer_id)
    if named:
        lines.setdefault(ViewerId(""), [])
    missed = _missed(gaps, event)
    found = []
    for viewer_id, taken in lines.items():
        unseen = () if viewer_id else tuple(sorted(named))
        found.append(
            Removed(
                creator_id=creator_id,
                room_id=event.room_id,
                viewer_id=viewer_id,
                deletion_seq=seq,
                received_at_ms=event.received_at_ms,
                lines=tuple(taken),
                unseen=unseen,
                names_viewer=viewer_id in whole,
                is_partial=missed and (viewer_id in whole or bool(unseen)),
                is_repeat=not taken and not unseen and viewer_id in repeated,
                author=(last_seen or {}).get(viewer_id),
            )
        )
    # Lines without an author stand with the unseen ones, after everybody who is known.
    return tuple(sorted(found, key=lambda each: not each.viewer_id))


def late(event: CommentEvent, seq: int, mark: Mark, *, creator_id: CreatorId) -> Removed:
    """The same for one comment that came, at `seq`, after the deletion that removed it (`Overtaken.deletion_of`)."""
    return Removed(
        creator_id=creator_id,
        room_id=event.room_id,
        viewer_id=event.user.id if event.user else ViewerId(""),
        deletion_seq=mark.seq,
        received_at_ms=mark.received_at_ms,
        lines=(RemovedLine(seq, event.message_id, event.created_at_ms, mark.created_at_ms),),
        names_viewer=mark.names_viewer,
        author=Seen(seq, event.user) if event.user else None,
        names=tuple(filter(None, (event.message_id, event.message_uuid))),
    )


def _stood_before(row: CommentRow, event: DeletionEvent, seq: int) -> bool:
    """By its place in the log; a comment that came later, by TikTok's clock."""
    return row.seq <= seq or 0 < row.created_at_ms <= event.created_at_ms


def _missed(gaps: Iterable[GapEvent], event: DeletionEvent) -> bool:
    return any(gap.from_ms <= event.received_at_ms for gap in gaps if gap.room_id in (event.room_id, NO_ROOM))


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
