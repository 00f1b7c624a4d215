"""Answers to interactions: in time, once, and through their token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.discord.interactions import Interaction
from sandbox.discord.server import Discord
from sandbox.discord.values import EPHEMERAL
from sandbox.discord.world import Change
from tests.sandbox.discord.served import Answer, Rest, serving

WATCH = {"name": "watch", "description": "Relay a LIVE.", "options": []}
SAY, THINK, CHOICES = 4, 5, 8


@dataclass
class Used:
    """An interaction that waits, a clock that can be turned, and the bot's way to answer."""

    discord: Discord
    rest: Rest
    clock: list[float]
    interaction: Interaction

    async def respond(self, kind: int, data: dict[str, Any] | None = None, query: str = "") -> Answer:
        path = f"/interactions/{self.interaction.id}/{self.interaction.token}/callback{query}"
        return await self.rest("POST", path, {"type": kind, "data": data or {}}, token="none")

    async def webhook(self, method: str, tail: str = "", body: dict[str, Any] | None = None) -> Answer:
        path = f"/webhooks/{self.discord.application_id}/{self.interaction.token}{tail}"
        return await self.rest(method, path, body, token="none")


@pytest.fixture
async def used() -> AsyncIterator[Used]:
    clock = [1_790_000_000.0]
    server = Discord(now=lambda: clock[0])
    live = server.guild("fans").channel("live")
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        await rest("PUT", f"/applications/{server.application_id}/commands", [WATCH])
        yield Used(server, rest, clock, await server.interact(live, live.guild.owner, "watch"))


async def test_a_callback_that_asks_for_it_gets_the_message_else_nothing(used: Used) -> None:
    answer = await used.respond(SAY, {"content": "hi", "flags": EPHEMERAL}, "?with_response=1")
    assert answer.status == 200
    assert answer.body["interaction"]["response_message_ephemeral"] is True
    assert answer.body["resource"]["message"]["content"] == "hi"
    other = await used.discord.interact(used.interaction.channel, used.interaction.member, "watch")
    used.interaction = other
    assert (await used.respond(SAY, {"content": "hi"})).status == 204


async def test_an_answer_after_three_seconds_is_10062(used: Used) -> None:
    used.clock[0] += 3.01
    assert used.interaction.failed
    assert (await used.respond(SAY, {"content": "hi"})).code == 10062
    assert [v.kind for v in used.discord.violations] == ["late_answer"]
    assert used.interaction.messages == []


async def test_an_answer_within_three_seconds_is_in_time(used: Used) -> None:
    used.clock[0] += 2.99
    assert (await used.respond(SAY, {"content": "hi"})).status == 204
    assert used.interaction.ack_delay_s == pytest.approx(2.99)


async def test_a_second_first_answer_is_40060(used: Used) -> None:
    await used.respond(THINK)
    assert (await used.respond(SAY, {"content": "hi"})).code == 40060
    assert [v.kind for v in used.discord.violations] == ["second_answer"]


async def test_a_slash_command_cannot_be_answered_with_choices(used: Used) -> None:
    answer = await used.respond(CHOICES, {"choices": []})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["type"])
    assert used.interaction.response_type is None


async def test_a_wrong_token_or_id_is_unknown(used: Used) -> None:
    assert (await used.rest("POST", f"/interactions/{used.interaction.id}/wrong/callback", {"type": 5})).code == 10062
    assert (await used.rest("POST", f"/webhooks/{used.discord.application_id}/wrong", {"content": "x"})).code == 10015


async def test_no_follow_up_comes_before_the_first_answer(used: Used) -> None:
    assert (await used.webhook("POST", body={"content": "early"})).code == 10015


async def test_thinking_is_no_answer_until_it_is_edited(used: Used) -> None:
    await used.respond(THINK, {"flags": EPHEMERAL})
    assert used.interaction.messages == []
    edited = await used.webhook("PATCH", "/messages/@original", {"content": "checking @alice"})
    assert edited.body["flags"] == EPHEMERAL
    await used.webhook("PATCH", "/messages/@original", {"content": "🔴 live"})
    (answer,) = used.interaction.messages
    assert (answer.content, [e.after for e in answer.edits]) == ("🔴 live", ["🔴 live"])
    assert used.interaction.channel.messages == []
    assert await used.interaction.says("live") is answer


async def test_the_first_follow_up_takes_the_place_of_thinking(used: Used) -> None:
    await used.respond(THINK, {"flags": EPHEMERAL})
    await used.webhook("POST", "?wait=true", {"content": "one"})
    second = await used.webhook("POST", "?wait=true", {"content": "two"})
    assert [(m.content, m.ephemeral) for m in used.interaction.messages] == [("one", True), ("two", False)]
    assert [m.content for m in used.interaction.channel.messages] == ["two"]
    assert (await used.webhook("GET", f"/messages/{second.body['id']}")).body["content"] == "two"
    await used.webhook("DELETE", f"/messages/{second.body['id']}")
    assert [m.content for m in used.interaction.messages] == ["one"]
    assert (await used.webhook("GET", f"/messages/{second.body['id']}")).code == 10008


async def test_the_token_is_good_for_fifteen_minutes(used: Used) -> None:
    await used.respond(THINK)
    used.clock[0] += 900
    assert (await used.webhook("PATCH", "/messages/@original", {"content": "just"})).status == 200
    used.clock[0] += 1
    assert (await used.webhook("PATCH", "/messages/@original", {"content": "late"})).code == 50027


@pytest.mark.misbehaves
async def test_answers_are_checked_as_messages_are(used: Used) -> None:
    assert (await used.respond(SAY, {"content": ""})).code == 50006
    assert (await used.respond(SAY, {"content": "x" * 2001})).code == 50035
    # A refused answer is none: the bot may try again.
    assert (await used.respond(SAY, {"content": "ok"})).status == 204


async def test_answers_let_users_ping_but_never_everyone(used: Used) -> None:
    used.interaction.channel.allow_bot("mention_everyone")
    owner = used.interaction.member
    await used.respond(SAY, {"content": f"@everyone <@{owner.id}>"})
    assert used.interaction.messages[0].pinged == (f"<@{owner.id}>",)


async def test_answers_do_not_count_against_the_tokens_limit(used: Used) -> None:
    for _ in range(49):
        used.discord.state.total.take(used.clock[0])
    await used.respond(THINK)
    assert (await used.webhook("PATCH", "/messages/@original", {"content": "still"})).status == 200
    assert (await used.rest("GET", "/users/@me")).status == 429


async def test_whoever_listens_hears_each_step(used: Used) -> None:
    heard: list[Change] = []
    unsubscribe = used.discord.subscribe(heard.append)
    await used.respond(THINK, {"flags": EPHEMERAL})
    await used.webhook("PATCH", "/messages/@original", {"content": "one"})
    await used.webhook("PATCH", "/messages/@original", {"content": "two"})
    unsubscribe()
    await used.webhook("PATCH", "/messages/@original", {"content": "three"})
    assert [c.kind for c in heard] == ["interaction_acknowledged", "interaction_answered", "interaction_edited"]
    assert all(c.interaction is used.interaction for c in heard)
