"""Channel messages: create, list, get, edit, delete, bulk delete."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.discord import access, mentions, payloads, validate
from sandbox.discord.errors import invalid_form, refusal
from sandbox.discord.faults import Gate
from sandbox.discord.mentions import Allowed
from sandbox.discord.permissions import BITS
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.snowflake import time_ms
from sandbox.discord.world import COMPONENTS_V2, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, WRITABLE, Channel, Json, Message

HOUR_MS, YOUNG_MS, OLD_MS = 3_600_000, 10_000, 14 * 86_400_000
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_POLL_S = 0.02


async def create(call: Call) -> Reply:
    place = _writable(call)
    body = await call.object()
    if body.get("embeds"):
        access.require(place, "embed_links")
    if body.get("attachments"):
        access.require(place, "attach_files")
    values = checked(call, place, body, mentions.MESSAGE_DEFAULT, settable=SETTABLE)
    nonce = None if body.get("nonce") is None else str(body["nonce"])
    enforced = nonce if body.get("enforce_nonce") else None
    if enforced is not None and (first := call.state.sent_before(place.id, enforced)) is not None:
        return _again(call, first, values["content"])
    message = place.guild.world.post(place, place.guild.world.bot, nonce=nonce, **values)
    if enforced is not None:
        call.state.remember(place.id, enforced, message)
    await _hold(call, message)
    return Reply(200, payloads.message(message), cut=call.state.faults.takes_cut("create", message))


async def edit(call: Call) -> Reply:
    place = access.channel(call.state.world, call.id("channel_id"))
    message = access.message(place, call.id("message_id"))
    if message.author != call.state.world.bot:
        call.state.violate("foreign_edit", f"message {message.id} is {message.author.name}'s", call.where)
        raise refusal(50005)
    _count_old_edit(call, message)
    body = await call.object()
    change_message(call, message, body, mentions.MESSAGE_DEFAULT)
    return Reply(200, payloads.message(message), cut=call.state.faults.takes_cut("edit", message))


async def get(call: Call) -> Reply:
    place = access.channel(call.state.world, call.id("channel_id"))
    access.require(place, "read_message_history")
    return Reply(200, shown(call, access.message(place, call.id("message_id"))))


async def history(call: Call) -> Reply:
    """Newest first. Without Read Message History the list is empty, as Discord's is."""
    place = access.channel(call.state.world, call.id("channel_id"))
    query = call.request.query
    try:
        limit = int(query.get("limit", 50))
        before, after, around = (int(query[key]) if key in query else None for key in ("before", "after", "around"))
    except ValueError:
        raise invalid_form([(("limit",), "NUMBER_TYPE_COERCE", "Value is not int.")]) from None
    if not 1 <= limit <= 100:
        raise invalid_form([(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")])
    if not place.bot_permissions & BITS["read_message_history"]:
        return Reply(200, [])
    page = _page(place.messages, limit, before=before, after=after, around=around)
    return Reply(200, [shown(call, message) for message in page])


async def delete(call: Call) -> Reply:
    place = access.channel(call.state.world, call.id("channel_id"))
    message = access.message(place, call.id("message_id"))
    if message.author != call.state.world.bot:
        access.require(place, "manage_messages")
    call.state.world.delete(message)
    return Reply(204)


async def bulk_delete(call: Call) -> Reply:
    """Two to a hundred messages, none older than two weeks; unknown ids are passed over."""
    place = access.channel(call.state.world, call.id("channel_id"))
    access.require(place, "manage_messages")
    wanted = [int(i) for i in (await call.object()).get("messages") or []]
    if not 2 <= len(wanted) <= 100:
        raise refusal(50016)
    if any(call.state.world.now_ms - time_ms(i) > OLD_MS for i in wanted):
        raise refusal(50034)
    for message in [m for m in place.messages if m.id in wanted]:
        call.state.world.delete(message)
    return Reply(204)


async def typing(call: Call) -> Reply:
    _writable(call)
    return Reply(204)


def checked(call: Call, place: Channel, body: Json, default: Allowed, *, settable: int) -> Json:
    """The fields of a new message from its body. Refuses what Discord refuses and writes down what no bot should send."""
    refuse_faults(call, body)
    if validate.is_empty(body):
        call.state.violate("empty_message", "nothing to show", call.where)
        raise refusal(50006)
    values: Json = {
        "content": str(body.get("content") or "").strip(),
        "embeds": [embed | {"type": "rich"} for embed in body.get("embeds") or []],
        "components": body.get("components") or [],
        "attachments": body.get("attachments") or [],
        "flags": (body.get("flags") or 0) & settable,
    }
    return values | mentioned(call, place, values["content"], body, default)


def change_message(call: Call, message: Message, body: Json, default: Allowed) -> None:
    """Apply an edit: only what the body names changes, but mentions are read anew by the defaults."""
    refuse_faults(call, body, flags=message.flags)
    values: Json = {}
    if "content" in body:
        values["content"] = str(body["content"] or "").strip()
    for key in ("embeds", "components", "attachments"):
        if key in body:
            values[key] = body[key] or []
    if body.get("flags") is not None:
        # A message stays private, silent and v2 whatever an edit says; only the previews can be switched.
        values["flags"] = (message.flags & ~SUPPRESS_EMBEDS) | (body["flags"] & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    after = {key: values.get(key, getattr(message, key)) for key in ("content", "embeds", "components", "attachments")}
    if validate.is_empty(after):
        call.state.violate("empty_message", f"message {message.id} would be left with nothing", call.where)
        raise refusal(50006)
    if "content" in body:
        values |= mentioned(call, message.channel, after["content"], body, default)
        values["pinged"] = tuple(dict.fromkeys((*message.pinged, *values["pinged"])))
    call.state.world.edit(message, **values)


def refuse_faults(call: Call, body: Json, *, flags: int = 0) -> None:
    """50035 when the body is not what Discord takes."""
    faults = list(validate.message(body, flags=flags))
    if faults:
        too_long = any(path == ("content",) and code == "BASE_TYPE_MAX_LENGTH" for path, code, _ in faults)
        detail = "; ".join(f"{'.'.join(map(str, path))}: {sentence}" for path, _, sentence in faults)
        call.state.violate("content_too_long" if too_long else "invalid_form", detail, call.where)
        raise invalid_form(faults)


def mentioned(call: Call, place: Channel, content: str, body: Json, default: Allowed) -> Json:
    """Whom this text pings, as fields of the message."""
    raw = body.get("allowed_mentions")
    found = mentions.pinged(
        content,
        mentions.allowed(raw, default),
        members=place.guild.members,
        mentionable_roles={r.id for r in place.guild.roles.values() if r.mentionable},
        may_ping_everyone=bool(place.bot_permissions & BITS["mention_everyone"]),
    )
    if raw is None and mentions.written(content):
        named = ", ".join(mentions.written(content).as_text)
        call.state.violate("unguarded_mention", f"{named} in a text without allowed_mentions", call.where)
    return {
        "pinged": found.as_text,
        "mention_everyone": bool(found.broad),
        "mentions": found.users,
        "mention_roles": found.roles,
    }


def shown(call: Call, message: Message) -> Json:
    """Other people's text is blank without the message content intent."""
    is_own = message.author == call.state.world.bot
    return payloads.message(message, shows_content=is_own or bool(call.state.privileged_intents & (1 << 15)))


def _writable(call: Call) -> Channel:
    place = access.channel(call.state.world, call.id("channel_id"))
    if place.kind not in WRITABLE:
        raise refusal(50008)
    access.require(place, "send_messages")
    return place


def _again(call: Call, first: Message, content: str) -> Reply:
    """The answer to a nonce that was used before: the first message, even if it has been deleted since (10008)."""
    original = first.edits[0].before if first.edits else first.content
    if content != original:
        detail = f"nonce {first.nonce} came with another text than message {first.id}"
        call.state.violate("nonce_reused", detail, call.where)
    if first.deleted:
        raise refusal(10008)
    return Reply(200, payloads.message(first))


def _count_old_edit(call: Call, message: Message) -> None:
    now = call.state.world.now()
    if call.state.world.now_ms - message.created_at_ms <= HOUR_MS:
        return
    verdict = call.state.buckets.take("message_edit_old", call.major, call.state.limits.message_edit_old, now)
    if not verdict.allowed:
        call.scope = "user"
        call.headers["X-RateLimit-Scope"] = "user"
        raise refusal(30046, retry_after_s=round(verdict.reset_after_s, 3))


def _delete_kind(call: Call) -> str:
    age_ms = call.state.world.now_ms - time_ms(call.id("message_id"))
    if age_ms < YOUNG_MS:
        return "message_delete_young"
    return "message_delete_old" if age_ms > OLD_MS else "message_delete"


def _page(messages: list[Message], limit: int, *, before: int | None, after: int | None, around: int | None) -> list[Message]:
    if around is not None:
        older = [m for m in messages if m.id <= around][-(limit // 2 + 1) :]
        newer = [m for m in messages if m.id > around][: limit - len(older)]
        return [*older, *newer][::-1]
    if after is not None:
        return [m for m in messages if m.id > after][:limit][::-1]
    return [m for m in messages if before is None or m.id < before][-limit:][::-1]


async def _hold(call: Call, message: Message) -> None:
    """Stored, not yet answered: what a test orders here is what a sender cannot tell from a lost message."""
    faults = call.state.faults
    if faults.on_stored is not None:
        faults.on_stored(message)
    if faults.answer_after_s > 0:
        await asyncio.sleep(faults.answer_after_s)
    if faults.hold_create is not None:
        faults.held.append(message)
        try:
            await _gate_or_gone(call, faults.hold_create)
        finally:
            faults.held.remove(message)


async def _gate_or_gone(call: Call, gate: Gate) -> None:
    """Wait for the gate, or until the sender has hung up (it was killed) or we close: then nobody is left to answer."""
    waiting: asyncio.Future[Any] = asyncio.ensure_future(gate.wait())
    try:
        while not waiting.done() and not call.state.closing and not _is_gone(call):
            await asyncio.wait([waiting], timeout=_POLL_S)
    finally:
        waiting.cancel()


def _is_gone(call: Call) -> bool:
    transport = call.request.transport
    return transport is None or transport.is_closing()


_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = _MESSAGES + "/{message_id}"

ENDPOINTS = (
    Endpoint("POST", _MESSAGES, create, "message_create"),
    Endpoint("GET", _MESSAGES, history, "message_list"),
    Endpoint("POST", _MESSAGES + "/bulk-delete", bulk_delete),
    Endpoint("GET", _MESSAGE, get),
    Endpoint("PATCH", _MESSAGE, edit, "message_edit"),
    Endpoint("DELETE", _MESSAGE, delete, _delete_kind),
    Endpoint("POST", "/channels/{channel_id}/typing", typing),
)
