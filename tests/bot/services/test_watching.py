"""What a cog may ask for: wishes stored or refused, and what became of them. Real database, real log in memory."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import Bell
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.memory import MemoryEventLog
from bot.events import CommentEvent, Common, MessageId, RoomId
from bot.events.ids import Handle
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId
from bot.model.watch import EventKind, PauseReason, WatchSettings
from bot.services.watching import Watching, Wish, is_settled
from bot.storage import creators, cursors, schema, watches
from bot.storage.database import Database
from tests.doubles.clock import FakeClock

GUILD, OTHER_GUILD = GuildId(1), GuildId(2)
LIVE, NEWS = ChannelId(11), ChannelId(12)
ANN = DiscordUserId(21)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class House:
    """A `Watching` with everything around it."""

    db: Database
    file: Path
    clock: FakeClock = field(default_factory=FakeClock)
    log: MemoryEventLog = field(default_factory=MemoryEventLog)
    bell: Bell = field(default_factory=Bell)

    def watching(self, limits: Limits | None = None) -> Watching:
        return Watching(self.db, self.log, self.bell, clock=self.clock, limits=limits or Limits())


async def audited(house: House) -> list[str]:
    """What was done, oldest first."""
    connection = sqlite3.connect(house.file)
    actions = [action for (action,) in connection.execute("SELECT action FROM config_audit ORDER BY id")]
    connection.close()
    return actions


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "relay.db"
    schema.upgrade(f"sqlite:///{file}")
    clock = FakeClock()
    db = await Database.open(f"sqlite:///{file}", clock=clock)
    yield House(db, file, clock)
    await db.close()


# --- placing ---------------------------------------------------------------------------------------------------------------


async def test_a_wish_is_stored_whole_audited_and_rings_the_bell(house: House) -> None:
    wish = Wish(frozenset({EventKind.GIFT}), min_diamonds=5)
    placed = await house.watching().watch(GUILD, LIVE, " @Alice ", ANN, wish)
    wanted = WatchSettings(frozenset({EventKind.GIFT}), min_diamonds=5)
    assert (placed.created, placed.handle, placed.watch.settings) == (True, "alice", wanted)
    assert await house.bell.wait(0)
    with sqlite3.connect(house.file) as connection:
        ((action, after),) = connection.execute("SELECT action, after FROM config_audit").fetchall()
    connection.close()
    assert action == "watch.placed"
    audited = json.loads(after)["settings"]
    assert (audited["kinds"], audited["min_diamonds"], audited["look"]["style"]) == (["gift"], 5, "compact")


async def test_a_new_watch_starts_at_the_tail_of_what_is_known(house: House) -> None:
    creator = await house.db.write(creators.ensure, Handle("alice"), now_ms=house.clock.now_ms())
    writer = await house.log.writer(creator.id)
    await writer.append([CommentEvent(Common(MessageId("1"), RoomId("9")))], source="test")
    placed = await house.watching().watch(GUILD, LIVE, "alice", ANN)
    assert await house.db.read(cursors.get, cursors.of_watch(placed.watch.id), creator.id) == 1


async def test_the_same_wish_again_is_the_same_watch(house: House) -> None:
    watching = house.watching()
    first = await watching.watch(GUILD, LIVE, "alice", ANN)
    again = await watching.watch(GUILD, LIVE, "https://www.tiktok.com/@ALICE/live", ANN)
    assert (again.watch.id, again.created) == (first.watch.id, False)


async def test_another_wish_changes_only_what_it_names_and_is_audited(house: House) -> None:
    watching = house.watching()
    await watching.watch(GUILD, LIVE, "alice", ANN, Wish(frozenset({EventKind.GIFT}), min_diamonds=5))
    changed = await watching.watch(GUILD, LIVE, "alice", ANN, Wish(min_diamonds=9))
    assert changed.watch.settings == WatchSettings(frozenset({EventKind.GIFT}), 9)
    assert changed.before is not None
    assert (changed.before.settings.min_diamonds, changed.watch.revision) == (5, 2)
    assert await audited(house) == ["watch.placed", "watch.changed"]


async def test_a_paused_watch_goes_on_at_the_logs_tail(house: House) -> None:
    watching = house.watching()
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    await house.db.write(watches.pause, [placed.watch.id], why=PauseReason.FAULT, by=ANN, now_ms=1)
    writer = await house.log.writer(placed.watch.creator_id)
    await writer.append([CommentEvent(Common(MessageId("1"), RoomId("9")))], source="test")
    again = await watching.watch(GUILD, LIVE, "alice", ANN)
    assert (again.resumed, again.watch.paused_at) == (True, None)
    assert await house.db.read(cursors.get, cursors.of_watch(placed.watch.id), placed.watch.creator_id) == 1


async def test_a_paused_watch_does_not_go_on_beyond_the_limit_of_creators(house: House) -> None:
    watching = house.watching(Limits(creators=1))
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    await house.db.write(watches.pause, [placed.watch.id], why=PauseReason.ASKED, by=ANN, now_ms=1)
    await watching.watch(GUILD, LIVE, "bob", ANN)
    with pytest.raises(BadInput, match="That would be more creators than this bot may follow"):
        await watching.watch(GUILD, LIVE, "alice", ANN)
    with pytest.raises(BadInput, match="That would be more creators than this bot may follow"):
        await watching.resume(GUILD, placed.watch.id, ANN)


async def test_a_button_resumes_all_or_nothing_within_the_limit_of_creators(house: House) -> None:
    watching = house.watching(Limits(creators=2))
    placed = [(await watching.watch(GUILD, LIVE, name, ANN)).watch for name in ("alice", "bob")]
    await house.db.write(watches.pause, [each.id for each in placed], why=PauseReason.LEFT, by=ANN, now_ms=1)
    await watching.watch(OTHER_GUILD, LIVE, "carol", ANN)
    with pytest.raises(BadInput, match="That would be more creators than this bot may follow"):
        await watching.resume_all(GUILD, None, PauseReason.LEFT, ANN, may_write=lambda _channel_id: True)
    assert [each.handle for each in await house.db.read(watches.active)] == ["carol"]


async def test_nobody_resumes_another_guilds_watch(house: House) -> None:
    watching = house.watching()
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    await house.db.write(watches.pause, [placed.watch.id], why=PauseReason.ASKED, by=ANN, now_ms=1)
    assert await watching.resume(OTHER_GUILD, placed.watch.id, ANN) is None
    assert (await watching.of_guild(GUILD))[0].watch.paused_at is not None


async def test_a_creator_for_adults_stands_still_where_the_channel_is_not(house: House) -> None:
    watching = house.watching()
    first = await watching.watch(GUILD, LIVE, "alice", ANN)
    status = CreatorStatus(first.watch.creator_id, CreatorState.LIVE, is_age_restricted=True)
    await house.db.write(creators.set_status, status)
    assert (await watching.heed(first, status, for_adults=True)) == first
    held = await watching.heed(first, status, for_adults=False)
    assert (held.is_held, held.watch.paused_why) == (True, PauseReason.ADULTS)
    assert (await watching.watch(GUILD, NEWS, "alice", ANN)).is_held
    assert not (await watching.watch(OTHER_GUILD, LIVE, "alice", ANN, for_adults=True)).is_held
    assert not (await watching.watch(GUILD, LIVE, "alice", ANN, for_adults=True)).is_held
    # The channel is for adults no more, and nobody said that it shall be so.
    assert (await watching.watch(GUILD, LIVE, "alice", ANN, Wish(min_diamonds=1))).is_held


async def test_a_channel_is_confirmed_once_for_all_that_comes_after(house: House) -> None:
    watching = house.watching()
    first = await watching.watch(GUILD, LIVE, "alice", ANN)
    status = CreatorStatus(first.watch.creator_id, CreatorState.LIVE, is_age_restricted=True)
    await house.db.write(creators.set_status, status)
    held = await watching.resume(GUILD, (await watching.heed(first, status, for_adults=False)).watch.id, ANN)
    assert held is not None
    assert held.paused_why is PauseReason.ADULTS
    confirmed = await watching.resume(GUILD, held.id, ANN, anyway=True)
    assert confirmed is not None
    assert (confirmed.paused_at, confirmed.settings.adults_anyway) == (None, True)
    assert (await audited(house))[-2:] == ["watch.resumed", "watch.changed"]
    again = await watching.watch(GUILD, LIVE, "alice", ANN, Wish(min_diamonds=1))
    assert (again.is_held, (await watching.heed(again, status, for_adults=False)).is_held) == (False, False)
    await house.db.write(watches.pause, [held.id], why=PauseReason.ASKED, by=ANN, now_ms=1)
    resumed = await watching.resume(GUILD, held.id, ANN)
    assert resumed is not None
    assert resumed.paused_at is None


# --- limits ----------------------------------------------------------------------------------------------------------------


async def test_a_guild_cannot_have_more_watches_than_allowed_but_may_repeat_one(house: House) -> None:
    watching = house.watching(Limits(watches_per_guild=1))
    await watching.watch(GUILD, LIVE, "alice", ANN)
    with pytest.raises(
        BadInput, match=r"That would be more watches than this bot allows a server \(1\)\. .*limits\.watches_per_guild"
    ):
        await watching.watch(GUILD, NEWS, "alice", ANN)
    assert not (await watching.watch(GUILD, LIVE, "alice", ANN)).created
    assert (await watching.watch(OTHER_GUILD, LIVE, "alice", ANN)).created


async def test_all_together_cannot_follow_more_creators_than_allowed_but_may_share_one(house: House) -> None:
    watching = house.watching(Limits(creators=1))
    await watching.watch(GUILD, LIVE, "alice", ANN)
    with pytest.raises(BadInput, match=r"That would be more creators than this bot may follow \(1\)\. .*limits\.creators"):
        await watching.watch(OTHER_GUILD, LIVE, "bob", ANN)
    assert (await watching.watch(OTHER_GUILD, LIVE, "alice", ANN)).created


async def test_an_ended_watch_makes_room(house: House) -> None:
    watching = house.watching(Limits(watches_per_guild=1, creators=1))
    await watching.watch(GUILD, LIVE, "alice", ANN)
    (ending,) = await watching.ending(GUILD, "alice", None)
    await watching.end(GUILD, ending.creator_id, None, newest=ending.id, by=ANN)
    assert (await watching.watch(GUILD, LIVE, "bob", ANN)).created


async def test_wishes_at_the_same_instant_cannot_share_the_last_place(house: House) -> None:
    watching = house.watching(Limits(watches_per_guild=1))
    wishes = (watching.watch(GUILD, LIVE, name, ANN) for name in ("alice", "bob", "carol"))
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(isinstance(answer, BadInput) for answer in answers) == [False, True, True]


async def test_what_is_no_handle_is_refused_before_anything_is_written(house: House) -> None:
    with pytest.raises(BadInput, match="no TikTok handle"):
        await house.watching().watch(GUILD, LIVE, "nohandle!", ANN)
    assert await house.db.read(creators.by_handle, Handle("nohandle!")) is None


# --- ending and listing ----------------------------------------------------------------------------------------------------


async def test_what_ends_is_one_channel_or_all_of_that_guild_and_nothing_newer(house: House) -> None:
    watching = house.watching()
    for guild, channel in ((GUILD, LIVE), (GUILD, NEWS), (OTHER_GUILD, LIVE)):
        placed = await watching.watch(guild, channel, "alice", ANN)
    creator_id = placed.watch.creator_id
    doomed = await watching.ending(GUILD, "@alice", None)
    assert [watch.channel_id for watch in doomed] == [LIVE, NEWS]
    assert [watch.channel_id for watch in await watching.ending(GUILD, "alice", NEWS)] == [NEWS]
    newest = max(watch.id for watch in doomed)
    later = await watching.watch(GUILD, ChannelId(13), "alice", ANN)
    assert len(await watching.end(GUILD, creator_id, None, newest=newest, by=ANN)) == 2
    assert await watching.end(GUILD, creator_id, None, newest=newest, by=ANN) == []
    assert [each.watch.id for each in await watching.of_guild(GUILD)] == [later.watch.id]
    assert len(await watching.of_guild(OTHER_GUILD)) == 1


@pytest.mark.parametrize(("channel", "where"), [(None, "here"), (LIVE, "in that channel")])
async def test_ending_what_is_not_watched_is_refused(house: House, channel: ChannelId | None, where: str) -> None:
    with pytest.raises(BadInput, match=f"Nobody of that name is watched {where}"):
        await house.watching().ending(GUILD, "alice", channel)
    assert not await house.bell.wait(0)


async def test_the_list_has_each_watch_with_its_status(house: House) -> None:
    watching = house.watching()
    await watching.watch(GUILD, LIVE, "bob", ANN)
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    await house.db.write(creators.set_status, CreatorStatus(placed.watch.creator_id, CreatorState.LIVE))
    listed = await watching.of_guild(GUILD)
    assert [(each.watch.handle, each.status.state) for each in listed] == [
        ("alice", CreatorState.LIVE),
        ("bob", CreatorState.UNCHECKED),
    ]


async def test_handles_are_found_by_any_part_the_beginning_first(house: House) -> None:
    watching = house.watching()
    for name in ("malice", "alice", "bob"):
        await watching.watch(GUILD, LIVE, name, ANN)
    assert await watching.handles(GUILD, "@AL") == ["alice", "malice"]
    assert await watching.handles(GUILD, "") == ["alice", "bob", "malice"]
    assert await watching.handles(OTHER_GUILD, "") == []


# --- outcome ---------------------------------------------------------------------------------------------------------------


async def test_the_outcome_is_told_as_soon_as_tiktok_was_asked(house: House) -> None:
    watching = house.watching()
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    waiting = asyncio.ensure_future(watching.outcome(placed.watch.creator_id, since=placed.asked_at, timeout_s=20))
    await house.clock.until(lambda: house.clock.sleepers > 0)
    said = CreatorStatus(placed.watch.creator_id, CreatorState.OFFLINE, checked_at=placed.asked_at + timedelta(seconds=1))
    await house.db.write(creators.set_status, said)
    await house.clock.until(waiting.done, step_s=0.25, most_s=2)
    assert (await waiting).state is CreatorState.OFFLINE


async def test_when_tiktok_is_silent_the_outcome_is_what_is_known(house: House) -> None:
    watching = house.watching()
    placed = await watching.watch(GUILD, LIVE, "alice", ANN)
    waiting = asyncio.ensure_future(watching.outcome(placed.watch.creator_id, since=placed.asked_at, timeout_s=3))
    await house.clock.until(waiting.done, step_s=0.5, most_s=6)
    assert (await waiting).state is CreatorState.UNCHECKED


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        (CreatorStatus(CreatorId(1)), False),
        (CreatorStatus(CreatorId(1), CreatorState.OFFLINE, checked_at=NOW), True),
        (CreatorStatus(CreatorId(1), CreatorState.OFFLINE, checked_at=NOW - timedelta(seconds=1)), False),
        (CreatorStatus(CreatorId(1), CreatorState.LIVE, checked_at=NOW - timedelta(hours=1), connected=True), True),
        (CreatorStatus(CreatorId(1), CreatorState.OFFLINE, next_try_at=NOW + timedelta(minutes=1)), True),
        (CreatorStatus(CreatorId(1), CreatorState.OFFLINE, next_try_at=NOW - timedelta(minutes=1)), False),
    ],
)
def test_an_older_look_counts_only_while_somebody_looks_after_the_creator(status: CreatorStatus, settled: bool) -> None:
    assert is_settled(status, since=NOW, now=NOW) is settled
