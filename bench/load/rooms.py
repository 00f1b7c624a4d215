"""A thousand TikTok rooms as they are on an ordinary evening: what is said, how much, and in what bursts (load-shape.md).

Frames are encoded before anything is measured, and are shared: all quiet rooms read one script, all hot ones another, each from
a place of its own. A script is longer than the log recognises duplicates, so that reading it again is new.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from bot.clock import Clock
from bot.eventlog.log import DEDUPE_WINDOW
from bot.events import Common, ConnectedEvent, Event
from bot.events.ids import Handle, MessageId, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.connection import Connection
from bot.tiktok.webcast.decode import decode
from sandbox.tiktok import frames, messages
from sandbox.tiktok.gifts import find
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Posted

QUIET_PER_S, HOT_PER_S = 3.8, 55.0
"""Messages a second: the mean of three whole recordings of ten minutes; the peak of a room with 4,200 viewers."""

QUIET = {
    "join": 43.8,
    "like": 16.7,
    "count": 13.4,
    "chat": 12.6,
    "caption": 6.2,
    "social": 2.6,
    "gift": 0.7,
    "side": 4.0,
}
HOT = {
    "chat": 13.5,
    "gift": 12.6,
    "join": 4.2,
    "like": 2.5,
    "social": 1.7,
    "count": 0.3,
    "side": 20.2,
    "wipe": 0.02,
}
"""Messages by kind: percent of 6,797 in quiet rooms; each second of a hot one, and now and then a viewer's comments are taken
back."""

QUIET_BATCHES = (1, 2, 2, 3, 3, 3, 4, 5)
HOT_BATCHES = (20, 35, 17, 4, 7, 31, 18, 11, 15, 19, 14, 24, 8, 5, 12, 23, 11, 4, 31, 17)
"""Messages of a frame, one after the other."""

HOT_LENGTHS = ((0.0, 1), (0.5, 4), (0.9, 21), (0.95, 25), (0.99, 52), (1.0, 72))
QUIET_LENGTHS = ((0.0, 1), (0.5, 49), (0.9, 84), (0.95, 91), (0.99, 99), (1.0, 153))
"""Characters of a comment by share: in large rooms, and in small ones where people talk to each other."""

SIDE_METHOD = "WebcastRankUpdateMessage"
CROWD = 500
MESSAGES = DEDUPE_WINDOW + 1_000
WORDS = (
    "hi", "hello", "love", "this", "song", "when", "LIVE?", "so", "good", "please", "München", "again", "😂😂", "❤️", "👏🏽",
    "from", "Brasil", "why", "not", "you", "are", "the", "best", "*wow*", "first", "time", "here", "nice", "100%",
)  # fmt: skip

_FIRST_ID = 7_400_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Script:
    """Frames, and after how many seconds each next one comes."""

    frames: Sequence[bytes]
    pauses_s: Sequence[float]

    def played(self, start: int) -> Iterator[tuple[float, bytes]]:
        """Without end, from the frame at `start`: pause, then frame."""
        ring = zip(self.pauses_s, self.frames, strict=True)
        turned = itertools.cycle(ring)
        return itertools.islice(turned, start % len(self.frames), None)


def quiet(rng: Random) -> Script:
    """A room of some dozens or hundreds."""
    return _script(rng, QUIET, QUIET_BATCHES, QUIET_PER_S, QUIET_LENGTHS)


def hot(rng: Random) -> Script:
    """A room of some thousands."""
    return _script(rng, HOT, HOT_BATCHES, HOT_PER_S, HOT_LENGTHS)


def _script(
    rng: Random, mix: dict[str, float], batches: Sequence[int], per_s: float, lengths: Sequence[tuple[float, int]]
) -> Script:
    writer = _Writer(rng, lengths)
    kinds = rng.choices(list(mix), list(mix.values()), k=MESSAGES)
    said = (writer.posted(number, kind) for number, kind in enumerate(kinds))
    made: list[bytes] = []
    pauses: list[float] = []
    for size in itertools.cycle(batches):
        some = list(itertools.islice(said, size))
        if not some:
            break
        batch = frames.batch(some, cursor="c", internal_ext=b"bench", now_ms=0)
        made.append(frames.msg(batch, seq_id=len(made), log_id=len(made) + 1, compressed=True))
        pauses.append(len(some) / per_s)
    return Script(made, pauses)


class _Writer:
    """Makes messages up, no two alike. A combo is some messages long."""

    def __init__(self, rng: Random, lengths: Sequence[tuple[float, int]]) -> None:
        self._rng = rng
        self._lengths = lengths
        self._combos: list[tuple[Viewer, str, int]] = []

    def posted(self, number: int, kind: str) -> Posted:
        if kind == "side":
            return Posted(SIDE_METHOD, b"", str(_FIRST_ID + number))
        viewer = Viewer(f"viewer.{self._rng.randrange(CROWD)}", gifter_level=self._rng.randrange(30))
        body = self._gift(viewer, str(number + 1)) if kind == "gift" else self._body(kind, viewer, number)
        body.base.method = messages.METHODS[type(body)]
        body.base.message_id = _FIRST_ID + number
        return Posted(body.base.method, body.SerializeToString(), str(body.base.message_id))

    def _body(self, kind: str, viewer: Viewer, number: int) -> messages.Body:
        match kind:
            case "chat":
                return messages.chat(viewer, _text(self._rng, self._lengths), creator_id="1")
            case "join":
                return messages.member(viewer, messages.JOINED, member_count=100)
            case "like":
                return messages.like(viewer, 15, total=number)
            case "social":
                return messages.follow(viewer, creator_id="1", followers=number)
            case "caption":
                return messages.caption("and then we add a little blue", language="en", at_ms=0, sentence=number)
            case "wipe":
                return messages.deletion([], [viewer.id])
            case _:
                return messages.viewers(1000, total=5000, top=())

    def _gift(self, viewer: Viewer, group_id: str) -> messages.Body:
        """A new combo, one more tap on an open one, or its end."""
        count, is_end = 1, False
        if self._combos and self._rng.random() < 0.7:
            viewer, group_id, count = self._combos.pop(self._rng.randrange(len(self._combos)))
            is_end = self._rng.random() < 0.5
            count += not is_end
        if not is_end:
            self._combos.append((viewer, group_id, count))
        return messages.gift(
            viewer, find("Rose"), count=count, added=int(not is_end), group_id=group_id, is_end=is_end, creator_id="1"
        )


def _text(rng: Random, lengths: Sequence[tuple[float, int]]) -> str:
    """Words, so long as comments are: between two known shares the length is drawn evenly."""
    share = rng.random()
    (low, shortest), (high, longest) = next(pair for pair in itertools.pairwise(lengths) if share <= pair[1][0])
    length = round(shortest + (longest - shortest) * (share - low) / (high - low))
    text = rng.choice(WORDS)
    while len(text) < length:
        text += " " + rng.choice(WORDS)
    return text[:length].strip() or "x"


def room_of(number: int) -> Room:
    """The room that is watched as `room7`."""
    return Room(RoomId(str(_FIRST_ID + 10**9 + number)), Handle(f"room{number}"))


class Rooms:
    """`source.Rooms`: everybody is live."""

    async def look_up(self, handle: Handle) -> Room:
        return room_of(int(handle.removeprefix("room")))

    async def is_alive(self, room_id: RoomId) -> bool:
        return bool(room_id)

    async def is_age_restricted(self, room_id: RoomId) -> bool:
        return not room_id

    async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
        return dict.fromkeys(room_ids, True)


class Scripted:
    """`source.Source` below the socket: each frame is taken in when it is due, through the product's own connection and decoding.

    `received_at_ms` of an event is when its frame was due, not when we came to it: whoever measures lag from there measures
    ours, too. Nothing is played before `begin`.
    """

    name = "bench"

    def __init__(self, clock: Clock, *, hot_rooms: int, rng: Random, wanted: Collection[str]) -> None:
        self.begin = asyncio.Event()
        self.open = 0
        self.messages = 0
        self.late_s = 0.0
        """How much later than due the last frame was taken in."""
        self._clock = clock
        self._hot_rooms = hot_rooms
        self._wanted = wanted
        self._hot, self._quiet = hot(rng), quiet(rng)

    async def events(self, room: Room) -> AsyncIterator[Sequence[Event]]:
        number = int(room.handle.removeprefix("room"))
        now_ms = self._clock.now_ms()
        common = Common(MessageId(f"connected:{number}"), room.room_id, room.handle, received_at_ms=now_ms)
        yield [ConnectedEvent(common, source=self.name)]
        self.open += 1
        await self.begin.wait()
        connection = Connection(number + 1, now=self._clock.monotonic(), silence_s=3600.0)
        at, offset_ms = self._clock.monotonic(), self._clock.now_ms() - self._clock.monotonic() * 1000
        script = self._hot if number < self._hot_rooms else self._quiet
        for pause_s, frame in script.played(number * 37):
            at += pause_s
            if (wait_s := at - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)
            self.late_s = self._clock.monotonic() - at
            yield self._taken_in(connection, frame, room, received_at_ms=round(at * 1000 + offset_ms))

    def _taken_in(self, connection: Connection, frame: bytes, room: Room, *, received_at_ms: int) -> list[Event]:
        connection.receive(frame, self._clock.monotonic())
        connection.data_to_send()
        events: list[Event] = []
        for batch in connection.batches_received():
            self.messages += len(batch.messages)
            events += [
                decode(
                    each.method,
                    each.payload,
                    creator=room.handle,
                    received_at_ms=received_at_ms,
                    room_id=room.room_id,
                    envelope_id=each.message_id,
                )
                for each in batch.messages
                if each.method in self._wanted
            ]
        return events
