"""The wire format: where bytes stop making sense, and which field is not what it should be."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast import wire
from bot.tiktok.webcast.pb import webcast_pb2 as pb

CHAT = pb.Chat(base=pb.Base(message_id=2**60), content="hi", visible_to_sender=True).SerializeToString()


def test_fields_come_in_the_order_of_the_bytes_with_their_places() -> None:
    found = list(wire.fields(CHAT))
    assert [(each.number, each.wire_type) for each in found] == [(1, 2), (3, 2), (4, 0)]
    assert CHAT[found[1].body : found[1].end] == b"hi"
    assert b"".join(CHAT[each.start : each.end] for each in found) == CHAT


@pytest.mark.parametrize("length", range(1, len(CHAT)))
def test_a_prefix_is_cut_short_or_ends_at_a_field(length: int) -> None:
    ends = {each.end for each in wire.fields(CHAT)}
    if length in ends:
        assert list(wire.fields(CHAT[:length]))
        return
    with pytest.raises(wire.Broken) as caught:
        list(wire.fields(CHAT[:length]))
    assert caught.value.cut_short


@pytest.mark.parametrize(
    "data",
    [
        b"\x53\x01",  # a group begins
        b"\x0e",  # wire type 6
        b"\x00\x01",  # field 0
        b"\x08" + b"\xff" * 11,  # a number without end
    ],
)
def test_what_proto3_never_writes_is_broken_and_not_cut_short(data: bytes) -> None:
    with pytest.raises(wire.Broken) as caught:
        list(wire.fields(CHAT + data))
    assert (caught.value.cut_short, caught.value.offset) == (False, len(CHAT))


@given(data=st.binary(max_size=100))
def test_any_bytes_are_fields_or_broken(data: bytes) -> None:
    with contextlib.suppress(wire.Broken):
        assert sum(each.end - each.start for each in wire.fields(data)) == len(data)


def test_a_field_of_another_wire_type_is_found() -> None:
    assert wire.mistyped(pb.Chat, CHAT) == 0
    assert wire.mistyped(pb.Chat, b"\x18\x05") == 3  # text as a number
    assert wire.mistyped(pb.Chat, b"\x22\x01a") == 4  # a truth value as text
    assert wire.mistyped(pb.Chat, b"\xf8\x7f\x05") == 0  # nothing that we know


def test_numbers_in_a_row_may_be_packed_or_not() -> None:
    assert wire.mistyped(pb.ImDelete, b"\x10\x01") == 0
    assert wire.mistyped(pb.ImDelete, b"\x12\x01\x01") == 0


def test_bytes_that_break_off_are_nobodys_mistake_of_type() -> None:
    assert wire.mistyped(pb.Chat, b"\x0a\x55") == 0


def test_fields_are_counted_up_to_a_limit() -> None:
    three = b"\x08\x01" * 3
    assert not wire.has_more_fields(three, 3)
    assert wire.has_more_fields(three, 2)
    assert not wire.has_more_fields(b"\x08\x01\x0f", 1)  # what cannot be read is for the parser to refuse


def test_the_values_of_a_field_as_far_as_they_make_sense() -> None:
    assert list(wire.values(b"\x0a\x01a\x12\x01b\x08\x05\x0a\x01c\x0a\x09", 1)) == [b"a", b"c"]
