"""Takes a snapshot of how events are stored today: `python -m tests.schemas.take 0002` writes tests/schemas/0002.json.

For each event class: the order of its fields and of those of the structs within, one event with every field filled, and the bytes
that the log holds for it. A snapshot is never changed once it was released: the logs that it stands for exist.
"""

from __future__ import annotations

import enum
import json
import sys
import types
import typing
from pathlib import Path
from typing import Any

import msgspec

from bot.events.codec import EVENT_CLASSES, Envelope, Logged, encode, to_json

FOLDER = Path(__file__).parent


def snapshot() -> dict[str, Any]:
    """Tag of each event -> class, orders of fields, the event as JSON and as stored."""
    taken = {}
    for each in EVENT_CLASSES:
        event = filled(each)
        taken[str(each.__struct_config__.tag)] = {
            "class": each.__name__,
            "fields": orders(each),
            "event": to_json(event),
            "stored": encode([Logged(Envelope(1, 7, 3, 2, "webcast", 5), event)]).hex(),
        }
    return taken


def orders(struct: type[msgspec.Struct]) -> dict[str, list[str]]:
    """Name of the struct and of each struct within -> its fields in order."""
    found = {struct.__name__: list(struct.__struct_fields__)}
    for field in msgspec.structs.fields(struct):
        for inner in structs_in(field.type):
            found |= orders(inner)
    return found


def structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    parts = typing.get_args(kind) or (kind,)
    return [part for part in parts if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def filled(struct: type[msgspec.Struct]) -> Any:
    """One with no field left at its default, so that a field that moved would be seen."""
    values = {
        field.name: _value(field.type, field.name, number) for number, field in enumerate(msgspec.structs.fields(struct), start=1)
    }
    return struct(**values)


def _value(kind: Any, name: str, number: int) -> Any:
    if isinstance(kind, types.UnionType):
        return _value(next(part for part in typing.get_args(kind) if part is not type(None)), name, number)
    if typing.get_origin(kind) is tuple:
        return (_value(typing.get_args(kind)[0], name, number),)
    kind = getattr(kind, "__supertype__", kind)
    if issubclass(kind, msgspec.Struct):
        return filled(kind)
    if issubclass(kind, enum.Enum):
        return list(kind)[-2]
    plain = {str: name, bool: True, int: 1000 + number, bytes: name.encode(), float: number + 0.5}
    return plain[kind]


if __name__ == "__main__":
    target = FOLDER / f"{sys.argv[1]}.json"
    target.write_text(json.dumps(snapshot(), indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
