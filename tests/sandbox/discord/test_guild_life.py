"""What befalls a guild, its channels and roles, and the bot in it; and direct messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest

from sandbox.discord.mentions import Mentions
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Relay, Rest, running

Aim = Callable[[Discord], None]


async def _hears(bot: Relay, name: str, event: Callable[[], object]) -> Any:
    """What discord.py tells of the event that `event` brings about."""
    waiting = asyncio.ensure_future(bot.wait_for(name, timeout=5))
    await asyncio.sleep(0)
    event()
    return await waiting


async def test_an_outage_is_no_removal(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        lost = await _hears(bot, "guild_unavailable", guild.begin_outage)
        assert (lost.id, lost.unavailable) == (guild.id, True)
        made = guild.channel("made-meanwhile")
        back = await _hears(bot, "guild_available", guild.end_outage)
        assert back.get_channel(made.id) is not None
        await _hears(bot, "guild_remove", guild.kick_bot)
        assert (await _hears(bot, "guild_join", guild.invite_bot)).id == guild.id


async def test_a_guild_in_an_outage_is_not_there_when_a_session_begins(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    guild.begin_outage()
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        assert [g.unavailable for g in bot.guilds] in ([], [True])
        guild.end_outage()
        async with asyncio.timeout(5):
            while (found := bot.get_guild(guild.id)) is None or found.name != "fans":
                await asyncio.sleep(0.01)


async def test_the_bot_hears_of_its_roles_and_of_what_they_may(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    live = guild.channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        role = guild.role("speaker", ["manage_messages"])
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)

        async def until_may(*, manage: bool) -> None:
            async with asyncio.timeout(5):
                while channel.permissions_for(channel.guild.me).manage_messages is not manage:
                    await asyncio.sleep(0.01)

        guild.bot.add_role(role)
        await until_may(manage=True)
        guild.change_role(role, permissions=0)
        await until_may(manage=False)
        guild.set_permissions(role, ["manage_messages"])
        await until_may(manage=True)
        live.overwrite(role, deny=["manage_messages"])
        await until_may(manage=False)
        deleted = await _hears(bot, "guild_role_delete", lambda: guild.delete_role(role))
        assert (deleted.id, guild.bot.role_ids) == (role.id, [guild.bot_role.id])


async def test_owner_language_and_notice_channel_are_known_and_may_change(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    ann, mods = guild.member("ann"), guild.channel("mods")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:

        def change() -> None:
            guild.change(owner_id=ann.id, locale="ja", public_updates_channel_id=mods.id)

        _, now = await _hears(bot, "guild_update", change)
        assert (now.owner_id, now.preferred_locale, now.public_updates_channel.id) == (ann.id, discord.Locale.japanese, mods.id)
        _, channel = await _hears(bot, "guild_channel_update", lambda: mods.change(nsfw=True, topic="adults"))
        assert (channel.nsfw, channel.topic) == (True, "adults")


async def test_a_role_is_pinged_only_by_discords_rules(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    live, ann = guild.channel("live"), guild.member("ann")
    open_, closed = guild.role("alerts", mentionable=True), guild.role("staff")
    text = f"<@&{open_.id}> <@&{closed.id}> <@{ann.id}> @everyone"
    everyone = discord.AllowedMentions.all()
    guild.set_permissions(guild.bot_role, ["view_channel", "send_messages", "read_message_history"])
    guild.change_role(guild.everyone, permissions=guild.everyone.permissions & ~discord.Permissions(mention_everyone=True).value)
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send(text, allowed_mentions=everyone)
        await channel.send(text, allowed_mentions=discord.AllowedMentions(roles=[discord.Object(closed.id)]))
        guild.set_permissions(guild.bot_role, ["view_channel", "send_messages", "mention_everyone"])
        await channel.send(text, allowed_mentions=discord.AllowedMentions(roles=[discord.Object(closed.id)]))
        sent = await channel.send("nobody", allowed_mentions=everyone)
        await sent.edit(content=text, allowed_mentions=everyone)
    assert [m.pings for m in live.messages] == [
        Mentions(users=(ann.id,), roles=(open_.id,)),
        Mentions(),
        Mentions(roles=(closed.id,)),
        Mentions(),
    ]
    assert live.messages[3].pinged


async def test_a_mention_in_a_text_of_components_v2_pings(rest: Rest, discord_server: Discord) -> None:
    live = discord_server.guild("fans").channel("live")
    ann = live.guild.member("ann")
    body = {"flags": 1 << 15, "components": [{"type": 10, "content": f"<@{ann.id}>"}], "allowed_mentions": {"parse": ["users"]}}
    assert (await rest("POST", f"/channels/{live.id}/messages", body)).status == 200
    assert live.messages[0].pings.users == (ann.id,)


async def test_the_bot_writes_to_a_person_until_they_close_their_door(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    ann = guild.member("ann")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        user = await bot.fetch_user(ann.id)
        sent = await user.send("a notice")
        await sent.edit(content="a better notice")
        dm = discord_server.dm(ann)
        assert [m.content for m in dm.messages] == ["a better notice"]
        ann.close_dms()
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("too late")
        assert refused.value.code == 50007
        ann.open_dms()
        await user.send("again")
        guild.kick_bot()
        with pytest.raises(discord.Forbidden):
            await user.send("we share nothing any more")
    assert [m.content for m in dm.messages] == ["a better notice", "again"]
    assert discord_server.violations == []


async def test_there_is_no_direct_message_with_nobody(rest: Rest) -> None:
    assert (await rest("POST", "/users/@me/channels", {"recipient_id": "1"})).code == 50033


async def test_what_a_person_says_in_direct_messages_reaches_who_asked_for_it(discord_server: Discord, aimed: Aim) -> None:
    ann = discord_server.guild("fans").member("ann")
    aimed(discord_server)
    bot = Relay(intents=discord.Intents(guilds=True, dm_messages=True))
    async with running(discord_server, bot):
        heard = await _hears(bot, "message", lambda: discord_server.dm(ann).say(ann, "help"))
    assert (heard.content, heard.guild, heard.author.name) == ("help", None, "ann")
