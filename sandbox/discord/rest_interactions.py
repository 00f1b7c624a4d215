"""Answers to interactions: the first one (callback), then follow-ups and edits through the interaction's token.

These routes take no bot token and do not count against its global limit.
"""

from __future__ import annotations

from sandbox.discord import mentions, payloads, validate, validate_components
from sandbox.discord.errors import ApiError, invalid_form, refusal
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, FIRST_ANSWER_S, MODAL, Interaction, callback_response
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.rest_messages import SETTABLE, change_message, checked
from sandbox.discord.values import EPHEMERAL, LOADING, ChangeKind, Json
from sandbox.discord.world import Change, Message

SAY, THINK, DEFER_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: {SAY, THINK, FORM},
    COMPONENT: {SAY, THINK, DEFER_UPDATE, UPDATE, FORM},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {SAY, THINK, DEFER_UPDATE, UPDATE},
}
_ANSWER_FLAGS = SETTABLE | EPHEMERAL


async def callback(call: Call) -> Reply:
    """The first answer: within three seconds, once."""
    interaction = call.state.interactions.by_id.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.request.match_info["token"]:
        raise refusal(10062)
    if interaction.response_type is not None:
        call.state.violate("second_answer", f"{interaction.name} was acknowledged before", call.where)
        raise refusal(40060)
    if interaction.failed:
        late = call.state.world.now() - interaction.began_at_s
        call.state.violate("late_answer", f"{interaction.name} was answered after {late:.2f} s of {FIRST_ANSWER_S} s", call.where)
        raise refusal(10062)
    body = await call.object()
    kind, data = int(body.get("type") or 0), body.get("data") or {}
    allowed = ALLOWED[interaction.kind] - ({DEFER_UPDATE, UPDATE} if interaction.source is None else set())
    if kind not in allowed:
        sentence = f"Value must be one of {sorted(allowed)}."
        _refuse_form(call, [(("type",), "BASE_TYPE_CHOICES", sentence)])
    _respond(call, interaction, kind, data)
    interaction.response_type, interaction.acknowledged_at_s = kind, call.state.world.now()
    _tell(call, "interaction_acknowledged", interaction)
    if kind in (SAY, UPDATE):
        _tell(call, "interaction_answered", interaction, interaction.original)
    wants_body = call.request.query.get("with_response", "").lower() in ("1", "true")
    return Reply(200, callback_response(interaction)) if wants_body else Reply(204)


def _respond(call: Call, interaction: Interaction, kind: int, data: Json) -> None:
    """Do what the first answer says."""
    interactions, place = call.state.interactions, interaction.channel
    if kind == SAY:
        values = checked(call, place, data, mentions.INTERACTION_DEFAULT, settable=_ANSWER_FLAGS)
        interaction.original = interactions.message(interaction, **values)
    elif kind == THINK:
        flags = LOADING | ((data.get("flags") or 0) & EPHEMERAL)
        interaction.original = interactions.message(interaction, flags=flags)
    elif kind == UPDATE and interaction.source is not None:
        change_message(call, interaction.source, data, mentions.INTERACTION_DEFAULT)
    elif kind == CHOICES:
        _refuse_form(call, list(validate.choices(data)))
        interaction.choices = list(data["choices"])
    elif kind == FORM:
        _refuse_form(call, list(validate_components.modal(data)))
        interaction.modal = data
    if kind in (DEFER_UPDATE, UPDATE):
        interaction.original = interaction.source
    if kind == UPDATE and interaction.source is not None:
        interaction.answers.append(interaction.source)


async def follow_up(call: Call) -> Reply:
    """A further answer. The first one after "thinking…" takes its place, and its privacy with it."""
    interaction = _open(call)
    body = await call.object()
    original = interaction.original
    if original is not None and original.loading:
        _edit(call, interaction, original, body)
        return Reply(200, payloads.message(original))
    values = checked(call, interaction.channel, body, mentions.INTERACTION_DEFAULT, settable=_ANSWER_FLAGS)
    message = call.state.interactions.message(interaction, **values)
    _tell(call, "interaction_answered", interaction, message)
    return Reply(200, payloads.message(message)) if call.request.query.get("wait") else Reply(204)


async def get(call: Call) -> Reply:
    return Reply(200, payloads.message(_answer(call, _open(call))))


async def edit(call: Call) -> Reply:
    interaction = _open(call)
    message = _answer(call, interaction)
    _edit(call, interaction, message, await call.object())
    return Reply(200, payloads.message(message))


async def delete(call: Call) -> Reply:
    interaction = _open(call)
    message = _answer(call, interaction)
    call.state.world.delete(message)
    _tell(call, "interaction_edited", interaction, message)
    return Reply(204)


def _edit(call: Call, interaction: Interaction, message: Message, body: Json) -> None:
    was_loading = message.loading
    if message not in interaction.answers:
        interaction.answers.append(message)
    change_message(call, message, body, mentions.INTERACTION_DEFAULT)
    message.flags &= ~LOADING
    if was_loading:
        # To the reader this is the answer, not an edit of one.
        message.edits.clear()
        message.edited_at_ms = None
    _tell(call, "interaction_answered" if was_loading else "interaction_edited", interaction, message)


def _open(call: Call) -> Interaction:
    """The interaction of this token: acknowledged (else 10015) and not older than 15 minutes (else 50027)."""
    info = call.request.match_info
    interaction = call.state.interactions.by_token.get(info["token"])
    if interaction is None or interaction.response_type is None or int(info["application_id"]) != call.state.world.application_id:
        raise refusal(10015)
    if interaction.expired:
        raise refusal(50027)
    return interaction


def _answer(call: Call, interaction: Interaction) -> Message:
    wanted = call.request.match_info.get("message_id")
    answers = interaction.answers if wanted is not None else [interaction.original]
    found = next((m for m in answers if m is not None and (wanted is None or m.id == int(wanted))), None)
    if found is None or found.deleted:
        raise refusal(10008)
    return found


def _refuse_form(call: Call, faults: list[tuple[tuple[str | int, ...], str, str]]) -> None:
    if faults:
        refused: ApiError = invalid_form(faults)
        call.state.violate("invalid_form", "; ".join(f"{'.'.join(map(str, p))}: {s}" for p, _, s in faults), call.where)
        raise refused


def _tell(call: Call, kind: ChangeKind, interaction: Interaction, message: Message | None = None) -> None:
    place = interaction.channel
    call.state.world.tell(Change(kind, place.guild, place, message, interaction=interaction))


_WEBHOOK = "/webhooks/{application_id}/{token}"

ENDPOINTS = (
    Endpoint("POST", "/interactions/{interaction_id}/{token}/callback", callback, is_bot=False),
    Endpoint("POST", _WEBHOOK, follow_up, "interaction", is_bot=False),
    Endpoint("GET", _WEBHOOK + "/messages/@original", get, "interaction", is_bot=False),
    Endpoint("PATCH", _WEBHOOK + "/messages/@original", edit, "interaction", is_bot=False),
    Endpoint("DELETE", _WEBHOOK + "/messages/@original", delete, "interaction", is_bot=False),
    Endpoint("GET", _WEBHOOK + "/messages/{message_id}", get, "interaction", is_bot=False),
    Endpoint("PATCH", _WEBHOOK + "/messages/{message_id}", edit, "interaction", is_bot=False),
    Endpoint("DELETE", _WEBHOOK + "/messages/{message_id}", delete, "interaction", is_bot=False),
)
