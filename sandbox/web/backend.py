"""The page's routes: the page itself, the guild's whole state, then one change after another, and the use of commands.

    GET  /                        the page
    GET  /sandbox/state           guild, channels, members, commands, creators, messages
    GET  /sandbox/changes         server-sent events: `state` first, then `message`, `gone`, `guild`, `creators`, `heard`, `form`
    GET  /sandbox/creators        whom one could watch on the sandbox's TikTok

What the person does is in `actions`, on TikTok in `saying`.

Whoever looks at the page is the member "you", who may manage the server.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, Interaction
from sandbox.discord.server import Discord
from sandbox.discord.world import Change, Channel, Guild, Member, Message
from sandbox.tiktok.server import TikTok
from sandbox.web import wire
from sandbox.web.actions import Actions, Unusable
from sandbox.web.saying import Saying
from sandbox.web.wire import Json

STATIC = Path(__file__).parent / "static"
CONTENT_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

YOU = "you"
DEFAULT_GUILD = "The demo guild"
MESSAGES_SHOWN = 200
"""How many messages of a channel a fresh page is given."""
MOST_WAITING = 500
"""Changes that a browser may be behind; then it is given the whole state again."""
LOOK_EVERY_S = 1.0
"""How often the things that report no change are looked at: whether the bot is connected, who is live."""
RETRY_AFTER_MS = 1000
"""How soon a browser tries again when the sandbox is gone."""
QUIET_LOOKS = 15
"""After so many looks without news the browser is sent a line, so that a dead connection is noticed."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from other hosts, nothing inline: if text ever became markup, it still could not run."""

Event = tuple[str, Any]


