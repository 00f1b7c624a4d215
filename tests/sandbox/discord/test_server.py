"""A real discord.py lives on the sandbox's Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest

from sandbox.discord.invocation import CannotUse
from sandbox.discord.limits import Limits
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Relay, running, serving, watch_command

Aim = Callable[[Discord], None]


async def _with_watch(bot: Relay) -> None:
    async def answer(interaction: discord.Interaction[Relay], creator: str, channel: Any) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content=f"Watching {creator} in {channel.mention}.")

    bot.tree.add_command(watch_command(answer))
    await bot.tree.sync()


async def test_the_bot_becomes_ready_and_knows_guilds_channels_and_its_own_rights(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    discord_server.guild("fans").channel("closed").deny_bot("send_messages")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        (guild,) = bot.guilds
        assert (guild.name, sorted(c.name for c in guild.channels)) == ("fans", ["closed", "live"])
        assert bot.user is not None
        assert bot.user.id == discord_server.bot.id == guild.me.id
        channel = guild.get_channel(live.id)
        assert channel is not None
        assert channel.permissions_for(guild.me).send_messages
        assert not discord.utils.get(guild.channels, name="closed").permissions_for(guild.me).send_messages  # type: ignore[union-attr]
    assert discord_server.violations == []


async def test_what_discord_computes_as_permissions_discord_py_computes_too(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    channel = guild.channel("live")
    channel.deny_bot("send_messages", "embed_links")
    channel.allow_bot("manage_messages")
    channel.overwrite(guild.everyone, deny=["add_reactions"])
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        theirs = bot.get_channel(channel.id)
        assert isinstance(theirs, discord.TextChannel)
        # discord.py leaves the voice permissions out of text channels.
        voice = discord.Permissions.voice().value
        assert theirs.permissions_for(theirs.guild.me).value & ~voice == channel.bot_permissions & ~voice


async def test_a_wrong_token_is_a_login_failure(discord_server: Discord, aimed: Aim) -> None:
    aimed(discord_server)
    async with Relay() as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.start("not-the-token")
    assert [v.kind for v in discord_server.violations] == ["bad_token"]


async def test_a_slash_command_is_thinking_first_and_then_answered_privately(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    admin = live.guild.member("ann", permissions=["manage_guild"])
    aimed(discord_server)
    async with running(discord_server, Relay(setup=_with_watch)):
        interaction = await discord_server.interact(live, admin, "watch", {"creator": "alice", "channel": live})
        answer = await interaction.answered()
    assert answer.content == f"Watching alice in <#{live.id}>."
    assert answer.ephemeral
    assert not answer.edits
    assert interaction.response_type == 5
    assert live.messages == []
    assert discord_server.violations == []


async def test_only_members_who_may_are_offered_the_command(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay(setup=_with_watch)):
        assert [c.name for c in discord_server.available(live.guild.owner, live)] == ["watch"]
        assert discord_server.available(live.guild.member("viewer"), live) == []
        with pytest.raises(CannotUse):
            await discord_server.interact(live, live.guild.member("viewer"), "watch", {"creator": "a", "channel": live})
        with pytest.raises(CannotUse, match="required"):
            await discord_server.interact(live, live.guild.owner, "watch", {"creator": "alice"})


async def test_creators_are_suggested_while_typing(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay(setup=_with_watch)):
        choices = await discord_server.autocomplete(live, live.guild.owner, "watch", {"creator": "al"}, "creator")
    assert [(c["name"], c["value"]) for c in choices] == [("@alice", "alice")]


async def test_twelve_posts_at_once_arrive_in_order_of_the_bucket_without_a_single_429(
    discord_server: Discord, aimed: Aim
) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        began = discord_server.state.world.now()
        await asyncio.gather(*(channel.send(f"line {n}") for n in range(12)))
        took = discord_server.state.world.now() - began
    assert sorted(m.content for m in live.messages) == sorted(f"line {n}" for n in range(12))
    assert [r.status for r in discord_server.requests if r.method == "POST"] == [200] * 12
    # 5 + 5 + 2 with windows of half a second.
    assert took >= 1.0


async def test_mentions_reach_nobody_when_the_bot_forbids_them(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    viewer = live.guild.member("viewer")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send(f"@everyone <@{viewer.id}>")
        await channel.send(f"hello <@{viewer.id}>", allowed_mentions=discord.AllowedMentions(users=True))
    assert [m.pinged for m in live.messages] == [(), (f"<@{viewer.id}>",)]
    assert discord_server.violations == []


async def test_the_same_nonce_gives_the_same_message(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        first = await channel.send("once", nonce="batch-1")
        again = await channel.send("once", nonce="batch-1")
    assert first.id == again.id
    assert [m.content for m in live.messages] == ["once"]


async def test_a_channel_that_the_bot_may_not_write_in_is_forbidden(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        live.deny_bot("send_messages")
        with pytest.raises(discord.Forbidden) as refused:
            await channel.send("hello")
        assert refused.value.code == 50013
        live.deny_bot("view_channel")
        with pytest.raises(discord.Forbidden) as refused:
            await channel.send("hello")
        assert refused.value.code == 50001
        live.delete()
        with pytest.raises(discord.NotFound) as gone:
            await channel.send("hello")
        assert gone.value.code == 10003


async def test_edits_keep_the_history_and_suppressed_previews_stay_visible_to_the_test(
    discord_server: Discord, aimed: Aim
) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        message = await channel.send("see https://example.org", suppress_embeds=True)
        assert not live.messages[0].previews
        # discord.py 2.7.1 sends flags 0 with every edit unless told otherwise.
        await message.edit(content="see https://example.org again")
        assert live.messages[0].previews == ("https://example.org",)
        await message.edit(content="struck", suppress=True)
    (stored,) = live.messages
    assert [(e.before, e.after) for e in stored.edits] == [
        ("see https://example.org", "see https://example.org again"),
        ("see https://example.org again", "struck"),
    ]


async def test_a_lost_gateway_is_resumed_and_nothing_is_missed(discord_server: Discord, aimed: Aim) -> None:
    guild = discord_server.guild("fans")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        discord_server.reconnect_gateway()
        await discord_server.until(lambda: not discord_server.is_online)
        late = guild.channel("made-meanwhile")
        await discord_server.online()
        await bot.wait_for("shard_resumed", timeout=5)
        assert bot.get_channel(late.id) is not None
    assert discord_server.gateway.identifies == 1


async def test_an_invalid_session_makes_the_bot_identify_again(discord_server: Discord, aimed: Aim) -> None:
    discord_server.guild("fans")
    aimed(discord_server)
    async with running(discord_server, Relay()):
        discord_server.invalidate_gateway()
        await discord_server.until(lambda: discord_server.gateway.identifies == 2)
        await discord_server.online()


async def test_the_bot_hears_of_kicks_and_deleted_channels(discord_server: Discord, aimed: Aim) -> None:
    kept, left = discord_server.guild("kept"), discord_server.guild("left")
    doomed = kept.channel("doomed")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        hears_removal = asyncio.ensure_future(bot.wait_for("guild_remove", timeout=5))
        hears_deletion = asyncio.ensure_future(bot.wait_for("guild_channel_delete", timeout=5))
        await asyncio.sleep(0)
        left.kick_bot()
        doomed.delete()
        assert (await hears_removal).id == left.id
        assert (await hears_deletion).id == doomed.id
        kept.rename("renamed")
        await bot.wait_for("guild_update", timeout=5)
        assert [g.name for g in bot.guilds] == ["renamed"]


async def test_each_shard_hears_only_of_its_own_guilds(aimed: Aim) -> None:
    server = Discord(limits=Limits(), shards=2)
    guilds = [server.guild(f"guild {n}") for n in range(6)]
    async with serving(server):
        aimed(server)
        async with running(server, Relay()) as bot:
            assert sorted(g.id for g in bot.guilds) == sorted(g.id for g in guilds)
            assert {g.shard_id for g in bot.guilds} == {(g.id >> 22) % 2 for g in guilds}


async def test_an_unchanged_command_list_keeps_its_ids(discord_server: Discord, aimed: Aim) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=_with_watch)) as bot:
        (before,) = discord_server.commands
        await bot.tree.sync()
        assert discord_server.commands == [before]
    assert discord_server.command_writes == 2
    assert before.default_member_permissions == discord.Permissions(manage_guild=True).value


@pytest.mark.misbehaves
async def test_a_command_that_discord_would_not_register_fails_the_sync(discord_server: Discord, aimed: Aim) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=_with_watch)) as bot:
        # discord.py checks most of it itself; what it lets through Discord must refuse.
        bot.tree.get_command("watch").description = "long " * 30  # type: ignore[union-attr]
        with pytest.raises(discord.app_commands.CommandSyncFailure, match="description"):
            await bot.tree.sync()
    assert discord_server.violations[-1].kind == "invalid_form"


async def test_a_button_is_pressed_and_its_message_updated(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")

    class Ack(discord.ui.View):
        @discord.ui.button(label="Mine", custom_id="case:1")
        async def claim(self, interaction: discord.Interaction[Relay], _button: discord.ui.Button[Ack]) -> None:
            await interaction.response.edit_message(content="claimed", view=None)

    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send("an alert", view=Ack())
        with pytest.raises(CannotUse):
            await discord_server.press(live.messages[0], live.guild.owner, "case:2")
        interaction = await discord_server.press(live.messages[0], live.guild.owner, "case:1")
        await interaction.acknowledged()
    assert (interaction.response_type, live.messages[0].content, live.messages[0].components) == (7, "claimed", [])


async def test_a_form_is_shown_filled_in_and_answered(discord_server: Discord, aimed: Aim) -> None:
    live = discord_server.guild("fans").channel("live")

    class Form(discord.ui.Modal, title="Note"):
        note: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Note", custom_id="note")

        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message(f"noted: {self.note.value}", ephemeral=True)

    async def answer(interaction: discord.Interaction[Relay], _creator: str, _channel: object) -> None:
        await interaction.response.send_modal(Form())

    async def setup(bot: Relay) -> None:
        bot.tree.add_command(watch_command(answer))
        await bot.tree.sync()

    aimed(discord_server)
    async with running(discord_server, Relay(setup=setup)):
        opened = await discord_server.interact(live, live.guild.owner, "watch", {"creator": "alice", "channel": live})
        await opened.acknowledged()
        submitted = await discord_server.submit(opened, live.guild.owner, {"note": "seen"})
        assert (await submitted.answered()).content == "noted: seen"
    assert discord_server.violations == []
