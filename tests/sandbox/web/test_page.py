"""The page in a real browser: what a person at the demo guild sees and can do."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from sandbox.web.backend import MESSAGES_SHOWN, MOST_WAITING
from tests.sandbox.web.conftest import PHONE, House, connected
from tests.sandbox.web.gateway_bot import DOCTOR, EPHEMERAL, WATCH, Bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<a href=javascript:window.hacked=1>x</a>",
    "[click](javascript:window.hacked=1) <javascript:window.hacked=1>",
    "`<svg onload=window.hacked=1>` ```<iframe srcdoc=x>```",
    "> <style>*{display:none}</style>\n# <object data=x>\n- <form><input>",
    "||<b onclick=window.hacked=1>x</b>|| **<u>**",
    "\u202e<script>reversed</script> \u2066\u2066\u2066",
]
OURS = "li, div, article, header, footer, span, bdi, time, strong, em, u, s, code, pre, blockquote, small, ul, ol, a, button"


def cut(house: House) -> None:
    """End the page's stream of changes, as a restart of the sandbox would."""
    for feed in house.sandbox.page._feeds:
        feed.close()


async def open_channel(page: Page, name: str) -> None:
    await page.locator("#channels .channel", has_text=name).click()


# ---------------------------------------------------------------------------------------------------- looking


async def test_the_page_shows_the_channels_of_the_guild(page: Page, house: House) -> None:
    await expect(page.locator("#channels .channel")).to_have_text(["#general", "#live"])
    await expect(page.locator("#guild-name")).to_have_text(house.guild.name)


async def test_a_channel_that_is_made_later_appears_by_itself(page: Page, house: House) -> None:
    house.guild.channel("later")

    await expect(page.locator("#channels .channel")).to_have_text(["#general", "#live", "#later"])


async def test_a_hidden_channel_is_not_shown(page: Page, house: House) -> None:
    house.live.overwrite(house.guild.everyone, deny=["view_channel"])

    await expect(page.locator("#channels .channel")).to_have_text(["#general"])


async def test_a_message_that_the_bot_posts_appears_with_its_markdown(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "**\u2068alice\u2069** hello *you*\n-# 🎁 Rose ×5")

    message = page.locator("#messages .message")
    await expect(message.locator("strong")).to_have_text("\u2068alice\u2069")
    await expect(message.locator("em")).to_have_text("you")
    await expect(message.locator("small.subtext")).to_have_text("🎁 Rose ×5")
    await expect(message.locator(".author")).to_have_text("relay")
    await expect(message.locator(".badge")).to_have_text("APP")


async def test_what_was_said_before_the_page_was_opened_is_there(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.live.id, "early bird")
    await page.reload()
    await open_channel(page, "live")

    await expect(page.locator("#messages .text")).to_have_text("early bird")


async def test_an_edit_replaces_the_text_and_says_so(page: Page, house: House, bot: Bot) -> None:
    posted = await bot.say(house.general.id, "something rude")
    await expect(page.locator("#messages .text")).to_have_text("something rude")

    await bot.edit(house.general.id, posted, "~~removed~~")

    await expect(page.locator("#messages .text")).to_have_text("removed (edited)")
    assert await page.get_by_text("something rude").count() == 0


async def test_a_deleted_message_goes_and_the_next_takes_the_name(page: Page, house: House, bot: Bot) -> None:
    first = await bot.say(house.general.id, "one")
    await bot.say(house.general.id, "two")
    await expect(page.locator("#messages .message")).to_have_count(2)
    await expect(page.locator("#messages .author")).to_have_count(1)

    await bot.delete(house.general.id, first)

    await expect(page.locator("#messages .text")).to_have_text(["two"])
    await expect(page.locator("#messages .author")).to_have_count(1)


async def test_hostile_text_stays_text(page: Page, house: House, bot: Bot) -> None:
    for text in HOSTILE:
        await bot.say(
            house.general.id,
            text,
            embeds=[{"title": text, "description": text, "url": "https://e.org/", "footer": {"text": text}}],
        )
    await expect(page.locator("#messages > li")).to_have_count(len(HOSTILE))

    assert await page.locator(f"#messages *:not({OURS})").count() == 0
    addresses = await page.locator("#messages a").evaluate_all("links => links.map((a) => a.href)")
    assert set(addresses) <= {"https://e.org/"}
    handlers = "all => all.flatMap((e) => e.getAttributeNames()).filter((name) => name.startsWith('on') || name === 'src')"
    assert await page.locator("#messages *").evaluate_all(handlers) == []
    assert await page.evaluate("window.hacked") is None
    shown = await page.locator("#messages").inner_text()
    assert "<script>window.hacked = 1</script>" in shown


