"""What ingest and clients rely on, of every `Source`: each way to a room tells the same story of the same LIVE."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import pytest

from bot.errors import ConnectionLost, ConnectionRefused
from bot.events import (
    BattleEvent,
    BattleScoreEvent,
    CaptionEvent,
    Combo,
    CommentEvent,
    ConnectedEvent,
    DeletionEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GiftEvent,
    Handle,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    MemberActionEvent,
    Phase,
    QuestionEvent,
    RoomId,
    ShareEvent,
    UnknownEvent,
    ViewersEvent,
)
from bot.tiktok.source import Room
from bot.tiktok.tiktools.client import TikToolsSource
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.app import Sandbox
from sandbox.tiktok import world
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktools import closings
from sandbox.tiktools.dialect import Dialect

WITHIN_S = 10.0
BOB = Viewer("bob", "Bob", is_follower=True, gifter_level=12)
EVE = Viewer("eve", "Eve", is_moderator=True)


class Stream(Protocol):
    """A source whose streams can be left."""

    name: str

    def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]: ...


@dataclass
class Way:
    """A source that leads into the sandbox, and how to have it refused there."""

    sandbox: Sandbox
    source: Stream
    refuse: Callable[[], None]

    def room(self) -> tuple[world.Room, Room]:
        """alice goes live: the sandbox's room, and ours."""
        live = self.sandbox.tiktok.creator("alice").go_live()
        return live, Room(RoomId(live.id), Handle("alice"))


def _webcast(sandbox: Sandbox, http: aiohttp.ClientSession) -> Way:
    def refuse() -> None:
        sandbox.tiktok.faults.sign = 429

    return Way(sandbox, WebcastSource(http, sign_base=sandbox.url), refuse)


def _tiktools(sandbox: Sandbox, _: aiohttp.ClientSession) -> Way:
    source = TikToolsSource(base=f"{sandbox.url}/tiktools", api_key="tk_1")
    return Way(sandbox, source, lambda: sandbox.tiktools.refuse(closings.DAILY))


def _documented(sandbox: Sandbox, http: aiohttp.ClientSession) -> Way:
    sandbox.tiktools.manner.dialect = Dialect.DOCUMENTED
    return _tiktools(sandbox, http)


WAYS: dict[str, Callable[[Sandbox, aiohttp.ClientSession], Way]] = {
    "webcast": _webcast,
    "tiktools": _tiktools,
    "tiktools-documented": _documented,
}
"""A new source is one more row."""


@pytest.fixture(params=sorted(WAYS))
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        yield WAYS[request.param](sandbox, http)
        assert sandbox.tiktok.violations == []
        assert sandbox.tiktools.violations == []


@contextlib.asynccontextmanager
async def entered(way: Way, room: Room) -> AsyncIterator[AsyncIterator[Event]]:
    """Inside the room: the first batch has come. What follows are the events one by one, without unknown side messages."""
    async with asyncio.timeout(WITHIN_S), contextlib.aclosing(way.source.events(room)) as batches:
        first = await anext(batches)
        assert isinstance(first[0], ConnectedEvent)

        async def rest() -> AsyncIterator[Event]:
            for event in first[1:]:
                if not isinstance(event, UnknownEvent):
                    yield event
            async for batch in batches:
                for event in batch:
                    if not isinstance(event, UnknownEvent):
                        yield event

        yield rest()


async def watch(way: Way, room: Room, act: Callable[[], object]) -> list[Event]:
    """Everything from the arrival on; `act` happens once we are inside."""
    async with entered(way, room) as events:
        act()
        return [event async for event in events]


async def test_the_stream_opens_with_where_it_is_and_how_we_came(way: Way) -> None:
    live, room = way.room()
    async with asyncio.timeout(WITHIN_S), contextlib.aclosing(way.source.events(room)) as batches:
        opening = (await anext(batches))[0]
        assert isinstance(opening, ConnectedEvent)
        assert (opening.source, opening.room_id, opening.creator) == (way.source.name, live.id, "alice")
        assert opening.received_at_ms > 0


async def test_what_happens_arrives_whole_and_in_order(way: Way) -> None:
    live, room = way.room()
    lines = [f"line {number} @everyone \u202e\u0000 ```" for number in range(100)]

    def act() -> None:
        for line in lines:
            live.chat(BOB, line)
        live.end()

    seen = await watch(way, room, act)
    assert [event.text for event in seen if isinstance(event, CommentEvent)] == lines
    assert len({event.message_id for event in seen}) == len(seen)
    assert {event.room_id for event in seen} == {live.id}


async def test_the_stream_stops_by_itself_when_the_live_ends(way: Way) -> None:
    live, room = way.room()
    seen = await watch(way, room, live.end)
    (last,) = seen
    assert isinstance(last, LiveEndedEvent)
    assert (last.action, last.inferred) == (3, False)


