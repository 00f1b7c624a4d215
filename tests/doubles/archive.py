"""A database in which one viewer, Eve, stands wherever somebody can stand, among others who must stay."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Table, Text, func, insert, select, update

from bot.clock import Clock
from bot.eventlog.sql import SqlEventLog
from bot.events import BattleEvent, CommentEvent, Common, Contributor, Event, FollowEvent, Gift, GiftEvent, Side, User
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.card import Card, CardKind
from bot.model.comment import CommentRow
from bot.model.draft import Intent, Line, Urgency
from bot.model.ids import CardId, ChannelId, CreatorId, DiscordMessageId, DiscordUserId, GuildId
from bot.model.message import Embed, Message
from bot.model.watch import Watch
from bot.storage import cards, comments, creators, posts, watches
from bot.storage.database import Database
from bot.storage.tables import case, case_step, guild, rule, viewer, viewer_gifts, viewer_note
from bot.text import safe_name
from tests.doubles.clock import START_MS
from tests.doubles.database import prepared

GUILD, CHANNEL, ADMIN = GuildId(10), ChannelId(20), DiscordUserId(30)
ROOM = RoomId("room1")
EVE = User(ViewerId("7000000000000000001"), Handle("eve.adams"), "Eve Adams", "https://cdn.example/eve", "MS4wEve")
BOB = User(ViewerId("7000000000000000002"), Handle("bob"), "Bob")
SECRET = "I live at 12 Rose Lane"
OF_EVE = (EVE.id, EVE.handle, EVE.nickname, EVE.sec_uid, EVE.avatar_url, SECRET)


@dataclass
class FakeLanes:
    """Lanes in which these lines wait. `at` is called in the middle of an erasure."""

    waiting: list[Line] = field(default_factory=list)
    edits: int = 0
    at: Callable[[], None] = lambda: None

    def forget(self, is_theirs: Callable[[Line], bool]) -> int:
        before = len(self.waiting)
        self.waiting = [line for line in self.waiting if not is_theirs(line)]
        return before - len(self.waiting)

    async def take_up_edits(self) -> None:
        self.edits += 1
        self.at()


@dataclass
class FakeCards:
    """An outbox that is only told to look."""

    looks: int = 0

    async def wish(self, wished: Sequence[Card]) -> None:
        assert not wished
        self.looks += 1


@dataclass
class Archive:
    """`fill` it, then look for traces."""

    db: Database
    log: SqlEventLog
    file: Path
    watch: Watch
    numbers: int = 0

    @property
    def creator_id(self) -> CreatorId:
        return self.watch.creator_id

    def common(self, user: User) -> Common:
        self.numbers += 1
        at_ms = START_MS + self.numbers
        return Common(MessageId(f"m{self.numbers}"), ROOM, Handle("alice"), at_ms, at_ms, user, f"{user.nickname} did it")

    async def fill(self) -> None:
        """Two batches of events, and what the bot makes of them."""
        rose = Gift("5655", "Rose", 1)
        events: list[Event] = [
            CommentEvent(self.common(EVE), text=SECRET),
            CommentEvent(self.common(BOB), text="@eve.adams hello", mentions=(EVE,)),
            GiftEvent(self.common(EVE), rose, 5, group_id="17"),
            FollowEvent(self.common(EVE)),
            BattleEvent(self.common(BOB), sides=(Side(BOB, 5, contributors=(Contributor(EVE, 5),)),)),
        ]
        writer = await self.log.writer(self.creator_id)
        logged = [*await writer.append(events[:2], source="test"), *await writer.append(events[2:], source="test")]
        rows = [
            CommentRow(self.creator_id, each.seq, ROOM, each.event.message_id, event.user.id, event.text, 0, START_MS)
            for each in logged
            if isinstance(event := each.event, CommentEvent) and event.user
        ]
        await self.db.write(comments.add, rows)
        eve = f"**{safe_name(EVE.nickname)}**"
        await self.post(
            1,
            Line(1, f"{eve} {SECRET}", room_id=ROOM, message_id=MessageId("m1"), viewer_id=EVE.id, who=eve, said=SECRET),
            Line(2, f"**{safe_name('Bob')}** hello", room_id=ROOM, message_id=MessageId("m2"), viewer_id=BOB.id),
            Line(3, f"🎁 {eve} sent Rose ×5", Urgency.GIFT, ROOM, viewer_id=EVE.id, grows=f"{ROOM}:{EVE.id}:5655:17:0"),
            Line(4, f"➕ {eve} followed", Urgency.GIFT, ROOM, viewer_id=EVE.id),
        )
        await self.card("pk:20:1", is_over=True)
        await self.moderate()

    async def post(self, message_id: int, *lines: Line) -> None:
        """A post that stands."""
        content = "\n".join(line.text for line in lines)
        intent = Intent(self.watch.id, CHANNEL, lines[0].seq, lines[-1].seq, content, "n", lines, START_MS)
        opened = await self.db.write(posts.open_intent, intent)
        await self.db.write(posts.fulfil, opened, message_id=DiscordMessageId(message_id), now_ms=START_MS)

    async def card(self, key: str, *, is_over: bool) -> None:
        """A battle's card, whose MVP is Eve."""
        side = Side(BOB, 5, contributors=(Contributor(EVE, 5),))
        card = Card(
            id=CardId(0),
            key=key,
            kind=CardKind.BATTLE,
            watch_id=self.watch.id,
            channel_id=CHANNEL,
            message=Message(embeds=(Embed(description=f"MVP **{safe_name(EVE.nickname)}**"),)),
            created_at_ms=START_MS,
            is_over=is_over,
            state=msgspec.json.encode(side).decode(),
        )
        await self.db.write(cards.wish, [card])

    async def moderate(self) -> None:
        """Cases, notes, a rule, a profile: what moderators have of her, and of Bob."""
        for number, user in enumerate((EVE, BOB), 1):
            await self.db.write(_moderated, number, user, self.watch)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.file)) as file:
            return file.execute(sql).fetchall()

    def traces(self, *wanted: str) -> list[str]:
        """Where any of these stands, in whatever column of whatever table."""
        found = []
        for (table,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in self.rows(f'SELECT * FROM "{table}"'):  # noqa: S608  # our own tables' names
                bodies = [value if isinstance(value, bytes) else str(value).encode() for value in row]
                found += [f"{table}: {each}" for each in wanted or OF_EVE for body in bodies if each.encode() in body]
        return found


def _moderated(connection: Connection, number: int, user: User, watch: Watch) -> None:
    """Into the tables themselves: nobody's units are asked what they keep."""
    facts = msgspec.json.encode({"wipe": {"viewer_id": user.id, "causes": [{"operator": EVE}]}}).decode()
    name = {"facts": facts, "viewer_id": user.id, "viewer_handle": user.handle, "viewer_name": user.nickname}
    where = {"creator_id": watch.creator_id, "watch_id": watch.id, "room_id": ROOM}
    put(
        connection,
        case,
        guild_id=GUILD,
        number=number,
        key=f"removal:{user.id}",
        comments=1,
        opened_at_ms=START_MS,
        **where,
        **name,
    )
    connection.execute(update(guild).where(guild.c.id == GUILD).values(cases=number))
    case_id = connection.execute(select(func.max(case.c.id))).scalar_one()
    put(connection, case_step, case_id=case_id, at_ms=START_MS, action="noted", note=f"I know {user.nickname}")
    put(connection, viewer_note, guild_id=GUILD, viewer_id=user.id, at_ms=START_MS, text=f"{user.nickname} again")
    put(connection, rule, guild_id=GUILD, kind="user", pattern=user.handle, created_at_ms=START_MS)
    seen = {"creator_id": watch.creator_id, "viewer_id": user.id}
    put(connection, viewer, **seen, handle=user.handle, nickname=user.nickname, last_seen_at_ms=START_MS)
    put(connection, viewer_gifts, **seen, room_id=ROOM, gifts=5, last_at_ms=START_MS)


def put(connection: Connection, table: Table, **values: object) -> None:
    """A row; what must not be null and is not said here is nothing, 0 or empty."""
    rest = {
        column.name: "" if isinstance(column.type, Text) else 0
        for column in table.columns
        if not column.nullable and column.server_default is None and column.name != "id" and column.name not in values
    }
    connection.execute(insert(table).values(**rest, **values))


@contextlib.asynccontextmanager
async def opened(folder: Path, clock: Clock) -> AsyncIterator[Archive]:
    """An archive with a watch and nothing else yet."""
    db = await Database.open(prepared(folder), clock=clock)
    try:
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=START_MS)
        watch, _ = await db.write(
            watches.place,
            guild_id=GUILD,
            channel_id=CHANNEL,
            creator_id=alice.id,
            by=ADMIN,
            now_ms=START_MS,
            cursor_seq=0,
        )
        yield Archive(db, SqlEventLog(db), folder / "relay.db", watch)
    finally:
        await db.close()
