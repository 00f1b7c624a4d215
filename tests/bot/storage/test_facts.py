from __future__ import annotations

from sqlalchemy import Connection

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.ids import DiscordMessageId
from bot.storage import creators, facts, posts, sessions
from tests.bot.storage.builders import about_to_say, known, line, watching


def test_former_handles_are_known_newest_first(connection: Connection) -> None:
    alice = known(connection, "alice", "u1")
    creators.learn(connection, alice.id, tiktok_user_id=ViewerId("u1"), handle=Handle("alice2"), now_ms=5000)
    assert facts.handles(connection, alice.id) == ["alice2", "alice"]


def test_the_last_sign_of_life_is_the_newest_of_all_rooms(connection: Connection) -> None:
    alice = known(connection, "alice")
    assert facts.last_frame_at_ms(connection, alice.id) is None
    for room, at_ms in (("r1", 900), ("r2", 700)):
        sessions.begin(connection, alice.id, RoomId(room), now_ms=at_ms, started_at_ms=0, title="")
    assert facts.last_frame_at_ms(connection, alice.id) == 900


def test_each_watch_has_its_own_last_post(connection: Connection) -> None:
    alice, bob = known(connection, "alice"), known(connection, "bob")
    first, second, silent = (
        watching(connection, alice.id),
        watching(connection, bob.id),
        watching(connection, alice.id, channel=9),
    )
    for number, placed in enumerate((first, second, first), start=1):
        sent = posts.open_intent(connection, about_to_say(placed, line(number, "hi")))
        posts.fulfil(connection, sent, message_id=DiscordMessageId(number), now_ms=number * 10)
    assert facts.last_posts(connection, [first.id, second.id, silent.id]) == {
        first.id: (first.channel_id, 3, 30),
        second.id: (second.channel_id, 2, 20),
    }
