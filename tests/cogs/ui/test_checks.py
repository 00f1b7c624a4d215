"""The one rule, as plain values: who may, where, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest

from bot.model.permissions import Permission
from cogs.ui.checks import Target, configuration_refusal, target_refusal

EVERYTHING = (
    Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.READ_MESSAGE_HISTORY
).value
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
    assert "**Manage Server**" in (configuration_refusal(EVERYTHING) or "")


@pytest.mark.parametrize("target", [TEXT, THREAD, replace(TEXT, type=discord.ChannelType.voice)])
def test_nothing_is_said_against_a_channel_where_both_may_write(target: Target) -> None:
    assert target_refusal(target) is None


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
        (replace(TEXT, bot=without(Permission.READ_MESSAGE_HISTORY)), "I need **Read Message History** in <#5>"),
        (replace(THREAD, bot=without(Permission.SEND_MESSAGES_IN_THREADS)), "I need **Send Messages in Threads** in <#5>"),
        (
            replace(THREAD, type=discord.ChannelType.private_thread, is_known=False),
            "I am not in the private thread <#5>. Mention me there",
        ),
    ],
)
def test_a_refusal_names_what_is_missing_and_where(target: Target, says: str) -> None:
    assert (target_refusal(target) or "").startswith(says)


def test_send_messages_does_not_count_in_a_thread() -> None:
    assert target_refusal(replace(THREAD, bot=without(Permission.SEND_MESSAGES))) is None


def test_a_private_thread_that_the_bot_is_in_is_taken() -> None:
    assert target_refusal(replace(THREAD, type=discord.ChannelType.private_thread)) is None


def test_the_invoker_is_told_of_their_own_lack_before_the_bots() -> None:
    refusal = target_refusal(replace(TEXT, invoker=0, bot=0)) or ""
    assert refusal.startswith("You need **View Channel** and **Send Messages**")
