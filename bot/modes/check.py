"""`python -m bot check`: everything that the bot needs, looked at one by one; each fault in a sentence that ends with its remedy.

It reads and asks. All it writes is an empty lock file, taken for an instant to see whether a bot runs; so it may run beside one.
Whatever does not answer is a fault after a while, so it always ends.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
import discord
from rich.console import Console

from bot import config
from bot.client import REFUSED, point_library_at
from bot.clock import SystemClock
from bot.config import Config, TikTok
from bot.errors import ConfigError, ConnectionRefused, DatabaseError
from bot.events import Handle
from bot.model.ids import GuildId
from bot.model.permissions import invite_url, missing, to_relay
from bot.model.watch import Watch
from bot.modes import sources
from bot.storage import schema, watches
from bot.storage.engines import file_of, inspection_engine
from bot.text import one_line
from bot.tiktok.webcast import browser_tls

PATIENCE_S = 10.0
"""How long each of the others may take to answer."""

INSTALL_BROWSER_TLS = "make setup EXTRAS=browser-tls"

SINGLE_WRITER_NEEDED_BELOW = (3, 51, 3)
"""SQLite before this can corrupt a file in WAL mode that two connections write at once."""


@dataclass(frozen=True, slots=True)
class Ok:
    """Something that is as it should be."""

    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that keeps the bot from working; `text` says what to do about it."""

    text: str


Finding = Ok | Fault


async def report(config_path: Path | None) -> int:
    """Check, print, and return how many faults there are."""
    findings = await check(config_path)
    return show(findings, Console(highlight=False))


def show(findings: Iterable[Finding], console: Console) -> int:
    """Print each finding on a line of its own; return how many are faults."""
    faults = 0
    for finding in findings:
        if isinstance(finding, Fault):
            faults += 1
            console.print("✘", style="bold red", end=" ")
        else:
            console.print("✔", style="green", end=" ")
        # Names of servers and channels are among it: they must not be read as markup. Links must stay in one piece.
        console.print(finding.text, markup=False, soft_wrap=True)
    console.print("Everything is in order." if not faults else f"{faults} to mend.", style="bold")
    return faults


async def check(config_path: Path | None) -> list[Finding]:
    """Every finding, in the order in which an operator would look."""
    try:
        settings = config.load(config_path)
    except ConfigError as error:
        return [Fault(line) for line in str(error).splitlines()]
    placed, database = await asyncio.to_thread(_database, settings.storage.url)
    parts: Sequence[Coroutine[Any, Any, list[Finding]]] = (_discord(settings, placed), _sources(settings.tiktok))
    found = await asyncio.gather(*parts)
    return [Ok("The configuration can be read."), *database, *(finding for part in found for finding in part)]


# --- database --------------------------------------------------------------------------------------------------------------


def _database(url: str) -> tuple[list[Watch], list[Finding]]:
    """The active watches, as far as they can be read, and what is to be said about the file. Blocks.

    Its content is not read through, which takes minutes once the log is large: that is `python -m bot db check`.
    """
    try:
        file = file_of(url)
        stands = schema.current(url)
        holder = _holder(url)
        if stands is None:
            return [], [holder, Ok(f"There is no database at {file} yet; the first run creates it.")]
        if stands != schema.HEAD:
            return [], [holder, *map(Fault, schema.check(url))]
        if not os.access(file, os.W_OK):
            return [], [Fault(f"{file} cannot be written by this user. Change its owner or permissions.")]
        return _active_watches(url), [holder, Ok(f"The schema of {file} is current.{_sqlite_note()}")]
    except DatabaseError as error:
        return [], [Fault(str(error))]


def _holder(url: str) -> Finding:
    """Whether a bot is running on it. Raises `DatabaseError` when the file's directory cannot be used."""
    try:
        with schema.lock(url):
            return Ok("No bot is running on this database.")
    except DatabaseError as error:
        # Only a lock that somebody holds says so; anything else is the directory's fault.
        if isinstance(error.__cause__, BlockingIOError):
            return Ok("The bot is running: it holds the database.")
        raise


def _active_watches(url: str) -> list[Watch]:
    engine = inspection_engine(file_of(url))
    try:
        with engine.connect() as connection:
            return watches.active(connection)
    finally:
        engine.dispose()


def _sqlite_note() -> str:
    if sqlite3.sqlite_version_info >= SINGLE_WRITER_NEEDED_BELOW:
        return ""
    return f" SQLite is {sqlite3.sqlite_version}: let no other program write to the file while the bot runs."


# --- Discord ---------------------------------------------------------------------------------------------------------------


async def _discord(settings: Config, placed: Sequence[Watch]) -> list[Finding]:
    """The token, the application, and each watch's channel."""
    api_base = settings.discord.api_base
    try:
        token = settings.discord.require_token()
        point_library_at(api_base)
        async with discord.Client(intents=discord.Intents.none()) as client:
            async with asyncio.timeout(PATIENCE_S):
                await client.login(token)
            return [*_application(client), *[finding async for finding in _places(client, placed)]]
    except ConfigError as error:
        return [Fault(str(error))]
    except discord.LoginFailure:
        return [Fault(REFUSED)]
    except (OSError, aiohttp.ClientError, discord.HTTPException, TimeoutError) as error:
        reason = one_line(str(error)) or "no answer in time"
        return [Fault(f"Discord cannot be asked at {api_base}: {reason}. Check the network, or discord.api_base.")]


