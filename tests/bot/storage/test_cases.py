"""What is read of cases, and of the comments that they are about: only what the guild's own watches saw."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.model.comment import CommentRow
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.viewer import Sighting
from bot.storage import cases, comments, creators, cursors, retention, viewers, watches
from bot.storage.cases import Filter
from bot.storage.database import Database
from tests.doubles.clock import START_MS as T
from tests.doubles.database import opened

ROOM, BOB = RoomId("100"), ViewerId("4242")
FANS, OTHERS = GuildId(1), GuildId(2)
BY = DiscordUserId(9)


@dataclass
class Table:
    db: Database
    alice: CreatorId

    def draft(self, key: str = "k", **more: object) -> Case:
        made = Case(
            id=CaseId(0),
            guild_id=FANS,
            number=0,
            key=key,
            kind=CaseKind.REMOVAL,
            creator_id=self.alice,
            room_id=ROOM,
            viewer_id=BOB,
            viewer_handle=Handle("bob"),
            viewer_name="Bob",
            opened_at=datetime.fromtimestamp(T / 1000, UTC),
            first_seq=1,
            last_seq=20,
        )
        return replace(made, **more)  # type: ignore[arg-type]

    async def open(self, key: str = "k", **more: object) -> Case:
        made, _ = await self.db.write(cases.open_, self.draft(key, **more), by=BY)
        return made

    async def said(self, seq: int, text: str = "x", by: ViewerId = BOB, *, at_ms: int = T, room: RoomId = ROOM) -> None:
        row = CommentRow(self.alice, seq, room, MessageId(f"m{seq}"), by, text, at_ms, at_ms, message_uuid=f"u{seq}")
        await self.db.write(comments.add, [row])

    async def watch(self, guild_id: GuildId, *, at_ms: int) -> None:
        await self.db.write(
            watches.place,
            guild_id=guild_id,
            channel_id=ChannelId(1),
            creator_id=self.alice,
            by=BY,
            now_ms=at_ms,
            cursor_seq=0,
        )


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    async with opened(tmp_path) as db:
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        table = Table(db, alice.id)
        await table.watch(FANS, at_ms=T)
        await table.watch(OTHERS, at_ms=T + 1_000)
        yield table


async def test_a_case_comes_back_as_it_was_put(table: Table) -> None:
    made = await table.open()
    at = datetime.fromtimestamp(T / 1000 + 5, UTC)
    after = replace(made, state=CaseState.CLAIMED, owner_id=BY, claimed_at=at, reveals=3)
    await table.db.write(cases.put, after, CaseStep(at, BY, "claimed"))
    learnt = replace(after, comments=4, unseen=1, facts="{}", viewer_name="Robert")
    await table.db.write(cases.learn, learnt)
    assert await table.db.read(cases.of_number, guild_id=FANS, number=1) == learnt
    assert await table.db.read(cases.of_id, guild_id=OTHERS, case_id=made.id) is None
    assert await table.db.read(cases.of_number, guild_id=OTHERS, number=1) is None


async def test_learning_more_leaves_alone_where_the_case_stands(table: Table) -> None:
    made = await table.open()
    await table.db.write(cases.put, replace(made, state=CaseState.DONE, owner_id=BY), CaseStep(made.opened_at, BY, "done"))
    await table.db.write(cases.learn, replace(made, comments=9))
    found = await table.db.read(cases.of_id, guild_id=FANS, case_id=made.id)
    assert found is not None
    assert (found.state, found.owner_id, found.comments) == (CaseState.DONE, BY, 9)


async def test_a_list_is_the_guilds_own_filtered_and_paged(table: Table) -> None:
    for number in range(5):
        await table.open(f"k{number}", viewer_id=ViewerId(str(number % 2)), viewer_handle=Handle(f"bob{number % 2}"))
    await table.open(guild_id=OTHERS)
    done = await table.db.read(cases.of_number, guild_id=FANS, number=2)
    assert done is not None
    await table.db.write(cases.put, replace(done, state=CaseState.DONE, owner_id=BY), CaseStep(done.opened_at, BY, "done"))

    async def numbers(which: Filter, skip: int = 0, most: int = 10) -> tuple[list[int], int]:
        found, count = await table.db.read(cases.listed, guild_id=FANS, which=which, skip=skip, most=most)
        return [each.number for each in found], count

    assert await numbers(Filter()) == ([5, 4, 3, 2, 1], 5)
    assert await numbers(Filter(), skip=3, most=2) == ([2, 1], 5)
    assert await numbers(Filter(states=(CaseState.DONE,))) == ([2], 1)
    assert await numbers(Filter(owner_id=BY)) == ([2], 1)
    assert await numbers(Filter(viewer_id=ViewerId("1"))) == ([4, 2], 2)
    assert await numbers(Filter(creator_id=CreatorId(99))) == ([], 0)
    assert await table.db.read(cases.viewers_called, guild_id=FANS, handle="bob1") == ["1"]
    assert await table.db.read(cases.viewers_called, guild_id=OTHERS, handle="bob1") == []
    assert await table.db.read(cases.creators_of, guild_id=FANS) == [(table.alice, "alice")]


async def test_a_deletion_finds_its_comments_by_viewer_message_and_uuid_without_their_text(table: Table) -> None:
    for seq in (1, 2, 3):
        await table.said(seq, "secret")
    await table.said(4, "secret", ViewerId("7"))
    await table.said(5, "elsewhere", room=RoomId("200"))
    await table.db.write(cursors.move, "comments", table.alice, 5)
    await table.db.write(viewers.see, [Sighting(table.alice, BOB, Handle("bob"), "Bob", T, T)])

    async def seqs(message_ids: tuple[str, ...] = (), viewer_ids: tuple[str, ...] = ()) -> list[int]:
        known = await table.db.read(
            cases.known,
            consumer="comments",
            creator_id=table.alice,
            room_id=ROOM,
            message_ids=message_ids,
            viewer_ids=viewer_ids,
        )
        assert known.kept_seq == 5
        assert {row.text for row in known.rows} <= {""}
        assert BOB not in known.people or known.people[BOB].user.nickname == "Bob"
        return [row.seq for row in known.rows]

    assert await seqs(viewer_ids=(BOB,)) == [1, 2, 3]
    assert await seqs(message_ids=("m2", "u4")) == [2, 4]
    assert await seqs(message_ids=("m5", "m9", "")) == []


async def test_a_guild_reads_what_was_said_while_it_watched_and_nothing_that_is_too_old(table: Table) -> None:
    await table.said(1, "before them", at_ms=T + 500)
    await table.said(2, "both", at_ms=T + 2_000)
    await table.said(3, "context", ViewerId("7"), at_ms=T + 2_500)
    ours, theirs = await table.open(), await table.open(guild_id=OTHERS)

    async def texts(about: Case, since_ms: int = 0) -> list[str]:
        found = await table.db.read(cases.texts, about, seqs=[1, 2], since_ms=since_ms, most=10)
        return [each.text for each in found]

    assert await texts(ours) == ["before them", "both"]
    assert await texts(theirs) == ["both"]
    assert await texts(ours, since_ms=T + 1_000) == ["both"]
    whole = await table.db.read(cases.texts, ours, seqs=None, since_ms=0, most=10)
    assert [each.text for each in whole] == ["before them", "both"]
    before, after = await table.db.read(cases.around, theirs, 2, since_ms=0, most=5)
    assert ([each.text for each in before], [each.text for each in after]) == ([], ["context"])
    before, _ = await table.db.read(cases.around, ours, 2, since_ms=0, most=5)
    assert [each.text for each in before] == ["before them"]


async def test_what_was_received_before_a_guilds_watches_is_not_its_own_to_count(table: Table) -> None:
    await table.said(1, at_ms=T + 500)
    await table.said(2, at_ms=T + 1_500)

    async def foreign(guild_id: GuildId, received: dict[int, int] | None = None) -> set[int]:
        return await table.db.read(
            cases.not_seen,
            guild_id=guild_id,
            creator_id=table.alice,
            viewer_id=BOB,
            through_seq=9,
            received=received or {},
        )

    assert await foreign(FANS) == set()
    assert await foreign(OTHERS) == {1}
    assert await foreign(OTHERS, {3: T + 900, 4: T + 1_100}) == {1, 3}
    assert await foreign(GuildId(3), {3: T}) == {1, 2, 3}


async def test_neither_an_id_nor_a_number_comes_again_after_retention(table: Table) -> None:
    first = await table.open()
    assert await table.db.write(retention.cases, before_ms=T + 1) == 1
    after = await table.open("other")
    assert after.id > first.id
    assert (first.number, after.number) == (1, 2)


async def test_a_name_that_only_another_guild_saw_is_not_shown(table: Table) -> None:
    await table.db.write(viewers.see, [Sighting(table.alice, BOB, Handle("early"), "Early", T, T + 500)])
    await table.said(1, at_ms=T + 2_000)

    async def shown(guild_id: GuildId) -> list[str]:
        about = await table.open(guild_id=guild_id)
        return [each.by.handle for each in await table.db.read(cases.texts, about, seqs=[1], since_ms=0, most=10)]

    assert await shown(FANS) == ["early"]
    assert await shown(OTHERS) == [""]


async def test_the_newest_removals_are_those_of_the_creator(table: Table) -> None:
    mine = [await table.open(f"k{number}") for number in range(2)]
    await table.open("theirs", creator_id=CreatorId(99))
    await table.open("by hand", kind=CaseKind.MANUAL)
    assert await table.db.read(cases.newest, table.alice) == mine


async def test_what_waits_is_known_by_its_oldest_case(table: Table) -> None:
    assert await table.db.read(cases.waiting_since) == {}
    taken, waiting = await table.open("taken"), await table.open("waits")
    claimed = replace(taken, state=CaseState.CLAIMED, owner_id=BY)
    await table.db.write(cases.put, claimed, CaseStep(taken.opened_at, BY, "claimed"))
    assert await table.db.read(cases.waiting_since) == {FANS: T}
    at = datetime.fromtimestamp(T / 1000 + 5, UTC)
    await table.db.write(cases.put, replace(waiting, claimed_at=at), CaseStep(at, BY, "released"))
    assert await table.db.read(cases.waiting_since) == {FANS: T + 5_000}
