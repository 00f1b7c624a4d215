"""Who moderates in the demo guild, and the two who act by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp

from sandbox.app import Sandbox
from sandbox.discord.permissions import BITS
from sandbox.moderators import take_turns
from sandbox.tiktok.clock import Clock
from tests.sandbox.web.gateway_bot import EPHEMERAL, Bot

HURRIED = Clock(speed=1000)


def button(label: str, custom_id: str, *, disabled: bool = False) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": label, "custom_id": custom_id, "disabled": disabled}


def test_the_moderators_have_a_channel_that_nobody_else_reads() -> None:
    sandbox = Sandbox()
    guild = sandbox.demo_guild()
    assert sandbox.demo_guild() is guild, "asked twice it is still the same"
    mods = guild.channel("mods")
    everybody = guild.member("somebody")
    readers = [guild.member("ann"), guild.member("ben"), sandbox.page.you, guild.bot]
    assert all(mods.permissions_of(each) & BITS["view_channel"] for each in readers)
    assert not mods.permissions_of(everybody)
    assert guild.member("ann").permissions & BITS["manage_messages"]
    assert not guild.member("ann").permissions & BITS["manage_guild"]


async def test_ann_reveals_and_then_ben_takes_it() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        guild = sandbox.demo_guild()
        bot = Bot(http, sandbox.url, sandbox.discord.application_id)
        pressed: list[tuple[str, str]] = []

        async def answer(interaction: dict[str, Any]) -> None:
            pressed.append((interaction["member"]["user"]["username"], interaction["data"]["custom_id"]))
            await bot.respond(interaction, 4, {"content": "there", "flags": EPHEMERAL})

        bot.answer = answer
        session = asyncio.ensure_future(bot.run())
        await asyncio.wait_for(bot.ready.wait(), 5)
        acting = asyncio.ensure_future(take_turns(sandbox.discord, guild, HURRIED))
        mods = guild.channel("mods")
        await bot.say(mods.id, "over", components=[{"type": 1, "components": [button("I'm on it", "old", disabled=True)]}])
        row = [button("Reveal", "read"), button("I'm on it", "take")]
        await bot.say(mods.id, "news", components=[{"type": 1, "components": row}])

        await asyncio.wait_for(acting, 5)

        assert pressed == [("ann", "read"), ("ben", "take")]
        session.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await session
