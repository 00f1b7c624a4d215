"""How long is it from a removal on TikTok's wire to the alert that Discord has accepted, while all rooms are busy?

The rooms, their load and the sandbox's Discord in a process of its own are those of `bench.relay`; each guild has a channel for
alerts beside those that are relayed into. On top of the load, so many times a second a room's next frame brings a removal of all
comments of one viewer. Lag counts from the instant at which that frame was due, our own lateness included, to the instant at
which Discord stored the card. A removal within ten seconds of the same viewer's last one grows a card, and is not counted.

The figures are void if the sandbox takes more than 80 % of a core.

    python -m bench.alerts [--rooms 1000] [--hot 20] [--channels 2000] [--removals 5] [--warm-up 30] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import uvloop

from bench.load.discord import VOID_ABOVE, Place, Report, serving
from bench.load.measures import percentile, posted_at_ms
from bench.load.rooms import CROWD, Rooms, Scripted
from bench.relay import AT_ONCE, GUILDS, wanted, watch_all
from bot.clock import Clock, SystemClock
from bot.events import Common, DeletionEvent, Event
from bot.events.ids import MessageId, ViewerId
from bot.ingest.connects import NamedSource
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.model.case import Case, CaseKind
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.moderation import alerts
from bot.modes import embedded, interpreter, sources
from bot.storage import cases, guilds
from bot.storage.database import Database
from bot.tiktok.source import Room
from sandbox.tiktok.viewer import Viewer

GOAL_S = 1.5


class Removing(Scripted):
    """The same rooms, from which comments are taken `per_s` times a second over all of them."""

    def __init__(self, clock: Clock, *, rooms: int, per_s: float, hot_rooms: int, rng: Random, wanted: Collection[str]) -> None:
        super().__init__(clock, hot_rooms=hot_rooms, rng=rng, wanted=wanted)
        self.removals = 0
        self._of_one_s = rooms / per_s
        self._rng = rng
        self._on = clock

    async def events(self, room: Room) -> AsyncIterator[Sequence[Event]]:
        due = float("inf")
        async for events in super().events(room):
            if not self.begin.is_set():
                yield events
                continue
            now = self._on.monotonic()
            if due == float("inf"):
                due = now + self._rng.uniform(0, 2 * self._of_one_s)
            if now < due or not events:
                yield events
                continue
            due += self._rng.uniform(0, 2 * self._of_one_s)
            self.removals += 1
            yield [*events, self._removal(room, events[-1].received_at_ms)]

    def _removal(self, room: Room, received_at_ms: int) -> Event:
        about = Common(
            MessageId(f"removal:{self.removals}"), room.room_id, room.handle, received_at_ms, received_at_ms=received_at_ms
        )
        return DeletionEvent(about, user_ids=(ViewerId(Viewer(f"viewer.{self._rng.randrange(CROWD)}").id),))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened between the mark and the end."""

    report: Report
    cpu_s: float
    messages: int
    removals: int
    lags_s: Sequence[float]
    opened_s: Sequence[float]
    waiting: int
    late_s: float


async def listen(place: Place, database: Path) -> None:
    """Every guild has its last channel for alerts."""
    db = await Database.open(f"sqlite:///{database}", clock=SystemClock())
    for guild_id, channel_id in place.channels[-GUILDS:]:
        settings = GuildSettings(alert_channel_id=ChannelId(channel_id))
        await db.write(guilds.change, GuildId(guild_id), settings=settings, by=DiscordUserId(1), now_ms=1)
    await db.close()


