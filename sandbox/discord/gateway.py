"""The websocket: hello, identify, resume, heartbeats, and the dispatch of everything that changes.

A session outlives its connection: what happens meanwhile is kept and replayed on RESUME. Events are plain text frames
(clients that ask for compression take them too). What breaks Discord's rules is closed with Discord's code.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord import payloads
from sandbox.discord.limits import Window
from sandbox.discord.permissions import BITS
from sandbox.discord.state import State
from sandbox.discord.values import ChangeKind, Json
from sandbox.discord.world import Change, Channel, Guild

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0,
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    10,
    11,
)

GUILDS, GUILD_MEMBERS, PRESENCES, MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1, 1 << 1, 1 << 8, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))

NOT_RESUMABLE: Json = {"op": INVALID, "d": False, "s": None, "t": None}

HEARTBEAT_MS = 41_250

ACK_AFTER_S = 0.05
"""As far away as a real gateway. discord.py notes when it sent a heartbeat only after it was sent: an answer that is quicker
than its thread is measured from the heartbeat before, and it warns that the websocket is 41 s behind."""

PAYLOAD_BYTES = 4096
HISTORY = 1000
OUTBOX = 10_000
"""Frames that wait for a client that does not read; one more and the connection is cut."""


class Close(Exception):
    """The connection ends with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class Session:
    """One shard of the bot, from IDENTIFY until it is invalidated."""

    id: str
    shard: tuple[int, int]
    intents: int
    seq: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    connection: Connection | None = None

    def dispatch(self, event: str, data: Json) -> None:
        """Number an event, keep it for a resume, and send it if anybody is there."""
        self.seq += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": self.seq, "d": data}, ensure_ascii=False)
        self.sent.append((self.seq, text))
        if self.connection is not None:
            self.connection.put(text)

    def serves(self, guild_id: int) -> bool:
        """Whether this shard is the one of the guild."""
        return (guild_id >> 22) % self.shard[1] == self.shard[0]


class Connection:
    """One websocket. Frames are sent by one pump in the order they were put."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, rate: Window) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.rate = rate
        self._request = request
        self._outbox: asyncio.Queue[str | Close] = asyncio.Queue(OUTBOX)

    def put(self, item: str | Json | Close) -> None:
        try:
            self._outbox.put_nowait(json.dumps(item) if isinstance(item, dict) else item)
        except asyncio.QueueFull:
            self.abort()

    def abort(self) -> None:
        """The connection is lost: no close frame, no farewell."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def pump(self) -> None:
        """Send what was put until a `Close` was sent or the client is gone."""
        try:
            while True:
                item = await self._outbox.get()
                if isinstance(item, Close):
                    await self.socket.close(code=item.code, message=item.reason.encode())
                    return
                await self.socket.send_str(item)
        except ConnectionError:
            return


