"""A sandbox without the command line, a bot at its gateway, and a real browser on the page."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Error, Page, ViewportSize, async_playwright

from sandbox.app import Sandbox
from sandbox.discord.limits import Limits, Rate
from sandbox.discord.world import Channel, Guild
from tests.sandbox.web.gateway_bot import WATCH, WATCHING, Bot

# Chromium asks for its maker's hosts at every start; only this machine exists for it.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1"
LIMITLESS = Limits(**{field.name: Rate(1_000_000, 1.0) for field in fields(Limits)})
WIDE, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=720)


@dataclass(frozen=True, slots=True)
class House:
    """A running sandbox with the guild that its page shows."""

    sandbox: Sandbox
    guild: Guild
    general: Channel
    live: Channel

    @property
    def url(self) -> str:
        return self.sandbox.url


@pytest_asyncio.fixture(loop_scope="session")
async def house() -> AsyncIterator[House]:
    """The page on a free port, with the channels #general and #live and nobody connected."""
    async with Sandbox(discord_limits=LIMITLESS) as sandbox:
        guild = sandbox.page.guild
        yield House(sandbox, guild, guild.channel("general"), guild.channel("live"))


@contextlib.asynccontextmanager
async def connected(house: House) -> AsyncIterator[Bot]:
    """A bot that is online and has registered /watch and /watching."""
    async with aiohttp.ClientSession() as http:
        bot = Bot(http, house.url, house.sandbox.discord.application_id)
        session = asyncio.ensure_future(bot.run())
        await asyncio.wait_for(bot.ready.wait(), 5)
        await bot.register(WATCH, WATCHING)
        try:
            yield bot
        finally:
            session.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await session


@pytest_asyncio.fixture(loop_scope="session")
async def bot(house: House) -> AsyncIterator[Bot]:
    async with connected(house) as bot:
        yield bot


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI"):
        pytest.fail("The page must be tested: install chromium.")
    if path is None:
        pytest.skip("THE PAGE IS NOT TESTED: there is no chromium on this machine (apt-get install chromium).")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[OFFLINE])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(request: pytest.FixtureRequest, chromium: Browser, house: House) -> AsyncIterator[Page]:
    """The page, open at #general, of the size that an indirect parameter gives; at the end its console must be silent."""
    viewport: ViewportSize = getattr(request, "param", WIDE)
    context = await chromium.new_context(locale="en-US", timezone_id="UTC", viewport=viewport)
    page = await context.new_page()
    page.set_default_timeout(5_000)
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def on_error(error: Error) -> None:
        complaints.append(str(error))

    page.on("console", on_console)
    page.on("pageerror", on_error)
    await page.goto(house.url)
    await page.locator("#channels .channel.current").wait_for(state="attached")
    yield page
    await context.close()
    assert complaints == []