class Feed:
    """The changes that one browser has not been sent yet. When it is too far behind, they are dropped for a fresh state."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.needs_state = True
        self.is_closed = False
        self._waiting: deque[Event] = deque()

    def put(self, events: list[Event]) -> None:
        if len(self._waiting) + len(events) > MOST_WAITING:
            self.needs_state = True
        self._waiting.extend(() if self.needs_state else events)
        self.news.set()

    def take(self) -> list[Event]:
        """Everything that waits, oldest first."""
        taken = list(self._waiting)
        self.restart()
        return taken

    def restart(self) -> None:
        self._waiting.clear()
        self.news.clear()

    def close(self) -> None:
        self.is_closed = True
        self.news.set()


class Page:
    """The guild in a browser. It only reads the world; it lets "you" use commands, and type on TikTok.

    `guild` names the guild to show; left out, it is the first there is.
    """

    def __init__(self, discord: Discord, tiktok: TikTok, *, guild: str | None = None) -> None:
        self._discord = discord
        self._tiktok = tiktok
        self._guild_name = guild
        self._feeds: set[Feed] = set()
        self._bot_seen = False
        self._actions = Actions(discord, self._place)
        self._saying = Saying(tiktok.world)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_get(r"/sandbox/static/{name:[a-z_]+\.(?:js|css)}", self._static)
        app.router.add_get("/sandbox/state", self._state)
        app.router.add_get("/sandbox/changes", self._changes)
        app.router.add_get("/sandbox/creators", self._creators)
        self._actions.add_routes(app)
        self._saying.add_routes(app)
        unsubscribe = self._discord.subscribe(self._on_change)

        async def close(_app: web.Application) -> None:
            unsubscribe()
            for feed in self._feeds:
                feed.close()

        app.on_shutdown.append(close)

    # ------------------------------------------------------------------------------------------------- what there is

    @property
    def guild(self) -> Guild:
        """The guild that is shown; made when there is none yet."""
        guilds = self._discord.guilds
        if self._guild_name is None and guilds:
            return guilds[0]
        return self._discord.guild(self._guild_name or DEFAULT_GUILD)

    @property
    def you(self) -> Member:
        """The person at the page."""
        found = next((m for m in self.guild.members.values() if m.name == YOU), None)
        return found or self.guild.member(YOU, ["manage_guild"])

    def _places(self) -> list[Channel]:
        """Where messages stand that the page shows: channels, their threads, the direct messages of you and of the owner."""
        dms = [self._discord.state.world.dms.get(person.id) for person in (self.you, self.guild.owner)]
        return [*wire.places(self.guild, self.you), *(dm for dm in dms if dm is not None)]

    def _place(self, channel_id: object) -> tuple[Channel, Member]:
        """A place that the page shows, and who acts there."""
        found = next((c for c in self._places() if str(c.id) == channel_id), None)
        if found is None:
            raise Unusable("This channel is gone.")
        is_owners = found.is_dm and self.guild.owner_id in found.guild.members
        return found, self.guild.owner if is_owners else self.you

    def _guild_parts(self) -> Json:
        guild, you = self.guild, self.you
        channels = wire.visible_channels(guild, you)
        offered = (c for channel in channels for c in self._discord.available(you, channel))
        menu = {c.name for channel in channels for m in channel.messages[-1:] for c in self._discord.menus(you, channel, m)}
        online = self._discord.is_online and guild.has_bot
        self._bot_seen = self._bot_seen or online
        commands = {command.id: command for command in offered}.values()
        told = wire.guild(guild, you, bot_online=online, bot_seen=self._bot_seen, commands=commands)
        return told | {"channels": [wire.channel(c) for c in self._places()], "menu": sorted(menu)}

    def _creators_now(self) -> list[Json]:
        return wire.creators(self._tiktok.world.creators.values())

    def _snapshot(self) -> Json:
        channels = self._places()
        own = self._own_answers()
        messages: dict[str, list[Json]] = {}
        for channel in channels:
            shown = [self._message(m) for m in channel.messages[-MESSAGES_SHOWN:]]
            private = [answer for answer in own if answer["channel"] == str(channel.id)]
            messages[str(channel.id)] = sorted(shown + private, key=lambda m: int(m["id"]))
        return self._guild_parts() | {"creators": self._creators_now(), "messages": messages}

    def _own_answers(self) -> list[Json]:
        """What only "you" can see: private answers, and commands that wait for one."""
        own = [i for i in self._discord.state.interactions.by_id.values() if self._is_own(i) and not i.expired]
        # A private answer whose button was pressed answers that interaction as well.
        answers = {m.id: self._message(m) for i in own for m in i.answers if m.ephemeral and not m.deleted}
        return [*answers.values(), *(wire.waiting(i) for i in own if i.kind == COMMAND and i.response_type is None)]

    def _is_own(self, interaction: Interaction | None) -> bool:
        if interaction is None or interaction.kind == AUTOCOMPLETE:
            return False
        return interaction.member is self.you or interaction.channel.is_dm

    def _message(self, message: Message) -> Json:
        answered = message.interaction_id
        interaction = None if answered is None else self._discord.state.interactions.by_id.get(answered)
        return wire.message(message, self.you, interaction)

    # ------------------------------------------------------------------------------------------------- what happens

    def _on_change(self, change: Change) -> None:
        """Translate one change for all browsers. Called by the world in the middle of its work."""
        is_elsewhere = change.guild not in (None, self.guild) and not (change.channel is not None and change.channel.is_dm)
        if not self._feeds or is_elsewhere:
            return
        events = self._events(change)
        for feed in self._feeds:
            feed.put(events)

    def _events(self, change: Change) -> list[Event]:
        """What the browsers are told. Whatever is not about messages is found by the next look at the guild's parts."""
        channel, message, interaction = change.channel, change.message, change.interaction
        if channel is None or channel not in self._places():
            return []
        events: list[Event] = []
        if interaction is not None and self._is_own(interaction):
            if change.kind == "interaction_created":
                return [("message", wire.waiting(interaction))] if interaction.kind == COMMAND else []
            if change.kind == "interaction_acknowledged":
                events.append(_gone(channel, interaction.id))
                events.append(("heard", {"interaction": str(interaction.id)}))
                if interaction.modal is not None:
                    events.append(("form", wire.form(interaction)))
                message = interaction.original
        if message is None or (message.ephemeral and not self._is_own(interaction)):
            return events
        return [*events, _gone(channel, message.id) if message.deleted else ("message", self._message(message))]

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b"retry: %d\n\n" % RETRY_AFTER_MS)
        feed = Feed()
        self._feeds.add(feed)
        try:
            await self._follow(response, feed)
        except ConnectionError:
            pass  # the browser left, which is how all of these end
        finally:
            self._feeds.discard(feed)
        return response

    async def _follow(self, response: web.StreamResponse, feed: Feed) -> None:
        """Send state and changes until the browser leaves or the sandbox ends."""
        parts: Json = {}
        creators: list[Json] = []
        quiet = 0
        while not feed.is_closed:
            events: list[Event] = []
            if feed.needs_state:
                feed.needs_state = False
                feed.restart()
                state = self._snapshot()
                creators = state["creators"]
                parts = {key: value for key, value in state.items() if key not in ("creators", "messages")}
                events = [("state", state)]
            # Names before the messages that mention them.
            if (now := self._guild_parts()) != parts:
                parts = now
                events.append(("guild", parts))
            if (live := self._creators_now()) != creators:
                creators = live
                events.append(("creators", creators))
            events += feed.take()
            quiet = 0 if events else quiet + 1
            if events or quiet % QUIET_LOOKS == 0:
                await response.write(b"".join(map(_sse, events)) or b": still here\n\n")
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await feed.news.wait()
            except TimeoutError:
                continue

    # ------------------------------------------------------------------------------------------------- what is asked

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return _file("index.html", {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"})

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["name"], {})

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._snapshot())

    async def _creators(self, _request: web.Request) -> web.Response:
        return web.json_response(self._creators_now())


def _gone(channel: Channel, message_id: int) -> Event:
    return "gone", {"channel": str(channel.id), "id": str(message_id)}


def _sse(event: Event) -> bytes:
    name, body = event
    return f"event: {name}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n".encode()


def _file(name: str, headers: dict[str, str]) -> web.StreamResponse:
    path = STATIC / name
    if not path.is_file():
        raise web.HTTPNotFound
    kind = f"{CONTENT_TYPES[path.suffix]}; charset=utf-8"
    return web.FileResponse(
        path, headers={"Content-Type": kind, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", **headers}
    )
