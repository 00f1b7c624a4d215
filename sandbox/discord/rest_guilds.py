"""The bot's own account, its guilds, their channels, roles and members: all read only."""

from __future__ import annotations

from sandbox.discord import access, payloads
from sandbox.discord.errors import refusal
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.values import Json, User


async def me(call: Call) -> Reply:
    return Reply(200, payloads.me(call.state.world))


async def user(call: Call) -> Reply:
    world = call.state.world
    found = next((u for u in (world.bot, *world.people.values()) if u.id == call.id("user_id")), None)
    if found is None:
        raise refusal(10013)
    return Reply(200, payloads.user(found))


async def application(call: Call) -> Reply:
    world = call.state.world
    owner = world.people.setdefault("owner", User(world.ids.next(), "owner"))
    return Reply(200, payloads.application(world, owner))


async def my_guilds(call: Call) -> Reply:
    """The guilds that the bot is in, each with what it may do there."""
    guilds = [g for g in call.state.world.guilds.values() if g.has_bot]
    body: list[Json] = [
        {
            "id": str(g.id),
            "name": g.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(g.bot.permissions),
            "features": [],
        }
        for g in guilds
    ]
    return Reply(200, body)


async def guild(call: Call) -> Reply:
    return Reply(200, payloads.guild(access.guild(call.state.world, call.id("guild_id"))))


async def guild_channels(call: Call) -> Reply:
    found = access.guild(call.state.world, call.id("guild_id"))
    return Reply(200, [payloads.channel(c) for c in found.channels.values()])


async def guild_roles(call: Call) -> Reply:
    found = access.guild(call.state.world, call.id("guild_id"))
    return Reply(200, [payloads.role(r) for r in found.roles.values()])


async def guild_member(call: Call) -> Reply:
    found = access.guild(call.state.world, call.id("guild_id")).members.get(call.id("user_id"))
    if found is None:
        raise refusal(10007)
    return Reply(200, payloads.member(found))


ENDPOINTS = (
    Endpoint("GET", "/users/@me", me),
    Endpoint("GET", "/users/@me/guilds", my_guilds),
    Endpoint("GET", "/users/{user_id}", user),
    Endpoint("GET", "/applications/@me", application),
    Endpoint("GET", "/oauth2/applications/@me", application),
    Endpoint("GET", "/guilds/{guild_id}", guild),
    Endpoint("GET", "/guilds/{guild_id}/channels", guild_channels),
    Endpoint("GET", "/guilds/{guild_id}/roles", guild_roles),
    Endpoint("GET", "/guilds/{guild_id}/members/{user_id}", guild_member),
)
