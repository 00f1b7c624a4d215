from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import EventKind, WatchSettings
from bot.storage import cursors, watches
from bot.storage.tables import config_audit, watch
from tests.bot.storage.builders import ADMIN, CHANNEL, GUILD, known, watching


def test_a_new_watch_reads_on_from_where_it_was_told(connection: Connection) -> None:
    alice = known(connection, "alice")
    placed, created = watches.place(
        connection, guild_id=GUILD, channel_id=CHANNEL, creator_id=alice.id, by=ADMIN, now_ms=1_700_000_000_123, cursor_seq=42
    )
    assert created
    assert (placed.guild_id, placed.channel_id, placed.creator_id, placed.handle) == (GUILD, CHANNEL, alice.id, "alice")
    assert (placed.created_by, placed.revision, placed.ended_at, placed.settings) == (ADMIN, 1, None, WatchSettings())
    assert placed.created_at == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    assert cursors.get(connection, cursors.of_watch(placed.id), alice.id) == 42
    assert (
        watches.of_guild(connection, GUILD) == watches.active(connection) == watches.of_creator(connection, alice.id) == [placed]
    )


def test_placing_it_again_changes_nothing(connection: Connection) -> None:
    alice = known(connection, "alice")
    first = watching(connection, alice.id, cursor_seq=5)
    again, created = watches.place(
        connection, guild_id=GUILD, channel_id=CHANNEL, creator_id=alice.id, by=DiscordUserId(99), now_ms=9, cursor_seq=77
    )
    assert (again, created) == (first, False)
    assert cursors.get(connection, cursors.of_watch(first.id), alice.id) == 5


def test_settings_survive_and_kinds_of_a_newer_version_are_left_alone(connection: Connection) -> None:
    alice = known(connection, "alice")
    wanted = WatchSettings(kinds=frozenset({EventKind.GIFT, EventKind.BATTLE}), min_diamonds=500)
    placed, _ = watches.place(
        connection, guild_id=GUILD, channel_id=CHANNEL, creator_id=alice.id, by=ADMIN, now_ms=1, cursor_seq=0, settings=wanted
    )
    assert placed.settings == wanted
    newer = json.dumps({"kinds": ["gift", "hologram"], "min_diamonds": 1, "colour": "red"})
    connection.execute(watch.update().values(settings=newer))
    assert watches.active(connection)[0].settings == WatchSettings(frozenset({EventKind.GIFT}), 1)


def test_a_watch_that_ends_is_kept_and_can_be_placed_anew(connection: Connection) -> None:
    alice = known(connection, "alice")
    first = watching(connection, alice.id)
    (ended,) = watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=5000)
    assert ended.id == first.id
    assert ended.ended_at == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert watches.active(connection) == []
    assert watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=6000) == []
    second = watching(connection, alice.id)
    assert second.id != first.id
    assert connection.execute(text("SELECT count(*) FROM watch")).scalar() == 2


def test_one_channel_or_all_of_them_and_never_another_guilds(connection: Connection) -> None:
    alice, bob = known(connection, "alice"), known(connection, "bob")
    here, there = watching(connection, alice.id), watching(connection, alice.id, channel=21)
    others = watching(connection, alice.id, guild=11)
    bobs = watching(connection, bob.id)
    ended = watches.end(connection, guild_id=GUILD, creator_id=alice.id, channel_id=ChannelId(21), by=ADMIN, now_ms=1)
    assert [each.id for each in ended] == [there.id]
    assert watches.of_guild(connection, GUILD) == [here, bobs]
    ended = watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=1)
    assert [each.id for each in ended] == [here.id]
    assert watches.of_guild(connection, GuildId(11)) == [others]


def test_every_change_is_audited_with_who_and_what_was(connection: Connection) -> None:
    alice = known(connection, "alice")
    placed = watching(connection, alice.id, channel=2**63 - 1)
    watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=DiscordUserId(77), now_ms=5000)
    first, second = connection.execute(select(config_audit).order_by(config_audit.c.id)).all()
    assert (first.action, first.actor_id, first.at_ms, first.before) == ("watch.placed", ADMIN, 2000, None)
    assert (second.action, second.actor_id, second.at_ms, second.after) == ("watch.ended", 77, 5000, None)
    assert json.loads(first.after) == json.loads(second.before)
    assert json.loads(first.after)["channel_id"] == str(2**63 - 1)
    assert json.loads(first.after)["watch_id"] == placed.id


def test_the_table_itself_refuses_a_second_active_watch(connection: Connection) -> None:
    first = watching(connection, known(connection, "alice").id)
    row = dict(connection.execute(select(watch).where(watch.c.id == first.id)).one()._mapping)
    del row["id"]
    with pytest.raises(IntegrityError, match="UNIQUE"):
        connection.execute(watch.insert().values(row))