async def test_everything_that_a_room_is_followed_for_is_the_same_kind_of_event(way: Way) -> None:
    live, room = way.room()
    rival = way.sandbox.tiktok.creator("bo.the.rival")

    def act() -> None:
        live.join(BOB)
        live.chat(BOB, "hello")
        live.emote(BOB)
        live.question(BOB, "why?")
        live.caption("because")
        live.like(BOB, 7)
        live.follow(BOB)
        live.share(BOB)
        live.gift(BOB, "Rose", 3)
        live.gift(EVE, "Galaxy")
        live.count_viewers(42)
        live.battle_start(rival, 300)
        live.battle_score(own_fans=[(BOB, 9)], rival=4)
        live.battle_finish()
        live.battle_punish_finish()
        live.member(BOB, 9)
        live.pause()
        live.end(4)

    seen = await watch(way, room, act)
    kinds = [type(event) for event in seen]
    assert kinds == [
        *(JoinEvent, CommentEvent, EmoteEvent, QuestionEvent, CaptionEvent, LikeEvent, FollowEvent, ShareEvent),
        *(GiftEvent, GiftEvent, GiftEvent, GiftEvent, GiftEvent, ViewersEvent),
        *(BattleEvent, BattleScoreEvent, BattleEvent, BattleEvent, MemberActionEvent, LivePausedEvent, LiveEndedEvent),
    ]
    assert {event.user.handle for event in seen[:10] if event.user} == {"bob"}
    assert {event.user.id for event in seen[:10] if event.user} == {BOB.id}
    like, viewers = seen[5], seen[13]
    assert isinstance(like, LikeEvent)
    assert isinstance(viewers, ViewersEvent)
    assert (like.count, like.total, viewers.viewers) == (7, 7, 42)
    assert [each.user.handle for each in viewers.top_viewers] == ["eve", "bob"]


async def test_a_combo_counts_up_to_its_one_end(way: Way) -> None:
    live, room = way.room()

    def act() -> None:
        live.gift(BOB, "Rose", 3)
        live.gift(EVE, "Galaxy")
        live.end()

    gifts = [event for event in await watch(way, room, act) if isinstance(event, GiftEvent)]
    assert [(each.repeat_count, each.combo) for each in gifts] == [
        (1, Combo.OPEN),
        (2, Combo.OPEN),
        (3, Combo.OPEN),
        (3, Combo.ENDED),
        (1, Combo.SINGLE),
    ]
    assert len({each.group_id for each in gifts[:4]}) == 1
    assert (gifts[0].gift.name, gifts[0].gift.id, gifts[0].gift.diamonds) == ("Rose", "5655", 1)
    assert [each.is_final for each in gifts] == [False, False, False, True, True]


async def test_a_battle_has_the_same_sides_from_its_first_score_to_its_last(way: Way) -> None:
    live, room = way.room()
    rival = way.sandbox.tiktok.creator("bo.the.rival")

    def act() -> None:
        live.battle_start(rival, 300)
        live.battle_score(own_fans=[(BOB, 9), (EVE, 20)], rival=4)
        live.battle_finish()
        live.end()

    opened, score, finished, _ = await watch(way, room, act)
    assert isinstance(opened, BattleEvent)
    assert isinstance(score, BattleScoreEvent)
    assert isinstance(finished, BattleEvent)
    assert finished.phase is Phase.PUNISHING
    assert opened.battle_id == score.battle_id == finished.battle_id != ""
    expected = sorted([live.creator.id, rival.id])
    for event in (opened, score, finished):
        assert [side.host_ids for side in event.sides] == [(host_id,) for host_id in expected]
    points = {side.host_ids[0]: side.score for side in score.sides}
    assert points == {live.creator.id: 29, rival.id: 4}
    assert {side.host_ids[0]: side.score for side in finished.sides} == points
    ours = next(side for side in score.sides if side.host_ids == (live.creator.id,))
    assert [(each.user.id, each.score) for each in ours.contributors] == [(EVE.id, 20), (BOB.id, 9)]


async def test_a_deletion_can_be_matched_to_its_comment(way: Way) -> None:
    live, room = way.room()

    def act() -> None:
        live.chat(BOB, "keep")
        live.chat(EVE, "gone")
        live.mute(EVE)
        live.end()

    seen = await watch(way, room, act)
    comments = [event for event in seen if isinstance(event, CommentEvent)]
    deletions = [event for event in seen if isinstance(event, DeletionEvent)]
    named = {name for each in deletions for name in (*each.message_ids, *each.user_ids)}
    struck = [
        comment.text
        for comment in comments
        if named & {comment.message_id, comment.message_uuid or "-", comment.user.id if comment.user else "-"}
    ]
    # The documented dialect has no uuid: there the deletion arrives, and names nothing that we know.
    assert deletions
    assert struck == ([] if way.sandbox.tiktools.manner.dialect is Dialect.DOCUMENTED else ["gone"])


async def test_a_stream_that_breaks_is_lost_after_what_came_before(way: Way) -> None:
    live, room = way.room()
    seen: list[Event] = []
    async with entered(way, room) as events:
        live.chat(BOB, "before")
        seen.append(await anext(events))
        live.cut()
        with pytest.raises(ConnectionLost):
            seen += [event async for event in events]
    assert [event.text for event in seen if isinstance(event, CommentEvent)] == ["before"]
    assert not any(isinstance(event, LiveEndedEvent) for event in seen)


async def test_a_refusal_comes_before_any_event_and_names_its_wait(way: Way) -> None:
    _, room = way.room()
    way.refuse()
    with pytest.raises(ConnectionRefused) as refused:
        async with asyncio.timeout(WITHIN_S), contextlib.aclosing(way.source.events(room)) as batches:
            await anext(batches)
    assert refused.value.retry_after_s is not None
    assert refused.value.retry_after_s > 0
    assert len(refused.value.reason) > 10


async def test_who_leaves_has_left_and_can_come_again(way: Way) -> None:
    live, room = way.room()
    for visit in (1, 2):
        async with entered(way, room) as events:
            live.chat(BOB, f"visit {visit}")
            while not (isinstance(event := await anext(events), CommentEvent) and event.text == f"visit {visit}"):
                pass
            assert live.sockets == 1
        async with asyncio.timeout(WITHIN_S):
            while live.sockets:
                await asyncio.sleep(0.005)
    assert live.connects == 2