def _application(client: discord.Client) -> list[Finding]:
    """What is set in Discord's developer portal, and the invite link."""
    application, account = client.application, client.user
    if application is None or account is None:
        return []
    found: list[Finding] = [Ok(f"Discord accepts the token of {one_line(account.name)} ({account.id}).")]
    if application.interactions_endpoint_url:
        found.append(
            Fault(
                "The application has an Interactions Endpoint URL, so Discord sends its commands there and not to the bot. "
                "Clear it at discord.com/developers > your application > General Information."
            )
        )
    if application.bot_require_code_grant:
        found.append(
            Fault(
                "The application requires the OAuth2 code grant, so the invite link cannot work. "
                "Switch that off at discord.com/developers > your application > Bot."
            )
        )
    who = "Anybody may" if application.bot_public else "Only the application's owner may"
    return [*found, Ok(f"{who} add the bot to a server: {invite_url(application.id)}")]


async def _places(client: discord.Client, placed: Sequence[Watch]) -> AsyncIterator[Finding]:
    """The channel of every watch, server by server."""
    in_order = sorted(placed, key=lambda watch: (watch.guild_id, watch.handle))
    for guild_id, group in groupby(in_order, key=lambda watch: watch.guild_id):
        try:
            async with asyncio.timeout(PATIENCE_S):
                for finding in await _guild(client, guild_id, list(group)):
                    yield finding
        except (discord.NotFound, discord.Forbidden):
            yield Fault(f"The bot is not in server {guild_id} any more, which has watches. Invite it again with the link above.")
        except (OSError, aiohttp.ClientError, discord.HTTPException, TimeoutError) as error:
            yield Fault(f"Server {guild_id} could not be looked at: {error or 'no answer in time'}. Run this check again.")


async def _guild(client: discord.Client, guild_id: GuildId, placed: Sequence[Watch]) -> list[Finding]:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    account = client.user
    me = await guild.fetch_member(account.id if account else 0)
    channels: dict[int, discord.abc.GuildChannel | discord.Thread] = {each.id: each for each in await guild.fetch_channels()}
    found: list[Finding] = []
    for watch in placed:
        if watch.channel_id not in channels:
            await _add_thread(client, guild, watch.channel_id, channels)
        found.append(_place(watch, guild, me, channels.get(watch.channel_id)))
    return found


async def _add_thread(
    client: discord.Client,
    guild: discord.Guild,
    channel_id: int,
    channels: dict[int, discord.abc.GuildChannel | discord.Thread],
) -> None:
    """A thread is not among a server's channels; a deleted channel, or one that the bot cannot see, is nowhere."""
    try:
        channel = await client.fetch_channel(channel_id)
    except (discord.NotFound, discord.Forbidden):
        return
    if isinstance(channel, discord.Thread) and channel.guild.id == guild.id:
        channels[channel_id] = channel


def _place(
    watch: Watch, guild: discord.Guild, me: discord.Member, channel: discord.abc.GuildChannel | discord.Thread | None
) -> Finding:
    """Whether the bot may post a watch's lines."""
    where = f"@{watch.handle} in {one_line(guild.name)}"
    if channel is None:
        return Fault(
            f"{where}: channel {watch.channel_id} is deleted or hidden from the bot. Show it to the bot, or use /unwatch."
        )
    where += f" #{one_line(channel.name)}"
    is_thread = isinstance(channel, discord.Thread)
    place = guild.get_channel(channel.parent_id) if isinstance(channel, discord.Thread) else channel
    granted = (place or channel).permissions_for(me).value
    lacking = missing(to_relay(is_thread=is_thread), granted)
    if lacking:
        return Fault(f"{where}: the bot lacks {', '.join(lacking)}. Grant it to its role under Edit Channel > Permissions.")
    return Ok(f"{where}: the bot may post.")


# --- TikTok ----------------------------------------------------------------------------------------------------------------


async def _sources(settings: TikTok) -> list[Finding]:
    """TikTok's pages, and each configured way to a room. Nothing here opens a stream or spends a connect.

    | asked | costs |
    |---|---|
    | TikTok's pages and live API | one request each |
    | webcast | the sign server's rate limits, which it does not count |
    | direct | visits to TikTok's own page until one brings a cookie: up to 16 in 6 s, as for each start of the bot |
    | tiktools | the edge's rate limits: no stream, at most one of the day's requests |
    """
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    proxy = settings.proxy_url.get_secret_value() or None
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": settings.user_agent}, proxy=proxy) as http:
        found = [
            await _reachable(http, "TikTok", settings.web_base, "tiktok.web_base"),
            await _reachable(http, "TikTok's live API", settings.webcast_base, "tiktok.webcast_base"),
        ]
        for name in settings.sources:
            match name:
                case "direct":
                    found.append(await _direct(settings))
                case "tiktools":
                    found.append(await _tiktools(http, settings))
                case _:
                    found.append(await _sign_server(http, settings))
        return found


