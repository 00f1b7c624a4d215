"""Guilds, channels and people, and the stream of what happens to them."""

from __future__ import annotations

import pytest

from sandbox.discord.permissions import BITS
from sandbox.discord.values import SUPPRESS_EMBEDS
from sandbox.discord.world import Change, World


@pytest.fixture
def world() -> World:
    return World(lambda: 1_790_000_000.0)


def test_names_find_what_is_there_already(world: World) -> None:
    guild = world.guild("fans")
    assert world.guild("fans") is guild
    assert guild.channel("#live") is guild.channel("live")
    assert guild.member("ann") is guild.member("ann")
    assert guild.role("mods") is guild.role("mods")


def test_a_person_is_the_same_account_in_every_guild(world: World) -> None:
    here, there = world.guild("here").member("ann"), world.guild("there").member("ann")
    assert here is not there
    assert here.id == there.id


def test_a_members_permissions_can_be_replaced(world: World) -> None:
    guild = world.guild("fans")
    ann = guild.member("ann", permissions=["manage_guild"])
    assert ann.permissions & BITS["manage_guild"]
    guild.member("ann")
    assert ann.permissions & BITS["manage_guild"]
    guild.member("ann", permissions=[])
    assert not ann.permissions & BITS["manage_guild"]


def test_the_bot_can_be_denied_and_allowed_in_one_channel(world: World) -> None:
    guild = world.guild("fans")
    live, other = guild.channel("live"), guild.channel("other")
    live.deny_bot("send_messages")
    live.deny_bot("embed_links")
    assert not live.bot_permissions & (BITS["send_messages"] | BITS["embed_links"])
    assert other.bot_permissions & BITS["send_messages"]
    live.allow_bot("send_messages")
    assert live.bot_permissions & BITS["send_messages"]
    live.reset_bot()
    assert live.bot_permissions == other.bot_permissions


def test_a_message_is_told_when_it_comes_changes_and_goes(world: World) -> None:
    live = world.guild("fans").channel("live")
    heard: list[Change] = []
    unsubscribe = world.subscribe(heard.append)
    message = live.say(live.guild.owner, "one")
    world.edit(message, content="two")
    world.delete(message)
    unsubscribe()
    live.say(live.guild.owner, "unheard")
    assert [c.kind for c in heard] == ["message_created", "message_edited", "message_deleted"]
    assert [c.message for c in heard] == [message] * 3
    assert [(e.before, e.after) for e in message.edits] == [("one", "two")]
    assert live.deleted_messages == [message]


def test_previews_are_the_links_that_are_not_held_back(world: World) -> None:
    live = world.guild("fans").channel("live")
    message = live.say(live.guild.owner, "https://a.example <https://b.example> text http://c.example/x")
    assert message.previews == ("https://a.example", "http://c.example/x")
    message.flags |= SUPPRESS_EMBEDS
    assert not message.previews


async def test_waiting_ends_with_the_change_that_makes_it_true(world: World) -> None:
    live = world.guild("fans").channel("live")
    live.say(live.guild.owner, "hello")
    assert (await world.until(lambda: live.messages, 1))[0].content == "hello"
    with pytest.raises(TimeoutError):
        await world.until(lambda: live.deleted_messages, 0.01)


def test_a_deleted_channel_is_nowhere(world: World) -> None:
    guild = world.guild("fans")
    live = guild.channel("live")
    live.delete()
    assert live.id not in world.channels
    assert guild.channel("live") is not live


def test_a_role_that_is_deleted_is_taken_from_everybody_before_anybody_hears_of_it() -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    role, ann = guild.role("helpers", ["manage_messages"]), guild.member("ann")
    for member in (ann, guild.bot):
        member.add_role(role)
    heard: list[tuple[str, int]] = []
    guild.world.subscribe(lambda change: heard.append((change.kind, guild.bot.permissions & ann.permissions)))
    guild.delete_role(role)
    assert [kind for kind, _ in heard] == ["role_deleted", "member_updated", "member_updated"]
    assert role.id not in (*ann.role_ids, *guild.bot.role_ids)


def test_deleting_a_channel_deletes_its_threads() -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    live = guild.channel("live")
    thread = live.thread("tonight")
    assert live.thread("tonight") is thread
    live.delete()
    assert (thread.deleted, guild.threads, thread.id in guild.world.channels) == (True, {}, False)


def test_direct_messages_are_one_channel_for_each_person() -> None:
    world = World(lambda: 1_790_000_000.0)
    ann = world.guild("fans").member("ann")
    assert world.dm(ann.user) is world.dm(world.guild("others").member("ann").user)
    assert list(world.guilds.values()) == [world.guild("fans"), world.guild("others")]
