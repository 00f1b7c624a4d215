"""What the tests of commands start from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.doubles.community import Community


@pytest_asyncio.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    """A running bot in the guild "fans", its Discord, its database."""
    async with Community.open(tmp_path) as opened:
        await opened.start()
        yield opened
        assert opened.discord.violations == []
