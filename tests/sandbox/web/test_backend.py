"""The page's backend without a browser: what it tells, what it takes, and how it names what is wrong."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.web.backend import MOST_WAITING, STATIC, Feed
from tests.sandbox.web.conftest import House, connected
from tests.sandbox.web.gateway_bot import Bot

pytestmark = pytest.mark.asyncio(loop_scope="session")

Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def browser(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(house.url) as http:
        yield http


async def use(browser: aiohttp.ClientSession, house: House, command: str, **options: Any) -> tuple[int, Json]:
    body = {"channel": str(house.general.id), "command": command, "options": options}
    async with browser.post("/sandbox/command", json=body) as response:
        return response.status, await response.json()


async def state(browser: aiohttp.ClientSession) -> Json:
    async with browser.get("/sandbox/state") as response:
        found: Json = await response.json()
        return found


async def next_event(response: aiohttp.ClientResponse, wanted: str) -> Any:
    """The body of the next event of this name; others are passed over."""
    async with asyncio.timeout(5):
        while True:
            name = (await response.content.readline()).decode().strip()
            if name == f"event: {wanted}":
                return json.loads((await response.content.readline()).decode().removeprefix("data: "))


async def test_the_state_is_the_guild_as_you_see_it(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    house.sandbox.tiktok.creator("alice").go_live("Cooking")
    posted = await bot.say(house.general.id, "hello")

    told = await state(browser)

    assert [c["name"] for c in told["channels"]] == ["general", "live"]
    assert [c["name"] for c in told["commands"]] == ["watch", "watching"]
    assert told["me"]["name"] == "you"
    assert told["bot"] == {"id": str(house.sandbox.discord.bot.id), "name": "relay", "bot": True, "online": True, "ever": True}
    assert told["creators"] == [{"handle": "alice", "nickname": "alice", "live": True, "title": "Cooking"}]
    assert [m["id"] for m in told["messages"][str(house.general.id)]] == [posted]


async def test_changes_begin_with_the_whole_state(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    async with browser.get("/sandbox/changes") as response:
        assert response.content_type == "text/event-stream"
        assert (await next_event(response, "state"))["guild"]["name"] == house.guild.name

        posted = await bot.say(house.live.id, "first")
        assert (await next_event(response, "message"))["content"] == "first"
        await bot.edit(house.live.id, posted, "second")
        assert (await next_event(response, "message"))["content"] == "second"
        await bot.delete(house.live.id, posted)
        assert await next_event(response, "gone") == {"channel": str(house.live.id), "id": posted}


async def test_what_happens_in_another_guild_is_not_told(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    elsewhere = house.sandbox.discord.guild("Elsewhere").channel("general")
    async with browser.get("/sandbox/changes") as response:
        await next_event(response, "state")
        await bot.say(elsewhere.id, "not for you")
        await bot.say(house.general.id, "for you")

        assert (await next_event(response, "message"))["content"] == "for you"


async def test_you_may_manage_the_server(house: House) -> None:
    assert house.sandbox.page.you.permissions & (1 << 5)
    assert house.sandbox.page.you is house.sandbox.page.you


async def test_a_command_is_used_as_you_in_the_open_channel(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    status, answer = await use(browser, house, "watch", creator="alice", channel="#live")

    assert status == 200
    interaction = house.sandbox.discord.state.interactions.by_id[int(answer["interaction"])]
    assert (interaction.member.name, interaction.channel.name) == ("you", "general")


async def test_a_wrong_command_is_refused_with_a_sentence(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    assert await use(browser, house, "watch", creator="alice") == (400, {"errors": {"": "This option is required: channel."}})
    status, answer = await use(browser, house, "dance")
    assert status == 400
    assert "/dance" in answer["errors"][""]
    status, answer = await use(browser, house, "watch", creator=["alice"], channel="#live")
    assert (status, answer) == (400, {"errors": {"creator": "creator must be text, a number, or true or false."}})
    assert await use(browser, house, "watch", creator="\ud800bad") == (
        400,
        {"errors": {"creator": "creator holds half a character."}},
    )


async def test_without_a_bot_nobody_would_answer(browser: aiohttp.ClientSession, house: House) -> None:
    assert await use(browser, house, "watch") == (400, {"errors": {"": "No bot is connected, so nobody would answer."}})


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"channel": 1}', '{"channel": "1", "command": "watch", "options": []}', '{"channel": "1", "command": "x"}'],
)
async def test_a_malformed_body_is_refused_and_named(browser: aiohttp.ClientSession, bot: Bot, body: str) -> None:
    async with browser.post("/sandbox/command", data=body, headers={"content-type": "application/json"}) as response:
        assert response.status == 400
        assert list((await response.json())["errors"]) == [""]


async def test_another_site_cannot_post_commands(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    body = json.dumps({"channel": str(house.general.id), "command": "watching", "options": {}})
    async with browser.post("/sandbox/command", data=body, headers={"content-type": "text/plain"}) as response:
        assert response.status == 400
    assert bot.interactions == []


async def test_suggestions_come_from_the_bot(browser: aiohttp.ClientSession, house: House) -> None:
    query = {"channel": str(house.general.id), "command": "watch", "focused": "creator", "options": '{"creator": "al"}'}
    async with browser.get("/sandbox/autocomplete", params=query) as response:
        assert await response.json() == {"choices": []}, "no bot, no suggestions"

    async with connected(house) as bot:

        async def offer(interaction: Json) -> None:
            (typed,) = interaction["data"]["options"]
            await bot.respond(interaction, 8, {"choices": [{"name": f"{typed['value']}ice", "value": "alice"}]})

        bot.answer = offer
        async with browser.get("/sandbox/autocomplete", params=query) as response:
            assert await response.json() == {"choices": [{"label": "alice", "value": "alice"}]}
        async with browser.get("/sandbox/autocomplete", params=query | {"focused": "channel"}) as response:
            assert response.status == 400


async def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "://" not in page
    assert not re.search(r"\s(on\w+|style)=", page)


async def test_every_file_of_the_page_is_served_and_nothing_else(browser: aiohttp.ClientSession) -> None:
    for path in STATIC.iterdir():
        if path.suffix != ".html":
            async with browser.get(f"/sandbox/static/{path.name}") as response:
                assert response.status == 200, path.name
    for wrong in ("/sandbox/static/nothing.js", "/sandbox/static/..%2Fbackend.py", "/sandbox/static/index.html"):
        async with browser.get(wrong) as response:
            assert response.status == 404, wrong


async def test_no_script_of_the_page_makes_markup_from_strings() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "srcdoc"):
            assert danger not in text, f"{path.name}: {danger}"


async def test_a_browser_that_is_too_far_behind_gets_the_state_instead() -> None:
    feed = Feed()
    feed.needs_state = False
    feed.put([("gone", {})] * MOST_WAITING)
    assert not feed.needs_state
    feed.put([("gone", {})])
    assert feed.needs_state


async def test_the_sandbox_ends_while_a_browser_looks_on(house: House, browser: aiohttp.ClientSession) -> None:
    async with browser.get("/sandbox/changes") as response:
        await next_event(response, "state")
        async with asyncio.timeout(1.5):
            await house.sandbox.__aexit__(None, None, None)
