"""What a message of the edge is: an event, several, bookkeeping, or nothing that can be read."""

from __future__ import annotations

import json
import sys

import pytest

from bot.events.ids import Handle
from bot.tiktok.tiktools import frames
from bot.tiktok.tiktools.decode import decode_frame
from bot.tiktok.tiktools.frames import Fault, Faults


def test_an_envelope_has_a_name_and_its_data() -> None:
    raw = b'{"event":"chat","data":{"type":"chat","comment":"hi"}}'
    (frame,) = frames.read(raw)
    assert frame == ("chat", {"type": "chat", "comment": "hi"}, raw)


@pytest.mark.parametrize("message", ['{"event":"roomInfo","roomId":"7"}', '{"event":"roomInfo","data":[],"roomId":"7"}'])
def test_without_a_data_object_the_frame_itself_is_the_payload(message: str) -> None:
    (frame,) = frames.read(message)
    assert (frame.name, frame.data["roomId"]) == ("roomInfo", "7")


def test_a_notice_is_named_by_its_type() -> None:
    (frame,) = frames.read('{"type":"anon_limit","message":"no more"}')
    assert (frame.name, frame.data["message"]) == ("anon_limit", "no more")


@pytest.mark.parametrize("name", ["ping", "pong", "_journal"])
def test_bookkeeping_is_nothing(name: str) -> None:
    assert frames.read(json.dumps({"event": name, "data": {"x": 1}})) == []


def test_a_batch_is_several_events_named_by_their_types() -> None:
    faults = Faults()
    batch = frames.read('{"events":[{"type":"chat","comment":"a"},{"type":"like"},7]}', faults)
    assert [frame.name for frame in batch] == ["chat", "like", ""]
    assert json.loads(batch[0].raw) == {"type": "chat", "comment": "a"}
    assert faults == {Fault.NAMELESS: 1}


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"", Fault.NOT_JSON),
        (b"\xff\xfe", Fault.NOT_JSON),
        (b'{"event":"chat"', Fault.NOT_JSON),
        (b'{"a":NaN}', Fault.NOT_JSON),
        (b'{"a":1e999}', Fault.NOT_JSON),
        (b"[1,2]", Fault.NO_OBJECT),
        (b'"text"', Fault.NO_OBJECT),
        (b"null", Fault.NO_OBJECT),
        (b"[" * 500_000, Fault.TOO_DEEP),
        (b'{"a":' * 500_000, Fault.TOO_DEEP),
        (b'{"event":"chat","x":"' + b"x" * frames.MOST_FRAME_BYTES + b'"}', Fault.TOO_LARGE),
    ],
)
def test_what_cannot_be_read_is_counted_and_its_beginning_kept(message: bytes, fault: Fault) -> None:
    faults = Faults()
    (frame,) = frames.read(message, faults)
    assert (frame.name, frame.data) == ("", {})
    assert message.startswith(frame.raw)
    assert len(frame.raw) <= frames.KEPT_OF_UNREADABLE
    assert faults == {fault: 1}


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE00", "\\ud83d x", "\\ud83d\\ud83d\\ude00"])
def test_half_an_emoji_does_not_cost_the_comment(half: str) -> None:
    faults = Faults()
    (frame,) = frames.read(f'{{"event":"chat","data":{{"comment":"cut {half} here"}}}}', faults)
    assert frame.data["comment"].startswith("cut \ufffd")
    frame.data["comment"].encode()
    assert not faults


def test_a_text_that_is_no_unicode_is_read_all_the_same() -> None:
    (frame,) = frames.read('{"event":"chat","data":{"comment":"\ud800"}}')
    assert frame.data["comment"] == "?"


@pytest.mark.parametrize(
    "shape", ['{{"events":[{{"type":"rankUpdate","rankList":{}}}]}}', '{{"event":"rankUpdate","data":{{"rankList":{}}}}}']
)
def test_however_deep_it_is_nested_it_is_read_or_refused(shape: str) -> None:
    for depth in range(0, sys.getrecursionlimit() + 50, 7):
        decode_frame(shape.format("[" * depth + "]" * depth), creator=Handle("alice"), received_at_ms=1)
