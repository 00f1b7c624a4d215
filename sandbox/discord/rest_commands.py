"""Application commands, global and of a guild: list, bulk overwrite, create, get, change, delete."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.discord.commands import CHAT, Command
from sandbox.discord.errors import Fault, invalid_form, refusal
from sandbox.discord.limits import Window
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.validate_commands import bulk, command
from sandbox.discord.values import Json
from sandbox.discord.world import Change


async def listing(call: Call) -> Reply:
    return Reply(200, [c.json for c in call.state.commands.of(_scope(call)).values()])


async def overwrite(call: Call) -> Reply:
    """Replace all commands of the scope. Those that keep type and name keep their id, and cost none of the daily creates."""
    scope = _scope(call)
    bodies = await call.body()
    call.state.command_writes += 1
    _refuse(call, bulk(bodies))
    known = call.state.commands.of(scope)
    _count_creates(call, scope, sum(_key(body) not in known for body in bodies))
    call.state.commands.scopes[scope] = {_key(body): _registered(call, scope, body) for body in bodies}
    call.state.world.tell(Change("commands_changed"))
    return Reply(200, [c.json for c in call.state.commands.of(scope).values()])


async def create(call: Call) -> Reply:
    """Add one; the same type and name as before overwrites it."""
    scope = _scope(call)
    body = await call.object()
    call.state.command_writes += 1
    _refuse(call, command(body))
    is_new = _key(body) not in call.state.commands.of(scope)
    _count_creates(call, scope, int(is_new))
    made = _put(call, scope, body)
    return Reply(201 if is_new else 200, made.json)


async def get(call: Call) -> Reply:
    return Reply(200, _found(call).json)


async def change(call: Call) -> Reply:
    found = _found(call)
    body = found.body | await call.object()
    call.state.command_writes += 1
    _refuse(call, command(body))
    del call.state.commands.of(found.guild_id)[_key(found.body)]
    changed = Command(found.id, call.state.world.ids.next(), found.application_id, body, found.guild_id)
    call.state.commands.of(found.guild_id)[_key(body)] = changed
    call.state.world.tell(Change("commands_changed"))
    return Reply(200, changed.json)


async def delete(call: Call) -> Reply:
    found = _found(call)
    call.state.command_writes += 1
    del call.state.commands.of(found.guild_id)[_key(found.body)]
    call.state.world.tell(Change("commands_changed"))
    return Reply(204)


def _key(body: Json) -> tuple[int, str]:
    return body.get("type") or CHAT, body["name"]


def _scope(call: Call) -> int | None:
    """The guild of the route, None for global commands. Refuses other applications' commands."""
    if call.id("application_id") != call.state.world.application_id:
        raise refusal(20001)
    if "guild_id" not in call.request.match_info:
        return None
    guild = call.state.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has_bot:
        # Commands can outlive the bot user's stay, so Discord speaks of access here, not of an unknown guild.
        raise refusal(50001)
    return guild.id


def _found(call: Call) -> Command:
    found = call.state.commands.by_id(_scope(call), call.id("command_id"))
    if found is None:
        raise refusal(10063)
    return found


def _put(call: Call, scope: int | None, body: Json) -> Command:
    made = _registered(call, scope, body)
    call.state.commands.of(scope)[_key(body)] = made
    call.state.world.tell(Change("commands_changed"))
    return made


def _registered(call: Call, scope: int | None, body: Json) -> Command:
    """The command as stored: an unchanged one keeps its version too."""
    ids, before = call.state.world.ids, call.state.commands.of(scope).get(_key(body))
    if before is not None and before.body == body:
        return before
    identifier = ids.next() if before is None else before.id
    return Command(identifier, ids.next(), call.state.world.application_id, body, scope)


def _count_creates(call: Call, scope: int | None, new: int) -> None:
    window = call.state.command_creates.setdefault(scope, Window(call.state.limits.command_create))
    now = call.state.world.now()
    if window.left(now) < new:
        raise refusal(30034)
    for _ in range(new):
        window.take(now)


def _refuse(call: Call, found: Iterable[Fault]) -> None:
    faults = list(found)
    if faults:
        detail = "; ".join(f"{'.'.join(map(str, path))}: {sentence}" for path, _, sentence in faults)
        call.state.violate("invalid_form", detail, call.where)
        raise invalid_form(faults)


_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _endpoints(base: str) -> tuple[Endpoint, ...]:
    return (
        Endpoint("GET", base, listing),
        Endpoint("PUT", base, overwrite, "command_write"),
        Endpoint("POST", base, create, "command_write"),
        Endpoint("GET", base + "/{command_id}", get),
        Endpoint("PATCH", base + "/{command_id}", change, "command_write"),
        Endpoint("DELETE", base + "/{command_id}", delete, "command_write"),
    )


ENDPOINTS = (*_endpoints(_GLOBAL), *_endpoints(_GUILD))
