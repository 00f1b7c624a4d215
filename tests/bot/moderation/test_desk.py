"""Cases and their cards: one transaction, one number each, nothing of another guild."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.events import MemberActionEvent, User
from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.alert import RemovedLine, Seen, Wipe
from bot.model.card import Card, CardKind
from bot.model.case import Case, CaseKind, CaseState
from bot.model.guild import GuildSettings
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.viewer import Sighting
from bot.moderation import alerts
from bot.moderation.alerts import Facts
from bot.moderation.cases import Move, Person
from bot.moderation.desk import TOLD_AT_ONCE, CaseDesk, Done, Hearer, Told
from bot.storage import cards, cases, creators, cursors, guilds, posts, viewers, watches
from bot.storage.database import Database
from tests.bot.storage.builders import about_to_say, line
from tests.doubles.clock import START_MS as T
from tests.doubles.clock import FakeClock
from tests.doubles.database import opened
from tests.doubles.events import about, viewer

ANN, BEN = Person(DiscordUserId(11)), Person(DiscordUserId(12))
FANS, OTHERS = GuildId(1), GuildId(2)
ROOM, BOB = RoomId("100"), User(ViewerId("4242"), Handle("bob"), "Bob")


@dataclass
class Desk:
    """A desk on a real database, two guilds that watch alice."""

    db: Database
    clock: FakeClock
    desk: CaseDesk
    alice: CreatorId
    hearers: tuple[Hearer, ...]
    rung: int = 0

    async def tell(self, *told: Told, done: tuple[Done, ...] = (), seq: int = 1, to: int = 2) -> None:
        await self.desk.tell(self.alice, self.hearers[:to], told, done, consumer="alerts", seq=seq)

    def wipe(self, count: int = 1, first_seq: int = 50) -> Told:
        lines = tuple(RemovedLine(seq, f"m{seq}", T + seq, T + 4_000) for seq in range(1, count + 1))
        made = Wipe(self.alice, ROOM, BOB.id, first_seq, first_seq, T, T, lines, author=Seen(count, BOB))
        return Told(made.key, made, dict.fromkeys(range(1, count + 1), T))

    async def cases(self, guild_id: GuildId = FANS) -> list[Case]:
        found, _ = await self.db.read(cases.listed, guild_id=guild_id, which=cases.Filter(), skip=0, most=100)
        return [case for each in found if (case := await self.db.read(cases.of_id, guild_id=guild_id, case_id=each.id))]

    async def cards(self) -> list[Card]:
        return await self.db.read(cards.open_of, CardKind.ALERT)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as db:
        clock = FakeClock()
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        hearers = []
        for guild_id, channel_id in ((FANS, ChannelId(100)), (OTHERS, ChannelId(200))):
            placed, _ = await db.write(
                watches.place,
                guild_id=guild_id,
                channel_id=ChannelId(channel_id + 1),
                creator_id=alice.id,
                by=ANN.id,
                now_ms=T,
                cursor_seq=0,
            )
            wanted = GuildSettings(alert_channel_id=channel_id, alert_role_id=DiscordRoleId(9))
            await db.write(guilds.change, guild_id, settings=wanted, by=ANN.id, now_ms=T)
            hearers.append(Hearer(guild_id, channel_id, placed.id, T, DiscordRoleId(9)))
        made = Desk(db, clock, CaseDesk(db, clock=clock), alice.id, tuple(hearers))

        def ring() -> None:
            made.rung += 1

        made.desk.ring = ring
        yield made


async def test_each_guild_has_its_own_case_and_card_of_a_removal(desk: Desk) -> None:
    await desk.tell(desk.wipe(2), seq=51)
    (ours,), (theirs,) = await desk.cases(FANS), await desk.cases(OTHERS)
    assert (ours.number, theirs.number) == (1, 1)
    assert ours.id != theirs.id
    assert (ours.comments, ours.first_seq, ours.last_seq, ours.viewer_handle) == (2, 1, 2, "bob")
    assert [(each.key, each.channel_id) for each in await desk.cards()] == [("alert:1:1", 100), ("alert:2:1", 200)]
    assert await desk.db.read(cursors.get, "alerts", desk.alice) == 51
    assert desk.rung == 1


async def test_hearing_twice_is_hearing_once_and_growing_changes_the_same_card(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    before = (await desk.cases(), await desk.cards())
    await desk.tell(desk.wipe(), to=1)
    assert (await desk.cases(), await desk.cards()) == before
    await desk.tell(desk.wipe(3), to=1)
    (case,), (card,) = await desk.cases(), await desk.cards()
    assert (case.number, case.comments, card.revision) == (1, 3, 2)
    assert "Comments removed" in card.message.embeds[0].title
    assert "3 comments by" in card.message.embeds[0].description


def flagged(desk: Desk, **more: object) -> Case:
    """Bob's comment at 7, which the watchlist found."""
    draft = Case(
        CaseId(0), FANS, 0, "rule:1:7", CaseKind.WATCHLIST, desk.alice, ROOM, BOB.id, BOB.handle, BOB.nickname, desk.desk.now,
        first_seq=7, last_seq=7, comments=1,
    )  # fmt: skip
    return replace(draft, **more)  # type: ignore[arg-type]