async def test_an_embed_shows_its_parts(page: Page, house: House, bot: Bot) -> None:
    embed = {
        "title": "PK over",
        "description": "**alice** won",
        "color": 0xEB459E,
        "author": {"name": "TikTok"},
        "fields": [{"name": "alice", "value": "12", "inline": True}, {"name": "bob", "value": "9", "inline": True}],
        "footer": {"text": "battle 7"},
        "image": {"url": "https://cdn.example.org/a.png"},
    }
    await bot.say(house.general.id, "", embeds=[embed])

    shown = page.locator(".embed")
    await expect(shown.locator(".embed-title")).to_have_text("PK over")
    await expect(shown.locator(".embed-description strong")).to_have_text("alice")
    await expect(shown.locator(".embed-field")).to_have_text(["alice12", "bob9"])
    await expect(shown.locator(".embed-footer")).to_have_text("battle 7")
    await expect(shown.locator(".embed-image")).to_have_text("🖼 cdn.example.org")
    assert await shown.evaluate("card => getComputedStyle(card).borderLeftColor") == "rgb(235, 69, 158)"


async def test_a_link_gets_a_preview_unless_it_is_suppressed(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "https://example.org/a", flags=1 << 2)
    await bot.say(house.general.id, "https://example.org/b")

    await expect(page.locator("#messages > li").nth(1).locator(".preview")).to_have_count(1)
    await expect(page.locator("#messages > li").nth(0).locator(".preview")).to_have_count(0)


async def test_only_who_is_pinged_is_highlighted(page: Page, house: House, bot: Bot) -> None:
    you = house.sandbox.page.you.id
    await bot.say(house.general.id, f"<@{you}> @everyone")
    await bot.say(house.general.id, f"<@{you}> @everyone", allowed_mentions={"parse": ["users", "everyone"]})

    await expect(page.locator("#messages > li").nth(1).locator(".mention")).to_have_text(["@you", "@everyone"])
    await expect(page.locator("#messages > li").nth(0).locator(".mention")).to_have_text(["@you"])
    await expect(page.locator(".pings-you")).to_have_count(1)


async def test_a_channel_with_news_is_marked_until_it_is_opened(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.live.id, "news")
    live = page.locator("#channels .channel", has_text="live")
    await expect(live).to_have_class("channel unread")

    await live.click()

    await expect(live).to_have_class("channel current")
    assert page.url.endswith("#live")


async def test_the_list_stays_at_the_bottom_unless_the_reader_scrolled_up(page: Page, house: House, bot: Bot) -> None:
    for number in range(60):
        await bot.say(house.general.id, f"line {number}")
    last = page.locator("#messages > li").last
    await expect(last).to_contain_text("line 59")
    await expect(last).to_be_in_viewport()

    await page.locator("#scroller").evaluate("list => list.scrollTop = 0")
    await expect(page.locator("#jump")).to_be_visible()
    await bot.say(house.general.id, "too late")

    await expect(page.locator("#jump")).to_contain_text("1 new message")
    await expect(page.locator("#messages > li").first).to_be_in_viewport()
    await page.locator("#jump").click()
    await expect(page.locator("#messages > li").last).to_be_in_viewport()
    await expect(page.locator("#jump")).to_be_hidden()


async def test_who_sees_everything_is_not_called_back_to_the_present(page: Page, house: House, bot: Bot) -> None:
    posted = [await bot.say(house.general.id, f"line {number}") for number in range(60)]
    await expect(page.get_by_text("line 59")).to_be_visible()
    await page.locator("#scroller").evaluate("scroller => (scroller.scrollTop = 0)")
    await expect(page.locator("#jump")).to_be_visible()

    for each in posted[3:]:
        await bot.delete(house.general.id, each)

    await expect(page.locator("#messages .message")).to_have_count(3)
    await expect(page.locator("#jump")).to_be_hidden()