class Gateway:
    """All sessions and connections of one Discord."""

    def __init__(self, state: State, url: Callable[[], str]) -> None:
        self._state = state
        self._url = url
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies = 0
        self._seen: dict[int, set[int]] = {}
        """Channels that the bot saw when that could last have changed, by guild."""
        state.world.subscribe(self._on_change)

    @property
    def is_online(self) -> bool:
        """Whether the bot is connected and identified."""
        return any(c.session is not None for c in self.connections)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it ends."""
        if self._state.faults.gateway_down:
            return web.Response(status=503)
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=1 << 20, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request, Window(self._state.limits.gateway_send))
        self.connections.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                pump = tasks.create_task(connection.pump())
                await self._converse(connection, pump, request)
        finally:
            self.connections.discard(connection)
            if connection.session is not None:
                connection.session.connection = None
                self._state.world.tell(Change("bot_disconnected"))
        return socket

    def dispatch(self, event: str, data: Json, *, guild: Guild, intent: int = 0) -> None:
        """Send an event of a guild to its shard, if the bot is in the guild and asked for such events."""
        for session in self.sessions.values():
            if session.serves(guild.id) and (not intent or session.intents & intent):
                session.dispatch(event, data)

    def drop(self) -> None:
        """Every connection is lost without a close frame; the sessions can be resumed."""
        for connection in tuple(self.connections):
            connection.abort()

    def ask_to_reconnect(self) -> None:
        """Op 7: clients close, come back and resume."""
        for connection in tuple(self.connections):
            connection.put({"op": RECONNECT, "d": None, "s": None, "t": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9: clients come back, with RESUME when `resumable`, else with a new IDENTIFY."""
        for connection in tuple(self.connections):
            connection.put({"op": INVALID, "d": resumable, "s": None, "t": None})
        if not resumable:
            self.sessions.clear()

    def close(self, code: int = 1001, reason: str = "going away") -> None:
        """End every connection with a close frame."""
        for connection in tuple(self.connections):
            connection.put(Close(code, reason))

    async def _converse(self, connection: Connection, pump: asyncio.Task[None], request: web.Request) -> None:
        try:
            if request.query.get("v", "10") not in ("9", "10"):
                raise Close(4012, "Invalid API version")
            connection.put({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MS, "_trace": []}, "s": None, "t": None})
            while (payload := await self._receive(connection)) is not None:
                self._take(connection, payload)
        except Close as close:
            connection.put(close)
            await pump
        finally:
            pump.cancel()

    async def _receive(self, connection: Connection) -> Json | None:
        """The next payload, None when the client has gone."""
        try:
            frame = await connection.socket.receive(timeout=HEARTBEAT_MS / 1000 * 1.5)
        except TimeoutError:
            raise Close(4009, "Session timed out") from None
        if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        if not connection.rate.take(self._state.world.now()).allowed:
            self._state.violate("gateway_flood", "more than 120 payloads in 60 s", "gateway")
            raise Close(4008, "You are being rate limited")
        raw = frame.data.encode() if isinstance(frame.data, str) else frame.data
        try:
            payload = json.loads(raw)
        except ValueError:
            payload = None
        if len(raw) > PAYLOAD_BYTES or not isinstance(payload, dict) or not isinstance(payload.get("op"), int):
            raise self._refused(4002, "Error while decoding payload", "gateway_payload")
        return payload

    def _take(self, connection: Connection, payload: Json) -> None:
        op, data = payload["op"], payload.get("d")
        if op == HEARTBEAT:
            ack = {"op": ACK, "d": None, "s": None, "t": None}
            asyncio.get_running_loop().call_later(ACK_AFTER_S, connection.put, ack)
        elif op == IDENTIFY and isinstance(data, dict):
            self._identify(connection, data)
        elif op == RESUME and isinstance(data, dict):
            self._resume(connection, data)
        elif op in (PRESENCE, VOICE, MEMBERS):
            if connection.session is None:
                raise self._refused(4003, "Not authenticated", "gateway_payload")
        else:
            raise self._refused(4001, "Unknown opcode", "gateway_payload")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise self._refused(4005, "Already authenticated", "identified_twice")
        self._check_token(data)
        if self._state.faults.takes_invalid_session():
            connection.put(NOT_RESUMABLE)
            return
        intents, shard = data.get("intents"), data.get("shard") or [0, 1]
        if not isinstance(data.get("properties"), dict):
            raise self._refused(4002, "Error while decoding payload", "gateway_payload")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise self._refused(4013, "Invalid intent(s)", "gateway_payload")
        if intents & PRIVILEGED & ~self._state.privileged_intents:
            raise self._refused(4014, "Disallowed intent(s)", "gateway_payload")
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise self._refused(4010, "Invalid shard", "gateway_payload")
        self.identifies += 1
        session = Session(secrets.token_hex(16), (shard[0], shard[1]), intents)
        # Sessions of the same shard that nobody listens to belong to a process that was killed: it will not resume them.
        self.sessions = {key: s for key, s in self.sessions.items() if s.connection is not None or s.shard != session.shard}
        self.sessions[session.id] = session
        self._join(connection, session)
        guilds = [g for g in self._state.world.guilds.values() if g.has_bot and session.serves(g.id)]
        session.dispatch("READY", self._ready(session, guilds))
        if intents & GUILDS:
            for guild in (g for g in guilds if g.available):
                session.dispatch("GUILD_CREATE", payloads.guild_create(guild, with_members=bool(intents & GUILD_MEMBERS)))
        self._state.world.tell(Change("bot_connected"))

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        world = self._state.world
        return {
            "v": 10,
            "user": payloads.me(world),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._url(),
            "shard": list(session.shard),
            "application": {"id": str(world.application_id), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "_trace": [],
        }

    def _resume(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise self._refused(4005, "Already authenticated", "identified_twice")
        self._check_token(data)
        session, seq = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        oldest = session.sent[0][0] if session is not None and session.sent else 1
        is_known = session is not None and isinstance(seq, int) and seq >= oldest - 1
        if session is None or not isinstance(seq, int) or not is_known or self._state.faults.takes_invalid_session():
            connection.put(NOT_RESUMABLE)
            return
        if seq > session.seq:
            raise self._refused(4007, "Invalid seq", "gateway_payload")
        self._join(connection, session)
        for number, text in tuple(session.sent):
            if number > seq:
                connection.put(text)
        session.dispatch("RESUMED", {"_trace": []})
        self._state.world.tell(Change("bot_connected"))

    def _join(self, connection: Connection, session: Session) -> None:
        if session.connection is not None:
            session.connection.session = None
            session.connection.put(Close(4000, "Replaced by a newer connection"))
        session.connection, connection.session = connection, session

    def _check_token(self, data: Json) -> None:
        if data.get("token") != self._state.token:
            raise self._refused(4004, "Authentication failed", "bad_token")

    def _refused(self, code: int, reason: str, kind: Any) -> Close:
        self._state.violate(kind, f"{code} {reason}", "gateway")
        return Close(code, reason)

    def _on_change(self, change: Change) -> None:
        guild = change.guild
        describe = _EVENTS.get(change.kind)
        if describe is None or guild is None or not (guild.has_bot or change.kind == "guild_left"):
            return
        if not guild.available and change.kind not in ("guild_unavailable", "guild_left"):
            return
        if change.channel is not None and self._is_hidden(change, change.channel):
            return
        event, data, intent = describe(change, guild, bool(self._state.privileged_intents & MESSAGE_CONTENT))
        self.dispatch(event, data, guild=guild, intent=intent)
        if change.kind in _MAY_REVEAL:
            self._sync_threads(guild)

    def _is_hidden(self, change: Change, place: Channel) -> bool:
        """A bot hears of every channel, but of the messages and private threads only that it sees."""
        is_secret = change.message is not None or place.kind == "private_thread"
        return is_secret and not place.bot_permissions & BITS["view_channel"]

    def _sync_threads(self, guild: Guild) -> None:
        """THREAD_LIST_SYNC for channels that the bot sees since now: a client forgot, or never knew, their threads."""
        seen = {c.id for c in guild.channels.values() if c.bot_permissions & BITS["view_channel"]}
        new = seen - self._seen.get(guild.id, seen)
        self._seen[guild.id] = seen
        threads = [t for t in payloads.active_threads(guild) if t.parent is not None and t.parent.id in new]
        if threads:
            data: Json = {"guild_id": str(guild.id), "channel_ids": [str(i) for i in new], "members": []}
            data["threads"] = [payloads.channel(t) for t in threads]
            self.dispatch("THREAD_LIST_SYNC", data, guild=guild, intent=GUILDS)


_MAY_REVEAL: frozenset[ChangeKind] = frozenset(
    {"guild_joined", "channel_created", "channel_updated", "role_updated", "role_deleted", "member_updated"}
)

Described = tuple[str, Json, int]
"""Name of the event, its data, and the intent that it needs."""


def _guild_event(change: Change, guild: Guild, _shows_content: bool) -> Described:
    if change.kind in ("guild_joined", "guild_available"):
        return "GUILD_CREATE", payloads.guild_create(guild, is_new=change.kind == "guild_joined"), GUILDS
    if change.kind == "guild_left":
        # Without `unavailable` it means: removed, not an outage.
        return "GUILD_DELETE", {"id": str(guild.id)}, GUILDS
    if change.kind == "guild_unavailable":
        return "GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, GUILDS
    return "GUILD_UPDATE", payloads.guild(guild), GUILDS


def _member_event(change: Change, guild: Guild, _shows_content: bool) -> Described:
    """A bot hears of its own membership without any intent, of others' with the privileged one."""
    member = change.member or guild.bot
    data = payloads.member(member) | {"guild_id": str(guild.id)}
    return "GUILD_MEMBER_UPDATE", data, 0 if member is guild.bot else GUILD_MEMBERS


def _role_event(change: Change, guild: Guild, _shows_content: bool) -> Described:
    data: Json = {"guild_id": str(guild.id)}
    if change.role is not None and change.kind == "role_deleted":
        return "GUILD_ROLE_DELETE", data | {"role_id": str(change.role.id)}, GUILDS
    if change.role is not None:
        data["role"] = payloads.role(change.role)
    return "GUILD_ROLE_CREATE" if change.kind == "role_created" else "GUILD_ROLE_UPDATE", data, GUILDS


def _channel_event(change: Change, _guild: Guild, _shows_content: bool) -> Described:
    name = change.kind.upper().removesuffix("D")
    return name, payloads.channel(change.channel) if change.channel is not None else {}, GUILDS


def _thread_event(change: Change, guild: Guild, _shows_content: bool) -> Described:
    name, data, intent = _channel_event(change, guild, _shows_content)
    if change.kind == "thread_created":
        return name, data | {"newly_created": True}, intent
    if change.kind == "thread_deleted":
        return name, {key: data[key] for key in ("id", "guild_id", "parent_id", "type")}, intent
    return name, data, intent


def _message_event(change: Change, guild: Guild, shows_content: bool) -> Described:
    message, place = change.message, change.channel
    if message is None or place is None:
        return "MESSAGE_CREATE", {}, MESSAGES
    intent = DIRECT_MESSAGES if place.is_dm else MESSAGES
    if change.kind == "message_deleted":
        where = {} if place.is_dm else {"guild_id": str(guild.id)}
        return "MESSAGE_DELETE", {"id": str(message.id), "channel_id": str(place.id)} | where, intent
    # What is said to the bot alone it reads without the privileged intent.
    data = payloads.message_event(message, shows_content=shows_content or message.author.bot or place.is_dm)
    return "MESSAGE_CREATE" if change.kind == "message_created" else "MESSAGE_UPDATE", data, intent


_EVENTS: dict[ChangeKind, Callable[[Change, Guild, bool], Described]] = {
    "guild_joined": _guild_event,
    "guild_left": _guild_event,
    "guild_updated": _guild_event,
    "guild_unavailable": _guild_event,
    "guild_available": _guild_event,
    "role_created": _role_event,
    "role_updated": _role_event,
    "role_deleted": _role_event,
    "member_updated": _member_event,
    "thread_created": _thread_event,
    "thread_updated": _thread_event,
    "thread_deleted": _thread_event,
    "channel_created": _channel_event,
    "channel_updated": _channel_event,
    "channel_deleted": _channel_event,
    "message_created": _message_event,
    "message_edited": _message_event,
    "message_deleted": _message_event,
}
