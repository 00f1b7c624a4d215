"""`decode` is a contract: one answer for each line, whatever the line is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.capture.decode_command import decode_lines
from bot.tiktok.webcast.pb import webcast_pb2 as pb

CHAT = pb.Chat(base=pb.Base(method="WebcastChatMessage", message_id=1, room_id=2), content="hi").SerializeToString()


def line(payload: bytes = CHAT, **more: object) -> bytes:
    record = {"method": "WebcastChatMessage", "payload": base64.b64encode(payload).decode(), **more}
    return json.dumps(record).encode()


def answers(*lines: bytes) -> list[dict[str, Any]]:
    return list(decode_lines(lines))


def test_a_line_becomes_its_number_its_method_and_its_event() -> None:
    (answer,) = answers(line(host="alice", room_id="9", received_at="2023-09-13T18:49:50.293Z"))
    assert (answer["n"], answer["method"], list(answer)) == (0, "WebcastChatMessage", ["n", "method", "event"])
    event = answer["event"]
    assert (event["type"], event["text"], event["creator"], event["room_id"]) == ("chat", "hi", "alice", "2")
    assert event["received_at_ms"] == 1_694_630_990_293
    json.dumps(answer)


def test_keys_beside_the_contract_may_be_anything() -> None:
    for odd in (None, 5, [1], {"a": 1}, "never"):
        (answer,) = answers(line(host=odd, room_id=odd, received_at=odd, n=odd, extra=odd))
        assert "event" in answer


def test_an_unmodelled_method_is_no_error() -> None:
    (answer,) = answers(b'{"method": "WebcastBrandNew", "payload": "AAAA"}')
    assert (answer["event"]["type"], answer["event"]["payload"]) == ("unknown", "AAAA")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b'{"method": "WebcastChatMessage", "payl', "not JSON"),
        (b'{"method": "WebcastChatMessage\xff", "payload": ""}', "not JSON"),
        (b"[" * 100_000, "does not fit"),
        (b"[]", "does not fit"),
        (b'{"payload": ""}', "missing required field `method`"),
        (b'{"method": "WebcastChatMessage"}', "missing required field `payload`"),
        (b'{"method": 5, "payload": ""}', "Expected `str`"),
        (b'{"method": "WebcastChatMessage", "payload": "a"}', "not base64"),
        (b'{"method": "WebcastChatMessage", "payload": "!!!!"}', "not base64"),
        (line(b""), "holds no field"),
        (line(CHAT[:-1]), "cut short"),
    ],
)
def test_a_bad_line_is_an_error_that_says_why_and_the_next_line_is_read(bad: bytes, reason: str) -> None:
    first, second, third = answers(line(), bad, line())
    assert list(second) == ["n", "error"]
    assert (second["n"], third["n"]) == (1, 2)
    assert reason in second["error"]
    assert first["event"]["text"] == third["event"]["text"] == "hi"


@given(lines=st.lists(st.binary(max_size=80), max_size=5))
def test_there_is_one_answer_for_each_line_of_anything(lines: list[bytes]) -> None:
    assert [each["n"] for each in answers(*lines)] == list(range(len(lines)))
