"""Who may do what in a channel. Pure.

The order of the rules is Discord's own (documentation, topics/permissions): everyone, roles, administrator; then the
overwrites of everyone, of all roles together, of the member; then what is implied (a channel one cannot see allows nothing).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_IN_ORDER_OF_BITS = """
    create_instant_invite kick_members ban_members administrator manage_channels manage_guild add_reactions view_audit_log
    priority_speaker stream view_channel send_messages send_tts_messages manage_messages embed_links attach_files
    read_message_history mention_everyone use_external_emojis view_guild_insights connect speak mute_members deafen_members
    move_members use_vad change_nickname manage_nicknames manage_roles manage_webhooks manage_guild_expressions
    use_application_commands request_to_speak manage_events manage_threads create_public_threads create_private_threads
    use_external_stickers send_messages_in_threads use_embedded_activities moderate_members
    view_creator_monetization_analytics use_soundboard create_guild_expressions create_events use_external_sounds
    send_voice_messages _47 set_voice_channel_status send_polls use_external_apps pin_messages bypass_slowmode
"""
BITS = {name: 1 << bit for bit, name in enumerate(_IN_ORDER_OF_BITS.split()) if not name.startswith("_")}
ALL = sum(BITS.values())

EVERYONE = 104_324_673 | BITS["use_application_commands"] | BITS["send_messages_in_threads"]
"""What the @everyone role of a fresh guild may do; it includes `mention_everyone`."""

_IN_DIRECT = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history", "use_application_commands")
DIRECT = sum(BITS[name] for name in _IN_DIRECT)
"""What the two people of a direct message may do."""

_NEEDS_SEND = BITS["send_tts_messages"] | BITS["mention_everyone"] | BITS["embed_links"] | BITS["attach_files"]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A channel's exception for one role or one member: bits that it allows and bits that it denies."""

    target_id: int
    is_member: bool
    allow: int = 0
    deny: int = 0


def bits(wanted: int | str | Iterable[str]) -> int:
    """Permission bits from a number, one name or several. Raises ValueError on a name that Discord does not know."""
    if isinstance(wanted, int):
        return wanted
    value = 0
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name not in BITS:
            raise ValueError(f"Discord has no permission called {name!r}.")
        value |= BITS[name]
    return value


def names(value: int) -> tuple[str, ...]:
    """The names of the permissions in `value`, lowest bit first."""
    return tuple(name for name, bit in BITS.items() if value & bit)


def in_guild(everyone: int, roles: Iterable[int], *, is_owner: bool) -> int:
    """What a member may do in the guild as a whole, given the bits of @everyone and of the member's roles."""
    value = everyone
    for role in roles:
        value |= role
    return ALL if is_owner or value & BITS["administrator"] else value


def in_channel(
    base: int,
    overwrites: Iterable[Overwrite],
    *,
    guild_id: int,
    role_ids: Iterable[int],
    member_id: int,
    speaks: str = "send_messages",
) -> int:
    """What a member with `base` permissions in the guild may do in a channel with these overwrites.

    `speaks` is the permission to write there: `send_messages`, in a thread `send_messages_in_threads`.
    """
    if base & BITS["administrator"]:
        return ALL
    roles = set(role_ids)
    every, own = list(overwrites), base
    everyone = [o for o in every if not o.is_member and o.target_id == guild_id]
    of_roles = [o for o in every if not o.is_member and o.target_id in roles]
    of_member = [o for o in every if o.is_member and o.target_id == member_id]
    for group in (everyone, of_roles, of_member):
        for overwrite in group:
            own &= ~overwrite.deny
        for overwrite in group:
            own |= overwrite.allow
    return implied(own, speaks)


def implied(value: int, speaks: str = "send_messages") -> int:
    """Take away what the missing permissions take away with them."""
    if not value & BITS["view_channel"]:
        return 0
    if not value & BITS[speaks]:
        return value & ~_NEEDS_SEND
    return value
