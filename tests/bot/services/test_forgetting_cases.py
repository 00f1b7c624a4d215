"""Forgetting somebody whom moderators had to do with: cases, their cards, rules; and whom nobody asked to forget."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.errors import BadInput
from bot.events import Common, Gift, GiftEvent, Handle, MemberActionEvent, User, ViewerId
from bot.language import language
from bot.model.alert import Cause, RemovedLine, Seen, Wipe
from bot.model.case import Case, CaseKind
from bot.model.draft import Line, Urgency
from bot.model.forgetting import Traces
from bot.model.guild import GuildSettings
from bot.model.ids import CardId, CaseId, ChannelId, DiscordUserId, RuleId
from bot.model.rule import Rule, RuleKind
from bot.model.viewer import Sighting
from bot.moderation import alerts
from bot.moderation.alerts import Facts
from bot.moderation.cases import Move, Person
from bot.moderation.desk import CaseDesk, Done, Hearer, Told
from bot.moderation.flags import Flag, reason
from bot.storage import audit, cases, cursors, erasing, guilds, rules, viewers
from bot.text import safe_name
from tests.bot.services.test_forgetting import SHE, Bench, bench
from tests.doubles.archive import BOB, EVE, GUILD, OF_EVE, ROOM
from tests.doubles.clock import START_MS as T

__all__ = ["bench"]

ANN = Person(DiscordUserId(11))


@dataclass
class Court:
    """A guild with alerts, and the desk that tells them."""

    bench: Bench
    desk: CaseDesk
    hearer: Hearer

    def removal(self, who: User = EVE, *, operator: User | None = None) -> Told:
        archive = self.bench.archive
        causes = (Cause(49, 3, "muted_by_moderator", 0, operator),) if operator else ()
        lines = tuple(RemovedLine(seq, f"m{seq}", T, T) for seq in (40, 41))
        made = Wipe(archive.creator_id, ROOM, who.id, 50, 50, T, T, lines, names_viewer=True, author=Seen(40, who), causes=causes)
        return Told(made.key, made)

    async def tell(self, *told: Told, done: tuple[Done, ...] = (), seq: int = 50) -> None:
        await self.desk.tell(self.bench.archive.creator_id, [self.hearer], told, done, consumer="alerts", seq=seq)

    async def case(self, number: int = 3) -> Case:
        found = await self.bench.archive.db.read(cases.of_number, guild_id=GUILD, number=number)
        assert found is not None
        return found

    def cards(self) -> list[str]:
        return [
            str(message)
            for (message,) in self.bench.archive.rows("SELECT message FROM card WHERE key LIKE 'alert:%' ORDER BY id")
        ]

    async def forget(self, who: User = EVE, most: int = 6) -> bool:
        """Whether the erasure came to its end."""
        await self.bench.asked()
        assert self.bench.typed(by=who) == []
        return (await self.bench.sweeps(most)).done_at is not None


@pytest.fixture
async def court(bench: Bench) -> Court:  # the fixture itself
    db = bench.archive.db
    await db.write(guilds.change, GUILD, settings=GuildSettings(alert_channel_id=ChannelId(9)), by=SHE, now_ms=T)
    return Court(bench, CaseDesk(db, clock=bench.clock), Hearer(GUILD, ChannelId(9), bench.archive.watch.id, 0))


def without_log(court: Court, *more: str) -> None:
    """Retention took the log, which is the first to go."""
    with closing(sqlite3.connect(court.bench.archive.file)) as file, file:
        for sql in ("DELETE FROM log_batch", *more):
            file.execute(sql)


async def test_an_open_case_does_not_keep_her_from_being_forgotten(court: Court) -> None:
    await court.tell(court.removal())
    assert await court.forget()
    assert court.bench.archive.traces() == []


async def test_a_wipe_that_is_told_once_more_brings_nobody_back(court: Court) -> None:
    """Whoever tells it has her in memory still, and knows nothing of the erasure."""
    told = court.removal()
    await court.tell(told)
    assert await court.forget()
    before = court.cards()

    await court.tell(told, seq=51)
    await court.tell(court.removal(BOB, operator=EVE), seq=52)
    muted = MemberActionEvent(Common(user=BOB, room_id=ROOM, received_at_ms=T), action=3, operator=EVE)
    await court.tell(done=(Done(53, muted),), seq=53)

    assert court.bench.archive.traces() == []
    assert court.cards()[: len(before)] == before
    assert len(court.cards()) == len(before) + 2, "Bob's are told, without her"
    assert await court.bench.archive.db.read(cursors.get, "alerts", court.bench.archive.creator_id) == 53


async def test_nobody_opens_a_case_about_her_any_more(court: Court) -> None:
    assert await court.forget()
    draft = Case(CaseId(0), GUILD, 0, "k", CaseKind.MANUAL, court.bench.archive.creator_id, ROOM, EVE.id, EVE.handle, "Eve",
                 datetime.fromtimestamp(T / 1000, UTC))  # fmt: skip
    with pytest.raises(BadInput, match="asked to be forgotten"):
        await court.desk.open(draft, Facts(), by=ANN)
    assert await court.desk.flag(draft, "user") is None
    assert court.bench.archive.traces() == []


async def test_who_takes_somebodys_nickname_erases_nothing_of_them(court: Court) -> None:
    archive = court.bench.archive
    await court.tell(court.removal(BOB))
    await archive.post(7, Line(9, f"➕ **{safe_name('Bob')}** followed", Urgency.GIFT, ROOM, viewer_id=BOB.id))
    before = court.cards()
    assert await court.forget(User(ViewerId("7000000000000000666"), Handle("mallory"), "Bob"))
    assert court.cards() == before
    assert archive.rows("SELECT struck FROM post_line WHERE seq = 9") == [(0,)]


@pytest.mark.parametrize("nickname", ["Done", "active", "alert", "Reveal"])
async def test_a_nickname_that_is_a_word_of_ours_changes_no_card(court: Court, nickname: str) -> None:
    mallory = User(ViewerId("7000000000000000666"), Handle("mallory"), nickname)
    await court.tell(court.removal(mallory))
    labels = [button["label"] for row in json.loads(court.cards()[0])["buttons"] for button in row]
    assert await court.forget(mallory)
    [card] = court.cards()
    assert [button["label"] for row in json.loads(card)["buttons"] for button in row] == labels
    assert safe_name(nickname) not in card
    assert "mallory" not in card


async def test_a_gift_to_her_is_struck_too(court: Court) -> None:
    archive = court.bench.archive
    writer = await archive.log.writer(archive.creator_id)
    [given] = await writer.append([GiftEvent(archive.common(BOB), Gift("5655", "Rose", 1), 1, to_user=EVE)], source="test")
    line = f"🎁 **{safe_name('Bob')}** sent Rose to **{safe_name(EVE.nickname)}**"
    await archive.post(8, Line(given.seq, line, Urgency.GIFT, ROOM, viewer_id=BOB.id))
    assert await court.forget()
    assert archive.traces() == []


async def test_an_id_that_is_a_part_of_other_numbers_ends_too(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MOST_ROWS", 1)
    await court.tell(court.removal(BOB))
    before = court.cards(), court.bench.archive.rows('SELECT facts FROM "case" WHERE number = 3')
    assert await court.forget(User(ViewerId(str(T)[:6]), Handle("old.timer"), "Old"))
    assert before == (court.cards(), court.bench.archive.rows('SELECT facts FROM "case" WHERE number = 3'))


async def test_a_name_that_only_a_case_knew_goes_from_its_card(court: Court) -> None:
    """She renamed herself since, and the log and every other trace of the name are gone."""
    await court.tell(court.removal())
    without_log(court, "DELETE FROM comment", f"UPDATE viewer SET nickname = 'E', handle = 'e' WHERE viewer_id = '{EVE.id}'")  # noqa: S608
    assert await court.forget(User(EVE.id, Handle("e"), "E"))
    assert court.bench.archive.traces(EVE.id, EVE.handle, EVE.nickname) == []


async def test_an_entry_for_her_account_leaves_no_name_behind(court: Court) -> None:
    archive = court.bench.archive
    for pattern in (EVE.id, EVE.handle, "somebody.else"):
        rule = Rule(RuleId(0), GUILD, RuleKind.USER, pattern, creator_id=archive.creator_id)
        await archive.db.write(rules.put, rule, by=SHE, now_ms=T, most=99)
    audited = archive.rows("SELECT before, after FROM config_audit WHERE action LIKE 'rule.%'")
    assert len(audited) == 3
    assert "pattern" not in str(audited)
    with closing(sqlite3.connect(archive.file)) as file, file:
        # As an earlier version wrote it.
        old = json.dumps({"kind": "user", "pattern": EVE.handle}), json.dumps({"kind": "user", "pattern": "bob"})
        values = [(GUILD, T, 1, "rule.changed", old[0], old[1])]
        file.executemany(
            "INSERT INTO config_audit (guild_id, at_ms, actor_id, action, before, after) VALUES (?,?,?,?,?,?)", values
        )
    rule = Rule(RuleId(0), GUILD, RuleKind.USER, EVE.handle)
    flag = Flag("rule:1:1", (rule,), archive.creator_id, ROOM, EVE, 1, 1)
    draft = Case(CaseId(0), GUILD, 0, flag.key, CaseKind.WATCHLIST, archive.creator_id, ROOM, EVE.id, EVE.handle, EVE.nickname,
                 court.desk.now, watch_id=archive.watch.id, first_seq=1, last_seq=1, comments=1)  # fmt: skip
    await court.desk.flag(draft, reason(language("en"), flag))
    assert "Matched: user" in court.cards()[0]

    assert await court.forget()

    assert archive.traces() == []
    assert archive.rows("SELECT before, after FROM config_audit WHERE action = 'rule.changed'") == [('{"kind": "user"}', old[1])]


async def test_that_somebody_read_her_removed_comments_stays_without_her(court: Court) -> None:
    archive = court.bench.archive
    await archive.db.write(audit.read, guild_id=GUILD, by=SHE, where="test", removed={EVE.id: 2, BOB.id: 1}, now_ms=T)
    assert await court.forget()
    assert archive.traces() == []
    read = [
        json.loads(str(after))
        for (after,) in archive.rows("SELECT after FROM config_audit WHERE action = 'removed.read' ORDER BY id")
    ]
    assert read == [{"removed": 2, "where": "test"}, {"viewer_id": BOB.id, "removed": 1, "where": "test"}]


async def test_an_entry_for_a_handle_that_is_somebody_elses_by_now_stays(court: Court) -> None:
    archive, mallory = court.bench.archive, ViewerId("7000000000000000666")
    seen = [(EVE.id, "Kitty", 1), (mallory, "Mallory", T)]
    sightings = [Sighting(archive.creator_id, ViewerId(who), Handle("kitty"), name, at, at) for who, name, at in seen]
    await archive.db.write(viewers.see, sightings)
    await archive.db.write(rules.put, Rule(RuleId(0), GUILD, RuleKind.USER, "kitty"), by=SHE, now_ms=T, most=99)
    assert await court.forget()
    assert ("kitty",) in archive.rows("SELECT pattern FROM rule")
    assert archive.traces(*OF_EVE) == []


async def test_a_press_in_the_middle_of_an_erasure_is_not_lost(court: Court) -> None:
    await court.tell(court.removal())
    db, traces = court.bench.archive.db, Traces(EVE.id, (EVE.handle,), (EVE.nickname,))
    _, found = await db.read(erasing.cards_after, CardId(0), traces)
    await court.desk.move(GUILD, (await court.case()).id, Move.DONE, ANN)
    await db.write(erasing.reword, [each.card_id for each in found], traces)
    [card] = court.cards()
    assert "🟢 Done, by <@11>." in card
    assert EVE.nickname not in card


async def test_others_who_addressed_her_are_found_when_the_log_is_gone(court: Court) -> None:
    without_log(court)
    assert await court.forget()
    assert court.bench.archive.traces() == []
    assert court.bench.archive.rows("SELECT text FROM comment") == [("@(opted out) hello",)]


async def test_her_case_says_that_she_was_forgotten_and_nothing_that_is_not_so(court: Court) -> None:
    await court.tell(court.removal())
    assert await court.forget()
    case = await court.case()
    assert case.is_forgotten
    after = await court.desk.move(GUILD, case.id, Move.DONE, ANN)
    said = alerts.message(language("en"), after, alerts.load(after)).embeds[0].description
    assert said.startswith("This viewer has asked to be forgotten.")
    assert "Nobody knows whose" not in said
