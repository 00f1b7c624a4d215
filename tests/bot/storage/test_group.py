from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from bot.storage import state
from bot.storage.group import FoldedWish, Outcome, Wish, run_group


class Spoilt(Exception):
    """What a unit of these tests raises."""


def keys(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT key FROM state ORDER BY rowid")).scalars())


def putting(key: str) -> Wish:
    return Wish(lambda connection: state.put(connection, key, "x"), asyncio.Future())


def put_then_fail(connection: Connection) -> None:
    state.put(connection, "half", "x")
    raise Spoilt


def put_all(connection: Connection, items: Sequence[str]) -> list[int]:
    for item in items:
        state.put(connection, item, "x")
    return [len(items)] * len(items)


async def test_wishes_run_in_order_and_folds_at_the_place_of_their_first(connection: Connection) -> None:
    wishes: list[Wish | FoldedWish] = [
        putting("a"),
        FoldedWish(put_all, "b", asyncio.Future()),
        putting("c"),
        FoldedWish(put_all, "d", asyncio.Future()),
    ]
    with connection.begin():
        outcomes = run_group(connection, wishes)
        assert keys(connection) == ["a", "b", "d", "c"]
    assert [outcome.value for outcome in outcomes] == [None, 2, 2, None]
    assert {outcome.future for outcome in outcomes} == {wish.future for wish in wishes}


async def test_the_only_wish_of_a_group_fails_out_loud_because_it_had_no_savepoint(connection: Connection) -> None:
    with pytest.raises(Spoilt), connection.begin():
        run_group(connection, [Wish(put_then_fail, asyncio.Future())])
    with connection.begin():
        assert keys(connection) == []


async def test_a_failure_among_others_leaves_nothing_behind(connection: Connection) -> None:
    with connection.begin():
        outcomes = run_group(connection, [putting("a"), Wish(put_then_fail, asyncio.Future()), putting("b")])
        assert keys(connection) == ["a", "b"]
    assert [type(outcome.error) for outcome in outcomes] == [type(None), Spoilt, type(None)]


async def test_a_fold_that_answers_too_little_is_a_fault_of_that_unit_only(connection: Connection) -> None:
    def forgetful(connection: Connection, items: Sequence[str]) -> list[int]:
        return put_all(connection, items)[1:]

    with connection.begin():
        wishes = [FoldedWish(forgetful, each, asyncio.Future()) for each in "ab"]
        outcomes = run_group(connection, [*wishes, putting("c")])
        assert keys(connection) == ["c"]
    assert [type(outcome.error) for outcome in outcomes] == [IndexError, IndexError, type(None)]


async def test_nobody_is_told_who_has_gone() -> None:
    gone: asyncio.Future[int] = asyncio.Future()
    gone.cancel()
    Outcome(gone, value=1).tell()
    Outcome(gone, error=Spoilt()).tell()
    assert gone.cancelled()
