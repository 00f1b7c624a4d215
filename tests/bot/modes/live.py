"""The command line as a process of its own, in a sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

from bot.config import TikTok
from sandbox.app import Sandbox
from sandbox.tiktok.world import Room

ROOT = Path(__file__).parents[3]
SOON_S = 20.0
"""Far more than anything here takes."""


def configured(sandbox: Sandbox) -> TikTok:
    """A configuration that lives in the sandbox."""
    told = {name.removeprefix("tiktok."): value for name, value in sandbox.settings.items() if name.startswith("tiktok.")}
    return TikTok.model_validate(told | {"poll_every_s": 1.0})


def environment(sandbox: Sandbox) -> dict[str, str]:
    """The same for a process of its own: no token, for nobody needs Discord here."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_") and name != "NO_COLOR"}
    told = {name: value for name, value in sandbox.settings.items() if name.startswith("tiktok.")}
    settings = {f"RELAY_{name.upper().replace('.', '__')}": value for name, value in told.items()}
    return clean | settings | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}


@contextlib.asynccontextmanager
async def bot(sandbox: Sandbox, *words: str, folder: Path) -> AsyncIterator[Process]:
    """`python -m bot words…`, configured by the environment; killed if it is still there in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words), cwd=folder, env=environment(sandbox), stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: Process) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    async with asyncio.timeout(SOON_S):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def ended(process: Process) -> tuple[int, str]:
    """Its status and what it complained of; a traceback is never an answer."""
    async with asyncio.timeout(SOON_S):
        _, errors = await process.communicate()
    assert b"Traceback" not in errors
    assert process.returncode is not None
    return process.returncode, errors.decode()


async def listened_to(room: Room) -> None:
    """Return once somebody is in the room."""
    async with asyncio.timeout(SOON_S):
        while not room.sockets:
            await asyncio.sleep(0.01)