async def test_the_page_says_that_no_bot_is_connected_that_it_came_and_that_it_went(page: Page, house: House) -> None:
    notice = page.locator("#notice")
    await expect(notice).to_contain_text("No bot is connected yet: start it with make demo")
    await page.locator("#line").fill("/")
    await expect(page.locator("#option-help")).to_have_text("The bot has not registered any command yet.")

    async with connected(house):
        await expect(notice).to_be_hidden()
        await expect(page.locator(".suggestion-label")).to_have_text(["/watch", "/watching"])

    await expect(notice).to_contain_text("relay is offline")


async def test_the_page_shows_whom_one_could_watch(page: Page, house: House) -> None:
    house.sandbox.tiktok.creator("zoe")
    room = house.sandbox.tiktok.creator("alice").go_live()
    await expect(page.locator("#creators .creator-name")).to_have_text(["🔴 @alice", "⚫ @zoe"])

    room.end()

    await expect(page.locator("#creators .creator-name")).to_have_text(["⚫ @alice", "⚫ @zoe"])


async def test_a_line_is_typed_on_tiktok_below_the_creators(page: Page, house: House) -> None:
    await expect(page.locator("#saying")).to_be_hidden()
    room = house.sandbox.tiktok.creator("alice").go_live()
    house.sandbox.tiktok.creator("zoe").go_live()
    await expect(page.locator("#say-in option")).to_have_text(["@alice", "@zoe"])

    await page.locator("#say-text").press_sequentially("and/or")
    await page.locator("#saying button").click()
    await expect(page.locator("#say-text")).to_have_value("")
    assert room.position == 1
    await page.locator("#say-as").fill("?")
    await page.locator("#say-text").fill("hello")
    await page.locator("#say-text").press("Enter")

    await expect(page.locator("#say-as:invalid")).to_be_focused()
    await expect(page.locator("#say-text")).to_have_value("hello")
    assert room.position == 1


async def test_a_flood_that_the_browser_cannot_follow_ends_in_the_right_state(page: Page, house: House, bot: Bot) -> None:
    await expect(page.locator("#notice")).to_be_hidden()
    ann = house.guild.member("ann")
    for number in range(MOST_WAITING + 100):
        house.general.say(ann, f"line {number}")

    await expect(page.locator("#messages > li")).to_have_count(MESSAGES_SHOWN)
    await expect(page.locator("#messages > li").last).to_contain_text(f"line {MOST_WAITING + 99}")


async def test_the_page_comes_back_after_the_connection_was_lost(page: Page, house: House, bot: Bot) -> None:
    await bot.say(house.general.id, "before")
    await expect(page.locator("#messages .text")).to_have_text(["before"])

    cut(house)
    await bot.say(house.general.id, "meanwhile")

    await expect(page.locator("#messages .text")).to_have_text(["before", "meanwhile"])


# ---------------------------------------------------------------------------------------------------- commands


def options(interaction: dict[str, Any]) -> dict[str, Any]:
    return {option["name"]: option["value"] for option in interaction["data"].get("options", [])}


async def test_the_command_box_completes_watch_and_sends_it(page: Page, house: House, bot: Bot) -> None:
    line = page.locator("#line")
    await line.press_sequentially("/wat")
    await expect(page.locator(".suggestion-label")).to_have_text(["/watch", "/watching"])
    await expect(page.locator(".suggestion-detail").first).to_have_text(WATCH["description"])

    await line.press("Tab")
    await expect(line).to_have_value("/watch creator:")
    await line.press_sequentially("alice ch")
    await line.press("Tab")
    await expect(page.locator(".suggestion-label")).to_have_text(["#general", "#live"])
    await line.press_sequentially("li")
    await line.press("Enter")
    await expect(line).to_have_value("/watch creator:alice channel:#live ")
    await line.press("Enter")

    await expect(line).to_have_value("")
    (used,) = [i for i in bot.interactions if i["type"] == 2]
    assert options(used) == {"creator": "alice", "channel": str(house.live.id)}
    assert used["channel_id"] == str(house.general.id)
    assert used["member"]["user"]["username"] == "you"


async def test_what_is_missing_is_said_before_anything_is_sent(page: Page, bot: Bot) -> None:
    line = page.locator("#line")
    await line.fill("/watch creator:alice")
    await line.press("Enter")

    await expect(page.locator("#composer-error")).to_have_text("channel is required")
    await expect(page.locator(".chip.wrong")).to_contain_text("channel")
    assert [i["type"] for i in bot.interactions if i["type"] == 2] == []


