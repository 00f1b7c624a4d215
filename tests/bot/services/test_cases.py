"""What moderators get: their own guild's cases, texts as long as they are kept, and every look written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.clock import Bell
from bot.errors import BadInput
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.alert import RemovedLine, Wipe
from bot.model.case import FORGOTTEN, Case, CaseState
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.viewer import Subject
from bot.moderation.cases import Move, Person
from bot.moderation.desk import CaseDesk, Hearer, Told
from bot.services.cases import PAGE, Cases
from bot.services.guilds import Guilds
from bot.storage import cases as storage
from bot.storage import comments, creators, cursors, tables, watches
from bot.storage.cases import Filter
from bot.storage.database import Database
from tests.doubles.clock import START_MS as T
from tests.doubles.clock import FakeClock
from tests.doubles.database import opened

FANS, OTHERS = GuildId(1), GuildId(2)
ANN = DiscordUserId(11)
ROOM, BOB = RoomId("100"), ViewerId("4242")
DAY_S = 86_400.0


@dataclass
class Office:
    db: Database
    clock: FakeClock
    guilds: Guilds
    desk: CaseDesk
    cases: Cases
    alice: CreatorId

    async def said(self, seq: int, text: str, by: ViewerId = BOB) -> None:
        at_ms = self.clock.now_ms()
        row = CommentRow(self.alice, seq, ROOM, MessageId(f"m{seq}"), by, text, at_ms, at_ms)
        await self.db.write(comments.add, [row])
        await self.db.write(cursors.move, "comments", self.alice, seq)

    async def removed(self, *seqs: int, unseen: tuple[str, ...] = ()) -> Case:
        lines = tuple(RemovedLine(seq, f"m{seq}", T, T) for seq in seqs)
        now_ms = self.clock.now_ms()
        wipe = Wipe(self.alice, ROOM, BOB, 99, 99, now_ms, now_ms, lines, unseen)
        hearer = Hearer(FANS, ChannelId(5), WatchId(1), T)
        await self.desk.tell(self.alice, [hearer], [Told(wipe.key, wipe)], consumer="alerts", seq=99)
        return (await self.cases.listed(FANS, Filter(), 0)).cases[0]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as db:
        clock = FakeClock()
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        await db.write(
            watches.place,
            guild_id=FANS,
            channel_id=ChannelId(1),
            creator_id=alice.id,
            by=ANN,
            now_ms=T,
            cursor_seq=0,
        )
        guilds = Guilds(db, Bell(), clock=clock)
        desk = CaseDesk(db, clock=clock)
        yield Office(db, clock, guilds, desk, Cases(db, guilds, desk, clock=clock, instance_days=7), alice.id)


async def test_a_reveal_shows_five_lines_around_and_is_written_down(office: Office) -> None:
    for seq in range(1, 20):
        await office.said(seq, f"text {seq}", BOB if seq == 10 else ViewerId("7"))
    case = await office.removed(10)
    found = await office.cases.reveal(FANS, case.id, ANN)
    (group,) = found.groups
    assert [each.text for each in group.lines] == ["text 10"]
    assert [each.text for each in group.before] == [f"text {seq}" for seq in range(5, 10)]
    assert [each.text for each in group.after] == [f"text {seq}" for seq in range(11, 16)]
    assert found.case.reveals == 1
    _, steps = await office.cases.case(FANS, case.id)
    assert [(each.action, each.actor_id) for each in steps] == [("opened", 0), ("revealed", ANN)]


async def test_a_wipe_is_shown_as_one(office: Office) -> None:
    for seq in range(1, 13):
        await office.said(seq, f"text {seq}")
    case = await office.removed(*range(1, 13))
    found = await office.cases.reveal(FANS, case.id, ANN)
    assert (len(found.groups), len(found.lines), found.gone) == (1, 12, 0)


async def test_the_text_goes_with_the_days_that_the_guild_chose(office: Office) -> None:
    await office.said(1, "old")
    await office.clock.advance(2 * DAY_S)
    await office.said(2, "new")
    case = await office.removed(1, 2)
    await office.guilds.change(FANS, lambda _: GuildSettings(comment_days=1), ANN)
    found = await office.cases.reveal(FANS, case.id, ANN)
    assert ([each.text for each in found.lines], found.gone) == (["new"], 1)
    await office.clock.advance(2 * DAY_S)
    with pytest.raises(BadInput, match="The text is gone: comments are kept for 1 days here"):
        await office.cases.reveal(FANS, case.id, ANN)
    assert (await office.cases.case(FANS, case.id))[0].reveals == 1, "who saw nothing did not look"


async def test_what_was_never_received_cannot_be_shown(office: Office) -> None:
    case = await office.removed(unseen=("m7",))
    with pytest.raises(BadInput, match="never received"):
        await office.cases.reveal(FANS, case.id, ANN)


async def test_text_that_is_not_stored_yet_is_waited_for_and_not_called_gone(office: Office) -> None:
    case = await office.removed(3)
    asked = asyncio.ensure_future(office.cases.reveal(FANS, case.id, ANN))
    await office.clock.advance(1)
    await office.said(3, "slow")
    await office.clock.until(asked.done, step_s=0.25)
    assert [each.text for each in asked.result().lines] == ["slow"]
    later = await office.removed(3, 9)
    asked = asyncio.ensure_future(office.cases.reveal(FANS, later.id, ANN))
    await office.clock.until(asked.done, step_s=0.5)
    with pytest.raises(BadInput, match="not stored yet"):
        asked.result()


def _renamed(connection: Connection, case_id: CaseId) -> None:
    connection.execute(update(tables.case).where(tables.case.c.id == case_id).values(key=f"{FORGOTTEN}{case_id}"))


async def test_a_forgotten_viewer_has_no_text(office: Office) -> None:
    await office.said(1, "mine")
    case = await office.removed(1)
    await office.db.write(storage.learn, replace(case, viewer_id=ViewerId("")))
    await office.db.write(_renamed, case.id)
    with pytest.raises(BadInput, match="asked to be forgotten"):
        await office.cases.reveal(FANS, case.id, ANN)


async def test_another_guild_finds_nothing(office: Office) -> None:
    await office.said(1, "ours")
    case = await office.removed(1)
    for attempt in (
        office.cases.reveal(OTHERS, case.id, ANN),
        office.cases.case(OTHERS, case.id),
        office.cases.numbered(OTHERS, case.number),
        office.cases.note(OTHERS, case.id, "x", ANN),
        office.cases.move(OTHERS, case.id, Move.DONE, Person(ANN)),
        office.cases.creator_named(OTHERS, "alice"),
        office.cases.viewer_named(OTHERS, BOB),
    ):
        with pytest.raises(BadInput):
            await attempt
    assert (await office.cases.listed(OTHERS, Filter(), 0)).count == 0


async def test_a_case_about_the_same_comments_is_opened_once_by_hand(office: Office) -> None:
    subject = Subject(BOB, Handle("bob"), "Bob", office.alice, ROOM, 1, 3, 3, WatchId(1))
    for seq in (1, 2, 3):
        await office.said(seq, f"text {seq}")
    made = await office.cases.open_manual(FANS, subject, by=ANN)
    assert await office.cases.open_manual(FANS, subject, by=ANN) == made
    assert (made.number, made.state, made.comments) == (1, CaseState.OPEN, 3)
    found = await office.cases.reveal(FANS, made.id, ANN)
    assert [each.text for each in found.lines] == ["text 1", "text 2", "text 3"]
    other = await office.cases.open_manual(FANS, replace(subject, last_seq=2), by=ANN)
    assert other.number == 2


async def test_pages_end_where_the_cases_do(office: Office) -> None:
    subject = Subject(BOB, Handle("bob"), "Bob", office.alice, ROOM, 1, 3, 3)
    for number in range(PAGE + 2):
        await office.cases.open_manual(FANS, replace(subject, last_seq=number), by=ANN)
    last = await office.cases.listed(FANS, Filter(), 99)
    assert (last.number, last.pages, last.count, len(last.cases)) == (1, 2, PAGE + 2, 2)
    assert last.creators == {office.alice: "alice"}
    with pytest.raises(BadInput, match="1 to"):
        await office.cases.note(FANS, CaseId(1), "  ", ANN)


async def test_a_server_that_keeps_longer_than_the_operator_reveals_no_more(office: Office) -> None:
    settings = GuildSettings(comment_days=30)
    await office.guilds.change(FANS, lambda _: settings, ANN)
    await office.said(1, "old")
    case = await office.removed(1)
    await office.clock.advance(8 * 24 * 3_600)
    with pytest.raises(BadInput, match="kept for 7 days"):
        await office.cases.reveal(FANS, case.id, ANN)
