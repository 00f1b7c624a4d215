"""From our values to Discord's JSON, with every key that a client library needs. Pure: no state, no sockets.

Which keys exist is Discord's OpenAPI description; which of them a client cannot live without was found by running
discord.py against it. Ids are strings, permissions are strings, instants are ISO 8601.
"""

from __future__ import annotations

from typing import Any

from sandbox.discord.permissions import Overwrite
from sandbox.discord.snowflake import iso
from sandbox.discord.world import KINDS, Channel, Guild, Json, Member, Message, Role, User, World


def user(value: User) -> Json:
    return {
        "id": str(value.id),
        "username": value.name,
        "discriminator": "0000" if value.bot else "0",
        "global_name": None,
        "avatar": None,
        "bot": value.bot,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }


def me(world: World) -> Json:
    """The bot's own account, as GET /users/@me and READY show it."""
    return user(world.bot) | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None}


def application(world: World, owner: User) -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(owner),
        "bot": user(world.bot),
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "approximate_guild_count": sum(g.has_bot for g in world.guilds.values()),
        "tags": [],
    }


def role(value: Role) -> Json:
    return {
        "id": str(value.id),
        "name": value.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": value.position,
        "permissions": str(value.permissions),
        "managed": value.managed,
        "mentionable": value.mentionable,
        "flags": 0,
    }


def member(value: Member) -> Json:
    return bare_member(value) | {"user": user(value.user)}


def bare_member(value: Member) -> Json:
    """A member without the user: as messages and resolved options carry it."""
    return {
        "roles": [str(r) for r in value.role_ids],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": iso(value.joined_at_ms),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def overwrite(value: Overwrite) -> Json:
    return {"id": str(value.target_id), "type": int(value.is_member), "allow": str(value.allow), "deny": str(value.deny)}


def channel(value: Channel) -> Json:
    body: Json = {
        "id": str(value.id),
        "type": KINDS[value.kind],
        "guild_id": str(value.guild.id),
        "name": value.name,
        "position": list(value.guild.channels).index(value.id) if not value.deleted else 0,
        "permission_overwrites": [overwrite(o) for o in value.overwrites],
        "parent_id": None,
        "nsfw": False,
        "flags": 0,
        "topic": value.topic,
        "last_message_id": str(value.messages[-1].id) if value.messages else None,
        "rate_limit_per_user": 0,
    }
    if value.kind in ("voice", "stage"):
        body |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if value.kind in ("forum", "media"):
        body |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    return body


def guild(value: Guild) -> Json:
    """What GET /guilds/{id} and GUILD_UPDATE show."""
    return {
        "id": str(value.id),
        "name": value.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(value.owner_id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role(r) for r in value.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "max_members": 500_000,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": value.locale,
        "nsfw_level": 0,
    }


def guild_create(value: Guild, *, with_members: bool = False, is_new: bool = False) -> Json:
    """GUILD_CREATE: without the members intent, only the bot itself is among the members.

    `is_new`: the bot was just added. Discord then leaves `unavailable` out; with it, an outage has ended or a session began.
    """
    members = value.members.values() if with_members else [value.bot]
    known = {} if is_new else {"unavailable": False}
    return (
        guild(value)
        | known
        | {
            "joined_at": iso(value.bot.joined_at_ms),
            "large": False,
            "member_count": len(value.members),
            "members": [member(m) for m in members],
            "channels": [channel(c) for c in value.channels.values()],
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
    )


def message(value: Message, *, shows_content: bool = True) -> Json:
    """A message. Without the message content intent, the bot gets other people's messages with everything blank."""
    guild_value = value.channel.guild
    mentioned = [guild_value.members[m].user for m in value.mentions if m in guild_value.members]
    body: Json = {
        "id": str(value.id),
        "channel_id": str(value.channel.id),
        "type": 20 if value.interaction_id else 0,
        "author": user(value.author),
        "content": value.content if shows_content else "",
        "embeds": value.embeds if shows_content else [],
        "components": value.components if shows_content else [],
        "attachments": value.attachments if shows_content else [],
        "timestamp": iso(value.created_at_ms),
        "edited_timestamp": None if value.edited_at_ms is None else iso(value.edited_at_ms),
        "flags": value.flags,
        "tts": False,
        "pinned": False,
        "mention_everyone": value.mention_everyone,
        "mentions": [user(m) for m in mentioned],
        "mention_roles": [str(r) for r in value.mention_roles],
    }
    if value.nonce is not None:
        body["nonce"] = value.nonce
    if value.interaction_id is not None:
        body |= {"webhook_id": str(guild_value.world.application_id), "application_id": str(guild_value.world.application_id)}
    return body


def message_event(value: Message, *, shows_content: bool) -> Json:
    """MESSAGE_CREATE and MESSAGE_UPDATE add the guild and the author's membership."""
    author = value.channel.guild.members.get(value.author.id)
    extra: Json = {"guild_id": str(value.channel.guild.id)}
    if author is not None:
        extra["member"] = bare_member(author)
    return message(value, shows_content=shows_content) | extra


def resolved_channel(value: Channel, invoker: Member) -> Json:
    """A channel option: `permissions` are the invoker's there, `app_permissions` the bot's."""
    full = channel(value)
    kept: dict[str, Any] = {key: full[key] for key in ("id", "name", "type", "parent_id", "position", "nsfw", "flags", "topic")}
    return kept | {
        "rate_limit_per_user": 0,
        "last_message_id": full["last_message_id"],
        "guild_id": full["guild_id"],
        "permissions": str(value.permissions_of(invoker)),
        "app_permissions": str(value.bot_permissions),
    }
