"""Writes that a lane relies on: done whole, and not given up while the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, cast

from bot.delivery.intents import Strike, halves, intent_of
from bot.delivery.ledger import Ledger
from bot.errors import DatabaseError
from bot.model.draft import Intent
from bot.model.ids import ChannelId, DiscordMessageId, WatchId
from bot.model.watch import Watch
from bot.storage import posts
from bot.storage.database import Database
from tests.doubles.desk import LIVE, ROOM, Desk, chat


class Refusing:
    """A database that refuses a few times before it does what it is told."""

    def __init__(self, db: Database, refusals: int) -> None:
        self.refusals = refusals
        self._db = db

    async def write(self, unit: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseError("the database refused: disk full")
        return await self._db.write(unit, *args, **kwargs)


def ledger_of(desk: Desk, *, refusals: int = 0) -> Ledger:
    return Ledger(cast("Database", Refusing(desk.db, refusals)), desk.clock, Random(1))


def intent_for(watch: Watch, *seqs: int) -> Intent:
    lines = tuple(chat(seq) for seq in seqs)
    return intent_of(watch.id, ChannelId(LIVE), lines, through_seq=seqs[-1], now_ms=1)


async def test_a_post_taken_apart_is_replaced_in_one_piece_and_its_lines_stay_pending(desk: Desk) -> None:
    alice = await desk.watch()
    ledger = ledger_of(desk)
    whole = await ledger.open(intent_for(alice, 1, 2, 3))
    parts = await ledger.replace(whole, halves(whole))
    pending = await desk.db.read(posts.pending_intents)
    assert [intent.id for intent in pending] == [part.id for part in parts]
    assert [[line.seq for line in intent.lines] for intent in pending] == [[1], [2, 3]]


async def test_a_post_that_gives_way_to_nothing_moves_the_cursor(desk: Desk) -> None:
    alice = await desk.watch()
    ledger = ledger_of(desk)
    whole = await ledger.open(intent_for(alice, 1, 2))
    assert await ledger.replace(whole, []) == []
    assert await desk.pending() == 0
    assert await desk.cursor(alice) == 2


async def test_a_write_that_the_database_refuses_is_tried_until_it_is_done(desk: Desk) -> None:
    alice = await desk.watch()
    ledger = ledger_of(desk, refusals=3)
    opening = desk.later(ledger.open(intent_for(alice, 1)))
    await desk.until(opening.done)
    assert opening.result().id > 0
    assert ledger.refusals == 3


async def test_strikes_of_one_room_are_one_write_and_the_changed_posts_come_back_whole(desk: Desk) -> None:
    alice = await desk.watch()
    ledger = ledger_of(desk)
    intent = await ledger.open(intent_for(alice, 1, 2, 3))
    await ledger.fulfil(intent, DiscordMessageId(77))
    strikes = [Strike(alice.id, 9, ROOM, frozenset({message}), frozenset(), at=0.0) for message in ("m1", "m3")]
    (post,) = await ledger.strike(strikes)
    assert [line.struck for line in post.lines] == [True, False, True]
    assert [line.text for line in post.lines] == ["", chat(2).text, ""]
    assert post.edit_revision == 1


async def test_many_cursors_move_at_once(desk: Desk) -> None:
    alice, bea = await desk.watch("alice"), await desk.watch("bea")
    await ledger_of(desk).move([(alice, 5), (bea, 7)])
    assert (await desk.cursor(alice), await desk.cursor(bea)) == (5, 7)
    assert alice.id != WatchId(bea.id)
