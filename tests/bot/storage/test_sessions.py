from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot.events.ids import RoomId
from bot.model.ids import CreatorId
from bot.model.session import LiveSession
from bot.storage import sessions
from tests.bot.storage.builders import known

ROOM, LATER = RoomId("room 1"), RoomId("room 2")


@pytest.fixture
def alice(connection: Connection) -> CreatorId:
    return known(connection, "alice").id


def test_a_room_is_new_once(connection: Connection, alice: CreatorId) -> None:
    assert sessions.open_of(connection, alice) is None
    assert sessions.begin(connection, alice, ROOM, now_ms=100, started_at_ms=50, title="hi")
    assert not sessions.begin(connection, alice, ROOM, now_ms=200, started_at_ms=50, title="hi there")
    assert sessions.open_of(connection, alice) == LiveSession(alice, ROOM, 50, 100, None, "hi there")


def test_signs_of_life_move_on_and_never_back(connection: Connection, alice: CreatorId) -> None:
    sessions.begin(connection, alice, ROOM, now_ms=100, started_at_ms=0, title="")
    sessions.begin(connection, alice, LATER, now_ms=110, started_at_ms=0, title="")
    sessions.touch(connection, [])
    sessions.touch(connection, [(alice, ROOM, 400), (alice, LATER, 500)])
    sessions.touch(connection, [(alice, LATER, 300)])
    newest = sessions.open_of(connection, alice)
    assert newest == LiveSession(alice, LATER, 0, 500, None, "")


def test_an_ended_room_is_not_open_and_the_first_word_of_its_end_counts(connection: Connection, alice: CreatorId) -> None:
    sessions.begin(connection, alice, ROOM, now_ms=100, started_at_ms=0, title="")
    sessions.end(connection, alice, ROOM, now_ms=200)
    sessions.end(connection, alice, ROOM, now_ms=300)
    assert sessions.open_of(connection, alice) is None


def test_a_room_thought_ended_that_is_live_all_the_same_goes_on_as_itself(connection: Connection, alice: CreatorId) -> None:
    sessions.begin(connection, alice, ROOM, now_ms=100, started_at_ms=0, title="")
    sessions.end(connection, alice, ROOM, now_ms=200)
    assert not sessions.begin(connection, alice, ROOM, now_ms=300, started_at_ms=0, title="")
    found = sessions.open_of(connection, alice)
    assert found is not None
    assert found.room_id == ROOM


def test_lives_of_the_last_weeks_began_when_tiktok_says_or_when_we_saw_them(connection: Connection, alice: CreatorId) -> None:
    bob = known(connection, "bob").id
    for creator_id, room, now_ms, started_at_ms in (
        (alice, "1", 90, 80),
        (alice, "2", 200, 150),
        (alice, "3", 300, 0),
        (bob, "4", 400, 0),
    ):
        sessions.begin(connection, creator_id, RoomId(room), now_ms=now_ms, started_at_ms=started_at_ms, title="")
    assert sorted(sessions.starts(connection, alice, since_ms=100)) == [150, 300]
