"""The discord.py client: connects, stays connected, keeps the command list current. Knows no cog, only their module names.

What it corrects of discord.py 2.7, each with its reason where it stands: the gateway's address, needless waits before IDENTIFY,
a malformed event that ends the whole session, a session that is resumed without a pause however often it is cut, a stop that is
swallowed while it reconnects, a client that cannot be started again, commands sent at every start.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.backoff import delay_s
from bot.clock import Clock
from bot.config import Discord
from bot.errors import OperatorError
from bot.gateway import GatewayServers
from bot.language import language
from bot.services import Services
from bot.storage import state
from bot.storage.database import Database

IDENTIFY_EVERY_S = 5.0
"""Discord takes one IDENTIFY in five seconds (gateway docs, max_concurrency 1)."""

MOST_DELAY_S = 300.0
"""Longest wait between two restarts. Discord allows 1,000 session starts a day and resets the token of who needs more."""

STEADY_S = 120.0
"""After this long, the next failure is a new one and not the next of a series."""

MOST_DESCRIPTION_CHARS = 100
"""Of a command, an option or a choice (docs interactions/application-commands); tests hold the catalogues to it."""

MOST_MENU_CHARS = 32
"""Of what stands in the menu of a message or a member: it is the command's name there (same page)."""

_TRANSLATED = (
    app_commands.TranslationContextLocation.command_description,
    app_commands.TranslationContextLocation.group_description,
    app_commands.TranslationContextLocation.parameter_description,
    app_commands.TranslationContextLocation.choice_name,
)

REFUSED = (
    "Discord refused the token. Copy it anew from discord.com/developers > your application > Bot > Reset Token, "
    "and put it into discord.token_file or RELAY_DISCORD__TOKEN."
)

_log = logging.getLogger(__name__)