async def alerted(place: Place, database: Path, options: argparse.Namespace) -> Outcome:
    """Play the rooms for so long to the whole bot."""
    relayed = Place(place.api_base, place.token, place.channels[:-GUILDS])
    await watch_all(relayed, database, options.rooms)
    await listen(place, database)
    clock = SystemClock()
    source = Removing(
        clock,
        rooms=options.rooms,
        per_s=options.removals,
        hot_rooms=options.hot,
        rng=Random(1),
        wanted=sources.LOGGED,
    )
    settings = IngestSettings(
        look_ups_per_s=AT_ONCE, look_up_burst=options.rooms, connects_per_s=AT_ONCE, connect_burst=options.rooms
    )
    edge = embedded.Edge(Rooms(), [NamedSource(Way(source.name), source)], settings)
    async with embedded.running(wanted(place, database), clock=clock, rng=Random(1), edge=edge) as parts:
        while source.open < options.rooms or not parts.client.is_ready():  # noqa: ASYNC110 - nothing rings for this
            await asyncio.sleep(0.1)
        while parts.alerts.following < options.rooms:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        source.begin.set()
        await asyncio.sleep(options.warm_up)
        await place.mark()
        began_ms, cpu, messages, removals = clock.now_ms(), time.process_time(), source.messages, source.removals
        await asyncio.sleep(options.seconds)
        report, cpu_s = await place.report(), time.process_time() - cpu
        ended_ms = clock.now_ms()
        done, taken = source.messages - messages, source.removals - removals
        await asyncio.sleep(2 * GOAL_S)
        lags, opened, waiting = await read_off(parts.db, database, since_ms=began_ms, until_ms=ended_ms)
        return Outcome(report, cpu_s, done, taken, lags, opened, waiting, source.late_s)


async def read_off(db: Database, database: Path, *, since_ms: int, until_ms: int) -> tuple[list[float], list[float], int]:
    """The lags of the cases that were opened in that time, to the card and to the case, by size; how many have no card."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        posted = dict(connection.execute("SELECT key, message_id FROM card WHERE kind = 'alert'").fetchall())
        found = connection.execute(
            'SELECT guild_id, id FROM "case" WHERE opened_at_ms BETWEEN ? AND ?', (since_ms, until_ms)
        ).fetchall()
    lags, opened_s, waiting = [], [], 0
    for guild_id, case_id in found:
        case: Case | None = await db.read(cases.of_id, guild_id=guild_id, case_id=case_id)
        wipe = alerts.load(case).wipe if case and case.kind is CaseKind.REMOVAL else None
        if case is None or wipe is None:
            continue
        opened_s.append(case.opened_at.timestamp() - wipe.first_received_at_ms / 1000)
        message_id = posted.get(alerts.key(case))
        if message_id is None:
            waiting += 1
        else:
            lags.append((posted_at_ms(message_id) - wipe.first_received_at_ms) / 1000)
    return sorted(lags), sorted(opened_s), waiting


def show(outcome: Outcome) -> None:
    """Each figure beside its goal."""
    report, lags = outcome.report, outcome.lags_s
    wall = report.wall_s
    rows = [
        ("load", f"{outcome.messages / wall:,.0f} messages/s; {outcome.removals} removals ({outcome.removals / wall:.1f}/s)"),
        (
            "alert lag",
            f"p50 {percentile(lags, 0.5):.2f} s, p99 {percentile(lags, 0.99):.2f} s, most {max(lags, default=0):.2f} s"
            f" of {len(lags)} cards, {outcome.waiting} waiting (goal p99 {GOAL_S:g} s)",
        ),
        (
            "case lag",
            f"p50 {percentile(outcome.opened_s, 0.5):.2f} s, p99 {percentile(outcome.opened_s, 0.99):.2f} s: until it is stored",
        ),
        ("429s", f"{sum(report.limited.values())} {report.limited or ''} (goal 0)"),
        ("cost", f"{outcome.cpu_s / wall:.0%} of a core; frames taken in {outcome.late_s:.2f} s late"),
        ("sandbox", f"{report.core:.0%} of a core{'' if report.core <= VOID_ABOVE else ': THESE FIGURES ARE VOID'}"),
    ]
    rows += [("VIOLATION", each) for each in report.violations]
    for name, said in rows:
        print(f"  {name:10} {said}")  # noqa: T201


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--hot", type=int, default=20)
    parser.add_argument("--channels", type=int, default=2000)
    parser.add_argument("--removals", type=float, default=5.0)
    parser.add_argument("--warm-up", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("LOAD_SECONDS", "60")))
    options = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    interpreter.set_up()
    with tempfile.TemporaryDirectory() as name, serving(GUILDS, options.channels + GUILDS) as place:
        what = f"{options.rooms:,} rooms ({options.hot} hot), {options.channels:,} channels, {GUILDS} guilds with alerts"
        print(f"{what}: {options.seconds:g} s after {options.warm_up:g} s")  # noqa: T201
        show(uvloop.run(alerted(place, Path(name) / "relay.db", options)))


if __name__ == "__main__":
    main()
