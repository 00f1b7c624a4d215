"""class Discord: one Discord on localhost, as the sandbox, the page and the tests hold it.

discord = Discord()
discord.add_routes(app)                      # /api/v10/… and /gateway
discord.base_url = "http://127.0.0.1:1234"   # once the port is known
live = discord.guild("Alice's fans").channel("live")
admin = live.guild.member("ann", permissions=["manage_guild"])
interaction = await discord.interact(live, admin, "watch", {"creator": "alice", "channel": live})
print((await interaction.answered()).content)
pressed = await discord.press(live.messages[-1], admin, "case:1")
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from aiohttp import web

from sandbox.discord import commands as registered
from sandbox.discord import (
    components,
    interactions,
    invocation,
    rest,
    rest_channels,
    rest_commands,
    rest_guilds,
    rest_interactions,
    rest_messages,
)
from sandbox.discord.commands import Command, Invoked
from sandbox.discord.faults import Faults
from sandbox.discord.files import Upload
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, FIRST_ANSWER_S, MODAL, Interaction
from sandbox.discord.invocation import CannotUse, Resolved
from sandbox.discord.limits import Limits
from sandbox.discord.openapi import Conformance, Difference
from sandbox.discord.permissions import BITS
from sandbox.discord.rest import Call, Endpoint, Reply
from sandbox.discord.state import RequestRecord, State, Violation
from sandbox.discord.values import Json, User
from sandbox.discord.world import Change, Channel, Guild, Member, Message

T = TypeVar("T")
API = "/api/v10"
SESSION_STARTS = 1000


def wall_s() -> float:
    """The machine's clock, seconds since 1970."""
    return time.time_ns() / 1e9


