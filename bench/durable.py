"""What does a core carry from the frame to the line, with every event on disk in between, in a thousand rooms at once?

1,000 TLS sockets, on which a server in a process of its own writes comments of captured size, five in a frame, 10,000 a second;
the product's own way from there: `Supervisor`, `WebcastSource` (acks included), the log in SQLite with synchronous=FULL, `Relay`
and `render`. Lag is from the frame's arrival until its line is handed to delivery, which takes it and lets it go: what
Discord then allows is measured by `bench.relay`. Every comment is wanted, so every event becomes a line.

The limits (scale.md, section 6, the same with a minimal pipeline): 43 % of a core and a p99 of 18.6 ms; the goal leaves room for
what a product does besides, 60 % and 50 ms. Such a minimum is the first row, on this machine and in this run: the same sockets
and frames, acknowledged, inflated by zlib and parsed with a name and a text read of each message, one insert in sqlite3's own
words every 10 ms, and an f-string. The last row adds the store of comments, as the bot runs it.

    python -m bench.durable [--rooms 1000] [--rate 10000] [--seconds 10] [../shared/data/captures/payloads.jsonl.gz]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import resource
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import aiohttp
import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench.decode import CAPTURES, captured
from bench.load.measures import percentile
from bench.load.rooms import Rooms
from bench.sockets import AT_ONCE, TICK_S, LetIn, PushServer, in_websocket, make_certificate, resident_kib
from bot import config
from bot.clock import Bell, SystemClock
from bot.delivery.dispatcher import Dispatcher
from bot.eventlog.sql import SqlEventLog
from bot.events.codec import Logged
from bot.events.ids import Handle
from bot.ingest.connects import NamedSource
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.ingest.supervisor import Supervisor
from bot.model.draft import Line
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import Watch
from bot.moderation.consumer import CommentKeeper
from bot.modes import interpreter, sources
from bot.relay.consumer import Relay
from bot.storage import creators, schema, watches
from bot.storage.database import Database
from bot.tiktok.webcast import frames as frames_of_ours
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from bot.tiktok.webcast.socket import WebcastSource
from sandbox.tiktok import frames
from sandbox.tiktok.world import Posted

PER_FRAME = 5
FRAMES = 1_103
"""More messages than the log recognises duplicates, and a prime number: no socket is given the same frame twice in that time."""

WARM_UP_S = 10.0
GOAL_CORE, GOAL_P99_MS = 0.6, 50.0
LEAST_FLUSH_S = 0.01
SPOKEN = [Subprotocol("echo-protocol")]
CHAT = "WebcastChatMessage"

_FIRST_ID = 7_500_000_000_000_000_000


# ------------------------------------------------------------------------------------------------ the server


def comments(captures: Path) -> list[bytes]:
    """Frames of captured comments under new ids, each one a websocket message."""
    payloads = [payload for method, payload in captured(captures) if method == CHAT]
    posted = (_renumbered(payload, _FIRST_ID + number) for number, payload in enumerate(itertools.cycle(payloads)))
    made = []
    for number in range(FRAMES):
        batch = frames.batch(itertools.islice(posted, PER_FRAME), cursor="c", internal_ext=b"bench", now_ms=0)
        made.append(in_websocket(frames.msg(batch, seq_id=number, log_id=number + 1, compressed=True)))
    return made


def _renumbered(payload: bytes, message_id: int) -> Posted:
    chat = pb.Chat.FromString(payload)
    # A message without a room belongs to the one that it comes in.
    chat.base.message_id, chat.base.room_id = message_id, 0
    return Posted(CHAT, chat.SerializeToString(), str(message_id))


async def serve(captures: Path, certificate: Path, rooms: int, rate: float) -> None:
    """Say the port in one line, then, once all rooms are open, offer so many messages a second until the process is ended."""
    opened: list[PushServer] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = await asyncio.get_running_loop().create_server(lambda: PushServer(opened), "127.0.0.1", 0, ssl=context, backlog=1024)
    made = comments(captures)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    while len(opened) < rooms:  # noqa: ASYNC110 - nothing else runs here
        await asyncio.sleep(TICK_S)
    pairs = zip(itertools.cycle(made), itertools.cycle(opened), strict=False)
    started, offered = time.perf_counter(), 0
    while True:
        while offered < (time.perf_counter() - started) * rate:
            frame, socket = next(pairs)
            socket.offer(frame)
            offered += PER_FRAME
        await asyncio.sleep(TICK_S)


@contextlib.contextmanager
def serving(options: argparse.Namespace, certificate: Path) -> Iterator[int]:
    """The server in a process of its own; its port."""
    command = [sys.executable, "-m", "bench.durable", str(options.captures), "--serve", "--certificate", str(certificate)]
    command += ["--rooms", str(options.rooms), "--rate", str(options.rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ourselves
        assert server.stdout is not None  # noqa: S101 - asked for
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


# ------------------------------------------------------------------------------------------------ the pipeline


class Heard:
    """The relay's `Cards`: remembers when what it is about to render was received."""

    def __init__(self) -> None:
        self.received_at_ms: dict[CreatorId, dict[int, int]] = {}

    async def hear(self, logged: Sequence[Logged], hearers: Mapping[WatchId, tuple[Watch, int]]) -> None:
        for watch, _ in hearers.values():
            self.received_at_ms[watch.creator_id] = {each.seq: each.event.received_at_ms for each in logged}

    def stop(self, watch: Watch) -> None:
        self.received_at_ms.pop(watch.creator_id, None)