class RelayBot(commands.AutoShardedBot):
    """One per process: discord.py keeps Discord's addresses in class attributes.

    `extensions` are loaded at every start, before the gateway opens; they find what they may use in `services`.
    """

    def __init__(
        self,
        settings: Discord,
        *,
        services: Services,
        db: Database,
        clock: Clock,
        rng: Random,
        extensions: Sequence[str],
        http_trace: aiohttp.TraceConfig,
    ) -> None:
        point_library_at(settings.api_base)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=RelayTree,
            intents=discord.Intents(guilds=True),
            # Guilds, channels and roles are all that permission checks need; 36 KiB a guild instead of megabytes.
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=http_trace,
        )
        self.services = services
        self._settings = settings
        self._db = db
        self._clock = clock
        self._rng = rng
        self._extensions = tuple(extensions)
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._has_begun = False
        self._next_identify_at = 0.0
        self._openings = Openings()
        self._open_socket = self.http.ws_connect
        self.http.ws_connect = self._open_in_time  # type: ignore[method-assign]
        self.servers = GatewayServers(self)
        self.servers.listen(self._connection.parsers)
        self._guard_parsers()

    # discord.py's own `run` starts a loop of its own, which this process has already.
    async def run(self) -> None:  # type: ignore[override]
        """Stay connected until cancelled. Raises `OperatorError` when Discord refuses the token.

        Whatever else ends the client, Discord being unreachable or a payload that discord.py cannot read, is logged, and after
        a pause the client starts again.
        """
        token = self._settings.require_token()
        attempt = 0
        while True:
            began_at = self._clock.monotonic()
            try:
                await self._session(token)
            except discord.LoginFailure:
                raise OperatorError(REFUSED) from None
            except commands.ExtensionError:
                raise  # a cog that does not load is our own fault: no retry mends it
            except Exception as error:  # noqa: BLE001  # the edge of the Discord half
                failed = error
            else:
                return  # somebody closed the client
            finally:
                await self.close()
            attempt = 0 if self._clock.monotonic() - began_at > STEADY_S else attempt + 1
            pause_s = delay_s(max(0, attempt - 1), self._rng, most_s=MOST_DELAY_S)
            _report(failed, self._settings.api_base, pause_s)
            await self._clock.sleep(pause_s)
            await self._reopen()

    async def _session(self, token: str) -> None:
        """`start`, in a task of its own: discord.py swallows a cancellation that meets it while it reconnects, and goes on."""
        session = asyncio.get_running_loop().create_task(self.start(token), name="discord session")
        try:
            await asyncio.wait([session])
        finally:
            await self.close()
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)
        await session

    async def setup_hook(self) -> None:
        """Once for each login, before the gateway opens."""
        translator = Catalogues()
        await self.tree.set_translator(translator)
        for extension in self._extensions:
            await self.load_extension(extension)
        await self._sync_commands(translator)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait only for what is left of the five seconds since the last IDENTIFY; discord.py always waits all of them."""
        now = self._clock.monotonic()
        await self._clock.sleep(self._next_identify_at - now)
        self._next_identify_at = max(now, self._next_identify_at) + IDENTIFY_EVERY_S

    async def _open_in_time(self, url: str, **more: Any) -> aiohttp.ClientWebSocketResponse:
        """Open a socket of the gateway, later each time when one after the other is cut. Raises `GatewayCuts` in the end.

        discord.py resumes at once whatever was cut: where a gateway takes sessions and drops them, that is a tight loop.
        """
        pause_s = self._openings.pause_s(self._clock.monotonic(), shards=self.shard_count or 1, rng=self._rng)
        if pause_s is None:
            raise GatewayCuts
        await self._clock.sleep(pause_s)
        return await self._open_socket(url, **more)

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Remember the address that `GET /gateway/bot` gave: a shard that starts a new session would go to the built-in one."""
        DiscordWebSocket.DEFAULT_GATEWAY = gateway
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def close(self) -> None:
        """Leave Discord, commands that are still waiting for something included. Safe at any time.

        discord.py's own raises before the first login, and leaves its command tasks to use what is closed next.
        """
        for task in self._in_flight:
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        if self._has_begun:
            await super().close()

    async def on_ready(self) -> None:
        """After each new session."""
        _log.info("connected to Discord as %s in %d guilds", self.user and self.user.id, len(self.guilds))
        for guild in self.guilds:
            self._mention_if_refused(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody invited the bot."""
        _log.info("guild=%d joined", guild.id)
        self._mention_if_refused(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; an outage of Discord is not reported here. What that means for watches: `services.guilds`."""
        _log.info("guild=%d left", guild.id)

    def own(self, task: asyncio.Task[Any]) -> None:
        """Take over a command's task, to be ended with the client."""
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    def serves(self, guild_id: int | None) -> bool:
        """Whether the operator lets this guild use the bot."""
        allowed = self._settings.allowed_guilds
        return not allowed or guild_id in allowed

    def _mention_if_refused(self, guild: discord.Guild) -> None:
        # It is not left: whether to be there is a person's decision, and commands say politely what is missing.
        if not self.serves(guild.id):
            _log.warning("guild=%d is not in discord.allowed_guilds: its commands are refused", guild.id)

    async def _async_setup_hook(self) -> None:
        await super()._async_setup_hook()
        self._has_begun = True

    async def _reopen(self) -> None:
        """Make a closed client startable. `clear` leaves three things behind that would end or mislead the next start."""
        self.clear()
        self.servers.reset()
        self._openings = Openings()
        self.http.connector = discord.utils.MISSING  # the closed one; log in builds another
        # Else the gateway's address is not asked for. (It is None before the first start too, its annotation says otherwise.)
        self.shard_count = None  # type: ignore[assignment]
        await self._async_setup_hook()  # the queue of shard events still holds the order to close

    def _guard_parsers(self) -> None:
        """Let one malformed event be lost instead of the session: discord.py ends the client when a parser raises.

        READY stays as it is: without it there is no session worth keeping, and `run` starts anew.
        """
        parsers = self._connection.parsers
        for event, parse in parsers.items():
            if event != "READY":
                parsers[event] = _survive(event, parse)

    async def _sync_commands(self, translator: app_commands.Translator) -> None:
        """Send the command list, in all languages, if it differs from what this application was last sent."""
        payloads = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        listed = sorted(payloads, key=lambda c: (c["type"], c["name"]))
        found = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
        key = f"commands:{self.application_id}"
        if await self._db.read(state.get, key) == found:
            return
        try:
            await self.tree.sync()
        except (discord.HTTPException, app_commands.AppCommandError) as error:
            # The bot works on with the commands that Discord has; the next start tries again.
            _log.error("Discord did not take the command list: %s", error)
            return
        await self._db.write(state.put, key, found)
        _log.info("sent %d commands to Discord", len(listed))


class GatewayCuts(discord.DiscordException):
    """The gateway takes our connections and cuts them, again and again: start anew, with the pauses of that."""

    def __str__(self) -> str:
        return "the gateway cuts every connection"


class Openings:
    """When the gateway's sockets were opened, and how long the next one waits.

    A shard may come back twice within two minutes without a pause. Then each opening waits twice as long as the last, and past
    `MOST_OPENINGS` for each shard it is refused: a resume that fails ends in an IDENTIFY, of which there are 1,000 a day.
    """

    MOST_OPENINGS = 8

    def __init__(self) -> None:
        self._opened_at: deque[float] = deque()

    def pause_s(self, now: float, *, shards: int, rng: Random) -> float | None:
        """Seconds to wait before a socket is opened, None: do not."""
        while self._opened_at and now - self._opened_at[0] > STEADY_S:
            self._opened_at.popleft()
        each = len(self._opened_at) // shards
        if each >= self.MOST_OPENINGS:
            return None
        pause_s = 0.0 if each < 3 else delay_s(each - 3, rng, most_s=16.0)
        self._opened_at.append(now + pause_s)
        return pause_s


class RelayTree(app_commands.CommandTree[RelayBot]):
    """The command tree: servers only, and only those that the operator serves."""

    def __init__(self, client: RelayBot) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )

    async def interaction_check(self, interaction: discord.Interaction[RelayBot], /) -> bool:
        """Runs first in the task of every command and autocompletion; raises nothing, for nobody would hear it."""
        task = asyncio.current_task()
        if task is not None:
            self.client.own(task)
        # Commands do not exist in direct messages; a button there says itself which server it is about.
        if interaction.guild_id is None or self.client.serves(interaction.guild_id):
            return True
        if interaction.type is not discord.InteractionType.autocomplete:
            t = language(interaction.locale.value)
            refusal = t(
                "This bot is private and does not serve this server. Its operator can add `{guild}` to `discord.allowed_guilds`.",
                guild=interaction.guild_id,
            )
            await reply(interaction, refusal)
        return False


