from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from bot.model.card import Card, CardKind
from bot.model.fault import Fault, FaultKind
from bot.model.guild import GuildSettings
from bot.model.ids import CardId, ChannelId, DiscordMessageId, DiscordRoleId, GuildId
from bot.model.message import Message
from bot.model.watch import PauseReason
from bot.storage import cards, cursors, faults, guilds, posts, watches
from bot.storage.tables import card, comment, config_audit, creator, cursor, guild, intent, intent_line, post, post_line, watch
from tests.bot.storage.builders import ADMIN, GUILD, about_to_say, known, line, watching

OTHER = GuildId(11)
SETTINGS = GuildSettings(ChannelId(5), DiscordRoleId(6), DiscordRoleId(7), "es")


def count(connection: Connection, table: object) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def card_of(key: str, channel: int, **more: object) -> Card:
    return Card(CardId(0), key, CardKind.NOTICE, None, ChannelId(channel), Message("hello"), 1, **more)  # type: ignore[arg-type]


def test_settings_are_kept_whole_and_audited_with_what_they_were(connection: Connection) -> None:
    guilds.change(connection, GUILD, settings=SETTINGS, by=ADMIN, now_ms=5)
    guilds.change(connection, GUILD, settings=SETTINGS, by=ADMIN, now_ms=6)
    assert [each.settings for each in guilds.known(connection)] == [SETTINGS]
    assert guilds.settings(connection, GUILD) == SETTINGS
    assert guilds.settings(connection, OTHER) == GuildSettings()
    (row,) = connection.execute(select(config_audit)).all()
    assert (row.action, row.actor_id, row.at_ms) == ("guild.changed", ADMIN, 5)
    assert json.loads(row.before)["admin_channel_id"] is None
    assert json.loads(row.after)["admin_channel_id"] == "5", "19 digits do not fit a JSON double"


