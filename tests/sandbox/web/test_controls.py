"""Buttons, menus, forms, files, threads and direct messages, in a real browser."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.web.conftest import PHONE, House
from tests.sandbox.web.gateway_bot import EPHEMERAL, Bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]

BUTTONS: Json = {
    "type": 1,
    "components": [
        {"type": 2, "style": 1, "label": "Mine", "custom_id": "claim", "emoji": {"name": "✅"}},
        {"type": 2, "style": 4, "label": "Ban", "custom_id": "ban"},
        {"type": 2, "style": 2, "label": "Later", "custom_id": "later", "disabled": True},
        {"type": 2, "style": 5, "label": "Open", "url": "https://example.org/case"},
    ],
}
KINDS = [{"label": name.title(), "value": name, "description": f"All {name}"} for name in ("chat", "gifts", "follows")]
ONE: Json = {"type": 3, "custom_id": "one", "placeholder": "What to show", "options": KINDS}
MANY: Json = {"type": 3, "custom_id": "many", "placeholder": "Several", "options": KINDS, "min_values": 0, "max_values": 3}
WHERE: Json = {"type": 8, "custom_id": "where", "placeholder": "Which channel", "channel_types": [0]}
WHO: Json = {"type": 7, "custom_id": "who", "placeholder": "Whom to tell"}
KIND: Json = {"type": 3, "custom_id": "kind", "options": KINDS}
WHOM: Json = {**WHO, "custom_id": "for", "min_values": 0, "max_values": 5, "required": False}
FORM: Json = {
    "title": "A note",
    "custom_id": "note",
    "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "text", "style": 2, "label": "Text", "max_length": 20}]},
        {"type": 18, "label": "Kind", "description": "What it is about", "component": KIND},
        {"type": 18, "label": "For", "component": WHOM},
        {"type": 18, "label": "Proof", "component": {"type": 19, "custom_id": "proof", "required": False}},
    ],
}


def rows(*menus: Json) -> list[Json]:
    return [{"type": 1, "components": [menu]} for menu in menus]


async def asked(bot: Bot) -> Json:
    """The interaction that the bot hears of next."""
    known = len(bot.interactions)
    async with asyncio.timeout(5):
        while len(bot.interactions) == known:
            await asyncio.sleep(0.01)
    return bot.interactions[-1]


async def test_a_button_is_pressed_and_its_message_changes(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "an alert", components=[BUTTONS])
    message = page.locator("#messages .message")
    await expect(message.get_by_role("button", name="Later")).to_be_disabled()
    await expect(message.get_by_role("link", name="Open")).to_have_attribute("href", "https://example.org/case")

    hears = asyncio.ensure_future(asked(bot))
    await message.get_by_role("button", name="Mine").click()
    heard = await hears
    assert (heard["type"], heard["data"]["custom_id"], heard["member"]["user"]["username"]) == (3, "claim", "you")
    await bot.respond(heard, 7, {"content": "you took it", "components": []})

    await expect(message.locator(".text")).to_have_text("you took it (edited)")
    await expect(message.locator(".control")).to_have_count(0)


async def test_a_button_that_nobody_answers_says_so(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "an alert", components=[BUTTONS])

    await page.get_by_role("button", name="Ban").click()

    await expect(page.locator(".failed")).to_have_text("This interaction failed", timeout=6_000)


async def test_an_answered_button_does_not_fail(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "an alert", components=[BUTTONS])
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("button", name="Ban").click()
    await bot.respond(await hears, 4, {"content": "banned", "flags": EPHEMERAL, "components": [BUTTONS]})

    private = page.locator(".message.private")
    await expect(private.locator(".text")).to_have_text("banned")
    await expect(private.locator(".used")).to_have_count(0)
    hears = asyncio.ensure_future(asked(bot))
    await private.get_by_role("button", name="Mine").click()
    await bot.respond(await hears, 7, {"content": "changed in private", "components": []})
    await expect(private.locator(".text")).to_have_text("changed in private (edited)")


async def test_one_choice_is_sent_at_once(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "what?", components=rows(ONE))
    await page.get_by_role("button", name="What to show").click()
    hears = asyncio.ensure_future(asked(bot))

    await page.get_by_role("option", name="Gifts").click()

    assert (await hears)["data"]["values"] == ["gifts"]
    await expect(page.locator(".menu-chosen")).to_have_text("Gifts")


async def test_several_choices_are_sent_together(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "what?", components=rows(MANY))
    await page.get_by_role("button", name="Several").click()
    for name in ("Gifts", "Follows", "Gifts", "Chat"):
        await page.get_by_role("option", name=name).click()
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("button", name="Done").click()

    assert sorted((await hears)["data"]["values"]) == ["chat", "follows"]


async def test_menus_of_people_roles_and_channels_list_what_the_guild_has(page: Page, house: House, bot: Bot) -> None:
    role = house.guild.role("helpers")
    house.guild.channel("talk", "voice")
    await bot.say(house.general.id, "who?", components=rows(WHERE, WHO))
    await page.get_by_role("button", name="Which channel").click()
    await expect(page.get_by_role("option")).to_have_text(["#general", "#live"])
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("option", name="#live").click()
    assert list((await hears)["data"]["resolved"]["channels"]) == [str(house.live.id)]

    await page.get_by_role("button", name="Whom to tell").click()
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("option", name="@helpers").click()
    assert list((await hears)["data"]["resolved"]["roles"]) == [str(role.id)]


async def test_a_menu_is_used_with_the_keyboard(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "what?", components=rows(ONE))
    face = page.get_by_role("button", name="What to show")
    await face.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(face).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    hears = asyncio.ensure_future(asked(bot))
    await page.keyboard.press("Enter")

    assert (await hears)["data"]["values"] == ["gifts"]


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
async def test_a_form_is_filled_in_and_sent_on_a_phone(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "an alert", components=[BUTTONS])
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("button", name="Mine").click()
    await bot.respond(await hears, 9, FORM)

    form = page.get_by_role("dialog", name="A note")
    await form.get_by_role("textbox", name="Text").fill("seen it")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_be_visible()  # the browser asks for the kind
    await form.get_by_role("combobox", name="Kind").select_option("gifts")
    await form.get_by_role("checkbox", name="@owner").check()
    await form.locator("input[type=file]").set_input_files({"name": "proof.txt", "mimeType": "text/plain", "buffer": b"yes"})
    box = await form.bounding_box()
    assert box is not None
    assert box["width"] <= 360
    hears = asyncio.ensure_future(asked(bot))
    await form.get_by_role("button", name="Submit").click()

    heard = await hears
    text, kind, whom, proof = (row.get("component") or row["components"][0] for row in heard["data"]["components"])
    assert (heard["type"], text["value"], kind["values"]) == (5, "seen it", ["gifts"])
    assert whom["values"] == [str(house.guild.owner_id)]
    assert heard["data"]["resolved"]["attachments"][proof["values"][0]]["filename"] == "proof.txt"
    await bot.respond(heard, 4, {"content": "noted", "flags": EPHEMERAL})
    await expect(page.locator(".message.private .text")).to_have_text("noted")
    await expect(form).to_have_count(0)


async def test_a_file_of_the_bots_can_be_downloaded(page: Page, house: House, bot: Bot) -> None:
    house.general.allow_bot("attach_files")
    await bot.send_file(house.general.id, "watches.json", b'{"watches": []}')

    link = page.get_by_role("link", name="watches.json")
    await expect(page.locator(".file-size")).to_have_text("15 bytes")
    async with page.expect_download() as download:
        await link.click()
    found = await download.value
    assert found.suggested_filename == "watches.json"
    assert (await found.path()).read_bytes() == b'{"watches": []}'


async def test_a_file_goes_in_with_a_command(page: Page, house: House, bot: Bot) -> None:
    option = {"name": "file", "description": "The export", "type": 11, "required": True}
    await bot.register({"name": "import", "description": "Read an export", "options": [option]})
    line = page.locator("#line")
    await line.fill("/import file:")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("option", name="Choose a file").click()
    await (await chooser.value).set_files({"name": "old.json", "mimeType": "application/json", "buffer": b"{}"})
    await expect(line).to_have_value("/import file:old.json ")
    hears = asyncio.ensure_future(asked(bot))
    await line.press("Enter")

    (attachment,) = (await hears)["data"]["resolved"]["attachments"].values()
    assert (attachment["filename"], attachment["size"]) == ("old.json", 2)


async def test_a_command_of_a_messages_menu_is_used(page: Page, house: House, bot: Bot) -> None:
    await bot.register({"name": "Report", "type": 3})
    said = house.general.say(house.guild.owner, "bad words")
    message = page.locator("#messages .message")
    await message.hover()
    await message.get_by_role("button", name="More").click()
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("menuitem", name="Report").click()

    heard = await hears
    assert (heard["data"]["name"], heard["data"]["target_id"]) == ("Report", str(said.id))
    await bot.respond(heard, 4, {"content": "reported", "flags": EPHEMERAL})
    await expect(page.locator(".message.private .text")).to_have_text("reported")


async def test_threads_stand_under_their_channel_and_say_what_state_they_are_in(page: Page, house: House, bot: Bot) -> None:
    thread = house.general.thread("tonight")
    house.general.allow_bot("send_messages_in_threads")
    await expect(page.locator("#channels .channel")).to_have_text(["#general", "↳tonight", "#live"])
    await bot.say(thread.id, "in the thread")
    await page.get_by_role("button", name="tonight").click()
    await expect(page.locator("#messages .text")).to_have_text("in the thread")

    thread.change(archived=True, locked=True)

    await expect(page.locator("#channel-topic")).to_have_text("in #general · archived · locked")


async def test_what_the_bot_writes_to_the_owner_is_shown_and_used_as_the_owner(page: Page, house: House, bot: Bot) -> None:
    opened = await bot.call("POST", "/users/@me/channels", {"recipient_id": str(house.guild.owner_id)})
    await bot.say(int(opened["id"]), "your relay stands still", components=[BUTTONS])

    await page.locator("#dms .channel", has_text="owner").click()
    await expect(page.locator("#messages .text")).to_have_text("your relay stands still")
    hears = asyncio.ensure_future(asked(bot))
    await page.get_by_role("button", name="Mine").click()

    heard = await hears
    assert heard["user"]["username"] == "owner"
    assert "member" not in heard


async def test_hostile_words_in_controls_stay_words(page: Page, house: House, bot: Bot) -> None:
    text = "<img src=x onerror='window.hacked=1'>"
    options = [{"label": text, "value": text, "description": text}]
    button = {"type": 1, "components": [{"type": 2, "style": 1, "label": text, "custom_id": text}]}
    menu = {"type": 3, "custom_id": "menu", "placeholder": text, "options": options}
    await bot.say(house.general.id, "an alert", components=[button, *rows(menu)])
    await page.locator(".menu-face").click()
    await expect(page.get_by_role("option")).to_have_text(text * 2)
    hears = asyncio.ensure_future(asked(bot))
    await page.locator(".control").click()
    row = {"type": 1, "components": [{"type": 4, "custom_id": "text", "style": 1, "label": text, "value": text}]}
    await bot.respond(await hears, 9, {"title": text, "custom_id": "form", "components": [row]})

    await expect(page.get_by_role("dialog", name=text)).to_be_visible()
    assert await page.locator("img, script, iframe, object").count() == len(["app.js"])
    assert await page.evaluate("window.hacked") is None
