"""`check` against a TikTok and a Discord on a real socket: what is in order, and every fault with its remedy."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from rich.console import Console

from bot.clock import SystemClock
from bot.events.ids import Handle
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.permissions import invite_url
from bot.modes.check import Fault, Finding, Ok, check, show
from bot.storage import creators, schema, watches
from bot.storage.database import Database
from bot.tiktok.webcast import browser_tls
from sandbox.app import Sandbox
from sandbox.discord.world import Channel


@dataclass
class Installation:
    """A configuration file that points at the sandbox, and a database that the bot has run on."""

    sandbox: Sandbox
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'relay.db'}"

    @property
    def live(self) -> Channel:
        return self.sandbox.discord.guild("fans").channel("live")

    def configure(self, **changes: str | Sequence[str]) -> Path:
        """Write config.toml; `section__key="…"` changes a setting."""
        values = self.sandbox.settings | {"storage.url": self.url} | {k.replace("__", "."): v for k, v in changes.items()}
        file = self.folder / "config.toml"
        file.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items()))
        return file

    async def watch(self, channel_id: int, guild_id: int) -> None:
        db = await Database.open(self.url, clock=SystemClock())
        creator = await db.write(creators.ensure, Handle("alice"), now_ms=1)
        await db.write(
            watches.place,
            guild_id=GuildId(guild_id),
            channel_id=ChannelId(channel_id),
            creator_id=creator.id,
            by=DiscordUserId(1),
            now_ms=1,
            cursor_seq=0,
        )
        await db.close()

    async def faults(self, **changes: str | Sequence[str]) -> list[str]:
        return faults(await check(self.configure(**changes)))


@pytest_asyncio.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    schema.upgrade(f"sqlite:///{tmp_path / 'relay.db'}")
    async with Sandbox() as sandbox:
        yield Installation(sandbox, tmp_path)


def faults(findings: Sequence[Finding]) -> list[str]:
    return [finding.text for finding in findings if isinstance(finding, Fault)]


def in_order(findings: Sequence[Finding]) -> str:
    return "\n".join(finding.text for finding in findings if isinstance(finding, Ok))


async def test_a_sound_installation_has_no_fault_and_shows_its_invite_link(installation: Installation) -> None:
    live = installation.live
    await installation.watch(live.id, live.guild.id)
    findings = await check(installation.configure())
    assert faults(findings) == []
    said = in_order(findings)
    assert invite_url(installation.sandbox.discord.application_id) in said
    assert "@alice in fans #live: the bot may post." in said
    assert "No bot is running on this database." in said
    assert "The sign server answers" in said
    assert installation.sandbox.discord.violations == []


# --- configuration and database --------------------------------------------------------------------------------------------


async def test_a_malformed_configuration_is_all_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[log]\nlevel = 'x'\n[limits]\ncreatrs = 1")
    findings = await check(file)
    assert len(findings) == len(faults(findings)) == 2


async def test_before_the_first_run_there_is_no_database_and_that_is_fine(installation: Installation) -> None:
    findings = await check(installation.configure(storage__url=f"sqlite:///{installation.folder / 'new.db'}"))
    assert faults(findings) == []
    assert "the first run creates it" in in_order(findings)
    assert not (installation.folder / "new.db").exists()


async def test_a_running_bot_is_no_fault_and_not_disturbed(installation: Installation) -> None:
    with schema.lock(installation.url):
        findings = await check(installation.configure())
    assert faults(findings) == []
    assert "The bot is running: it holds the database." in in_order(findings)


async def test_a_file_that_is_no_database_is_named(installation: Installation) -> None:
    (installation.folder / "x.db").write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    (said,) = await installation.faults(storage__url=f"sqlite:///{installation.folder / 'x.db'}")
    assert "x.db cannot be read" in said


async def test_a_folder_that_is_not_there_is_named(installation: Installation) -> None:
    (said,) = await installation.faults(storage__url=f"sqlite:///{installation.folder / 'a' / 'b' / 'x.db'}")
    assert "cannot be used" in said


# --- Discord ---------------------------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_one_fault_and_tiktok_is_looked_at_all_the_same(installation: Installation) -> None:
    findings = await check(installation.configure(discord__token="wrong"))
    (said,) = faults(findings)
    assert said.startswith("Discord refused the token.")
    assert "TikTok answers" in in_order(findings)


async def test_a_missing_token_is_one_fault(installation: Installation) -> None:
    (said,) = await installation.faults(discord__token="")
    assert said.startswith("discord.token is not set.")


async def test_an_unreachable_discord_is_one_fault(installation: Installation) -> None:
    (said,) = await installation.faults(discord__api_base="http://127.0.0.1:1/api/v10")
    assert said.startswith("Discord cannot be asked at http://127.0.0.1:1/api/v10")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda live: live.deny_bot("send_messages"), "#live: the bot lacks Send Messages, Embed Links. Grant it to its role"),
        (lambda live: live.deny_bot("read_message_history"), "#live: the bot lacks Read Message History."),
        (lambda live: live.delete(), "is deleted or hidden from the bot. Show it to the bot, or use /unwatch."),
        (lambda live: live.guild.kick_bot(), "The bot is not in server"),
    ],
)
async def test_what_keeps_a_watch_from_being_posted_is_named(
    installation: Installation, spoil: Callable[[Channel], None], says: str
) -> None:
    live = installation.live
    await installation.watch(live.id, live.guild.id)
    spoil(live)
    (said,) = await installation.faults()
    assert says in said


# --- TikTok ----------------------------------------------------------------------------------------------------------------


async def test_an_unreachable_tiktok_names_the_setting(installation: Installation) -> None:
    said = await installation.faults(tiktok__web_base="http://127.0.0.1:1", tiktok__sign_base="http://127.0.0.1:1")
    assert [sentence.rsplit(", or ", 1)[1] for sentence in said] == ["tiktok.web_base.", "tiktok.sign_base."]


async def test_what_the_sign_server_says_about_the_key_is_told(installation: Installation) -> None:
    asked: list[str | None] = []

    async def rate_limits(request: web.Request) -> web.Response:
        asked.append(request.headers.get("X-Api-Key"))
        if asked[-1] != "good":
            return web.json_response({"code": 401}, status=401)
        return web.json_response({"code": 200, "day": {"max": 2500, "remaining": 2400}})

    app = web.Application()
    app.router.add_get("/webcast/rate_limits", rate_limits)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        (refused,) = await installation.faults(tiktok__sign_base=base, tiktok__sign_api_key="bad-key")
        (anonymous,) = await installation.faults(tiktok__sign_base=base)
        accepted = await check(installation.configure(tiktok__sign_base=base, tiktok__sign_api_key="good"))
    finally:
        await runner.cleanup()
    assert refused == "The sign server refuses the key (HTTP 401). Copy the key anew into tiktok.sign_api_key_file."
    assert anonymous.endswith("Get a key and set tiktok.sign_api_key_file.")
    assert "with a key. Left for today: 2,400 of 2,500 connections." in in_order(accepted)
    assert asked == ["bad-key", None, "good"]


async def test_each_configured_way_is_looked_at_and_no_connect_is_spent(installation: Installation) -> None:
    sandbox = installation.sandbox
    sandbox.tiktools.keys = {"tk_good"}
    ways = ["webcast", "direct", "tiktools"]
    findings = await check(installation.configure(tiktok__sources=ways, tiktok__tiktools_api_key="tk_good"))
    assert faults(findings) == []
    said = in_order(findings)
    assert "The sign server answers" in said
    assert "The direct way works: TikTok's pages give their cookie" in said
    assert ("curl_cffi is installed" in said) is (browser_tls.installed() is not None)
    assert "with a key. Left of its requests: 4,999 of 5,000." in said
    assert sandbox.tiktok.asked["sign"] == sandbox.tiktok.asked["direct"] == sandbox.tiktools.connects.total() == 0


async def test_a_way_that_is_not_configured_is_nobodys_business(installation: Installation) -> None:
    assert await installation.faults(tiktok__sources=["tiktools"], tiktok__sign_base="http://127.0.0.1:1") == []
    assert installation.sandbox.tiktok.asked["profile"] == 0


async def test_a_key_that_tiktools_refuses_is_told_with_its_remedy(installation: Installation) -> None:
    installation.sandbox.tiktools.keys = {"tk_good"}
    (said,) = await installation.faults(tiktok__sources=["tiktools"], tiktok__tiktools_api_key="tk_bad")
    assert said == "TikTools refuses the key (HTTP 401). Copy a valid one into tiktok.tiktools_api_key_file."
    (unreachable,) = await installation.faults(tiktok__sources=["tiktools"], tiktok__tiktools_base="http://127.0.0.1:1")
    assert unreachable.endswith("tiktok.tiktools_base.")
    anonymous = await check(installation.configure(tiktok__sources=["tiktools"]))
    assert "without a key, so its tiny anonymous allowance counts" in in_order(anonymous)


async def test_pages_that_give_no_cookie_are_a_fault_of_the_direct_way(installation: Installation) -> None:
    installation.sandbox.tiktok.faults.ttwid = 403
    (said,) = await installation.faults(tiktok__sources=["direct"])
    assert said.startswith("The direct way does not work: TikTok's pages gave no cookie in 8 rounds (HTTP 403)")
    assert "Set tiktok.proxy_url, or take direct out of tiktok.sources" in said


async def test_without_a_browsers_tls_the_direct_way_names_what_brings_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "curl_cffi.requests", None)
    works = in_order(await check(installation.configure(tiktok__sources=["direct"])))
    assert "asked without a browser's TLS: make setup EXTRAS=browser-tls adds it." in works
    installation.sandbox.tiktok.faults.ttwid = "system_error"
    (said,) = await installation.faults(tiktok__sources=["direct"])
    assert said.count("make setup EXTRAS=browser-tls") == 1
    installation.sandbox.tiktok.faults.ttwid = 403
    (said,) = await installation.faults(tiktok__sources=["direct"])
    assert said.endswith("or run: make setup EXTRAS=browser-tls.")


# --- printing --------------------------------------------------------------------------------------------------------------


def test_faults_are_counted_and_nothing_is_read_as_markup() -> None:
    out = io.StringIO()
    assert show([Ok("#[red]live[/red]"), Fault("mend me")], Console(file=out, width=40)) == 1
    assert out.getvalue() == "✔ #[red]live[/red]\n✘ mend me\n1 to mend.\n"


def test_the_invite_link_stays_in_one_piece() -> None:
    out = io.StringIO()
    assert show([Ok(invite_url(42))], Console(file=out, width=40)) == 0
    assert invite_url(42) in out.getvalue()
