"""Messages whose event has the same fields under the same names: copied by a plan, not read one by one. Pure.

The plan is made once, when the table of readers is: for each field of the event, the field of the message and what becomes of
it. Ids become text (0 is none), sentences are put together, pictures give their first address, a message within becomes the
struct within. Three names are derived: `x_key` is the key of the sentence `x`, `x_ms` the instant `x` in milliseconds, and the
message's `user` goes into the shared part. A field of the event that the message lacks keeps its default: another source has it.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message as ProtobufMessage

from bot.events import Event, User
from bot.tiktok.webcast.decode_parts import Arrival, first_url, milliseconds, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)

Convert = Callable[[Any], Any]
Plan = list[tuple[str, str, Convert | None]]
"""(field of the struct, field of the message, what becomes of its value; None: nothing)."""

SHARED = "common"


def copied(kind: type[ProtobufMessage], event: type[E]) -> Callable[[Any, bytes, Arrival], E]:
    """A reader that copies messages of `kind` into `event`. Raises `TypeError` when a field fits no rule."""
    plan = plan_of(_descriptor(kind), event)
    fields = _descriptor(kind).fields_by_name
    has_user = "user" in fields
    has_sentence = "text" in fields and _is(fields["text"], pb.FullText)

    def read(message: Any, payload: bytes, arrival: Arrival) -> E:
        person = user(message.user) if has_user else None
        shared = told(message.base, person, payload, arrival, message.text if has_sentence else None)
        return event(shared, **_values(message, plan))

    read.__annotations__["return"] = event  # docs/protocol.md lists what each method becomes
    return read


def copier(kind: type[ProtobufMessage], struct: type[S]) -> Callable[[Any], S]:
    """The same for a struct within an event."""
    plan = plan_of(_descriptor(kind), struct)
    return lambda message: struct(**_values(message, plan))


def plan_of(descriptor: Descriptor, struct: type[msgspec.Struct]) -> Plan:
    """How the fields of `struct` are filled from a message of this descriptor."""
    declared = descriptor.fields_by_name
    plan: Plan = []
    for field in msgspec.structs.fields(struct):
        if field.name in declared:
            plan.append((field.name, field.name, _conversion(declared[field.name], field.type)))
        elif (sentence := declared.get(field.name.removesuffix("_key"))) is not None and _is(sentence, pb.FullText):
            plan.append((field.name, sentence.name, _key))
        elif (instant := declared.get(field.name.removesuffix("_ms"))) is not None:
            plan.append((field.name, instant.name, milliseconds))
    return [row for row in plan if row[0] != SHARED]


def _descriptor(kind: type[ProtobufMessage]) -> Descriptor:
    # The stubs know two implementations of it, which are the same to us.
    return cast("Descriptor", kind.DESCRIPTOR)


def _values(message: Any, plan: Plan) -> Mapping[str, Any]:
    return {
        name: getattr(message, source) if convert is None else convert(getattr(message, source)) for name, source, convert in plan
    }


def _conversion(field: FieldDescriptor, wanted: Any) -> Convert | None:
    if field.is_repeated:
        [of, *_] = typing.get_args(wanted)
        convert = _single(field, of)
        return _several(convert)
    return _single(field, wanted)


def _several(convert: Convert | None) -> Convert:
    if convert is None:
        return tuple
    return lambda values: tuple([made for each in values if (made := convert(each)) is not None])


def _single(field: FieldDescriptor, wanted: Any) -> Convert | None:
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
        plan, struct = plan_of(cast("Descriptor", field.message_type), wanted), wanted
        return lambda message: struct(**_values(message, plan))
    raise TypeError(f"{field.full_name} cannot become {wanted}")


def _is(field: FieldDescriptor, kind: type[ProtobufMessage]) -> bool:
    return field.message_type is not None and field.message_type.full_name == kind.DESCRIPTOR.full_name


def _key(text: pb.FullText) -> str:
    return text.key


def _id(number: int) -> str:
    return str(number) if number else ""


def _text_of_bytes(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
