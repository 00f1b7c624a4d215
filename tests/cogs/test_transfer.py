"""/export and /import over a real socket: a file goes out, a file comes in, and a button does what the preview said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.config import Limits
from bot.language import language
from bot.model.creator import CreatorState
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.services.portable import parse
from bot.services.watching import Wish
from bot.storage import watches
from sandbox.discord.files import Upload
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Channel, Guild, Message
from tests.doubles.community import Community


async def placed(community: Community, handle: str, channel: Channel, wish: Wish | None = None) -> Watch:
    guild, by = GuildId(channel.guild.id), DiscordUserId(community.admin.id)
    return (await community.watching.watch(guild, ChannelId(channel.id), handle, by, wish or Wish())).watch


async def kept(community: Community, guild: Guild | None = None) -> list[Watch]:
    return await community.db.read(watches.of_guild, GuildId((guild or community.live.guild).id))


async def restarted(community: Community) -> None:
    """Another process takes over, and sees what is there by now."""
    await community.stop()
    await community.discord.until(lambda: not community.discord.is_online)
    await community.start()


async def exported(community: Community) -> bytes:
    """The file of /export."""
    answer = await (await community.use("export")).answered()
    assert answer.ephemeral
    (attachment,) = answer.attachments
    upload = community.discord.state.files.get(int(attachment["id"]))
    assert upload is not None
    return upload.content


async def imported(community: Community, content: bytes | str) -> Interaction:
    """A person hands in a file."""
    data = content.encode() if isinstance(content, str) else content
    return await community.use("import", file=Upload("watches.json", data))


def button(message: Message) -> str:
    return str(message.components[0]["components"][0]["custom_id"])


async def confirmed(community: Community, interaction: Interaction) -> str:
    """Press the button; what the bot says then."""
    message = await interaction.answered()
    pressed = await community.discord.press(message, community.admin, button(message))
    await pressed.says(":", 10)
    return message.content


async def test_the_file_says_everything_and_nothing_of_ours(community: Community) -> None:
    await placed(community, "alice", community.live, Wish(frozenset({EventKind.GIFT}), min_diamonds=5))
    file = json.loads(await exported(community))
    (row,) = file["watches"]
    assert (file["schema"], row["creator"], row["channel"]) == (1, "alice", "live")
    assert row["channel_id"] == str(community.live.id)
    assert (row["settings"]["kinds"], row["settings"]["min_diamonds"], row["paused"]) == (["gift"], 5, False)
    assert set(row) == {"creator", "channel_id", "channel", "ping_role_id", "ping_role", "paused", "settings"}


async def test_the_servers_own_file_changes_nothing(community: Community) -> None:
    for handle in ("alice", "bob"):
        await placed(community, handle, community.live)
    before = await kept(community)
    answer = await (await imported(community, await exported(community))).says("Everything in this file stands here already.")
    assert answer.components == []
    assert await kept(community) == before


async def test_of_nothing_there_is_no_file(community: Community) -> None:
    answer = await (await community.use("export")).answered()
    assert answer.content.startswith("Nothing is watched here yet.")
    assert answer.attachments == []


async def test_a_file_is_shown_first_and_done_when_the_button_is_pressed(community: Community) -> None:
    alice = await placed(community, "alice", community.live, Wish(min_diamonds=7))
    bob = await placed(community, "bob", community.live)
    await community.db.write(watches.pause, [bob.id], why=PauseReason.ASKED, by=DiscordUserId(1), now_ms=1)
    file = await exported(community)
    await community.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=DiscordUserId(1), now_ms=1)
    await community.watching.resume(bob.guild_id, bob.id, DiscordUserId(1))
    interaction = await imported(community, file)
    shown = (await interaction.answered()).embeds[0]["description"]
    assert shown.splitlines() == [
        "1 new watch · 1 changed",
        f"➕ **@alice** → <#{community.live.id}> · the usual, gifts from 7 diamonds",
        f"✏️ **@bob** → <#{community.live.id}> · ⏸️ paused",
    ]
    assert [watch.handle for watch in await kept(community)] == ["bob"]
    assert await confirmed(community, interaction) == "Done: 1 new watch · 1 changed"
    again, paused = await kept(community)
    assert (again.settings.min_diamonds, paused.paused_why) == (7, PauseReason.ASKED)
    assert await exported(community) == file


async def test_a_file_of_another_server_finds_its_channels_by_name(community: Community) -> None:
    await placed(community, "alice", community.live)
    file = await exported(community)
    other = community.discord.guild("other fans")
    lounge = other.channel("live")
    boss = other.member("boss", permissions=["manage_guild", "view_channel", "send_messages"])
    await restarted(community)
    interaction = await community.discord.interact(lounge, boss, "import", {"file": Upload("watches.json", file)})
    answer = await interaction.answered()
    assert f"`#live` is not here; <#{lounge.id}> of the same name takes its place." in answer.embeds[0]["description"]
    pressed = await community.discord.press(answer, boss, button(answer))
    await pressed.says("Done")
    assert [watch.channel_id for watch in await kept(community, other)] == [lounge.id]


def edited(edit: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def apply(file: bytes) -> bytes:
        read = json.loads(file)
        edit(read)
        return json.dumps(read).encode()

    return apply


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file[:-5], "This file is no JSON: line"),
        (lambda file: b"\xff\xfe" + file, "This file is no text (UTF-8)"),
        (edited(lambda file: file.update(schema=2)), "another schema than 1"),
        (edited(lambda file: file["watches"][0].update(creatr="x")), 'there is no "creatr". Did you mean creator?'),
        (
            edited(lambda file: file["watches"][0].update(creator="no name!")),
            "at `$.watches[0].creator`: that is no TikTok handle",
        ),
        (
            edited(lambda file: file["watches"][0].update(channel_id="5", channel="gone")),
            "not here, or I do not see them: `gone`",
        ),
        (edited(lambda file: file["watches"].append(file["watches"][0])), "stands in the file for this channel already"),
    ],
)
async def test_a_file_that_cannot_be_used_is_answered_with_the_place(
    community: Community, spoil: Callable[[bytes], bytes], says: str
) -> None:
    await placed(community, "alice", community.live)
    before = await kept(community)
    answer = await (await imported(community, spoil(await exported(community)))).answered()
    assert says in answer.content
    assert answer.components == []
    assert await kept(community) == before


async def test_channels_are_checked_as_if_somebody_had_typed_them(community: Community) -> None:
    staff = community.live.guild.channel("staff")
    await placed(community, "alice", staff)
    file = await exported(community)
    staff.deny_bot("send_messages")
    answer = await (await imported(community, file)).says("I need **Send Messages**")
    assert "Nothing was changed." in answer.content
    staff.reset_bot()
    staff.overwrite(community.admin, deny=["send_messages"])
    await (await imported(community, file)).says(f"You need **Send Messages** in <#{staff.id}> yourself")


async def test_a_role_that_cannot_be_pinged_is_refused_and_one_that_is_not_here_is_told(community: Community) -> None:
    watch = await placed(community, "alice", community.live)
    role = community.live.guild.role("fans of alice")
    community.live.overwrite(community.live.guild.everyone, deny=["mention_everyone"])
    settings = WatchSettings(ping_role_id=DiscordRoleId(role.id))
    await community.db.write(
        watches.change, guild_id=watch.guild_id, watch_id=watch.id, settings=settings, by=DiscordUserId(1), now_ms=1
    )
    file = await exported(community)
    await (await imported(community, file)).says(f"You may not mention <@&{role.id}> in <#{community.live.id}> yourself")
    foreign = file.replace(str(role.id).encode(), b"123456789").replace(b"fans of alice", b"elsewhere")
    answer = await (await imported(community, foreign)).answered()
    assert "These roles are not here, so nobody is pinged for them: `elsewhere`." in answer.embeds[0]["description"]


async def test_a_file_beyond_the_limit_is_refused_whole(tmp_path: Path) -> None:
    async with Community.open(tmp_path, limits=Limits(watches_per_guild=2)) as community:
        await community.start()
        alice = await placed(community, "alice", community.live)
        await placed(community, "bob", community.live)
        file = json.loads(await exported(community))
        file["watches"].append({**file["watches"][0], "creator": "carol"})
        answer = await (await imported(community, json.dumps(file))).says("This server would have 3 watches")
        assert answer.components == []
        assert next(iter(await kept(community))).id == alice.id


async def test_a_button_works_once_and_not_when_the_watches_have_changed_since(community: Community) -> None:
    alice = await placed(community, "alice", community.live)
    file = await exported(community)
    await community.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=DiscordUserId(1), now_ms=1)
    first, second = await imported(community, file), await imported(community, file)
    stale = await second.answered()
    token = button(await first.answered())
    message = await first.answered()
    await (await community.discord.press(message, community.admin, token)).says("Done")
    await (await community.discord.press(stale, community.admin, button(stale))).says("has changed since this preview")
    assert len(await kept(community)) == 1
    assert stale.components == []


async def test_a_preview_from_before_a_restart_asks_for_the_file_again(community: Community) -> None:
    alice = await placed(community, "alice", community.live)
    file = await exported(community)
    await community.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=DiscordUserId(1), now_ms=1)
    message = await (await imported(community, file)).answered()
    await restarted(community)
    pressed = await community.discord.press(message, community.admin, button(message))
    await pressed.says("This preview is too old, or was used already.")
    assert await kept(community) == []


async def test_creators_for_adults_stand_paused_in_other_channels(community: Community) -> None:
    alice = await placed(community, "alice", community.live)
    file = await exported(community)
    await community.tiktok_says("alice", CreatorState.LIVE, is_age_restricted=True)
    await community.db.write(watches.end_each, [alice.id], guild_id=alice.guild_id, by=DiscordUserId(1), now_ms=1)
    interaction = await imported(community, file)
    assert "paused: the creator is for adults" in (await interaction.answered()).embeds[0]["description"]
    await confirmed(community, interaction)
    assert [watch.paused_why for watch in await kept(community)] == [PauseReason.ADULTS]


async def test_nobody_writes_by_a_file_into_a_private_thread_that_they_may_not_be_in(community: Community) -> None:
    meg = community.live.guild.member("meg", permissions=["manage_guild", "view_channel", "send_messages", "manage_threads"])
    hush = community.live.thread("hush", "private_thread", owner=community.live.guild.bot)
    guild_id = community.live.guild.id
    async with asyncio.timeout(10):
        while community.bot is None or community.bot.servers.place(GuildId(guild_id), ChannelId(hush.id)) is None:
            await asyncio.sleep(0.01)
    file = json.dumps({"schema": 1, "watches": [{"creator": "evil", "channel_id": str(hush.id), "settings": {}}]})
    refused = await (await imported(community, file)).answered()
    assert f"I cannot tell whether you are in the private thread <#{hush.id}>." in refused.content
    assert "**Manage Threads**" in refused.content
    assert refused.components == []
    offered = await (await community.use("import", file=Upload("watches.json", file.encode()), by=meg)).answered()
    assert f"<#{hush.id}>" in offered.embeds[0]["description"]
    assert offered.components


@pytest.mark.parametrize("command", ["export", "import"])
async def test_both_need_the_right_to_configure(community: Community, command: str) -> None:
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = community.live.guild.member("bob", permissions=["view_channel", "send_messages"])
    options: dict[str, object] = {"file": Upload("watches.json", b"{}")} if command == "import" else {}
    assert "This needs the **Manage Server** permission" in await community.asked(command, options, by=bob)


async def test_a_watch_in_an_archived_thread_is_left_as_it_is(community: Community) -> None:
    thread = community.live.thread("topic")
    await placed(community, "alice", thread)
    await placed(community, "bob", community.live)
    thread.change(archived=True)
    await (await imported(community, await exported(community))).says("Everything in this file stands here already.")


async def test_a_file_server_that_cannot_be_reached_is_no_defect(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = community.discord.upload

    def unreachable(channel: Channel, upload: Upload) -> Mapping[str, object]:
        return {**stored(channel, upload), "url": "http://127.0.0.1:9/file", "proxy_url": "http://127.0.0.1:9/file"}

    monkeypatch.setattr(community.discord, "upload", unreachable)
    await (await imported(community, b"{}")).says("Discord did not give me the file. Try again.")


async def test_reading_a_large_file_does_not_hold_up_the_loop(community: Community) -> None:
    rows = [
        {
            "creator": f"creator{number}",
            "channel_id": "5",
            "settings": {"look": {"hidden_words": [f"*{word}x{number}*" for word in range(200)]}},
        }
        for number in range(200)
    ]
    file = json.dumps({"schema": 1, "watches": rows}).encode()
    loop, longest = asyncio.get_running_loop(), 0.0
    began = loop.time()
    parse(language("en"), file)
    reading = loop.time() - began
    interaction = await imported(community, file)
    answer = asyncio.ensure_future(interaction.answered(30))
    while not answer.done():
        began = loop.time()
        await asyncio.sleep(0)
        longest = max(longest, loop.time() - began)
    assert "not here" in answer.result().content
    assert longest < reading / 2
