"""TLS in front of a server that speaks none: a certificate of our own, and a relay that takes it off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Front:
    """`address` is `127.0.0.1:port`; only who trusts the file `certificate` believes it."""

    address: str
    certificate: Path

    def trusting(self) -> ssl.SSLContext:
        """A client's context that does."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextlib.asynccontextmanager
async def tls_in_front_of(port: int, folder: Path) -> AsyncIterator[Front]:
    """The relay to 127.0.0.1:`port`, as long as it is needed. Without openssl: a failure in CI, a loud skip elsewhere."""
    if shutil.which("openssl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("NOT TESTED OVER TLS: openssl is absent")
    certificate, key = await asyncio.to_thread(_certified, folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    relays: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        relays.add(task)
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, inner_writer))
                tasks.create_task(_pump(inner_reader, writer))
        finally:
            relays.discard(task)
            inner_writer.close()
            writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", ssl=context)
    try:
        yield Front(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", certificate)
    finally:
        server.close()
        for task in [*relays]:
            task.cancel()
        await asyncio.gather(*relays, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


def _certified(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) for 127.0.0.1, for a day."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
