"""The server over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import ConfigError
from bot.ops.health import Facts
from bot.ops.http import MOST_CONNECTIONS, serving

HERE = "127.0.0.1"
WELL = Facts(shards=1, shards_connected=1)


class Bot:
    """What the pages tell of."""

    facts = WELL
    followed = 3.0


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def port(bot: Bot) -> AsyncIterator[int]:
    async with serving(HERE, 0, readers=[lambda: {"relay_creators_followed": bot.followed}], facts=lambda: bot.facts) as chosen:
        yield chosen


@pytest.fixture
async def http(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://{HERE}:{port}") as session:
        yield session


async def test_figures_are_prometheus_text(http: aiohttp.ClientSession) -> None:
    async with http.get("/metrics") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        found = {
            sample.name: sample.value for each in text_string_to_metric_families(await answer.text()) for sample in each.samples
        }
    assert found["relay_creators_followed"] == 3.0
    assert found["relay_ready"] == 1.0
    assert found["process_resident_memory_bytes"] > 0


async def test_a_bot_that_does_its_work_is_alive_and_ready(http: aiohttp.ClientSession) -> None:
    for page in ("/healthz", "/readyz"):
        async with http.get(page) as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok", "findings": []})


async def test_a_bot_without_a_gateway_is_alive_and_not_ready(bot: Bot, http: aiohttp.ClientSession) -> None:
    bot.facts = Facts()
    async with http.get("/healthz") as answer:
        assert answer.status == 200
    async with http.get("/readyz") as answer:
        told = await answer.json()
        assert (answer.status, told["status"], told["findings"][0]["part"]) == (503, "down", "gateway")
    async with http.get("/metrics") as answer:
        assert "\nrelay_ready 0.0\n" in await answer.text()


async def test_a_degraded_bot_is_ready(bot: Bot, http: aiohttp.ClientSession) -> None:
    bot.facts = replace(WELL, loop_lag_s=3.0)
    async with http.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["status"]) == (200, "degraded")


async def test_a_bot_whose_task_ended_is_dead(bot: Bot, http: aiohttp.ClientSession) -> None:
    bot.facts = replace(WELL, ended=["ingest"])
    async with http.get("/healthz") as answer:
        assert answer.status == 503


async def test_there_is_nothing_else_to_read_and_nothing_to_write(http: aiohttp.ClientSession) -> None:
    async with http.get("/") as answer:
        assert answer.status == 404
    async with http.post("/metrics", data=b"x") as answer:
        assert answer.status == 405


async def test_who_only_holds_connections_shuts_nobody_out_and_loses_the_oldest(port: int) -> None:
    silent = [await asyncio.open_connection(HERE, port) for _ in range(MOST_CONNECTIONS)]
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        assert await silent[0][0].read() == b"", "the oldest is closed"
    assert not any(each.at_eof() for each, _ in silent[1:])
    for _, each in [*silent, (reader, writer)]:
        each.close()


async def test_a_port_in_use_is_one_sentence_that_names_the_key(port: int) -> None:
    with pytest.raises(ConfigError) as caught:
        async with serving(HERE, port, readers=[], facts=Facts):
            pass
    assert str(caught.value) == (
        f"ops.port = {port} on ops.host = '127.0.0.1' cannot be listened on: another program, or another bot, "
        "listens there already. Choose another ops.port, or 0 for none."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_of_another_machine_is_one_sentence_that_names_the_key(host: str) -> None:
    with pytest.raises(ConfigError, match=r"ops\.host is no address of this machine"):
        async with serving(host, 0, readers=[], facts=Facts):
            pass


async def test_the_port_is_free_when_the_block_is_left_even_with_a_connection_open() -> None:
    async with serving(HERE, 0, readers=[], facts=Facts) as port:
        _, writer = await asyncio.open_connection(HERE, port)
    async with serving(HERE, port, readers=[], facts=Facts) as again:
        assert again == port
    writer.close()
