"""Whatever goes wrong, no token comes out: not in the log, not in an error's sentence, not in an answer on Discord."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from bot import config, logs
from bot.clock import SystemClock
from bot.errors import OperatorError
from bot.modes import embedded
from bot.storage import schema
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import SOON_S, House, lines, settings, told

SESSION = "5e55107a11ce5ec7e75e55107a11ce5e"
SIGN_KEY = "euler_S3cr3tK3yThatSignsRooms0123456789"
PASSWORD = "pr0xyPassw0rdOfTheOperator"  # the point of this test
BOB = Viewer("bob", "Bob")


def with_secrets(sandbox: Sandbox, database: Path, **changed: object) -> config.Config:
    """The sandbox's configuration with a secret wherever one can stand."""
    plain = settings(sandbox, database, post_every_s=0.1)
    tiktok = plain.tiktok.model_copy(
        update={
            "sign_api_key": SecretStr(SIGN_KEY),
            "session_id": SecretStr(SESSION),
            "session_to_sign_server": True,
            **changed,
        }
    )
    return plain.model_copy(update={"tiktok": tiktok})


@contextlib.contextmanager
def listening(secrets: tuple[str, ...]) -> Iterator[io.StringIO]:
    """Everything that anybody logs at any level, libraries too, as it would be printed."""
    root, stream = logging.getLogger(), io.StringIO()
    before = {name: logging.getLogger(name).level for name in ("", *logs.OURS)}
    handler = logs.set_up("DEBUG", secrets=secrets, stream=stream)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
        logging.captureWarnings(capture=False)


@contextlib.asynccontextmanager
async def at_work(sandbox: Sandbox, wanted: config.Config) -> AsyncIterator[House]:
    clock = SystemClock()
    schema.prepare(wanted.storage.url, clock)
    guild = sandbox.discord.guild("The demo guild")
    you = guild.member("you", permissions=["manage_guild", "view_channel", "send_messages"])
    async with embedded.running(wanted, clock=clock, rng=Random(1)) as parts:
        await sandbox.discord.online(SOON_S)
        yield House(sandbox, parts, guild, you)


async def misfortunes(house: House) -> tuple[list[str], list[str]]:
    """One trouble after another, on both sides; the tokens of the interactions, and what stands on Discord in the end."""
    discord, tiktok, channel = house.sandbox.discord, house.sandbox.tiktok, house.guild.channel("live")
    tokens, said = [], []
    for fault, handle in ((401, "anna"), (403, "bea"), (429, "cleo"), (500, "dora"), ("not_protobuf", "eve1")):
        tiktok.faults.sign = fault
        house.already_live(handle)
        typed = await house.watch(handle, channel)
        tokens.append(typed.token)
        said.append(told(typed))
    tiktok.faults.sign = None
    for name, value in (("page", "captcha"), ("api", 403), ("handshake", "DEVICE_BLOCKED"), ("check_alive", 500)):
        setattr(tiktok.faults, name, value)
        await house.watch(f"who_{name}", channel)
        setattr(tiktok.faults, name, None)
    room = house.already_live("alice")
    await house.watch("alice", channel)
    discord.faults.refuse(50013)
    discord.faults.fail(500, 2)
    discord.faults.limit_globally(0.2)
    discord.faults.cut_after_store()
    for number in range(3):
        room.chat(BOB, f"line {number}")
        await asyncio.sleep(0.3)
    discord.faults.gateway_down = True
    discord.drop_gateway()
    await asyncio.sleep(0.5)
    discord.faults.gateway_down = False
    await discord.online(SOON_S)
    discord.faults.failing = 503
    await asyncio.sleep(0.3)
    discord.faults.failing = None
    typed = await house.types(channel, "watch", creator="https://example.com/@x", channel=channel)
    return [*tokens, typed.token], [*said, told(typed), *lines(channel)]


async def test_no_error_path_prints_a_secret(sandbox: Sandbox, database: Path) -> None:
    wanted = with_secrets(sandbox, database)
    with listening(wanted.secrets()) as printed:
        async with at_work(sandbox, wanted) as house:
            tokens, said = await misfortunes(house)
    out = printed.getvalue()
    assert len(out) > 10_000, "libraries were heard, too"
    assert logs.HIDDEN in out, "there was something to hide"
    for secret in (sandbox.discord.token, SIGN_KEY, SESSION, *tokens):
        assert secret not in out
        assert not [text for text in said if secret in text]
    sandbox.tiktok.violations.clear()
    sandbox.discord.violations.clear()


@pytest.mark.parametrize("token", ["MTA5MjM0NTY3ODkwMTIzNDU2Nw.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789", "not-a-real-token"])
async def test_a_refused_token_is_in_no_line_and_not_in_the_sentence(sandbox: Sandbox, database: Path, token: str) -> None:
    wanted = with_secrets(sandbox, database)
    wanted = wanted.model_copy(update={"discord": wanted.discord.model_copy(update={"token": SecretStr(token)})})
    schema.prepare(wanted.storage.url, SystemClock())
    with listening(wanted.secrets()) as printed, pytest.raises(OperatorError) as caught:
        async with embedded.running(wanted, clock=SystemClock(), rng=Random(1)):
            await asyncio.sleep(SOON_S)
    assert token not in printed.getvalue()
    assert token not in str(caught.value)
    assert token not in repr(wanted)
    sandbox.discord.violations.clear()


async def test_a_proxys_password_and_a_databases_are_in_no_line(sandbox: Sandbox, database: Path) -> None:
    proxy = f"http://operator:{PASSWORD}@127.0.0.1:9"
    wanted = with_secrets(sandbox, database, proxy_url=SecretStr(proxy))
    with listening(wanted.secrets()) as printed:
        async with at_work(sandbox, wanted) as house:
            channel = house.guild.channel("live")
            said = told(await house.watch("alice", channel))
    assert "❔" in said
    assert PASSWORD not in printed.getvalue()
    assert PASSWORD not in said
