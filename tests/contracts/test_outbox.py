"""What the outbox promises, on the double and through discord.py on a Discord over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from bot.clock import SystemClock
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.outbox import Outbox
from bot.delivery.posting import NONCE_TRUSTED_MS
from bot.delivery.sender import Sender
from bot.model.card import Card, CardKind, Posting
from bot.model.ids import CardId, ChannelId, DiscordRoleId
from bot.model.message import Embed, Field, Message
from bot.storage import cards
from bot.storage.database import Database
from sandbox.discord.server import Discord
from tests.contracts.test_sender import logged_in
from tests.doubles.database import opened
from tests.doubles.office import Settings
from tests.doubles.sender import FakeSender
from tests.sandbox.discord.served import FAST, aimed, serving

__all__ = ["aimed"]

PATIENCE_S = 15.0
ROLE = "🎨"


@dataclass
class Place:
    """An outbox that can be born again, and a look into its channel: each message's sentence and its embed's."""

    db: Database
    sender: Sender
    channel: ChannelId
    role_id: DiscordRoleId
    shown: Callable[[], list[tuple[str, str]]]
    lose_answer: Callable[[], None]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Outbox]:
        outbox = Outbox(self.db, self.sender, SystemClock(), Settings(), rng=Random(1))
        running = asyncio.get_running_loop().create_task(outbox.run())
        try:
            yield outbox
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def card(self, text: str, **more: object) -> Card:
        card = Card(
            id=CardId(0),
            key="golive:1:7",
            kind=CardKind.GO_LIVE,
            watch_id=None,
            channel_id=self.channel,
            message=self.says(text),
            created_at_ms=SystemClock().now_ms(),
        )
        return replace(card, **more)  # type: ignore[arg-type]

    def says(self, text: str) -> Message:
        return Message(
            f"<@&{self.role_id}> 🔴 {text}",
            embeds=(Embed(title="Drawing roses", description=text, colour=0xFF0000, fields=(Field("Viewers", "3"),)),),
            ping_role_id=self.role_id,
            silent=False,
        )

    async def shows(self, outbox: Outbox) -> list[str]:
        """What the embeds say once everything is shown."""
        async with asyncio.timeout(PATIENCE_S):
            while not outbox.is_idle():
                await asyncio.sleep(0.01)
        return [text for _, text in self.shown()]


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with serving(Discord(limits=FAST)) as server:
        yield server


@pytest.fixture(params=["fake", "discord"])
async def place(
    request: pytest.FixtureRequest, server: Discord, aimed: Callable[[Discord], None], tmp_path: Path
) -> AsyncIterator[Place]:
    async with opened(tmp_path) as db:
        if request.param == "fake":
            fake, here = FakeSender(SystemClock()), ChannelId(1)

            def held() -> list[tuple[str, str]]:
                standing = [each for each in fake.messages.get(here, []) if not each.deleted]
                return [(each.message.content, each.message.embeds[0].description) for each in standing]

            yield Place(db, fake, here, DiscordRoleId(77), held, lambda: fake.lose_answers(True))
            return
        aimed(server)
        channel = server.guild("g").channel("live")
        role = server.guild("g").role(ROLE, mentionable=True)
        async with logged_in(server) as client:

            def seen() -> list[tuple[str, str]]:
                return [(each.content, str(each.embeds[0]["description"])) for each in channel.messages]

            yield Place(
                db,
                DiscordSender(client),
                ChannelId(channel.id),
                DiscordRoleId(role.id),
                seen,
                server.faults.cut_after_store,
            )
            assert not server.violations


async def test_a_card_is_posted_edited_and_deleted(place: Place) -> None:
    async with place.at_work() as outbox:
        await outbox.wish([place.card("is live")])
        assert await place.shows(outbox) == ["is live"]
        await outbox.wish([place.card("was live", is_over=True)])
        assert await place.shows(outbox) == ["was live"]
        await outbox.wish([place.card("was live", is_over=True, is_withdrawn=True)])
        assert await place.shows(outbox) == []


async def test_a_lost_answer_makes_no_second_post(place: Place) -> None:
    place.lose_answer()
    async with place.at_work() as outbox:
        await outbox.wish([place.card("is live")])
        async with asyncio.timeout(PATIENCE_S):
            while not outbox.counters.unknown:
                await asyncio.sleep(0.01)
    async with place.at_work() as outbox:
        await outbox.wish([place.card("was live", is_over=True)])
        assert await place.shows(outbox) == ["was live"]


async def test_an_old_post_of_unknown_fate_is_found_by_what_it_says(place: Place) -> None:
    card = place.card("is live")
    await place.db.write(cards.wish, [card])
    [stored] = await place.db.read(cards.of_keys, [card.key])
    sent_at_ms = SystemClock().now_ms() - NONCE_TRUSTED_MS - 1
    await place.db.write(cards.open_posting, stored.id, Posting(1, sent_at_ms, card.message))
    await place.sender.send(place.channel, card.message, nonce="", urgency=card.urgency)

    async with place.at_work() as outbox:
        assert await place.shows(outbox) == ["is live"]
    [found] = await place.db.read(cards.of_keys, [card.key])
    assert found.message_id is not None


async def test_the_role_is_pinged_once_and_nobody_else_ever(server: Discord, place: Place) -> None:
    async with place.at_work() as outbox:
        await outbox.wish([place.card("is live @everyone")])
        await place.shows(outbox)
        await outbox.wish([place.card("still live @everyone", is_over=True)])
        await place.shows(outbox)
    if isinstance(place.sender, DiscordSender):
        [message] = server.guild("g").channel("live").messages
        assert message.pings.roles == (place.role_id,)
        assert not message.mention_everyone
