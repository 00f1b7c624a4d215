"""Creators, their rooms, and everything that can happen in a room. No asyncio, no sockets: time is a function.

A room keeps what happened as a bounded log of `Posted` messages with rising positions. Push sockets read it at their own
position (as `Link`s they are woken when it grows), the sign server quotes its last comments as backlog. So a scenario can be
played without any server at all, and the same seed gives the same bytes.
"""

from __future__ import annotations

import itertools
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.tiktok import messages
from sandbox.tiktok.battle import PUNISHING, Battle, Host, Side
from sandbox.tiktok.gifts import Gift, find
from sandbox.tiktok.viewer import Viewer, numeric_id

__all__ = ["Combo", "Creator", "Link", "Posted", "Room", "Viewer", "World"]

KEPT_MESSAGES = 4096
"""How far back a push socket can fall behind its room before it is too slow to serve."""
BACKLOG_COMMENTS = 6
"""How many of the last comments a fresh connection is told (`history_comment_count` of every client)."""
LIKES_PER_MESSAGE = 15
COMBO_STEPS = 10
"""A combo that is sent at one go jumps in at most this many steps, as counts do on the wire."""

LIVE, PAUSED, OVER = 2, 3, 4
"""TikTok's room status."""


class Link(Protocol):
    """A push socket, as its room sees it."""

    def wake(self) -> None:
        """The room's log grew, or the room is over."""

    def cut(self) -> None:
        """Lose the connection at once, without a close frame."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One message of a room; with an empty `method`, a whole websocket message to be sent as it is."""

    method: str
    payload: bytes
    message_id: str
    is_history: bool = False


@dataclass(slots=True)
class Combo:
    """One viewer tapping one streakable gift. Without `end` it stays open, as TikTok's sometimes do."""

    room: Room
    viewer: Viewer
    gift: Gift
    group_id: str
    count: int = 0

    def tap(self, times: int = 1) -> str:
        """`times` more of the gift, in one message. Returns its id."""
        self.count += times
        return self._post(added=times, is_end=False)

    def end(self) -> str:
        """The last message: it repeats the count."""
        return self._post(added=0, is_end=True)

    def _post(self, *, added: int, is_end: bool) -> str:
        if added:
            self.room.credit(self.viewer, self.gift.diamonds * added)
        body = messages.gift(
            self.viewer,
            self.gift,
            count=self.count,
            added=added,
            group_id=self.group_id,
            is_end=is_end,
            creator_id=self.room.creator.id,
        )
        return self.room.post(body)


