"""Who is pinged when, and what a go-live post says: tables and properties of pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Common, LiveEndedEvent, LiveStartedEvent
from bot.events.ids import Handle, MessageId, RoomId
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.message import Message
from bot.model.watch import EventKind, Look, Offline, Watch, WatchSettings
from bot.relay import golive
from bot.relay.golive import End, GoLive, Show
from tests.doubles.clock import START_MS

ROOM = RoomId("7000")
MINUTE_MS = 60_000


def watch(**settings: object) -> Watch:
    return Watch(
        id=WatchId(1),
        guild_id=GuildId(1),
        channel_id=ChannelId(10),
        creator_id=CreatorId(1),
        handle=Handle("alice"),
        created_at=datetime.fromtimestamp(START_MS / 1000, UTC),
        created_by=DiscordUserId(5),
        settings=WatchSettings(**settings),  # type: ignore[arg-type]
    )


def started(
    title: str = "Drawing roses", *, at_ms: int = START_MS, started_at_ms: int = START_MS, viewers: int = 0
) -> LiveStartedEvent:
    common = Common(MessageId("live:7000"), ROOM, Handle("alice"), received_at_ms=at_ms)
    return LiveStartedEvent(common, title=title, started_at_ms=started_at_ms, viewers=viewers)


def told(message: Message) -> dict[str, str]:
    return {each.name: each.value for each in message.embeds[0].fields}


@pytest.mark.parametrize(
    ("known_start", "started_s", "heard_s", "is_news"),
    [
        (True, -3600, 5, False),
        (True, -2, 1, False),
        (True, -1, 1, False),
        (True, -0.9, 1, True),
        (True, 60, 61, True),
        (False, 0, 5, False),
        (False, 0, 60, False),
        (False, 0, 61, True),
    ],
)
def test_a_live_that_was_on_before_the_watch_is_not_announced(
    known_start: bool, started_s: float, heard_s: float, is_news: bool
) -> None:
    start_ms = START_MS + round(started_s * 1000) if known_start else 0
    event = started(at_ms=START_MS + round(heard_s * 1000), started_at_ms=start_ms)
    assert golive.began_after(watch(), event) is is_news


@pytest.mark.parametrize(
    ("last_ping_min", "last_end_min", "late_min", "pings"),
    [
        (None, None, 0, True),
        (9, None, 0, False),
        (10, None, 0, True),
        (None, 9, 0, False),
        (None, 10, 0, True),
        (60, 5, 0, False),
        (5, 60, 0, False),
        (60, 60, 4, True),
        (None, None, 6, False),
    ],
)
def test_nobody_is_pinged_twice_for_one_evening_or_for_old_news(
    last_ping_min: int | None, last_end_min: int | None, late_min: int, pings: bool
) -> None:
    heard_at_ms = START_MS
    assert pings is golive.may_ping(
        heard_at_ms=heard_at_ms,
        now_ms=heard_at_ms + late_min * MINUTE_MS,
        fresh_ms=5 * MINUTE_MS,
        last_ping_ms=heard_at_ms - last_ping_min * MINUTE_MS if last_ping_min is not None else 0,
        cooldown_s=600,
        last_end_ms=heard_at_ms - last_end_min * MINUTE_MS if last_end_min is not None else 0,
    )


@given(
    starts=st.lists(st.integers(1, 10_000), min_size=1, max_size=30, unique=True).map(sorted),
    cooldown_s=st.integers(0, 3000),
)
def test_between_two_pings_lies_the_cooldown(starts: list[int], cooldown_s: int) -> None:
    pinged: list[int] = []
    for second in starts:
        at_ms = START_MS + second * 1000
        last_ms = pinged[-1] if pinged else 0
        if golive.may_ping(
            heard_at_ms=at_ms, now_ms=at_ms, fresh_ms=1, last_ping_ms=last_ms, cooldown_s=cooldown_s, last_end_ms=0
        ):
            pinged.append(at_ms)
    assert pinged[0] == START_MS + starts[0] * 1000
    assert all(later - earlier >= cooldown_s * 1000 for earlier, later in pairwise(pinged))


def test_the_post_says_who_is_live_and_pings_the_role() -> None:
    card = golive.begun(watch(ping_role_id=DiscordRoleId(77)), started(viewers=1234), heard_at_ms=START_MS, pings=True)
    message = card.message
    assert card.key == "golive:1:7000"
    assert message.content == "<@&77> 🔴 **@\u200balice** is live: Drawing roses"
    assert (message.ping_role_id, message.silent) == (77, False)
    [embed] = message.embeds
    assert (embed.title, embed.url, embed.colour) == ("Drawing roses", "https://www.tiktok.com/@alice/live", golive.RED)
    assert told(message) == {"Started": f"<t:{START_MS // 1000}:R>", "Viewers": "1,234"}
    assert golive.has_pinged(card)


@pytest.mark.parametrize(("role_id", "pings"), [(None, True), (DiscordRoleId(77), False)])
def test_who_shall_not_be_pinged_is_not_mentioned(role_id: DiscordRoleId | None, pings: bool) -> None:
    card = golive.begun(watch(ping_role_id=role_id), started(), heard_at_ms=START_MS, pings=pings)
    assert "<@&" not in card.message.content
    assert (card.message.ping_role_id, card.message.silent) == (None, True)
    assert not golive.has_pinged(card)


@pytest.mark.parametrize(
    ("template", "content"),
    [
        (
            "{creator} streams {title} at {link}",
            "<@&77> **@\u200balice** streams Drawing roses at <https://www.tiktok.com/@alice/live>",
        ),
        ("{role} come!", "<@&77> come!"),
        ("come!", "<@&77> come!"),
    ],
)
def test_a_guild_may_say_it_in_its_own_words(template: str, content: str) -> None:
    look = Look(templates=((EventKind.LIVE, template),))
    card = golive.begun(watch(ping_role_id=DiscordRoleId(77), look=look), started(), heard_at_ms=START_MS, pings=True)
    assert card.message.content == content


def test_a_long_title_does_not_push_the_role_out_of_the_post_that_pings_it() -> None:
    look = Look(templates=((EventKind.LIVE, "{title}" * 27 + "{role}"),))
    placed = watch(ping_role_id=DiscordRoleId(77), look=look)
    card = golive.begun(placed, started("*" * 80), heard_at_ms=START_MS, pings=True)
    assert "<@&77>" in card.message.content
    assert len(card.message.content) <= 2000


def test_without_a_ping_a_template_mentions_no_role() -> None:
    look = Look(templates=((EventKind.LIVE, "{role} come!"),))
    card = golive.begun(watch(ping_role_id=DiscordRoleId(77), look=look), started(), heard_at_ms=START_MS, pings=False)
    assert card.message.content.strip() == "come!"


@pytest.mark.parametrize("offline", Offline)
def test_after_the_end_the_post_is_what_the_watch_wishes(offline: Offline) -> None:
    placed = watch(offline=offline)
    card = golive.begun(placed, started(), heard_at_ms=START_MS, pings=False)
    after = golive.over(card, placed, End(START_MS + 90 * MINUTE_MS), Show(ROOM, 500))
    assert after.is_over
    assert after.is_withdrawn is (offline is Offline.DELETE)
    assert (after.message != card.message) is (offline is Offline.EDIT)


def test_the_edited_post_says_how_long_it_was_and_how_many_came() -> None:
    live = GoLive(ROOM, Handle("alice"), "Drawing roses", started_at_ms=START_MS, viewers=20)
    end_ms = START_MS + 133 * MINUTE_MS
    message = golive.farewell(Look(), live, End(end_ms), Show(ROOM, 1500))
    assert message.content == "⚫ **@\u200balice** was live: Drawing roses"
    assert message.ping_role_id is None
    assert told(message) == {"Duration": "2 h 13 min", "Ended": f"<t:{end_ms // 1000}:f>", "Peak viewers": "1,500"}


@pytest.mark.parametrize(
    ("live", "end", "show", "expected"),
    [
        (GoLive(ROOM, Handle("alice")), End(), Show(), {"Ended": "time unknown"}),
        (
            GoLive(ROOM, Handle("alice"), started_at_ms=START_MS, viewers=5),
            End(START_MS + 40_000, is_found_out=True),
            Show(ROOM, 9, had_gap=True),
            {"Duration": "about 40 s", "Ended": f"<t:{START_MS // 1000 + 40}:f>", "Peak viewers": "at least 9"},
        ),
        (
            GoLive(ROOM, Handle("alice"), started_at_ms=START_MS, viewers=5),
            End(),
            Show(RoomId("another"), 900),
            {"Ended": "time unknown", "Peak viewers": "at least 5"},
        ),
    ],
)
def test_what_is_not_known_is_not_guessed(live: GoLive, end: End, show: Show, expected: dict[str, str]) -> None:
    assert told(golive.farewell(Look(), live, end, show)) == expected


def test_a_peak_belongs_to_its_room_and_knows_of_gaps() -> None:
    show = Show().seen(ROOM, 5).seen(ROOM, 9).seen(ROOM, 3)
    assert (show.peak, show.had_gap) == (9, False)
    assert show.gapped(RoomId("another")) == show
    assert show.gapped(ROOM).had_gap
    again = show.gapped(ROOM).seen(RoomId("another"), 2)
    assert (again.peak, again.had_gap) == (2, False)


def test_only_an_end_that_nobody_told_can_prove_to_be_none() -> None:
    told = LiveEndedEvent(Common(room_id=ROOM))
    found_out = LiveEndedEvent(Common(room_id=ROOM), inferred=True)
    show = Show().ended(found_out, heard_at_ms=100)
    assert (show.last_end_ms, show.ended(told, heard_at_ms=50)) == (100, show)
    assert show.goes_on(ROOM, heard_at_ms=101)
    assert not show.goes_on(ROOM, heard_at_ms=100), "heard again"
    assert not show.goes_on(RoomId("another"), heard_at_ms=101)
    assert not Show().ended(told, heard_at_ms=100).goes_on(ROOM, heard_at_ms=101)
    assert not show.ended(told, heard_at_ms=200).goes_on(ROOM, heard_at_ms=201)


def test_how_an_end_was_learnt_is_kept() -> None:
    common = Common(MessageId("e"), ROOM, Handle("alice"), created_at_ms=7, received_at_ms=9)
    assert golive.end_of(LiveEndedEvent(common)) == End(7)
    assert golive.end_of(LiveEndedEvent(replace_common(common), inferred=True)) == End(9, is_found_out=True)


def replace_common(common: Common) -> Common:
    return Common(common.message_id, common.room_id, common.creator, 0, common.received_at_ms)


def test_a_state_that_nobody_can_read_costs_details_not_the_post() -> None:
    placed = watch()
    card = replace(golive.begun(placed, started(), heard_at_ms=START_MS, pings=True), state="{")
    assert not golive.has_pinged(card)
    assert "**@\u200balice** was live" in golive.over(card, placed, End(), Show()).message.content
    assert golive.show_of("[]") == golive.show_of(None) == Show()


@given(
    title=st.text(max_size=400),
    handle=st.text(max_size=40),
    template=st.sampled_from(["", "{title}" * 28, "{role} {link} {title}"]),
)
def test_no_title_breaks_discords_limits(title: str, handle: str, template: str) -> None:
    look = Look(templates=((EventKind.LIVE, template),) if template else ())
    placed = watch(ping_role_id=DiscordRoleId(77), look=look)
    event = LiveStartedEvent(Common(room_id=ROOM, creator=Handle(handle), received_at_ms=START_MS), title=title)
    card = golive.begun(placed, event, heard_at_ms=START_MS, pings=True)
    after = golive.over(card, placed, End(START_MS), Show())
    for message in (card.message, after.message):
        assert 0 < len(message.content) <= 2000
        assert len(message.embeds[0].title) <= 256
        assert "@everyone" not in message.content + message.embeds[0].title
        assert len(message.content.splitlines()) == 1


NOW = datetime.fromtimestamp(START_MS / 1000 + 600, UTC)
POSTED = replace(golive.begun(watch(), started(viewers=9), heard_at_ms=START_MS, pings=False), message_id=DiscordMessageId(1))


def test_a_post_of_a_watch_that_ended_says_until_when_it_was_relayed_and_guesses_nothing() -> None:
    ended = replace(watch(), ended_at=NOW)
    closed = golive.left(POSTED, ended, room_ended_at_ms=None, show=Show(ROOM, peak=20))
    assert (closed.is_over, closed.is_withdrawn) == (True, False)
    assert told(closed.message) == {"Relayed until": f"<t:{START_MS // 1000 + 600}:f>", "Peak viewers": "at least 20"}
    known = golive.left(POSTED, ended, room_ended_at_ms=START_MS + 120_000, show=Show(ROOM, peak=20))
    assert told(known.message)["Duration"] == "about 2 min"


@pytest.mark.parametrize(("watching", "is_withdrawn"), [({"ended_at": NOW}, True), ({"paused_at": NOW}, False)])
def test_what_is_not_posted_yet_never_will_be_once_its_watch_has_ended(watching: dict[str, datetime], is_withdrawn: bool) -> None:
    unposted = replace(POSTED, message_id=None)
    which = replace(watch(), **watching)  # type: ignore[arg-type]
    assert golive.left(unposted, which, room_ended_at_ms=None, show=Show()).is_withdrawn is is_withdrawn
