"""An event as one line of a terminal: its shape, not its colour. Pure.

The shapes are those that users of `tiktok-live-events` know: a tag in a column of its own, then who and what. An event without
a shape of its own is shown as its tag and a little JSON: what it says, without what every event has and what is empty.

Viewers' text is hostile to a terminal as well: whatever they chose goes through `text.one_line`, which leaves no escape
sequence, no line break and no bidirectional control of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from bot.events import (
    Combo,
    CommentEvent,
    ConnectedEvent,
    DisconnectedEvent,
    Event,
    FollowEvent,
    GapEvent,
    GiftEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    ShareEvent,
    User,
    ViewersEvent,
)
from bot.text import cut, one_line

TAG_COLUMNS = 10
MOST_JSON_CHARS = 200
"""Of an event that has no shape of its own."""

NOBODY = "?"
"""Stands for a viewer whose handle the message did not tell."""


class Line(NamedTuple):
    """`tag` is for whoever wants to colour it; `str()` is the line."""

    tag: str
    text: str
    columns: int = TAG_COLUMNS

    @property
    def head(self) -> str:
        """The tag in its brackets, and the blanks up to the text."""
        return f"[{self.tag}] ".ljust(self.columns)

    def __str__(self) -> str:
        return self.head + self.text


def line(event: Event) -> Line:
    """The event's line."""
    shape = _SHAPES.get(type(event))
    if shape is not None:
        tag, text = shape
        return Line(tag, text(event))
    if event.type == "subscribe":
        return Line("sub", _who(event))
    return Line(event.type, cut(_json(event), MOST_JSON_CHARS), columns=0)


def new_gifts(event: GiftEvent) -> int:
    """How many gifts this event adds to what was shown of its combo: all of them, but for a combo that went on after a close."""
    return event.repeat_count if event.combo is Combo.OPEN else event.repeat_count - event.counted_before


def _who(event: Event) -> str:
    return _name(event.user)


def _name(user: User | None) -> str:
    return (one_line(user.handle) if user else "") or NOBODY


def _comment(event: CommentEvent) -> str:
    return f"{_who(event)}: {one_line(event.text)}"


def _gift(event: GiftEvent) -> str:
    gift = one_line(event.gift.name) or one_line(event.gift.id) or NOBODY
    return f"{_who(event)} -> {gift} x{new_gifts(event)}"


def _like(event: LikeEvent) -> str:
    return f"{_who(event)} ({event.count or 1})"


def _connected(event: ConnectedEvent) -> str:
    return f"connected to @{one_line(event.creator) or NOBODY} (room {one_line(event.room_id) or NOBODY})"


def _gap(event: GapEvent) -> str:
    since, until = (datetime.fromtimestamp(each / 1000, UTC) for each in (event.from_ms, event.to_ms))
    return f"{since:%H:%M:%S} to {until:%H:%M:%S} UTC may be missing ({one_line(event.reason)})"


_SHAPES: dict[type[Event], tuple[str, Callable[[Any], str]]] = {
    CommentEvent: ("chat", _comment),
    GiftEvent: ("gift", _gift),
    LikeEvent: ("like", _like),
    FollowEvent: ("follow", _who),
    ShareEvent: ("share", _who),
    JoinEvent: ("join", _who),
    ViewersEvent: ("viewer", lambda event: str(event.viewers)),
    ConnectedEvent: ("ready", _connected),
    LiveEndedEvent: ("end", lambda _: "stream ended"),
    DisconnectedEvent: ("bye", lambda _: "disconnected"),
    GapEvent: ("gap", _gap),
}
"""The tag and the text of the events that have a shape of their own."""


def _json(event: Event) -> str:
    said = {name: _brief(getattr(event, name)) for name in event.__struct_fields__[1:] if not name.endswith("_url")}
    said["user"] = _brief(event.user)
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def _brief(value: Any) -> Any:
    """What of a field fits a line: a user is a handle, bytes are counted, empty fields and pictures are left out."""
    match value:
        case User():
            return one_line(value.handle or value.nickname or value.id)
        case msgspec.Struct():
            named = {name: _brief(getattr(value, name)) for name in value.__struct_fields__ if not name.endswith("_url")}
            return {name: each for name, each in named.items() if each}
        case tuple() | list():
            return [_brief(each) for each in value]
        case dict():
            return {one_line(str(name)): _brief(each) for name, each in value.items()}
        case bytes():
            return f"{len(value)} bytes"
        case Enum():
            return _brief(value.value)
        case str():
            return one_line(value)
    return value
