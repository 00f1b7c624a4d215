"""What we are about to say, and what we said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice

from bot.events.ids import MessageId, RoomId, ViewerId
from bot.model.ids import ChannelId, DiscordMessageId, PostId, WatchId
from bot.model.watch import Removal, Style


class Urgency(IntEnum):
    """Order at the gate and, within a lane, who is left out first. Lower goes first."""

    INTERACTION = 0
    ALERT = 1
    DELETION = 2
    CARD = 3
    GIFT = 4
    CHAT = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One rendered line, safe to post as it is (escaped, no line break), and what it came from.

    `seq` is its place in the creator's log. `viewer_id`: whom it is about, empty for nobody, of several all with a space
    between. `message_id`: of the comment that it shows, empty for everything else: a deletion takes back only what has one.

    `who` and `said` are the two parts of a comment's text: under pressure, lines that say the same become one ("×12"), which
    holds all of them in `also`. `grows`: names what the line is about while that is not over (an open combo): a later line of
    the same name takes its place, in the queue or in the post; while `is_open`, another one is sure to come. `is_highlight`: kept
    when lines are sampled.
    """

    seq: int
    text: str
    urgency: Urgency = Urgency.CHAT
    room_id: RoomId = RoomId("")
    message_id: MessageId = MessageId("")
    message_uuid: str = ""
    viewer_id: ViewerId = ViewerId("")
    who: str = ""
    said: str = ""
    grows: str = ""
    is_open: bool = False
    is_highlight: bool = False
    also: tuple[Line, ...] = ()


MOST_FOLDED_NAMES = 2


def fold_text(said: Sequence[tuple[str, str, str]]) -> str:
    """How several comments that say the same read as one line. Each is its whole text, who said it, and what.

    `**bob** gg ×3` when one person repeats, `gg ×12 (**bob**, **eve** +9)` when it is several.
    """
    return told_once(said[0], len(said), dict.fromkeys(name for _, name, _ in said if name))


def told_once(first: tuple[str, str, str], count: int, names: Mapping[str, None]) -> str:
    """The same of the first comment, how many there are, and everybody who said it, in their order."""
    text, who, what = first
    if count == 1:
        return text
    if not who or len(names) < 2:
        return f"{text} ×{count}"
    others = f" +{len(names) - MOST_FOLDED_NAMES}" if len(names) > MOST_FOLDED_NAMES else ""
    return f"{what} ×{count} ({', '.join(islice(names, MOST_FOLDED_NAMES))}{others})"


def joined(lines: Sequence[Line]) -> Line:
    """One line for all of these, which say the same; it is found by the deletion of any of them."""
    if len(lines) == 1:
        return lines[0]
    first = lines[0]
    return Line(
        seq=first.seq,
        text=fold_text([(line.text, line.who, line.said) for line in lines]),
        urgency=first.urgency,
        room_id=first.room_id,
        said=first.said,
        is_highlight=any(line.is_highlight for line in lines),
        also=tuple(lines),
    )


def sources(line: Line) -> tuple[Line, ...]:
    """The lines that this one stands for, itself when it is no other's."""
    return line.also or (line,)


@dataclass(frozen=True, slots=True)
class Intent:
    """A post that we are about to make, stored before it is sent.

    `through_seq` is where the watch's cursor stands once the post exists: it passes everything that the post carries or
    leaves out. `nonce` is 24 base32 characters of the hash of all that, so that a repeat after a crash is the same message.
    """

    watch_id: WatchId
    channel_id: ChannelId
    first_seq: int
    through_seq: int
    content: str
    nonce: str
    lines: tuple[Line, ...]
    created_at_ms: int
    id: int = 0
    creator_id: int = field(default=0, compare=False)
    """Whose log the seqs stand in: the watch may move to another creator meanwhile. 0: whoever it belongs to now."""
    style: Style = Style.COMPACT
    """`EMBEDS`: the content stands in an embed."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a post. `struck`: removed in TikTok, so its text is gone here too."""

    number: int
    text: str
    struck: bool = False
    is_ours: bool = False
    """The relay itself says it: whose lines these are, what is missing."""
    sources: int = 1
    """How many comments it stands for, or stood for before it was struck."""


@dataclass(frozen=True, slots=True)
class LedgerPost:
    """One message of ours on Discord with its lines as they should stand now. `edit_revision` counts its changes."""

    id: PostId
    watch_id: WatchId
    channel_id: ChannelId
    message_id: DiscordMessageId
    lines: tuple[LedgerLine, ...]
    created_at_ms: int
    edit_revision: int = 0
    style: Style = Style.COMPACT
    removal: Removal = Removal.STRIKE
    locale: str = "en"
