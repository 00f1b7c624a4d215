"""The whole bot on a sandbox, in one loop: real clients on our side, real sockets between, the stand-ins on the other side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydantic import SecretStr

from bot import config
from bot.clock import SystemClock
from bot.modes import embedded
from bot.storage import schema
from sandbox.app import Sandbox
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel, Guild, Member
from sandbox.tiktok.world import Room

SOON_S = 15.0
"""How long a story waits for what must happen: far more than it takes, so that a slow machine does not fail it."""


def settings(sandbox: Sandbox, database: Path, *, post_every_s: float = 1.25) -> config.Config:
    """A configuration that lives in the sandbox."""
    return config.Config(
        discord=config.Discord(token=SecretStr(sandbox.discord.token), api_base=sandbox.discord.api_base),
        tiktok=config.TikTok(
            web_base=sandbox.url, webcast_base=f"{sandbox.url}/webcast", sign_base=sandbox.url, poll_every_s=1.0
        ),
        storage=config.Storage(url=f"sqlite:///{database}"),
        delivery=config.Delivery(post_every_s=post_every_s),
    )


LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class House:
    """A running bot and the world around it."""

    sandbox: Sandbox
    parts: embedded.Parts
    guild: Guild
    you: Member

    def already_live(self, handle: str) -> Room:
        """The creator has been live for an hour."""
        room = self.sandbox.tiktok.creator(handle).go_live()
        room.started_at_ms -= 3_600_000
        return room

    async def types(self, where: Channel, command: str, member: Member | None = None, **options: object) -> Interaction:
        """A person types a command and waits for its first answer."""
        typed = await self.sandbox.discord.interact(where, member or self.you, command, options)
        await typed.answered(SOON_S)
        return typed

    async def watch(self, creator: str, channel: Channel) -> Interaction:
        """`/watch`, until the answer says how it stands."""
        typed = await self.types(channel, "watch", creator=creator, channel=channel)
        await self.until(lambda: any(sign in told(typed) for sign in "🔴⚫❌❔"))
        return typed

    async def unwatch(self, creator: str, where: Channel) -> None:
        """`/unwatch`, and the button that ends it."""
        asked = await self.types(where, "unwatch", creator=creator)
        question = asked.messages[0]
        end = question.components[0]["components"][0]["custom_id"]
        await (await self.sandbox.discord.press(question, self.you, end)).says("no longer watched", SOON_S)

    async def until(self, happened: Callable[[], object], timeout_s: float = SOON_S) -> None:
        """Look until it is so; a failure says what the channels hold."""
        try:
            async with asyncio.timeout(timeout_s):
                while not happened():
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            shown = {channel.name: lines(channel) for guild in self.sandbox.discord.guilds for channel in guild.channels.values()}
            raise AssertionError(f"it never happened; the channels hold {shown}") from None


@contextlib.asynccontextmanager
async def at_work(sandbox: Sandbox, database: Path, *, post_every_s: float = 1.25) -> AsyncIterator[House]:
    """The bot, connected, until the block is left."""
    clock = SystemClock()
    wanted = settings(sandbox, database, post_every_s=post_every_s)
    schema.prepare(wanted.storage.url, clock)
    guild = sandbox.discord.guild("The demo guild")
    you = guild.member("you", permissions=["manage_guild", "view_channel", "send_messages"])
    async with embedded.running(wanted, clock=clock, rng=Random(1)) as parts:
        await sandbox.discord.online(SOON_S)
        yield House(sandbox, parts, guild, you)


def lines(channel: Channel) -> list[str]:
    """Every line that stands in a channel now, oldest first, without the marks that keep names from leaking."""
    return [plain(line) for message in channel.messages for line in message.content.splitlines()]


def plain(text: str) -> str:
    """Without direction isolates and zero-width marks."""
    return text.replace("\u2068", "").replace("\u2069", "").replace("\u200b", "")


def told(typed: Interaction) -> str:
    """What the private answers say now, embeds included."""
    said = [message.content for message in typed.messages]
    said += [str(embed.get("description", "")) for message in typed.messages for embed in message.embeds]
    return "\n".join(said)


def once_each(expected: Iterable[str], shown: list[str]) -> list[str]:
    """Those that do not stand exactly once."""
    return [line for line in expected if shown.count(line) != 1]
