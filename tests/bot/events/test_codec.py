"""What was logged must decode for as long as the log is kept, by older and newer versions alike."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import CommentEvent, Common, Event, Gift, GiftEvent, UnknownEvent, User
from bot.events.codec import EVENT_CLASSES, Envelope, Logged, decode, encode, event_id, to_json

texts = st.text(max_size=40)
numbers = st.integers(min_value=0, max_value=2**63 - 1)
users = st.none() | st.builds(User, id=texts, handle=texts, nickname=texts, gifter_level=st.integers(0, 60))
commons = st.builds(
    Common, message_id=texts, room_id=texts, creator=texts, created_at_ms=numbers, received_at_ms=numbers, user=users
)
events = st.one_of(
    st.builds(CommentEvent, commons, text=texts, language=texts, is_history=st.booleans()),
    st.builds(GiftEvent, commons, gift=st.builds(Gift, id=texts, name=texts, diamonds=numbers), repeat_count=numbers),
    st.builds(UnknownEvent, commons, method=texts, payload=st.binary(max_size=40)),
    *(st.builds(cls, commons) for cls in EVENT_CLASSES),
)
batches = st.lists(st.builds(Logged, st.builds(Envelope, creator_id=numbers, seq=numbers, source=texts), events), max_size=6)


@given(batches)
def test_a_stored_batch_reads_back_as_it_was(batch: list[Logged]) -> None:
    assert decode(encode(batch)) == batch


@given(events)
def test_every_event_becomes_one_flat_json_object_with_its_type_first(event: Event) -> None:
    shown = json.loads(json.dumps(to_json(event)))
    assert next(iter(shown)) == "type"
    assert shown["type"] == type(event).type != ""
    assert shown["message_id"] == event.message_id
    assert not isinstance(shown.get("common"), dict)


def test_every_tag_is_unique_and_every_field_has_a_default() -> None:
    tags = [cls.__struct_config__.tag for cls in EVENT_CLASSES]
    assert len(set(tags)) == len(tags)
    for cls in EVENT_CLASSES:
        assert cls().common == Common(), cls
        assert cls.__struct_fields__[0] == "common", f"{cls.__name__}: the shared part is always the first slot"


def logged_as(*event: object) -> bytes:
    return msgspec.msgpack.encode([[[1, 7, 3, 1, "webcast", 5], list(event)]])


def test_an_event_written_before_a_field_existed_takes_its_default() -> None:
    [old] = decode(logged_as("chat", ["m", "r"], "hello"))
    assert old.event == CommentEvent(Common(message_id="m", room_id="r"), text="hello")  # type: ignore[arg-type]


def test_an_event_written_by_a_newer_version_keeps_what_we_know() -> None:
    whole = [*[None] * 0, "chat", ["m", "r"], "hello", "en", [], [], False, "", False, False, "a field of tomorrow"]
    [new] = decode(logged_as(*whole))
    assert isinstance(new.event, CommentEvent)
    assert new.event.text == "hello"


def test_an_unknown_tag_is_kept_whole_beside_its_neighbours() -> None:
    body = msgspec.msgpack.encode(
        [
            [[1, 7, 1], ["chat", ["m1"], "before"]],
            [[1, 7, 2], ["hologram", ["m2", "r2"], 42]],
            [[1, 7, 3], ["chat", ["m3"], "after"]],
        ]
    )
    before, hologram, after = decode(body)
    assert isinstance(hologram.event, UnknownEvent)
    assert (hologram.event.method, hologram.event.message_id, hologram.seq) == ("hologram", "m2", 2)
    assert msgspec.msgpack.decode(hologram.event.payload) == ["hologram", ["m2", "r2"], 42]
    assert [one.event.text for one in (before, after) if isinstance(one.event, CommentEvent)] == ["before", "after"]


def test_a_body_that_is_no_batch_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b"\xc1 not msgpack")


def test_one_id_for_one_event_even_when_tiktok_reuses_its_number() -> None:
    chat = CommentEvent(Common(message_id="1", room_id="r"))  # type: ignore[arg-type]
    gift = GiftEvent(Common(message_id="1", room_id="r"))  # type: ignore[arg-type]
    assert event_id(chat) != event_id(gift)
    assert event_id(chat, room_id="other") != event_id(chat)
