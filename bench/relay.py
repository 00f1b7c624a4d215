"""What becomes of a thousand rooms at once when Discord takes fifty requests a second, and what without a relay's care?

1,000 watched rooms with the load of real ones (bench/load/rooms.py: quiet ones, and a share of hot ones of 55 messages a second
in bursts of up to 35) are fanned out to 2,000 channels in 400 guilds by one process, the whole bot as `run` builds it. Alerts
come on top: cards that the outbox is told of, 20 a second over all channels, one a second for each at most. The sandbox's
Discord enforces Discord's limits in a process of its own; the figures are void if that takes more than 80 % of a core.

TikTok is played below the socket: frames that were encoded beforehand go into the product's own connection, decoding, log, relay,
lanes, discord.py and real HTTP. A thousand sockets would want their server on the same two cores; what they cost is measured by
`bench.sockets` and `bench.durable`. So lag counts from the moment when a frame was due, our own lateness included.

Beside it in the same run, on the same rooms and a fresh sandbox: the naive relay of bench/peers/naive.py, one send per event.

    python -m bench.relay [--rooms 1000] [--hot 20] [--channels 2000] [--warm-up 120] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import uvloop
from pydantic import SecretStr

from bench.load.discord import VOID_ABOVE, Place, Report, serving
from bench.load.measures import Shown, fullness, intervals_s, lags_s, percentile, posted_at_ms
from bench.load.rooms import Rooms, Scripted
from bot import config
from bot.clock import SystemClock
from bot.delivery.coalesce import MOST_CHARS
from bot.delivery.lane import Counters
from bot.events import CommentEvent, codec
from bot.events.ids import Handle
from bot.ingest.connects import NamedSource
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.model.card import Card, CardKind
from bot.model.draft import Urgency
from bot.model.ids import CardId, ChannelId, DiscordUserId, GuildId
from bot.model.message import Message
from bot.modes import embedded, interpreter, sources
from bot.storage import creators, schema, watches
from bot.storage.database import Database

ALERTS_PER_S = 20
GUILDS = 400
AT_ONCE = 1_000_000
"""Rooms are looked up and opened as fast as we can: the politeness towards TikTok is not what is measured."""

TICK_S = 1.0 / ALERTS_PER_S
GOAL_ALERT_S, GOAL_SHARE, GOAL_FULL, GOAL_CHAT_SLACK_S = 2.0, 0.9, 0.85, 1.0


@dataclass(slots=True)
class Peaks:
    """The most that ever waited, as far as once a second shows it."""

    lines: int = 0
    lines_of_one: int = 0
    requests: int = 0
    cards: int = 0
    late_s: float = 0.0
    resident_mib: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What the relay did between the mark and the end."""

    report: Report
    cpu_s: float
    messages: int
    offered: int
    left_out: int
    peaks: Peaks
    lines: list[Shown] = field(default_factory=list)
    intervals: list[float] = field(default_factory=list)
    admitting: set[int] = field(default_factory=set)
    """Posts that say that they left something out."""
    alerts: list[float] = field(default_factory=list)
    alerts_waiting: int = 0


# ------------------------------------------------------------------------------------------------ the relay


def wanted(place: Place, database: Path) -> config.Config:
    """The configuration as shipped, but for where everything is."""
    return config.Config(
        discord=config.Discord(token=SecretStr(place.token), api_base=place.api_base),
        tiktok=config.TikTok(),
        storage=config.Storage(url=f"sqlite:///{database}"),
        delivery=config.Delivery(),
    )


async def watch_all(place: Place, database: Path, rooms: int) -> None:
    """Every channel watches a room, every room is watched by as many channels as the next."""
    url, clock = f"sqlite:///{database}", SystemClock()
    schema.prepare(url, clock)
    db = await Database.open(url, clock=clock)
    known = [await db.write(creators.ensure, Handle(f"room{number}"), now_ms=clock.now_ms()) for number in range(rooms)]
    await asyncio.gather(
        *(
            db.write(
                watches.place,
                guild_id=GuildId(guild_id),
                channel_id=ChannelId(channel_id),
                creator_id=known[number % rooms].id,
                by=DiscordUserId(1),
                now_ms=clock.now_ms(),
                cursor_seq=0,
            )
            for number, (guild_id, channel_id) in enumerate(place.channels)
        )
    )
    await db.close()


