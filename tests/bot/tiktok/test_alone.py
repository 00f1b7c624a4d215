"""The package could be published alone: what importing it brings along, and the names that people import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bot.tiktok
from bot import events

ROOT = Path(__file__).parents[3]


def test_importing_it_brings_neither_discord_nor_a_database() -> None:
    code = "import sys, bot.tiktok; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"discord", "sqlalchemy", "alembic", "aiosqlite", "pydantic", "cogs", "sandbox"}
    assert "aiohttp" in loaded


def test_every_public_name_is_there_and_every_event_among_them() -> None:
    assert all(hasattr(bot.tiktok, name) for name in bot.tiktok.__all__)
    assert set(events.__all__) < set(bot.tiktok.__all__)
    assert len(bot.tiktok.__all__) == len(set(bot.tiktok.__all__))
