"""What people may ask about their data: to be forgotten, and for a server to see or erase what is kept for it."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random, SystemRandom
from typing import Protocol

import msgspec

from bot.clock import Bell, Clock
from bot.errors import BadInput
from bot.model.forgetting import CODE_MS, ForgetRequest, new_code
from bot.model.guild import GuildSettings
from bot.model.ids import DiscordUserId, GuildId, PostId
from bot.model.keeping import look_back_days
from bot.services.guilds import POSTS_AT_ONCE, Guilds
from bot.storage import exporting, guilds, privacy, watches
from bot.storage.database import Database
from bot.storage.portions import in_portions

MOST_AN_HOUR = 3
HOUR_MS = 3_600_000

MOST_LIVE = 1_000
"""Codes that may wait at once: so few of 194,481 that nobody types one by chance."""

LOOK_EVERY_S = 1.0
STOP_WITHIN_S = 20.0
"""How long an erasure waits for posts that are on their way. One that takes longer is erased with the rest."""

MOST_PLAIN_BYTES = 7 * 1024 * 1024
MOST_BYTES = 9 * 1024 * 1024
"""Discord takes 10 MiB."""

_log = logging.getLogger(__name__)


class Codes(Protocol):
    """Who listens for the sentences: `ingest.opted_out`."""

    def expect(self, code: str, until_ms: int, *, instead_of: Iterable[str] = ()) -> None:
        """This code was given out just now, and those are good no more."""


class Privacy:
    """Answers `/privacy`. `instance_days`: how long the operator keeps comments."""

    def __init__(
        self,
        db: Database,
        guilds: Guilds,
        codes: Codes,
        bell: Bell,
        *,
        clock: Clock,
        instance_days: int,
        log_hours: int,
        rng: Random | None = None,
    ) -> None:
        self.instance_days = instance_days
        self.log_hours = log_hours
        self._db = db
        self._guilds = guilds
        self._codes = codes
        self._bell = bell
        self._clock = clock
        self._rng = rng or SystemRandom()

    # To be forgotten.

    async def ask(self, by: DiscordUserId) -> ForgetRequest:
        """A new code for this user; an earlier one that waits ends. Raises `BadInput` for who asks too often."""
        now_ms = self._clock.now_ms()
        earlier = await self._db.read(privacy.asked, by, since_ms=now_ms - HOUR_MS)
        if len(earlier) >= MOST_AN_HOUR:
            again = f"<t:{(earlier[-MOST_AN_HOUR] + HOUR_MS) // 1000 + 1}:R>"
            raise BadInput("You asked for {count} sentences within an hour. Ask again {when}.", count=MOST_AN_HOUR, when=again)
        if await self._db.read(privacy.count_live, now_ms=now_ms) >= MOST_LIVE:
            raise BadInput("Too many people ask at this moment. Try again in ten minutes.")
        codes = [new_code(self._rng) for _ in range(20)]
        made, ended = await self._db.write(privacy.ask, by=by, codes=codes, now_ms=now_ms)
        if made is None:
            raise BadInput("Too many people ask at this moment. Try again in ten minutes.")
        # Whoever types at once is heard.
        self._codes.expect(made.code, now_ms + CODE_MS, instead_of=ended)
        return made

    async def status(self, by: DiscordUserId) -> ForgetRequest | None:
        """What this user asked for last; nobody sees another's."""
        return await self._db.read(privacy.latest, by)

    async def outcome(self, asked: ForgetRequest, *, timeout_s: float) -> ForgetRequest:
        """The request once it is finished, or as it stands after so long, or once its code can be used no more."""
        until = self._clock.monotonic() + timeout_s
        while self._clock.monotonic() < until:
            known = await self._db.read(privacy.of_code, asked.code)
            if known is None:
                break
            asked = known
            is_late = asked.expires_at.timestamp() * 1000 < self._clock.now_ms() - HOUR_MS // 60
            if asked.done_at is not None or (asked.used_at is None and is_late):
                break
            await self._clock.sleep(LOOK_EVERY_S)
        return asked

    # A server's own data.

    def look_back_days(self, guild_id: GuildId) -> int:
        """How many days back the server's commands show comments."""
        return look_back_days(self._guilds.settings(guild_id), instance_days=self.instance_days)

    async def keep(self, guild_id: GuildId, days: int, by: DiscordUserId) -> GuildSettings:
        """From now on this server looks back so many days."""
        return await self._guilds.change(guild_id, lambda settings: replace(settings, comment_days=days), by)

    async def export(self, guild_id: GuildId) -> tuple[str, bytes]:
        """A file with everything that is kept for the server: its name and its bytes. Raises `BadInput` if it is too large."""
        kept = await self._db.read(exporting.of_guild, guild_id)
        # Megabytes take a while, and others wait.
        return await asyncio.to_thread(_packed, f"relay-{guild_id}.json", kept)

    async def erase(self, guild_id: GuildId, by: DiscordUserId) -> None:
        """Erase everything of the server, now. If the process ends half-way, the next one goes on."""
        await self._db.write(guilds.ask_erasure, guild_id, now_ms=self._clock.now_ms())
        await self._erase(guild_id, by)

    async def erase_asked(self) -> None:
        """Finish what a process began that has ended."""
        for guild_id in await self._db.read(guilds.erasures):
            await self._erase(guild_id, DiscordUserId(0))

    async def _erase(self, guild_id: GuildId, by: DiscordUserId) -> None:
        """Stop its watches, let what is on its way arrive, then delete; the posts on Discord stay the server's."""
        standing = [each.id for each in await self._db.read(watches.of_guild, guild_id)]
        await self._db.write(watches.end_each, standing, guild_id=guild_id, by=by, now_ms=self._clock.now_ms())
        self._bell.ring()
        until = self._clock.monotonic() + STOP_WITHIN_S
        await self._clock.sleep(LOOK_EVERY_S)
        while await self._db.read(guilds.on_their_way, guild_id) and self._clock.monotonic() < until:
            await self._clock.sleep(LOOK_EVERY_S)
        for some in in_portions(await self._db.read(guilds.posts_of, guild_id), most=POSTS_AT_ONCE):
            await self._db.write(guilds.erase_posts, [PostId(each) for each in some])
        while await self._db.write(guilds.erase, guild_id, before_ms=None):
            pass
        await self._db.write(guilds.erased, guild_id)
        await self._guilds.load()
        _log.info("guild=%d erased, as its admin asked", guild_id)


def _packed(name: str, kept: Mapping[str, object]) -> tuple[str, bytes]:
    """The file's name and bytes. One line: blanks would cost more time than all the rest."""
    body = msgspec.json.encode(kept)
    if len(body) <= MOST_PLAIN_BYTES:
        return name, body
    packed = gzip.compress(body)
    if len(packed) > MOST_BYTES:
        raise BadInput("What I keep for this server is too much for one file. The operator of this bot can give it to you.")
    return f"{name}.gz", packed
