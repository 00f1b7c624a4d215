"""/metrics, /healthz and /readyz over HTTP, for the operator's own tools. Answers come from memory; nothing waits.

Whoever reaches the port may read it, so it says nothing that is secret or about a person. `MOST_CONNECTIONS` are kept; for one
more the oldest is closed, so that nobody who only holds connections shuts the others out.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterable

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from bot.errors import ConfigError
from bot.ops.health import Facts, Status, Verdict, liveness, readiness
from bot.ops.metrics import Figures, Reader

MOST_CONNECTIONS = 32
KEEP_ALIVE_S = 75.0

_REASONS = {
    errno.EADDRINUSE: "another program, or another bot, listens there already. Choose another ops.port, or 0 for none",
    errno.EACCES: "this user may not listen there. Choose an ops.port of 1024 or above",
    errno.EADDRNOTAVAIL: "ops.host is no address of this machine. 127.0.0.1 always is",
}


@contextlib.asynccontextmanager
async def serving(host: str, port: int, *, readers: Iterable[Reader], facts: Callable[[], Facts]) -> AsyncIterator[int]:
    """Listen until the block is left; yields the port (its own choice for 0). Raises `ConfigError` where it cannot listen."""
    runner = web.AppRunner(application(readers, facts), access_log=None, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=1.0)
    await runner.setup()
    try:
        server = await _listen(runner, host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
    finally:
        await runner.cleanup()


def application(readers: Iterable[Reader], facts: Callable[[], Facts]) -> web.Application:
    """The three pages."""
    registry = CollectorRegistry()
    registry.register(Figures([*readers, lambda: {"relay_ready": float(readiness(facts()).status < Status.DOWN)}]))
    ProcessCollector(registry=registry)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def healthz(_request: web.Request) -> web.Response:
        return _answer(liveness(facts()))

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(readiness(facts()))

    app = web.Application(client_max_size=1024)
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)])
    return app


def _answer(verdict: Verdict) -> web.Response:
    status = 503 if verdict.status is Status.DOWN else 200
    return web.json_response(verdict.told(), status=status, headers={"Cache-Control": "no-store"})


async def _listen(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """aiohttp's own site takes as many connections as there are file descriptors, which the bot needs itself."""
    handlers = runner.server
    assert handlers is not None  # noqa: S101 - our caller has set it up

    def protocol() -> asyncio.BaseProtocol:
        held = handlers.connections
        for oldest in held[: max(0, len(held) - MOST_CONNECTIONS + 1)]:
            oldest.force_close()
        return handlers()

    try:
        return await asyncio.get_running_loop().create_server(protocol, host, port, backlog=MOST_CONNECTIONS)
    except OSError as error:
        is_unknown = isinstance(error, socket.gaierror)
        reason = _REASONS.get(errno.EADDRNOTAVAIL if is_unknown else error.errno or 0, error.strerror or str(error))
        raise ConfigError(f"ops.port = {port} on ops.host = {host!r} cannot be listened on: {reason}.") from error
