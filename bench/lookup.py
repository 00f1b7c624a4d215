"""What does a look-up cost beside reading the same rows bare?

A guild watched all creators, so all that a viewer wrote is counted: the rows are the same on both sides, of the same file, in
this run, each viewer looked up once by either side, in turns who comes first:

- bare: `sqlite3` in this thread, one SELECT through the index on creator and viewer, every column of every row fetched;
- look-up: what `/lookup` asks `bot.services.viewers` for: profile (handles, LIVEs, removals, gifts, cases, notes) and a page of
  comments, through the reading pool, checked against the guild's watches row by row.

A regular wrote a few hundred comments, a chatterbox thousands. The promise is 3 at most for the rows; what seven statements and
their ways through a pool cost whoever wrote little is a millisecond or two, which the last column shows.

    python -m bench.lookup [comments, 1000000 if not given; the promise is for 10000000, which takes three minutes and 3 GiB]
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.clock import Bell, SystemClock
from bot.events.ids import Handle, ViewerId
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.services.guilds import Guilds
from bot.services.viewers import Viewers
from bot.storage import creators, schema, watches
from bot.storage.database import Database

DEFAULT = 1_000_000
CREATORS = 20
GUILD = GuildId(1)
LOOK_UPS = 40
BATCH = 100_000

LIVES = 10
"""Of each creator, within the days that comments are kept."""

CHATTERBOXES = 50
"""Every hundredth comment is by one of these."""

EACH_REGULAR = 200
"""Comments of everybody else."""

FIRST_MS = 1_700_000_000_000
BARE = (
    "SELECT * FROM comment WHERE creator_id IN (SELECT creator_id FROM watch WHERE guild_id = 1) AND viewer_id = ? "
    "ORDER BY creator_id, seq"
)


@dataclass(frozen=True)
class Cost:
    """Of one viewer: seconds of either side, and how many rows that was."""

    rows: int
    bare_s: float
    look_up_s: float


def chatterbox(number: int) -> str:
    return str(6_800_000_000_000_000_000 + number % CHATTERBOXES)


def regular(number: int, among: int) -> str:
    return str(6_900_000_000_000_000_000 + number % among)


def comments(count: int) -> Iterator[tuple[object, ...]]:
    """Busy rooms, the same twenty creators in turn; everybody has two whom they visit, and writes in most of their LIVEs."""
    among = max(1, count // EACH_REGULAR)
    for number in range(count):
        is_chatterbox = number % 100 == 0
        # Primes, so that a viewer's rows lie apart.
        mixed = number // 100 * 7 if is_chatterbox else number * 1_000_003 // 7
        viewer = chatterbox(mixed) if is_chatterbox else regular(mixed, among)
        creator = 1 + (mixed % (CHATTERBOXES if is_chatterbox else among) + number // 1009 % 2) % CREATORS
        live = number * LIVES // count
        room = str(7_200_000_000_000_000_000 + 100 * live + creator)
        at_ms = FIRST_MS + number
        removed = at_ms + 900 if number % 97 == 0 else None
        said = f"hello from number {number}, this is a line of the usual length"
        yield creator, number, room, str(7_300_000_000_000_000_000 + number), "", viewer, said, None, at_ms, at_ms, removed


def fill(file: Path, count: int) -> None:
    """All the comments, and a sighting for each viewer and creator. Without their indexes, which are made anew at the end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        # Nobody reads it yet and nothing is lost with it; whoever opens it as a database sets both anew.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('comment', 'viewer') AND sql IS NOT NULL"
        )
        indexes = found.fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        rows = comments(count)
        while batch := list(islice(rows, BATCH)):
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO comment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", batch)
            connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO viewer SELECT viewer_id, creator_id, 'v.' || viewer_id, 'Somebody', "
            "min(received_at_ms), max(received_at_ms) FROM comment GROUP BY creator_id, viewer_id"
        )


async def place(db: Database) -> None:
    """The guild watches everybody, and did before."""
    for number in range(1, CREATORS + 1):
        made = await db.write(creators.ensure, Handle(f"creator.{number}"), now_ms=1)
        for channel in (1, 2):
            await db.write(
                watches.place,
                guild_id=GUILD,
                channel_id=ChannelId(channel),
                creator_id=made.id,
                by=DiscordUserId(1),
                now_ms=FIRST_MS,
                cursor_seq=0,
            )


class Now(SystemClock):
    """All comments are of today."""

    def now_ms(self) -> int:
        return FIRST_MS + 24 * 3_600_000


async def measure(file: Path, named: Callable[[int], str]) -> list[Cost]:
    """Look so many viewers up, on both sides."""
    db = await Database.open(f"sqlite:///{file}", clock=SystemClock())
    clock = Now()
    service = Viewers(db, Guilds(db, Bell(), clock=clock), clock=clock, comment_days=7)
    costs = []
    try:
        with closing(sqlite3.connect(file)) as connection:
            for number in range(LOOK_UPS):
                viewer_id = ViewerId(named(number * 7 + 3))
                rows, bare_s, look_up_s = 0, 0.0, 0.0
                for is_bare in (True, False) if number % 2 else (False, True):
                    started = time.perf_counter()
                    if is_bare:
                        rows = len(connection.execute(BARE, (viewer_id,)).fetchall())
                        bare_s = time.perf_counter() - started
                    else:
                        found, page = await service.look_up(GUILD, viewer_id, 0, by=DiscordUserId(1))
                        look_up_s = time.perf_counter() - started
                if found.comments != rows or not page.said:
                    msg = f"the sides disagree: {found.comments} and {rows} comments"
                    raise AssertionError(msg)
                costs.append(Cost(rows, bare_s, look_up_s))
    finally:
        await db.close()
    return costs


def told(name: str, costs: list[Cost]) -> str:
    rows = statistics.median(cost.rows for cost in costs)
    bare = statistics.median(cost.bare_s for cost in costs)
    ours = statistics.median(cost.look_up_s for cost in costs)
    both = f"bare {bare * 1e3:8.2f} ms   look-up {ours * 1e3:8.2f} ms"
    return f"{name:<12} {rows:>8,.0f} rows   {both}   ratio {ours / bare:4.1f}   beyond bare {(ours - bare) * 1e3:6.2f} ms"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "relay.db"
        url = f"sqlite:///{file}"
        schema.prepare(url, SystemClock())
        asyncio.run(placed(url))
        started = time.perf_counter()
        fill(file, count)
        size = file.stat().st_size / 2**20
        print(  # noqa: T201
            f"{count:,} comments of {CREATORS} creators ({size:,.0f} MiB, made in {time.perf_counter() - started:.0f} s), "
            f"sqlite {sqlite3.sqlite_version}; medians of {LOOK_UPS} viewers",
            flush=True,
        )
        among = max(1, count // EACH_REGULAR)
        print(told("regulars", asyncio.run(measure(file, lambda number: regular(number, among)))))  # noqa: T201
        print(told("chatterboxes", asyncio.run(measure(file, chatterbox))))  # noqa: T201


async def placed(url: str) -> None:
    db = await Database.open(url, clock=SystemClock())
    try:
        await place(db)
    finally:
        await db.close()


if __name__ == "__main__":
    main()
