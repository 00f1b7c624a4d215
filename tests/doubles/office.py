"""A database, a Discord, and an outbox between them that can be killed and born again; who makes the cards sits there too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from bot.delivery.outbox import Outbox
from bot.events import Common
from bot.events.codec import AnyEvent, Envelope, Logged
from bot.events.ids import Handle, MessageId, RoomId
from bot.model.card import Card, CardKind
from bot.model.ids import CardId, ChannelId, DiscordUserId, GuildId
from bot.model.message import Embed, Message
from bot.model.watch import Watch, WatchSettings
from bot.relay.cards import CardMaker
from bot.storage import cards, creators, watches
from bot.storage.database import Database
from tests.doubles.clock import FakeClock
from tests.doubles.database import prepared
from tests.doubles.sender import FakeMessage, FakeSender

LIVE, OTHER = ChannelId(10), ChannelId(11)


@dataclass(frozen=True)
class Settings:
    freshness_s: float = 300.0


@dataclass
class Office:
    """Everything around one outbox."""

    db: Database
    clock: FakeClock
    discord: FakeSender
    outbox: Outbox = field(init=False)
    maker: CardMaker = field(init=False)
    _running: list[asyncio.Task[None]] = field(default_factory=list)
    _seqs: dict[int, int] = field(default_factory=dict)

    def start(self) -> None:
        self.outbox = Outbox(self.db, self.discord, self.clock, Settings(), rng=Random(1))
        self.maker = CardMaker(self.db, self.outbox, self.clock, Settings())
        # Held here, cancelled and awaited in kill().
        loop = asyncio.get_running_loop()
        self._running = [loop.create_task(self.outbox.run()), loop.create_task(self.maker.run())]

    async def kill(self) -> None:
        """The process ends without a word."""
        for task in self._running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._running = []
        # A dead process writes no more: what it had given to the database is over before the next one looks.
        await self.db.write(lambda _connection: None)

    async def restart(self) -> None:
        await self.kill()
        self.start()

    async def watch(self, handle: str = "alice", channel: ChannelId = LIVE, settings: WatchSettings | None = None) -> Watch:
        creator = await self.db.write(creators.ensure, Handle(handle), now_ms=self.clock.now_ms())
        watch, _ = await self.db.write(
            watches.place,
            guild_id=GuildId(1),
            channel_id=channel,
            creator_id=creator.id,
            by=DiscordUserId(5),
            now_ms=self.clock.now_ms(),
            cursor_seq=0,
            settings=settings or WatchSettings(),
        )
        return watch

    async def hear(self, *events: AnyEvent, by: Sequence[Watch]) -> list[Logged]:
        """These events come next in the log of the watches' creator, and all of these watches hear of them."""
        creator_id = by[0].creator_id
        first = self._seqs.get(creator_id, 0) + 1
        logged = [
            Logged(Envelope(1, creator_id, seq, 1, "test", self.clock.now_ms()), event)
            for seq, event in enumerate(events, start=first)
        ]
        self._seqs[creator_id] = first + len(events) - 1
        await self.hear_again(logged, by=by)
        return logged

    async def hear_again(self, logged: Sequence[Logged], *, by: Sequence[Watch]) -> None:
        await self.maker.hear(logged, {watch.id: (watch, logged[0].seq - 1) for watch in by})

    def messages(self, channel: ChannelId = LIVE) -> list[FakeMessage]:
        """What stands in the channel."""
        return [each for each in self.discord.messages.get(channel, []) if not each.deleted]

    def embeds(self, channel: ChannelId = LIVE) -> list[Embed]:
        return [embed for each in self.messages(channel) for embed in each.message.embeds]

    async def until(self, condition: Callable[[], bool], *, step_s: float = 0.1, most_s: float = 600.0) -> None:
        await self.clock.until(condition, step_s=step_s, most_s=most_s)

    async def until_shown(self, *, most_s: float = 600.0) -> None:
        """Until Discord shows everything."""
        await self.until(self.outbox.is_idle, most_s=most_s)

    async def wait(self, seconds: float) -> None:
        """Let time pass, and the database's threads keep up with it."""
        end = self.clock.monotonic() + seconds
        await self.clock.until(lambda: self.clock.monotonic() >= end - 1e-9, step_s=0.25, most_s=seconds + 1)

    async def drained(self) -> bool:
        """As at a stop of five seconds."""
        task = asyncio.get_running_loop().create_task(self.outbox.drain(5.0))
        await self.until(task.done, most_s=6)
        return task.result()

    async def card(self, key: str) -> Card:
        return (await self.db.read(cards.of_keys, [key]))[0]


def wished(office: Office, key: str = "k", text: str = "hello", *, channel: ChannelId = LIVE, **more: object) -> Card:
    """A card as its maker would wish it now."""
    card = Card(
        id=CardId(0),
        key=key,
        kind=CardKind.BATTLE,
        watch_id=None,
        channel_id=channel,
        message=Message(embeds=(Embed(description=text),)),
        created_at_ms=office.clock.now_ms(),
    )
    return replace(card, **more)  # type: ignore[arg-type]


def about(office: Office, room: str = "r1", creator: str = "alice") -> Common:
    """The shared part of an event of now."""
    now_ms = office.clock.now_ms()
    return Common(MessageId(f"{room}:{now_ms}"), RoomId(room), Handle(creator), created_at_ms=now_ms, received_at_ms=now_ms)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Office]:
    """An office on a fresh database file, at work."""
    clock = FakeClock()
    db = await Database.open(prepared(folder), clock=clock)
    office = Office(db, clock, FakeSender(clock))
    office.start()
    try:
        yield office
    finally:
        await office.kill()
        await db.close()