WRONG_LINES = {
    "/watch creator:alice channel:#nowhere": "channel: there is no channel #nowhere here",
    "/watch creator:alice channel:#live min_diamonds:many": "min_diamonds is a whole number",
    "/watch creator:alice channel:#live min_diamonds:1001": "min_diamonds is at most 1000",
    "/watch creator:alice channel:#live min_diamonds:-1": "min_diamonds is at least 0",
    "/watch creator:alice channel:#live style:long": "style: choose one of the list",
    "/watch creator:alice channel:#live quiet:maybe": "quiet is True or False",
    "/watch creator: channel:#live": "creator is required",
    "/watch min_diamonds:3": "creator is required · channel is required",
    "/watch hello creator:alice channel:#live": "“hello” belongs to no option.",
    "/wach creator:alice": "There is no command /wach here.",
}


async def test_a_wrong_line_is_named_and_not_sent(page: Page, bot: Bot) -> None:
    for line, complaint in WRONG_LINES.items():
        await page.locator("#line").fill(line)
        await page.locator("button.send").click()
        await expect(page.locator("#composer-error")).to_have_text(complaint)

    assert [i for i in bot.interactions if i["type"] == 2] == []


async def test_a_command_whose_options_may_be_missing_is_sent_as_it_is(page: Page, bot: Bot) -> None:
    await bot.register(WATCH, DOCTOR)
    await page.locator("#line").fill("/doc")
    await expect(page.locator(".suggestion-label")).to_have_text(["/doctor"])
    await page.locator("#line").fill("/doctor")
    await page.locator("button.send").click()
    await expect(page.locator("#line")).to_have_value("")
    assert [i["data"]["name"] for i in bot.interactions if i["type"] == 2] == ["doctor"]


async def test_choices_numbers_and_booleans_reach_the_bot_as_what_they_are(page: Page, house: House, bot: Bot) -> None:
    line = page.locator("#line")
    await line.fill("/watch channel:#LIVE min_diamonds:7 style:Short quiet:True creator:@alice of spring ")
    await line.press("Enter")

    await expect(line).to_have_value("")
    (used,) = [i for i in bot.interactions if i["type"] == 2]
    expected = {"channel": str(house.live.id), "min_diamonds": 7, "style": "s", "quiet": True, "creator": "@alice of spring"}
    assert options(used) == expected


async def test_suggestions_of_the_bot_appear_while_typing(page: Page, bot: Bot) -> None:
    async def offer(interaction: dict[str, Any]) -> None:
        await bot.respond(interaction, 8, {"choices": [{"name": "alice (live now)", "value": "alice"}]})

    bot.answer = offer
    line = page.locator("#line")
    await line.press_sequentially("/watch creator:ali")

    await expect(page.locator(".suggestion-label")).to_have_text(["alice (live now)"])
    await line.press("Tab")
    await expect(line).to_have_value("/watch creator:alice channel:")


async def test_arrow_up_brings_back_what_was_sent(page: Page, bot: Bot) -> None:
    line = page.locator("#line")
    await line.fill("/watching")
    await expect(page.locator("#option-help")).to_contain_text("What this server watches.")  # the page knows it
    await line.press("Enter")
    await expect(line).to_have_value("")

    await line.press("ArrowUp")

    await expect(line).to_have_value("/watching")


async def test_the_current_state_is_told_to_a_screen_reader(page: Page, bot: Bot) -> None:
    line = page.locator("#line")
    await line.press_sequentially("/")
    await expect(line).to_have_attribute("aria-expanded", "true")
    await line.press("ArrowDown")

    await expect(line).to_have_attribute("aria-activedescendant", "suggestion-1")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("/watching")
    await line.press("Escape")
    await expect(line).to_have_attribute("aria-expanded", "false")


async def test_plain_text_is_answered_with_one_sentence(page: Page, bot: Bot) -> None:
    line = page.locator("#line")
    await line.fill("hello bot")
    await line.press("Enter")

    await expect(page.locator("#option-help")).to_have_text("Only slash commands go to the bot here: type / to see them.")
    await expect(line).to_have_value("hello bot")


async def test_a_click_on_watch_lays_the_command_ready(page: Page, house: House, bot: Bot) -> None:
    house.sandbox.tiktok.creator("alice").go_live()
    await page.get_by_role("button", name="Watch @alice").click()

    await expect(page.locator("#line")).to_have_value("/watch creator:alice channel:#general")
    await expect(page.locator("#line")).to_be_focused()


# ---------------------------------------------------------------------------------------------------- private answers