class Room:
    """One LIVE of one creator, from its start to its end."""

    def __init__(self, world: World, creator: Creator, *, room_id: str, title: str, started_at_ms: int) -> None:
        self.id = room_id
        self.creator = creator
        self.title = title
        self.started_at_ms = started_at_ms
        self.ended_at_ms = 0
        self.status = LIVE
        self.viewers = 0
        self.total_viewers = 0
        self.likes = 0
        self.shares = 0
        self.diamonds: dict[str, tuple[Viewer, int]] = {}
        self.battle: Battle | None = None
        self.links: set[Link] = set()
        self.connects = 0
        self.position = 0
        self.comments: deque[Posted] = deque(maxlen=BACKLOG_COMMENTS)
        self._world = world
        self._log: deque[Posted] = deque(maxlen=KEPT_MESSAGES)
        self._captions = itertools.count(1)

    # ------------------------------------------------------------------------------------------ what sockets see

    @property
    def sockets(self) -> int:
        """How many push sockets are in this room now."""
        return len(self.links)

    @property
    def is_over(self) -> bool:
        return self.status == OVER

    def since(self, position: int) -> Sequence[Posted] | None:
        """What was posted from `position` on, oldest first; None when that is no longer kept."""
        behind = self.position - position
        if behind > len(self._log):
            return None
        return tuple(itertools.islice(self._log, len(self._log) - behind, None))

    def cut(self) -> None:
        """Every socket of the room loses its connection, as in a network fault."""
        for link in tuple(self.links):
            link.cut()

    def _wake(self) -> None:
        for link in tuple(self.links):
            link.wake()

    # ------------------------------------------------------------------------------------------ posting

    def raw(self, method: str, payload: bytes, *, message_id: str = "") -> str:
        """Post a message whose bytes are given; nothing of it is looked at or changed. Returns its id."""
        posted = Posted(method, payload, message_id or self._world.snowflake())
        self._append(posted)
        if method == "WebcastChatMessage":
            self.comments.append(posted)
        return posted.message_id

    def raw_frame(self, frame: bytes) -> None:
        """Send `frame` as one websocket message, whatever it is."""
        self._append(Posted("", frame, ""))

    def _append(self, posted: Posted) -> None:
        self._log.append(posted)
        self.position += 1
        self._wake()

    def post(self, body: messages.Body, *, message_id: str = "") -> str:
        """Fill in what every message says of itself, and post it; its id is a new one unless given. Returns its id."""
        method = messages.METHODS[type(body)]
        body.base.method = method
        body.base.message_id = int(message_id or self._world.snowflake())
        body.base.room_id = int(self.id)
        body.base.created_at = self._world.now_ms()
        body.base.is_shown = True
        return self.raw(method, body.SerializeToString(deterministic=True), message_id=str(body.base.message_id))

    # ------------------------------------------------------------------------------------------ what viewers do

    def chat(
        self,
        viewer: Viewer,
        text: str,
        *,
        language: str = "",
        visible_to_sender: bool = False,
        mentions: Iterable[Viewer] = (),
        message_id: str = "",
    ) -> str:
        """A comment. Returns its message id, by which it can be deleted; a given one may have been deleted already."""
        body = messages.chat(
            viewer,
            text,
            creator_id=self.creator.id,
            language=language,
            visible_to_sender=visible_to_sender,
            mentions=mentions,
        )
        return self.post(body, message_id=message_id)

    def emote(self, viewer: Viewer, emote_id: str = "7000000000000000001") -> str:
        """A comment that is only a picture."""
        return self.post(messages.emote_chat(viewer, emote_id))

    def question(self, viewer: Viewer, text: str) -> str:
        """A question to the creator."""
        return self.post(messages.question(viewer, text, question_id=self._world.snowflake(), at_ms=self._world.now_ms()))

    def caption(self, text: str, *, language: str = "en") -> str:
        """What the creator says."""
        sentence = next(self._captions)
        return self.post(messages.caption(text, language=language, at_ms=self._world.now_ms(), sentence=sentence))

    def combo(self, viewer: Viewer, gift: Gift | str = "Rose") -> Combo:
        """The beginning of a combo; nothing is sent before its first tap."""
        return Combo(self, viewer, find(gift), group_id=str(self._world.now_ms() * 1000 + self._world.serial()))

    def gift(self, viewer: Viewer, gift: Gift | str = "Rose", count: int = 1, *, end: bool = True) -> str:
        """A gift at one go: a streakable one as a combo (its end left out with `end=False`), any other in one message."""
        kind = find(gift)
        if not kind.is_streakable:
            self.credit(viewer, kind.diamonds * count)
            return self.post(
                messages.gift(viewer, kind, count=count, added=count, group_id="", is_end=False, creator_id=self.creator.id)
            )
        combo = self.combo(viewer, kind)
        last = ""
        for upto in _steps(count):
            last = combo.tap(upto - combo.count)
        return combo.end() if end else last

    def credit(self, viewer: Viewer, diamonds: int) -> None:
        """What a gift counts for: the ranking of gifters, and the creator's side of a running PK."""
        before = self.diamonds.get(viewer.id, (viewer, 0))[1]
        self.diamonds[viewer.id] = (viewer, before + diamonds)

    def like(self, viewer: Viewer, count: int = 1) -> str:
        """Likes, at most 15 to a message. Returns the last message's id."""
        last = ""
        while count > 0:
            batch = min(count, LIKES_PER_MESSAGE)
            count -= batch
            self.likes += batch
            last = self.post(messages.like(viewer, batch, total=self.likes))
        return last

    def join(self, viewer: Viewer) -> str:
        """A viewer comes in."""
        self.viewers += 1
        self.total_viewers += 1
        return self.member(viewer, messages.JOINED)

    def member(self, viewer: Viewer, action: int, *, operator: Viewer | None = None) -> str:
        """Any member action: 1 joined, 3 muted, 5 made moderator, 9 muted by a moderator …"""
        return self.post(messages.member(viewer, action, member_count=self.viewers, operator=operator))

    def follow(self, viewer: Viewer) -> str:
        """A viewer begins to follow the creator."""
        self.creator.followers += 1
        return self.post(messages.follow(viewer, creator_id=self.creator.id, followers=self.creator.followers))

    def share(self, viewer: Viewer, *, joined: int = 0) -> str:
        """A viewer shares the LIVE; `joined` (0, 5 or 10) viewers came by it."""
        self.shares += 1
        return self.post(messages.share(viewer, joined=joined, shares=self.shares))

    def count_viewers(self, now: int | None = None) -> str:
        """TikTok's regular count (about every 2 s): how many watch, and the top three gifters."""
        if now is not None:
            self.viewers = now
            self.total_viewers = max(self.total_viewers, now)
        top = sorted(self.diamonds.values(), key=lambda given: -given[1])[:3]
        return self.post(messages.viewers(self.viewers, total=self.total_viewers, top=top))

    # ------------------------------------------------------------------------------------------ moderation and state

    def delete(self, message_ids: Iterable[str | int] = (), user_ids: Iterable[str | int] = ()) -> str:
        """Comments disappear: these, or all of these users. TikTok's own are always by user [captured]."""
        return self.post(messages.deletion(message_ids, user_ids))

    def mute(self, viewer: Viewer, *, operator: Viewer | None = None) -> str:
        """A moderator mutes a viewer: all their comments go, and the room is told."""
        self.member(viewer, messages.MUTED, operator=operator)
        return self.delete(user_ids=[viewer.id])

    def pause(self) -> str:
        """The creator leaves the app for a while."""
        self.status = PAUSED
        return self.post(messages.control(messages.PAUSED))

    def resume(self) -> str:
        """The creator is back."""
        self.status = LIVE
        return self.post(messages.control(messages.RESUMED))

    def end(self, action: int = messages.ENDED, *, reason: str = "", announced: bool = True) -> None:
        """The LIVE is over: 3 by its host, 4 suspended. Unannounced, sockets just close, as they sometimes do."""
        if self.is_over:
            return
        if announced:
            self.post(messages.control(action, reason=reason))
        self.status = OVER
        self.ended_at_ms = self._world.now_ms()
        self.creator.room = None
        self._wake()

    # ------------------------------------------------------------------------------------------ PK

    def battle_start(self, rival: Creator, duration_s: int = 300) -> Battle:
        """A PK begins, here and in the rival's room when they are live. Its scores start at nothing."""
        battle = Battle(
            id=self._world.snowflake(),
            channel_id=self._world.snowflake(),
            started_at_ms=self._world.now_ms(),
            duration_s=duration_s,
            sides=(Side(self.creator.host), Side(rival.host)),
        )
        for room in self._both(rival):
            room.battle = battle
            room.post(messages.battle_opened(battle))
        return battle

    def battle_score(
        self,
        own: int | None = None,
        rival: int | None = None,
        *,
        own_fans: Sequence[tuple[Viewer, int]] = (),
        rival_fans: Sequence[tuple[Viewer, int]] = (),
        giver: Viewer | None = None,
    ) -> None:
        """Tell both rooms the score. Fans add their points to their side first; `own` and `rival` then set the totals."""
        battle = self._running()
        ours = battle.side_of(self.creator.id)
        theirs = next(side for side in battle.sides if side is not ours)
        for side, fans, total in ((ours, own_fans, own), (theirs, rival_fans, rival)):
            for fan, points in fans:
                side.add(fan, points)
            if total is not None:
                side.score = total
        for room in self._rooms_of(battle):
            room.post(messages.battle_scored(battle, at_ms=self._world.now_ms(), giver=giver))

    def battle_finish(self, *, cut_short: bool = False) -> None:
        """The PK is decided by the scores as they stand; the punishment begins."""
        battle = self._running()
        battle.status = PUNISHING
        for room in self._rooms_of(battle):
            room.post(messages.battle_finished(battle, is_cut_short=cut_short))

    def battle_punish_finish(self, *, cut_short: bool = False) -> None:
        """The punishment is over, and with it the PK."""
        battle = self._running()
        for room in self._rooms_of(battle):
            room.post(messages.punishment_finished(battle, is_cut_short=cut_short))
            room.battle = None

    def _running(self) -> Battle:
        if self.battle is None:
            raise ValueError(f"@{self.creator.handle} is in no PK")
        return self.battle

    def _both(self, rival: Creator) -> list[Room]:
        return [self] if rival.room is None else [self, rival.room]

    def _rooms_of(self, battle: Battle) -> list[Room]:
        return [room for room in self._world.live_rooms() if room.battle is battle]


