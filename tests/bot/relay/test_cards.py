"""Events become cards once, through restarts, repeats and refusals; what nobody waits for costs no write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.events import (
    BattleEvent,
    BattleScoreEvent,
    Common,
    LiveEndedEvent,
    LiveStartedEvent,
    Phase,
    Result,
    Side,
    User,
    ViewersEvent,
)
from bot.events.battle_board import MOST_BATTLES
from bot.events.battle_state import SILENT_AFTER_MS
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.watch import EventKind, Watch, WatchSettings
from bot.storage import cards, watches
from tests.doubles.events import comment
from tests.doubles.office import LIVE, OTHER, Office, about, opened

FIGHT_S = 300


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        await office.clock.advance(3600)
        yield office


def starts(office: Office, room: str = "r1", title: str = "Drawing roses") -> LiveStartedEvent:
    common = Common(MessageId(f"live:{room}"), RoomId(room), Handle("alice"), received_at_ms=office.clock.now_ms())
    return LiveStartedEvent(common, title=title, started_at_ms=office.clock.now_ms() - 1000, viewers=3)


def viewers(office: Office, count: int, room: str = "r1") -> ViewersEvent:
    return ViewersEvent(about(office, room), viewers=count)


def side(name: str, score: int = 0, result: Result = Result.UNKNOWN) -> Side:
    return Side(User(id=ViewerId(name), handle=Handle(name), nickname=name.title()), score, result, host_ids=(name,))


class Pk:
    """A battle that begins now, as both rooms hear it."""

    def __init__(self, office: Office, battle_id: str = "b1") -> None:
        self.office = office
        self.id = battle_id
        self.began_ms = office.clock.now_ms()

    def begins(self, room: str = "r1", creator: str = "alice") -> BattleEvent:
        return BattleEvent(
            about(self.office, room, creator),
            self.id,
            Phase.STARTING,
            FIGHT_S,
            (side("alice"), side("zoe")),
            "c1",
            started_at_ms=self.began_ms,
            action=4,
        )

    def scores(self, alice: int, zoe: int, room: str = "r1", creator: str = "alice") -> BattleScoreEvent:
        return BattleScoreEvent(
            about(self.office, room, creator),
            self.id,
            (side("alice", alice), side("zoe", zoe)),
            phase=Phase.ACTIVE,
            started_at_ms=self.began_ms,
            duration_s=FIGHT_S,
        )

    def is_decided(self, alice: int, zoe: int, room: str = "r1", creator: str = "alice") -> BattleEvent:
        won = (Result.WIN, Result.LOSE) if alice > zoe else (Result.LOSE, Result.WIN)
        return BattleEvent(
            about(self.office, room, creator),
            self.id,
            Phase.PUNISHING,
            FIGHT_S,
            (side("alice", alice, won[0]), side("zoe", zoe, won[1])),
            started_at_ms=self.began_ms,
            action=5,
        )

    def closes(self, room: str = "r1", creator: str = "alice") -> BattleEvent:
        return BattleEvent(about(self.office, room, creator), self.id, Phase.ENDED, FIGHT_S, started_at_ms=self.began_ms)


def titles(office: Office) -> list[str]:
    return [embed.title.replace("\u2068", "").replace("\u2069", "") for embed in office.embeds()]


async def test_every_battle_of_a_channel_with_many_creators_comes_to_its_end(office: Office) -> None:
    watches_ = [await office.watch(f"host{number}") for number in range(MOST_BATTLES + 4)]
    for number, each in enumerate(watches_):
        event = BattleEvent(
            about(office, f"r{number}", f"host{number}"),
            f"b{number}",
            Phase.STARTING,
            FIGHT_S,
            (side(f"host{number}"), side(f"guest{number}")),
            f"c{number}",
            started_at_ms=office.clock.now_ms(),
            action=4,
        )
        await office.hear(event, by=[each])
    await office.until_shown()
    await office.until(lambda: all("over" in each for each in titles(office)), step_s=30, most_s=3600)
    assert len(titles(office)) == len(watches_)


async def test_a_battle_is_one_card_from_its_beginning_to_its_result(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.until(lambda: bool(office.messages()))
    assert titles(office) == ["⚔️ PK: Alice vs Zoe"]
    for second in range(1, 30):
        await office.wait(1)
        await office.hear(pk.scores(second * 10, second * 11), by=[alice])
    await office.wait(11)
    await office.until_shown()
    assert len(office.messages()[0].edits) <= 4
    assert "**319**" in office.embeds()[0].description
    before = office.clock.monotonic()
    await office.hear(pk.is_decided(400, 319), by=[alice])
    await office.until_shown()

    assert titles(office) == ["⚔️ PK over: Alice wins"]
    assert office.clock.monotonic() - before < 3, "the result waits for nothing"
    await office.hear(pk.closes(), by=[alice])
    await office.until_shown()
    assert len(office.discord.sends) == 1


async def test_both_creators_watched_in_one_channel_make_one_card(office: Office) -> None:
    alice, zoe = await office.watch("alice"), await office.watch("zoe")
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.hear(pk.begins("r2", "zoe"), pk.scores(5, 9, "r2", "zoe"), by=[zoe])
    await office.hear(pk.scores(5, 3), pk.is_decided(6, 9), by=[alice])
    await office.hear(pk.is_decided(6, 9, "r2", "zoe"), by=[zoe])
    await office.until_shown()

    assert titles(office) == ["⚔️ PK over: Zoe wins"]
    assert office.embeds()[0].description.replace("\u2068", "").splitlines()[0].find("Alice") > 0, "the sides keep their places"


async def test_creators_in_two_channels_have_a_card_each_with_their_own_side_first(office: Office) -> None:
    alice, zoe = await office.watch("alice"), await office.watch("zoe", OTHER)
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.hear(pk.begins("r2", "zoe"), by=[zoe])
    await office.until_shown()

    assert [office.embeds(channel)[0].title.replace("\u2068", "").replace("\u2069", "") for channel in (LIVE, OTHER)] == [
        "⚔️ PK: Alice vs Zoe",
        "⚔️ PK: Zoe vs Alice",
    ]


@pytest.mark.parametrize("kills_after", [1, 2, 3, 4])
async def test_a_restart_in_the_middle_goes_on_with_the_same_card(office: Office, kills_after: int) -> None:
    alice = await office.watch()
    pk = Pk(office)
    told: list[BattleEvent | BattleScoreEvent] = [
        pk.begins(),
        pk.scores(10, 5),
        pk.scores(10, 50),
        pk.is_decided(60, 50),
        pk.closes(),
    ]
    for number, event in enumerate(told, start=1):
        logged = await office.hear(event, by=[alice])
        await office.until_shown()
        if number == kills_after:
            await office.restart()
            await office.hear_again(logged, by=[alice])
            await office.until_shown()

    assert len(office.discord.sends) == 1
    assert titles(office) == ["⚔️ PK over: Alice wins"]
    told_fields = {each.name: each.value for each in office.embeds()[0].fields}
    # A crash may cost the scores of the last ten seconds; the numbers that are left are never too high.
    assert told_fields["Lead changes"] in ("1", "2")


async def test_a_battle_whose_end_nobody_told_is_closed_as_incomplete_also_after_a_restart(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), pk.scores(10, 5), by=[alice])
    await office.until_shown()
    await office.restart()
    await office.clock.advance(FIGHT_S + SILENT_AFTER_MS / 1000 - 10)
    await office.until_shown()
    assert titles(office) == ["⚔️ PK: Alice vs Zoe"]
    await office.wait(15)
    await office.until_shown()

    assert titles(office) == ["⚔️ PK over, the result is incomplete: Alice vs Zoe"]
    assert (await office.card(f"pk:{LIVE}:b1")).is_over


async def test_a_decision_that_comes_late_is_still_told(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), pk.scores(10, 5), by=[alice])
    await office.wait(FIGHT_S + SILENT_AFTER_MS / 1000 + 5)
    await office.until_shown()
    await office.restart()
    await office.hear(pk.is_decided(10, 5), by=[alice])
    await office.until_shown()

    assert titles(office) == ["⚔️ PK over: Alice wins"]
    assert len(office.discord.sends) == 1


async def test_a_battle_that_ends_before_a_stop_is_heard_again_without_becoming_another(office: Office) -> None:
    """The repeated tail holds the decision only: what was known of the battle stands in its card."""
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), pk.scores(10, 5), by=[alice])
    tail = await office.hear(pk.is_decided(10, 5), pk.closes(), by=[alice])
    await office.until_shown()
    await office.restart()
    await office.hear_again(tail, by=[alice])
    await office.until_shown()

    assert len(office.messages()) == 1
    assert office.embeds()[0].footer == "", "nothing was missed"


async def test_the_next_battle_of_a_creator_ends_the_one_before(office: Office) -> None:
    alice = await office.watch()
    first = Pk(office, "b1")
    await office.hear(first.begins(), first.scores(3, 1), by=[alice])
    await office.wait(100)
    second = Pk(office, "b2")
    await office.hear(second.begins(), by=[alice])
    await office.until_shown()

    assert titles(office) == ["⚔️ PK over, the result is incomplete: Alice vs Zoe", "⚔️ PK: Alice vs Zoe"]


async def test_scores_are_kept_at_a_stop(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.hear(pk.scores(10, 5), by=[alice])
    await office.maker.flush()
    await office.restart()
    await office.until_shown()

    assert "**10**" in office.embeds()[0].description


async def test_an_old_battle_gets_no_card(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    began, score = pk.begins(), pk.scores(1, 2)
    await office.clock.advance(301)
    await office.hear(began, score, by=[alice])
    await office.until_shown()

    assert not office.messages()


async def test_a_battle_whose_watch_ended_while_the_bot_was_down_is_closed_in_time(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.until_shown()
    await office.kill()
    now_ms = office.clock.now_ms()
    await office.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=alice.created_by, now_ms=now_ms)
    office.start()
    await office.wait(FIGHT_S + SILENT_AFTER_MS / 1000)
    await office.until(lambda: "incomplete" in titles(office)[0], most_s=60)


async def test_nobody_who_does_not_want_battles_or_lives_gets_a_card(office: Office) -> None:
    deaf = await office.watch(settings=WatchSettings(kinds=frozenset({EventKind.CHAT})))
    await office.clock.advance(60)
    pk = Pk(office)
    await office.hear(starts(office), pk.begins(), pk.is_decided(1, 2), LiveEndedEvent(about(office)), by=[deaf])
    await office.until_shown()

    assert not office.messages()


# What it costs.


async def test_what_makes_no_card_costs_no_write(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(starts(office), pk.begins(), by=[alice])
    await office.until_shown()
    await office.kill()

    def shut(connection: Connection) -> None:
        for table, action in (("card", "INSERT"), ("card", "UPDATE"), ("state", "INSERT"), ("state", "UPDATE")):
            connection.exec_driver_sql(
                f"CREATE TRIGGER shut_{table}_{action} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, 'a write'); END"
            )

    await office.db.write(shut)
    await office.hear(comment("hi"), viewers(office, 99), pk.scores(1, 2), by=[alice])


async def test_a_watch_hears_only_what_lies_behind_its_position(office: Office) -> None:
    alice, late = await office.watch(), await office.watch(channel=OTHER)
    await office.clock.advance(60)
    logged = await office.hear(starts(office), Pk(office).begins(), by=[alice])
    await office.maker.hear(logged, {alice.id: (alice, 0), late.id: (late, logged[-1].seq)})
    await office.until_shown()

    assert (len(office.messages(LIVE)), len(office.messages(OTHER))) == (2, 0)


async def test_a_card_of_a_watch_that_was_erased_stops_nobody(office: Office) -> None:
    alice = await office.watch()
    gone: Watch = replace(alice, id=type(alice.id)(999))
    await office.clock.advance(60)
    await office.hear(starts(office), by=[alice, gone])
    await office.until_shown()

    assert len(office.messages()) == 1
    assert await office.db.read(watches.active)
    assert not await office.db.read(cards.of_keys, ["golive:999:r1"])


async def test_a_battle_of_which_nobody_hears_any_more_is_closed_at_once_and_says_so(office: Office) -> None:
    alice = await office.watch()
    pk = Pk(office)
    await office.hear(pk.begins(), pk.scores(500, 300), by=[alice])
    await office.until_shown()
    office.maker.stop(alice)
    await office.wait(3)
    await office.until_shown()

    assert titles(office) == ["⚔️ PK, no longer relayed: Alice vs Zoe"]
    (embed,) = office.embeds()
    assert [each.name for each in embed.fields if each.name == "Ends"] == []
    assert "neither a result" not in embed.footer
    assert "500" in embed.description
    await office.restart()
    await office.clock.advance(1000)
    await office.wait(2)
    assert titles(office) == ["⚔️ PK, no longer relayed: Alice vs Zoe"]


async def test_a_battle_goes_on_for_who_still_hears_of_it_and_for_who_comes_back(office: Office) -> None:
    alice, zoe = await office.watch(), await office.watch("zoe")
    pk = Pk(office)
    await office.hear(pk.begins(), by=[alice])
    await office.hear(pk.begins("r2", "zoe"), by=[zoe])
    office.maker.stop(alice)
    await office.wait(2)
    await office.until_shown()
    assert titles(office) == ["⚔️ PK: Alice vs Zoe"]
    office.maker.stop(zoe)
    await office.wait(2)
    await office.until_shown()
    assert titles(office) == ["⚔️ PK, no longer relayed: Alice vs Zoe"]
    await office.hear(pk.scores(10, 20), by=[alice])
    await office.until_shown()
    assert titles(office) == ["⚔️ PK: Alice vs Zoe"]
    await office.hear(pk.is_decided(10, 20), by=[alice])
    office.maker.stop(alice)
    await office.wait(2)
    await office.until_shown()
    assert titles(office) == ["⚔️ PK over: Zoe wins"]
