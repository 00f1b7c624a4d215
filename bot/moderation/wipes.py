"""Removals of one author in one go, told as one wipe that grows. Pure: `now` is monotonic seconds.

A moderator who mutes somebody makes one deletion of many comments; one who removes comments by hand makes many deletions of
one. Both are one piece of news. What is known of it only grows: deletions may come in any order and any number of times, the
wipe is the same (lines are a set, instants a smallest and a largest, the author is who was seen last).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import msgspec

from bot.events import GapEvent, MemberActionEvent, RoomId, ViewerId
from bot.events.base import NO_ROOM
from bot.model.alert import Cause, Removed, RemovedLine, Seen, Wipe
from bot.model.ids import CreatorId

QUIET_S = 10.0
"""Without news for so long a wipe is settled, and the next deletion begins another one.

To remove one comment by hand takes a person a few seconds (find it, hold it, choose, confirm), so two seconds would split what
is one piece of work into many alerts; after a minute the same author's next removal is likelier a new matter, which somebody
should be told of by a new post: an edit notifies nobody. Ten lies between. The captured deletions name one viewer each, and
the two of them in one room are 13 s apart and of different viewers: they do not decide it.
"""

EDIT_EVERY_S = 2.0
"""An alert is edited at most so often; the first post waits for nothing."""

JOIN_MS = 10_000
"""A member action belongs to a wipe of the same viewer in the same room when we heard of both within so long.

TikTok sends both for one act, in an order that nobody has recorded. It is short so that an earlier, unrelated action is not
given as the reason of this removal.
"""

REMOVES = frozenset({3, 7, 9, 11})
"""Member actions that take a viewer's comments away: muted, kicked, muted by a moderator, kicked out (4 and 10 undo a mute)."""

MOST_LINES = 2_000
"""Of one wipe. Beyond it the ones with the smallest seqs are told."""

STRAGGLERS_S = 60.0
"""A settled wipe stays in mind so long: a comment that comes late, or a deletion that is read twice, belongs to it."""

MOST_WIPES = 500
"""Held at a time; the oldest is given up for a newer one, and what it had not told is lost (`Wipes.given_up`)."""

MOST_CAUSES = 4
"""Member actions of one viewer that are remembered."""

Key = tuple[CreatorId, RoomId, ViewerId]
K = TypeVar("K")
V = TypeVar("V")


class Stage(StrEnum):
    """Where a wipe stands."""

    FRESH = "fresh"
    """Nothing was told yet."""
    GROWN = "grown"
    """There is more than was told."""
    TOLD = "told"
    """All that is known was told."""
    SETTLED = "settled"
    """No more is expected."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When a wipe is told of. `grown` and `told` are its two moves; a settled one that grows is told again."""

    stage: Stage
    grew_at: float
    told_at: float = 0.0

    def grown(self, now: float) -> Pace:
        """There is news."""
        stage = Stage.FRESH if self.stage is Stage.FRESH else Stage.GROWN
        return replace(self, stage=stage, grew_at=max(now, self.grew_at))

    @property
    def due_at(self) -> float | None:
        """When the next telling is due; None once settled."""
        match self.stage:
            case Stage.FRESH:
                return self.grew_at
            case Stage.GROWN:
                return max(self.grew_at, self.told_at + EDIT_EVERY_S)
            case Stage.TOLD:
                return max(self.grew_at + QUIET_S, self.told_at + EDIT_EVERY_S)
            case Stage.SETTLED:
                return None

    def is_past(self, now: float) -> bool:
        """Settled for so long that nothing belongs to it any more."""
        return self.stage is Stage.SETTLED and now > self.told_at + STRAGGLERS_S

    def told(self, now: float) -> Pace:
        """What was due is told: news, or that no more came."""
        settled = self.stage is Stage.TOLD or (self.stage is Stage.GROWN and now >= self.grew_at + QUIET_S)
        return replace(self, stage=Stage.SETTLED if settled else Stage.TOLD, told_at=now)


@dataclass(frozen=True, slots=True)
class Telling:
    """A wipe as it is to be shown now. `is_first`: post it, else edit. `is_settled`: the last, unless a straggler comes."""

    wipe: Wipe
    is_first: bool
    is_settled: bool


