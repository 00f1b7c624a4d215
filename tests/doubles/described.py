"""Discord's own OpenAPI description, once per process: what every Discord of the suite holds its bot against."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sandbox.discord.openapi import Description, DescriptionError

FILE = Path(__file__).parents[3] / "shared" / "data" / "discord-openapi.json.gz"


@cache
def description() -> Description | str:
    """The description, or why there is none."""
    try:
        return Description.read(FILE)
    except DescriptionError as missing:
        return str(missing)