async def test_a_card_that_was_faster_than_the_relay_links_to_the_line_once_it_stands(desk: Desk) -> None:
    case = await desk.desk.flag(flagged(desk), "keyword “bad”")
    assert case is not None
    (card,) = await desk.cards()
    assert "Jump to the line" not in card.message.embeds[0].description
    (watch,) = await desk.db.read(watches.of_guild, FANS)
    said = about_to_say(watch, line(7, "bad", viewer=BOB.id, room=ROOM))
    sent = await desk.db.write(posts.open_intent, said)
    await desk.db.write(posts.fulfil, sent, message_id=DiscordMessageId(900), now_ms=T)
    await desk.desk.move(FANS, case.id, Move.CLAIM, ANN)
    link = f"https://discord.com/channels/1/{watch.channel_id}/900"
    (card,) = await desk.cards()
    assert link in card.message.embeds[0].description
    await desk.desk.move(FANS, case.id, Move.RELEASE, ANN)
    (card,) = await desk.cards()
    assert link in card.message.embeds[0].description, "it is kept"


async def test_a_wave_is_told_with_how_many_wrote_it(desk: Desk) -> None:
    await desk.desk.flag(flagged(desk, comments=5), "repeated text, by 5 accounts", accounts=5)
    await desk.desk.flag(flagged(desk, comments=12), "repeated text, by 7 accounts", accounts=7)
    (card,) = await desk.cards()
    assert card.message.embeds[0].title.startswith("Watchlist: 12 comments in ")
    assert "Matched: repeated text, by 7 accounts\nAmong them: " in card.message.embeds[0].description


async def test_new_cases_are_counted_by_kind_and_timed_until_discord_has_the_card(desk: Desk) -> None:
    await desk.tell(desk.wipe(), done=())
    await desk.tell(desk.wipe(2))
    await desk.desk.flag(flagged(desk), "x")
    await desk.desk.flag(flagged(desk, comments=2), "x")
    await desk.desk.open(flagged(desk, key="manual:1", kind=CaseKind.MANUAL), Facts(), by=ANN)
    assert desk.desk.opened == {CaseKind.REMOVAL: 2, CaseKind.WATCHLIST: 1, CaseKind.MANUAL: 1}, "two guilds, one each"
    assert desk.desk.lag_s == 0
    await desk.clock.advance(1.5)
    for card in await desk.cards():
        desk.desk.posted(card)
    assert desk.desk.lag_s == 1.5


