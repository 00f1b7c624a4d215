"""The one rule, as plain values: who may, where, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest

from bot.language import ENGLISH, language
from bot.model.guild import GuildSettings
from bot.model.ids import DiscordRoleId
from bot.model.permissions import Permission
from cogs.ui.checks import (
    PingRole,
    Target,
    configuration_refusal,
    moderation_refusal,
    ping_refusal,
    publicity_refusal,
    spoken,
    target_refusal,
)

EVERYTHING = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.READ_MESSAGE_HISTORY
).value
T = language(ENGLISH)
TEXT = Target(5, discord.ChannelType.text, invoker=EVERYTHING, bot=EVERYTHING)
THREAD = replace(TEXT, type=discord.ChannelType.public_thread)


def without(*permissions: Permission) -> int:
    granted = EVERYTHING
    for permission in permissions:
        granted &= ~permission
    return granted


def test_configuration_needs_manage_server() -> None:
    assert configuration_refusal(Permission.MANAGE_GUILD) is None
    assert configuration_refusal(Permission.ADMINISTRATOR) is None
    assert "**Manage Server**" in str(configuration_refusal(EVERYTHING))


def test_the_role_that_the_guild_chose_configures_too_and_no_other() -> None:
    chosen = GuildSettings(manager_role_id=DiscordRoleId(7))
    assert configuration_refusal(0, [5, 7], chosen) is None
    assert configuration_refusal(Permission.MANAGE_GUILD, [], chosen) is None
    assert "or the role <@&7>" in str(configuration_refusal(EVERYTHING, [5], chosen))
    assert configuration_refusal(0, [7]) is not None
    assert configuration_refusal(0, [5], GuildSettings(moderator_role_id=DiscordRoleId(5))) is not None


def test_moderation_needs_manage_messages_or_the_role_or_what_configuration_needs() -> None:
    settings = GuildSettings(moderator_role_id=DiscordRoleId(7), manager_role_id=DiscordRoleId(8))
    for permission in (Permission.MANAGE_MESSAGES, Permission.MANAGE_GUILD, Permission.ADMINISTRATOR):
        assert moderation_refusal(permission) is None
    assert moderation_refusal(EVERYTHING, [7], settings) is None
    assert moderation_refusal(EVERYTHING, [8], settings) is None
    assert "or the role <@&7>" in str(moderation_refusal(EVERYTHING, [9], settings))
    assert "**Manage Messages**" in str(moderation_refusal(EVERYTHING, [7]))


@pytest.mark.parametrize("target", [TEXT, THREAD, replace(TEXT, type=discord.ChannelType.voice)])
def test_nothing_is_said_against_a_channel_where_both_may_write(target: Target) -> None:
    assert target_refusal(T, target) is None


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (replace(TEXT, type=discord.ChannelType.forum), "<#5> is a forum"),
        (replace(TEXT, type=discord.ChannelType.media), "<#5> is a forum"),
        (replace(TEXT, type=discord.ChannelType.category), "<#5> is a category"),
        (replace(THREAD, is_locked=True), "<#5> is a locked thread. Unlock it"),
        (replace(TEXT, invoker=without(Permission.SEND_MESSAGES)), "You need **Send Messages** in <#5> yourself"),
        (
            replace(THREAD, invoker=without(Permission.SEND_MESSAGES_IN_THREADS)),
            "You need **Send Messages in Threads** in <#5> yourself",
        ),
        (replace(TEXT, bot=None), "I am not a member of this server"),
        (replace(TEXT, bot=without(Permission.SEND_MESSAGES)), "I need **Send Messages** in <#5>. Grant it to my role there"),
        (replace(TEXT, bot=without(Permission.EMBED_LINKS)), "I need **Embed Links** in <#5>"),
        (replace(TEXT, bot=without(Permission.READ_MESSAGE_HISTORY)), "I need **Read Message History** in <#5>"),
        (replace(THREAD, bot=without(Permission.SEND_MESSAGES_IN_THREADS)), "I need **Send Messages in Threads** in <#5>"),
        (
            replace(THREAD, type=discord.ChannelType.private_thread, is_known=False),
            "I am not in the private thread <#5>. Mention me there",
        ),
    ],
)
def test_a_refusal_names_what_is_missing_and_where(target: Target, says: str) -> None:
    assert (target_refusal(T, target) or "").startswith(says)


def test_send_messages_does_not_count_in_a_thread() -> None:
    assert target_refusal(T, replace(THREAD, bot=without(Permission.SEND_MESSAGES))) is None


def test_a_private_thread_that_the_bot_is_in_is_taken() -> None:
    assert target_refusal(T, replace(THREAD, type=discord.ChannelType.private_thread)) is None


def test_the_invoker_is_told_of_their_own_lack_before_the_bots() -> None:
    refusal = target_refusal(T, replace(TEXT, invoker=0, bot=0)) or ""
    assert refusal.startswith("You need **View Channel** and **Send Messages**")


EVERYONE = Permission.MENTION_EVERYONE.value


@pytest.mark.parametrize(
    ("role", "target", "says"),
    [
        (PingRole(7, is_mentionable=True), TEXT, None),
        (PingRole(7), replace(TEXT, invoker=EVERYTHING | EVERYONE, bot=EVERYTHING | EVERYONE), None),
        (PingRole(7), replace(TEXT, bot=EVERYTHING | EVERYONE), "You may not mention <@&7> in <#5> yourself"),
        (PingRole(7), replace(TEXT, invoker=EVERYTHING | EVERYONE), "I cannot ping <@&7> in <#5>. Allow anyone to mention it"),
        (PingRole(7), replace(TEXT, invoker=Permission.ADMINISTRATOR.value, bot=None), "I cannot ping <@&7>"),
        (PingRole(5, is_mentionable=True, is_everyone=True), TEXT, "I never ping @everyone."),
    ],
)
def test_a_role_that_nobody_would_be_pinged_by_is_a_fault_at_set_up(role: PingRole, target: Target, says: str | None) -> None:
    refusal = ping_refusal(T, role, target)
    assert refusal is None if says is None else (refusal or "").startswith(says)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["A"], "**A**"), (["A", "B"], "**A** and **B**"), (["A", "B", "C"], "**A**, **B** and **C**")],
)
def test_missing_permissions_are_spoken_as_a_person_would(names: list[str], said: str) -> None:
    assert spoken(T, names) == said


def test_alerts_are_kept_from_a_channel_that_everybody_reads_unless_confirmed() -> None:
    target = Target(5, discord.ChannelType.text, invoker=0, bot=0)
    everyone = int(Permission.VIEW_CHANNEL)
    said = publicity_refusal(T, target, everyone)
    assert said is not None
    assert "Everybody in this server can read <#5>" in said
    assert publicity_refusal(T, target, everyone, is_confirmed=True) is None
    assert publicity_refusal(T, target, int(Permission.SEND_MESSAGES)) is None
    assert publicity_refusal(T, target, int(Permission.ADMINISTRATOR)) is not None
