from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.errors import BadInput
from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import Fault, FaultKind, Queue, Trouble
from bot.model.guild import GuildSettings, Place
from bot.model.health import CreatorHealth, Health
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, GuildId
from bot.model.permissions import NAMES, Permission, to_relay
from bot.model.watch import PauseReason
from bot.services.doctor import AlertCheckup, Doctor, counted, keeps_silent
from bot.storage import creators, faults, guilds, posts, sessions, watches
from bot.storage.database import Database
from tests.bot.storage.builders import ADMIN, CHANNEL, GUILD, about_to_say, line
from tests.bot.storage.builders import known as a_creator
from tests.bot.storage.builders import watching as a_watch
from tests.doubles.database import opened


class Vitals:
    """A bot that follows one creator and cannot post."""

    def health(self) -> Health:
        alice = CreatorHealth(CreatorId(1), Handle("alice2"), CreatorState.LIVE, last_frame_at_ms=77)
        return Health(taken_at_ms=1, detection_delay_s=30.0, creators={alice.creator_id: alice})

    def queue(self, channel_id: ChannelId) -> Queue:
        return Queue(waiting=3, lag_s=9.0, trouble=Trouble(50013, "no", 0.0) if channel_id == CHANNEL else None)

    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        assert guild_id == GUILD
        return Place(channel_id, 0)

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        assert guild_id == GUILD
        return {5: True, 6: False}.get(role_id)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


async def test_everything_between_tiktok_and_the_channel_is_looked_at(db: Database) -> None:
    alice = await db.write(a_creator, "alice", "u1")
    await db.write(creators.learn, alice.id, tiktok_user_id=ViewerId("u1"), handle=Handle("alice2"), now_ms=5000)
    placed = await db.write(a_watch, alice.id)
    status = CreatorStatus(alice.id, CreatorState.UNCLEAR, reason="HTTP 403")
    await db.write(creators.set_status, status)
    await db.write(sessions.begin, alice.id, RoomId("r"), now_ms=55, started_at_ms=0, title="")
    sent = await db.write(posts.open_intent, about_to_say(placed, line(1, "hi")))
    await db.write(posts.fulfil, sent, message_id=DiscordMessageId(8), now_ms=66)
    fault = Fault(placed.id, FaultKind.NO_SEND, "no", datetime(2024, 1, 1, tzinfo=UTC))
    await db.write(faults.put, fault)

    doctor = Doctor(db, clock=SystemClock())
    (blind,) = await doctor.examine(GUILD)
    assert (blind.health, blind.place, blind.queue, blind.last_event_at_ms) == (None, None, Queue(), 55)

    doctor.vitals = Vitals()
    (found,) = await doctor.examine(GUILD, await doctor.creator_named(GUILD, "@Alice2"))
    assert (found.status, found.former, found.fault) == (status, ["alice"], fault)
    assert (found.last_event_at_ms, found.detection_delay_s, found.queue.waiting) == (77, 30.0, 3)
    assert found.delivery is not None
    assert (found.delivery.channel_id, found.delivery.message_id, found.delivery.at_ms) == (CHANNEL, 8, 66)
    assert found.place == Place(CHANNEL, 0)


async def test_who_watches_nobody_or_not_this_one_is_told_so(db: Database) -> None:
    doctor = Doctor(db, clock=SystemClock())
    with pytest.raises(BadInput, match="Nothing is watched here yet"):
        await doctor.examine(GUILD)
    alice = await db.write(a_creator, "alice")
    await db.write(a_watch, alice.id)
    with pytest.raises(BadInput, match="Nobody of that name"):
        await doctor.creator_named(GUILD, "bob")
    assert await doctor.handles(GUILD, "@LIC") == ["alice"]
    assert await doctor.handles(GuildId(99), "") == []


async def test_where_alerts_go_is_looked_at_with_the_role(db: Database) -> None:
    doctor = Doctor(db, clock=SystemClock())
    doctor.vitals = Vitals()
    assert await doctor.alerts(GUILD) is None
    for role, is_mentionable in ((None, None), (5, True), (6, False), (7, None)):
        settings = GuildSettings(alert_channel_id=CHANNEL, alert_role_id=None if role is None else DiscordRoleId(role))
        await db.write(guilds.change, GUILD, settings=settings, by=ADMIN, now_ms=1)
        found = await doctor.alerts(GUILD)
        assert found is not None
        assert (found.channel_id, found.place, found.role_id) == (CHANNEL, Place(CHANNEL, 0), role)
        assert found.is_mentionable is is_mentionable
        assert found.queue.trouble == Trouble(50013, "no", 0.0)


ALL = to_relay(is_thread=False).value
ALERTS = AlertCheckup(ChannelId(3), Place(ChannelId(3), ALL), Queue(), DiscordRoleId(6), is_mentionable=True)


def test_alerts_that_are_posted_and_ping_are_well() -> None:
    assert not keeps_silent(ALERTS)
    assert not keeps_silent(replace(ALERTS, role_id=None, is_mentionable=None))
    assert not keeps_silent(replace(ALERTS, place=Place(ChannelId(3), ALL, is_public=True))), "somebody said that they know it"
    granted = Place(ChannelId(3), ALL | Permission.MENTION_EVERYONE)
    assert not keeps_silent(replace(ALERTS, is_mentionable=False, place=granted))


@pytest.mark.parametrize(
    "found",
    [
        replace(ALERTS, place=None),
        replace(ALERTS, place=Place(ChannelId(3), ALL, is_locked=True)),
        replace(ALERTS, queue=Queue(trouble=Trouble(50013, "no", 0.0))),
        replace(ALERTS, is_mentionable=False),
        replace(ALERTS, is_mentionable=None),
        *(replace(ALERTS, place=Place(ChannelId(3), ALL & ~each)) for each in NAMES if each & ALL),
    ],
)
def test_alerts_that_are_not_posted_or_ping_nobody_are_not_well(found: AlertCheckup) -> None:
    assert keeps_silent(found)


async def test_the_summary_counts_each_watch_once(db: Database) -> None:
    alice = await db.write(a_creator, "alice")
    for channel in (CHANNEL, 21, 22):
        await db.write(a_watch, alice.id, channel=channel)
    paused = (await db.read(watches.of_guild, GUILD))[0]
    await db.write(watches.pause, [paused.id], why=PauseReason.FAULT, by=ADMIN, now_ms=1)
    doctor = Doctor(db, clock=SystemClock())
    assert counted(await doctor.examine(GUILD)) == {"well": 2, "ailing": 0, "paused": 1}
    doctor.vitals = Vitals()
    await db.write(watches.resume, {paused.id: 0}, by=ADMIN, now_ms=1)
    assert counted(await doctor.examine(GUILD)) == {"well": 2, "ailing": 1, "paused": 0}
    await db.write(creators.set_status, CreatorStatus(alice.id, CreatorState.NOT_FOUND))
    assert counted(await doctor.examine(GUILD)) == {"well": 0, "ailing": 3, "paused": 0}
