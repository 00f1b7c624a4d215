"""A TikTok that does what a test says: `ScriptedRooms` is its pages, `ScriptedSource` its streams."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.errors import ConnectionLost, ConnectionRefused, CreatorNotFound, CreatorOffline, SourceError
from bot.events import Common, ConnectedEvent, Event, Handle, LiveEndedEvent, MessageId, RoomId, ViewerId
from bot.tiktok.source import Room


class ScriptedRooms:
    """Implements `source.Rooms`. Unknown handles are unknown to TikTok; `look_ups` notes who was asked for, and when."""

    def __init__(self, clock: Clock) -> None:
        self.look_ups: list[tuple[float, Handle]] = []
        self.alive_checks: list[RoomId] = []
        self.batches: list[tuple[RoomId, ...]] = []
        self.adults_only: set[RoomId] = set()
        self._clock = clock
        self._answers: dict[Handle, Room | SourceError | Exception] = {}
        self._alive: dict[RoomId, bool | SourceError] = {}

    def live(self, name: str, room_id: str, *, user_id: str = "", title: str = "", started_at_ms: int = 0) -> Room:
        """From now on `name` is live in this room."""
        handle = Handle(name)
        room = Room(
            room_id=RoomId(room_id),
            handle=handle,
            creator_user_id=ViewerId(user_id or f"7{abs(hash(name)) % 10**6}"),
            title=title,
            started_at_ms=started_at_ms,
        )
        self._answers[handle] = room
        self._alive[room.room_id] = True
        return room

    def hear(self, room: Room) -> None:
        """From now on its creator is looked up as this."""
        self._answers[room.handle] = room

    def offline(self, name: str) -> None:
        """From now on `name` is not live; the room they were in is over."""
        was = self._answers.get(Handle(name))
        if isinstance(was, Room):
            self._alive[was.room_id] = False
        self.answer(name, CreatorOffline("not live"))

    def answer(self, name: str, error: Exception) -> None:
        """From now on a look-up of `name` fails like this."""
        self._answers[Handle(name)] = error

    def alive(self, room_id: str, answer: bool | SourceError) -> None:
        """What the room's own check says, whatever the page says."""
        self._alive[RoomId(room_id)] = answer

    def looked_up(self, name: str) -> list[float]:
        """When `name` was looked up."""
        return [at for at, handle in self.look_ups if handle == name]

    async def look_up(self, handle: Handle) -> Room:
        self.look_ups.append((self._clock.monotonic(), handle))
        answer = self._answers.get(handle, CreatorNotFound("TikTok knows no such user"))
        if isinstance(answer, Room):
            return answer
        raise answer

    async def is_alive(self, room_id: RoomId) -> bool:
        self.alive_checks.append(room_id)
        answer = self._alive.get(room_id, False)
        if isinstance(answer, SourceError):
            raise answer
        return answer

    async def is_age_restricted(self, room_id: RoomId) -> bool:
        return room_id in self.adults_only

    async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
        self.batches.append(tuple(room_ids))
        self.alive_checks.extend(room_ids)
        answers = {room_id: self._alive.get(room_id, False) for room_id in room_ids}
        found = {room_id: answer for room_id, answer in answers.items() if isinstance(answer, bool)}
        if not found:
            raise next(answer for answer in answers.values() if isinstance(answer, SourceError))
        return found


class Stream:
    """One open connection, from TikTok's side."""

    def __init__(self, room: Room, clock: Clock) -> None:
        self.room = room
        self.is_open = True
        self._clock = clock
        self._frames: asyncio.Queue[Sequence[Event] | Exception | None] = asyncio.Queue()

    @property
    def unread(self) -> int:
        """Frames that the other side has not taken yet."""
        return self._frames.qsize()

    def say(self, *events: Event) -> None:
        """One frame."""
        self._frames.put_nowait(events)

    def end(self) -> None:
        """The LIVE ends, and says so."""
        common = Common(MessageId(f"end-{self.room.room_id}"), self.room.room_id, received_at_ms=self._clock.now_ms())
        self.say(LiveEndedEvent(common))
        self._frames.put_nowait(None)

    def close(self) -> None:
        """The stream ends without a word."""
        self._frames.put_nowait(None)

    def lose(self, reason: str = "the socket broke") -> None:
        """The stream breaks."""
        self._frames.put_nowait(ConnectionLost(reason))

    async def frames(self) -> AsyncIterator[Sequence[Event]]:
        """What the other side reads."""
        while (frame := await self._frames.get()) is not None:
            if isinstance(frame, Exception):
                raise frame
            yield frame


class ScriptedSource:
    """Implements `source.Source`. `streams` are all connections ever opened; `refuse` makes the next ones fail."""

    name = "scripted"

    def __init__(self, clock: Clock) -> None:
        self.streams: list[Stream] = []
        self.attempts: dict[Handle, list[float]] = defaultdict(list)
        self._clock = clock
        self._refusals: dict[Handle, Exception] = {}
        self._newer: dict[RoomId, RoomId] = {}

    def knows_newer(self, room_id: str, newer: str) -> None:
        """Who asks for the one room gets the other, as the sign server's `X-Room-Id` may say."""
        self._newer[RoomId(room_id)] = RoomId(newer)

    def refuse(self, name: str, error: Exception | None = None) -> None:
        """From now on connections for `name` are refused."""
        self._refusals[Handle(name)] = error or ConnectionRefused("the sign server said 500")

    def accept(self, name: str) -> None:
        """No more refusals."""
        self._refusals.pop(Handle(name), None)

    def open_streams(self, name: str | None = None) -> list[Stream]:
        """Connections that stand now."""
        return [each for each in self.streams if each.is_open and name in (None, each.room.handle)]

    def stream(self, name: str) -> Stream:
        """The one connection that stands for `name`; fails if there is none or more than one."""
        (stream,) = self.open_streams(name)
        return stream

    async def events(self, room: Room) -> AsyncIterator[Sequence[Event]]:
        now_ms = self._clock.now_ms()
        self.attempts[room.handle].append(self._clock.monotonic())
        if room.handle in self._refusals:
            raise self._refusals[room.handle]
        room = replace(room, room_id=self._newer.get(room.room_id, room.room_id))
        stream = Stream(room, self._clock)
        self.streams.append(stream)
        try:
            common = Common(MessageId(f"connected:{len(self.streams)}:{now_ms}"), room.room_id, room.handle, 0, now_ms)
            yield [ConnectedEvent(common, source=self.name)]
            async for frame in stream.frames():
                yield frame
        finally:
            stream.is_open = False
