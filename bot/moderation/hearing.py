"""What one creator's log says about removals, in memory, until it is told: wipes that grow, member actions that wait a moment.

Time here is the log's own: an event counts at the instant at which it was received, so that a log that is read late, after a
restart say, folds into the same wipes as one that was read at once. Pure; `now` is seconds on that clock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.events import CommentEvent, DeletionEvent, Event, GapEvent, MemberActionEvent, RoomId, User, ViewerId
from bot.events.codec import Logged
from bot.model.alert import Removed, Seen, Wipe
from bot.model.comment import CommentRow
from bot.model.ids import CreatorId
from bot.moderation import correlate
from bot.moderation.alerts import ACTIONS
from bot.moderation.correlate import Overtaken
from bot.moderation.desk import Done, Told
from bot.moderation.wipes import EDIT_EVERY_S, MOST_LINES, MOST_WIPES, REMOVES, Wipes

JOIN_S = 3.0
"""So long a mute or kick waits for the removal that it caused, and is told with it. Longer than a wipe takes to be told again."""

MOST_RECENT = 500
RECENT_MS = 15_000
"""Comments that may not be kept yet are held in mind: the keeper is a second behind, or five where little is said."""

MOST_GAPS = 50

MOST_NOBODYS, MOST_ROOMS = 1_000, 4
"""Removed messages of a room of which only the id is known, and such rooms. The oldest is forgotten: it stays nobody's."""

Where = tuple[RoomId, ViewerId]
K = TypeVar("K")
V = TypeVar("V")


