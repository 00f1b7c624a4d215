"""Channel messages: create, list, get, edit, delete, bulk delete."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from sandbox.discord import access, components, mentions, payloads, validate, validate_components
from sandbox.discord.errors import invalid_form, refusal
from sandbox.discord.faults import Gate, Verb
from sandbox.discord.files import FILE_BYTES, FILES
from sandbox.discord.mentions import Allowed, Mentions
from sandbox.discord.permissions import BITS
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.snowflake import time_ms
from sandbox.discord.values import COMPONENTS_V2, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, WRITABLE, Json
from sandbox.discord.world import Channel, Message

HOUR_MS, YOUNG_MS, OLD_MS = 3_600_000, 10_000, 14 * 86_400_000
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_POLL_S = 0.02


async def create(call: Call) -> Reply:
    place = _writable(call)
    body = await call.object()
    if body.get("embeds"):
        access.require(place, "embed_links")
    if call.files:
        access.require(place, "attach_files")
    values = checked(call, place, body, mentions.MESSAGE_DEFAULT, settable=SETTABLE)
    _refuse_ordered(call, "create", values)
    nonce = None if body.get("nonce") is None else str(body["nonce"])
    enforced = nonce if body.get("enforce_nonce") else None
    if enforced is not None and (first := call.state.sent_before(place.id, enforced)) is not None:
        return _again(call, first, values["content"])
    if place.archived:
        place.change(archived=False)
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
    if place.archived:
        raise refusal(50083)
    _count_old_edit(call, message)
    body = await call.object()
    _refuse_ordered(call, "edit", {"content": "", "components": [], "embeds": []} | body | {"flags": message.flags})
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
    if validate.is_empty(body | {"attachments": call.files}):
        call.state.violate("empty_message", "nothing to show", call.where)
        raise refusal(50006)
    attachments = _attached(call, place, body)
    values: Json = {
        "content": str(body.get("content") or "").strip(),
        "embeds": [_embed(embed, attachments) for embed in body.get("embeds") or []],
        "components": components.stored(body.get("components") or []),
        "attachments": attachments,
        "flags": (body.get("flags") or 0) & settable,
    }
    found = mentioned(call, place, text_of(values), body, default)
    return values | _mention_fields(found) | {"pinged": found.as_text, "pings": found}


def change_message(call: Call, message: Message, body: Json, default: Allowed) -> None:
    """Apply an edit: only what the body names changes, but mentions are read anew by the defaults."""
    refuse_faults(call, body, flags=message.flags)
    values: Json = {}
    if "content" in body:
        values["content"] = str(body["content"] or "").strip()
    if "attachments" in body or call.files:
        values["attachments"] = _attached(call, message.channel, body, message.attachments)
    if "embeds" in body:
        values["embeds"] = [_embed(embed, values.get("attachments", message.attachments)) for embed in body["embeds"] or []]
    if "components" in body:
        values["components"] = components.stored(body["components"] or [])
    if body.get("flags") is not None:
        # A message stays private, silent and v2 whatever an edit says; only the previews can be switched.
        values["flags"] = (message.flags & ~SUPPRESS_EMBEDS) | (body["flags"] & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    after = {key: values.get(key, getattr(message, key)) for key in ("content", "embeds", "components", "attachments", "flags")}
    if validate.is_empty(after):
        call.state.violate("empty_message", f"message {message.id} would be left with nothing", call.where)
        raise refusal(50006)
    if "content" in body or ("components" in body and after["flags"] & COMPONENTS_V2):
        found = mentioned(call, message.channel, text_of(after), body, default)
        values |= _mention_fields(found) | {"pinged": tuple(dict.fromkeys((*message.pinged, *found.as_text)))}
    call.state.world.edit(message, **values)


def text_of(values: Json) -> str:
    """All text of a message in which a mention counts: its content, and with components v2 the texts among them."""
    texts = [str(values["content"] or "")]
    if values["flags"] & COMPONENTS_V2:
        texts += [str(one["content"]) for _, one in components.walk(values["components"]) if one.get("type") == components.TEXT]
    return "\n".join(texts)


def _attached(call: Call, place: Channel, body: Json, before: list[Json] | None = None) -> list[Json]:
    """The attachments of the message: those it had that the body still names, then the files that came with this request."""
    about = {str(one["id"]): one for one in body.get("attachments") or []}
    kept = [one for one in before or [] if "attachments" not in body or one["id"] in about]
    if len(kept) + len(call.files) > FILES:
        raise invalid_form([(("attachments",), "BASE_TYPE_BAD_LENGTH", f"Must be {FILES} or fewer in length.")])
    if any(len(upload.content) > FILE_BYTES for upload in call.files):
        raise refusal(40005)
    for upload in call.files:
        said = about.get(upload.part.removeprefix("files[").removesuffix("]"), {})
        named = replace(upload, filename=str(said.get("filename") or upload.filename))
        described = {"description": said["description"]} if said.get("description") else {}
        kept.append(call.state.files.keep(place.id, named, about=described))
    return kept


def _embed(embed: Json, attachments: list[Json]) -> Json:
    """An embed as it is stored: pictures that point at a file of the same message get its address."""
    stored = embed | {"type": "rich"}
    for key in ("image", "thumbnail"):
        picture = stored.get(key) or {}
        name = str(picture.get("url") or "").removeprefix("attachment://")
        address = next((one["url"] for one in attachments if one["filename"] == name), None)
        if address is not None and picture["url"] != name:
            stored[key] = picture | {"url": address}
    return stored


def refuse_faults(call: Call, body: Json, *, flags: int = 0) -> None:
    """50035 when the body is not what Discord takes; `flags` are the ones that the message has already (an edit)."""
    raw = body.get("flags")
    flags |= raw if isinstance(raw, int) else 0
    faults = [*validate.message(body), *validate_components.message(body, flags)]
    if faults:
        too_long = any(path == ("content",) and code == "BASE_TYPE_MAX_LENGTH" for path, code, _ in faults)
        detail = "; ".join(f"{'.'.join(map(str, path))}: {sentence}" for path, _, sentence in faults)
        call.state.violate("content_too_long" if too_long else "invalid_form", detail, call.where)
        raise invalid_form(faults)


def mentioned(call: Call, place: Channel, content: str, body: Json, default: Allowed) -> Mentions:
    """Whom this text pings."""
    raw = body.get("allowed_mentions")
    if raw is None and mentions.written(content):
        named = ", ".join(mentions.written(content).as_text)
        call.state.violate("unguarded_mention", f"{named} in a text without allowed_mentions", call.where)
    return mentions.pinged(
        content,
        mentions.allowed(raw, default),
        members=place.guild.members,
        mentionable_roles={r.id for r in place.guild.roles.values() if r.mentionable},
        may_ping_everyone=bool(place.bot_permissions & BITS["mention_everyone"]),
    )


def _mention_fields(found: Mentions) -> Json:
    return {"mention_everyone": bool(found.broad), "mentions": found.users, "mention_roles": found.roles}


def shown(call: Call, message: Message) -> Json:
    """Other people's text is blank without the message content intent."""
    is_own = message.author == call.state.world.bot
    return payloads.message(message, shows_content=is_own or bool(call.state.privileged_intents & (1 << 15)))


def _writable(call: Call) -> Channel:
    place = access.channel(call.state.world, call.id("channel_id"))
    if place.kind not in WRITABLE:
        raise refusal(50008)
    if place.is_dm and not all(call.state.world.takes_dms(m.user) for m in place.guild.members.values() if not m.user.bot):
        raise refusal(50007)
    if not place.may_speak(place.guild.bot):
        raise refusal(50013)
    if place.locked and not place.bot_permissions & BITS["manage_threads"]:
        # A lock on an archived thread is answered as "archived" (discord-api-docs #5517).
        raise refusal(50083 if place.archived else 160005)
    return place


def _refuse_ordered(call: Call, verb: Verb, values: Json) -> None:
    """What AutoMod, or a fault that was ordered, does not let through: it looks at all text, embeds included."""
    words = [text_of(values), *validate.embed_texts(values["embeds"] or [])]
    code = call.state.faults.takes_refusal(verb, "\n".join(words))
    if code is not None:
        raise refusal(code, retry_after_s=call.state.limits.message_edit_old.per_s if code == 30046 else None)


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
