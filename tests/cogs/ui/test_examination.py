"""What `/doctor` says, from plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.events.ids import Handle
from bot.language import language
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import Fault, FaultKind, Queue, Trouble
from bot.model.guild import Place
from bot.model.health import CreatorHealth
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.permissions import to_relay
from bot.model.watch import PauseReason, Watch
from bot.services.doctor import AlertCheckup, Checkup, Delivery
from cogs.ui.examination import alerts, report, spell

T = language("en")
NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
NOW_MS = int(NOW.timestamp() * 1000)
WATCH = Watch(WatchId(1), GuildId(2), ChannelId(3), CreatorId(4), Handle("al_ice"), NOW, DiscordUserId(5))
PLACE = Place(ChannelId(3), to_relay(is_thread=False).value)
HEALTH = CreatorHealth(CreatorId(4), Handle("al_ice"), CreatorState.LIVE)
WELL = Checkup(
    watch=WATCH,
    status=CreatorStatus(CreatorId(4), CreatorState.LIVE, connected=True, checked_at=NOW),
    former=(),
    last_event_at_ms=NOW_MS - 4000,
    health=replace(HEALTH, way="webcast (no key)", connected_at_ms=NOW_MS - 60_000),
    queue=Queue(),
    place=PLACE,
    fault=None,
    delivery=Delivery(ChannelId(3), DiscordMessageId(8), NOW_MS),
    detection_delay_s=60.0,
)


MISSING = CreatorStatus(CreatorId(4), CreatorState.NOT_FOUND)


def said(found: Checkup) -> str:
    return report(T, found, guild_id=GuildId(2), now_ms=NOW_MS)


def test_a_watch_that_is_well_reads_from_tiktok_to_the_post() -> None:
    assert said(WELL).splitlines() == [
        "### ✅ @al\\_ice → <#3>",
        f"**Creator:** 🔴 live · last look <t:{NOW_MS // 1000}:R>",
        f"**Connection:** connected <t:{NOW_MS // 1000 - 60}:R> through TikTok · last event 4 s ago",
        "**Permissions:** ✅ View Channel ✅ Send Messages ✅ Embed Links ✅ Read Message History",
        "**Queue:** empty",
        f"**Last post:** [<t:{NOW_MS // 1000}:R>](https://discord.com/channels/2/3/8)",
    ]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (replace(WELL, watch=replace(WATCH, paused_at=NOW, paused_why=PauseReason.ASKED)), "⏸️ @al\\_ice"),
        (replace(WELL, watch=replace(WATCH, paused_at=NOW, paused_why=PauseReason.LEFT)), "I was removed from this server"),
        (replace(WELL, watch=replace(WATCH, paused_at=NOW, paused_why=PauseReason.FAULT)), "nobody put it right"),
        (replace(WELL, fault=Fault(WatchId(1), FaultKind.LOCKED, "", NOW)), "Unlock the thread"),
        (replace(WELL, fault=Fault(WatchId(1), FaultKind.LOCKED, "", NOW)), "### ❌"),
        (replace(WELL, place=None), "I do not see this channel"),
        (replace(WELL, place=replace(PLACE, is_locked=True)), "❌ The thread is locked."),
        (replace(WELL, place=replace(PLACE, granted=0)), "❌ View Channel ❌ Send Messages"),
        (replace(WELL, former=[Handle("old")]), "formerly @old"),
        (replace(WELL, health=replace(HEALTH, told_by="Tik*Tools")), ":R> · Tik\\*Tools answered, as TikTok did not"),
        (replace(WELL, queue=Queue(waiting=7, lag_s=11.0, left_out=2)), "7 lines wait · ⚠️ the first for 11 s · 2 left out"),
        (replace(WELL, queue=Queue(trouble=Trouble(50001, "", 0.0, 1))), "Discord's code 50001, refused once"),
        (replace(WELL, queue=Queue(trouble=Trouble(200000, "", 0.0, 4))), "Discord refuses my posts in <#3> (Discord's"),
        (replace(WELL, delivery=None), "**Last post:** none"),
        (replace(WELL, status=CreatorStatus(CreatorId(4)), health=None), "TikTok was not asked yet"),
        (replace(WELL, status=CreatorStatus(CreatorId(4)), health=None), "not connected"),
        (replace(WELL, status=CreatorStatus(CreatorId(4), CreatorState.OFFLINE)), "a LIVE is noticed within 60 s"),
        (replace(WELL, status=MISSING), "### ❌"),
        (replace(WELL, status=MISSING), "such creator\nCheck the spelling; `/unwatch` takes it away."),
        (replace(WELL, status=replace(WELL.status, is_age_restricted=True)), "### ✅"),
        (replace(WELL, status=replace(WELL.status, is_age_restricted=True, connected=False)), "### ❌"),
        (replace(WELL, status=replace(WELL.status, is_age_restricted=True, connected=False)), "for adults only"),
        (
            replace(WELL, health=replace(HEALTH, place=3, expected_wait_s=90.4, waits_for="the account's limit")),
            "number 3 in line, about 90 s · the account's limit",
        ),
        (
            replace(WELL, status=replace(WELL.status, state=CreatorState.UNCLEAR, reason="HTTP *403*", next_try_at=LATER)),
            "HTTP \\*403\\*",
        ),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_said(found: Checkup, says: str) -> None:
    assert says in said(found)


def test_a_reason_is_said_once_and_nothing_of_a_live_to_come_for_who_does_not_exist() -> None:
    unclear = replace(WELL.status, state=CreatorState.UNCLEAR, connected=False, reason="HTTP 403")
    twice = replace(WELL, status=unclear, health=replace(HEALTH, reason="HTTP 403"))
    assert said(twice).count("HTTP 403") == 1
    gone = replace(WELL, status=replace(MISSING, reason="no such user"), health=replace(HEALTH, reason="no such user"))
    assert "no such user" not in said(gone), "the state says it, in the reader's language"
    assert "is noticed within" not in said(gone)


def test_a_watch_held_for_adults_says_once_why_and_what_to_do() -> None:
    fault = Fault(WATCH.id, FaultKind.ADULTS, "for adults", NOW, is_final=True)
    held = replace(WATCH, paused_at=NOW, paused_why=PauseReason.ADULTS)
    for found in (replace(WELL, watch=held), replace(WELL, watch=held, fault=fault)):
        assert said(found).count("age-restricted") == 1
        assert said(found).count("Restrict the channel (Edit Channel > Overview)") == 1
        assert "**Fault**" not in said(found)


def test_a_block_with_everything_wrong_fits_on_a_page() -> None:
    worst = replace(
        WELL,
        watch=replace(WATCH, handle=Handle("_" * 24), paused_at=NOW, paused_why=PauseReason.FAULT),
        status=replace(WELL.status, state=CreatorState.NOT_FOUND, reason="*" * 5000, next_try_at=NOW),
        former=[Handle("_" * 24)] * 50,
        fault=Fault(WatchId(1), FaultKind.NO_SEND, "x" * 5000, NOW, is_final=True),
        health=replace(HEALTH, way="_" * 50, reason="*" * 5000, connected_at_ms=1, place=10**6, expected_wait_s=1e9),
        place=replace(PLACE, granted=0, is_locked=True),
        queue=Queue(waiting=10**6, lag_s=1e9, left_out=10**9, trouble=Trouble(50013, "x" * 5000, 0.0, 10**6)),
    )
    assert len(said(worst)) < 4096


@pytest.mark.parametrize(("seconds", "says"), [(-3, "0 s"), (119, "119 s"), (600, "10 min"), (7200, "2 h"), (400_000, "5 d")])
def test_ages_are_said_at_a_glance(seconds: float, says: str) -> None:
    assert spell(T, seconds) == says


ALERTS = AlertCheckup(ChannelId(3), PLACE, Queue(), DiscordRoleId(6), is_mentionable=True)


def test_alerts_that_are_well_show_each_permission() -> None:
    assert alerts(T, ALERTS).splitlines() == [
        "### ✅ Alerts → <#3>",
        "**Permissions:** ✅ View Channel ✅ Send Messages ✅ Embed Links ✅ Read Message History",
        "**Pings:** <@&6>, when nobody takes a case",
    ]


@pytest.mark.parametrize(
    ("found", "dot", "says"),
    [
        (replace(ALERTS, place=None), "❌", "I do not see this channel. It was deleted"),
        (replace(ALERTS, place=None), "❌", "`/alerts channel` names another one."),
        (replace(ALERTS, place=replace(PLACE, granted=0)), "❌", "❌ View Channel ❌ Send Messages ❌ Embed Links"),
        (replace(ALERTS, place=replace(PLACE, is_thread=True)), "❌", "❌ Send Messages in Threads"),
        (replace(ALERTS, place=replace(PLACE, is_public=True)), "✅", "⚠️ Everybody in this server can read this channel"),
        (replace(ALERTS, is_mentionable=False), "❌", "❌ Mention @everyone, @here, and All Roles Grant it to my role"),
        (replace(ALERTS, is_mentionable=None), "❌", "❌ The role that is to be pinged is not there any more"),
        (replace(ALERTS, queue=Queue(trouble=Trouble(50013, "", 0.0))), "❌", "(Discord's code 50013, refused once)"),
    ],
)
def test_what_keeps_moderators_from_being_told_is_marked(found: AlertCheckup, dot: str, says: str) -> None:
    said = alerts(T, found)
    assert said.startswith(f"### {dot} Alerts")
    assert says in said
