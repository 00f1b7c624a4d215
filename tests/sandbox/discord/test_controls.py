"""Buttons, menus, forms and files, between people and a real discord.py."""

from __future__ import annotations

import io
from collections.abc import Callable

import aiohttp
import discord
import pytest

from sandbox.discord.files import Upload
from sandbox.discord.invocation import CannotUse
from sandbox.discord.server import Discord
from sandbox.discord.world import Channel, Member, Message
from tests.sandbox.discord.panel import Case, Panel, with_panel
from tests.sandbox.discord.served import Answer, Relay, Rest, running, serving

Aim = Callable[[Discord], None]


@pytest.fixture
def live(discord_server: Discord) -> Channel:
    return discord_server.guild("fans").channel("live")


@pytest.fixture
def ann(live: Channel) -> Member:
    return live.guild.member("ann", permissions=["manage_guild"])


async def _panel(server: Discord, bot: Relay, live: Channel) -> Message:
    channel = bot.get_channel(live.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send("a panel", view=Panel())
    return live.messages[-1]


async def test_every_answer_to_a_button_reaches_its_message(
    discord_server: Discord, aimed: Aim, live: Channel, ann: Member
) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)) as bot:
        panel = await _panel(discord_server, bot, live)
        counted = await discord_server.press(panel, ann, "count")
        assert (await counted.answered()) is panel
        assert (panel.content, panel.components[0]["components"][0]["label"]) == ("1", "Counted")
        later = await discord_server.press(panel, ann, "later")
        private = await later.says("privately")
        assert private.ephemeral
        assert (private.interaction_metadata or {})["interacted_message_id"] == str(panel.id)
        assert panel.content == "later"
    assert discord_server.violations == []


async def test_what_cannot_be_pressed_is_not_sent(discord_server: Discord, aimed: Aim, live: Channel, ann: Member) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        panel = await _panel(discord_server, bot, live)
        for custom_id in ("off", "kinds", "nothing"):
            with pytest.raises(CannotUse):
                await discord_server.press(panel, ann, custom_id)
        with pytest.raises(CannotUse):
            await discord_server.choose(panel, ann, "count", ["x"])
        panel.delete()
        with pytest.raises(CannotUse):
            await discord_server.press(panel, ann, "count")


async def test_menus_tell_the_bot_what_was_chosen(discord_server: Discord, aimed: Aim, live: Channel, ann: Member) -> None:
    role = live.guild.role("helpers")
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)) as bot:
        panel = await _panel(discord_server, bot, live)

        async def chosen(custom_id: str, *values: object) -> str:
            return (await (await discord_server.choose(panel, ann, custom_id, list(values))).answered()).content

        assert await chosen("kinds", "gifts", "chat") == "gifts and chat"
        assert await chosen("where", live) == "live True"
        assert await chosen("role", role) == "helpers"
        assert set((await chosen("whom", "@ann", role)).split()) == {"ann", "helpers"}
        with pytest.raises(CannotUse):
            await chosen("kinds", "likes")
        with pytest.raises(CannotUse):
            await chosen("kinds", "chat", "gifts", "follows")
        with pytest.raises(CannotUse):
            await chosen("where", live.guild.channel("talk", "voice"))
    assert discord_server.violations == []


async def test_a_form_updates_the_message_whose_button_opened_it(
    discord_server: Discord, aimed: Aim, live: Channel, ann: Member
) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)) as bot:
        panel = await _panel(discord_server, bot, live)
        opened = await discord_server.press(panel, ann, "write")
        await opened.acknowledged()
        with pytest.raises(CannotUse, match="between 0 and 10"):
            await discord_server.submit(opened, ann, {"text": "much too long", "kind": ["good"]})
        with pytest.raises(CannotUse, match="required"):
            await discord_server.submit(opened, ann, {"text": "short"})
        with pytest.raises(CannotUse, match="No form"):
            await discord_server.submit(opened, live.guild.owner, {"text": "short"})
        sent = await discord_server.submit(opened, ann, {"text": "short", "kind": ["good"], "about": [live.guild.owner]})
        assert (await sent.answered()) is panel
    assert panel.content == "short, good, about owner"
    assert discord_server.violations == []


async def test_a_button_works_after_a_restart_of_the_bot(discord_server: Discord, aimed: Aim, live: Channel, ann: Member) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        view = discord.ui.View(timeout=None)
        view.add_item(Case(7))
        await channel.send("case 7", view=view)
    async with running(discord_server, Relay(setup=with_panel)):
        pressed = await discord_server.press(live.messages[0], ann, "case:7")
        await pressed.says("case 7 handled")
    assert live.messages[0].components == []


async def test_the_controls_of_a_private_answer_are_for_the_one_who_asked(
    discord_server: Discord, aimed: Aim, live: Channel, ann: Member
) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)):
        asked = await discord_server.interact(live, ann, "panel")
        panel = await asked.answered()
        with pytest.raises(CannotUse):
            await discord_server.press(panel, live.guild.owner, "count")
        assert (await (await discord_server.press(panel, ann, "count")).answered()).content == "1"
    assert live.messages == []


