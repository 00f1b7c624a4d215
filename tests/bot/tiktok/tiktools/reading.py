"""How tests read one frame."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from bot.events import Event
from bot.events.ids import Handle
from bot.tiktok.tiktools.decode import decode_frame

E = TypeVar("E", bound=Event)

AT_MS = 1_780_000_000_500


def decoded(message: str | bytes | dict[str, Any]) -> Event:
    """The one event of a frame."""
    text = json.dumps(message) if isinstance(message, dict) else message
    (event,) = decode_frame(text, creator=Handle("alice"), received_at_ms=AT_MS, room_id="77")
    return event


def told(name: str, **data: object) -> Event:
    """The event of an enveloped frame."""
    return decoded({"event": name, "data": {"type": name, "timestamp": 1_780_000_000_001, "msgId": "5", **data}})


def told_as(kind: type[E], name: str, **data: object) -> E:
    """The same, which must be of this kind."""
    event = told(name, **data)
    assert isinstance(event, kind), event
    return event
