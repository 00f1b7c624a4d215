"""Lines in, one post out: how much of a watch's queue fits into a message, and how a struck message reads. Pure.

Does not decide when to post (`budget`), nor what may be forgotten (`lane`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import regex

from bot.delivery.flood import NO_FLOOD, Chosen, Flood, Level, alone, folded, in_folds, in_full, in_samples, size
from bot.language import Language, language
from bot.model.draft import LedgerLine, LedgerPost, Line
from bot.model.ids import WatchId
from bot.model.message import MOST_CONTENT_CHARS, MOST_DESCRIPTION_CHARS, Embed, Message
from bot.model.watch import Removal, Style
from bot.text import cut

MOST_CHARS = MOST_CONTENT_CHARS
"""Discord counts code points, as `len` does (discord-api-docs #1315)."""

ENGLISH_WORDS = language("en")

_NONCE_BYTES = 15
"""15 bytes are exactly 24 base32 characters; Discord takes a nonce of up to 25."""

_UNSEEN = regex.compile(r"[\p{C}\p{Z}]")


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be. `lines` is what it says, notes of ours included; `taken` how many queued lines it uses up."""

    lines: tuple[Line, ...]
    taken: int
    flood: Flood = NO_FLOOD
    missing: int = 0
    """Comments among those taken that it does not show."""

    @property
    def content(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Notes:
    """What the relay itself says around a post's lines: above, whose they are (where a channel hears several creators) and how
    many went before they could be posted; below, what share of the comments is shown.
    """

    t: Language = ENGLISH_WORDS
    creator: str = ""
    left_out: int = 0

    @property
    def above(self) -> str:
        parts = [self.creator] if self.creator else []
        if self.left_out:
            parts.append(self.t.n("{count} line left out", "{count} lines left out", self.left_out))
        return f"-# {' · '.join(parts)}" if parts else ""

    def below(self, chosen: Chosen) -> str:
        """Under a sample."""
        if chosen.shown >= chosen.count:
            return ""
        shown = self.t.number(chosen.shown)
        said = self.t.n("{shown} of {count} comment shown", "{shown} of {count} comments shown", chosen.count, shown=shown)
        return f"-# 🌊 {said}"


NO_NOTES = Notes()

FOOTER_CHARS = 80
"""Room that is kept for the note below; a test holds every language to it."""


def next_post(
    queue: Sequence[Line],
    notes: Notes = NO_NOTES,
    *,
    flood: Flood = NO_FLOOD,
    lag_s: float = 0.0,
    interval_s: float = 0.0,
    limit: int = MOST_CHARS,
) -> Post:
    """The longest run of lines from the queue's front that fits into one message, between the notes if there are any.

    A line is never split over two messages; one that is too long for a message of its own is cut there. `lag_s` is how long
    the first line has waited: when that is too long, repeats are folded, then chat is sampled (`flood`).
    """
    room = limit - (len(notes.above) + 1 if notes.above else 0)
    fits = size(queue) <= room
    now = flood.then(lag_s=lag_s, interval_s=interval_s, fits=fits, fits_folded=not fits and size(folded(queue)) <= room)
    match Level.FULL if fits else now.level:
        case Level.FULL:
            chosen = in_full(queue, room)
        case Level.FOLDED:
            chosen = in_folds(queue, room)
        case Level.SAMPLED:
            chosen = in_samples(queue, room - FOOTER_CHARS)
    if not chosen.lines:
        chosen = alone(replace(queue[0], text=cut(queue[0].text, room)))
    lines = list(chosen.lines)
    if notes.above:
        lines.insert(0, _note(notes.above, lines[0]))
    if below := notes.below(chosen):
        lines.append(_note(below, lines[-1]))
    return Post(tuple(lines), chosen.taken, now, chosen.count - chosen.shown)


def _note(text: str, beside: Line) -> Line:
    """A note has the seq of the line beside it: no two lines of a watch share one."""
    return Line(seq=beside.seq, text=text, urgency=beside.urgency)


def nonce(watch_id: WatchId, first_seq: int, through_seq: int, content: str) -> str:
    """24 base32 characters that name this post: the same after a crash, another for any other post."""
    named = f"{watch_id}:{first_seq}:{through_seq}:{content}".encode("utf-8", "surrogatepass")
    return base64.b32encode(hashlib.blake2b(named, digest_size=_NONCE_BYTES).digest()).decode("ascii")


def as_it_stands(post: LedgerPost) -> Message | None:
    """A post after some of its lines were struck, or grew; None when nothing of it is left to show.

    Neighbours that are gone share one mark. A mark can be longer than what it replaces, so a post full of short lines falls back
    to a mark that never is.
    """
    if post.removal is Removal.REMOVE:
        kept = [line for line in post.lines if not line.struck]
        if all(line.is_ours for line in kept):
            return None
        return _fitting("\n".join(line.text for line in kept), post.style)
    t = language(post.locale)
    content = _with_marks(post.lines, lambda count: "*🗑️ " + t.n("removed", "{count} removed", count) + "*")
    if len(content) > limit_of(post.style):
        content = _with_marks(post.lines, lambda _: "🗑️")
    return _fitting(content, post.style)


def _fitting(content: str, style: Style) -> Message:
    """A line that grew, or a fold whose longer names came to the front, can make a full post too long."""
    return as_message(cut(content, limit_of(style)), style)


def _with_marks(lines: Sequence[LedgerLine], mark: Callable[[int], str]) -> str:
    parts: list[str] = []
    for struck, run in groupby(lines, key=lambda line: line.struck):
        if struck:
            parts.append(mark(sum(line.sources for line in run)))
        else:
            parts.extend(line.text for line in run)
    return "\n".join(parts)


def limit_of(style: Style) -> int:
    """Code points that a post in this style can hold."""
    return MOST_DESCRIPTION_CHARS if style is Style.EMBEDS else MOST_CHARS


def as_message(content: str, style: Style) -> Message:
    """A post's text as the message that it is."""
    if style is Style.EMBEDS:
        return Message(embeds=(Embed(description=content),))
    return Message(content)


def same_text(mine: str, theirs: str) -> bool:
    """Whether Discord's echo is what we sent. It strips and trims some invisible characters, so only the visible ones count."""
    return mine == theirs or _UNSEEN.sub("", mine) == _UNSEEN.sub("", theirs)