def test_settings_of_a_newer_version_are_read_as_far_as_they_are_known(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    connection.execute(guild.update().values(settings='{"locale": "es", "hologram": 3}'))
    assert guilds.settings(connection, GUILD) == GuildSettings(locale="es")


def test_a_guild_that_the_bot_left_has_all_its_watches_paused_and_none_of_anothers(connection: Connection) -> None:
    alice, bob = known(connection, "alice"), known(connection, "bob")
    mine, asked, others = (
        watching(connection, alice.id),
        watching(connection, bob.id),
        watching(connection, alice.id, guild=OTHER),
    )
    watches.pause(connection, [asked.id], why=PauseReason.ASKED, by=ADMIN, now_ms=1)
    paused = guilds.left(connection, GUILD, now_ms=4000)
    assert [each.id for each in paused] == [mine.id]
    assert [each.id for each in watches.active(connection)] == [others.id]
    assert guilds.left(connection, GUILD, now_ms=9000) == []
    assert guilds.known(connection)[0].left_at == datetime(1970, 1, 1, 0, 0, 4, tzinfo=UTC), "the first word of it counts"


def test_a_guild_is_to_be_told_of_a_return_once_and_only_if_something_stands_still(connection: Connection) -> None:
    alice = known(connection, "alice")
    watching(connection, alice.id)
    quiet = watching(connection, alice.id, guild=OTHER)
    watches.pause(connection, [quiet.id], why=PauseReason.ASKED, by=ADMIN, now_ms=1)
    for guild_id in (GUILD, OTHER):
        guilds.left(connection, guild_id, now_ms=4000)
        guilds.returned(connection, guild_id)
        guilds.returned(connection, guild_id)
    assert guilds.returns(connection) == {GUILD: 4000}
    assert [each.paused_why for each in watches.of_guild(connection, GUILD)] == [PauseReason.LEFT]
    guilds.forget_return(connection, GUILD)
    assert guilds.returns(connection) == {}


def test_who_is_removed_again_is_not_told_of_the_last_return(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    guilds.left(connection, GUILD, now_ms=1)
    guilds.returned(connection, GUILD)
    guilds.left(connection, GUILD, now_ms=2)
    assert guilds.returns(connection) == {}
    guilds.returned(connection, GUILD)
    assert guilds.returns(connection) == {GUILD: 2}


def test_everything_of_a_guild_is_erased_in_small_steps_and_nothing_of_another(connection: Connection) -> None:
    alice = known(connection, "alice", "u1")
    for guild_id in (GUILD, OTHER):
        for channel in (20, 21, 22):
            placed = watching(connection, alice.id, guild=guild_id, channel=channel + 100 * guild_id)
            sent = posts.open_intent(connection, about_to_say(placed, line(1, "hi")))
            posts.fulfil(connection, sent, message_id=DiscordMessageId(placed.id), now_ms=1)
            posts.open_intent(connection, about_to_say(placed, line(2, "ho")))
            faults.put(connection, Fault(placed.id, FaultKind.NO_SEND, "x", datetime(2024, 1, 1, tzinfo=UTC)))
            cards.wish(connection, [card_of(f"pk:{channel + 100 * guild_id}:1", channel + 100 * guild_id)])
        cards.wish(connection, [card_of(f"notice:{guild_id}:return:1", 99)])
        guilds.change(connection, guild_id, settings=SETTINGS, by=ADMIN, now_ms=1)
    connection.execute(
        comment.insert().values(
            creator_id=alice.id, seq=1, room_id="r", message_id="m", message_uuid="", viewer_id="v", text="hi",
            created_at_ms=1, received_at_ms=1,
        )
    )  # fmt: skip
    tables = (watch, post, post_line, intent, intent_line, card, cursor, config_audit, guild)
    before = {table.name: count(connection, table) for table in tables}
    guilds.left(connection, GUILD, now_ms=100)
    assert guilds.due(connection, before_ms=100) == []
    assert guilds.erase(connection, GUILD, before_ms=100) == 0
    assert guilds.due(connection, before_ms=101) == [GUILD]
    guilds.erase_posts(connection, guilds.posts_of(connection, GUILD))
    steps = 0
    while gone := guilds.erase(connection, GUILD, before_ms=101, most=2):
        assert gone <= 2
        steps += 1
    assert steps > 7
    assert {table.name: count(connection, table) * 2 for table in tables} == before
    assert [each.id for each in guilds.known(connection)] == [OTHER]
    assert {each.guild_id for each in watches.active(connection)} == {OTHER}
    assert {cursors.of_watch(each.id) for each in watches.active(connection)} == set(
        connection.execute(select(cursor.c.consumer)).scalars()
    )
    assert len(faults.known(connection)) == 3
    assert count(connection, creator) == count(connection, comment) == 1, "they are not the guild's: retention has them"


def test_alert_cards_go_wherever_alerts_went_when_they_were_posted(connection: Connection) -> None:
    """The channel is nobody's watch, and by now another one, or none: their key tells whose they are."""
    watching(connection, known(connection, "alice").id)
    guilds.change(connection, GUILD, settings=GuildSettings(alert_channel_id=ChannelId(502)), by=ADMIN, now_ms=1)
    keys = [(f"alert:{GUILD}:1", 501), (f"alert:{GUILD}:ping:1:5", 502), (f"alert:{GUILD}:action:r:9", 503), ("alert:99:1", 501)]
    keys.append((f"alert:{GUILD}9:1", 501))
    cards.wish(connection, [replace(card_of(key, channel), kind=CardKind.ALERT) for key, channel in keys])
    guilds.left(connection, GUILD, now_ms=100)
    while guilds.erase(connection, GUILD, before_ms=101):
        pass
    assert set(connection.execute(select(card.c.key)).scalars()) == {"alert:99:1", f"alert:{GUILD}9:1"}


def test_a_guild_that_came_back_is_not_erased_any_further(connection: Connection) -> None:
    watching(connection, known(connection, "alice").id)
    guilds.left(connection, GUILD, now_ms=100)
    guilds.erase(connection, GUILD, before_ms=101, most=1)
    guilds.returned(connection, GUILD)
    assert guilds.erase(connection, GUILD, before_ms=101) == 0
    assert count(connection, watch) == 1
