"""What a person enters for a command's options, or points a menu command at, checked as Discord's client checks it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.commands import Command, Invoked
from sandbox.discord.files import FILE_BYTES, Upload
from sandbox.discord.values import KINDS, Json, Role
from sandbox.discord.world import Channel, Member, Message

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


class CannotUse(ValueError):
    """Discord's client would not let the person send this; the message is what it would show."""


def data(invoked: Invoked, values: Mapping[str, Any], resolved: Resolved, *, focused: str | None = None) -> Json:
    """The `data` of an INTERACTION_CREATE. With `focused` it is an autocompletion: nothing is required yet.

    `values` may hold str, int, float, bool, Channel, Member and Role, or the text of any of them as typed on the page, and
    an Upload for a file.
    """
    known = {option["name"]: option for option in invoked.options}
    for name in values:
        if name not in known:
            raise CannotUse(f"/{invoked.command.name} has no option called {name}.")
    for option in invoked.options:
        if focused is None and option.get("required") and option["name"] not in values:
            raise CannotUse(f"This option is required: {option['name']}.")
    entered = []
    for name, value in values.items():
        entry: Json = {"name": name, "type": known[name]["type"]}
        entry["value"] = str(value) if name == focused else _value(known[name], value, resolved)
        if name == focused:
            entry["focused"] = True
        entered.append(entry)
    command = invoked.command
    body: Json = {"id": str(command.id), "name": command.name, "type": command.type, "options": invoked.nest(entered)}
    if resolved.parts:
        body["resolved"] = resolved.parts
    if command.guild_id is not None:
        body["guild_id"] = str(command.guild_id)
    return body


def menu(command: Command, target: Message | Member, resolved: Resolved) -> Json:
    """The `data` of a command from the menu of a message or of a person."""
    if isinstance(target, Message):
        resolved.parts["messages"] = {str(target.id): payloads.message(target)}
        identifier = str(target.id)
    else:
        identifier = resolved.add(target)
    parts: Json = {"target_id": identifier, "resolved": resolved.parts, "options": []}
    return {"id": str(command.id), "name": command.name, "type": command.type} | parts


class Resolved:
    """The objects behind the ids that an interaction holds, as `parts`. `keep` stores an uploaded file."""

    def __init__(self, invoker: Member, keep: Callable[[Upload], Json]) -> None:
        self.parts: dict[str, dict[str, Json]] = {}
        self.invoker = invoker
        self._keep = keep

    def add(self, value: Channel | Member | Role) -> str:
        key = str(value.id)
        if isinstance(value, Channel):
            self.parts.setdefault("channels", {})[key] = payloads.resolved_channel(value, self.invoker)
        elif isinstance(value, Member):
            self.parts.setdefault("users", {})[key] = payloads.user(value.user)
            member = payloads.bare_member(value) | {"permissions": str(value.permissions)}
            self.parts.setdefault("members", {})[key] = member
        else:
            self.parts.setdefault("roles", {})[key] = payloads.role(value)
        return key

    def add_file(self, value: object) -> str:
        if not isinstance(value, Upload):
            raise CannotUse("A file is needed here.")
        if len(value.content) > FILE_BYTES:
            raise CannotUse("Your files are too powerful: at most 10 MiB.")
        attachment = self._keep(value)
        self.parts.setdefault("attachments", {})[attachment["id"]] = attachment
        return str(attachment["id"])


def identified(option: Json, value: Any, resolved: Resolved) -> str:
    """The id of the channel, member or role that is meant; it is added to `resolved`. Raises CannotUse."""
    found = _found(option["type"], value, resolved.invoker)
    if isinstance(found, Channel):
        types = option.get("channel_types") or []
        if types and KINDS[found.kind] not in types:
            raise CannotUse(f"#{found.name} is not a kind of channel that {option['name']} takes.")
    return resolved.add(found)


def _value(option: Json, value: Any, resolved: Resolved) -> Any:
    kind = option["type"]
    if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
        return identified(option, value, resolved)
    if kind == ATTACHMENT:
        return resolved.add_file(value)
    read = _READERS.get(kind)
    if read is None:
        raise CannotUse(f"{option['name']} is of a kind that this sandbox does not offer ({kind}).")
    plain = read(option, value)
    choices = option.get("choices") or []
    if choices and plain not in [choice["value"] for choice in choices]:
        raise CannotUse(f"{plain} is not among the choices of {option['name']}.")
    return plain


def _found(kind: int, value: Any, member: Member) -> Channel | Member | Role:
    """The channel, member or role that is meant: the object itself, its id, its mention, or its name."""
    if isinstance(value, Channel | Member | Role):
        return value
    text = str(value).strip("<>").lstrip("#@&!")
    guild = member.guild
    pools: list[list[Channel] | list[Member] | list[Role]] = []
    if kind == CHANNEL:
        pools += [list(guild.channels.values()), list(guild.threads.values())]
    if kind in (USER, MENTIONABLE):
        pools.append(list(guild.members.values()))
    if kind in (ROLE, MENTIONABLE):
        pools.append(list(guild.roles.values()))
    for pool in pools:
        for candidate in pool:
            if text in (str(candidate.id), candidate.name):
                return candidate
    raise CannotUse(f"There is no {value} here.")


def _string(option: Json, value: Any) -> str:
    text = str(value)
    low, high = option.get("min_length") or 0, option.get("max_length") or 6000
    if not low <= len(text) <= high:
        raise CannotUse(f"{option['name']} must have between {low} and {high} characters.")
    return text


def _number(option: Json, value: Any) -> int | float:
    try:
        number = int(value) if option["type"] == INTEGER else float(value)
    except ValueError:
        raise CannotUse(f"{option['name']} must be a number.") from None
    low, high = option.get("min_value"), option.get("max_value")
    if (low is not None and number < low) or (high is not None and number > high):
        raise CannotUse(f"{option['name']} must be between {low} and {high}.")
    return number


def _boolean(option: Json, value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise CannotUse(f"{option['name']} must be True or False.")
    return str(value).lower() == "true"


_READERS: dict[int, Callable[[Json, Any], Any]] = {STRING: _string, INTEGER: _number, NUMBER: _number, BOOLEAN: _boolean}
