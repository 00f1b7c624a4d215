"""How much does one process with 1,000 open push sockets carry, and what does an idle one cost?

Two set-ups, each with a minimal server in a process of its own on 127.0.0.1, and the real way of the product from the socket to
the typed event (`WebcastSource` on uvloop, acks and heartbeats included; neither look-up, signature nor storage):

- *events*: plain sockets, on which the server writes frames of a hot room, more than the goal asks for. Events per second, and
  per second of the reading process's own CPU time: the server and whatever else runs share the machine's cores.
- *memory*: TLS sockets on which nothing comes, with a certificate made for this run. Resident memory per room.

The limits to compare with (scale.md): Discord takes 50 requests, so about 1,400 lines, a second for each token; 1,000 rooms of
five events a second are 5,000; a room cost 56 KiB (websockets, uvloop) when only its socket was counted.

    python -m bench.sockets [--rooms 1000] [--seconds 4] [../shared/data/captures/payloads.jsonl.gz]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gc
import hashlib
import itertools
import json
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import cast

import aiohttp
import uvloop

from bench.decode import CAPTURES, HOT, HOT_BATCHES, captured, dealt, framed
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.frames import Batch
from bot.tiktok.webcast.signing import Signed
from bot.tiktok.webcast.socket import WebcastSource

GOAL_EVENTS, GOAL_KIB = 50_000, 64
OFFERED_EVENTS = 75_000
"""A second, by the server: half as much again as the goal, but not so much that the backlog becomes what is measured."""

WARM_UP_S = 1.0
TICK_S = 0.002
AT_ONCE = 50
"""Handshakes under way at the same time."""

WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3: what the server appends to the client's key."""

MOST_SHORT, MOST_MEDIUM = 125, 0xFFFF
"""RFC 6455, 5.2: payload lengths that fit into the second byte, and into two more."""


# ------------------------------------------------------------------------------------------------ the server


class PushServer(asyncio.Protocol):
    """One push socket: shakes hands, ignores what it is told, and takes a frame unless its reader is behind."""

    def __init__(self, opened: list[PushServer]) -> None:
        self._opened = opened
        self._request = b""
        self._is_open = self._is_behind = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one only in what it can do.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._is_open:
            return
        self._request += data
        if b"\r\n\r\n" not in self._request:
            return
        [key] = [line[18:].strip() for line in self._request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:")]
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID, usedforsecurity=False).digest())
        self._is_open = True
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: echo-protocol\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._opened.append(self)

    def pause_writing(self) -> None:
        self._is_behind = True

    def resume_writing(self) -> None:
        self._is_behind = False

    def offer(self, frame: bytes) -> None:
        if not self._is_behind and not self._transport.is_closing():
            self._transport.write(frame)


async def offer(frames: Sequence[bytes], events: int, opened: Sequence[PushServer], rooms: int) -> None:
    """Once so many rooms are open, frames to one after the other: `OFFERED_EVENTS` a second, unless that is too much for us."""
    while len(opened) < rooms:  # noqa: ASYNC110 - nothing else runs here
        await asyncio.sleep(TICK_S)
    pairs = zip(itertools.cycle(frames), itertools.cycle(opened), strict=False)
    started, offered = time.perf_counter(), 0.0
    while True:
        while offered < (time.perf_counter() - started) * OFFERED_EVENTS:
            frame, socket = next(pairs)
            socket.offer(frame)
            offered += events / len(frames)
        await asyncio.sleep(TICK_S)


def in_websocket(frame: bytes) -> bytes:
    """The frame as one unmasked binary websocket message."""
    size = len(frame)
    if size <= MOST_SHORT:
        return bytes((0x82, size)) + frame
    if size <= MOST_MEDIUM:
        return bytes((0x82, 126)) + size.to_bytes(2, "big") + frame
    return bytes((0x82, 127)) + size.to_bytes(8, "big") + frame


