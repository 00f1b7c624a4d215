"""What the page is told: the sandbox's world as small JSON objects. Pure: no sockets, nothing is changed.

Ids are strings (JavaScript's numbers lose digits after 2^53), instants are UTC milliseconds and end in `_ms`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from sandbox.discord.commands import CHAT, GROUP, SUBCOMMAND, Command
from sandbox.discord.interactions import COMMAND, Interaction
from sandbox.discord.permissions import BITS
from sandbox.discord.values import KINDS, SUPPRESS_NOTIFICATIONS, WRITABLE, User
from sandbox.discord.world import Channel, Guild, Member, Message
from sandbox.tiktok.world import Creator

Json = dict[str, Any]
AnswerState = Literal["sending", "failed", "thinking", "said"]
"""How far an answer to a command is: sent to the bot, never answered, deferred, or there."""


def visible_channels(guild: Guild, you: Member) -> list[Channel]:
    """The channels that the page's person sees and that hold messages, in the guild's order."""
    seen = BITS["view_channel"]
    return [c for c in guild.channels.values() if c.kind in WRITABLE and c.permissions_of(you) & seen]


def places(guild: Guild, you: Member) -> list[Channel]:
    """The channels that the page's person sees, each followed by its threads; a forum is there for its posts."""
    threads = [t for t in guild.threads.values() if t.permissions_of(you) & BITS["view_channel"]]
    shown: list[Channel] = []
    for one in guild.channels.values():
        own = [t for t in threads if t.parent is one]
        is_shown = one.kind in ("forum", "media") or one.kind in WRITABLE
        shown += [one] if is_shown and one.permissions_of(you) & BITS["view_channel"] else []
        shown += own
    return shown


def guild(value: Guild, you: Member, *, bot_online: bool, bot_seen: bool, commands: Iterable[Command]) -> Json:
    """Everything of a guild but its messages. `bot_seen`: a bot was connected at least once; `commands`: open to `you`."""
    return {
        "guild": {"id": str(value.id), "name": value.name},
        "me": user(you.user),
        "bot": user(value.bot.user) | {"online": bot_online, "ever": bot_seen},
        "channels": [channel(c) for c in visible_channels(value, you)],
        "members": [user(m.user) | {"online": bot_online if m.user.bot else True} for m in value.members.values()],
        "roles": [{"id": str(role.id), "name": role.name} for role in value.roles.values()],
        "pickable": [channel(c) for c in value.channels.values() if c.permissions_of(you) & BITS["view_channel"]],
        "commands": sorted((leaf for command in commands for leaf in leaves(command)), key=lambda leaf: str(leaf["name"])),
    }


def user(value: User) -> Json:
    return {"id": str(value.id), "name": value.name, "bot": value.bot}


def channel(value: Channel) -> Json:
    return {
        "id": str(value.id),
        "name": value.name,
        "kind": value.kind,
        "type": KINDS[value.kind],
        "topic": value.topic,
        "parent": None if value.parent is None else {"id": str(value.parent.id), "name": value.parent.name},
        "thread": value.is_thread,
        "archived": value.archived,
        "locked": value.locked,
        "nsfw": value.nsfw,
    }


# ------------------------------------------------------------------------------------------------------------- commands


def leaves(command: Command) -> list[Json]:
    """A slash command as it can be typed: one entry, or one for each of its subcommands ("alerts test")."""
    return _leaves(command.name, command.description, command.options) if command.type == CHAT else []


def _leaves(name: str, description: str, options: list[Json]) -> list[Json]:
    inner = [option for option in options if option["type"] in (SUBCOMMAND, GROUP)]
    if not inner:
        return [{"name": name, "description": description, "options": [option(o) for o in options]}]
    nested = (_leaves(f"{name} {o['name']}", o.get("description", ""), list(o.get("options") or [])) for o in inner)
    return [leaf for found in nested for leaf in found]


def option(value: Json) -> Json:
    """One option with every key there, so that the page need not ask which are."""
    return {
        "name": value["name"],
        "description": value.get("description") or "",
        "type": value["type"],
        "required": bool(value.get("required")),
        "choices": [{"name": c["name"], "value": c["value"]} for c in value.get("choices") or []],
        "autocomplete": bool(value.get("autocomplete")),
        "channel_types": list(value.get("channel_types") or []),
        "min_value": value.get("min_value"),
        "max_value": value.get("max_value"),
        "min_length": value.get("min_length"),
        "max_length": value.get("max_length"),
    }


# ------------------------------------------------------------------------------------------------------------- messages


def message(value: Message, you: Member, interaction: Interaction | None = None) -> Json:
    """A message as it stands now; `interaction` is the use of a command that it answers, if it answers one."""
    roles = set(you.role_ids)
    answers = interaction is not None and interaction.original is value
    return {
        "id": str(value.id),
        "channel": str(value.channel.id),
        "author": user(value.author),
        "content": value.content,
        "embeds": value.embeds,
        "previews": list(dict.fromkeys(value.previews)),
        "attachments": [attachment(a) for a in value.attachments],
        "components": value.components,
        "at_ms": value.created_at_ms,
        "edited_ms": value.edited_at_ms,
        "silent": bool(value.flags & SUPPRESS_NOTIFICATIONS),
        "everyone": value.mention_everyone,
        "pings_you": value.mention_everyone or you.id in value.mentions or not roles.isdisjoint(value.mention_roles),
        "private": value.ephemeral,
        "state": "thinking" if value.loading else "said",
        "used": used(interaction) if interaction is not None and answers and interaction.kind == COMMAND else None,
    }


def attachment(value: Json) -> Json:
    """A file, with its address on the page's own host."""
    address = urlsplit(str(value.get("url") or ""))
    return {"filename": str(value.get("filename") or "file"), "size": int(value.get("size") or 0), "href": address.path}


def form(interaction: Interaction) -> Json:
    """The form that an interaction was answered with."""
    modal = interaction.modal or {}
    return {"interaction": str(interaction.id), "title": modal.get("title", ""), "components": modal.get("components", [])}


def waiting(interaction: Interaction) -> Json:
    """What stands where the answer will be, until the bot says anything at all. Its id is the interaction's."""
    state: AnswerState = "failed" if interaction.failed else "sending"
    return {
        "id": str(interaction.id),
        "channel": str(interaction.channel.id),
        "author": user(interaction.world.bot),
        "content": "",
        "embeds": [],
        "previews": [],
        "attachments": [],
        "components": [],
        "at_ms": int(interaction.began_at_s * 1000),
        "edited_ms": None,
        "silent": False,
        "everyone": False,
        "pings_you": False,
        "private": True,
        "state": state,
        "used": used(interaction),
    }


def used(interaction: Interaction) -> Json:
    """Whose use of which command it was: "you used /watch"."""
    return {"user": user(interaction.member.user), "name": interaction.name.removeprefix("/")}


# ------------------------------------------------------------------------------------------------------------- creators


def creators(known: Iterable[Creator]) -> list[Json]:
    """Whom one could watch: those who are live first, each group by handle."""
    rows = [
        {
            "handle": one.handle,
            "nickname": one.nickname,
            "live": one.room is not None,
            "title": one.room.title if one.room is not None else "",
        }
        for one in known
    ]
    return sorted(rows, key=lambda row: (not row["live"], row["handle"]))