class Sink(Dispatcher):
    """Takes lines, notes how late they are, and lets them go."""

    heard: Heard
    lags_ms: list[float]

    def offer(self, watch: Watch, line: Line) -> None:
        self.lags_ms.append(time.time_ns() / 1e6 - self.heard.received_at_ms[watch.creator_id][line.seq])


async def watch_all(db: Database, rooms: int) -> None:
    """A watch for each room, so that it is followed and relayed."""
    for number in range(rooms):
        creator = await db.write(creators.ensure, Handle(f"room{number}"), now_ms=1)
        await db.write(
            watches.place,
            guild_id=GuildId(1),
            channel_id=ChannelId(number + 1),
            creator_id=creator.id,
            by=DiscordUserId(1),
            now_ms=1,
            cursor_seq=0,
        )


async def measure(port: int, certificate: Path, rooms: int, seconds: float, *, with_comments: bool) -> dict[str, float]:
    """Follow every room for so long; what a second of it carries and costs."""
    clock, rng = SystemClock(), Random(1)
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/relay.db"
        schema.prepare(url, clock)
        db = await Database.open(url, clock=clock)
        await watch_all(db, rooms)
        log, heard = SqlEventLog(db), Heard()
        # Nothing is ever posted, so nobody is asked to.
        sink = Sink(db, None, clock, config.Delivery(), rng=rng)  # type: ignore[arg-type]
        sink.heard, sink.lags_ms = heard, []
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            tls = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
            source = WebcastSource(
                http, opener=LetIn(f"wss://localhost:{port}/"), tls=tls, wanted=sources.LOGGED.__contains__, open_timeout_s=60.0
            )
            settings = IngestSettings(look_ups_per_s=1e6, look_up_burst=rooms, connects_per_s=500.0, connect_burst=AT_ONCE)
            named = [NamedSource(Way(source.name), source, source.skipped)]
            supervisor = Supervisor(db, log, Rooms(), named, clock=clock, bell=Bell(), rng=rng, settings=settings)
            relay = Relay(db, log, sink, heard, clock, Bell(), config.Delivery(), rng=rng)
            parts = [supervisor.run(), sink.run(), relay.run()]
            if with_comments:
                parts.append(CommentKeeper(db, log, clock=clock).run())
            tasks = [group.create_task(part) for part in parts]
            while supervisor.counters.connected < rooms:  # noqa: ASYNC110 - nothing rings for this
                await asyncio.sleep(0.05)
            await asyncio.sleep(WARM_UP_S)
            sink.lags_ms.clear()
            wall, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            figures = figures_of(sink.lags_ms, wall=wall, cpu=cpu) | {"shed": sum(supervisor.counters.shed.values())}
            for task in tasks:
                task.cancel()
        await db.close()
    return figures


# ------------------------------------------------------------------------------------------------ the least that it takes