async def _direct(settings: TikTok) -> Finding:
    """Whether TikTok's pages give a visitor the cookie that opens a stream without a signature."""
    is_browser = browser_tls.installed() is not None
    try:
        async with asyncio.timeout(2 * PATIENCE_S):
            await sources.anonymous(settings, clock=SystemClock()).mint(Handle("tiktok"))
    except (ConnectionRefused, TimeoutError) as error:
        reason = one_line(str(error)) or "no answer in time"
        remedy = "Set tiktok.proxy_url, or take direct out of tiktok.sources"
        if not is_browser and INSTALL_BROWSER_TLS not in reason:
            remedy = f"{remedy}, or run: {INSTALL_BROWSER_TLS}"
        return Fault(f"The direct way does not work: {reason}. {remedy}.")
    how = "as a browser (curl_cffi is installed)" if is_browser else f"without a browser's TLS: {INSTALL_BROWSER_TLS} adds it"
    return Ok(f"The direct way works: TikTok's pages give their cookie, asked {how}.")


async def _tiktools(http: aiohttp.ClientSession, settings: TikTok) -> Finding:
    """Whether the edge answers, and whether it knows our key."""
    key, base = settings.tiktools_api_key.get_secret_value(), settings.tiktools_base
    try:
        status, body = await _ask(http, f"{base}/webcast/rate_limits", {"x-api-key": key} if key else {})
    except (OSError, aiohttp.ClientError, TimeoutError) as error:
        return _unreachable("TikTools", base, "tiktok.tiktools_base", error)
    if not key:
        return Ok(f"TikTools answers at {base} (HTTP {status}), without a key, so its tiny anonymous allowance counts.")
    if status in (401, 402, 403):
        return Fault(f"TikTools refuses the key (HTTP {status}). Copy a valid one into tiktok.tiktools_api_key_file.")
    if status == 429:
        return Fault("The allowance of the TikTools key is used up (HTTP 429). Wait, or lower tiktok.tiktools_checks_per_day.")
    return Ok(f"TikTools answers at {base} (HTTP {status}), with a key.{_requests_left(body)}")


def _requests_left(body: object) -> str:
    """What the edge says about the key's plan."""
    data = body.get("data") if isinstance(body, dict) else None
    api = data.get("api") if isinstance(data, dict) else None
    if not isinstance(api, dict) or not isinstance(api.get("remaining"), int) or not isinstance(api.get("limit"), int):
        return ""
    return f" Left of its requests: {api['remaining']:,} of {api['limit']:,}."


async def _reachable(http: aiohttp.ClientSession, name: str, base: str, setting: str) -> Finding:
    """Any answer will do: whether TikTok likes us is seen only when a creator is looked up."""
    try:
        status, _ = await _ask(http, base)
    except (OSError, aiohttp.ClientError, TimeoutError) as error:
        return _unreachable(name, base, setting, error)
    return Ok(f"{name} answers at {base} (HTTP {status}).")


async def _sign_server(http: aiohttp.ClientSession, settings: TikTok) -> Finding:
    """Whether it answers, and whether it knows our key: its rate limits are the one thing that costs nothing to ask for."""
    key = settings.sign_api_key.get_secret_value()
    address = f"{settings.sign_base}/webcast/rate_limits?client=ttlive-other"
    try:
        status, body = await _ask(http, address, {"X-Api-Key": key} if key else {})
    except (OSError, aiohttp.ClientError, TimeoutError) as error:
        return _unreachable("The sign server", settings.sign_base, "tiktok.sign_base", error)
    if status in (401, 403):
        remedy = "Copy the key anew into tiktok.sign_api_key_file" if key else "Get a key and set tiktok.sign_api_key_file"
        return Fault(f"The sign server refuses {'the key' if key else 'to serve without a key'} (HTTP {status}). {remedy}.")
    with_key = "with a key" if key else "without a key, so its small anonymous allowance counts"
    return Ok(f"The sign server answers at {settings.sign_base} (HTTP {status}), {with_key}.{_allowance(body)}")


def _allowance(body: object) -> str:
    """What is left for today, if the answer says so."""
    day = body.get("day") if isinstance(body, dict) else None
    if not isinstance(day, dict) or not isinstance(day.get("remaining"), int) or not isinstance(day.get("max"), int):
        return ""
    return f" Left for today: {day['remaining']:,} of {day['max']:,} connections."


async def _ask(http: aiohttp.ClientSession, address: str, headers: dict[str, str] | None = None) -> tuple[int, object]:
    async with http.get(address, headers=headers, allow_redirects=False) as response:
        if response.content_type != "application/json":
            return response.status, None
        try:
            return response.status, await response.json()
        except ValueError:
            return response.status, None


def _unreachable(name: str, base: str, setting: str, error: Exception) -> Fault:
    reason = one_line(str(error)) or "no answer in time"
    return Fault(f"{name} cannot be reached at {base}: {reason}. Check the network, or {setting}.")
