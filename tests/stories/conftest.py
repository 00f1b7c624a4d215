from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox
from tests.doubles.house import House, at_work


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as here:
        yield here
        assert not here.tiktok.violations
        assert not here.discord.violations


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "relay.db"


@pytest.fixture
async def house(sandbox: Sandbox, database: Path) -> AsyncIterator[House]:
    async with at_work(sandbox, database) as running:
        yield running
