"""Messages whose event has the same fields under the same names: copied by a plan, not read one by one. Pure.

The plan is made once, when the table of readers is: for each field of the event, the field of the message and what becomes of
it. Ids become text (0 is none), sentences are put together, pictures give their first address, a message within becomes the
struct within. Three names are derived: `x_key` is the key of the sentence `x`, `x_ms` the instant `x` in milliseconds, and the
message's `user` goes into the shared part. A field of the event that the message lacks keeps its default: another source has it.

The plan is Python's own code, one expression for each struct, made as `dataclasses` makes theirs: walking a table of getters and
functions took a `LinkMicMethod` from 2.3 to 3.7 µs. A message within that is absent (most are) is not read at all.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message as ProtobufMessage
from google.protobuf.message_factory import GetMessageClass

from bot.events import Event, User
from bot.tiktok.webcast.decode_parts import Arrival, common, first_url, milliseconds, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)

Convert = Callable[[Any], Any]

SHARED = "common"


def copied(kind: type[ProtobufMessage], event: type[E]) -> Callable[[Any, bytes, Arrival], E]:
    """A reader that copies messages of `kind` into `event`. Raises `TypeError` when a field fits no rule."""
    make = _Plan(_descriptor(kind), event).compiled()
    fields = _descriptor(kind).fields_by_name
    has_user = "user" in fields
    has_sentence = "text" in fields and _is(fields["text"], pb.FullText)

    def read(message: Any, payload: bytes, arrival: Arrival) -> E:
        base = message.base
        person = user(message.user) if has_user else None
        if has_sentence or base.HasField("display_text"):
            shared = told(base, person, payload, arrival, message.text if has_sentence else None)
        else:
            shared = common(base, person, payload, arrival)
        event: E = make(message, shared)
        return event

    read.__annotations__["return"] = event  # docs/protocol.md lists what each method becomes
    return read


def copier(kind: type[ProtobufMessage], struct: type[S]) -> Callable[[Any], S]:
    """The same for a struct within an event."""
    return _Plan(_descriptor(kind), struct).compiled()


class _Plan:
    """How the fields of `struct` are filled from a message of this descriptor: an expression for each that the message has."""

    def __init__(self, descriptor: Descriptor, struct: type[msgspec.Struct]) -> None:
        self._names: dict[str, Any] = {"struct": struct}
        self._empty = GetMessageClass(descriptor)()
        self._values: list[str] = []
        self._shares = False
        self._in_order = True
        declared = descriptor.fields_by_name
        for field in msgspec.structs.fields(struct):
            if field.name == SHARED:
                self._shares = True
            elif field.name in declared:
                self._add(field.name, self._value(declared[field.name], field.type))
            elif (sentence := declared.get(field.name.removesuffix("_key"))) is not None and _is(sentence, pb.FullText):
                self._add(field.name, self._where_present(sentence, _key))
            elif (instant := declared.get(field.name.removesuffix("_ms"))) is not None:
                self._add(field.name, f"{self._named(milliseconds)}(message.{instant.name})")
            else:
                self._in_order = False

    def compiled(self) -> Callable[..., Any]:
        """The function that makes the struct of a message, and of the shared part where the struct has one."""
        parameters, values = ("message, shared", ["shared", *self._values]) if self._shares else ("message", self._values)
        made: Callable[..., Any] = eval(f"lambda {parameters}: struct({', '.join(values)})", self._names)  # noqa: S307 - our names
        return made

    def _add(self, name: str, value: str) -> None:
        # By place as long as no field was left out: names cost a look-up each.
        self._values.append(value if self._in_order else f"{name}={value}")

    def _named(self, what: Any) -> str:
        """A name in the code for a function or a constant."""
        name = f"_{len(self._names)}"
        self._names[name] = what
        return name

    def _value(self, field: FieldDescriptor, wanted: Any) -> str:
        if field.is_repeated:
            [of, *_] = typing.get_args(wanted)
            return self._several(field, _conversion(field, of))
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            return self._where_present(field, _from_message(field, wanted))
        convert = _conversion(field, wanted)
        if convert is None:
            return f"message.{field.name}"
        if convert is _id:  # nine in ten conversions; spelt out, it saves the call
            return f'str(number) if (number := message.{field.name}) else ""'
        return f"{self._named(convert)}(message.{field.name})"

    def _several(self, field: FieldDescriptor, convert: Convert | None) -> str:
        if convert is None:
            made = "tuple(several[:])"
        elif convert is user:
            made = f"tuple([made for each in several[:] if (made := {self._named(convert)}(each)) is not None])"
        else:
            made = f"tuple([{self._named(convert)}(each) for each in several[:]])"
        return f"{made} if (several := message.{field.name}) else ()"

    def _where_present(self, field: FieldDescriptor, convert: Convert) -> str:
        absent = convert(getattr(self._empty, field.name))
        return f"{self._named(convert)}(message.{field.name}) if message.HasField({field.name!r}) else {self._named(absent)}"


def _descriptor(kind: type[ProtobufMessage]) -> Descriptor:
    # The stubs know two implementations of it, which are the same to us.
    return cast("Descriptor", kind.DESCRIPTOR)


def _conversion(field: FieldDescriptor, wanted: Any) -> Convert | None:
    """What becomes of one value; None: nothing."""
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _from_message(field, wanted)
    if field.type == FieldDescriptor.TYPE_BYTES and wanted is str:
        return _text_of_bytes
    if field.type == FieldDescriptor.TYPE_STRING and wanted is str:
        return None
    if field.type == FieldDescriptor.TYPE_BOOL and wanted is bool:
        return None
    if field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64):
        if wanted is str:
            return _id
        if wanted is int:
            return None
    raise TypeError(f"{field.full_name} cannot become {wanted}")


def _from_message(field: FieldDescriptor, wanted: Any) -> Convert:
    if wanted is str and _is(field, pb.FullText):
        return render_text
    if wanted is str and _is(field, pb.Image):
        return first_url
    if _is(field, pb.User) and User in (wanted, *typing.get_args(wanted)):
        return user
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _Plan(cast("Descriptor", field.message_type), wanted).compiled()
    raise TypeError(f"{field.full_name} cannot become {wanted}")


def _is(field: FieldDescriptor, kind: type[ProtobufMessage]) -> bool:
    return field.message_type is not None and field.message_type.full_name == kind.DESCRIPTOR.full_name


def _key(text: pb.FullText) -> str:
    return text.key


def _id(number: int) -> str:
    return str(number) if number else ""


def _text_of_bytes(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
