"""What is left of an event when somebody in it has asked to be forgotten. Pure.

Who they are goes wherever an event can hold it: users as TikTok shows them, ids beside other words, names in TikTok's own
sentences and in mentions. What they wrote goes, too. What is left counts: a gift is still a gift, of somebody who opted out.

A name that stands in somebody else's words without TikTok's mention is out of reach: nothing says whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from bot.events.base import Common, Event, User
from bot.events.gifts import Gift
from bot.events.moderation import MemberActionEvent

E = TypeVar("E", bound=Event)

NAME = "(opted out)"
"""Also a sentence of the catalogues: lines say it in their own language."""

OPTED_OUT = User(nickname=NAME)
"""Stands for everybody who opted out: they cannot be told apart any more."""

_STRUCTURAL = frozenset({"message_id", "room_id", "creator", "display_key"})
"""Fields of `Common` that say which event it is, not who is in it. An id inside of them goes all the same."""

_TELLING_IDS = frozenset({"transaction_id", "order_id"})
"""Ids that lead to a person by themselves."""

_NAMING = re.compile(r"nick|name|handle|avatar")
"""Fields beside an id that say what its owner is called."""

_KEPT = frozenset({(MemberActionEvent, "name")})
"""Our own words, in fields that look like somebody's."""


def anonymised(event: E, is_gone: Callable[[str], bool]) -> E:
    """The event without those whose TikTok id `is_gone`; the event itself when none of them is in it."""
    found = Identities()
    found.look(event, is_gone)
    if not found.ids:
        return event
    user = event.user
    is_theirs = user is not None and user.id in found.ids
    without: E = _rebuilt(event, found, is_theirs=is_theirs)
    # A sentence of TikTok's on the screen may name somebody whom the event's fields give by id only.
    return replace(without, common=replace(without.common, display_text=""))


@dataclass(slots=True)
class Identities:
    """Ids that were found in an event, what their owners are called there, and what else is theirs alone."""

    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)

    def look(self, value: object, is_gone: Callable[[str], bool], name: str = "") -> bool:
        """Note whoever is gone in this value of a field called `name`; True if it is their id itself."""
        if type(value) is str:
            if value and _is_id(name) and is_gone(value):
                self.ids.add(value)
                return True
        elif isinstance(value, tuple):
            for each in value:
                self.look(each, is_gone, name)
        elif isinstance(value, User):
            if value.id and is_gone(value.id):
                self.ids.add(value.id)
                self.names |= {value.handle, value.nickname} - {""}
                self.marks |= {value.sec_uid, value.avatar_url} - {""}
        elif isinstance(value, msgspec.Struct):
            fields = list(_fields(value))
            ids = [self.look(inner, is_gone, inner_name) for inner_name, inner in fields]
            if any(ids):
                self.names |= {inner for name, inner in fields if type(inner) is str and inner and _NAMING.search(name)}
        return False

    def without(self, text: str, *, names: bool = True) -> str:
        """The text without ids and what is as telling and, unless it is no text, with the names replaced."""
        for mark in sorted(self.marks, key=len, reverse=True):
            text = text.replace(mark, "")
        for viewer_id in self.ids:
            text = without_id(text, viewer_id)
        if names and text:
            for name in sorted(self.names, key=len, reverse=True):
                text = _word(name).sub(NAME, text)
        return text


def without_id(text: str, viewer_id: str) -> str:
    """The text without the id as a whole number: the oldest accounts have ids so short that they are parts of others."""
    return re.sub(rf"(?<!\d){re.escape(viewer_id)}(?!\d)", "", text) if viewer_id in text else text


def _rebuilt(struct: Any, found: Identities, *, is_theirs: bool) -> Any:
    """The struct without them. `is_theirs`: it is part of what one of them did, so its words are theirs."""
    if isinstance(struct, User):
        return OPTED_OUT if struct.id in found.ids else struct
    if isinstance(struct, Gift):
        is_theirs = False
    names_them = is_theirs or any(type(value) is str and value in found.ids for _, value in _fields(struct))
    changes = {}
    for name, value in _fields(struct):
        new = _value(type(struct), name, value, found, is_theirs=is_theirs, names_them=names_them)
        if new is not value:
            changes[name] = new
    return replace(struct, **changes) if changes else struct


def _value(owner: type, name: str, value: Any, found: Identities, *, is_theirs: bool, names_them: bool) -> Any:
    if type(value) is str:
        return _text(owner, name, value, found, names_them=names_them)
    if isinstance(value, tuple):
        rebuilt = tuple(
            _value(owner, name, each, found, is_theirs=is_theirs, names_them=is_theirs and not _is_id(name)) for each in value
        )
        return value if all(new is old for new, old in zip(rebuilt, value, strict=True)) else rebuilt
    if isinstance(value, msgspec.Struct):
        return _rebuilt(value, found, is_theirs=is_theirs)
    # Undecoded bytes may hold anything; those of the log never do, its events are modelled.
    return b"" if isinstance(value, bytes) else value


def _text(owner: type, name: str, value: str, found: Identities, *, names_them: bool) -> str:
    if not value:
        return value
    is_structural = (owner is Common and name in _STRUCTURAL) or owner is Gift or (owner, name) in _KEPT
    if is_structural or (_is_id(name) and name not in _TELLING_IDS):
        new = found.without(value, names=False)
    else:
        new = "" if names_them else found.without(value)
    return value if new == value else new


def _fields(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(struct, name)) for name in struct.__struct_fields__)


def _is_id(name: str) -> bool:
    return name in ("id", "ids") or name.endswith(("_id", "_ids"))


def _word(name: str) -> re.Pattern[str]:
    """The name as a word of its own: who is called Al is not meant by Alice."""
    start = r"(?<!\w)" if name[0].isalnum() else ""
    end = r"(?!\w)" if name[-1].isalnum() else ""
    return re.compile(f"{start}{re.escape(name)}{end}", re.IGNORECASE)