async def test_a_case_that_somebody_has_stays_theirs_while_the_removal_grows(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    (case,) = await desk.cases()
    await desk.desk.move(FANS, case.id, Move.CLAIM, ANN)
    await desk.tell(desk.wipe(3), to=1)
    (case,), (card,) = await desk.cases(), await desk.cards()
    assert (case.state, case.owner_id, case.comments) == (CaseState.CLAIMED, ANN.id, 3)
    assert "<@11> is on it" in card.message.embeds[0].description


async def test_numbers_have_no_holes_however_many_are_opened_at_once(desk: Desk) -> None:
    first_seqs = range(60, 90)
    await asyncio.gather(*(desk.tell(desk.wipe(first_seq=seq), seq=seq, to=1) for seq in [*first_seqs, *first_seqs]))
    assert sorted(each.number for each in await desk.cases()) == list(range(1, 31))
    assert await desk.cases(OTHERS) == []


async def test_of_many_claims_at_once_one_holds(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    (case,) = await desk.cases()
    people = [Person(DiscordUserId(number)) for number in range(100, 120)]
    claims = await asyncio.gather(*(desk.desk.move(FANS, case.id, Move.CLAIM, each) for each in people), return_exceptions=True)
    (held,) = [each for each in claims if isinstance(each, Case)]
    assert all(isinstance(each, BadInput) for each in claims if each is not held)
    steps = await desk.db.read(cases.steps, case)
    assert [(each.action, each.actor_id) for each in steps] == [("opened", 0), ("claimed", held.owner_id)]


async def test_nothing_can_be_done_with_a_case_of_another_guild(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    (case,) = await desk.cases()
    for attempt in (
        desk.desk.move(OTHERS, case.id, Move.CLAIM, ANN),
        desk.desk.note(OTHERS, case.id, "mine", ANN),
        desk.desk.revealed(OTHERS, case.id, ANN),
        desk.desk.move(FANS, CaseId(999), Move.CLAIM, ANN),
    ):
        with pytest.raises(BadInput, match="no such case in this server"):
            await attempt
    assert await desk.cases() == [case]


async def test_a_removal_from_before_the_guild_watched_is_not_its_own(desk: Desk) -> None:
    desk.hearers = (replace(desk.hearers[0], since_ms=T + 1), desk.hearers[1])
    await desk.tell(desk.wipe())
    assert await desk.cases(FANS) == []
    assert len(await desk.cases(OTHERS)) == 1


async def test_lines_from_before_the_guild_watched_are_not_counted(desk: Desk) -> None:
    told = desk.wipe(3)
    await desk.tell(replace(told, received={1: T - 1, 2: T, 3: T + 1}), to=1)
    (case,) = await desk.cases()
    assert (case.comments, case.first_seq) == (2, 2)


async def test_a_reveal_is_written_down_and_shown(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    (case,) = await desk.cases()
    await desk.desk.revealed(FANS, case.id, ANN)
    await desk.desk.note(FANS, case.id, "known troll", BEN)
    steps = await desk.db.read(cases.steps, case)
    assert [(each.action, each.note) for each in steps] == [("opened", ""), ("revealed", ""), ("noted", "known troll")]
    (card,) = await desk.cards()
    assert "Revealed once" in card.message.embeds[0].description
    assert "troll" not in str(card)


async def test_an_unclaimed_case_is_pinged_for_once_and_only_when_it_is_time(desk: Desk) -> None:
    await desk.tell(desk.wipe(), to=1)
    await desk.tell(desk.wipe(first_seq=60), to=1)
    assert await desk.desk.escalate(desk.hearers[0], 600) == 0
    await desk.clock.advance(601)
    taken = (await desk.cases())[0]
    await desk.desk.move(FANS, taken.id, Move.CLAIM, ANN)
    assert await desk.desk.escalate(desk.hearers[0], 600) == 1
    assert await desk.desk.escalate(desk.hearers[0], 600) == 0
    (ping,) = await desk.db.read(cards.of_keys, [f"alert:1:ping:1:{desk.clock.now_ms()}"])
    assert (ping.message.ping_role_id, ping.message.silent) == (9, False)
    assert "Case #1" in ping.message.content
    await desk.desk.move(FANS, taken.id, Move.RELEASE, ANN)
    assert await desk.desk.escalate(desk.hearers[0], 600) == 0, "whoever let it go has not let it wait"
    await desk.clock.advance(601)
    assert await desk.desk.escalate(desk.hearers[0], 600) == 1


async def test_a_case_by_hand_has_a_card_where_there_is_a_channel_for_alerts(desk: Desk) -> None:
    draft = Case(
        id=CaseId(0),
        guild_id=FANS,
        number=0,
        key="manual:x",
        kind=CaseKind.MANUAL,
        creator_id=desk.alice,
        room_id=ROOM,
        viewer_id=BOB.id,
        viewer_handle=BOB.handle,
        viewer_name=BOB.nickname,
        opened_at=datetime.fromtimestamp(T / 1000, UTC),
        watch_id=WatchId(1),
    )
    made = await desk.desk.open(draft, Facts(reason="insults"), by=ANN)
    assert await desk.desk.open(draft, Facts(), by=BEN) == made
    (card,) = await desk.cards()
    assert "Matched: insults" in card.message.embeds[0].description
    assert alerts.load(made).creator == "alice"
    await desk.db.write(guilds.change, OTHERS, settings=GuildSettings(), by=ANN.id, now_ms=T)
    await desk.desk.open(replace(draft, guild_id=OTHERS, watch_id=WatchId(2)), Facts(), by=ANN)
    assert len(await desk.cards()) == 1
    assert [each.number for each in await desk.cases(OTHERS)] == [1]


async def test_a_member_action_is_one_card_however_often_it_is_heard(desk: Desk) -> None:
    event = MemberActionEvent(about(viewer("bob"), room=ROOM), action=3, operator=viewer("mod"))
    for _ in range(2):
        await desk.tell(done=(Done(7, event),))
    keys = ["alert:1:action:100:7", "alert:2:action:100:7"]
    assert [each.key for each in await desk.db.read(cards.of_keys, keys)] == keys
    assert await desk.cases() == []


async def test_many_guilds_are_told_in_several_transactions_and_the_cursor_moves_in_the_last(desk: Desk) -> None:
    guild_ids = [GuildId(100 + number) for number in range(2 * TOLD_AT_ONCE + 1)]
    for guild_id in guild_ids[:-1]:
        await desk.db.write(guilds.change, guild_id, settings=GuildSettings(comment_days=3), by=ANN.id, now_ms=T)
    some = [replace(desk.hearers[0], guild_id=each) for each in guild_ids]
    event = MemberActionEvent(about(viewer("bob"), room=ROOM), action=3, operator=viewer("mod"))
    # The last one is unknown: its transaction fails, and so the cursor stands.
    with pytest.raises(Exception, match="No row was found"):
        await desk.desk.tell(desk.alice, some, [desk.wipe()], [Done(7, event)], consumer="alerts", seq=9)
    assert desk.rung == 2
    assert await desk.db.read(cursors.get, "alerts", desk.alice) is None
    assert [len(await desk.cases(each)) for each in guild_ids] == [1] * 2 * TOLD_AT_ONCE + [0]
    await desk.db.write(guilds.change, guild_ids[-1], settings=GuildSettings(comment_days=3), by=ANN.id, now_ms=T)
    await desk.desk.tell(desk.alice, some, [desk.wipe()], [Done(7, event)], consumer="alerts", seq=9)
    assert [len(await desk.cases(each)) for each in guild_ids] == [1] * len(guild_ids)
    assert await desk.db.read(cursors.get, "alerts", desk.alice) == 9


async def test_a_name_that_only_another_guild_saw_is_not_on_the_card(desk: Desk) -> None:
    wipe = Wipe(desk.alice, ROOM, BOB.id, 50, 50, T + 9, T + 9, names_viewer=True, author=Seen(0, BOB))
    told = Told(wipe.key, wipe)
    await desk.tell(told)
    assert [(await desk.cases(each))[0].viewer_handle for each in (FANS, OTHERS)] == ["", ""]
    assert "bob" not in str(await desk.cards()).lower()
    await desk.db.write(viewers.see, [Sighting(desk.alice, BOB.id, Handle("robert"), "Robert", T + 1, T + 2)])
    await desk.tell(told, to=1)
    assert [(await desk.cases(each))[0].viewer_handle for each in (FANS, OTHERS)] == ["robert", ""]
