"""Intents: a post that is about to be made, taken apart when Discord refuses it or TikTok takes lines back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.delivery.coalesce import nonce
from bot.model.draft import Intent, Line, Urgency, joined, sources
from bot.model.ids import ChannelId, WatchId
from bot.model.watch import Style


@dataclass(frozen=True, slots=True)
class Strike:
    """Lines that TikTok took back: those of a room before `seq`, by message or by viewer. `at` is monotonic."""

    watch_id: WatchId
    seq: int
    room_id: str
    message_ids: frozenset[str]
    viewer_ids: frozenset[str]
    at: float

    def hits(self, line: Line) -> bool:
        """Whether the line is one of those. Only a comment is ever taken back: a viewer's gifts and follows stay."""
        if not line.message_id or line.room_id != self.room_id or line.seq >= self.seq:
            return False
        return (
            line.message_id in self.message_ids
            or (line.message_uuid != "" and line.message_uuid in self.message_ids)
            or (line.viewer_id != "" and line.viewer_id in self.viewer_ids)
        )


def intent_of(
    watch_id: WatchId,
    channel_id: ChannelId,
    lines: tuple[Line, ...],
    *,
    through_seq: int,
    now_ms: int,
    style: Style = Style.COMPACT,
    creator_id: int = 0,
) -> Intent:
    """The intent to post these lines; it passes that creator's log up to `through_seq`."""
    content = "\n".join(line.text for line in lines)
    first_seq = lines[0].seq
    return Intent(
        watch_id=watch_id,
        channel_id=channel_id,
        first_seq=first_seq,
        through_seq=through_seq,
        content=content,
        nonce=nonce(watch_id, first_seq, through_seq, content),
        lines=lines,
        created_at_ms=now_ms,
        creator_id=creator_id,
        style=style,
    )


def halves(intent: Intent) -> list[Intent]:
    """A refused post as two, to find the line that Discord does not take; nothing when that line is alone.

    The first half passes what lies before the second. The notes, if there are any, stay with the lines beside them.
    """
    above, lines, below = notes_apart(intent)
    if len(lines) < 2:
        return []
    middle = len(lines) // 2
    left, right = lines[:middle], lines[middle:]
    return [
        _with_lines(intent, above + left, through_seq=right[0].seq - 1),
        _with_lines(intent, right + below, through_seq=intent.through_seq),
    ]


def without_struck(intent: Intent, strikes: Sequence[Strike], *, now_ms: int) -> list[Intent]:
    """What is left of a post that Discord does not hold, after some of its lines were struck: one intent or none."""
    above, lines, below = notes_apart(intent)
    kept = tuple(left for line in lines if (left := unstruck(line, strikes)) is not None)
    if not kept:
        return []
    return [_with_lines(replace(intent, created_at_ms=now_ms), above + kept + below, through_seq=intent.through_seq)]


def unstruck(line: Line, strikes: Iterable[Strike]) -> Line | None:
    """What is left of a line: of several sources those that nobody took back; None when none is left."""
    standing = [source for source in sources(line) if not any(strike.hits(source) for strike in strikes)]
    if len(standing) == len(sources(line)):
        return line
    return joined(standing) if standing else None


def _with_lines(intent: Intent, lines: tuple[Line, ...], *, through_seq: int) -> Intent:
    return intent_of(
        intent.watch_id,
        intent.channel_id,
        lines,
        through_seq=through_seq,
        now_ms=intent.created_at_ms,
        style=intent.style,
        creator_id=intent.creator_id,
    )


def notes_apart(intent: Intent) -> tuple[tuple[Line, ...], tuple[Line, ...], tuple[Line, ...]]:
    """Our note above, the lines, our note below. A note has the seq of the line beside it, and no two lines share one."""
    lines = intent.lines
    has_above = len(lines) > 1 and lines[0].seq == lines[1].seq and is_note(lines[0])
    has_below = len(lines) > 1 and lines[-1].seq == lines[-2].seq and is_note(lines[-1])
    end = len(lines) - has_below
    return lines[:has_above], lines[has_above:end], lines[end:]


def is_note(line: Line) -> bool:
    """Whether the relay itself says this: it happened in no room."""
    return not line.room_id


def urgency_of(intent: Intent) -> Urgency:
    """A post is as urgent as its most urgent line."""
    return min((line.urgency for line in intent.lines), default=Urgency.CHAT)
