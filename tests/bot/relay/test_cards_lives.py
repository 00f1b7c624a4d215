"""Go-live posts: one for each LIVE and watch, a ping for nobody twice, through restarts, repeats and refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.errors import DatabaseError
from bot.events import Common, GapEvent, LiveEndedEvent, LiveStartedEvent, ViewersEvent
from bot.events.ids import Handle, MessageId, RoomId
from bot.model.ids import DiscordRoleId
from bot.model.watch import EventKind, Offline, PauseReason, Watch, WatchSettings
from bot.storage import sessions, watches
from tests.doubles.office import LIVE, OTHER, Office, about, opened

ROLE = DiscordRoleId(77)
PINGING = WatchSettings(ping_role_id=ROLE)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        await office.clock.advance(3600)
        yield office


def starts(office: Office, room: str = "r1", title: str = "Drawing roses") -> LiveStartedEvent:
    common = Common(MessageId(f"live:{room}"), RoomId(room), Handle("alice"), received_at_ms=office.clock.now_ms())
    return LiveStartedEvent(common, title=title, started_at_ms=office.clock.now_ms() - 1000, viewers=3)


def ends(office: Office, room: str = "r1") -> LiveEndedEvent:
    return LiveEndedEvent(about(office, room))


def viewers(office: Office, count: int, room: str = "r1") -> ViewersEvent:
    return ViewersEvent(about(office, room), viewers=count)


def pings(office: Office) -> int:
    return sum(each.message.ping_role_id is not None for each in office.messages())


async def test_a_live_is_announced_once_however_often_it_is_heard(office: Office) -> None:
    alice = await office.watch(settings=PINGING)
    await office.clock.advance(60)
    logged = await office.hear(starts(office), by=[alice])
    await office.hear_again(logged, by=[alice])
    await office.until_shown()
    await office.restart()
    await office.hear_again(logged, by=[alice])
    await office.until_shown()

    assert ["Drawing roses" in content for content in office.discord.contents(LIVE)] == [True]
    assert pings(office) == 1
    assert len(office.discord.sends) == 1


async def test_a_dropped_live_that_comes_back_pings_nobody_twice(office: Office) -> None:
    alice = await office.watch(settings=replace(PINGING, ping_cooldown_s=0))
    await office.clock.advance(60)
    await office.hear(starts(office, "r1"), by=[alice])
    await office.clock.advance(3600)
    await office.hear(ends(office, "r1"), by=[alice])
    await office.restart()
    await office.clock.advance(590)
    await office.hear(starts(office, "r2"), by=[alice])
    await office.until_shown()
    assert pings(office) == 0, "the first post was edited, the second one pinged nobody"
    await office.hear(ends(office, "r2"), by=[alice])
    await office.clock.advance(610)
    await office.hear(starts(office, "r3"), by=[alice])
    await office.until_shown()

    assert [bool(message.message.ping_role_id) for message in office.messages()] == [False, False, True]


async def test_the_cooldown_counts_from_the_last_ping_also_after_a_restart(office: Office) -> None:
    alice = await office.watch(settings=replace(PINGING, ping_cooldown_s=7200, offline=Offline.LEAVE))
    await office.clock.advance(60)
    for room, later_s in (("r1", 3600), ("r2", 3500), ("r3", 200), ("r4", 0)):
        await office.hear(starts(office, room), by=[alice])
        await office.hear(ends(office, room), by=[alice])
        await office.until_shown()
        await office.restart()
        await office.clock.advance(later_s)

    assert [bool(message.message.ping_role_id) for message in office.messages()] == [True, False, False, False]
    await office.clock.advance(7200)
    await office.hear(starts(office, "r5"), by=[alice])
    await office.until_shown()
    assert office.messages()[-1].message.ping_role_id == ROLE


async def test_who_is_live_already_is_not_announced_and_the_end_of_that_counts(office: Office) -> None:
    running = starts(office)
    await office.clock.advance(60)
    alice = await office.watch(settings=PINGING)
    await office.hear(running, ends(office), by=[alice])
    await office.restart()
    await office.clock.advance(60)
    await office.hear(starts(office, "r2"), by=[alice])
    await office.until_shown()

    assert len(office.messages()) == 1
    assert pings(office) == 0


async def test_old_news_pings_nobody(office: Office) -> None:
    alice = await office.watch(settings=PINGING)
    await office.clock.advance(60)
    event = starts(office)
    await office.clock.advance(400)
    await office.hear(event, by=[alice])
    await office.until_shown()

    assert len(office.messages()) == 1
    assert pings(office) == 0


@pytest.mark.parametrize(
    ("offline", "contents"),
    [
        (Offline.EDIT, ["⚫ **@\u200balice** was live: Drawing roses"]),
        (Offline.LEAVE, ["🔴 **@\u200balice** is live: Drawing roses"]),
        (Offline.DELETE, []),
    ],
)
async def test_the_end_does_what_the_watch_wishes(office: Office, offline: Offline, contents: list[str]) -> None:
    alice = await office.watch(settings=WatchSettings(offline=offline))
    await office.clock.advance(60)
    await office.hear(starts(office), viewers(office, 40), viewers(office, 30), by=[alice])
    await office.until_shown()
    await office.clock.advance(7260)
    await office.hear(ends(office), by=[alice])
    await office.until_shown()

    assert [message.message.content for message in office.messages()] == contents
    if offline is Offline.EDIT:
        told = {each.name: each.value for each in office.embeds()[0].fields}
        assert (told["Duration"], told["Peak viewers"]) == ("2 h 1 min", "40")


async def test_a_peak_survives_a_restart_and_a_gap_makes_it_a_lower_bound(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    await office.hear(starts(office), viewers(office, 4000), by=[alice])
    await office.wait(12)
    await office.restart()
    gap = GapEvent(about(office), from_ms=1, to_ms=2)
    await office.hear(gap, viewers(office, 30), ends(office), by=[alice])
    await office.until_shown()

    assert {each.name: each.value for each in office.embeds()[0].fields}["Peak viewers"] == "at least 4,000"


async def test_two_watches_of_one_creator_have_a_post_each(office: Office) -> None:
    one, two = await office.watch(settings=PINGING), await office.watch(channel=OTHER)
    await office.clock.advance(60)
    await office.hear(starts(office), by=[one, two])
    await office.until_shown()
    assert (len(office.messages(LIVE)), len(office.messages(OTHER))) == (1, 1)
    await office.hear(ends(office), by=[one, two])
    await office.until_shown()

    assert all("was live" in office.messages(channel)[0].content for channel in (LIVE, OTHER))


async def test_a_lost_end_is_told_when_the_next_live_begins(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    first = await office.hear(starts(office, "r1"), by=[alice])
    await office.clock.advance(7200)
    await office.hear(starts(office, "r2"), by=[alice])
    await office.hear_again(first, by=[alice])
    await office.until_shown()

    old, new = office.messages()
    assert "was live" in old.content
    assert {each.name: each.value for each in old.message.embeds[0].fields}["Ended"] == "time unknown"
    assert "is live" in new.content


async def test_a_live_that_only_seemed_to_end_is_live_again_without_a_ping(office: Office) -> None:
    alice = await office.watch(settings=PINGING)
    await office.clock.advance(60)
    await office.hear(starts(office), by=[alice])
    await office.clock.advance(600)
    await office.hear(LiveEndedEvent(about(office), inferred=True), by=[alice])
    await office.until_shown()
    assert "was live" in office.messages()[0].content
    await office.restart()
    await office.clock.advance(60)
    back = await office.hear(viewers(office, 12), by=[alice])
    await office.hear_again(back, by=[alice])
    await office.until_shown()
    assert ["is live" in message.content for message in office.messages()] == [True]
    await office.hear(ends(office), viewers(office, 11), by=[alice])
    await office.until_shown()

    assert "was live" in office.messages()[0].content
    assert len(office.discord.sends) == 1


async def test_an_earlier_start_that_is_heard_again_ends_no_later_live(office: Office) -> None:
    running = starts(office, "r1")
    await office.clock.advance(60)
    alice = await office.watch()
    unannounced = await office.hear(running, by=[alice])
    await office.clock.advance(3600)
    await office.hear(starts(office, "r2"), by=[alice])
    await office.hear_again(unannounced, by=[alice])
    await office.until_shown()

    assert ["is live" in message.content for message in office.messages()] == [True]


async def test_who_wants_no_lives_any_more_still_has_the_post_ended(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    await office.hear(starts(office), by=[alice])
    await office.until_shown()
    deaf = replace(alice, settings=WatchSettings(kinds=frozenset({EventKind.CHAT})))
    await office.hear(ends(office), by=[deaf])
    await office.hear(starts(office, "r2"), by=[deaf])
    await office.until_shown()

    assert [message.message.content for message in office.messages()] == ["⚫ **@\u200balice** was live: Drawing roses"]


async def test_a_start_whose_card_cannot_be_stored_is_heard_again(office: Office) -> None:
    alice = await office.watch(settings=PINGING)
    await office.clock.advance(60)

    def shut(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TRIGGER shut BEFORE INSERT ON card BEGIN SELECT RAISE(ABORT, 'disk full'); END")

    await office.db.write(shut)
    event = starts(office)
    with pytest.raises(DatabaseError):
        await office.hear(event, by=[alice])
    await office.db.write(lambda connection: connection.exec_driver_sql("DROP TRIGGER shut"))
    await office.hear(event, by=[alice])
    await office.until_shown()

    assert pings(office) == 1


# --- LIVEs of which nobody hears the end -----------------------------------------------------------------------------------


async def ended(office: Office, watch: Watch) -> None:
    """As `/unwatch` does, and as the relay then says."""
    now_ms = office.clock.now_ms()
    await office.db.write(watches.end_each, [watch.id], guild_id=watch.guild_id, by=watch.created_by, now_ms=now_ms)
    office.maker.stop(watch)


async def paused(office: Office, watch: Watch, why: PauseReason = PauseReason.ASKED) -> None:
    await office.db.write(watches.pause, [watch.id], why=why, by=watch.created_by, now_ms=office.clock.now_ms())
    office.maker.stop(watch)


async def announced(office: Office, watch: Watch, room: str = "r1") -> None:
    """A LIVE that is on, its session as ingest stores it, and its post."""
    now_ms = office.clock.now_ms()
    await office.db.write(sessions.begin, watch.creator_id, RoomId(room), now_ms=now_ms, started_at_ms=now_ms, title="")
    await office.hear(starts(office, room), by=[watch])
    await office.until_shown()


async def closed(office: Office, watch: Watch) -> None:
    """Until the post is over in the table, and Discord shows it."""
    for _ in range(400):
        if (await office.card(f"golive:{watch.id}:r1")).is_over:
            break
        await office.wait(0.25)
    await office.until_shown()


@pytest.mark.parametrize(
    ("offline", "contents"),
    [
        (Offline.EDIT, ["⚫ **@\u200balice** was live: Drawing roses"]),
        (Offline.LEAVE, ["🔴 **@\u200balice** is live: Drawing roses"]),
        (Offline.DELETE, []),
    ],
)
async def test_a_watch_that_ends_in_a_live_closes_its_post_as_it_wished(
    office: Office, offline: Offline, contents: list[str]
) -> None:
    alice = await office.watch(settings=WatchSettings(offline=offline))
    await office.clock.advance(60)
    await announced(office, alice)
    await office.hear(viewers(office, 900), by=[alice])
    await office.wait(2)
    until_s = office.clock.now_ms() // 1000
    await ended(office, alice)
    await closed(office, alice)

    assert [each.splitlines()[0] for each in office.discord.contents(LIVE)] == contents
    assert (await office.card(f"golive:{alice.id}:r1")).is_over
    if offline is Offline.EDIT:
        (embed,) = office.embeds()
        said = {each.name: each.value for each in embed.fields}
        assert said == {"Relayed until": f"<t:{until_s}:f>", "Peak viewers": "at least 900"}


async def test_a_watch_that_ended_while_the_bot_was_down_is_closed_at_the_start(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    await announced(office, alice)
    await office.kill()
    now_ms = office.clock.now_ms()
    await office.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=alice.created_by, now_ms=now_ms)
    office.start()
    await closed(office, alice)

    assert "was live" in office.discord.contents(LIVE)[0]


async def test_a_live_that_ends_during_a_pause_is_told_once_its_end_is_known(office: Office) -> None:
    alice, other = await office.watch(), await office.watch(channel=OTHER)
    await office.clock.advance(60)
    await announced(office, alice)
    await paused(office, alice)
    await office.clock.advance(1200)
    await office.wait(1)
    assert "is live" in office.discord.contents(LIVE)[0], "somebody else follows the creator, so the end will be known"
    end_ms = office.clock.now_ms()
    await office.db.write(sessions.end, other.creator_id, RoomId("r1"), now_ms=end_ms)
    await office.clock.advance(70)
    await closed(office, alice)

    (embed,) = office.embeds()
    assert [each.value for each in embed.fields if each.name == "Ended"] == [f"<t:{end_ms // 1000}:f>"]
    assert any(each.value.startswith("about 2") for each in embed.fields if each.name == "Duration")


async def test_after_ten_minutes_of_a_pause_in_which_nobody_looks_a_post_says_so(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    await announced(office, alice)
    since_s = office.clock.now_ms() // 1000
    await paused(office, alice)
    await office.clock.advance(580)
    await office.wait(1)
    assert "is live" in office.discord.contents(LIVE)[0]
    await office.clock.advance(40)
    await closed(office, alice)

    (embed,) = office.embeds()
    assert [each.value for each in embed.fields if each.name == "Relayed until"] == [f"<t:{since_s}:f>"]


async def test_what_discord_refuses_us_is_not_tried_over_and_over(office: Office) -> None:
    alice = await office.watch()
    await office.clock.advance(60)
    await announced(office, alice)
    await paused(office, alice, PauseReason.LEFT)
    await office.clock.advance(900)
    await office.wait(2)

    assert "is live" in office.discord.contents(LIVE)[0]
