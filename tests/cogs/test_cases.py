"""/cases: privately, for those who moderate, page by page, and nothing of another server."""

from __future__ import annotations

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.guild import GuildSettings
from bot.model.ids import DiscordUserId, GuildId
from bot.model.viewer import Subject
from bot.services.cases import PAGE
from bot.storage import creators, guilds
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Guild, Member
from tests.doubles.community import Community
from tests.doubles.house import plain

WANTED = GuildSettings(escalate_after_s=61)
"""Anything that makes the guild known."""

MODERATES = ["manage_messages", "view_channel", "send_messages"]


def moderator(guild: Guild, name: str = "mo") -> Member:
    return guild.member(name, permissions=MODERATES)


async def opened(community: Community, count: int = 1, *, guild: Guild | None = None, viewer: str = "bob") -> None:
    """So many cases about a viewer in alice's LIVEs."""
    assert community.bot is not None
    guild = guild or community.live.guild
    alice = await community.db.write(creators.ensure, Handle("alice"), now_ms=1)
    guild_id = GuildId(guild.id)
    await community.db.write(guilds.change, guild_id, settings=WANTED, by=DiscordUserId(1), now_ms=1)
    for number in range(count):
        viewer_id = ViewerId(str(1000 + sum(viewer.encode())))
        subject = Subject(viewer_id, Handle(viewer), viewer.title(), alice.id, RoomId("1"), 1, 1 + number, 1)
        await community.bot.services.cases.open_manual(guild_id, subject, by=DiscordUserId(5))


def said(interaction: Interaction) -> str:
    parts = [message.content for message in interaction.messages]
    for message in interaction.messages:
        parts += [f"{embed.get('title')}\n{embed.get('description')}" for embed in message.embeds]
    return plain("\n".join(parts)).replace("\\", "")


async def shows(community: Community, interaction: Interaction, part: str) -> str:
    await community.discord.until(lambda: part in said(interaction))
    return said(interaction)


async def test_cases_are_listed_and_their_pages_turned(community: Community) -> None:
    await opened(community, PAGE + 3)
    mo = moderator(community.live.guild)
    listed = await community.use("cases", by=mo)
    first = await shows(community, listed, f"{PAGE + 3} cases")
    assert f"#{PAGE + 3}" in first
    assert "#1 " not in first.replace("**", "")
    (answer,) = listed.messages
    assert answer.ephemeral
    forward = answer.components[0]["components"][1]["custom_id"]
    await community.discord.press(answer, mo, forward)
    await community.discord.until(lambda: "#1 " in said(listed).replace("**", ""))


async def test_a_list_is_narrowed_to_a_state_a_creator_a_viewer_and_ones_own(community: Community) -> None:
    await opened(community, 2, viewer="bob")
    await opened(community, 1, viewer="carol")
    mo = moderator(community.live.guild)
    assert "Bob" not in await shows(community, await community.use("cases", by=mo, viewer="@carol"), "1 case")
    await shows(community, await community.use("cases", by=mo, creator="alice", state=2), "3 cases")
    await shows(community, await community.use("cases", by=mo, state=4), "0 cases")
    await shows(community, await community.use("cases", by=mo, mine=True), "0 cases")
    await shows(community, await community.use("cases", by=mo, viewer="nobody"), "no case about a viewer of that name")
    await shows(community, await community.use("cases", by=mo, creator="zoe"), "no case about that creator")
    offers = await community.discord.autocomplete(community.live, mo, "cases", {"creator": "al"}, "creator")
    assert offers == [{"name": "@alice", "value": "alice"}]


async def test_who_may_not_moderate_is_refused_with_the_permission(community: Community) -> None:
    await opened(community)
    guest = community.live.guild.member("guest", permissions=["view_channel", "send_messages"])
    assert "**Manage Messages**" in await community.asked("cases", by=guest)
    assert await community.discord.autocomplete(community.live, guest, "cases", {"creator": "a"}, "creator") == []


async def test_a_number_of_another_server_is_no_case_here(community: Community) -> None:
    elsewhere = community.discord.guild("elsewhere")
    await opened(community, 2, guild=elsewhere)
    await opened(community, 1)
    mo = moderator(community.live.guild)
    await shows(community, await community.use("cases", by=mo, number=2), "no such case in this server")
    await shows(community, await community.use("cases", by=mo, number=1), "Case #1")
    await shows(community, await community.use("cases", by=mo), "1 case")