class Discord:
    """A Discord that one bot (token "sandbox-token") talks to.

    `now` times limits, ids and deadlines; `limits` can be scaled for tests that cannot wait. Everything runs in the loop
    that serves the app; nothing here may be called from another thread.
    """

    conformance: ClassVar[Conformance | None] = None
    """What every Discord that is made from now on holds requests and answers against; None: nothing."""

    def __init__(self, *, now: Callable[[], float] = wall_s, limits: Limits | None = None, shards: int = 1) -> None:
        self.state = State(now, limits or Limits())
        self.state.conformance = self.conformance
        self.state.shards = shards
        self.gateway = Gateway(self.state, lambda: self.gateway_url)

    # ---- where it is

    def add_routes(self, app: web.Application) -> None:
        """Serve REST under /api/v10 and the websocket at /gateway; close the websockets when the app shuts down."""
        own = (
            Endpoint("GET", "/gateway", self._gateway, is_bot=False),
            Endpoint("GET", "/gateway/bot", self._gateway_bot),
        )
        every = (
            *own, *rest_guilds.ENDPOINTS, *rest_channels.ENDPOINTS, *rest_commands.ENDPOINTS, *rest_messages.ENDPOINTS,
            *rest_interactions.ENDPOINTS,
        )  # fmt: skip
        for endpoint in every:
            app.router.add_route(endpoint.method, API + _pattern(endpoint.route), self._serving(endpoint))
        app.router.add_route("*", API + "/{tail:.*}", self._serving(Endpoint("*", "/{tail}", self._unserved, is_bot=False)))
        app.router.add_get(r"/attachments/{channel_id:\d+}/{file_id:\d+}/{name}", self._attachment)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.on_shutdown.append(self._on_shutdown)

    @property
    def base_url(self) -> str:
        """Where the sandbox is, without a slash at the end; set once the port is known."""
        return self.state.files.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.state.files.base_url = url

    @property
    def api_base(self) -> str:
        """What the bot is configured with: `discord.api_base`."""
        return self.base_url + API

    @property
    def gateway_url(self) -> str:
        return self.base_url.replace("http", "ws", 1) + "/gateway"

    # ---- what is in it

    @property
    def token(self) -> str:
        """The only valid bot token."""
        return self.state.token

    @property
    def application_id(self) -> int:
        return self.state.world.application_id

    @property
    def bot(self) -> User:
        return self.state.world.bot

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.state.faults

    @property
    def limits(self) -> Limits:
        return self.state.limits

    @property
    def requests(self) -> list[RequestRecord]:
        """Every REST request, oldest first."""
        return self.state.requests

    @property
    def violations(self) -> list[Violation]:
        """What no correct bot does; empty is the aim."""
        return self.state.violations

    @property
    def differing_answers(self) -> list[Difference]:
        """What this Discord itself answered otherwise than the description says; empty without one."""
        return [] if self.state.conformance is None else self.state.conformance.answers

    @property
    def guilds(self) -> list[Guild]:
        return list(self.state.world.guilds.values())

    @property
    def commands(self) -> list[Command]:
        """All registered commands, global ones first."""
        return self.state.commands.all()

    @property
    def command_writes(self) -> int:
        """How often the bot wrote its command list."""
        return self.state.command_writes

    @property
    def is_online(self) -> bool:
        """Whether the bot is connected to the gateway and identified."""
        return self.gateway.is_online

    def guild(self, name: str) -> Guild:
        """The guild of this name, made (with the bot in it) when it is not there yet."""
        return self.state.world.guild(name)

    def conform_to(self, conformance: Conformance) -> None:
        """From now on hold requests (see `violations`) and answers against Discord's description."""
        self.state.conformance = conformance

    def channel(self, channel_id: int) -> Channel | None:
        return self.state.world.channels.get(channel_id)

    def message(self, message_id: int) -> Message | None:
        """A message that is not deleted."""
        return self.state.world.messages.get(message_id)

    def available(self, member: Member, channel: Channel) -> list[Command]:
        """The slash commands that Discord offers this member in this channel."""
        return self._offered(member, channel, registered.CHAT)

    def menus(self, member: Member, channel: Channel, target: Message | Member) -> list[Command]:
        """The commands in the menu of a message or of a person."""
        return self._offered(member, channel, registered.MESSAGE if isinstance(target, Message) else registered.USER)

    def file_options(self, channel: Channel, member: Member, command: str) -> set[str]:
        """The names of a command's options that take a file; empty when the command is not offered."""
        invoked = registered.find(self.available(member, channel), command)
        return {o["name"] for o in invoked.options if o["type"] == invocation.ATTACHMENT} if invoked else set()

    def dm(self, member: Member) -> Channel:
        """The direct messages between the bot and this person, in whatever guild they met."""
        return self.state.world.dm(member.user)

    def upload(self, channel: Channel, upload: Upload) -> Json:
        """Store a file as an attachment of this channel; its `url` can be downloaded."""
        return self.state.files.keep(channel.id, upload)

    # ---- what happens

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back at every change, in order; returns what ends it. The callback is sync and must not raise."""
        return self.state.world.subscribe(callback)

    async def until(self, answer: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until `answer()` is true; it is asked again after every change. Returns it, or raises TimeoutError."""
        return await self.state.world.until(answer, timeout_s)

    async def online(self, timeout_s: float = 10.0) -> None:
        """Wait for the bot to be connected and identified."""
        await self.until(lambda: self.is_online, timeout_s)

    # ---- what people do

    async def interact(
        self,
        channel: Channel,
        member: Member,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        target: Message | Member | None = None,
    ) -> Interaction:
        """A member sends a slash command ("watch", or "alerts test" for a subcommand), or with `target` one of its menu.

        Options may be plain values, Channel, Member, Role, the text of them ("#live", "True"), or an `files.Upload`. Raises
        `CannotUse` where Discord's client would not let them send it. The interaction is on its way when this returns,
        answered it is not.
        """
        resolved = self._resolved(channel, member)
        if target is not None:
            chosen = next((c for c in self.menus(member, channel, target) if c.name == command), None)
            if chosen is None:
                raise CannotUse(f"{member.name} finds no {command} in this menu.")
            return self._begin(COMMAND, channel, member, invocation.menu(chosen, target, resolved), name=command)
        invoked = self._invoked(channel, member, command)
        data = invocation.data(invoked, options or {}, resolved)
        return self._begin(COMMAND, channel, member, data, name=interactions.title(invoked))

    async def autocomplete(
        self, channel: Channel, member: Member, command: str, options: Mapping[str, Any], focused: str
    ) -> list[Json]:
        """What the bot offers while a member types: `[{"name": …, "value": …}]`. Raises TimeoutError after three seconds."""
        invoked = self._invoked(channel, member, command)
        if not any(o["name"] == focused and o.get("autocomplete") for o in invoked.options):
            raise CannotUse(f"{focused} has no suggestions.")
        resolved = self._resolved(channel, member)
        data = invocation.data(invoked, {focused: "", **options}, resolved, focused=focused)
        interaction = self._begin(AUTOCOMPLETE, channel, member, data, name=interactions.title(invoked))
        await self.until(lambda: interaction.choices is not None, FIRST_ANSWER_S)
        return interaction.choices or []

    async def press(self, message: Message, member: Member, custom_id: str) -> Interaction:
        """A member presses a button of a message. Raises `CannotUse` when they could not."""
        self._require_seen(message, member)
        data = components.pressed(message.components, custom_id)
        return self._begin(COMPONENT, message.channel, member, data, name=custom_id, source=message)

    async def choose(self, message: Message, member: Member, custom_id: str, values: Sequence[Any]) -> Interaction:
        """A member picks in a menu of a message: values of its options, or Channel, Member, Role and the text of them."""
        self._require_seen(message, member)
        resolved = self._resolved(message.channel, member)
        data = components.chosen(message.components, custom_id, values, resolved)
        return self._begin(COMPONENT, message.channel, member, data, name=custom_id, source=message)

    async def submit(self, interaction: Interaction, member: Member, fields: Mapping[str, Any]) -> Interaction:
        """The member sends the form that `interaction` was answered with: custom id of each field -> text.

        Menus take a list, as `choose` does, file fields a list of `files.Upload`. What is left out keeps its preset.
        """
        if interaction.modal is None or interaction.member.id != member.id:
            raise CannotUse(f"No form is open for {member.name}.")
        data = components.filled(interaction.modal, fields, self._resolved(interaction.channel, member))
        led = {"source": interaction.source, "trigger": interaction}
        return self._begin(MODAL, interaction.channel, member, data, name=data["custom_id"], **led)

    # ---- what happens to the gateway

    def drop_gateway(self) -> None:
        """The connection is lost without a word; the bot can resume."""
        self.gateway.drop()

    def reconnect_gateway(self) -> None:
        """Op 7: Discord asks the bot to reconnect and resume."""
        self.gateway.ask_to_reconnect()

    def invalidate_gateway(self, *, resumable: bool = False) -> None:
        """Op 9: the session is invalid."""
        self.gateway.invalidate(resumable=resumable)

    # ---- inside

    def _offered(self, member: Member, channel: Channel, kind: int) -> list[Command]:
        found = self.state.commands.in_guild(channel.guild.id)
        return [c for c in found if c.type == kind and c.is_open_to(member, channel)]

    def _resolved(self, channel: Channel, member: Member) -> Resolved:
        return Resolved(member, lambda upload: self.upload(channel, upload))

    def _require_seen(self, message: Message, member: Member) -> None:
        place = message.channel
        sees = member.id in place.guild.members and place.permissions_of(member) & BITS["view_channel"]
        if message.deleted or not sees:
            raise CannotUse(f"{member.name} sees no such message.")
        asked = self.state.interactions.by_id.get(message.interaction_id or 0)
        if message.ephemeral and (asked is None or asked.member.id != member.id):
            raise CannotUse("Only the one who asked sees a private answer.")

    async def _attachment(self, request: web.Request) -> web.Response:
        upload = self.state.files.get(int(request.match_info["file_id"]))
        if upload is None:
            raise web.HTTPNotFound(text="This content is no longer available.")
        # Whatever it is, a browser saves it: text of strangers must not run on the page's address.
        headers = {"Content-Type": upload.kind, "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=upload.content, headers=headers)

    def _invoked(self, channel: Channel, member: Member, command: str) -> Invoked:
        invoked = registered.find(self.available(member, channel), command)
        if invoked is None:
            raise CannotUse(f"{member.name} is offered no command /{command.removeprefix('/')} in #{channel.name}.")
        return invoked

    def _begin(self, kind: int, channel: Channel, member: Member, data: Json, **values: Any) -> Interaction:
        interaction = self.state.interactions.begin(kind, channel, member, data, **values)
        payload = interactions.payload(interaction)
        late = self.faults.late_interactions_s
        if late > 0:
            asyncio.get_running_loop().call_later(late, self._deliver, channel.guild, payload)
        else:
            self._deliver(channel.guild, payload)
        self.state.world.tell(Change("interaction_created", channel.guild, channel, interaction=interaction))
        return interaction

    def _deliver(self, guild: Guild, payload: Json) -> None:
        self.gateway.dispatch("INTERACTION_CREATE", payload, guild=guild)

    def _serving(self, endpoint: Endpoint) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await rest.serve(self.state, endpoint, request)

        return serve

    async def _unserved(self, call: Call) -> Reply:
        path = call.request.path.removeprefix(API)
        self.state.violate("unserved_route", f"{call.request.method} {path}", path)
        return Reply(404, {"message": "404: Not Found", "code": 0})

    async def _gateway(self, _call: Call) -> Reply:
        return Reply(200, {"url": self.gateway_url})

    async def _gateway_bot(self, _call: Call) -> Reply:
        remaining = max(0, SESSION_STARTS - self.gateway.identifies)
        starts = {"total": SESSION_STARTS, "remaining": remaining, "reset_after": 14_400_000, "max_concurrency": 1}
        return Reply(200, {"url": self.gateway_url, "shards": self.state.shards, "session_start_limit": starts})

    async def _on_shutdown(self, _app: web.Application) -> None:
        self.state.closing = True
        self.gateway.close()


def _pattern(route: str) -> str:
    """The route for aiohttp: ids are digits, so that "@me" and "@original" are not taken for one."""
    for name in ("channel_id", "message_id", "guild_id", "user_id", "command_id", "application_id", "interaction_id"):
        route = route.replace("{" + name + "}", "{" + name + r":\d+}")
    return route
