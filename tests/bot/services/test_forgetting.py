"""Forgetting somebody, through every table, and through crashes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bot.events import CommentEvent, Handle, MessageId, User, ViewerId
from bot.ingest.opted_out import OptOuts
from bot.model.draft import Intent, Line
from bot.model.forgetting import CODE_MS, ForgetRequest
from bot.model.ids import DiscordMessageId, DiscordUserId
from bot.services.forgetting import LONGEST_PAUSE_S, Forgetting
from bot.storage import cards, posts, privacy
from bot.storage.database import Database
from bot.text import safe_name
from tests.doubles.archive import BOB, CHANNEL, EVE, OF_EVE, ROOM, SECRET, Archive, FakeCards, FakeLanes, opened
from tests.doubles.clock import START_MS, FakeClock

SHE = DiscordUserId(99)


class Bench:
    """One process after another on the same archive."""

    def __init__(self, archive: Archive, clock: FakeClock) -> None:
        self.archive = archive
        self.clock = clock
        self.lanes, self.cards, self.opt_outs = FakeLanes(), FakeCards(), OptOuts()
        self.forgetting = self.born()

    def born(self) -> Forgetting:
        """A process starts."""
        self.opt_outs = OptOuts()
        a = self.archive
        self.forgetting = Forgetting(a.db, a.log, self.lanes, self.cards, self.opt_outs, clock=self.clock, settle_s=5.0)
        return self.forgetting

    async def asked(self, code: str = "7F3K", by: DiscordUserId = SHE) -> None:
        made, _ = await self.archive.db.write(privacy.ask, by=by, codes=[code], now_ms=self.clock.now_ms())
        assert made is not None
        await self.forgetting.load()

    def typed(self, code: str = "7F3K", by: User = EVE, *, after_ms: int = 1000) -> list[object]:
        """Somebody types the sentence; what passes on of it."""
        common = self.archive.common(by)
        at_ms = self.clock.now_ms() + after_ms
        said = CommentEvent(type(common)(common.message_id, ROOM, received_at_ms=at_ms, user=by), text=f"forget me {code}")
        return list(self.opt_outs.screen([said]))

    async def sweeps(self, most: int = 6) -> ForgetRequest:
        """Look again and again, with the pauses between."""
        for _ in range(most):
            await self.forgetting.look()
            await self.clock.advance(LONGEST_PAUSE_S)
            found = await self.archive.db.read(privacy.latest, SHE)
            if found is not None and found.done_at is not None:
                break
        assert found is not None
        return found


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    async with opened(tmp_path, clock) as archive:
        await archive.fill()
        yield Bench(archive, clock)


async def test_nothing_of_her_is_left_in_any_table_and_everybody_else_is(bench: Bench) -> None:
    archive = bench.archive
    assert {trace.split(":")[0] for trace in archive.traces()} >= {
        "log_batch", "comment", "post_line", "card", "case", "case_step", "viewer", "viewer_gifts", "viewer_note", "rule",
    }  # fmt: skip
    await bench.asked()
    assert bench.typed() == []

    request = await bench.sweeps()

    assert archive.traces(*OF_EVE) == []
    # Her mention in Bob's comment counts, Bob's battle whose MVP she was, and Bob's case, in which she muted him.
    assert request.erased == {
        "events": 5, "lines": 3, "cards": 1, "comments": 1, "gifts": 1, "cases": 2, "notes": 1, "rules": 1, "names": 1,
    }  # fmt: skip
    left = await archive.log.read(archive.creator_id, after=0)
    assert [each.seq for each in left] == [1, 2, 3, 4, 5]
    assert archive.rows("SELECT text FROM comment") == [("@(opted out) hello",)]
    assert archive.rows('SELECT viewer_name, comments FROM "case" ORDER BY number') == [("(opted out)", 1), ("Bob", 1)]
    assert archive.rows("SELECT count(*) FROM viewer_note") == archive.rows("SELECT count(*) FROM rule") == [(1,)]
    assert archive.rows("SELECT note FROM case_step ORDER BY id") == [("",), ("I know Bob",)]


async def test_her_lines_are_struck_and_others_stand(bench: Bench) -> None:
    await bench.asked()
    bench.typed()
    waiting = [Line(9, f"**{safe_name(EVE.nickname)}** more", viewer_id=EVE.id), Line(9, "**Bob** x", viewer_id=BOB.id)]
    bench.lanes.waiting = list(waiting)

    await bench.forgetting.look()

    [post] = await bench.archive.db.read(posts.unedited)
    assert [line.struck for line in post.lines] == [True, False, True, True]
    assert bench.lanes.waiting == waiting[1:]
    assert bench.lanes.edits
    assert bench.cards.looks


async def test_readers_of_the_newest_events_find_them_without_her(bench: Bench) -> None:
    log, creator_id = bench.archive.log, bench.archive.creator_id
    assert any(each.event.user == EVE for each in await log.read(creator_id, after=0))
    await bench.asked()
    bench.typed()
    await bench.forgetting.look()
    assert not any(each.event.user == EVE for each in await log.read(creator_id, after=0))


class Died(BaseException):
    """The process ends here."""


class MortalDatabase:
    """A real database, of a process that dies before its n-th write."""

    def __init__(self, db: Database, most: int) -> None:
        self.read = db.read
        self._db = db
        self._left = most

    async def write(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self._left:
            raise Died
        self._left -= 1
        return await self._db.write(unit, *args, **kwargs)


@pytest.mark.parametrize("death", range(1, 16))
async def test_an_erasure_that_a_crash_cut_short_goes_on_where_it_was(bench: Bench, death: int) -> None:
    """The process dies before its n-th write of the erasure, whichever that is; then another one does the rest."""
    await bench.asked()
    bench.typed()
    await bench.forgetting.load()
    [proof] = bench.opt_outs.take_proofs()
    bench.opt_outs.give_back([proof])
    a, db = bench.archive, bench.archive.db
    dying = cast("Database", MortalDatabase(db, death))
    mortal = Forgetting(dying, a.log, bench.lanes, bench.cards, bench.opt_outs, clock=bench.clock)
    with pytest.raises(Died):
        await mortal.look()

    bench.born()
    if not await db.read(privacy.jobs):
        await bench.forgetting.load()
        assert bench.typed() == [], "the proof was not written down: the sentence still works"
    request = await bench.sweeps()

    assert a.traces(*OF_EVE) == []
    assert request.done_at is not None
    assert request.erased["lines"] == 3
    assert request.erased["events"] == 5
    assert request.erased["comments"] == 1


async def test_what_was_on_its_way_is_found_by_the_next_sweep(bench: Bench) -> None:
    """A post that flies cannot be changed: the erasure waits for it to stand, and strikes it there."""
    archive = bench.archive
    line = Line(9, f"**{safe_name(EVE.nickname)}** {SECRET}", room_id=ROOM, message_id=MessageId("m9"), viewer_id=EVE.id)
    flying = await archive.db.write(
        posts.open_intent, Intent(archive.watch.id, CHANNEL, 9, 9, line.text, "nonce", (line,), START_MS)
    )
    await bench.asked()
    bench.typed()
    assert (await bench.sweeps(most=4)).done_at is None

    await archive.db.write(posts.fulfil, flying, message_id=DiscordMessageId(2), now_ms=START_MS)

    request = await bench.sweeps()
    assert request.done_at is not None
    assert request.erased["lines"] == 4
    assert archive.traces(*OF_EVE) == []


async def test_a_card_that_goes_on_is_looked_at_until_it_is_over(bench: Bench) -> None:
    archive = bench.archive
    await archive.card("pk:20:2", is_over=False)
    await bench.asked()
    bench.typed()
    assert (await bench.sweeps(most=3)).done_at is None

    # Its maker still had her in memory, and tells the result.
    await archive.card("pk:20:2", is_over=True)

    assert (await bench.sweeps()).done_at is not None
    assert archive.traces(*OF_EVE) == []
    [card] = await archive.db.read(cards.of_keys, ["pk:20:2"])
    assert card.message.embeds[0].description == "MVP **\\(opted out\\)**"


async def test_the_key_is_made_once_and_a_restart_knows_her(bench: Bench) -> None:
    await bench.asked()
    bench.typed()
    await bench.sweeps()
    [key] = bench.archive.rows("SELECT value FROM state WHERE key = 'tombstone_key'")

    await bench.born().load()

    assert bench.opt_outs.is_gone(EVE.id)
    assert not bench.opt_outs.is_gone(BOB.id)
    assert bench.archive.rows("SELECT value FROM state WHERE key = 'tombstone_key'") == [key]
    assert len(str(key[0])) == 64


async def test_a_used_or_late_code_erases_nobody(bench: Bench) -> None:
    await bench.asked()
    bench.typed()
    await bench.forgetting.look()
    before = bench.archive.rows("SELECT * FROM tombstone")
    other = User(ViewerId("7000000000000000003"), Handle("mallory"), "Mallory")

    assert len(bench.typed(by=other)) == 1, "an ordinary comment"
    await bench.asked("HHHH", by=DiscordUserId(100))
    assert len(bench.typed("HHHH", by=other, after_ms=CODE_MS + 1)) == 1
    await bench.forgetting.look()

    assert bench.archive.rows("SELECT * FROM tombstone") == before
    assert not bench.opt_outs.is_gone(other.id)


async def test_a_code_that_its_owner_replaced_meanwhile_is_rejected(bench: Bench) -> None:
    await bench.asked()
    assert bench.typed() == []
    await bench.clock.advance(60.0)
    await bench.archive.db.write(privacy.ask, by=SHE, codes=["HHHH"], now_ms=bench.clock.now_ms())

    await bench.forgetting.look()

    # Typed before it was replaced: it was good then.
    assert bench.opt_outs.is_gone(EVE.id)
