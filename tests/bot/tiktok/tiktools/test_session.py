"""One connection seen through its frames."""

from __future__ import annotations

import json

import pytest

from bot.events import CommentEvent, ConnectedEvent, LiveEndedEvent, UnknownEvent
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.tiktools.frames import Faults
from bot.tiktok.tiktools.session import Session

CHAT = '{"event":"chat","data":{"type":"chat","msgId":"5","comment":"hi"}}'
EXACT, ROUNDED = "7648123456789012345", "7648123456789012000"


def session(room_id: str = "77") -> Session:
    return Session(Room(RoomId(room_id), Handle("alice")), source="tiktools", faults=Faults())


def info(room_id: object, **more: object) -> str:
    return json.dumps({"event": "roomInfo", "roomId": room_id, "uniqueId": "alice", **more})


def test_room_info_connects_and_names_the_room() -> None:
    one = session()
    connected, told = one.receive(info("88", roomInfo={"title": "sea"}), 5)
    assert isinstance(connected, ConnectedEvent)
    assert isinstance(told, UnknownEvent)
    assert (connected.room_id, connected.source, connected.received_at_ms) == ("88", "tiktools", 5)
    assert (told.method, told.room_id) == ("roomInfo", "88")
    assert one.room_info == {"title": "sea"}


def test_an_event_before_room_info_connects_too_and_a_later_room_is_adopted() -> None:
    one = session()
    connected, chat = one.receive(CHAT, 5)
    assert isinstance(connected, ConnectedEvent)
    assert (connected.room_id, chat.room_id) == ("77", "77")
    (told,) = one.receive(info("88"), 6)
    assert told.room_id == "88"
    (later,) = one.receive(CHAT, 7)
    assert isinstance(later, CommentEvent)
    assert later.room_id == "88"


@pytest.mark.parametrize(
    ("known", "told", "adopted"),
    [
        ("77", "88", "88"),
        ("77", 88, "88"),
        ("77", "", "77"),
        ("77", "room-88", "77"),
        ("77", None, "77"),
        ("77", "0", "77"),
        ("77", "9" * 40, "77"),
        ("", "88", "88"),
        (EXACT, ROUNDED, EXACT),
        (ROUNDED, EXACT, EXACT),
        (EXACT, "7648123456789099999", "7648123456789099999"),
    ],
)
def test_the_edges_room_is_adopted_unless_it_is_none_or_rounded(known: str, told: object, adopted: str) -> None:
    one = session(known)
    one.receive(info(told), 5)
    assert one.room_id == adopted


@pytest.mark.parametrize(
    "notice", ['{"type":"anon_limit","message":"no"}', '{"event":"not_live"}', "junk", '{"event":"ping"}', "[]"]
)
def test_what_is_not_of_a_room_does_not_connect(notice: str) -> None:
    one = session()
    assert one.receive(notice, 5) == []
    assert not one.is_connected


def test_notices_are_remembered_and_once_connected_they_are_events_as_well() -> None:
    one = session()
    one.receive(CHAT, 5)
    (nudge,) = one.receive('{"type":"session_limit","message":"enough","sessionMaxMs":600000}', 6)
    assert isinstance(nudge, UnknownEvent)
    assert one.nudge == ("session_limit", "enough", 600_000)
    one.receive('{"event":"not_live"}', 7)
    assert one.not_live


@pytest.mark.parametrize(
    "end", ['{"event":"control","data":{"action":3}}', '{"event":"control","data":{"action":4}}', '{"event":"streamEnd"}']
)
def test_the_live_is_over_when_the_edge_says_so(end: str) -> None:
    one = session()
    *_, last = one.receive(end, 5)
    assert isinstance(last, LiveEndedEvent)
    assert one.has_ended
    assert not last.inferred


@pytest.mark.parametrize("no_end", ['{"event":"control","data":{"action":1}}', '{"event":"room","data":{"status":4}}', CHAT])
def test_nothing_else_ends_it(no_end: str) -> None:
    one = session()
    one.receive(no_end, 5)
    assert not one.has_ended


def test_an_end_that_only_the_close_told_is_inferred_and_the_same_whenever_told() -> None:
    one, again = session(), session()
    (first,), (second,) = one.end(5, "closed"), again.end(9, "closed")
    assert isinstance(first, LiveEndedEvent)
    assert first.inferred
    assert first.message_id == second.message_id
    assert one.connect(5).message_id != again.connect(9).message_id
