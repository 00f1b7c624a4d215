"""One field at a time: whoever changes another one loses nothing, and every change is heard."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import Bell, SystemClock
from bot.errors import BadInput
from bot.events.ids import Handle
from bot.links import LinkPolicy
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.watch import DEFAULT_KINDS, EventKind, Follows, Offline, PauseReason, Removal, Role, Style, Watch, WatchSettings
from bot.services import tuning
from bot.services.tuning import MOST_REMEMBERED, Edit, Tuning
from bot.storage import creators, watches
from bot.storage.database import Database
from tests.doubles.database import opened

ANN, BEN = DiscordUserId(1), DiscordUserId(2)
FANS, OTHERS = GuildId(7), GuildId(8)


async def placed(db: Database, channel: int = 70, handle: str = "alice", guild: GuildId = FANS) -> Watch:
    creator = await db.write(creators.ensure, Handle(handle), now_ms=1)
    watch, _ = await db.write(
        watches.place, guild_id=guild, channel_id=ChannelId(channel), creator_id=creator.id, by=ANN, now_ms=1, cursor_seq=0
    )
    return watch


# --- any interleaving ------------------------------------------------------------------------------------------------------

WORDS = st.lists(st.text("abc", min_size=1, max_size=3), max_size=2, unique=True).map(tuple)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "kinds": st.frozensets(st.sampled_from(EventKind), min_size=1),
    "min_diamonds": st.integers(0, 1_000_000),
    "removal": st.sampled_from(Removal),
    "follows": st.sampled_from(Follows),
    "offline": st.sampled_from(Offline),
    "ping_role_id": st.none() | st.just(DiscordRoleId(5)),
    "ping_cooldown_s": st.integers(0, 1440).map(lambda minutes: 60 * minutes),
    "look.style": st.sampled_from(Style),
    "look.links": st.sampled_from(LinkPolicy),
    "look.locale": st.sampled_from(["en", "es"]),
    "look.hidden_words": WORDS,
    "filters.only_users": WORDS,
    "filters.not_users": WORDS,
    "filters.only_words": WORDS,
    "filters.not_words": WORDS,
    "filters.only_roles": st.frozensets(st.sampled_from(Role)),
    "filters.not_roles": st.frozensets(st.sampled_from(Role)),
    "template.chat": st.sampled_from(["", "{text}", "{name}: {text}"]),
    "template.gift": st.sampled_from(["", "{gift}"]),
}


@dataclass(frozen=True)
class Change:
    by: DiscordUserId
    field: str
    value: Any

    @property
    def edit(self) -> Edit:
        part, _, name = self.field.rpartition(".")
        match part:
            case "look":
                return tuning.look(**{name: self.value})
            case "filters":
                return tuning.filters(**{name: self.value})
            case "template":
                return tuning.template(EventKind(name), self.value)
            case _:
                return tuning.own(**{name: self.value})


CHANGES = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda field: st.builds(Change, st.sampled_from([ANN, BEN]), st.just(field), VALUES[field])
    ),
    max_size=12,
)


def value_of(stored: WatchSettings, field: str) -> Any:
    part, _, name = field.rpartition(".")
    if part == "template":
        return dict(stored.look.templates).get(EventKind(name), "")
    return getattr(getattr(stored, part) if part else stored, name)


@given(CHANGES)
@settings(max_examples=40, deadline=None)
def test_changes_of_several_admins_at_once_end_as_the_last_write_of_each_field(changes: list[Change]) -> None:
    async def story() -> tuple[WatchSettings, int]:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder)) as db:
                watch = await placed(db)
                # Two services, as two processes would have them: nothing that one remembers may reach what the other writes.
                desks = {who: Tuning(db, Bell(), clock=SystemClock()) for who in (ANN, BEN)}
                await asyncio.gather(*(desks[c.by].change(FANS, watch.id, c.edit, c.by) for c in changes))
                stored = await db.read(watches.of_id, guild_id=FANS, watch_id=watch.id)
        assert stored is not None
        return stored.settings, stored.revision

    stored, revision = asyncio.run(story())
    last = {change.field: change.value for change in changes}
    for field in VALUES:
        assert value_of(stored, field) == last.get(field, value_of(WatchSettings(), field))
    assert revision <= 1 + len(changes)


# --- the rest --------------------------------------------------------------------------------------------------------------


async def test_a_change_rings_the_bell_and_raises_the_revision(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        bell = Bell()
        watch, desk = await placed(db), Tuning(db, bell, clock=SystemClock())
        changed = await desk.change(FANS, watch.id, tuning.own(min_diamonds=5), BEN)
        assert changed is not None
        assert (changed.settings.min_diamonds, changed.revision) == (5, 2)
        assert await bell.wait(0)
        assert desk.remembered(FANS, watch.id) == changed


async def test_what_is_another_guilds_or_has_ended_is_not_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        watch, desk = await placed(db), Tuning(db, Bell(), clock=SystemClock())
        assert await desk.watch(FANS, watch.id) == watch
        assert await desk.watch(OTHERS, watch.id) is None
        assert desk.remembered(OTHERS, watch.id) is None
        assert await desk.change(OTHERS, watch.id, tuning.own(min_diamonds=5), ANN) is None
        assert await desk.pause(OTHERS, watch.id, ANN) is None
        assert await desk.watch(FANS, watch.id) == watch
        await db.write(watches.end, guild_id=FANS, creator_id=watch.creator_id, by=ANN, now_ms=2)
        assert await desk.change(FANS, watch.id, tuning.own(min_diamonds=5), ANN) is None
        assert await desk.pause(FANS, watch.id, ANN) is None
        assert await desk.watch(FANS, WatchId(10**18 - 1)) is None


async def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    def refuse(_: WatchSettings) -> WatchSettings:
        raise BadInput("No.")

    async with opened(tmp_path) as db:
        watch, desk = await placed(db), Tuning(db, Bell(), clock=SystemClock())
        with pytest.raises(BadInput):
            await desk.change(FANS, watch.id, refuse, ANN)
        assert await desk.watch(FANS, watch.id) == watch


async def test_a_pause_is_asked_for_by_somebody_and_rings_the_bell(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        bell = Bell()
        watch, desk = await placed(db), Tuning(db, bell, clock=SystemClock())
        paused = await desk.pause(FANS, watch.id, BEN)
        assert paused is not None
        assert paused.paused_why is PauseReason.ASKED
        assert await bell.wait(0)
        assert await db.read(watches.active) == []


async def test_a_creators_watches_are_found_by_whatever_names_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        desk = Tuning(db, Bell(), clock=SystemClock())
        mine = [await placed(db, 70), await placed(db, 71)]
        await placed(db, 70, "bob")
        await placed(db, 80, "alice", OTHERS)
        assert await desk.standing(FANS, "https://www.tiktok.com/@Alice/live") == mine
        assert await desk.standing(FANS, "carol") == []
        with pytest.raises(BadInput):
            await desk.standing(FANS, "no such handle")


def test_defaults_leave_the_language() -> None:
    tuned = tuning.look(locale="es", style=Style.RICH)(WatchSettings(min_diamonds=5, kinds=frozenset({EventKind.JOIN})))
    reset = tuning.defaults(tuned)
    assert (reset.look.locale, reset.look.style, reset.min_diamonds, reset.kinds) == ("es", Style.COMPACT, 0, DEFAULT_KINDS)


async def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        desk = Tuning(db, Bell(), clock=SystemClock())
        watch = await placed(db)
        await desk.watch(FANS, watch.id)
        for number in range(MOST_REMEMBERED):
            desk._noted(WatchId(1000 + number), watch)
        assert desk.remembered(FANS, watch.id) is None
        assert len(desk._remembered) == MOST_REMEMBERED
