"""A line of a capture and the message it holds."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import CommentEvent, Handle, RoomId, UnknownEvent
from bot.tiktok.capture.line import BadLine, Captured, any_event_of, event_of, read, written
from bot.tiktok.webcast.decode import DecodeError

MESSAGE = Captured("WebcastNew", b"\x08\x01", Handle("alice"), RoomId("7"), 1_694_630_990_293)


def test_a_line_has_the_keys_that_captures_have() -> None:
    text = written(3, MESSAGE)
    assert text.endswith(b"\n")
    assert json.loads(text) == {
        "n": 3,
        "method": "WebcastNew",
        "received_at": "2023-09-13T18:49:50.293Z",
        "host": "alice",
        "room_id": "7",
        "payload": base64.b64encode(b"\x08\x01").decode(),
    }


def test_only_a_message_of_the_backlog_says_so() -> None:
    old = Captured("WebcastNew", b"", is_history=True)
    assert json.loads(written(0, old))["is_history"] is True
    assert read(written(0, old)).is_history


@given(method=st.text(), payload=st.binary(), host=st.text(), at_ms=st.integers(0, 4_000_000_000_000), is_history=st.booleans())
def test_what_was_written_is_read_back(method: str, payload: bytes, host: str, at_ms: int, is_history: bool) -> None:
    captured = Captured(method, payload, Handle(host), RoomId("1"), at_ms, is_history, at_ms)
    assert read(written(0, captured)) == captured


def test_a_line_that_holds_no_message_says_why() -> None:
    with pytest.raises(BadLine, match="not base64"):
        read(b'{"method": "WebcastNew", "payload": "!"}')


def test_a_payload_that_is_not_what_its_method_says_is_kept_as_unknown() -> None:
    broken = Captured("WebcastChatMessage", b"\xff\xff", Handle("alice"), RoomId("7"), 5)
    with pytest.raises(DecodeError):
        event_of(broken)
    kept = any_event_of(broken)
    assert isinstance(kept, UnknownEvent)
    assert (kept.method, kept.payload, kept.creator, kept.room_id) == ("WebcastChatMessage", b"\xff\xff", "alice", "7")
    assert not isinstance(kept, CommentEvent)