async def test_a_deferred_private_answer_thinks_speaks_and_is_edited(page: Page, house: House, bot: Bot) -> None:
    async def think(interaction: dict[str, Any]) -> None:
        await bot.respond(interaction, 5, {"flags": EPHEMERAL})

    bot.answer = think
    await page.locator("#line").fill("/watching")
    await expect(page.locator("#option-help")).to_contain_text("What this server watches.")  # the page knows it
    await page.locator("#line").press("Enter")
    answer = page.locator(".message.private")
    await expect(answer).to_contain_text("relay is thinking…")
    await expect(answer.locator(".used")).to_have_text("Yyou used /watching")

    in_an_hour = int(house.sandbox.discord.state.world.now()) + 3600
    await bot.edit_answer(bot.interactions[-1], f"checking **@alice**… next try <t:{in_an_hour}:R>")
    await expect(answer.locator(".text")).to_have_text("checking @alice… next try in 1 hour")
    await expect(answer.locator(".private-note")).to_contain_text("Only you can see this")

    await bot.edit_answer(bot.interactions[-1], "🔴 live")
    await expect(answer.locator(".text")).to_have_text("🔴 live (edited)")

    await answer.get_by_role("button", name="Dismiss message").click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_private_answer_survives_a_lost_connection_but_a_dismissed_one_stays_away(
    page: Page, house: House, bot: Bot
) -> None:
    async def say(interaction: dict[str, Any]) -> None:
        await bot.respond(interaction, 4, {"content": f"answer {len(bot.interactions)}", "flags": EPHEMERAL})

    bot.answer = say
    for number in (1, 2):
        await page.locator("#line").fill("/watching")
        await expect(page.locator("#option-help")).to_contain_text("What this server watches.")  # the page knows it
        await page.locator("#line").press("Enter")
        await expect(page.locator(".message.private")).to_have_count(number)
    await page.get_by_role("button", name="Dismiss message").first.click()
    cut(house)
    await bot.say(house.general.id, "back again")

    await expect(page.locator("#messages .text")).to_have_text(["answer 2", "back again"])


async def test_the_private_answers_of_others_are_not_shown(page: Page, house: House, bot: Bot) -> None:
    async def say(interaction: dict[str, Any]) -> None:
        await bot.respond(interaction, 4, {"content": "for ann alone", "flags": EPHEMERAL})

    bot.answer = say
    ann = house.guild.member("ann")
    await (await house.sandbox.discord.interact(house.general, ann, "watching")).answered()
    await bot.say(house.general.id, "for all")

    await expect(page.locator("#messages .text")).to_have_text(["for all"])


async def test_a_command_that_nobody_answers_fails_as_in_discord(page: Page, bot: Bot) -> None:
    await page.clock.install()
    await page.locator("#line").fill("/watching")
    await expect(page.locator("#option-help")).to_contain_text("What this server watches.")  # the page knows it
    await page.locator("#line").press("Enter")
    await expect(page.locator(".message.private")).to_contain_text("Sending command…")

    await page.clock.fast_forward(4_000)

    await expect(page.locator(".message.private")).to_contain_text("The application did not respond")


# ---------------------------------------------------------------------------------------------------- small screens


@pytest.mark.parametrize("page", [PHONE], indirect=True)
async def test_on_a_phone_nothing_scrolls_sideways(page: Page, house: House, bot: Bot) -> None:
    field = {"name": "n" * 200, "value": "v" * 900, "inline": True}
    await bot.say(house.general.id, "x" * 1500 + "\n```\n" + "y" * 400 + "\n```")
    await bot.say(house.general.id, "", embeds=[{"title": "t" * 250, "description": "d" * 900, "fields": [field] * 3}])
    await expect(page.locator(".embed")).to_be_visible()
    await page.locator("#line").fill("/watch creator:alice channel:#live min_diamonds:99999")

    widths = "() => [document.documentElement, document.getElementById('scroller')].map((e) => e.scrollWidth - e.clientWidth)"
    assert await page.evaluate(widths) == [0, 0]


@pytest.mark.parametrize("page", [PHONE], indirect=True)
async def test_on_a_phone_the_channels_are_behind_the_menu(page: Page, house: House) -> None:
    live = page.locator("#channels .channel", has_text="live")
    await expect(live).to_be_hidden()

    await page.get_by_role("button", name="Channels").click()
    await live.click()

    await expect(page.locator("#channel-name")).to_have_text("#live")
    await expect(live).to_be_hidden()
