"""Our JSON has every key that Discord's own description requires."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord import payloads
from sandbox.discord.commands import Command
from sandbox.discord.world import World

DESCRIPTION = Path(__file__).parents[4] / "shared" / "data" / "discord-openapi.json.gz"


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not DESCRIPTION.exists():
        pytest.skip("Discord's OpenAPI description is not beside this checkout")
    described: dict[str, Any] = json.loads(gzip.decompress(DESCRIPTION.read_bytes()))["components"]["schemas"]
    return described


def _missing(value: Any, schema: dict[str, Any], schemas: dict[str, Any], path: str = "") -> list[str]:
    """Paths of required keys that are not there, following references and lists."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        items = schema.get("items") or {}
        return [m for index, item in enumerate(value) for m in _missing(item, items, schemas, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    missing = [f"{path}.{key}" for key in schema.get("required", ()) if key not in value]
    for key, inner in (schema.get("properties") or {}).items():
        if key in value:
            missing += _missing(value[key], inner, schemas, f"{path}.{key}")
    return missing


def test_every_required_key_is_there(schemas: dict[str, Any]) -> None:
    world = World(lambda: 1_790_000_000.0)
    guild = world.guild("fans")
    live = guild.channel("live")
    live.deny_bot("send_messages")
    message = world.post(live, world.bot, content=f"<@{guild.owner.id}>", mentions=(guild.owner.id,))
    shown = {
        "UserResponse": payloads.user(world.bot),
        "GuildRoleResponse": payloads.role(guild.bot_role),
        "GuildMemberResponse": payloads.member(guild.bot),
        "GuildChannelResponse": payloads.channel(live),
        "MessageResponse": payloads.message(message),
        "ApplicationCommandResponse": Command(1, 2, 3, {"name": "watch", "description": "d"}).json,
    }
    assert {name: _missing(body, schemas[name], schemas) for name, body in shown.items()} == {name: [] for name in shown}


def test_a_voice_channel_and_a_forum_carry_their_own_keys() -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    assert payloads.channel(guild.channel("talk", kind="voice"))["bitrate"] == 64_000
    assert payloads.channel(guild.channel("posts", kind="forum"))["available_tags"] == []


def test_other_peoples_messages_are_blank_without_the_intent() -> None:
    world = World(lambda: 1_790_000_000.0)
    live = world.guild("fans").channel("live")
    message = live.say(live.guild.owner, "words")
    assert payloads.message(message, shows_content=False)["content"] == ""
    assert payloads.message(message)["content"] == "words"
