"""Which events become cards, and when a card says something new. What it says is in `golive` and `battle_card`.

The relay tells of every batch before any line of it is offered, and waits: once a line is posted its cursor moves, and what a
card is made of would not be heard again. So whatever a reader must learn at once (a LIVE begins, a battle is decided) is
durable in the outbox when `hear` returns. A running score is not worth that: it is stored every ten seconds, which is as often
as the card is edited, and what a crash loses of it comes with the next score.

A battle's state lives in its card (`Card.state`), not in the log's tail: a battle in a hot room is ten thousand events long,
and both creators of it may be watched in one channel, so its messages come from two logs. Each channel has one board, into
which all of its watches' events are folded; the fold only grows, so hearing an event twice is hearing it once.

A go-live post has no state in memory at all. Of a creator's LIVE only the peak of viewers is remembered (`golive.Show`).
What nobody hears of any more (the watch ended, or stands still) is closed all the same: a card never says "live" for ever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import msgspec

from bot.clock import Clock
from bot.delivery.outbox import Outbox
from bot.errors import DatabaseError
from bot.events import (
    BattleEvent,
    BattleScoreEvent,
    Event,
    GapEvent,
    LiveEndedEvent,
    LiveStartedEvent,
    ViewersEvent,
)
from bot.events.battle_board import BattleBoard
from bot.events.codec import Logged
from bot.events.ids import RoomId
from bot.events.links import BattleCardEvent, BattleTaskEvent
from bot.model.card import Card, CardKind
from bot.model.ids import ChannelId, CreatorId, WatchId
from bot.model.watch import EventKind, Watch
from bot.relay import battle_card, golive
from bot.relay.battle_card import Match, Standing
from bot.relay.golive import End, Show
from bot.storage import cards, state, watches
from bot.storage.database import Database

T = TypeVar("T")

STORE_EVERY_S = 10.0
"""Between two states of a battle, or of a LIVE's peak, that are stored without being urgent."""

TICK_S = 1.0

LEFT_EVERY_S = 15.0
"""Between two looks for go-live posts whose end nobody will hear of."""

HEARD_WITHIN_MS = 60_000
"""So long after a room's end the log has told everybody who listens."""

_BATTLE = (BattleEvent, BattleScoreEvent, BattleCardEvent, BattleTaskEvent, GapEvent)

_log = logging.getLogger(__name__)


class Settings(Protocol):
    """The part of the configuration that concerns cards."""

    @property
    def freshness_s(self) -> float:
        """Age after which a battle gets no card any more, and a go-live post pings nobody."""


@dataclass(slots=True)
class _Fight:
    """A battle's card in one channel, and what of it is stored. `stored_at` is monotonic."""

    match: Match
    watch_id: WatchId | None
    created_at_ms: int
    news: tuple[object, ...] = ()
    stored: Match | None = None
    stored_at: float = float("-inf")
    is_over: bool = False
    watches: set[WatchId] = field(default_factory=set)
    """Those that hear of it."""


MOST_BATTLES = 128
"""Battles of one channel that are kept: more creators than a server may watch by default, each in one."""


@dataclass(slots=True)
class _Ring:
    """One channel: its battles by their key on the board."""

    board: BattleBoard = field(default_factory=lambda: BattleBoard(most=MOST_BATTLES))
    fights: dict[str, _Fight] = field(default_factory=dict)
    watches: set[WatchId] = field(default_factory=set)


@dataclass(slots=True)
class _Seen:
    """A creator's LIVE as it is remembered, and what of that is stored."""

    show: Show
    stored: Show
    stored_at: float


