"""A server's file: everything of it, nothing of another's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from bot.events.ids import Handle
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.storage import creators, exporting, guilds, watches
from tests.doubles.archive import ADMIN, GUILD, opened
from tests.doubles.clock import START_MS, FakeClock

BIG = 1_234_567_890_123_456_789


async def test_everything_of_the_server_is_in_its_file_and_nothing_of_another(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as archive:
        await archive.fill()
        chosen = replace(GuildSettings(), alert_channel_id=ChannelId(BIG), comment_days=3)
        await archive.db.write(guilds.change, GUILD, settings=chosen, by=ADMIN, now_ms=START_MS)
        other = await archive.db.write(creators.ensure, Handle("other"), now_ms=START_MS)
        await archive.db.write(
            watches.place,
            guild_id=GuildId(77),
            channel_id=ChannelId(78),
            creator_id=other.id,
            by=DiscordUserId(79),
            now_ms=START_MS,
            cursor_seq=0,
        )

        kept = await archive.db.read(exporting.of_guild, GUILD)
        nobody = await archive.db.read(exporting.of_guild, GuildId(404))

    text = json.dumps(kept)
    assert "other" not in text
    assert kept["settings"]["alert_channel_id"] == str(BIG), "19 digits do not fit a double"  # type: ignore[index]
    assert kept["settings"]["comment_days"] == 3  # type: ignore[index]
    assert [each["handle"] for each in kept["watches"]] == ["alice"]  # type: ignore[attr-defined]
    assert [(each["viewer_name"], [step["note"] for step in each["steps"]]) for each in kept["cases"]] == [  # type: ignore[attr-defined]
        ("Eve Adams", ["I know Eve Adams"]),
        ("Bob", ["I know Bob"]),
    ]
    assert [each["text"] for each in kept["notes"]] == ["Eve Adams again", "Bob again"]  # type: ignore[attr-defined]
    assert [each["pattern"] for each in kept["rules"]] == ["eve.adams", "bob"]  # type: ignore[attr-defined]
    assert [each["action"] for each in kept["audit"]] == ["watch.placed", "guild.changed"]  # type: ignore[attr-defined]
    assert "2023-11-14" in text, "instants can be read"
    assert "I live at" not in text, "comments belong to no server"
    assert [nobody[name] for name in ("watches", "cases", "notes", "rules", "audit", "settings")] == [[], [], [], [], [], {}]
