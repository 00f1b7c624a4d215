"""In which room a client is, and what it says of that."""

from __future__ import annotations

import pytest

from bot.errors import CreatorOffline
from bot.events import (
    CommentEvent,
    Common,
    ConnectedEvent,
    DisconnectedEvent,
    Event,
    GapEvent,
    GiftEvent,
    Handle,
    LiveEndedEvent,
    MessageId,
    RoomId,
    ViewersEvent,
)
from bot.tiktok.source import Room
from bot.tiktok.whereabouts import Whereabouts
from tests.doubles.events import gift

ALICE = Handle("alice")
FIRST, SECOND = Room(RoomId("1"), ALICE, viewers=12), Room(RoomId("2"), ALICE)


def in_room(room: Room, kind: type[Event], number: int = 0) -> Event:
    return kind(Common(MessageId(f"{kind.__name__}{number}"), room.room_id))


def inside(room: Room = FIRST) -> Whereabouts:
    """A client whose stream is open since 1,000."""
    where = Whereabouts(ALICE, None, process_initial_data=True)
    where.enter(room)
    where.take([in_room(room, ConnectedEvent)], room, now_ms=1_000)
    return where


def test_a_room_that_was_lost_and_regained_has_a_gap_from_the_last_word_to_the_first() -> None:
    where = inside()
    where.take([in_room(FIRST, CommentEvent)], FIRST, now_ms=5_000)
    [left] = where.leave("the socket broke", now_ms=9_000)
    assert isinstance(left, DisconnectedEvent)
    where.enter(FIRST)
    connected, gap, comment = where.take(
        [in_room(FIRST, ConnectedEvent, 1), in_room(FIRST, CommentEvent, 1)], FIRST, now_ms=12_000
    )
    assert (type(connected), type(comment)) == (ConnectedEvent, CommentEvent)
    assert isinstance(gap, GapEvent)
    assert (gap.from_ms, gap.to_ms, gap.room_id) == (5_000, 12_000, "1")


def test_another_room_begins_without_a_gap_and_with_its_own_viewers() -> None:
    where = inside()
    where.take([ViewersEvent(Common(MessageId("v"), FIRST.room_id), viewers=99)], FIRST, now_ms=2_000)
    assert where.viewer_count == 99
    where.leave("the socket broke", now_ms=3_000)
    where.enter(SECOND)
    assert where.viewer_count == 0
    assert [type(event) for event in where.take([in_room(SECOND, ConnectedEvent)], SECOND, now_ms=4_000)] == [ConnectedEvent]


def test_a_room_that_is_over_is_not_entered_again_until_the_client_starts_anew() -> None:
    where = inside()
    where.end()
    assert where.is_over
    with pytest.raises(CreatorOffline):
        where.enter(FIRST)
    where.begin()
    where.enter(FIRST)


def test_an_end_that_was_not_told_closes_what_is_open_first() -> None:
    where = inside()
    where.take([gift(4)], FIRST, now_ms=2_000)
    closed, ended = where.end_untold("the room is gone", now_ms=3_000)
    assert isinstance(closed, GiftEvent)
    assert closed.is_final
    assert isinstance(ended, LiveEndedEvent)
    assert ended.inferred
    assert where.is_over


def test_who_goes_keeps_the_room_that_was_given_and_no_other() -> None:
    given = Whereabouts(ALICE, FIRST, process_initial_data=True)
    given.enter(FIRST)
    given.end()
    given.go("stopped", now_ms=1)
    assert given.room == FIRST
    found = inside()
    assert [type(event) for event in found.go("stopped", now_ms=2)] == [DisconnectedEvent]
    assert found.room is None
    assert found.room_id == "1"