class CardMaker:
    """The relay's `Cards`. `run` in a task: it looks after what nobody tells, a battle that fell silent."""

    def __init__(self, db: Database, outbox: Outbox, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._outbox = outbox
        self._clock = clock
        self._fresh_ms = round(settings.freshness_s * 1000)
        self._rings: dict[ChannelId, _Ring] = {}
        self._seen: dict[CreatorId, _Seen] = {}
        self._recalling = asyncio.Lock()
        self._is_recalled = False
        self._look_for_left_at = float("-inf")

    async def hear(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        """Durably take in what is new to each watch (behind its seq). Hearing it twice is hearing it once."""
        if not hearers or not logged:
            return
        await self._hear_shows(logged, hearers)
        await self._hear_battles(logged, hearers)

    def stop(self, watch: Watch) -> None:
        """The watch has ended or stands still. A battle of which nobody hears any more is closed, its go-live post looked at."""
        self._look_for_left_at = float("-inf")
        ring = self._rings.get(watch.channel_id)
        if ring is None:
            return
        ring.watches.discard(watch.id)
        for fight in ring.fights.values():
            if watch.id in fight.watches:
                fight.watches.discard(watch.id)
                fight.match = replace(fight.match, is_left=not fight.watches) if not fight.is_over else fight.match

    async def run(self) -> None:
        """Until cancelled. A database that refuses is asked again."""
        while True:
            await self._clock.sleep(TICK_S)
            try:
                await self._tick()
            except DatabaseError as error:
                _log.warning("cards are not brought up to date for now: %s", error)
            except Exception:  # noqa: BLE001  # the edge of the task: cards must not end the bot
                _log.exception("cards are not brought up to date for now")

    async def flush(self) -> None:
        """Store what is only in memory. Call it at the end, once nothing more is heard. Raises `DatabaseError`."""
        await self._store(list(self._rings), waited_s=0)
        await self._store_shows(list(self._seen))

    # LIVEs.

    async def _hear_shows(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        is_wanted = any(EventKind.LIVE in watch.settings.kinds for watch, _ in hearers.values())
        # An end concerns a post that is there, whatever is wanted now.
        concerned = (LiveStartedEvent, LiveEndedEvent, ViewersEvent, GapEvent) if is_wanted else LiveEndedEvent
        if not any(isinstance(each.event, concerned) for each in logged):
            return
        creator_id = CreatorId(logged[0].envelope.creator_id)
        seen = await self._recall_show(creator_id)
        for each in logged:
            event, heard_at_ms = each.event, _heard_at_ms(each)
            new_to = [watch for watch, position in hearers.values() if each.seq > position]
            match event:
                case LiveStartedEvent():
                    await self._live_began(event, new_to, seen.show, heard_at_ms=heard_at_ms)
                    seen.show = seen.show.seen(event.room_id, event.viewers)
                case LiveEndedEvent():
                    await self._live_ended(event, new_to, seen.show)
                    seen.show = seen.show.ended(event, heard_at_ms=heard_at_ms)
                    await self._store_shows([creator_id])
                case ViewersEvent():
                    if seen.show.goes_on(event.room_id, heard_at_ms=heard_at_ms):
                        await self._live_goes_on(event, new_to)
                        seen.show = replace(seen.show, lapsed=RoomId(""))
                    seen.show = seen.show.seen(event.room_id, event.viewers)
                case GapEvent():
                    seen.show = seen.show.gapped(event.room_id)

    async def _live_began(self, event: LiveStartedEvent, new_to: Sequence[Watch], show: Show, *, heard_at_ms: int) -> None:
        """A post for each watch that wants one. What still says "live" about another room has missed its end."""
        cooldown_ms = max((watch.settings.ping_cooldown_s for watch in new_to), default=0) * 1000
        ids = [watch.id for watch in new_to]
        told = await self._db.read(cards.of_watches, ids, CardKind.GO_LIVE, since_ms=heard_at_ms - cooldown_ms)
        of_watch: dict[WatchId | None, list[Card]] = {}
        for each in told:
            of_watch.setdefault(each.watch_id, []).append(each)
        wished = []
        for watch in new_to:
            mine = of_watch.get(watch.id, [])
            if any(each.key == golive.key(watch.id, event.room_id) for each in mine):
                continue
            lost = [each for each in mine if not each.is_over and each.created_at_ms < heard_at_ms]
            wished += [golive.over(each, watch, End(), show) for each in lost]
            if EventKind.LIVE not in watch.settings.kinds or not golive.began_after(watch, event):
                continue
            pings = golive.may_ping(
                heard_at_ms=heard_at_ms,
                now_ms=self._clock.now_ms(),
                fresh_ms=self._fresh_ms,
                last_ping_ms=max((each.created_at_ms for each in mine if golive.has_pinged(each)), default=0),
                cooldown_s=watch.settings.ping_cooldown_s,
                last_end_ms=show.last_end_ms,
            )
            wished.append(golive.begun(watch, event, heard_at_ms=heard_at_ms, pings=pings))
        await self._wish(wished)

    async def _live_ended(self, event: LiveEndedEvent, new_to: Sequence[Watch], show: Show) -> None:
        """Also for a watch that does not want LIVEs any more: its post still says "live"."""
        watching = {golive.key(watch.id, event.room_id): watch for watch in new_to}
        told = await self._db.read(cards.of_keys, list(watching))
        end = golive.end_of(event)
        await self._wish([golive.over(each, watching[each.key], end, show) for each in told if not each.is_over])

    async def _live_goes_on(self, event: ViewersEvent, new_to: Sequence[Watch]) -> None:
        watching = {golive.key(watch.id, event.room_id): watch for watch in new_to}
        told = await self._db.read(cards.of_keys, list(watching))
        await self._wish([golive.revived(each, watching[each.key]) for each in told if each.is_over])

    async def _close_left(self) -> None:
        """The go-live posts that would say "live" for ever: of watches that ended, or whose LIVE ended while nobody heard it."""
        now_ms = self._clock.now_ms()
        found = await self._db.read(
            cards.left, ended_before_ms=now_ms - HEARD_WITHIN_MS, paused_before_ms=now_ms - golive.REPING_MS
        )
        ids = [card.watch_id for card, _ in found if card.watch_id is not None]
        known = {watch.id: watch for watch in await self._db.read(watches.of_ids, ids)}
        wished = []
        for card, room_ended_at_ms in found:
            if (watch := known.get(card.watch_id or WatchId(0))) is not None:
                seen = await self._recall_show(watch.creator_id)
                wished.append(golive.left(card, watch, room_ended_at_ms=room_ended_at_ms, show=seen.show))
        await self._wish(wished)

    async def _recall_show(self, creator_id: CreatorId) -> _Seen:
        seen = self._seen.get(creator_id)
        if seen is None:
            stored = await self._db.read(state.get, _show_key(creator_id))
            show = golive.show_of(stored)
            seen = self._seen.setdefault(creator_id, _Seen(show, show, self._clock.monotonic()))
        return seen

    async def _store_shows(self, which: Iterable[CreatorId]) -> None:
        for creator_id in which:
            seen = self._seen[creator_id]
            show = seen.show
            if show != seen.stored:
                await self._db.write(state.put, _show_key(creator_id), msgspec.json.encode(show).decode())
                seen.stored, seen.stored_at = show, self._clock.monotonic()

    # Battles.

    async def _hear_battles(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        wanting = [each for each in hearers.values() if EventKind.BATTLE in each[0].settings.kinds]
        told = [each for each in logged if isinstance(each.event, _BATTLE)]
        if not told or not wanting:
            return
        await self._recall_battles()
        channels = {watch.channel_id for watch, _ in wanting}
        await self._recall_known(channels, told)
        for each in told:
            for watch in _one_for_each_channel(wanting, each.seq):
                self._fold(watch, each.event, heard_at_ms=_heard_at_ms(each))
        await self._store(channels)

    def _fold(self, watch: Watch, event: Event, *, heard_at_ms: int) -> None:
        """One more event of a battle in this channel. Never waits: two creators' events may meet here."""
        ring = self._ring(watch.channel_id)
        ring.watches.add(watch.id)
        before = dict(ring.board.battles)
        ring.board = ring.board.then(event)
        now_ms = self._clock.now_ms()
        for key, battle in ring.board.battles:
            if battle is before.get(key):
                continue
            fight = ring.fights.get(key)
            if fight is not None:
                look = watch.settings.look if watch.id == fight.watch_id else fight.match.look
                heard_ms = max(fight.match.heard_at_ms, heard_at_ms)
                fight.match = replace(fight.match, battle=battle, look=look, heard_at_ms=heard_ms, is_left=False)
                fight.watches.add(watch.id)
            elif battle_card.is_worth_a_card(battle) and now_ms - heard_at_ms <= self._fresh_ms:
                match = Match(key, event.creator or watch.handle, watch.settings.look, battle, heard_at_ms)
                ring.fights[key] = _Fight(match, watch.id, created_at_ms=heard_at_ms, watches={watch.id})
        for key in ring.fights.keys() - dict(ring.board.battles).keys():
            del ring.fights[key]

    async def _recall_battles(self) -> None:
        """The battles that were on when the last process ended, once."""
        async with self._recalling:
            if not self._is_recalled:
                for card in await self._db.read(cards.open_of, CardKind.BATTLE):
                    self._take_up(card)
                self._is_recalled = True

    async def _recall_known(self, channels: Collection[ChannelId], told: Sequence[Logged]) -> None:
        """Battles that are over come back only when something is told of them once more."""
        battle_ids = {each.event.battle_id for each in told if isinstance(each.event, BattleEvent | BattleScoreEvent)}
        unknown = [
            battle_card.key(channel_id, battle_id)
            for channel_id in channels
            for battle_id in battle_ids
            if battle_id and battle_id not in dict(self._ring(channel_id).board.battles)
        ]
        if unknown:
            for card in await self._db.read(cards.of_keys, unknown):
                self._take_up(card)

    def _take_up(self, card: Card) -> None:
        ring = self._ring(card.channel_id)
        match = battle_card.of_card(card)
        if match is None or match.key in dict(ring.board.battles):
            return
        # In front: it is not what was touched last.
        ring.board = replace(ring.board, battles=((match.key, match.battle), *ring.board.battles))
        ring.fights[match.key] = _Fight(
            match,
            card.watch_id,
            card.created_at_ms,
            news=battle_card.news(match, self._clock.now_ms()) if card.is_over else (),
            stored=match,
            stored_at=self._clock.monotonic(),
            is_over=card.is_over,
            watches={card.watch_id} if card.watch_id is not None else set(),
        )

    async def _store(self, channels: Collection[ChannelId], *, waited_s: float = float("inf")) -> None:
        """Wish the cards of which something changed: all that is news, and what has waited for so long."""
        now_ms, now = self._clock.now_ms(), self._clock.monotonic()
        changed: list[tuple[_Fight, Match, tuple[object, ...]]] = []
        wished: list[Card] = []
        for channel_id in channels:
            for fight in self._ring(channel_id).fights.values():
                match, is_stored = fight.match, fight.match is fight.stored
                if is_stored and fight.is_over:
                    continue
                news = battle_card.news(match, now_ms)
                if news == fight.news and (is_stored or now - fight.stored_at < waited_s):
                    continue
                changed.append((fight, match, news))
                wished.append(
                    battle_card.made(
                        match,
                        channel_id=channel_id,
                        watch_id=fight.watch_id,
                        created_at_ms=fight.created_at_ms,
                        now_ms=now_ms,
                    )
                )
        await self._wish(wished)
        for fight, match, news in changed:
            fight.stored, fight.news, fight.stored_at = match, news, now
            fight.is_over = news[0] is Standing.FINAL

    async def _tick(self) -> None:
        await self._recall_battles()
        await self._store(list(self._rings), waited_s=STORE_EVERY_S)
        now = self._clock.monotonic()
        if now - self._look_for_left_at >= LEFT_EVERY_S:
            self._look_for_left_at = now
            await self._close_left()
        await self._store_shows([each for each, seen in self._seen.items() if now - seen.stored_at >= STORE_EVERY_S])
        for channel_id, ring in list(self._rings.items()):
            if not ring.watches and all(fight.is_over for fight in ring.fights.values()):
                del self._rings[channel_id]

    def _ring(self, channel_id: ChannelId) -> _Ring:
        return self._rings.setdefault(channel_id, _Ring())

    async def _wish(self, wished: Sequence[Card]) -> None:
        if wished:
            await self._outbox.wish(wished)


def _one_for_each_channel(wanting: Iterable[tuple[Watch, int]], seq: int) -> Iterable[Watch]:
    """Of several watches of a channel the oldest, of those to which this is new."""
    chosen: dict[ChannelId, Watch] = {}
    for watch, position in wanting:
        if seq > position and (watch.channel_id not in chosen or watch.id < chosen[watch.channel_id].id):
            chosen[watch.channel_id] = watch
    return chosen.values()


def _heard_at_ms(logged: Logged) -> int:
    return logged.event.received_at_ms or logged.envelope.received_at_ms


def _show_key(creator_id: CreatorId) -> str:
    return f"show:{creator_id}"
