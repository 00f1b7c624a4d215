"""Fixtures of this folder: `discord_server` with fast limits, `rest` to call it by hand, `aimed` to point discord.py at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord.server import Discord
from tests.sandbox.discord.served import FAST, Rest, aimed, serving

__all__ = ["aimed"]


@pytest.fixture
async def discord_server() -> AsyncIterator[Discord]:
    async with serving(Discord(limits=FAST)) as server:
        yield server


@pytest.fixture
async def rest(discord_server: Discord) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as http:
        yield Rest(discord_server, http)
