"""The sandbox's Discord in a process of its own, with many guilds; it enforces Discord's limits and writes down what it saw.

A figure that was measured against it is void when it was itself the bottleneck: it says how much of a core it took.

    python -m bench.load.discord --guilds 400 --channels 2000
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp
import uvloop
from aiohttp import web

from sandbox.discord.server import Discord

EXEMPT = ("/interactions/", "/webhooks/")
"""Routes that do not count against the token."""

VOID_ABOVE = 0.8
"""Share of a core above which the sandbox itself was in the way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sandbox is, and its channels as (guild, channel)."""

    api_base: str
    token: str
    channels: Sequence[tuple[int, int]]

    async def mark(self) -> None:
        """From now on is what is measured."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.api_base}/bench/mark") as answer:
            answer.raise_for_status()

    async def report(self) -> Report:
        """What happened since the mark."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.api_base}/bench/report") as answer:
            return Report(**await answer.json())


@dataclass(frozen=True, slots=True)
class Report:
    """`requests`: those that count against the token; `limited`: 429s by scope; `posts`: (message, channel, characters)."""

    wall_s: float
    cpu_s: float
    requests: int
    limited: dict[str, int]
    statuses: dict[str, int]
    edits: int
    posts: list[tuple[int, int, int]]
    violations: list[str]

    @property
    def core(self) -> float:
        """Share of a core that the sandbox took."""
        return self.cpu_s / self.wall_s


class _Observed:
    def __init__(self, discord: Discord) -> None:
        self._discord = discord
        self._began = (time.monotonic(), time.process_time(), 0)

    async def mark(self, _request: web.Request) -> web.Response:
        self._discord.requests.clear()
        newest = max(self._discord.state.world.messages, default=0)
        self._began = (time.monotonic(), time.process_time(), newest)
        return web.Response()

    async def report(self, _request: web.Request) -> web.Response:
        wall, cpu, newest = self._began
        took_s, worked_s = time.monotonic() - wall, time.process_time() - cpu
        requests = list(self._discord.requests)
        limited = Counter(each.scope or "cloudflare" for each in requests if each.status == 429)
        created = (each for each in self._discord.state.world.messages.values() if each.id > newest)
        return web.json_response(
            {
                "wall_s": took_s,
                "cpu_s": worked_s,
                "requests": sum(not each.route.startswith(EXEMPT) for each in requests),
                "limited": dict(limited),
                "statuses": dict(Counter(str(each.status) for each in requests)),
                "edits": sum(each.method == "PATCH" and each.status == 200 for each in requests),
                "posts": [(each.id, each.channel.id, len(each.content)) for each in created],
                "violations": [str(each) for each in self._discord.violations[:10]],
            }
        )


async def serve(guilds: int, channels: int) -> None:
    """Say where everything is in one line of JSON, then serve until the process is ended."""
    discord = Discord()
    observed = _Observed(discord)
    app = web.Application()
    app.router.add_post("/api/v10/bench/mark", observed.mark)
    app.router.add_get("/api/v10/bench/report", observed.report)
    discord.add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    discord.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    made = []
    for number in range(channels):
        guild = discord.guild(f"guild {number % guilds}")
        made.append((guild.id, guild.channel(f"live-{number}").id))
    print(json.dumps({"api_base": discord.api_base, "token": discord.token, "channels": made}), flush=True)  # noqa: T201
    await asyncio.Event().wait()


@contextlib.contextmanager
def serving(guilds: int, channels: int) -> Iterator[Place]:
    """The sandbox in a process of its own until the block is left."""
    command = [sys.executable, "-m", "bench.load.discord", "--guilds", str(guilds), "--channels", str(channels)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ourselves
        assert server.stdout is not None  # noqa: S101 - asked for
        try:
            yield Place(**json.loads(server.stdout.readline()))
        finally:
            server.terminate()


def main() -> None:
    """Be the sandbox."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guilds", type=int, default=400)
    parser.add_argument("--channels", type=int, default=2000)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(options.guilds, options.channels))


if __name__ == "__main__":
    main()