class _Burst:
    """What is gathered of one wipe: each fact is added in its own time, a `Wipe` is only made when one is told."""

    def __init__(self, first: Removed, now: float) -> None:
        self.pace = Pace(Stage.FRESH, now)
        self.first_seq = self.last_seq = first.deletion_seq
        self.first_received_at_ms = self.last_received_at_ms = first.received_at_ms
        self.lines: dict[int, RemovedLine] = {}
        self.unseen: set[str] = set()
        self.names_viewer = self.is_partial = self.has_more = False
        self.author: Seen | None = None

    def add(self, removed: Removed, found: Iterable[str]) -> bool:
        """Take in a fact; return whether it was news."""
        before = (self.names_viewer, self.is_partial, self.has_more, len(self.lines), len(self.unseen))
        self.first_seq = min(self.first_seq, removed.deletion_seq)
        self.last_seq = max(self.last_seq, removed.deletion_seq)
        self.first_received_at_ms = min(self.first_received_at_ms, removed.received_at_ms)
        self.last_received_at_ms = max(self.last_received_at_ms, removed.received_at_ms)
        self.names_viewer |= removed.names_viewer
        self.is_partial |= removed.is_partial
        if removed.author and (self.author is None or removed.author.seq > self.author.seq):
            self.author = removed.author
        for line in removed.lines:
            self.lines[line.seq] = _earlier(self.lines.get(line.seq), line)
        self.unseen.update(removed.unseen)
        self.unseen.difference_update(found)
        self._shorten()
        return before != (self.names_viewer, self.is_partial, self.has_more, len(self.lines), len(self.unseen))

    def _shorten(self) -> None:
        """Twice the bound is let in before it is cut, so that one line more does not sort them all."""
        if len(self.lines) > 2 * MOST_LINES:
            self.lines = {seq: self.lines[seq] for seq in sorted(self.lines)[:MOST_LINES]}
            self.has_more = True
        if len(self.unseen) > 2 * MOST_LINES:
            self.unseen = set(sorted(self.unseen)[:MOST_LINES])
            self.has_more = True

    def wipe(self, key: Key, causes: tuple[Cause, ...]) -> Wipe:
        creator_id, room_id, viewer_id = key
        return Wipe(
            creator_id=creator_id,
            room_id=room_id,
            viewer_id=viewer_id,
            first_seq=self.first_seq,
            last_seq=self.last_seq,
            first_received_at_ms=self.first_received_at_ms,
            last_received_at_ms=self.last_received_at_ms,
            lines=tuple(self.lines[seq] for seq in sorted(self.lines)[:MOST_LINES]),
            unseen=tuple(sorted(self.unseen)[:MOST_LINES]),
            names_viewer=self.names_viewer,
            is_partial=self.is_partial,
            has_more=self.has_more or max(len(self.lines), len(self.unseen)) > MOST_LINES,
            author=self.author,
            causes=causes,
        )