async def alert(parts: embedded.Parts, channels: Sequence[int]) -> None:
    """Until cancelled: a card in one channel after the other. None waits for the one before."""
    clock = SystemClock()
    due = clock.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in count():
            due += TICK_S
            await clock.sleep(due - clock.monotonic())
            # A prime step: neighbours in the list are in other guilds, and no channel is met twice within a minute.
            card = alerted(number, ChannelId(channels[number * 7 % len(channels)]), now_ms=clock.now_ms())
            group.create_task(parts.outbox.wish([card]))


def alerted(number: int, channel_id: ChannelId, *, now_ms: int) -> Card:
    """What a moderator must see at once."""
    return Card(
        id=CardId(0),
        key=f"alert:{number}",
        kind=CardKind.NOTICE,
        watch_id=None,
        channel_id=channel_id,
        message=Message(f"alert {number}", silent=False),
        created_at_ms=now_ms,
        urgency=Urgency.ALERT,
        is_over=True,
    )


async def watch_peaks(parts: embedded.Parts, source: Scripted, channels: Sequence[int], peaks: Peaks) -> None:
    """Until cancelled."""
    while True:
        peaks.lines = max(peaks.lines, parts.dispatcher.waiting)
        peaks.lines_of_one = max(peaks.lines_of_one, max(parts.dispatcher.queue(ChannelId(each)).waiting for each in channels))
        peaks.requests = max(peaks.requests, parts.gate.waiting)
        peaks.cards = max(peaks.cards, parts.outbox.waiting)
        peaks.late_s = max(peaks.late_s, source.late_s)
        peaks.resident_mib = max(peaks.resident_mib, resident_mib())
        await asyncio.sleep(1.0)