async def test_a_command_in_the_menu_of_a_message(discord_server: Discord, aimed: Aim, live: Channel, ann: Member) -> None:
    said = live.say(live.guild.owner, "bad words")
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)):
        reported = await discord_server.interact(live, ann, "Report", target=said)
        assert (await reported.answered()).content == "reported: bad words"
        with pytest.raises(CannotUse):
            await discord_server.interact(live, ann, "panel", target=said)
    assert discord_server.violations == []


async def test_files_go_in_with_a_command_and_come_out_with_its_answer(
    discord_server: Discord, aimed: Aim, live: Channel, ann: Member
) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)):
        asked = await discord_server.interact(live, ann, "import", {"file": Upload("old.json", b'{"a": 1}')})
        assert (await asked.answered()).content == 'old.json: {"a": 1}'
        (attachment,) = (await (await discord_server.interact(live, ann, "export")).answered()).attachments
    assert (attachment["filename"], attachment["content_type"], attachment["size"]) == ("watches.json", "application/json", 2)
    assert attachment["description"] == "All watches"
    async with aiohttp.ClientSession() as http:
        async with http.get(attachment["url"]) as answer:
            assert (await answer.read(), answer.headers["Content-Disposition"]) == (b"{}", "attachment")
        async with http.get(attachment["url"].replace(attachment["id"], "1")) as answer:
            assert answer.status == 404
    assert discord_server.violations == []


async def test_a_picture_of_an_embed_may_be_a_file_of_its_message(discord_server: Discord, aimed: Aim, live: Channel) -> None:
    live.allow_bot("attach_files")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        embed = discord.Embed(title="Chart").set_image(url="attachment://chart.png")
        sent = await channel.send(embed=embed, file=discord.File(io.BytesIO(b"png"), "chart.png"))
        assert sent.attachments[0].url == live.messages[0].embeds[0]["image"]["url"]
        await sent.edit(attachments=[])
        assert live.messages[0].attachments == []
        live.deny_bot("attach_files")
        with pytest.raises(discord.Forbidden):
            await channel.send(file=discord.File(io.BytesIO(b"png"), "chart.png"))


async def test_a_control_of_a_direct_message_works_too(discord_server: Discord, aimed: Aim, live: Channel, ann: Member) -> None:
    aimed(discord_server)
    async with running(discord_server, Relay(setup=with_panel)) as bot:
        user = await bot.fetch_user(ann.id)
        await user.send("a panel", view=Panel())
        panel = discord_server.dm(ann).messages[0]
        with pytest.raises(CannotUse):
            await discord_server.press(panel, live.guild.owner, "count")
        assert (await (await discord_server.press(panel, ann, "count")).answered()).content == "1"
    assert discord_server.violations == []


@pytest.mark.misbehaves
async def test_a_press_has_three_seconds_one_first_answer_and_fifteen_minutes() -> None:
    now = [1_790_000_000.0]
    server = Discord(now=lambda: now[0])
    live = server.guild("fans").channel("live")
    button = {"type": 2, "style": 1, "label": "Mine", "custom_id": "mine"}
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        await rest("POST", f"/channels/{live.id}/messages", {"content": "x", "components": [{"type": 1, "components": [button]}]})

        async def answered(after_s: float, kind: int = 6) -> Answer:
            pressed = await server.press(live.messages[0], live.guild.owner, "mine")
            now[0] += after_s
            answer = await rest("POST", f"/interactions/{pressed.id}/{pressed.token}/callback", {"type": kind})
            if answer.status == 204:
                twice = await rest("POST", f"/interactions/{pressed.id}/{pressed.token}/callback", {"type": kind})
                assert twice.code == 40060
                now[0] += 896.0
                path = f"/webhooks/{server.application_id}/{pressed.token}/messages/@original"
                assert (await rest("PATCH", path, {"content": "y"})).status == 200
                now[0] += 2.0
                assert (await rest("PATCH", path, {"content": "z"})).code == 50027
            return answer

        assert (await answered(2.9)).status == 204
        assert (await answered(3.1)).code == 10062
        assert (await answered(0.1, kind=8)).code == 50035
    assert live.messages[0].content == "y"


@pytest.mark.misbehaves
async def test_a_form_that_discord_would_not_show_is_refused(discord_server: Discord, rest: Rest, live: Channel) -> None:
    await rest("PUT", f"/applications/{discord_server.application_id}/commands", [{"name": "note", "description": "d"}])
    asked = await discord_server.interact(live, live.guild.owner, "note")
    path = f"/interactions/{asked.id}/{asked.token}/callback"
    refused = await rest("POST", path, {"type": 9, "data": {"title": "t" * 46, "custom_id": "f", "components": []}})
    assert set(refused.body["errors"]["data"]) == {"title", "components"}
    # Nothing to update: it was no button that was pressed.
    assert (await rest("POST", path, {"type": 7, "data": {"content": "x"}})).code == 50035
    assert asked.response_type is None
