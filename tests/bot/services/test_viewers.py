"""The service behind look-ups, over a real database; what the buttons make of it stands in tests/cogs/test_lookup.py."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.clock import Bell
from bot.errors import BadInput
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, PostId, WatchId
from bot.model.viewer import NoteId, PostedLine, Sighting
from bot.services.guilds import Guilds
from bot.services.viewers import MOST_NOTE_CHARS, MOST_PAGES, PAGE, Viewers
from bot.storage import audit, comments, creators, viewers, watches
from bot.storage.database import Database
from bot.storage.tables import config_audit
from tests.doubles.clock import START_MS, FakeClock
from tests.doubles.database import opened

OURS, THEIRS, MO = GuildId(1), GuildId(2), DiscordUserId(9)
BOB = ViewerId("77")
DAY_MS = 86_400_000
LINE = PostedLine(WatchId(1), CreatorId(1), PostId(1), 0, 0, 5, RoomId("r"), BOB, "**bob** hi", is_struck=False)


@dataclass
class Desk:
    """A service over a database in which one guild watches alice."""

    db: Database
    clock: FakeClock
    guilds: Guilds
    service: Viewers
    alice: CreatorId

    async def hears(self, count: int, *, each_ms: int = 1000) -> None:
        """Bob's comments until now, one every so often."""
        now_ms = self.clock.now_ms()
        rows = [
            CommentRow(self.alice, n, RoomId("r"), MessageId(f"m{n}"), BOB, f"text {n}", 1, now_ms - (count - n) * each_ms)
            for n in range(1, count + 1)
        ]
        await self.db.write(comments.add, rows=rows)
        first, last = rows[0].received_at_ms, rows[-1].received_at_ms
        await self.db.write(viewers.see, sightings=[Sighting(self.alice, BOB, Handle("bob"), "Bob", first, last)])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as db:
        clock = FakeClock()
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=1)
        for guild_id, at_ms in ((OURS, 1), (THEIRS, START_MS + DAY_MS)):
            await db.write(
                watches.place,
                guild_id=guild_id,
                channel_id=ChannelId(guild_id),
                creator_id=alice.id,
                by=MO,
                now_ms=at_ms,
                cursor_seq=0,
            )
        guilds = Guilds(db, Bell(), clock=clock)
        yield Desk(db, clock, guilds, Viewers(db, guilds, clock=clock, comment_days=7), alice.id)


async def test_an_id_is_taken_as_it_is_and_a_handle_is_searched_for(desk: Desk) -> None:
    await desk.hears(1)
    assert [(await desk.service.find(OURS, typed)).viewer_id for typed in ("77", " 78 ", "@BOB")] == ["77", "78", BOB]
    for guild_id, typed in ((OURS, "carl"), (THEIRS, "bob")):
        with pytest.raises(BadInput, match="Nobody of that name"):
            await desk.service.find(guild_id, typed)


async def test_pages_end_where_the_comments_or_the_servers_days_do(desk: Desk) -> None:
    await desk.hears(2 * PAGE, each_ms=DAY_MS // 2)
    await desk.guilds.change(OURS, lambda _: GuildSettings(comment_days=4), MO)
    pages = [(await desk.service.look_up(OURS, BOB, number, by=MO))[1] for number in (0, 1, 2)]
    assert [(len(page.said), page.has_older, page.days) for page in pages] == [(PAGE, True, 4), (3, False, 4), (0, False, 4)]
    assert pages[0].said[0].text == f"text {2 * PAGE}"
    assert (await desk.service.look_up(OURS, BOB, 9999, by=MO))[1].number == MOST_PAGES


async def test_who_reads_removed_comments_is_written_down_without_their_text(desk: Desk) -> None:
    await desk.hears(PAGE + 2)
    gone: dict[str, Any] = {"room_id": RoomId("r"), "viewer_ids": [], "at_ms": START_MS, "through_seq": 99}
    await desk.db.write(comments.mark_removed, creator_id=desk.alice, message_ids=["m8", "m5", "m1"], **gone)
    for page in (0, 1, 2):
        await desk.service.look_up(OURS, BOB, page, by=MO)
    rows = await desk.db.read(audited)
    assert [(guild_id, by, at_ms) for guild_id, by, at_ms, _ in rows] == [(OURS, MO, desk.clock.now_ms())] * 2
    assert [json.loads(after) for *_, after in rows] == [
        {"viewer_id": BOB, "removed": 2, "where": "lookup"},
        {"viewer_id": BOB, "removed": 1, "where": "lookup"},
    ]


async def test_who_reads_what_still_stands_on_tiktok_is_not_written_down(desk: Desk) -> None:
    await desk.hears(PAGE)
    await desk.service.look_up(OURS, BOB, 0, by=MO)
    assert await desk.db.read(audited) == []


def audited(connection: Connection) -> list[tuple[int, int, int, str]]:
    """Who read removed comments: guild, reader, instant, the rest as JSON."""
    columns = (config_audit.c.guild_id, config_audit.c.actor_id, config_audit.c.at_ms, config_audit.c.after)
    return [tuple(row) for row in connection.execute(select(*columns).where(config_audit.c.action == audit.READ))]


async def test_nothing_typed_offers_nothing(desk: Desk) -> None:
    await desk.hears(1)
    offered = [await desk.service.complete(guild, typed) for guild, typed in ((OURS, " "), (OURS, "@B"), (THEIRS, "b"))]
    assert offered == [[], ["bob"], []]


@pytest.mark.parametrize(("text", "is_taken"), [("", False), ("  ", False), ("x" * (MOST_NOTE_CHARS + 1), False), (" ok ", True)])
async def test_a_note_has_a_length(desk: Desk, text: str, is_taken: bool) -> None:
    await desk.hears(1)
    if is_taken:
        assert (await desk.service.note(OURS, BOB, text, MO)).text == text.strip()
    else:
        with pytest.raises(BadInput, match="1 to 500"):
            await desk.service.note(OURS, BOB, text, MO)


async def test_nobody_writes_notes_about_whom_their_server_never_saw(desk: Desk) -> None:
    await desk.hears(1)
    with pytest.raises(BadInput, match="Nobody of that name"):
        await desk.service.note(THEIRS, BOB, "hi", MO)


async def test_the_notes_about_one_viewer_have_an_end(desk: Desk) -> None:
    await desk.hears(1)
    made = [await desk.service.note(OURS, BOB, f"note {n}", MO) for n in range(viewers.MOST_NOTES)]
    with pytest.raises(BadInput, match="as many as there may be"):
        await desk.service.note(OURS, BOB, "one more", MO)
    assert not await desk.service.unnote(THEIRS, made[0].id, MO)
    assert not await desk.service.unnote(OURS, NoteId(10**15), MO)
    assert await desk.service.unnote(OURS, made[0].id, MO)
    await desk.service.note(OURS, BOB, "one more", MO)


async def test_what_nobody_serves_here_is_said(desk: Desk) -> None:
    await desk.hears(1)
    with pytest.raises(BadInput, match="runs without it"):
        await desk.service.open_case(OURS, BOB, MO)
    with pytest.raises(BadInput, match="runs without it"):
        await desk.service.put_on_watchlist(OURS, LINE, MO)


async def test_a_line_that_is_not_there_is_not_hidden(desk: Desk) -> None:
    assert not await desk.service.hide(OURS, LINE, MO)
    with pytest.raises(BadInput, match="not known any more"):
        await desk.service.line(OURS, PostId(1), 0, 0)
