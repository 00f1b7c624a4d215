"""A whole sandbox on a free port for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.app import Sandbox
from sandbox.tiktok.server import TikTok


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
def tiktok(sandbox: Sandbox) -> TikTok:
    return sandbox.tiktok
