"""The protobuf wire format, as far as one needs it to say what is wrong with a payload. Pure.

The parser of the protobuf library only says "corrupt", and silently skips a field whose wire type is not the declared one.
The slow functions here run on what looks wrong, never on a healthy message.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
_FIXED_SIZE = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
_MOST_FIELD_NUMBER = 2**29 - 1

MOST_LOOKED_AT = 1_000
"""Of a message's fields, when one wants to know what it is: the slow way over millions would take seconds."""


class Field(NamedTuple):
    """One field of a message: `data[body:end]` is its value, `data[start:end]` the whole."""

    number: int
    wire_type: int
    start: int
    body: int
    end: int


class Broken(Exception):
    """The bytes stop making sense at `offset`. `cut_short`: they simply end too early."""

    def __init__(self, offset: int, *, cut_short: bool) -> None:
        super().__init__(f"{'cut short' if cut_short else 'not protobuf'} at byte {offset}")
        self.offset = offset
        self.cut_short = cut_short


def fields(data: bytes) -> Iterator[Field]:
    """The message's own fields, in the order of the bytes. Raises `Broken` where they end to make sense.

    Groups count as broken: proto3 has none, and a stray group is how an overwritten tag looks.
    """
    at = 0
    while at < len(data):
        start = at
        tag, at = _varint(data, at, start)
        number, wire_type = tag >> 3, tag & 7
        if not 0 < number <= _MOST_FIELD_NUMBER:
            raise Broken(start, cut_short=False)
        body = at
        if wire_type == VARINT:
            _, at = _varint(data, at, start)
        elif wire_type == LENGTH_DELIMITED:
            size, body = _varint(data, at, start)
            at = body + size
        elif wire_type in _FIXED_SIZE:
            at += _FIXED_SIZE[wire_type]
        else:
            raise Broken(start, cut_short=False)
        if at > len(data):
            raise Broken(start, cut_short=True)
        yield Field(number, wire_type, start, body, at)


def values(data: bytes, number: int) -> Iterator[bytes]:
    """The length-delimited values of one field, as far as the bytes make sense."""
    try:
        for field in fields(data):
            if field.number == number and field.wire_type == LENGTH_DELIMITED:
                yield data[field.body : field.end]
    except Broken:
        return


def has_more_fields(data: bytes, most: int) -> bool:
    """Whether the message has more than `most` fields of its own, as far as the bytes make sense. Looks no further."""
    try:
        return sum(1 for _ in islice(fields(data), most + 1)) > most
    except Broken:
        return False


def _varint(data: bytes, at: int, start: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if at + index >= len(data):
            raise Broken(start, cut_short=True)
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise Broken(start, cut_short=False)


def mistyped(kind: type[Message], data: bytes) -> int:
    """The number of the first field of `data` whose wire type is not the one that `kind` declares, 0 when there is none.

    Only the first `MOST_LOOKED_AT` fields are looked at.
    """
    declared = kind.DESCRIPTOR.fields_by_number
    try:
        for field in islice(fields(data), MOST_LOOKED_AT):
            descriptor = declared.get(field.number)
            if descriptor is not None and field.wire_type not in _accepted(descriptor.type, repeated=descriptor.is_repeated):
                return field.number
    except Broken:
        return 0
    return 0


def _accepted(kind: int, *, repeated: bool) -> tuple[int, ...]:
    if kind in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_MESSAGE):
        return (LENGTH_DELIMITED,)
    # A repeated number may come packed or one by one, whatever the schema says.
    return (VARINT, LENGTH_DELIMITED) if repeated else (VARINT,)