class Wipes:
    """The wipes that are under way, of any creators. `add` what was removed, `note` what else is known, show what is `due`."""

    def __init__(self) -> None:
        self.given_up = 0
        self._bursts: OrderedDict[Key, _Burst] = OrderedDict()
        self._actions: OrderedDict[Key, tuple[tuple[int, Cause], ...]] = OrderedDict()
        self._found: OrderedDict[tuple[CreatorId, RoomId, str], None] = OrderedDict()

    def add(self, removed: Removed, now: float) -> None:
        """Take in what one deletion took from one author, in any order, any number of times."""
        self._found_late(removed, now)
        key = (removed.creator_id, removed.room_id, removed.viewer_id)
        burst = self._bursts.get(key)
        if burst and burst.pace.stage is Stage.SETTLED and removed.deletion_seq > burst.last_seq and not removed.is_repeat:
            del self._bursts[key]
            burst = None
        if burst is None:
            if removed.is_repeat:
                return
            burst = self._bursts[key] = _Burst(removed, now)
            self._give_up()
        found = [name for name in removed.unseen if (*key[:2], name) in self._found]
        causes = self._causes(key, burst)
        if burst.add(removed, found) or causes != self._causes(key, burst):
            burst.pace = burst.pace.grown(now)

    def note(self, event: MemberActionEvent, seq: int, now: float, *, creator_id: CreatorId) -> None:
        """TikTok named what was done to a viewer: keep it for the wipe that it caused, be that before or after."""
        if event.action not in REMOVES or event.user is None or not event.user.id:
            return
        key = (creator_id, event.room_id, event.user.id)
        burst = self._bursts.get(key)
        causes = self._causes(key, burst) if burst else ()
        cause = Cause(seq, event.action, event.name, event.duration_s, event.operator)
        known = {each.seq: (at_ms, each) for at_ms, each in self._actions.pop(key, ())} | {seq: (event.received_at_ms, cause)}
        self._actions[key] = tuple(known[each] for each in sorted(known)[-MOST_CAUSES:])
        _shorten(self._actions)
        if burst and causes != self._causes(key, burst):
            burst.pace = burst.pace.grown(now)

    def note_gap(self, gap: GapEvent, now: float, *, creator_id: CreatorId) -> None:
        """We were not connected: what was removed in that time is unknown, also of the wipes that are under way."""
        for (creator, room_id, _), burst in self._bursts.items():
            if creator != creator_id or gap.room_id not in (room_id, NO_ROOM) or burst.is_partial:
                continue
            soonest, latest = burst.first_received_at_ms, burst.last_received_at_ms + int(QUIET_S * 1000)
            if gap.from_ms <= latest and gap.to_ms >= soonest:
                burst.is_partial = True
                burst.pace = burst.pace.grown(now)

    def resume(self, wipe: Wipe, now: float) -> None:
        """Go on with a wipe that was told of before a restart."""
        key = (wipe.creator_id, wipe.room_id, wipe.viewer_id)
        facts = Removed(
            *key,
            wipe.last_seq,
            wipe.last_received_at_ms,
            wipe.lines,
            wipe.unseen,
            names_viewer=wipe.names_viewer,
            is_partial=wipe.is_partial,
            author=wipe.author,
        )
        burst = _Burst(facts, now)
        burst.add(facts, ())
        burst.first_seq, burst.first_received_at_ms, burst.has_more = wipe.first_seq, wipe.first_received_at_ms, wipe.has_more
        burst.pace = burst.pace.told(now)
        self._bursts[key] = burst
        # Their own time is not kept; it was near enough then.
        self._actions[key] = tuple((wipe.last_received_at_ms, cause) for cause in wipe.causes)
        self._give_up()

    def due(self, now: float) -> tuple[Telling, ...]:
        """What is to be shown by now. It counts as shown."""
        tellings = []
        for key, burst in self._bursts.items():
            due_at = burst.pace.due_at
            if due_at is None or due_at > now:
                continue
            is_first = burst.pace.stage is Stage.FRESH
            burst.pace = burst.pace.told(now)
            wipe = burst.wipe(key, self._causes(key, burst))
            if is_first and wipe.is_void:
                burst.pace = replace(burst.pace, stage=Stage.SETTLED)
            else:
                tellings.append(Telling(wipe, is_first, burst.pace.stage is Stage.SETTLED))
        for key in [key for key, burst in self._bursts.items() if burst.pace.is_past(now)]:
            del self._bursts[key]
        return tuple(tellings)

    def next_at(self) -> float | None:
        """When `due` has something, if nothing is added."""
        return min((at for burst in self._bursts.values() if (at := burst.pace.due_at) is not None), default=None)

    def _causes(self, key: Key, burst: _Burst) -> tuple[Cause, ...]:
        soonest, latest = burst.first_received_at_ms - JOIN_MS, burst.last_received_at_ms + JOIN_MS
        return tuple(cause for at_ms, cause in self._actions.get(key, ()) if soonest <= at_ms <= latest)

    def _found_late(self, removed: Removed, now: float) -> None:
        """Messages of which only the id was known have an author now."""
        nobodys = self._bursts.get((removed.creator_id, removed.room_id, ViewerId("")))
        for name in removed.names:
            self._found[removed.creator_id, removed.room_id, name] = None
            if nobodys and name in nobodys.unseen:
                nobodys.unseen.discard(name)
                nobodys.pace = nobodys.pace.grown(now)
        _shorten(self._found)

    def _give_up(self) -> None:
        """Settled ones go first: they have told all."""
        while len(self._bursts) > MOST_WIPES:
            settled = (key for key, burst in self._bursts.items() if burst.pace.stage is Stage.SETTLED)
            key = next(settled, None) or next(iter(self._bursts))
            self.given_up += self._bursts.pop(key).pace.stage in (Stage.FRESH, Stage.GROWN)


def dump(wipe: Wipe) -> str:
    """JSON to go on with after a restart. It holds no comment's text."""
    return msgspec.json.encode(wipe).decode()


def load(text: str) -> Wipe:
    """What `dump` wrote. Raises `msgspec.DecodeError`."""
    return msgspec.json.decode(text, type=Wipe)


def _earlier(one: RemovedLine | None, other: RemovedLine) -> RemovedLine:
    """The same line, taken twice: by the deletion that says a time, and the earlier one."""
    if one is None or not one.removed_at_ms:
        return other
    return one if not other.removed_at_ms or one.removed_at_ms <= other.removed_at_ms else other


def _shorten(remembered: OrderedDict[K, V]) -> None:
    while len(remembered) > MOST_WIPES:
        remembered.popitem(last=False)
