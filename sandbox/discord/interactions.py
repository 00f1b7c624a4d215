"""One use of a command, button or form: what Discord tells the bot of it, the three seconds, and the answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.commands import Invoked
from sandbox.discord.files import FILE_BYTES
from sandbox.discord.values import EPHEMERAL, LOADING, Json
from sandbox.discord.world import Channel, Member, Message, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5

FIRST_ANSWER_S = 3.0
"""How long the bot has for its first answer; later ones get 10062."""
TOKEN_LIFE_S = 900.0
"""How long follow-ups and edits are taken."""


@dataclass(slots=True, eq=False)
class Interaction:
    """A person used something of the bot's, and waits.

    `messages` are the answers as they stand now, oldest first; `response_type` is Discord's number of the first answer (4
    message, 5 "thinking…", 6 and 7 for components, 8 choices, 9 form), None while there is none.
    """

    id: int
    token: str
    kind: int
    world: World
    channel: Channel
    member: Member
    data: Json
    began_at_s: float
    name: str = ""
    source: Message | None = None
    """The message whose button was pressed."""
    trigger: Interaction | None = None
    """The use that opened the form which is sent now."""
    response_type: int | None = None
    acknowledged_at_s: float | None = None
    original: Message | None = None
    answers: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None

    @property
    def messages(self) -> list[Message]:
        """The answers that the person can read now: neither deleted nor still "thinking…"."""
        return [m for m in self.answers if not m.deleted and not m.loading]

    @property
    def ack_delay_s(self) -> float | None:
        """Seconds until the first answer, None while there is none."""
        return None if self.acknowledged_at_s is None else self.acknowledged_at_s - self.began_at_s

    @property
    def failed(self) -> bool:
        """Discord shows "The application did not respond"."""
        return self.acknowledged_at_s is None and self.world.now() - self.began_at_s > FIRST_ANSWER_S

    @property
    def expired(self) -> bool:
        """Its token takes no more answers."""
        return self.world.now() - self.began_at_s > TOKEN_LIFE_S

    async def acknowledged(self, timeout_s: float = FIRST_ANSWER_S) -> None:
        """Wait for the first answer of any kind. Raises TimeoutError."""
        await self.world.until(lambda: self.response_type is not None, timeout_s)

    async def answered(self, timeout_s: float = 10.0) -> Message:
        """Wait for an answer that can be read, "thinking…" is none; returns the first. Raises TimeoutError."""
        return (await self.world.until(lambda: self.messages, timeout_s))[0]

    async def says(self, part: str, timeout_s: float = 10.0) -> Message:
        """Wait until the current text of an answer contains `part`. Raises TimeoutError."""
        found = await self.world.until(lambda: [m for m in self.messages if part in m.content], timeout_s)
        return found[0]


class Interactions:
    """All interactions since the start, found by id (first answer) or token (follow-ups)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}

    def begin(self, kind: int, channel: Channel, member: Member, data: Json, **values: Any) -> Interaction:
        interaction = Interaction(
            self._world.ids.next(),
            secrets.token_urlsafe(48),
            kind,
            self._world,
            channel,
            member,
            data,
            self._world.now(),
            **values,
        )
        self.by_id[interaction.id] = self.by_token[interaction.token] = interaction
        return interaction

    def message(self, interaction: Interaction, **values: Any) -> Message:
        """Add an answer: private ones are seen by one person only, public ones stand in the channel as well."""
        world, channel = self._world, interaction.channel
        values |= {"interaction_id": interaction.id, "interaction_metadata": metadata(interaction)}
        if values.get("flags", 0) & EPHEMERAL:
            answer = Message(world.ids.next(), channel, world.bot, world.now_ms, **values)
        else:
            answer = world.post(channel, world.bot, **values)
        interaction.answers.append(answer)
        return answer


def metadata(interaction: Interaction) -> Json:
    """What an answer tells of the use that it answers, and of what led to that."""
    body: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": payloads.user(interaction.member.user),
        "authorizing_integration_owners": payloads.owners(interaction.channel, interaction.member.id),
    }
    if interaction.kind == COMPONENT and interaction.source is not None:
        body["interacted_message_id"] = str(interaction.source.id)
    if interaction.trigger is not None:
        body["triggering_interaction_metadata"] = metadata(interaction.trigger)
    return body


def payload(interaction: Interaction) -> Json:
    """The `d` of INTERACTION_CREATE, with every key that discord.py cannot live without."""
    channel, member = interaction.channel, interaction.member
    permissions = {"permissions": str(channel.permissions_of(member))}
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(interaction.world.application_id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "app_permissions": str(channel.bot_permissions),
        "locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": payloads.owners(channel, member.id),
        "attachment_size_limit": FILE_BYTES,
    }
    if channel.is_dm:
        body |= {"channel": payloads.channel(channel), "user": payloads.user(member.user), "context": 1}
    else:
        guild = channel.guild
        body |= {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "channel": payloads.channel(channel) | permissions,
            "member": payloads.member(member) | permissions,
            "context": 0,
        }
    if interaction.source is not None:
        body["message"] = payloads.message(interaction.source)
    return body


def callback_response(interaction: Interaction) -> Json:
    """The body of a callback that asked `with_response`; without it Discord answers 204 and nothing."""
    original = interaction.original
    about: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "channel_id": str(interaction.channel.id),
    }
    if not interaction.channel.is_dm:
        about["guild_id"] = str(interaction.channel.guild.id)
    if original is not None:
        about |= {
            "response_message_id": str(original.id),
            "response_message_loading": bool(original.flags & LOADING),
            "response_message_ephemeral": original.ephemeral,
        }
    body: Json = {"interaction": about}
    if interaction.response_type in (4, 7) and original is not None:
        body["resource"] = {"type": interaction.response_type, "message": payloads.message(original)}
    return body


def title(invoked: Invoked) -> str:
    """How a person would write the command: "/alerts test"."""
    return " ".join(["/" + invoked.command.name, *invoked.path])
