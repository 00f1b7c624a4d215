"""Group commit as its callers see it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.clock import SystemClock
from bot.errors import DatabaseError
from bot.storage import state
from bot.storage.database import QUEUE, Database
from bot.storage.engines import file_of
from tests.doubles.clock import FakeClock


class Spoilt(Exception):
    """What a unit of these tests raises."""


def put_then_fail(connection: Connection, key: str) -> None:
    state.put(connection, key, "half done")
    raise Spoilt(key)


def everything(connection: Connection) -> dict[str, str]:
    return {row.key: row.value for row in connection.execute(text("SELECT key, value FROM state"))}


async def test_a_write_returns_what_its_unit_returns_and_can_be_read_at_once(db: Database) -> None:
    await db.write(state.put, "greeting", "hello")
    assert await db.read(state.get, "greeting") == "hello"
    assert await db.write(state.get, "greeting") == "hello"


async def test_one_failing_unit_among_many_undoes_only_itself(db: Database) -> None:
    good = [db.write(state.put, f"good {n}", "done") for n in range(40)]
    bad = [db.write(put_then_fail, f"bad {n}") for n in range(10)]
    mixed = [each for pair in zip(good[:10], bad, strict=True) for each in pair] + good[10:]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    assert sum(isinstance(each, Spoilt) for each in answers) == 10
    assert set(await db.read(everything)) == {f"good {n}" for n in range(40)}


async def test_a_unit_that_fails_alone_undoes_itself_too(db: Database) -> None:
    with pytest.raises(Spoilt):
        await db.write(put_then_fail, "bad")
    assert await db.read(everything) == {}


async def test_an_error_of_sql_reaches_the_caller_as_ours_without_the_statement(db: Database) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(text("INSERT INTO state VALUES ('what a viewer wrote', 'x')"))

    with pytest.raises(DatabaseError, match="UNIQUE") as failure:
        await db.write(twice)
    assert "viewer" not in str(failure.value)


async def test_a_commit_that_fails_fails_all_of_its_group_and_the_next_goes_on(db: Database) -> None:
    def leave_an_orphan(connection: Connection) -> None:
        # Checked only at the commit: the unit itself succeeds.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO creator_handle VALUES (999, 'nobody', 0, 0)")

    writes = (db.write(state.put, "good", "lost"), db.write(leave_an_orphan), db.write(state.put, "good too", "lost"))
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(each) for each in answers] == [DatabaseError] * 3
    assert await db.read(everything) == {}
    await db.write(state.put, "later", "kept")
    assert await db.read(everything) == {"later": "kept"}


async def test_a_connection_that_cannot_even_be_cleared_is_given_up_for_a_new_one(db: Database) -> None:
    def lose_the_file(connection: Connection) -> None:
        lost = connection.connection.dbapi_connection
        assert lost is not None
        lost.close()
        raise Spoilt

    with pytest.raises(DatabaseError, match="closed"):
        await db.write(lose_the_file)
    await db.write(state.put, "later", "kept")
    assert await db.read(everything) == {"later": "kept"}


async def test_a_caller_who_is_cancelled_before_their_turn_wants_nothing_and_disturbs_nobody(db: Database) -> None:
    async with asyncio.TaskGroup() as group:
        before = group.create_task(db.write(state.put, "before", "x"))
        leaving = group.create_task(db.write(state.put, "leaving", "x"))
        after = group.create_task(db.write(state.put, "after", "x"))
        await asyncio.sleep(0)  # all three are queued, none has begun
        leaving.cancel()
        await asyncio.wait([before, after, leaving])
    assert set(await db.read(everything)) == {"before", "after"}


async def test_a_caller_who_is_cancelled_in_the_midst_leaves_all_or_nothing(db: Database) -> None:
    entered = asyncio.Event()

    def two(connection: Connection) -> None:
        state.put(connection, "one", "x")
        entered.set()
        state.put(connection, "two", "x")

    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(db.write(two))
        await entered.wait()
        leaving.cancel()
        await asyncio.wait([leaving])
    await db.write(state.put, "next", "x")
    assert set(await db.read(everything)) == {"one", "two", "next"}


async def test_closing_commits_what_is_queued_and_refuses_what_comes_later(url: str) -> None:
    db = await Database.open(url, clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        # More than the queue holds: some of them still wait for a place.
        for n in range(QUEUE + 50):
            group.create_task(db.write(state.put, str(n), "x"))
        await asyncio.sleep(0)
        await db.close()
    with pytest.raises(DatabaseError, match="shutting down"):
        await db.write(state.put, "late", "x")
    with pytest.raises(DatabaseError, match="shutting down"):
        await db.read(state.get, "late")
    with closing(sqlite3.connect(file_of(url))) as connection:
        assert connection.execute("SELECT count(*) FROM state").fetchone() == (QUEUE + 50,)


async def test_closing_twice_is_closing_once(url: str) -> None:
    db = await Database.open(url, clock=SystemClock())
    await db.close()
    await db.close()


async def test_a_writer_who_is_held_up_by_somebody_else_waits_while_readers_go_on(db: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as group:
            writes = [group.create_task(db.write(state.put, str(n), "x")) for n in range(5)]
            for _ in range(20):
                assert await db.read(everything) == {}
            assert not any(write.done() for write in writes)
            somebody.execute("ROLLBACK")
    assert len(await db.read(everything)) == 5


async def test_a_hold_up_that_outlasts_one_try_costs_nobody_their_wish(db: Database, tmp_path: Path) -> None:
    tries: list[str] = []

    def listen(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100").all()
        driver_connection = connection.connection.dbapi_connection
        assert isinstance(driver_connection, sqlite3.Connection)
        driver_connection.set_trace_callback(tries.append)

    await db.write(listen)
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        writing = asyncio.get_running_loop().create_task(db.write(state.put, "a", "x"))
        while tries.count("BEGIN IMMEDIATE") < 3:
            assert not writing.done()
            assert await db.read(everything) == {}
        somebody.execute("ROLLBACK")
        await writing
    assert await db.read(everything) == {"a": "x"}


async def test_a_stop_does_not_wait_for_whoever_holds_the_file(url: str, tmp_path: Path) -> None:
    db = await Database.open(url, clock=SystemClock())
    await db.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 500").all())
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        writing = asyncio.get_running_loop().create_task(db.write(state.put, "a", "x"))
        await asyncio.sleep(0)
        async with asyncio.timeout(3):  # all its tries would take six seconds
            await db.close()
            with pytest.raises(DatabaseError, match="locked"):
                await writing
        somebody.execute("ROLLBACK")


async def test_when_the_hold_up_is_too_long_callers_hear_it_and_the_writer_goes_on(db: Database, tmp_path: Path) -> None:
    await db.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 20").all())
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"locked by another program.* End that program"):
            await db.write(state.put, "a", "x")
        somebody.execute("ROLLBACK")
    await db.write(state.put, "b", "x")
    assert set(await db.read(everything)) == {"b"}


async def test_a_file_that_somebody_else_writes_in_is_opened_at_once_and_the_first_write_waits(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(4):  # less than one try to write
            db = await Database.open(url, clock=SystemClock())
        writing = asyncio.get_running_loop().create_task(db.write(state.put, "a", "x"))
        assert await db.read(everything) == {}
        assert not writing.done()
        somebody.execute("ROLLBACK")
        await writing
    assert await db.read(everything) == {"a": "x"}
    await db.close()


async def test_a_reader_who_is_cancelled_leaves_the_others_their_connections(db: Database) -> None:
    for _ in range(20):
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(db.read(everything))
            await asyncio.sleep(0)
            reading.cancel()
    assert await db.read(everything) == {}


async def test_items_of_one_unit_that_meet_are_one_call(db: Database) -> None:
    calls: list[list[str]] = []

    def put_all(connection: Connection, keys: Sequence[str]) -> list[str]:
        calls.append(list(keys))
        if "bad" in keys:
            raise Spoilt
        for key in keys:
            state.put(connection, key, "x")
        return [key.upper() for key in keys]

    futures = [await db.submit(put_all, key) for key in ("a", "b", "c")]
    assert await asyncio.gather(*futures) == ["A", "B", "C"]
    assert calls == [["a", "b", "c"]]
    # If one of them spoils the call, each is tried alone.
    futures = [await db.submit(put_all, key) for key in ("d", "bad", "e")]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert [str(each) for each in answers] == ["D", "", "E"]
    assert isinstance(answers[1], Spoilt)
    assert set(await db.read(everything)) == {"a", "b", "c", "d", "e"}


async def test_a_clock_that_stands_still_does_not_hold_up_the_writer(url: str) -> None:
    db = await Database.open(url, clock=FakeClock())
    for n in range(40):
        await db.write(state.put, str(n), "x")
    await db.close()


async def test_a_lone_write_is_not_kept_waiting_for_company(db: Database) -> None:
    took = []
    for n in range(15):
        await asyncio.sleep(0.015)  # longer than the window: each write comes after a quiet moment
        started = time.perf_counter()
        await db.write(state.put, str(n), "x")
        took.append(time.perf_counter() - started)
    assert sorted(took)[7] < 0.008


@pytest.mark.parametrize("content", [None, b"this is not a database" * 100])
async def test_a_file_that_cannot_be_opened_is_refused_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "relay.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"relay\.db"):
        await Database.open(f"sqlite:///{file}", clock=SystemClock())
