"""What the gateway shows, event by event, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Undeliverable
from bot.gateway import MOST_DELETED
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.permissions import Permission
from sandbox.discord.server import Discord
from tests.doubles.community import Community
from tests.doubles.town import Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town


async def test_presence_follows_invitations_and_removals_but_no_outage(town: Town) -> None:
    fans = GuildId(town.fans.id)
    assert town.servers.present() == {fans}
    town.fans.begin_outage()
    await town.until(lambda: not town.is_available(town.fans))
    assert town.servers.present() == {fans}
    town.fans.kick_bot()
    await town.until(lambda: town.servers.present() == frozenset())
    town.fans.end_outage()
    other = town.community.discord.guild("others")
    await town.until(lambda: town.servers.present() == {GuildId(other.id)})


async def test_every_shard_must_have_spoken(tmp_path: Path) -> None:
    async with Community.open(tmp_path, discord=Discord(shards=2)) as community:
        for name in ("a", "b", "c", "d"):
            community.discord.guild(name)
        bot = community.begin()
        seen: list[object] = []
        await community.discord.online()
        seen.append(bot.servers.present())
        async with asyncio.timeout(20):
            while (present := bot.servers.present()) is None:
                await community.time.sleep(0.05)
        assert present == {guild.id for guild in community.discord.guilds}
        assert seen == [None], "the second shard identifies five seconds after the first"


async def test_a_server_is_shown_with_whom_to_tell(town: Town) -> None:
    mods = town.fans.channel("mods")
    town.fans.change(public_updates_channel_id=mods.id, locale="es-ES")
    fans = GuildId(town.fans.id)
    await town.until(lambda: town.servers.server(fans).updates_channel_id == mods.id)  # type: ignore[union-attr]
    server = town.servers.server(fans)
    assert server is not None
    assert (server.owner_id, server.locale, server.is_available) == (town.fans.owner_id, "es-ES", True)
    assert town.servers.server(GuildId(1)) is None


async def test_a_place_shows_what_the_bot_may_do_there(town: Town) -> None:
    fans, live = GuildId(town.fans.id), ChannelId(town.community.live.id)
    seen = town.servers.place(fans, live)
    assert seen is not None
    assert seen.can_post
    town.community.live.deny_bot("send_messages")
    await town.until(lambda: not town.servers.place(fans, live).can_post)  # type: ignore[union-attr]
    forum = town.fans.channel("posts", "forum")
    await town.until(lambda: town.servers.place(fans, ChannelId(forum.id)))
    assert town.servers.place(fans, ChannelId(forum.id)).takes_text is False  # type: ignore[union-attr]
    assert town.servers.place(fans, ChannelId(1)) is None
    assert town.servers.place(GuildId(1), live) is None


async def test_a_thread_is_what_its_channel_is(town: Town) -> None:
    fans, thread = GuildId(town.fans.id), town.fans.channel("news").thread("lives")
    await town.until(lambda: town.servers.place(fans, ChannelId(thread.id)))
    seen = town.servers.place(fans, ChannelId(thread.id))
    assert seen is not None
    assert seen.is_thread
    assert seen.granted & Permission.SEND_MESSAGES_IN_THREADS
    thread.change(locked=True)
    await town.until(lambda: town.servers.place(fans, ChannelId(thread.id)).is_locked)  # type: ignore[union-attr]


async def test_deletions_are_kept_until_they_had_their_effect_and_no_more_than_that(town: Town) -> None:
    town.community.live.delete()
    await town.until(town.servers.deleted)
    (gone,) = town.servers.deleted()
    assert town.servers.deleted() == (gone,)
    town.servers.noted([gone])
    assert town.servers.deleted() == ()
    for number in range(MOST_DELETED + 5):
        town.servers._on_thread_delete({"id": str(number)})
    assert len(town.servers.deleted()) == MOST_DELETED


async def test_a_door_that_does_not_exist_is_a_refusal(town: Town) -> None:
    owner = DiscordUserId(town.fans.owner_id)
    assert await town.servers.direct(owner) == town.community.discord.dm(town.fans.owner).id
    with pytest.raises(Undeliverable) as refused:
        await town.servers.direct(DiscordUserId(1))
    assert refused.value.code == 50033
