from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.creator import Creator, CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.storage import creators, watches
from bot.storage.tables import creator_handle
from tests.bot.storage.builders import known

ALICE = Handle("alice")


def names(connection: Connection, creator_id: CreatorId) -> dict[str, tuple[int, int]]:
    rows = connection.execute(select(creator_handle).where(creator_handle.c.creator_id == creator_id))
    return {row.handle: (row.first_seen_at_ms, row.last_seen_at_ms) for row in rows}


def learn(connection: Connection, asked: Creator, user_id: str, handle: str, now_ms: int = 5000) -> Creator:
    return creators.learn(connection, asked.id, tiktok_user_id=ViewerId(user_id), handle=Handle(handle), now_ms=now_ms)


def test_a_handle_names_one_creator_however_it_is_written(connection: Connection) -> None:
    alice = creators.ensure(connection, Handle("Alice"), now_ms=1)
    assert alice.handle == "alice"
    assert creators.ensure(connection, Handle("aLICE"), now_ms=2) == alice
    assert creators.by_handle(connection, Handle("ALICE")) == alice
    assert creators.get(connection, alice.id) == alice
    assert creators.by_handle(connection, Handle("bob")) is None
    assert creators.by_handle(connection, Handle("")) is None
    assert creators.get(connection, CreatorId(99)) is None


def test_the_user_id_is_learned_once_and_stays(connection: Connection) -> None:
    alice = known(connection, "alice")
    learned = learn(connection, alice, "7001", "alice")
    assert learned == Creator(alice.id, ALICE, ViewerId("7001"))
    assert learn(connection, alice, "7001", "alice") == learned
    assert creators.get(connection, alice.id) == learned


def test_without_a_user_id_there_is_only_a_name_to_learn(connection: Connection) -> None:
    alice = known(connection, "alice")
    assert learn(connection, alice, "", "") == alice
    assert learn(connection, alice, "", "alice2").handle == "alice2"


def test_a_new_name_is_remembered_beside_the_old_one(connection: Connection) -> None:
    alice = known(connection, "alice", "7001")
    renamed = learn(connection, alice, "7001", "Alice.New", now_ms=5000)
    assert renamed == Creator(alice.id, Handle("alice.new"), ViewerId("7001"))
    assert creators.by_handle(connection, ALICE) is None
    assert creators.by_handle(connection, Handle("alice.new")) == renamed
    assert names(connection, alice.id) == {"alice": (1000, 1000), "alice.new": (5000, 5000)}
    learn(connection, alice, "7001", "alice.new", now_ms=9000)
    assert names(connection, alice.id)["alice.new"] == (5000, 9000)


def test_of_an_unknown_row_nothing_can_be_learned(connection: Connection) -> None:
    with pytest.raises(LookupError):
        creators.learn(connection, CreatorId(99), tiktok_user_id=ViewerId("1"), handle=ALICE, now_ms=1)


def test_the_status_is_unchecked_until_somebody_looked_and_then_the_last_look(connection: Connection) -> None:
    alice = known(connection, "alice")
    assert creators.status(connection, alice.id) == CreatorStatus(alice.id)
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    live = CreatorStatus(
        alice.id, CreatorState.LIVE, room_id=RoomId("r"), title="hi", connected=True, checked_at=at, next_try_at=None
    )
    unclear = CreatorStatus(alice.id, CreatorState.UNCLEAR, reason="captcha", checked_at=at, next_try_at=at)
    for_adults = replace(live, is_age_restricted=True)
    for status in (live, unclear, for_adults, for_adults, live):
        creators.set_status(connection, status)
        assert creators.status(connection, alice.id) == status


def test_a_known_creator_who_takes_a_watched_name_is_served_to_those_who_watch_it(connection: Connection) -> None:
    renamed = learn(connection, known(connection, "alice"), "7001", "alice")
    wished = creators.ensure(connection, Handle("alice2"), now_ms=1)
    watches.place(
        connection,
        guild_id=GuildId(9),
        channel_id=ChannelId(8),
        creator_id=wished.id,
        by=DiscordUserId(3),
        now_ms=1,
        cursor_seq=0,
    )
    learn(connection, renamed, "7001", "alice2")
    [moved] = watches.of_guild(connection, GuildId(9))
    assert (moved.handle, moved.creator_id) == ("alice2", renamed.id)
    found = creators.by_handle(connection, Handle("alice2"))
    assert found is not None
    assert watches.end(connection, guild_id=GuildId(9), creator_id=found.id, by=DiscordUserId(3), now_ms=2)


def test_who_is_for_adults_is_known_until_tiktok_says_otherwise(connection: Connection) -> None:
    alice, bob = known(connection, "alice"), known(connection, "bob")
    for creator in (alice, bob):
        creators.set_status(connection, CreatorStatus(creator.id, is_age_restricted=True))
    creators.set_status(connection, CreatorStatus(bob.id))
    assert creators.age_restricted(connection) == {alice.id}
