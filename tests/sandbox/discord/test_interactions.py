"""What the bot is told of an interaction, and how its answers are waited for."""

from __future__ import annotations

import discord
import pytest

from sandbox.discord import interactions
from sandbox.discord.commands import Command, Invoked
from sandbox.discord.interactions import COMMAND, Interaction, Interactions
from sandbox.discord.permissions import BITS
from sandbox.discord.values import EPHEMERAL, LOADING
from sandbox.discord.world import World


@pytest.fixture
def begun() -> tuple[Interactions, Interaction]:
    world = World(lambda: 1_790_000_000.0)
    live = world.guild("fans").channel("live")
    every = Interactions(world)
    return every, every.begin(COMMAND, live, live.guild.member("ann"), {"id": "1", "name": "watch", "type": 1})


def test_the_payload_says_what_the_person_and_the_bot_may_do_here(begun: tuple[Interactions, Interaction]) -> None:
    _, interaction = begun
    interaction.channel.deny_bot("send_messages")
    payload = interactions.payload(interaction)
    assert not int(payload["app_permissions"]) & BITS["send_messages"]
    assert int(payload["member"]["permissions"]) & BITS["send_messages"]
    assert payload["channel"]["id"] == payload["channel_id"] == str(interaction.channel.id)


@pytest.mark.parametrize("key", ["attachment_size_limit", "version", "token", "application_id", "authorizing_integration_owners"])
def test_the_keys_without_which_discord_py_dies_are_there(begun: tuple[Interactions, Interaction], key: str) -> None:
    assert key in interactions.payload(begun[1])


def test_a_private_answer_is_not_in_the_channel_and_a_public_one_is(begun: tuple[Interactions, Interaction]) -> None:
    every, interaction = begun
    every.message(interaction, content="private", flags=EPHEMERAL)
    every.message(interaction, content="public")
    every.message(interaction, flags=EPHEMERAL | LOADING)
    assert [m.content for m in interaction.messages] == ["private", "public"]
    assert [m.content for m in interaction.channel.messages] == ["public"]


async def test_waiting_for_an_answer_that_never_comes_times_out(begun: tuple[Interactions, Interaction]) -> None:
    _, interaction = begun
    for waiting in (interaction.answered(0.01), interaction.acknowledged(0.01), interaction.says("x", 0.01)):
        with pytest.raises(TimeoutError):
            await waiting


def test_an_interaction_is_found_by_id_and_by_token(begun: tuple[Interactions, Interaction]) -> None:
    every, interaction = begun
    assert every.by_id[interaction.id] is every.by_token[interaction.token] is interaction
    assert discord.utils.snowflake_time(interaction.id).timestamp() == 1_790_000_000


def test_a_title_reads_as_it_was_typed() -> None:
    assert interactions.title(Invoked(Command(1, 1, 1, {"name": "alerts"}), ("test",), ())) == "/alerts test"
