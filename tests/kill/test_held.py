"""A start while another program writes in the database: the bot comes up, and goes on where it was once that one is done."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import at_work, lines
from tests.kill import weather

VERA = Viewer("vera", "Vera")


@pytest.mark.long
async def test_a_start_on_a_database_that_somebody_else_holds_waits_and_goes_on(tmp_path: Path) -> None:
    database = tmp_path / "relay.db"
    async with Sandbox() as sandbox:
        alice = sandbox.tiktok.creator("alice")
        async with at_work(sandbox, database) as house:
            channel = house.guild.channel("live")
            await house.watch("alice", channel)
        room = alice.go_live()
        async with AsyncExitStack() as somebody:
            await somebody.enter_async_context(weather.held(database))
            # Entered once the bot is online: to come so far it must not have written anything.
            async with at_work(sandbox, database) as house:
                await somebody.aclose()
                await house.until(lambda: room.sockets)
                room.chat(VERA, "hello")
                await house.until(lambda: "**Vera** hello" in lines(channel))