class Catalogues(app_commands.Translator):
    """Says in Discord's languages what commands and their options do, and what a menu is called. What is typed stays the same."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """None where English stands: for its own locales, and for what no catalogue has, or has too long for Discord."""
        is_menu = isinstance(context.data, app_commands.ContextMenu)
        if not is_menu and context.location not in _TRANSLATED:
            return None
        said = language(locale.value)(string.message)
        return said if said != string.message and len(said) <= (MOST_MENU_CHARS if is_menu else MOST_DESCRIPTION_CHARS) else None


def point_library_at(api_base: str) -> None:
    """Give discord.py Discord's address. It must stand before any request is built, since each copies it."""
    Route.BASE = api_base
    # Relaying needs no voice; without this every start warns that its libraries are missing.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


async def reply(interaction: discord.Interaction[Any], text: str) -> bool:
    """Answer privately, or replace the private answer that stands. Returns False, and logs, when Discord no longer takes one.

    An interaction dies after 3 s without and 15 min with an answer; that must not become an error in whoever reports an error.
    """
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=text)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except (discord.HTTPException, discord.InteractionResponded, aiohttp.ClientError, TimeoutError) as error:
        _log.warning("guild=%s interaction=%d could not be answered: %s", interaction.guild_id, interaction.id, error)
        return False
    return True


def _survive(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parse_or_skip(payload: Any) -> None:
        try:
            parse(payload)
        except Exception:  # noqa: BLE001  # the edge of a library's parser
            # The payload itself is not logged: it holds an interaction's token, or what somebody wrote.
            _log.exception("Discord sent a %s that cannot be read; it is skipped", event)

    return parse_or_skip


def _report(error: Exception, api_base: str, pause_s: float) -> None:
    """One line for what is known to happen, a traceback for what is not."""
    if isinstance(error, OSError | aiohttp.ClientError | TimeoutError | discord.DiscordException):
        _log.warning("Discord (%s) is lost: %s; next try in %.0f s", api_base, error or type(error).__name__, pause_s)
    else:
        _log.error("the Discord client ended unexpectedly; next start in %.0f s", pause_s, exc_info=error)