class Least:
    """What no pipeline can leave out, in as few words as there are."""

    def __init__(self, database: Path) -> None:
        self.lags_ms: list[float] = []
        self._waiting: list[tuple[float, str, str, bytes]] = []
        self._thread = ThreadPoolExecutor(1)
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log (said BLOB)")

    async def read(self, address: str, tls: ssl.SSLContext) -> None:
        """One room, until cancelled."""
        async with connect(address, ssl=tls, subprotocols=SPOKEN, ping_interval=None, compression=None) as socket:
            async for data in socket:
                arrived = time.time_ns() / 1e6
                frame = pb.PushFrame.FromString(data)  # type: ignore[arg-type]
                batch = pb.FetchResult.FromString(zlib.decompress(frame.payload, wbits=31))
                await socket.send(frames_of_ours.ack(frame.log_id, batch.internal_ext))
                for message in batch.messages:
                    chat = pb.Chat.FromString(message.payload)
                    self._waiting.append((arrived, chat.user.nickname, chat.content, message.payload))

    async def store(self) -> None:
        """Until cancelled: what came, on disk, then as a line."""
        while True:
            await asyncio.sleep(LEAST_FLUSH_S)
            some, self._waiting = self._waiting, []
            await asyncio.get_running_loop().run_in_executor(self._thread, self._insert, [(each[3],) for each in some])
            lines = [f"**{name}** {text}" for _, name, text, _ in some]
            now = time.time_ns() / 1e6
            self.lags_ms += [now - each[0] for each, _ in zip(some, lines, strict=True)]

    def _insert(self, rows: list[tuple[bytes]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO log VALUES (?)", rows)
        self._connection.execute("COMMIT")


async def least(port: int, certificate: Path, rooms: int, seconds: float) -> dict[str, float]:
    """The same figures for that."""
    with tempfile.TemporaryDirectory() as name:
        bare = Least(Path(name) / "least.db")
        tls = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(bare.store())]
            for number in range(rooms):
                tasks.append(group.create_task(bare.read(f"wss://localhost:{port}/", tls)))
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0.5)
            await asyncio.sleep(WARM_UP_S)
            bare.lags_ms.clear()
            wall, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds)
            figures = figures_of(bare.lags_ms, wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
            for task in tasks:
                task.cancel()
    return figures


def figures_of(lags_ms: Sequence[float], *, wall: float, cpu: float) -> dict[str, float]:
    """What both print."""
    lags = sorted(lags_ms)
    return {
        "per_second": len(lags) / wall,
        "core": cpu / wall,
        "us": cpu / max(1, len(lags)) * 1e6,
        "p50_ms": percentile(lags, 0.5),
        "p99_ms": percentile(lags, 0.99),
        "mib": resident_kib() / 1024,
    }


# ------------------------------------------------------------------------------------------------ the table


def show(options: argparse.Namespace) -> None:
    """The rows, each in a process of its own."""
    print(f"{options.rooms:,} TLS rooms, {options.rate:,.0f} events/s offered, {options.seconds:g} s")  # noqa: T201
    least_us = 0.0
    for name, more in (("the least", ["--least"]), ("frame to line", []), ("with comments", ["--with-comments"])):
        with tempfile.TemporaryDirectory() as folder:
            make_certificate(Path(folder))
            with serving(options, Path(folder)) as port:
                command = [sys.executable, "-m", "bench.durable", "--port", str(port), "--certificate", folder]
                command += ["--rooms", str(options.rooms), "--seconds", str(options.seconds), *more]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
        row = json.loads(done.stdout)
        least_us = least_us or row["us"]
        print(  # noqa: T201
            f"  {name:14} {row['per_second']:>7,.0f} lines/s, {row['core']:.0%} of a core (goal {GOAL_CORE:.0%}),"
            f" {row['us']:.0f} us an event ({row['us'] / least_us:.2f} x the least),"
            f" p50 {row['p50_ms']:.1f} ms, p99 {row['p99_ms']:.1f} ms (goal {GOAL_P99_MS:g}), {row['mib']:.0f} MiB"
            + (f", {row['shed']} shed" if row.get("shed") else "")
        )


def main() -> None:
    """Print both rows, or be one of the processes that it takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="?", type=Path, default=CAPTURES)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=10_000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--certificate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--with-comments", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--least", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.serve:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(serve(options.captures, options.certificate, options.rooms, options.rate))
    elif options.port:
        interpreter.set_up()
        what = options.port, options.certificate, options.rooms, options.seconds
        row = least(*what) if options.least else measure(*what, with_comments=options.with_comments)
        print(json.dumps(uvloop.run(row)))  # noqa: T201
    elif not options.captures.exists():
        raise SystemExit(f"{options.captures} is not there: give a file of captured payloads.")
    else:
        show(options)


if __name__ == "__main__":
    main()
