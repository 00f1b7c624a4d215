from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from bot.model.fault import Fault, FaultKind
from bot.model.ids import GuildId
from bot.storage import faults, watches
from tests.bot.storage.builders import ADMIN, GUILD, known, watching

SINCE = datetime(2024, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)


def test_a_watch_has_one_fault_the_newest(connection: Connection) -> None:
    placed = watching(connection, known(connection, "alice").id)
    first = Fault(placed.id, FaultKind.NO_SEND, "lacks it", SINCE)
    faults.put(connection, first)
    faults.put(connection, replace(first, kind=FaultKind.CHANNEL_GONE, is_final=True, told_at=SINCE))
    assert faults.known(connection) == [Fault(placed.id, FaultKind.CHANNEL_GONE, "lacks it", SINCE, is_final=True, told_at=SINCE)]


def test_faults_are_told_and_healed_by_watch_and_shown_by_guild(connection: Connection) -> None:
    alice = known(connection, "alice")
    here, there = watching(connection, alice.id), watching(connection, alice.id, guild=11)
    for placed in (here, there):
        faults.put(connection, Fault(placed.id, FaultKind.LOCKED, "", SINCE))
    faults.told(connection, [there.id], at=SINCE)
    assert [(each.watch_id, each.told_at) for each in faults.known(connection)] == [(here.id, None), (there.id, SINCE)]
    assert [each.watch_id for each in faults.of_guild(connection, GuildId(11))] == [there.id]
    faults.heal(connection, [there.id])
    assert [each.watch_id for each in faults.known(connection)] == [here.id]


def test_what_is_unwatched_has_no_fault_any_more(connection: Connection) -> None:
    alice = known(connection, "alice")
    placed = watching(connection, alice.id)
    faults.put(connection, Fault(placed.id, FaultKind.LOCKED, "", SINCE))
    watches.end(connection, guild_id=GUILD, creator_id=alice.id, by=ADMIN, now_ms=1)
    assert faults.known(connection) == []