async def serve(captures: Path, certificate: Path | None, rooms: int) -> None:
    """Say the port in one line, then serve until the process is ended. With a certificate: TLS, and nothing to read."""
    opened: list[PushServer] = []
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = await asyncio.get_running_loop().create_server(lambda: PushServer(opened), "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    if certificate is None:
        messages = list(dealt(captured(captures), HOT, Random(1)))
        await offer([in_websocket(each) for each in framed(messages, HOT_BATCHES)], len(messages), opened, rooms)
    await server.serve_forever()


@contextlib.contextmanager
def serving(captures: Path, rooms: int, certificate: Path | None) -> Iterator[int]:
    """The server in a process of its own; its port."""
    command = [sys.executable, "-m", "bench.sockets", str(captures), "--serve", "--rooms", str(rooms)]
    if certificate is not None:
        command += ["--certificate", str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ourselves
        assert server.stdout is not None  # noqa: S101 - asked for
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


# ------------------------------------------------------------------------------------------------ the rooms


class LetIn:
    """`socket.Opener` for the server above."""

    name = "bench"
    beats_first = False

    def __init__(self, address: str) -> None:
        self._address = address

    async def permit(self, room: Room) -> Signed:
        return Signed(room.room_id, self._address, "ttwid=x", Batch())

    def renew(self) -> bool:
        return False


class Rooms:
    """So many rooms, each followed by a task of its own."""

    def __init__(self) -> None:
        self.open = 0
        self.events = 0

    @contextlib.asynccontextmanager
    async def following(self, address: str, rooms: int, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
        """Until the end of the block; it begins when all are open."""
        handshakes = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as http:
            source = WebcastSource(http, opener=LetIn(address), tls=tls)
            tasks = [asyncio.ensure_future(self._follow(source, number, handshakes)) for number in range(1, rooms + 1)]
            try:
                while self.open < rooms:
                    if broken := next((each for each in tasks if each.done()), None):
                        broken.result()
                    await asyncio.sleep(0.05)
                yield
            finally:
                for each in tasks:
                    each.cancel()
                await asyncio.wait(tasks)

    async def _follow(self, source: WebcastSource, number: int, handshakes: asyncio.Semaphore) -> None:
        async with contextlib.AsyncExitStack() as stack:
            async with handshakes:
                batches = await stack.enter_async_context(
                    contextlib.aclosing(source.events(Room(RoomId(str(number)), Handle("bench"))))
                )
                await anext(batches)
            self.open += 1
            async for batch in batches:
                self.events += len(batch)


async def measure_events(port: int, rooms: int, seconds: float) -> dict[str, float]:
    """Events per second, and per second of our own CPU time."""
    followed = Rooms()
    async with followed.following(f"ws://127.0.0.1:{port}/", rooms, None):
        await asyncio.sleep(WARM_UP_S)
        events, wall, cpu = followed.events, time.perf_counter(), time.process_time()
        await asyncio.sleep(seconds)
        events, wall, cpu = followed.events - events, time.perf_counter() - wall, time.process_time() - cpu
    return {"per_second": events / wall, "per_cpu_second": events / cpu}


async def measure_memory(port: int, rooms: int, certificate: Path) -> dict[str, float]:
    """KiB of resident memory per room, and milliseconds of CPU per connect."""
    context = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    gc.collect()
    before, cpu = resident_kib(), time.process_time()
    async with Rooms().following(f"wss://localhost:{port}/", rooms, context):
        cpu = time.process_time() - cpu
        gc.collect()
        after = resident_kib()
    return {"kib": (after - before) / rooms, "connect_ms": cpu / rooms * 1000}


def resident_kib() -> float:
    """Resident memory of this process, from /proc."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024


# ------------------------------------------------------------------------------------------------ the table


def make_certificate(folder: Path) -> None:
    """A self-signed one for localhost, for a day."""
    subprocess.run(  # noqa: S603 - fixed words
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )


def in_fresh_process(*arguments: str) -> dict[str, float]:
    """The answer of this module, run with these arguments: so that one set-up's memory is not the other's."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "bench.sockets", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def show(captures: Path, rooms: int, seconds: float) -> None:
    """Run both set-ups and print them beside their limits."""
    with serving(captures, rooms, None) as port:
        plain = in_fresh_process("--port", str(port), "--rooms", str(rooms), "--seconds", str(seconds))
    print(  # noqa: T201
        f"{rooms:,} plain sockets: {plain['per_second']:,.0f} events/s, {plain['per_cpu_second']:,.0f} for each second of a core "
        f"(goal {GOAL_EVENTS:,}; one Discord token takes 1,400 lines/s)"
    )
    with tempfile.TemporaryDirectory() as name:
        make_certificate(Path(name))
        with serving(captures, rooms, Path(name)) as port:
            idle = in_fresh_process("--port", str(port), "--rooms", str(rooms), "--certificate", name)
    print(  # noqa: T201
        f"{rooms:,} idle TLS rooms: {idle['kib']:.1f} KiB each, {idle['connect_ms']:.2f} ms of CPU per connect "
        f"(goal {GOAL_KIB} KiB; scale.md: 56 KiB and 0.8 to 1.1 ms for the bare socket)"
    )


def main() -> None:
    """Print both, or be one of the processes that it takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="?", type=Path, default=CAPTURES)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--certificate", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.serve:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(serve(options.captures, options.certificate, options.rooms))
    elif options.port and options.certificate:
        print(json.dumps(uvloop.run(measure_memory(options.port, options.rooms, options.certificate))))  # noqa: T201
    elif options.port:
        print(json.dumps(uvloop.run(measure_events(options.port, options.rooms, options.seconds))))  # noqa: T201
    elif not options.captures.exists():
        raise SystemExit(f"{options.captures} is not there: give a file of captured payloads.")
    else:
        show(options.captures, options.rooms, options.seconds)


if __name__ == "__main__":
    main()
