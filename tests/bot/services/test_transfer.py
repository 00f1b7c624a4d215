"""What a file would do, and doing it: all or nothing, audited, once. Real database, real log in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import Bell
from bot.config import Limits
from bot.errors import BadInput
from bot.eventlog.memory import MemoryEventLog
from bot.events.ids import Handle
from bot.model.ids import ChannelId, CreatorId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.services.portable import Portable
from bot.services.transfer import MOST_OF_GUILD, MOST_PREVIEWS, PREVIEW_S, Transfer, plan, portable
from bot.services.watching import Watching, Wish
from bot.storage import creators, cursors, watches
from bot.storage.database import Database
from tests.doubles.clock import FakeClock
from tests.doubles.database import prepared
from tests.doubles.events import comment

GUILD, OTHER_GUILD = GuildId(1), GuildId(2)
LIVE, NEWS = ChannelId(11), ChannelId(12)
ANN = DiscordUserId(21)
GIFTS = WatchSettings(frozenset({EventKind.GIFT}), 5)


def wanted(handle: str, channel: ChannelId = LIVE, settings: WatchSettings = GIFTS, *, paused: bool = False) -> Portable:
    return Portable(Handle(handle), channel, settings=settings, paused=paused)


def standing(handle: str, channel: ChannelId = LIVE, why: PauseReason | None = None) -> Watch:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Watch(
        WatchId(1), GUILD, channel, CreatorId(3), Handle(handle), at, ANN, GIFTS, paused_at=at if why else None, paused_why=why
    )


# --- planning --------------------------------------------------------------------------------------------------------------


def test_what_the_file_does_not_name_is_left_alone() -> None:
    made = plan([standing("alice"), standing("bob")], [wanted("alice")])
    assert (made.created, made.changed, made.same) == ((), (), (wanted("alice"),))
    assert not made.does_something


def test_new_different_and_equal_watches_are_told_apart() -> None:
    other = wanted("bob", settings=WatchSettings())
    made = plan([standing("alice"), standing("bob")], [wanted("alice"), other, wanted("alice", NEWS)])
    assert made.created == (wanted("alice", NEWS),)
    assert [shall for _, shall in made.changed] == [other]
    assert made.same == (wanted("alice"),)


@pytest.mark.parametrize(
    ("why", "paused", "changes"),
    [
        (None, False, False),
        (None, True, True),
        (PauseReason.ASKED, True, False),
        (PauseReason.ASKED, False, True),
        # What the bot paused by itself is no part of what anybody wants.
        (PauseReason.FAULT, False, False),
        (PauseReason.LEFT, False, False),
        (PauseReason.FAULT, True, False),
        (PauseReason.LEFT, True, False),
    ],
)
def test_a_pause_that_somebody_asked_for_is_part_of_the_file(why: PauseReason | None, *, paused: bool, changes: bool) -> None:
    made = plan([standing("alice", why=why)], [wanted("alice", paused=paused)])
    assert bool(made.changed) is changes
    assert portable(standing("alice", why=why), {}, {}).paused is (why is PauseReason.ASKED)


def test_a_creator_for_adults_is_held_in_another_channel_and_nowhere_else() -> None:
    alice = Handle("alice")
    made = plan([], [wanted("alice"), wanted("alice", NEWS)], restricted={alice}, for_adults={NEWS})
    assert [each.paused for each in made.created] == [True, False]
    assert made.held == {alice}
    assert plan([standing("alice")], [wanted("alice")], restricted={alice}).same == (wanted("alice"),)


def test_a_file_confirms_no_channel_for_adults_and_takes_no_confirmation_back() -> None:
    alice = Handle("alice")
    confirmed = replace(standing("alice"), settings=WatchSettings(adults_anyway=True))
    written = portable(confirmed, {}, {})
    assert written.settings == WatchSettings()
    assert plan([], [written], restricted={alice}).held == {alice}
    assert not plan([confirmed], [written], restricted={alice}).does_something
    (changed,) = plan([confirmed], [replace(written, settings=WatchSettings(min_diamonds=5))], restricted={alice}).changed
    assert changed[1].settings == WatchSettings(min_diamonds=5, adults_anyway=True)


# --- doing -----------------------------------------------------------------------------------------------------------------


@dataclass
class House:
    """A `Transfer` with everything around it."""

    db: Database
    file: Path
    clock: FakeClock
    log: MemoryEventLog = field(default_factory=MemoryEventLog)
    bell: Bell = field(default_factory=Bell)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.watching = Watching(self.db, self.log, self.bell, clock=self.clock, limits=self.limits)
        self.transfer = Transfer(self.db, self.log, self.bell, self.watching, clock=self.clock, limits=self.limits)

    async def kept(self) -> list[Watch]:
        return await self.db.read(watches.of_guild, GUILD)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    db = await Database.open(prepared(tmp_path), clock=clock)
    yield House(db, tmp_path / "relay.db", clock)
    await db.close()


async def test_what_was_previewed_is_done_in_one_go_and_audited(house: House) -> None:
    await house.watching.watch(GUILD, LIVE, "alice", ANN)
    made, number = await house.transfer.preview(GUILD, [wanted("alice"), wanted("bob", NEWS, paused=True)], ())
    assert (len(made.created), len(made.changed)) == (1, 1)
    assert [each.handle for each in await house.kept()] == ["alice"]
    assert await house.transfer.apply(GUILD, number, ANN) == made
    alice, bob = await house.kept()
    assert (alice.settings, bob.settings, bob.channel_id, bob.paused_why) == (GIFTS, GIFTS, NEWS, PauseReason.ASKED)
    connection = sqlite3.connect(house.file)
    rows = connection.execute("SELECT action, actor_id FROM config_audit ORDER BY id").fetchall()
    connection.close()
    assert rows == [(action, ANN) for action in ("watch.placed", "watch.placed", "watch.paused.asked", "watch.changed")]


async def test_a_new_watch_begins_at_the_tail_of_what_others_know(house: House) -> None:
    creator = await house.db.write(creators.ensure, Handle("alice"), now_ms=1)
    await (await house.log.writer(creator.id)).append([comment("old"), comment("news")], source="test")
    _, number = await house.transfer.preview(GUILD, [wanted("alice")], ())
    await house.transfer.apply(GUILD, number, ANN)
    (watch,) = await house.kept()
    assert await house.db.read(cursors.get, cursors.of_watch(watch.id), creator.id) == 2


async def test_a_preview_is_for_one_guild_one_use_and_a_quarter_of_an_hour(house: House) -> None:
    _, number = await house.transfer.preview(GUILD, [wanted("alice")], ())
    with pytest.raises(BadInput, match="too old, or was used already"):
        await house.transfer.apply(OTHER_GUILD, number, ANN)
    await house.transfer.apply(GUILD, number, ANN)
    with pytest.raises(BadInput, match="too old"):
        await house.transfer.apply(GUILD, number, ANN)
    (alice,) = await house.kept()
    await house.db.write(watches.end_each, [alice.id], guild_id=GUILD, by=ANN, now_ms=1)
    _, number = await house.transfer.preview(GUILD, [wanted("alice")], ())
    await house.clock.advance(PREVIEW_S + 1)
    with pytest.raises(BadInput, match="too old"):
        await house.transfer.apply(GUILD, number, ANN)
    assert await house.kept() == []


async def test_no_more_previews_are_remembered_than_fit(house: House) -> None:
    guilds = [GuildId(number) for number in range(1, MOST_PREVIEWS + 2)]
    numbers = [(await house.transfer.preview(guild, [wanted("alice")], ()))[1] for guild in guilds]
    with pytest.raises(BadInput, match="too old"):
        await house.transfer.apply(guilds[0], numbers[0], ANN)
    await house.transfer.apply(guilds[-1], numbers[-1], ANN)


async def test_a_guild_with_many_previews_takes_nobody_elses_away(house: House) -> None:
    _, other = await house.transfer.preview(OTHER_GUILD, [wanted("alice")], ())
    numbers = [(await house.transfer.preview(GUILD, [wanted("alice")], ()))[1] for _ in range(MOST_PREVIEWS + 1)]
    await house.transfer.apply(OTHER_GUILD, other, ANN)
    for number in numbers[:-MOST_OF_GUILD]:
        with pytest.raises(BadInput, match="too old"):
            await house.transfer.apply(GUILD, number, ANN)
    await house.transfer.apply(GUILD, numbers[-MOST_OF_GUILD], ANN)


async def test_what_changed_since_the_preview_is_not_written_over(house: House) -> None:
    _, number = await house.transfer.preview(GUILD, [wanted("alice")], ())
    await house.watching.watch(GUILD, LIVE, "alice", ANN, Wish(min_diamonds=9))
    with pytest.raises(BadInput, match="has changed since this preview"):
        await house.transfer.apply(GUILD, number, ANN)
    assert [each.settings.min_diamonds for each in await house.kept()] == [9]


async def test_limits_hold_for_the_file_as_a_whole(house: House) -> None:
    house.limits = Limits(watches_per_guild=2, creators=2)
    house.__post_init__()
    await house.watching.watch(GUILD, LIVE, "alice", ANN)
    with pytest.raises(BadInput, match="would have 3 watches, and this bot allows 2"):
        await house.transfer.preview(GUILD, [wanted("bob"), wanted("carol")], ())
    await house.watching.watch(OTHER_GUILD, LIVE, "dora", ANN)
    with pytest.raises(BadInput, match="would follow 3 creators, and it may follow 2"):
        await house.transfer.preview(GUILD, [wanted("bob")], ())
    await house.transfer.preview(GUILD, [wanted("bob", paused=True)], ())
    await house.transfer.preview(GUILD, [wanted("dora")], ())


async def test_an_export_imported_again_changes_nothing(house: House) -> None:
    for handle, channel in (("alice", LIVE), ("alice", NEWS), ("bob", LIVE)):
        await house.watching.watch(GUILD, channel, handle, ANN, Wish(min_diamonds=3))
    out = await house.transfer.export(GUILD, {LIVE: "live"}, {})
    assert [each.channel for each in out] == ["live", "", "live"]
    made, _ = await house.transfer.preview(GUILD, out, ())
    assert (made.does_something, len(made.same)) == (False, 3)


def test_names_of_roles_stand_beside_their_ids() -> None:
    watch = replace(standing("alice"), settings=replace(GIFTS, ping_role_id=DiscordRoleId(7)))
    assert portable(watch, {}, {DiscordRoleId(7): "fans"}).ping_role == "fans"
    assert json.dumps(portable(watch, {}, {}).ping_role) == '""'
