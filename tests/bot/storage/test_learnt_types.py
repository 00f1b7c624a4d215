"""msgspec learns a dataclass at its first use. Two threads that teach it the same one at once crash the whole process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

TYPES = [
    ("bot.model.watch", "WatchSettings", "bot.storage.watches"),
    ("bot.model.watch", "Look", "bot.storage.watches"),
    ("bot.model.guild", "GuildSettings", "bot.storage.guilds"),
    ("bot.model.message", "Message", "bot.storage.cards"),
    ("bot.model.card", "Posting", "bot.storage.cards"),
]


@pytest.mark.parametrize(("home", "name", "reader"), TYPES)
def test_what_readers_threads_read_is_learnt_before_there_are_threads(home: str, name: str, reader: str) -> None:
    """msgspec keeps what it learnt of a class on the class; in a process of its own nothing else can have taught it."""
    ask = f"import {reader}, {home}; print(hasattr({home}.{name}, '__msgspec_cache__'))"
    answer = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "True"
