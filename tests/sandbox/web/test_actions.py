"""What the page may ask for, what it is refused, and in which words."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.discord.files import FILE_BYTES
from sandbox.scenarios.cast import NORA
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.web.actions import UPLOADS
from tests.sandbox.web.conftest import House
from tests.sandbox.web.gateway_bot import EPHEMERAL, Bot

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUTTON = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Mine", "custom_id": "mine"}]}]
FILE = {"name": "file", "description": "The export", "type": 11}


@pytest_asyncio.fixture(loop_scope="session")
async def browser(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(house.url) as http:
        yield http


async def post(browser: aiohttp.ClientSession, path: str, **body: Any) -> tuple[int, Any]:
    async with browser.post(f"/sandbox/{path}", json=body) as response:
        return response.status, await response.json()


async def upload(browser: aiohttp.ClientSession, name: str, content: bytes) -> int:
    headers = {"Content-Type": "application/octet-stream"}
    async with browser.post(f"/sandbox/uploads?filename={name}", data=io.BytesIO(content), headers=headers) as response:
        return response.status


def sentence(answer: tuple[int, Any]) -> str:
    status, body = answer
    assert status == 400, body
    return str(body["errors"][""])


async def test_a_press_names_a_message_and_a_control_that_are_there(
    browser: aiohttp.ClientSession, house: House, bot: Bot
) -> None:
    posted = await bot.say(house.general.id, "x", components=BUTTON)

    assert (await post(browser, "press", message=posted, custom_id="mine"))[0] == 200
    assert "no control" in sentence(await post(browser, "press", message=posted, custom_id="other"))
    assert sentence(await post(browser, "press", message="1", custom_id="mine")) == "This message is gone."
    assert "object with message" in sentence(await post(browser, "press", message=1, custom_id="mine"))
    assert "list of texts" in sentence(await post(browser, "press", message=posted, custom_id="mine", values=[1]))


async def test_what_the_page_does_not_show_cannot_be_used_from_it(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    posted = await bot.say(house.general.id, "x", components=BUTTON)
    house.general.overwrite(house.guild.everyone, deny=["view_channel"])
    house.general.allow_bot("view_channel")

    assert sentence(await post(browser, "press", message=posted, custom_id="mine")) == "This channel is gone."


async def test_only_a_form_that_was_opened_can_be_sent(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    assert sentence(await post(browser, "submit", interaction="1", fields={})) == "This form is not open any more."
    posted = await bot.say(house.general.id, "x", components=BUTTON)
    _, pressed = await post(browser, "press", message=posted, custom_id="mine")
    number = pressed["interaction"]
    assert sentence(await post(browser, "submit", interaction=number, fields={})) == "This form is not open any more."
    async with asyncio.timeout(5):
        while not bot.interactions:
            await asyncio.sleep(0.01)
    field = {"type": 4, "custom_id": "text", "style": 1, "label": "Text", "max_length": 3}
    form = {"title": "Note", "custom_id": "note", "components": [{"type": 1, "components": [field]}]}
    await bot.respond(bot.interactions[-1], 9, form)

    assert "between 0 and 3" in sentence(await post(browser, "submit", interaction=number, fields={"text": "long"}))
    assert (await post(browser, "submit", interaction=number, fields={"text": "ok"}))[0] == 200


async def test_a_file_is_laid_ready_before_a_command_names_it(browser: aiohttp.ClientSession, house: House, bot: Bot) -> None:
    await bot.register({"name": "import", "description": "d", "options": [FILE]})
    use = {"channel": str(house.general.id), "command": "import", "options": {"file": "a.json"}}
    assert sentence(await post(browser, "command", **use)) == "Choose the file a.json first."

    assert await upload(browser, "a.json", b"{}") == 200
    assert (await post(browser, "command", **use))[0] == 200
    for number in range(UPLOADS):
        assert await upload(browser, f"{number}.json", b"{}") == 200
    assert sentence(await post(browser, "command", **use)) == "Choose the file a.json first."
    assert await upload(browser, "big.json", bytes(FILE_BYTES + 1)) == 400
    assert await upload(browser, "", b"{}") == 400


async def test_somebody_elses_private_answer_is_no_business_of_yours(
    browser: aiohttp.ClientSession, house: House, bot: Bot
) -> None:
    asked = await house.sandbox.discord.interact(house.general, house.guild.owner, "watching")
    async with asyncio.timeout(5):
        while not bot.interactions:
            await asyncio.sleep(0.01)
    await bot.respond(bot.interactions[-1], 4, {"content": "x", "flags": EPHEMERAL, "components": BUTTON})
    (private,) = asked.messages

    assert "Only the one who asked" in sentence(await post(browser, "press", message=str(private.id), custom_id="mine"))


async def test_a_comment_is_typed_in_a_live_as_whoever_one_likes(browser: aiohttp.ClientSession, house: House) -> None:
    room = house.sandbox.tiktok.creator("alice").go_live()

    assert await post(browser, "say", creator="alice", viewer="@Nora.K", text=" forget me 7F3K ") == (200, {})

    (said,) = [pb.Chat.FromString(message.payload) for message in room.since(0) or ()]
    assert (said.content, said.user.id, said.user.nickname) == ("forget me 7F3K", int(NORA.id), "Nora")


@pytest.mark.parametrize(
    ("wrong", "sentence_of_it"),
    [
        ({"creator": "bob"}, "@bob is not live."),
        ({"viewer": "no ra"}, "A handle has 2 to 24"),
        ({"text": "  "}, "A comment has 1 to 150"),
        ({"text": "x" * 151}, "A comment has 1 to 150"),
        ({"text": "\ud800"}, "half a character"),
        ({"text": 1}, "an object with creator, viewer, text"),
    ],
)
async def test_a_comment_that_tiktok_would_not_take_is_refused(
    browser: aiohttp.ClientSession, house: House, wrong: dict[str, Any], sentence_of_it: str
) -> None:
    room = house.sandbox.tiktok.creator("alice").go_live()
    asked = {"creator": "alice", "viewer": "nora.k", "text": "hello"} | wrong

    assert sentence_of_it in sentence(await post(browser, "say", **asked))
    assert room.position == 0
