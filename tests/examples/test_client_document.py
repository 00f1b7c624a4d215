"""docs/client.md names only what there is, and its code is code."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import bot.tiktok
from bot.errors import RelayError
from bot.tiktok import LiveClient

DOCUMENT = (Path(__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")


def test_its_code_is_code() -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        compile(block, "client.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_every_attribute_of_the_client_that_it_names_is_there() -> None:
    client = LiveClient("alice")
    named = set(re.findall(r"client\.(\w+)", DOCUMENT))
    assert len(named) > 10
    assert not [name for name in named if not hasattr(client, name)]


def test_every_class_that_it_names_can_be_imported_from_one_place() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)[`(]", DOCUMENT))
    assert len(named) > 15
    assert not [name for name in named if not hasattr(bot.tiktok, name)]


def test_every_error_that_can_be_imported_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE))
    errors = {
        name for name in bot.tiktok.__all__ if inspect.isclass(kind := getattr(bot.tiktok, name)) and issubclass(kind, RelayError)
    }
    assert errors - rows == {"RelayError", "SourceError"}


def test_every_argument_is_told() -> None:
    arguments = set(inspect.signature(LiveClient.__init__).parameters) - {"self", "creator", "clock", "rng"}
    assert not [name for name in arguments if f"`{name}" not in DOCUMENT and f"{name}=" not in DOCUMENT]