async def relayed(place: Place, database: Path, *, rooms: int, hot: int, warm_up_s: float, seconds: float) -> Outcome:
    """Play the rooms for so long to the whole bot."""
    await watch_all(place, database, rooms)
    clock, channels = SystemClock(), [channel_id for _, channel_id in place.channels]
    source = Scripted(clock, hot_rooms=hot, rng=Random(1), wanted=sources.LOGGED)
    settings = IngestSettings(look_ups_per_s=AT_ONCE, look_up_burst=rooms, connects_per_s=AT_ONCE, connect_burst=rooms)
    edge = embedded.Edge(Rooms(), [NamedSource(Way(source.name), source)], settings)
    async with embedded.running(wanted(place, database), clock=clock, rng=Random(1), edge=edge) as parts:
        while source.open < rooms or not parts.client.is_ready():  # noqa: ASYNC110 - nothing rings for this
            await asyncio.sleep(0.1)
        source.begin.set()
        alerts = asyncio.ensure_future(alert(parts, channels))
        await asyncio.sleep(warm_up_s)
        peaks = Peaks()
        peaking = asyncio.ensure_future(watch_peaks(parts, source, channels, peaks))
        counters = parts.dispatcher.counters
        await place.mark()
        began_ms = clock.now_ms()
        cpu, messages, offered, left_out = time.process_time(), source.messages, counters.offered, left_out_of(counters)
        await asyncio.sleep(seconds)
        report = await place.report()
        outcome = Outcome(
            report,
            cpu_s=time.process_time() - cpu,
            messages=source.messages - messages,
            offered=counters.offered - offered,
            left_out=left_out_of(counters) - left_out,
            peaks=peaks,
        )
        for task in (alerts, peaking):
            task.cancel()
        for ended in await asyncio.gather(alerts, peaking, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise SystemExit(f"what was to be measured went wrong: {ended!r}")
        read_off(database, outcome, since_ms=began_ms)
    return outcome


def left_out_of(counters: Counters) -> int:
    """Lines that were not posted, and whose number was: too many for the lane, too old, or not in a sample."""
    return counters.left_out_chat + counters.left_out_other + counters.left_out_old + counters.left_out_sampled


def read_off(database: Path, outcome: Outcome, *, since_ms: int) -> None:
    """Which line stands in which message, from the ledger and the log."""
    posts = {message_id for message_id, _, _ in outcome.report.posts}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        due: dict[tuple[int, int], tuple[int, bool]] = {}
        for creator_id, body in connection.execute("SELECT creator_id, body FROM log_batch"):
            for each in codec.decode(body):
                due[creator_id, each.seq] = (each.event.received_at_ms, isinstance(each.event, CommentEvent))
        for message_id, channel_id, creator_id, seq, chars in connection.execute(
            "SELECT post.message_id, post.channel_id, watch.creator_id, post_line.seq, LENGTH(post_line.rendered) FROM post_line"
            " JOIN post ON post.id = post_line.post_id JOIN watch ON watch.id = post.watch_id"
        ):
            if message_id in posts and (creator_id, seq) in due:
                due_ms, is_chat = due[creator_id, seq]
                outcome.lines.append(Shown(message_id, channel_id, chars, due_ms, is_chat))
        outcome.intervals = intervals_s(connection.execute("SELECT message_id, channel_id FROM post"), since_ms=since_ms)
        admitting = connection.execute(
            "SELECT post.message_id FROM post_line JOIN post ON post.id = post_line.post_id"
            " WHERE rendered LIKE '-# 🌊 %' OR rendered LIKE '-# % left out'"
        )
        outcome.admitting = {message_id for (message_id,) in admitting if message_id in posts}
        cards = connection.execute("SELECT created_at_ms, message_id FROM card WHERE created_at_ms >= ?", (since_ms,)).fetchall()
    outcome.alerts = sorted((posted_at_ms(id_) - at_ms) / 1000 for at_ms, id_ in cards if id_ is not None)
    outcome.alerts_waiting = sum(id_ is None for _, id_ in cards)


def resident_mib() -> float:
    """Resident memory of this process, from /proc."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


# ------------------------------------------------------------------------------------------------ the table


def show(outcome: Outcome, requests_per_s: float) -> None:
    """Each figure beside its goal."""
    report, peaks = outcome.report, outcome.peaks
    chars = {message_id: length for message_id, _, length in report.posts}
    told = {line.message_id for line in outcome.lines}
    chat = lags_s(line for line in outcome.lines if line.is_chat)
    full = fullness(outcome.lines, chars, room=MOST_CHARS, admitting=outcome.admitting)
    wall = report.wall_s
    share = report.requests / wall / requests_per_s
    between = outcome.intervals
    rows = [
        ("offered", f"{outcome.messages / wall:,.0f} messages/s, {outcome.offered / wall:,.0f} lines/s to channels"),
        (
            "delivered",
            f"{len(outcome.lines) / wall:,.0f} lines/s in {len(told) / wall:.1f} posts/s:"
            f" {len(outcome.lines) / max(1, len(told)):.1f} lines a post",
        ),
        ("429s", f"{sum(report.limited.values())} {report.limited or ''} (goal 0)"),
        ("requests", f"{share:.1%} of {requests_per_s:g}/s (goal {GOAL_SHARE:.0%} when saturated), {report.edits} edits"),
        (
            "interval",
            f"p50 {percentile(between, 0.5):.1f} s, p99 {percentile(between, 0.99):.1f} s between two posts of a channel",
        ),
        (
            "chat lag",
            f"p50 {percentile(chat, 0.5):.1f} s, p99 {percentile(chat, 0.99):.1f} s of {len(chat):,} shown (goal: interval"
            f" + {GOAL_CHAT_SLACK_S:g} s)",
        ),
        (
            "alert lag",
            f"p50 {percentile(outcome.alerts, 0.5):.2f} s, p99 {percentile(outcome.alerts, 0.99):.2f} s of {len(outcome.alerts)}"
            f" at {ALERTS_PER_S}/s, {outcome.alerts_waiting} waiting (goal p99 {GOAL_ALERT_S:g} s)",
        ),
        ("fullness", said_of(full)),
        (
            "queues",
            f"most {peaks.lines:,} lines, {peaks.lines_of_one} of one channel, {peaks.requests} requests, {peaks.cards} cards;"
            f" {outcome.left_out:,} lines left out",
        ),
        (
            "cost",
            f"{outcome.cpu_s / wall:.0%} of a core, {peaks.resident_mib:.0f} MiB; frames taken in {peaks.late_s:.2f} s late",
        ),
        ("sandbox", f"{report.core:.0%} of a core{'' if report.core <= VOID_ABOVE else ': THESE FIGURES ARE VOID'}"),
    ]
    rows += [("VIOLATION", each) for each in report.violations]
    for name, said in rows:
        print(f"  {name:10} {said}")  # noqa: T201


def said_of(full: Sequence[float]) -> str:
    """How full the posts were behind which more was waiting."""
    if not full:
        return "nowhere was more waiting than a post holds"
    mean, low = sum(full) / len(full), percentile(sorted(full), 0.1)
    return f"mean {mean:.1%}, p10 {low:.1%} of {len(full)} posts for which more was waiting than fitted (goal {GOAL_FULL:.0%})"


def show_naive(place: Place, options: argparse.Namespace) -> None:
    """The same rooms, in a process of its own."""
    command = [sys.executable, "-m", "bench.peers.naive", "--place", json.dumps(asdict(place))]
    command += ["--rooms", str(options.rooms), "--hot", str(options.hot), "--seconds", str(options.seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)  # noqa: S603 - ours
    naive = json.loads(done.stdout)
    void = "" if naive["sandbox_core"] <= VOID_ABOVE else ": THESE FIGURES ARE VOID"
    for name, said in (
        ("offered", f"{naive['offered_per_s']:,.0f} lines/s to channels"),
        ("delivered", f"{naive['lines_per_s']:,.1f} lines/s, one a post"),
        ("429s", f"{sum(naive['limited'].values()):,} {naive['limited']}"),
        (
            "lag",
            f"p50 {naive['lag_p50_s']:.1f} s, p99 {naive['lag_p99_s']:.1f} s of what came; {naive['waiting']:,} lines wait",
        ),
        ("lost", f"{naive['failed']:,} failed, {naive['dropped']:,} above the bench's own bound"),
        ("cost", f"{naive['core']:.0%} of a core, {naive['mib']:.0f} MiB"),
        ("sandbox", f"{naive['sandbox_core']:.0%} of a core{void}"),
    ):
        print(f"  {name:10} {said}")  # noqa: T201


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--hot", type=int, default=20)
    parser.add_argument("--channels", type=int, default=2000)
    parser.add_argument("--warm-up", type=float, default=120.0)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("LOAD_SECONDS", "60")))
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    interpreter.set_up()
    with tempfile.TemporaryDirectory() as name, serving(GUILDS, options.channels) as place:
        what = f"{options.rooms:,} rooms ({options.hot} hot), {options.channels:,} channels, {GUILDS} guilds"
        print(f"{what}: {options.seconds:g} s after {options.warm_up:g} s")  # noqa: T201
        outcome = uvloop.run(
            relayed(
                place,
                Path(name) / "relay.db",
                rooms=options.rooms,
                hot=options.hot,
                warm_up_s=options.warm_up,
                seconds=options.seconds,
            )
        )
        print("the relay")  # noqa: T201
        show(outcome, config.Delivery().requests_per_s)
    with serving(GUILDS, options.channels) as place:
        print("a naive relay")  # noqa: T201
        show_naive(place, options)


if __name__ == "__main__":
    main()
