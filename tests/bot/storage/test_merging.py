"""Two rows that prove to be one user, and one handle that has two users after each other."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.creator import Creator, CreatorState, CreatorStatus
from bot.model.ids import CreatorId
from bot.storage import creators, cursors, log_entries, sessions, watches
from bot.storage.log_entries import Batch
from bot.storage.tables import config_audit, creator_handle
from tests.bot.storage.builders import known, watching


def learn(connection: Connection, asked: Creator, user_id: str, handle: str) -> Creator:
    return creators.learn(connection, asked.id, tiktok_user_id=ViewerId(user_id), handle=Handle(handle), now_ms=5000)


def logged(connection: Connection, creator_id: CreatorId, last_seq: int) -> None:
    """The creator's log has so many events."""
    epoch = log_entries.take_epoch(connection, creator_id).epoch
    log_entries.append(connection, [Batch(creator_id, 1, last_seq, epoch, "test", 1, 0, 0, b"")])


def actions(connection: Connection) -> list[tuple[str, int]]:
    return [(row.action, row.actor_id) for row in connection.execute(select(config_audit).order_by(config_audit.c.id))]


def test_a_row_for_a_new_name_merges_into_the_user_we_know(connection: Connection) -> None:
    alice = known(connection, "alice", "7001")
    newer = known(connection, "alice.new")
    moved = watching(connection, newer.id, cursor_seq=3)
    logged(connection, alice.id, last_seq=40)

    survivor = learn(connection, newer, "7001", "alice.new")

    assert survivor == Creator(alice.id, Handle("alice.new"), ViewerId("7001"))
    assert creators.get(connection, newer.id) == survivor
    assert creators.by_handle(connection, Handle("alice.new")) == survivor
    (watch,) = watches.active(connection)
    assert (watch.id, watch.creator_id, watch.handle) == (moved.id, alice.id, "alice.new")
    # It reads the other log from its tail on, as a new watch would.
    assert cursors.get(connection, cursors.of_watch(watch.id), alice.id) == 40
    handles = connection.execute(select(creator_handle.c.handle).where(creator_handle.c.creator_id == alice.id)).scalars()
    assert set(handles) == {"alice", "alice.new"}


def test_a_channel_that_watched_both_keeps_one_watch_and_the_audit_says_so(connection: Connection) -> None:
    alice = known(connection, "alice", "7001")
    newer = known(connection, "alice.new")
    kept = watching(connection, alice.id)
    doubled = watching(connection, newer.id)
    elsewhere = watching(connection, newer.id, channel=21)

    learn(connection, newer, "7001", "alice.new")

    assert [watch.id for watch in watches.of_creator(connection, alice.id)] == [kept.id, elsewhere.id]
    assert watches.of_creator(connection, newer.id) == []
    assert actions(connection)[3:] == [("watch.ended", 0), ("watch.moved", 0)]
    ended, changed = connection.execute(select(config_audit).order_by(config_audit.c.id.desc()).limit(2)).all()[::-1]
    assert json.loads(ended.before)["watch_id"] == doubled.id
    assert ended.after is None
    assert (json.loads(changed.before)["creator_id"], json.loads(changed.after)["creator_id"]) == (newer.id, alice.id)


def test_rooms_and_status_of_the_merged_row_are_the_survivors(connection: Connection) -> None:
    alice, newer = known(connection, "alice", "7001"), known(connection, "alice.new")
    for creator, room in ((alice, "shared"), (newer, "shared"), (newer, "own")):
        sessions.begin(connection, creator.id, RoomId(room), now_ms=10, started_at_ms=0, title="")
    creators.set_status(connection, CreatorStatus(newer.id, CreatorState.LIVE))
    learn(connection, newer, "7001", "alice.new")
    assert sessions.open_of(connection, newer.id) is None
    sessions.end(connection, alice.id, RoomId("shared"), now_ms=20)
    still = sessions.open_of(connection, alice.id)
    assert still is not None
    assert still.room_id == "own"
    assert creators.status(connection, newer.id).state is CreatorState.UNCHECKED


def test_a_merge_of_a_merge_still_finds_the_survivor(connection: Connection) -> None:
    first = known(connection, "a", "7001")
    second, third = known(connection, "b"), known(connection, "c")
    learn(connection, second, "7001", "b")
    learn(connection, third, "7001", "c")
    for creator in (first, second, third):
        found = creators.get(connection, creator.id)
        assert found is not None
        assert (found.id, found.handle) == (first.id, "c")
    assert learn(connection, second, "7001", "c").id == first.id


def test_when_a_handle_changes_hands_the_wish_follows_the_handle_and_the_past_stays(connection: Connection) -> None:
    old = known(connection, "alice", "7001")
    wish = watching(connection, old.id)

    new = learn(connection, old, "7002", "alice")

    assert (new.handle, new.tiktok_user_id) == ("alice", "7002")
    assert new.id != old.id
    assert [(watch.id, watch.creator_id) for watch in watches.active(connection)] == [(wish.id, new.id)]
    past = creators.get(connection, old.id)
    assert past == Creator(old.id, Handle(""), ViewerId("7001"))
    # Seen again under another name, the first one is who they were.
    again = known(connection, "alice.moved")
    assert learn(connection, again, "7001", "alice.moved") == Creator(old.id, Handle("alice.moved"), ViewerId("7001"))


def test_a_name_that_two_known_users_exchange_belongs_to_one_at_a_time(connection: Connection) -> None:
    alice, bob = known(connection, "alice", "7001"), known(connection, "bob", "7002")
    renamed = learn(connection, bob, "7002", "alice")
    assert (renamed.id, renamed.handle) == (bob.id, "alice")
    assert creators.get(connection, alice.id) == Creator(alice.id, Handle(""), ViewerId("7001"))
