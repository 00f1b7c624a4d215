"""Lines in, one post out: how much of a watch's queue fits into a message, and how a struck message reads. Pure.

Does not decide when to post (`budget`), nor what may be forgotten (`lane`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import regex

from bot.model.draft import LedgerLine, Line
from bot.model.ids import WatchId
from bot.text import cut

MOST_CHARS = 2000
"""Discord's limit on a message's content, in code points, which is what `len` counts (discord-api-docs #1315)."""

_NONCE_BYTES = 15
"""15 bytes are exactly 24 base32 characters; Discord takes a nonce of up to 25."""

_UNSEEN = regex.compile(r"[\p{C}\p{Z}]")


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be. `lines` is what it says, a note of ours included; `taken` how many queued lines it uses up."""

    lines: tuple[Line, ...]
    taken: int

    @property
    def content(self) -> str:
        return "\n".join(line.text for line in self.lines)


def next_post(queue: Iterable[Line], *, note: str = "", limit: int = MOST_CHARS) -> Post:
    """The longest run of lines from the queue's front that fits into one message, under the note if there is one.

    A line is never split over two messages; one that is too long for a message of its own is cut there.
    """
    lines: list[Line] = []
    room = limit
    if note:
        room -= len(note) + 1
    for line in queue:
        if not lines and len(line.text) > room:
            lines.append(replace(line, text=cut(line.text, room)))
            break
        room -= len(line.text) + 1
        if room < -1:
            break
        lines.append(line)
    taken = len(lines)
    if note and lines:
        lines.insert(0, Line(seq=lines[0].seq, text=note, urgency=lines[0].urgency))
    return Post(tuple(lines), taken)


def note_text(*, creator: str, left_out: int) -> str:
    """What stands above a post's lines: whose they are (where a channel hears several creators), how many are missing."""
    parts = []
    if creator:
        parts.append(creator)
    if left_out:
        parts.append(f"{left_out:,} {'line' if left_out == 1 else 'lines'} left out")
    return f"-# {' · '.join(parts)}" if parts else ""


def nonce(watch_id: WatchId, first_seq: int, through_seq: int, content: str) -> str:
    """24 base32 characters that name this post: the same after a crash, another for any other post."""
    named = f"{watch_id}:{first_seq}:{through_seq}:{content}".encode("utf-8", "surrogatepass")
    return base64.b32encode(hashlib.blake2b(named, digest_size=_NONCE_BYTES).digest()).decode("ascii")


def as_it_stands(lines: Sequence[LedgerLine], *, limit: int = MOST_CHARS) -> str:
    """A post's content after some of its lines were struck: neighbours that are gone share one mark.

    A mark can be longer than what it replaces, so a post full of short lines falls back to a mark that never is.
    """
    content = _with_marks(lines, lambda count: "*🗑️ removed*" if count == 1 else f"*🗑️ {count} removed*")
    return content if len(content) <= limit else _with_marks(lines, lambda _: "🗑️")


def _with_marks(lines: Sequence[LedgerLine], mark: Callable[[int], str]) -> str:
    parts: list[str] = []
    for struck, run in groupby(lines, key=lambda line: line.struck):
        if struck:
            parts.append(mark(sum(1 for _ in run)))
        else:
            parts.extend(line.text for line in run)
    return "\n".join(parts)


def same_text(mine: str, theirs: str) -> bool:
    """Whether Discord's echo is what we sent. It strips and trims some invisible characters, so only the visible ones count."""
    return mine == theirs or _UNSEEN.sub("", mine) == _UNSEEN.sub("", theirs)