class Hearing:
    """One creator's. `heard` takes the log in, `due` gives what is to be told; `safe_seq` is how far all of it has been."""

    def __init__(self, creator_id: CreatorId, *, seq: int) -> None:
        self.seq = seq
        """The last event that was heard."""
        self._creator_id = creator_id
        self._at = float("-inf")
        self._wipes = Wipes()
        self._overtaken = Overtaken()
        self._gaps: deque[GapEvent] = deque(maxlen=MOST_GAPS)
        self._recent: deque[tuple[CommentRow, Seen | None]] = deque(maxlen=MOST_RECENT)
        self._recent_from = seq
        self._received: OrderedDict[int, int] = OrderedDict()
        self._keys: OrderedDict[Where, str] = OrderedDict()
        self._adopted: dict[Where, str] = {}
        self._nobodys: OrderedDict[RoomId, OrderedDict[str, None]] = OrderedDict()
        self._owned: set[tuple[RoomId, str]] = set()
        self._untold: dict[int, float] = {}
        self._held: dict[int, tuple[float, Done]] = {}
        self._joined: OrderedDict[int, None] = OrderedDict()

    # --- From before a restart ----------------------------------------------------------------------------------------

    def recall(self, tail: Iterable[Logged]) -> None:
        """The log's end up to `seq`: deletions that may have overtaken their comments, and gaps."""
        for entry in tail:
            if entry.seq > self.seq:
                continue
            if isinstance(entry.event, DeletionEvent):
                self._overtaken.remember(entry.event, entry.seq)
            elif isinstance(entry.event, GapEvent):
                self._gaps.append(entry.event)

    def resume(self, told: Told) -> None:
        """A wipe that was told of under this key."""
        wipe = told.wipe
        self._wipes.resume(wipe, wipe.last_received_at_ms / 1000)
        self._keep_key((wipe.room_id, wipe.viewer_id), told.key)
        for cause in wipe.causes:
            self._joined[cause.seq] = None
        self._owned.update((wipe.room_id, line.message_id) for line in wipe.lines)
        if not wipe.viewer_id and wipe.unseen:
            self._keep_nobodys(wipe.room_id, wipe.unseen)

    # --- The log ------------------------------------------------------------------------------------------------------

    def stamp(self, event: Event, now: float) -> float:
        """When this event counts: when it was received, never before an earlier one."""
        received = event.received_at_ms / 1000
        self._at = max(self._at, min(received, now) if received else now)
        return self._at

    def heard(self, entry: Logged, at: float) -> None:
        """Anything but a deletion."""
        event, seq = entry.event, entry.seq
        self.seq = seq
        if isinstance(event, CommentEvent):
            self._comment(entry, event, at)
        elif isinstance(event, MemberActionEvent):
            self._member_action(event, seq, at)
        elif isinstance(event, GapEvent):
            self._gaps.append(event)
            self._wipes.note_gap(event, at, creator_id=self._creator_id)
            self._untold[seq] = at + EDIT_EVERY_S

    def removed(
        self, event: DeletionEvent, seq: int, rows: Sequence[CommentRow], people: dict[ViewerId, Seen], at: float
    ) -> None:
        """A deletion, with all comments that it may name."""
        self.seq = seq
        self._overtaken.remember(event, seq)
        found = correlate.removed(event, seq, rows, creator_id=self._creator_id, last_seen=people, gaps=tuple(self._gaps))
        told = {row.seq: row for row in rows}
        for each in found:
            lines = [told[line.seq] for line in each.lines]
            names = {name for row in lines for name in (row.message_id, row.message_uuid)}
            # Kept by now, after it had been told as nobody's: by a process that ended since.
            turned_up = replace(each, names=tuple(sorted(names & self._nobodys.get(each.room_id, {}).keys())))
            self._adopt(turned_up)
            self._add(turned_up, seq, at)
            self._received |= {row.seq: row.received_at_ms for row in lines}
        _shorten(self._received, MOST_LINES)

    def recent(self, after: int) -> list[tuple[CommentRow, Seen | None]] | None:
        """Comments behind this place, with their authors; None when not all of them are in mind."""
        if after < self._recent_from:
            return None
        return [each for each in self._recent if each[0].seq > after]

    # --- What is to be told -------------------------------------------------------------------------------------------

    def due(self, now: float) -> tuple[list[Told], list[Done]]:
        """What is to be told by now. It counts as told."""
        told = []
        for telling in self._wipes.due(now):
            wipe = telling.wipe
            if wipe.is_void and (wipe.room_id, wipe.viewer_id) not in self._keys:
                continue  # its case is the author's now
            received = {line.seq: self._received[line.seq] for line in wipe.lines if line.seq in self._received}
            told.append(Told(self._key(wipe, is_first=telling.is_first), wipe, received))
            for cause in wipe.causes:
                self._joined[cause.seq] = None
        done = []
        for seq, (until, each) in list(self._held.items()):
            if seq in self._joined or until <= now:
                del self._held[seq]
                done += [] if seq in self._joined else [each]
        for seq in [seq for seq, until in self._untold.items() if until <= now]:
            del self._untold[seq]
        _shorten(self._joined, MOST_WIPES)
        return told, done

    @property
    def safe_seq(self) -> int:
        """Everything up to here was told."""
        return min([self.seq + 1, *self._untold, *self._held]) - 1

    def next_at(self) -> float | None:
        """When `due` has something, or `safe_seq` moves, if nothing is heard."""
        ats = [until for until, _ in self._held.values()] + list(self._untold.values())
        at = self._wipes.next_at()
        return min(ats if at is None else [*ats, at], default=None)

    def _comment(self, entry: Logged, event: CommentEvent, at: float) -> None:
        seq = entry.seq
        mark = self._overtaken.deletion_of(event)
        user = event.user
        seen = Seen(seq, User(user.id, user.handle, user.nickname)) if user else None
        (row,) = correlate.glean([entry], self._overtaken, creator_id=self._creator_id).rows
        # Without its text: nothing here needs it.
        self._recent.append((replace(row, text=""), seen))
        if len(self._recent) == MOST_RECENT:
            self._recent_from = max(self._recent_from, self._recent[0][0].seq - 1)
        while self._recent and self._recent[0][0].received_at_ms < event.received_at_ms - RECENT_MS:
            self._recent_from = self._recent.popleft()[0].seq
        if mark is not None:
            late = correlate.late(event, seq, mark, creator_id=self._creator_id)
            self._adopt(late)
            self._received[seq] = event.received_at_ms
            self._add(replace(late, author=seen), seq, at)

    def _member_action(self, event: MemberActionEvent, seq: int, at: float) -> None:
        if event.action not in ACTIONS:
            return
        is_cause = event.action in REMOVES
        if is_cause:
            self._wipes.note(event, seq, at, creator_id=self._creator_id)
        self._held[seq] = (at + JOIN_S if is_cause else at, Done(seq, event))
        self._untold[seq] = at + EDIT_EVERY_S

    def _add(self, removed: Removed, seq: int, at: float) -> None:
        if not removed.viewer_id and not removed.lines:
            # One that turned up before a restart is told of with its author, also if nobody has kept it yet.
            unseen = tuple(each for each in removed.unseen if (removed.room_id, each) not in self._owned)
            if not unseen:
                return
            removed = replace(removed, unseen=unseen)
        self._wipes.add(removed, at)
        self._untold[seq] = at + EDIT_EVERY_S
        if removed.unseen and not removed.viewer_id:
            self._keep_nobodys(removed.room_id, removed.unseen)

    def _adopt(self, removed: Removed) -> None:
        """A message of which only the id was known has its author: when it was the last such one, the case is theirs now."""
        ids = self._nobodys.get(removed.room_id)
        found = ids.keys() & removed.names if ids else None
        if not ids or not found:
            return
        for each in found:
            del ids[each]
        if ids:
            return
        del self._nobodys[removed.room_id]
        key = self._keys.pop((removed.room_id, ViewerId("")), None)
        if key is not None:
            self._adopted[removed.room_id, removed.viewer_id] = key

    def _key(self, wipe: Wipe, *, is_first: bool) -> str:
        """Under which a wipe was told first, whatever is known of it since."""
        where = (wipe.room_id, wipe.viewer_id)
        if is_first:
            own = wipe.key if wipe.viewer_id or wipe.key not in self._keys.values() else f"{wipe.key}:{wipe.last_seq}"
            self._keep_key(where, self._adopted.pop(where, own))
        return self._keys.get(where, wipe.key)

    def _keep_nobodys(self, room_id: RoomId, message_ids: Iterable[str]) -> None:
        ids = self._nobodys.setdefault(room_id, OrderedDict())
        ids.update(dict.fromkeys(message_ids))
        _shorten(ids, MOST_NOBODYS)
        _shorten(self._nobodys, MOST_ROOMS)

    def _keep_key(self, where: Where, key: str) -> None:
        self._keys.pop(where, None)
        self._keys[where] = key
        while len(self._keys) > MOST_WIPES:
            self._keys.popitem(last=False)


def _shorten(remembered: OrderedDict[K, V], most: int) -> None:
    while len(remembered) > most:
        remembered.popitem(last=False)
