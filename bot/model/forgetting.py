"""To be forgotten: the sentence that proves who asks, and what is remembered of those who did. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from bot.events.base import User
from bot.events.opted_out import NAME, without_id
from bot.model.draft import Line, sources
from bot.model.ids import DiscordUserId
from bot.text import escape, safe_name

LETTERS = "ACDEFHJKMNPRTWXY34679"
"""Nobody reads one of these as another: no 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B, 6 and G, U and V, Q."""

CODE_CHARS = 4
CODE_MS = 600_000

KEY_BYTES = 32

MOST_CHARS = 100
"""A longer comment is not the sentence."""

_SENTENCE = re.compile(rf"[\W_]*forget[\W_]+me[\W_]+([{LETTERS}]{{{CODE_CHARS}}})[\W_]*", re.IGNORECASE)


def new_code(rng: Random) -> str:
    """Four letters that nobody could guess: 194,481 of them, each good for ten minutes."""
    return "".join(rng.choice(LETTERS) for _ in range(CODE_CHARS))


def sentence(code: str) -> str:
    """What is to be typed."""
    return f"forget me {code}"


def code_in(comment: str) -> str | None:
    """The code of a comment that is the sentence and nothing else, in capitals; None for every other comment.

    Case, spaces, look-alike forms of Unicode, quotes and punctuation around the words do not matter.
    """
    if len(comment) > MOST_CHARS:
        return None
    found = _SENTENCE.fullmatch(unicodedata.normalize("NFKC", comment))
    return found[1].upper() if found else None


def digest(viewer_id: str, key: bytes) -> str:
    """What stands for an id that must not be kept: without the key nobody can tell whose it is, or try ids one by one."""
    return hashlib.blake2b(viewer_id.encode(), key=key, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody typed the sentence with a live code in a room that we read: the account is theirs. `typed_at_ms`: our clock."""

    code: str
    user: User
    typed_at_ms: int


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """What somebody asked for. `erased` counts what went, by `PLACES`; `done_at` is set once a last look found nothing."""

    code: str
    asked_by: DiscordUserId
    expires_at: datetime
    used_at: datetime | None = None
    done_at: datetime | None = None
    erased: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Traces:
    """How somebody's traces are recognised: the id, and every name that we ever had for it."""

    viewer_id: str
    handles: Sequence[str] = ()
    nicknames: Sequence[str] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The names as our cards show them; only whole names, which stand between their isolates."""
        names = dict.fromkeys(safe_name(name) for name in (*self.nicknames, *self.handles))
        return (*names, *(escape(f"@{handle}") for handle in self.handles))

    def did(self, *, viewer_id: str, grows: str) -> bool:
        """Whether a line of ours is about them. A name proves nothing: anybody may take it."""
        return self.viewer_id in (*viewer_id.split(), *grows.split(":"))

    def wrote(self, line: Line) -> bool:
        """Whether a line that waits is about them, or one that it stands for."""
        return any(self.did(viewer_id=each.viewer_id, grows=each.grows) for each in sources(line))

    def named_in(self, value: object) -> Traces:
        """These traces with what users (lists that begin with the id) in decoded JSON are called there."""
        handles, nicknames = list(self.handles), list(self.nicknames)
        for user in _users(value, self.viewer_id):
            names = [each if isinstance(each, str) else "" for each in (*user[1:3], "", "")]
            handles.append(names[0])
            nicknames.append(names[1])
        return Traces(self.viewer_id, merged(handles, ()), merged(nicknames, ()))

    def out_of(self, value: object, *, stand_in: Sequence[object] = (), has_names: bool = False) -> object:
        """Decoded JSON without their id, and with users (lists that begin with it) as `stand_in`.

        `has_names`: it is what somebody reads, so names as we show them go, too. A whole string is never taken for a name:
        it may be a button's label.
        """
        if isinstance(value, str):
            return self._out_of_text(value, has_names=has_names)
        if isinstance(value, list):
            if stand_in and value[:1] == [self.viewer_id]:
                return list(stand_in)
            return [self.out_of(each, stand_in=stand_in, has_names=has_names) for each in value]
        if isinstance(value, dict):
            return {key: self.out_of(each, stand_in=stand_in, has_names=has_names) for key, each in value.items()}
        return value

    def _out_of_text(self, text: str, *, has_names: bool) -> str:
        text = without_id(text, self.viewer_id)
        for name in self.shown if has_names else ():
            if name in text:
                text = _whole(name).sub(lambda _: escape(NAME), text)
        return text

    def out_of_words(self, text: str) -> str:
        """What somebody else typed, without their handles where these are addressed (`@handle`)."""
        for handle in self.handles:
            text = re.sub(rf"(?<![\w@])@{re.escape(handle)}(?![\w]|\.\w)", lambda _: f"@{NAME}", text, flags=re.IGNORECASE)
        return text


def merged(known: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Both, each once, nothing empty."""
    return tuple(dict.fromkeys(name for name in (*known, *more) if name))


def _users(value: object, viewer_id: str) -> Iterator[list[object]]:
    if isinstance(value, list):
        if value[:1] == [viewer_id]:
            yield value
        for each in value:
            yield from _users(each, viewer_id)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _users(each, viewer_id)


def _whole(name: str) -> re.Pattern[str]:
    """The escaped handle of somebody is also the beginning of others' handles."""
    return re.compile(re.escape(name) + r"(?![\w.\\])")