@dataclass(slots=True)
class Creator:
    """An account that goes live. `room` is None while it does not; `last_room` stays, as on TikTok's own pages."""

    world: World
    handle: str
    nickname: str
    id: str
    followers: int = 0
    room: Room | None = None
    last_room: Room | None = None
    rooms: list[Room] = field(default_factory=list)

    @property
    def host(self) -> Host:
        """The creator as a PK names them."""
        return Host(self.id, self.handle, self.nickname)

    @property
    def viewer(self) -> Viewer:
        """The creator as an account among the viewers."""
        return Viewer(self.handle, self.nickname, self.id)

    def go_live(self, title: str = "", *, room_id: str = "") -> Room:
        """A new LIVE with a new room id. A LIVE that still runs ends first."""
        if self.room is not None:
            self.room.end()
        room = Room(
            self.world,
            self,
            room_id=room_id or self.world.snowflake(),
            title=title or f"{self.nickname} is live",
            started_at_ms=self.world.now_ms(),
        )
        self.room = self.last_room = room
        self.rooms.append(room)
        self.world.rooms[room.id] = room
        return room


class World:
    """All creators and all rooms. `now_ms` is the only thing it asks of the outside."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.now_ms = now_ms
        self.creators: dict[str, Creator] = {}
        self.rooms: dict[str, Room] = {}
        self._serials = itertools.count(1)

    def serial(self) -> int:
        """1, 2, 3 …"""
        return next(self._serials)

    def snowflake(self) -> str:
        """A 19-digit id that rises with time, as TikTok's: seconds above, a serial number below."""
        return str((self.now_ms() // 1000 << 32) | (self.serial() & 0xFFFFFFFF))

    def creator(self, handle: str, *, nickname: str | None = None, user_id: str | int | None = None) -> Creator:
        """The creator of that handle (in any case), made on first use."""
        key = handle.lower()
        if key not in self.creators:
            identifier = str(user_id) if user_id is not None else numeric_id(f"creator {key}")
            followers = 1000 + zlib.crc32(key.encode()) % 100_000
            self.creators[key] = Creator(self, key, nickname or handle, identifier, followers)
        return self.creators[key]

    def find(self, handle: str) -> Creator | None:
        """The creator of that handle, if there is one."""
        return self.creators.get(handle.lower())

    def live_rooms(self) -> list[Room]:
        """The rooms that are live now, in the order of their creators."""
        return [creator.room for creator in self.creators.values() if creator.room is not None]


def _steps(count: int) -> list[int]:
    """The counts that a combo of `count` passes through: every one when few, then in jumps, always ending at `count`."""
    if count <= COMBO_STEPS:
        return list(range(1, count + 1))
    return sorted({max(1, count * step // COMBO_STEPS) for step in range(1, COMBO_STEPS + 1)})
