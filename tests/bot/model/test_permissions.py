"""Permissions: Discord's own bits and names, and an invite link that asks for nothing more."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import discord

from bot.model.permissions import NAMES, NEEDED, Permission, invite_url, missing, to_post, to_relay
from sandbox.discord.permissions import bits
from sandbox.discord.world import World


def test_the_bits_are_discords() -> None:
    theirs = discord.Permissions.VALID_FLAGS
    for permission in Permission:
        assert permission.value == theirs[(permission.name or "").lower()]


def test_every_permission_has_a_name_to_show() -> None:
    assert set(NAMES) == set(Permission)


def test_the_invite_link_asks_for_exactly_what_is_used() -> None:
    query = parse_qs(urlsplit(invite_url(42)).query)
    assert query == {"client_id": ["42"], "permissions": ["274877991936"], "scope": ["bot applications.commands"]}
    assert to_relay(is_thread=True) | to_relay(is_thread=False) == NEEDED


def test_the_sandbox_invites_the_bot_with_exactly_these() -> None:
    """A permission that only the sandbox grants would be missed on Discord and never here."""
    assert bits(World.INVITED) == NEEDED


def test_a_thread_needs_its_own_permission_to_send() -> None:
    granted = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    assert missing(to_post(is_thread=False), granted) == []
    assert missing(to_post(is_thread=True), granted) == ["Send Messages in Threads"]


def test_an_administrator_lacks_nothing() -> None:
    assert missing(NEEDED, Permission.ADMINISTRATOR) == []
    assert len(missing(NEEDED, 0)) == 5
