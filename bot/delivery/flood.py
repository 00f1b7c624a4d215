"""What a channel's lines do when more is said than Discord lets us post, and that they say so. Pure.

Three levels, from measured lag: lines as they are, merged into posts; repeats told as one ("×12"); a sample, with highlights
kept, under which stands what share is shown. It goes up when lines have waited too long, and back by itself once posts take
all that waits. What is not chat is never sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from bot.model.draft import Line, Urgency, joined, sources, told_once

PATIENCE_S = 10.0
"""A line may wait this long before repeats are folded: a burst is over by then. Where posts are further apart, one post."""

SLACK_S = 1.0

CALM_POSTS = 2
"""So many posts in a row that took all that waited end a flood."""


class Level(IntEnum):
    """How much is done to the lines."""

    FULL = 0
    FOLDED = 1
    SAMPLED = 2


@dataclass(frozen=True, slots=True)
class Flood:
    """One feed's state between posts."""

    level: Level = Level.FULL
    calm: int = 0

    def then(self, *, lag_s: float, interval_s: float, fits: bool, fits_folded: bool) -> Flood:
        """Before the next post. `fits`: all that waits fits into it; `fits_folded`: it does once repeats are folded."""
        if fits:
            calm = self.calm + 1
            return Flood() if calm >= CALM_POSTS else replace(self, calm=calm)
        # What does not go now waits for one more post.
        is_late = lag_s + interval_s > max(PATIENCE_S, interval_s + SLACK_S)
        if not is_late and self.level is Level.FULL:
            return Flood()
        return Flood(Level.FOLDED if fits_folded else Level.SAMPLED)


NO_FLOOD = Flood()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a post shall say: `lines` out of the first `taken` of the queue; `shown` of `count` comments are among them."""

    lines: tuple[Line, ...]
    taken: int
    shown: int
    count: int


def folded(lines: Iterable[Line]) -> list[Line]:
    """Comments that say the same as one, in the place of the first."""
    groups: list[list[Line]] = []
    places: dict[str, int] = {}
    for line in lines:
        place = places.get(line.said) if line.said else None
        if place is None:
            places[line.said] = len(groups)
            groups.append([line])
        else:
            groups[place].append(line)
    return [joined(group) for group in groups]


def size(lines: Iterable[Line]) -> int:
    """Code points of a post of these lines."""
    return sum(len(line.text) + 1 for line in lines) - 1


def alone(line: Line) -> Chosen:
    """This one line, whatever waits behind it."""
    return Chosen((line,), 1, 1, 1)


def in_full(queue: Sequence[Line], room: int) -> Chosen:
    """As many from the front as fit."""
    return _front(queue, room, fold=False)


def in_folds(queue: Sequence[Line], room: int) -> Chosen:
    """As many from the front as fit once repeats among them are folded."""
    return _front(queue, room, fold=True)


def in_samples(queue: Sequence[Line], room: int) -> Chosen:
    """All that waits, as far as it is no chat or a highlight, and of the chat as many lines, evenly spread, as fit.

    Where even that does not fit, it ends with the last one that does: what comes behind waits for the next post.
    """
    lines = folded(queue)
    kept = [line for line in lines if not _may_go(line)]
    if size(kept) > room:
        places = [place for place, line in enumerate(queue) if not _may_go(line)]
        front = _front([queue[place] for place in places], room, fold=True)
        # Folds of highlights with chat may be what did not fit: the highlights alone then all did.
        return _counted(front.lines, queue, places[front.taken] if front.taken < len(places) else len(queue))
    chat = [line for line in lines if _may_go(line)]
    left = room - (size(kept) + 1 if kept else 0)
    sample = {id(line) for line in _spread(chat, left)}
    return _counted(tuple(line for line in lines if not _may_go(line) or id(line) in sample), queue, len(queue))


def _spread(lines: Sequence[Line], room: int) -> Sequence[Line]:
    """As many of the lines as fit, at equal distances. Halving finds how many: a larger sample that fits as well is passed over
    only where its lines happen to be shorter.
    """
    most: Sequence[Line] = ()
    low, high = 1, len(lines)
    while low <= high:
        count = (low + high) // 2
        sample = [lines[number * len(lines) // count] for number in range(count)]
        if size(sample) <= room:
            most, low = sample, count + 1
        else:
            high = count - 1
    return most


def _may_go(line: Line) -> bool:
    return line.urgency >= Urgency.CHAT and not line.is_highlight


def _front(queue: Sequence[Line], room: int, *, fold: bool) -> Chosen:
    groups: list[_Same] = []
    places: dict[str, _Same] = {}
    used = -1
    taken = 0
    for line in queue:
        same = places.get(line.said) if fold and line.said else None
        if same is None:
            same = places[line.said] = _Same()
            groups.append(same)
        used += same.add(line)
        if used > room:
            same.lines.pop()
            break
        taken += 1
    return _counted(tuple(joined(same.lines) for same in groups if same.lines), queue, taken)


@dataclass(slots=True)
class _Same:
    """Comments that say the same, and how much of a post the line takes that stands for them."""

    lines: list[Line] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    size: int = 0

    def add(self, line: Line) -> int:
        """One more; by how much it grows."""
        self.lines.append(line)
        if line.who:
            self.names[line.who] = None
        first, before = self.lines[0], self.size
        self.size = len(told_once((first.text, first.who, first.said), len(self.lines), self.names)) + 1
        return self.size - before


def _counted(chosen: tuple[Line, ...], queue: Sequence[Line], taken: int) -> Chosen:
    shown = sum(len(sources(line)) for line in chosen if line.urgency >= Urgency.CHAT)
    return Chosen(chosen, taken, shown, sum(line.urgency >= Urgency.CHAT for line in queue[:taken]))
