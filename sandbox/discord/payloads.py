"""From our values to Discord's JSON, with every key that a client library needs. Pure: no state, no sockets.

Which keys exist is Discord's OpenAPI description; which of them a client cannot live without was found by running
discord.py against it. Ids are strings, permissions are strings, instants are ISO 8601.
"""

from __future__ import annotations

from sandbox.discord.permissions import BITS, Overwrite
from sandbox.discord.snowflake import iso, time_ms
from sandbox.discord.values import KINDS, Json, Role, User
from sandbox.discord.world import Channel, Guild, Member, Message, World


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
        "flags_new": "0",
        "type": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "approximate_guild_count": sum(g.has_bot for g in world.guilds.values()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
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
    """A channel, a thread or a direct message."""
    body: Json = {
        "id": str(value.id),
        "type": KINDS[value.kind],
        "flags": 0,
        "last_message_id": str(value.messages[-1].id) if value.messages else None,
    }
    if value.is_dm:
        return body | {"recipients": [user(m.user) for m in value.guild.members.values() if not m.user.bot]}
    parent = None if value.parent is None else str(value.parent.id)
    body |= {"guild_id": str(value.guild.id), "name": value.name, "parent_id": parent, "rate_limit_per_user": 0}
    if value.is_thread:
        return body | _thread(value)
    body |= {
        "position": list(value.guild.channels).index(value.id) if not value.deleted else 0,
        "permission_overwrites": [overwrite(o) for o in value.overwrites],
        "nsfw": value.nsfw,
        "topic": value.topic,
    }
    if value.kind in ("voice", "stage"):
        body |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if value.kind in ("forum", "media"):
        body |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    return body


def _thread(value: Channel) -> Json:
    metadata = {
        "archived": value.archived,
        "archive_timestamp": iso(value.archive_changed_ms),
        "auto_archive_duration": 4320,
        "locked": value.locked,
        "create_timestamp": iso(time_ms(value.id)),
    }
    if value.kind == "private_thread":
        metadata["invitable"] = True
    body: Json = {
        "owner_id": str(value.owner_id),
        "thread_metadata": metadata,
        "message_count": len(value.messages),
        "member_count": len(value.joined),
        "total_message_sent": len(value.messages) + len(value.deleted_messages),
    }
    if value.guild.bot.id in value.joined:
        body["member"] = {
            "id": str(value.id),
            "user_id": str(value.guild.bot.id),
            "join_timestamp": metadata["create_timestamp"],
            "flags": 0,
        }
    return body


def active_threads(value: Guild) -> list[Channel]:
    """The threads of a guild that are not archived and that the bot sees."""
    return [t for t in value.threads.values() if not t.archived and t.bot_permissions & BITS["view_channel"]]


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
        "public_updates_channel_id": None if value.public_updates_channel_id is None else str(value.public_updates_channel_id),
        "safety_alerts_channel_id": None,
        "max_members": 500_000,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": value.locale,
        "nsfw": False,
        "nsfw_level": 0,
        "home_header": None,
        "region": "deprecated",
        "widget_enabled": False,
        "widget_channel_id": None,
        "max_presences": None,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "incidents_data": None,
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
            "threads": [channel(t) for t in active_threads(value)],
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
    if value.thread is not None and not value.thread.deleted:
        body["thread"] = channel(value.thread)
    if value.interaction_metadata is not None:
        body["interaction_metadata"] = value.interaction_metadata
    if value.interaction_id is not None:
        body |= {"webhook_id": str(guild_value.world.application_id), "application_id": str(guild_value.world.application_id)}
    return body


def owners(place: Channel, user_id: int) -> Json:
    """By whose leave the bot is used: the guild's (0), in direct messages the person's (1)."""
    return {"1": str(user_id)} if place.is_dm else {"0": str(place.guild.id)}


def message_event(value: Message, *, shows_content: bool) -> Json:
    """MESSAGE_CREATE and MESSAGE_UPDATE add the guild and the author's membership."""
    if value.channel.is_dm:
        return message(value, shows_content=shows_content)
    author = value.channel.guild.members.get(value.author.id)
    extra: Json = {"guild_id": str(value.channel.guild.id)}
    if author is not None:
        extra["member"] = bare_member(author)
    return message(value, shows_content=shows_content) | extra


def resolved_channel(value: Channel, invoker: Member) -> Json:
    """A channel option: `permissions` are the invoker's there, `app_permissions` the bot's."""
    allowed = {"permissions": str(value.permissions_of(invoker)), "app_permissions": str(value.bot_permissions)}
    hidden = ("permission_overwrites", "member", "bitrate", "user_limit", "rtc_region")
    return {key: part for key, part in channel(value).items() if key not in hidden} | allowed
