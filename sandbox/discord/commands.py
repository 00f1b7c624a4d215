"""The application commands that the bot has registered, and how one is found by what a person types. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.permissions import BITS
from sandbox.discord.values import Json
from sandbox.discord.world import Channel, Member

CHAT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
IN_DM = 1
"""The context "direct messages with the bot"; 0 is a guild."""

_KEPT = (
    "name", "name_localizations", "description", "description_localizations", "options", "default_member_permissions",
    "dm_permission", "contexts", "integration_types", "nsfw", "type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """One registered command. `options` are Discord's own JSON; `guild_id` is None for a global command."""

    id: int
    version: int
    application_id: int
    body: Json
    guild_id: int | None = None

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def description(self) -> str:
        return str(self.body.get("description") or "")

    @property
    def type(self) -> int:
        return int(self.body.get("type") or CHAT)

    @property
    def options(self) -> list[Json]:
        return list(self.body.get("options") or [])

    @property
    def default_member_permissions(self) -> int | None:
        """What a member needs to be shown the command, as bits; None for everybody."""
        value = self.body.get("default_member_permissions")
        return None if value is None else int(value)

    @property
    def json(self) -> Json:
        defaults: Json = {"type": CHAT, "description": "", "options": [], "default_member_permissions": None, "nsfw": False}
        kept = {key: self.body[key] for key in _KEPT if self.body.get(key) is not None}
        if kept.get("default_member_permissions") is not None:
            kept["default_member_permissions"] = str(kept["default_member_permissions"])
        ids: Json = {"id": str(self.id), "version": str(self.version), "application_id": str(self.application_id)}
        return defaults | kept | ids | ({"guild_id": str(self.guild_id)} if self.guild_id is not None else {})

    def is_open_to(self, member: Member, channel: Channel) -> bool:
        """Whether Discord shows this command to the member here."""
        home = channel.parent if channel.is_thread and channel.parent is not None else channel
        if self.body.get("nsfw") and not home.nsfw:
            return False
        if channel.is_dm:
            contexts = self.body.get("contexts")
            return self.body.get("dm_permission") is not False if contexts is None else IN_DM in contexts
        have = channel.permissions_of(member)
        need = self.default_member_permissions
        if not have & BITS["use_application_commands"]:
            return False
        # 0 means: administrators only.
        return need is None or bool(have & BITS["administrator"]) or (need != 0 and have & need == need)


@dataclass(slots=True)
class Registry:
    """Global commands under None, a guild's own under its id; each unique by (type, name)."""

    scopes: dict[int | None, dict[tuple[int, str], Command]] = field(default_factory=dict)

    def of(self, guild_id: int | None) -> dict[tuple[int, str], Command]:
        return self.scopes.setdefault(guild_id, {})

    def all(self) -> list[Command]:
        return [command for scope in self.scopes.values() for command in scope.values()]

    def in_guild(self, guild_id: int) -> list[Command]:
        """What a guild sees: its own commands hide global ones of the same name."""
        return list((self.of(None) | self.of(guild_id)).values())

    def by_id(self, guild_id: int | None, command_id: int) -> Command | None:
        return next((c for c in self.of(guild_id).values() if c.id == command_id), None)


@dataclass(frozen=True, slots=True)
class Invoked:
    """A command as typed: with the names of group and subcommand, and the options that stand at the end of that path."""

    command: Command
    path: tuple[str, ...]
    options: tuple[Json, ...]

    def nest(self, values: list[Json]) -> list[Json]:
        """Wrap the values in the subcommand's and the group's own entries, innermost first."""
        for depth in range(len(self.path), 0, -1):
            kind = SUBCOMMAND if depth == len(self.path) else GROUP
            values = [{"type": kind, "name": self.path[depth - 1], "options": values}]
        return values


def find(commands: list[Command], typed: str) -> Invoked | None:
    """The slash command that `typed` names ("watch", "/watch", "alerts test"), None when there is no such one."""
    name, *path = typed.removeprefix("/").split()
    command = next((c for c in commands if c.name == name and c.type == CHAT), None)
    if command is None:
        return None
    options: list[Json] = command.options
    for step in path:
        inner = next((o for o in options if o["name"] == step and o["type"] in (SUBCOMMAND, GROUP)), None)
        if inner is None:
            return None
        options = list(inner.get("options") or [])
    # A command that has subcommands cannot be used by itself.
    return None if any(o["type"] in (SUBCOMMAND, GROUP) for o in options) else Invoked(command, tuple(path), tuple(options))


def walk(options: list[Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every option of a command body with its path, subcommands' own included."""
    for index, option in enumerate(options):
        here = (*path, "options", index)
        yield here, option
        if isinstance(option, dict) and option.get("type") in (SUBCOMMAND, GROUP):
            yield from walk(option.get("options") or [], here)
