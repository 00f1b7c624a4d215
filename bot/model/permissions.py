"""Discord's permissions, in the words that its settings use, and exactly those that the bot needs. Pure.

Bit numbers are Discord's (docs topics/permissions). The invite link asks for `NEEDED` and nothing else; a permission is added
here in the same change that first uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntFlag
from urllib.parse import urlencode

from bot.language import N_


class Permission(IntFlag):
    """The permissions that we ask for or look at."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_THREADS = 1 << 34
    SEND_MESSAGES_IN_THREADS = 1 << 38


NAMES = {
    Permission.ADMINISTRATOR: N_("Administrator"),
    Permission.MANAGE_GUILD: N_("Manage Server"),
    Permission.VIEW_CHANNEL: N_("View Channel"),
    Permission.SEND_MESSAGES: N_("Send Messages"),
    Permission.MANAGE_MESSAGES: N_("Manage Messages"),
    Permission.EMBED_LINKS: N_("Embed Links"),
    Permission.READ_MESSAGE_HISTORY: N_("Read Message History"),
    Permission.MENTION_EVERYONE: N_("Mention @everyone, @here, and All Roles"),
    Permission.MANAGE_THREADS: N_("Manage Threads"),
    Permission.SEND_MESSAGES_IN_THREADS: N_("Send Messages in Threads"),
}

NEEDED = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    # Cards (go-live, PK, alerts), and lines in the style of embeds.
    | Permission.EMBED_LINKS
    # After a crash, a post whose answer was lost is looked for among the channel's newest messages.
    | Permission.READ_MESSAGE_HISTORY
)
"""What the bot needs over all kinds of channel: the invite link's permissions."""

SCOPES = ("bot", "applications.commands")


def to_post(*, is_thread: bool) -> Permission:
    """What posting needs there. In a thread Send Messages has no effect; Send Messages in Threads takes its place."""
    return Permission.VIEW_CHANNEL | (Permission.SEND_MESSAGES_IN_THREADS if is_thread else Permission.SEND_MESSAGES)


def to_relay(*, is_thread: bool) -> Permission:
    """What the bot needs in a watch's channel."""
    return to_post(is_thread=is_thread) | Permission.EMBED_LINKS | Permission.READ_MESSAGE_HISTORY


def missing(needed: Permission, granted: int) -> Sequence[str]:
    """The needed permissions that are not granted, by the names that Discord's settings show. Administrator has all."""
    if granted & Permission.ADMINISTRATOR:
        return []
    return [name for permission, name in NAMES.items() if permission & needed and not permission & granted]


def invite_url(application_id: int) -> str:
    """The address where a server's admin adds the bot."""
    query = {"client_id": application_id, "permissions": NEEDED.value, "scope": " ".join(SCOPES)}
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"
