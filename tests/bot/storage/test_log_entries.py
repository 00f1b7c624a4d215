from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.model.ids import CreatorId
from bot.storage import log_entries
from bot.storage.database import Database
from bot.storage.log_entries import Batch, Head, StaleEpoch

ALICE, BOB = CreatorId(1), CreatorId(2)


def batch(first: int, last: int, *, creator: CreatorId = ALICE, epoch: int = 1, at_ms: int = 0, size: int = 10) -> Batch:
    return Batch(creator, first, last, epoch, "test", 1, at_ms, at_ms or first, b"x" * size)


def spans(batches: list[Batch]) -> list[tuple[int, int]]:
    return [(each.first_seq, each.last_seq) for each in batches]


@pytest.fixture
def log(connection: Connection) -> Connection:
    """Alice's log of ten events in three batches."""
    log_entries.take_epoch(connection, ALICE)
    log_entries.append(connection, [batch(1, 1), batch(2, 5), batch(6, 10)])
    return connection


def test_a_batch_is_stored_as_it_was_given_with_its_size(log: Connection) -> None:
    assert log_entries.read(log, ALICE, after=0, limit=1) == [batch(1, 1)]
    rows = log.execute(text("SELECT events, bytes FROM log_batch ORDER BY first_seq")).all()
    assert [tuple(row) for row in rows] == [(1, 10), (4, 10), (5, 10)]


def test_each_epoch_is_one_more_and_knows_where_the_log_stands(log: Connection) -> None:
    assert log_entries.take_epoch(log, ALICE) == Head(epoch=2, last_seq=10)
    assert log_entries.take_epoch(log, BOB) == Head(epoch=1, last_seq=0)
    assert log_entries.head(log, CreatorId(3)) == Head()


def test_a_stale_epoch_among_others_is_refused(log: Connection) -> None:
    log_entries.take_epoch(log, BOB)
    log_entries.take_epoch(log, ALICE)
    with pytest.raises(StaleEpoch):
        log_entries.append(log, [batch(1, 1, creator=BOB), batch(11, 11)])
    with pytest.raises(StaleEpoch):
        log_entries.append(log, [batch(11, 11, epoch=3)])  # nor can an epoch that was never given out


def test_one_stale_epoch_among_hundreds_is_refused_wherever_it_stands(connection: Connection) -> None:
    creators = [CreatorId(number) for number in range(1, 301)]
    for creator in creators:
        log_entries.take_epoch(connection, creator)
    log_entries.append(connection, [batch(1, 1, creator=creator) for creator in creators])
    assert [log_entries.head(connection, creator).last_seq for creator in creators] == [1] * 300
    for stale in (0, 150, 299):
        with pytest.raises(StaleEpoch):
            log_entries.append(
                connection,
                [batch(stale + 2, stale + 2, creator=creator, epoch=1 + (creator == creators[stale])) for creator in creators],
            )


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        (0, 1, [(1, 1)]),
        (0, 2, [(1, 1), (2, 5)]),
        (1, 1, [(2, 5)]),
        (3, 2, [(2, 5)]),
        (3, 3, [(2, 5), (6, 10)]),
        (5, 100, [(6, 10)]),
        (10, 100, []),
        (99, 1, []),
    ],
)
def test_reading_finds_the_batches_that_hold_what_is_next(
    log: Connection, after: int, limit: int, expected: list[tuple[int, int]]
) -> None:
    assert spans(log_entries.read(log, ALICE, after=after, limit=limit)) == expected


def test_a_reader_behind_the_pruned_part_goes_on_with_what_is_left(log: Connection) -> None:
    log_entries.prune(log, received_before_ms=3, most_bytes=10**9, most_batches=9)
    assert spans(log_entries.read(log, ALICE, after=0, limit=2)) == [(6, 10)]


def test_retention_goes_in_steps_and_says_how_far_it_came(log: Connection) -> None:
    log_entries.take_epoch(log, BOB)
    log_entries.append(log, [batch(1, 3, creator=BOB, at_ms=4)])
    steps = []
    while (step := log_entries.prune(log, received_before_ms=10**9, most_bytes=0, most_batches=2)).through:
        steps.append((step.events, dict(step.through)))
    assert steps == [(5, {ALICE: 5}), (8, {BOB: 3, ALICE: 10})]
    assert log_entries.head(log, ALICE) == Head(epoch=1, last_seq=10, pruned_seq=10)


def test_size_counts_bodies_of_all_creators_together(log: Connection) -> None:
    log_entries.take_epoch(log, BOB)
    log_entries.append(log, [batch(1, 1, creator=BOB, at_ms=3, size=1000)])
    step = log_entries.prune(log, received_before_ms=0, most_bytes=500, most_batches=9)
    assert dict(step.through) == {ALICE: 5, BOB: 1}
    assert not log_entries.prune(log, received_before_ms=0, most_bytes=500, most_batches=9).through


def test_retention_reads_no_bodies(log: Connection) -> None:
    """Two gigabytes of bodies would take their time; the sizes stand in an index."""
    plan = log.execute(text("EXPLAIN QUERY PLAN SELECT sum(bytes) FROM log_batch")).all()
    assert "USING COVERING INDEX" in plan[0].detail


async def test_pages_that_retention_freed_go_back_to_the_disk_some_at_a_time(db: Database, tmp_path: Path) -> None:
    def fill(connection: Connection) -> None:
        log_entries.take_epoch(connection, ALICE)
        log_entries.append(connection, [batch(n, n, size=4000) for n in range(1, 101)])

    def free_pages() -> int:
        with closing(sqlite3.connect(tmp_path / "relay.db")) as connection:
            return int(connection.execute("PRAGMA freelist_count").fetchone()[0])

    await db.write(fill)
    await db.write(log_entries.prune, received_before_ms=10**9, most_bytes=0, most_batches=1000)
    freed = free_pages()
    assert freed > 90
    assert await db.write(log_entries.give_back, pages=30) == 30
    assert free_pages() == freed - 30
    assert await db.write(log_entries.give_back, pages=1000) == freed - 30
    assert free_pages() == 0
