"""Channels and threads: read, change, delete, start threads and posts, join them; and direct messages."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.discord import access, mentions, payloads
from sandbox.discord.errors import Fault, invalid_form, refusal
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.rest_messages import SETTABLE, checked
from sandbox.discord.validate import text
from sandbox.discord.values import KINDS, THREADS, Json, Kind
from sandbox.discord.world import Channel, Message

ARCHIVE_AFTER_MIN = (60, 1440, 4320, 10080)
_POSTS: frozenset[Kind] = frozenset({"forum", "media"})


async def channel(call: Call) -> Reply:
    return Reply(200, payloads.channel(_seen(call)))


async def change(call: Call) -> Reply:
    """Name, topic and age restriction of a channel; name, archive and lock of a thread. Anything else stays as it is."""
    place, body = _seen(call), await call.object()
    _refuse(text((), body, "name", 100))
    if not place.is_thread:
        access.require(place, "manage_channels")
        place.change(**{key: body[key] for key in ("name", "topic", "nsfw") if key in body})
        return Reply(200, payloads.channel(place))
    wanted = {key: body[key] for key in ("name", "archived", "locked") if body.get(key) is not None}
    is_reopened = place.archived and wanted.get("archived") is False
    if place.archived and not is_reopened:
        raise refusal(50083)
    # Whoever may write in a thread may wake it; the rest is for its owner and for moderators, locks for these alone.
    is_own = place.owner_id == call.state.world.bot.id and "locked" not in wanted
    is_waking = is_reopened and len(wanted) == 1 and not place.locked and place.may_speak(place.guild.bot)
    if not (is_own or is_waking):
        access.require(place, "manage_threads")
    place.change(**wanted)
    return Reply(200, payloads.channel(place))


async def delete(call: Call) -> Reply:
    place = _seen(call)
    access.require(place, "manage_threads" if place.is_thread else "manage_channels")
    body = payloads.channel(place)
    place.delete()
    return Reply(200, body)


async def start(call: Call) -> Reply:
    """A thread without a message, or with one a post in a forum."""
    parent, body = _seen(call), await call.object()
    _refuse(_thread_faults(body))
    if parent.kind in _POSTS:
        return _post(call, parent, body)
    kinds = {number: kind for kind, number in KINDS.items() if kind in THREADS}
    # Left out, Discord makes a private thread: a surprise that discord.py avoids by naming the type.
    kind = kinds.get(body.get("type") or KINDS["private_thread"])
    if (
        kind is None
        or parent.kind not in ("text", "announcement")
        or (kind == "announcement_thread") != (parent.kind == "announcement")
    ):
        raise invalid_form([(("type",), "BASE_TYPE_CHOICES", "Cannot start a thread of this type in this channel.")])
    access.require(parent, "create_private_threads" if kind == "private_thread" else "create_public_threads")
    thread = call.state.world.add_thread(parent, body["name"], kind, parent.guild.bot)
    return Reply(201, payloads.channel(thread))


def _post(call: Call, parent: Channel, body: Json) -> Reply:
    access.require(parent, "send_messages")
    message = body.get("message")
    if not isinstance(message, dict):
        raise invalid_form([(("message",), "BASE_TYPE_REQUIRED", "This field is required")])
    values = checked(call, parent, message, mentions.MESSAGE_DEFAULT, settable=SETTABLE)
    world = call.state.world
    thread = world.add_thread(parent, body["name"], "public_thread", parent.guild.bot)
    first = world.post(thread, world.bot, **values)
    return Reply(201, payloads.channel(thread) | {"message": payloads.message(first)})


async def start_from(call: Call) -> Reply:
    """A thread under a message: once for each (160004)."""
    parent, body = _seen(call), await call.object()
    message: Message = access.message(parent, call.id("message_id"))
    _refuse(_thread_faults(body))
    access.require(parent, "create_public_threads")
    if message.thread is not None:
        raise refusal(160004)
    kind: Kind = "announcement_thread" if parent.kind == "announcement" else "public_thread"
    thread = call.state.world.add_thread(parent, body["name"], kind, parent.guild.bot, start=message)
    return Reply(201, payloads.channel(thread))


async def join(call: Call) -> Reply:
    thread = _thread(call)
    thread.joined.add(thread.guild.bot.id)
    return Reply(204)


async def leave(call: Call) -> Reply:
    thread = _thread(call)
    thread.joined.discard(thread.guild.bot.id)
    return Reply(204)


async def active(call: Call) -> Reply:
    """The threads of a guild that are not archived and that the bot sees."""
    guild = access.guild(call.state.world, call.id("guild_id"))
    return Reply(200, {"threads": [payloads.channel(t) for t in payloads.active_threads(guild)], "members": []})


async def open_dm(call: Call) -> Reply:
    """The direct messages with a person. That it opens does not mean that messages reach them (50007)."""
    body, world = await call.object(), call.state.world
    recipient = str(body.get("recipient_id") or "")
    user = next((u for u in world.people.values() if str(u.id) == recipient), None)
    if user is None:
        raise refusal(50033)
    return Reply(200, payloads.channel(world.dm(user)))


def _seen(call: Call) -> Channel:
    return access.channel(call.state.world, call.id("channel_id"))


def _thread(call: Call) -> Channel:
    place = _seen(call)
    if not place.is_thread:
        raise refusal(50024)
    if place.archived:
        raise refusal(50083)
    return place


def _thread_faults(body: Json) -> list[Fault]:
    faults = list(text((), body, "name", 100, required=True))
    after = body.get("auto_archive_duration")
    if after is not None and after not in ARCHIVE_AFTER_MIN:
        faults.append((("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {ARCHIVE_AFTER_MIN}."))
    return faults


def _refuse(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise invalid_form(found)


_CHANNEL = "/channels/{channel_id}"

ENDPOINTS = (
    Endpoint("GET", _CHANNEL, channel),
    Endpoint("PATCH", _CHANNEL, change),
    Endpoint("DELETE", _CHANNEL, delete),
    Endpoint("POST", _CHANNEL + "/threads", start),
    Endpoint("POST", _CHANNEL + "/messages/{message_id}/threads", start_from),
    Endpoint("PUT", _CHANNEL + "/thread-members/@me", join),
    Endpoint("DELETE", _CHANNEL + "/thread-members/@me", leave),
    Endpoint("GET", "/guilds/{guild_id}/threads/active", active),
    Endpoint("POST", "/users/@me/channels", open_dm),
)
