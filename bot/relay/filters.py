"""A watch's filters: whose events, and what chat, it wants to hear. Pure.

Keywords are found anywhere in the text, whatever their case; between slashes stands a regular expression. It runs in RE2, in
time linear to the text: whoever may configure a bot must not be able to stall it for everybody.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import re2

from bot.errors import BadInput
from bot.events import CommentEvent, Event, QuestionEvent, User
from bot.model.watch import Filters, Role

MOST_ENTRIES = 50
MOST_WORD_CHARS = 100
MOST_PATTERN_BYTES = 1 << 20
"""What RE2 may use for one expression: a megabyte compiles anything that a person would write."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Filters, ready to be asked."""

    filters: Filters
    only_words: tuple[_Word, ...]
    not_words: tuple[_Word, ...]

    def passes(self, event: Event) -> bool:
        """Whether the watch wants to hear of this event, as far as its filters are concerned."""
        return self._passes_user(event.user) and self._passes_words(event)

    def _passes_user(self, user: User | None) -> bool:
        wanted = self.filters
        if user is None:
            return True
        names = {user.handle.lower(), user.id}
        roles = roles_of(user)
        if names & set(wanted.not_users) or roles & wanted.not_roles:
            return False
        if not wanted.only_users and not wanted.only_roles:
            return True
        return bool(names & set(wanted.only_users) or roles & wanted.only_roles)

    def _passes_words(self, event: Event) -> bool:
        if not isinstance(event, CommentEvent | QuestionEvent) or not (self.only_words or self.not_words):
            return True
        text = unicodedata.normalize("NFKC", event.text)
        if any(each.is_in(text) for each in self.not_words):
            return False
        return not self.only_words or any(each.is_in(text) for each in self.only_words)


@dataclass(frozen=True, slots=True)
class _Word:
    """A keyword, or an expression: both find whatever case, a keyword also `strasse` for `straße`."""

    pattern: re2._Regexp
    is_folded: bool

    def is_in(self, text: str) -> bool:
        return self.pattern.search(text.casefold() if self.is_folded else text) is not None


@lru_cache(maxsize=4096)
def sieve(filters: Filters) -> Sieve:
    """The sieve of these filters, which were checked when they were stored."""
    return Sieve(filters, tuple(map(_compiled, filters.only_words)), tuple(map(_compiled, filters.not_words)))


def roles_of(user: User) -> frozenset[Role]:
    """What a viewer is on TikTok, as far as this message says."""
    worn = {
        Role.MODERATOR: user.is_moderator,
        Role.SUBSCRIBER: user.is_subscriber,
        Role.FOLLOWER: user.is_follower,
        Role.FRIEND: user.is_friend,
        Role.GIFTER: user.gifter_level > 0,
        Role.FAN: user.fan_level > 0,
    }
    return frozenset(role for role, is_worn in worn.items() if is_worn)


def parse_words(text: str) -> tuple[str, ...]:
    """Keywords and expressions out of a list with commas or line breaks. Raises `BadInput` for what cannot be used."""
    words = _entries(text)
    for word in words:
        try:
            _compiled(word)
        except re2.error as error:
            raise BadInput("This regular expression cannot be used: {reason}.", reason=_reason(error)) from None
    return words


def parse_users(text: str) -> tuple[str, ...]:
    """Handles and ids out of such a list, lower-case, without @."""
    return tuple(dict.fromkeys(word.removeprefix("@").lower() for word in _entries(text)))


def _entries(text: str) -> tuple[str, ...]:
    """An expression may hold commas, so a line that begins with a slash is one entry."""
    found: list[str] = []
    for line in text.splitlines():
        found.extend([line] if line.strip().startswith("/") else line.split(","))
    words = tuple(dict.fromkeys(word.strip() for word in found if word.strip()))
    if len(words) > MOST_ENTRIES:
        raise BadInput("At most {most} entries fit into one list, these are {count}.", most=MOST_ENTRIES, count=len(words))
    if any(len(word) > MOST_WORD_CHARS for word in words):
        raise BadInput("An entry has at most {most} characters.", most=MOST_WORD_CHARS)
    return words


def _compiled(word: str) -> _Word:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MOST_PATTERN_BYTES
    typed = unicodedata.normalize("NFKC", word)
    if len(typed) > 2 and typed.startswith("/") and typed.endswith("/"):
        return _Word(re2.compile(typed[1:-1], options), is_folded=False)
    return _Word(re2.compile(re2.escape(typed.casefold()), options), is_folded=True)


def _reason(error: re2.error) -> str:
    said = error.args[0] if error.args else ""
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))[:100]
