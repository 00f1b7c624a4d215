"""Several watches as one: all of it or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot.events.ids import Handle
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import EventKind, PauseReason, WatchSettings
from bot.storage import creators, cursors, transfers, watches
from bot.storage.transfers import Wanted

GUILD, LIVE, ANN = GuildId(10), ChannelId(20), DiscordUserId(30)
GIFTS = WatchSettings(frozenset({EventKind.GIFT}))
ALICE = Handle("alice")


def apply(connection: Connection, *wanted: Wanted, tail: int = 7) -> None:
    transfers.apply(connection, wanted, {ALICE: tail}, guild_id=GUILD, by=ANN, now_ms=1000)


def test_what_is_wanted_stands_and_begins_at_the_tail(connection: Connection) -> None:
    apply(connection, Wanted(ALICE, LIVE, GIFTS, is_paused=False), Wanted(Handle("bob"), LIVE, GIFTS, is_paused=True))
    alice, bob = watches.of_guild(connection, GUILD)
    assert (alice.settings, alice.paused_at, bob.paused_why) == (GIFTS, None, PauseReason.ASKED)
    assert cursors.get(connection, cursors.of_watch(alice.id), alice.creator_id) == 7
    assert cursors.get(connection, cursors.of_watch(bob.id), bob.creator_id) == 0


def test_a_watch_that_stands_is_changed_and_goes_on_only_if_somebody_had_paused_it(connection: Connection) -> None:
    apply(connection, Wanted(ALICE, LIVE, WatchSettings(), is_paused=True))
    (before,) = watches.of_guild(connection, GUILD)
    apply(connection, Wanted(ALICE, LIVE, GIFTS, is_paused=False), tail=9)
    (after,) = watches.of_guild(connection, GUILD)
    assert (after.id, after.settings, after.paused_at, after.revision) == (before.id, GIFTS, None, 2)
    assert cursors.get(connection, cursors.of_watch(after.id), after.creator_id) == 9
    watches.pause(connection, [after.id], why=PauseReason.FAULT, by=ANN, now_ms=1)
    apply(connection, Wanted(ALICE, LIVE, GIFTS, is_paused=False))
    assert [each.paused_why for each in watches.of_guild(connection, GUILD)] == [PauseReason.FAULT]


def test_a_failure_in_the_middle_leaves_nothing_behind(connection: Connection) -> None:
    with pytest.raises(AttributeError), connection.begin_nested():
        apply(connection, Wanted(ALICE, LIVE, GIFTS, is_paused=False), None)  # type: ignore[arg-type]
    assert watches.of_guild(connection, GUILD) == []
    assert creators.by_handle(connection, ALICE) is None
