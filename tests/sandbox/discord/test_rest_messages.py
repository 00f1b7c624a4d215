"""Messages as a bot writes, reads, edits and deletes them."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.discord.server import Discord
from sandbox.discord.values import SUPPRESS_EMBEDS
from sandbox.discord.world import Channel
from tests.sandbox.discord.served import Answer, Rest, serving

HOUR_S = 3600.0


@pytest.fixture
def live(discord_server: Discord) -> Channel:
    return discord_server.guild("fans").channel("live")


async def _post(rest: Rest, channel: Channel, **body: Any) -> Answer:
    return await rest("POST", f"/channels/{channel.id}/messages", body)


async def test_an_empty_message_is_50006(discord_server: Discord, rest: Rest, live: Channel) -> None:
    assert (await _post(rest, live, content=" ")).code == 50006
    assert [v.kind for v in discord_server.violations] == ["empty_message"]


@pytest.mark.misbehaves
async def test_a_text_that_is_too_long_is_told_apart_from_other_faults(
    discord_server: Discord, rest: Rest, live: Channel
) -> None:
    await _post(rest, live, content="x" * 2001)
    await _post(rest, live, content="x", nonce="n" * 26)
    assert [v.kind for v in discord_server.violations] == ["content_too_long", "invalid_form"]
    assert live.messages == []


async def test_blanks_around_a_text_are_trimmed(rest: Rest, live: Channel) -> None:
    assert (await _post(rest, live, content="  hi \n")).body["content"] == "hi"


async def test_an_unguarded_mention_pings_and_is_written_down(discord_server: Discord, rest: Rest, live: Channel) -> None:
    live.allow_bot("mention_everyone")
    answer = await _post(rest, live, content="@everyone look")
    assert answer.body["mention_everyone"] is True
    assert live.messages[0].pinged == ("@everyone",)
    assert [v.kind for v in discord_server.violations] == ["unguarded_mention"]


async def test_an_edit_that_leaves_out_allowed_mentions_parses_by_the_defaults(
    discord_server: Discord, rest: Rest, live: Channel
) -> None:
    posted = await _post(rest, live, content="hi", allowed_mentions={"parse": []})
    viewer = live.guild.member("viewer")
    await rest("PATCH", f"/channels/{live.id}/messages/{posted.body['id']}", {"content": f"<@{viewer.id}>"})
    assert live.messages[0].pinged == (f"<@{viewer.id}>",)
    assert [v.kind for v in discord_server.violations] == ["unguarded_mention"]


async def test_the_same_nonce_returns_the_first_message_in_this_channel_only(
    discord_server: Discord, rest: Rest, live: Channel
) -> None:
    first = await _post(rest, live, content="once", nonce="n1", enforce_nonce=True)
    again = await _post(rest, live, content="once", nonce="n1", enforce_nonce=True)
    elsewhere = await _post(rest, live.guild.channel("other"), content="once", nonce="n1", enforce_nonce=True)
    assert first.body["id"] == again.body["id"] != elsewhere.body["id"]
    assert live.messages[0].nonce == "n1"
    assert discord_server.violations == []


async def test_a_nonce_that_is_not_enforced_protects_from_nothing(rest: Rest, live: Channel) -> None:
    for _ in range(2):
        await _post(rest, live, content="twice", nonce="n1")
    assert len(live.messages) == 2


async def test_a_nonce_with_another_text_is_a_mistake(discord_server: Discord, rest: Rest, live: Channel) -> None:
    await _post(rest, live, content="one", nonce="n1", enforce_nonce=True)
    await _post(rest, live, content="two", nonce="n1", enforce_nonce=True)
    assert [m.content for m in live.messages] == ["one"]
    assert [v.kind for v in discord_server.violations] == ["nonce_reused"]


async def test_the_nonce_of_a_deleted_message_is_10008(discord_server: Discord, rest: Rest, live: Channel) -> None:
    posted = await _post(rest, live, content="gone", nonce="n1", enforce_nonce=True)
    assert (await rest("DELETE", f"/channels/{live.id}/messages/{posted.body['id']}")).status == 204
    assert (await _post(rest, live, content="gone", nonce="n1", enforce_nonce=True)).code == 10008
    assert [m.content for m in live.deleted_messages] == ["gone"]


async def test_a_nonce_is_forgotten_after_a_few_minutes() -> None:
    clock = [1_790_000_000.0]
    server = Discord(now=lambda: clock[0])
    live = server.guild("fans").channel("live")
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        for after_s in (0, server.state.nonce_window_s - 1, 2):
            clock[0] += after_s
            await _post(rest, live, content="x", nonce="n1", enforce_nonce=True)
    assert len(live.messages) == 2


async def test_embeds_need_their_permission(rest: Rest, live: Channel) -> None:
    live.deny_bot("embed_links")
    assert (await _post(rest, live, embeds=[{"title": "PK"}])).code == 50013
    assert (await _post(rest, live, content="text only")).status == 200


async def test_only_text_like_channels_take_messages(rest: Rest, live: Channel) -> None:
    assert (await _post(rest, live.guild.channel("posts", kind="forum"), content="x")).code == 50008
    assert (await _post(rest, live.guild.channel("talk", kind="voice"), content="x")).status == 200


async def test_a_flag_that_a_sender_may_not_set_is_dropped(rest: Rest, live: Channel) -> None:
    assert (await _post(rest, live, content="x", flags=SUPPRESS_EMBEDS | 64)).body["flags"] == SUPPRESS_EMBEDS


async def test_another_persons_message_cannot_be_edited_and_reads_blank(
    discord_server: Discord, rest: Rest, live: Channel
) -> None:
    theirs = live.say(live.guild.member("viewer"), "my words")
    assert (await rest("PATCH", f"/channels/{live.id}/messages/{theirs.id}", {"content": "x"})).code == 50005
    assert (await rest("GET", f"/channels/{live.id}/messages/{theirs.id}")).body["content"] == ""
    assert (await rest("DELETE", f"/channels/{live.id}/messages/{theirs.id}")).code == 50013
    assert [v.kind for v in discord_server.violations] == ["foreign_edit"]


@pytest.mark.misbehaves
async def test_the_list_is_newest_first(rest: Rest, live: Channel) -> None:
    ids = [(await _post(rest, live, content=str(n))).body["id"] for n in range(5)]

    async def listed(query: str) -> list[str]:
        return [m["content"] for m in (await rest("GET", f"/channels/{live.id}/messages{query}")).body]

    assert await listed("") == ["4", "3", "2", "1", "0"]
    assert await listed(f"?before={ids[3]}&limit=2") == ["2", "1"]
    assert await listed(f"?after={ids[1]}&limit=2") == ["3", "2"]
    assert await listed(f"?around={ids[2]}&limit=3") == ["3", "2", "1"]
    assert (await rest("GET", f"/channels/{live.id}/messages?limit=101")).code == 50035


async def test_without_the_history_permission_the_list_is_empty(rest: Rest, live: Channel) -> None:
    posted = await _post(rest, live, content="x")
    live.deny_bot("read_message_history")
    assert (await rest("GET", f"/channels/{live.id}/messages")).body == []
    assert (await rest("GET", f"/channels/{live.id}/messages/{posted.body['id']}")).code == 50013


async def test_what_is_not_there_is_10003_or_10008(rest: Rest, live: Channel) -> None:
    assert (await rest("GET", "/channels/1/messages")).code == 10003
    assert (await rest("PATCH", f"/channels/{live.id}/messages/1", {"content": "x"})).code == 10008


async def test_an_edit_that_leaves_nothing_is_refused(discord_server: Discord, rest: Rest, live: Channel) -> None:
    posted = await _post(rest, live, content="x")
    answer = await rest("PATCH", f"/channels/{live.id}/messages/{posted.body['id']}", {"content": ""})
    assert answer.code == 50006
    assert live.messages[0].content == "x"
    assert discord_server.violations[-1].kind == "empty_message"


async def test_edits_of_messages_older_than_an_hour_have_a_hidden_limit() -> None:
    clock = [1_790_000_000.0]
    server = Discord(now=lambda: clock[0])
    live = server.guild("fans").channel("live")
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        posted = await _post(rest, live, content="old")
        path = f"/channels/{live.id}/messages/{posted.body['id']}"
        clock[0] += HOUR_S + 1
        answers = [await rest("PATCH", path, {"content": f"edit {n}"}) for n in range(4)]
        assert [a.status for a in answers] == [200, 200, 200, 429]
        assert (answers[3].code, answers[3].body["retry_after"]) == (30046, 6.0)
        # The bucket that the headers speak of is not empty: only the body tells how long to wait.
        assert answers[3].headers["X-RateLimit-Remaining"] == "1"
        clock[0] += 6
        assert (await rest("PATCH", path, {"content": "later"})).status == 200


async def test_deletes_have_a_bucket_per_age() -> None:
    clock = [1_790_000_000.0]
    server = Discord(now=lambda: clock[0])
    live = server.guild("fans").channel("live")
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        buckets = []
        for age_s in (0, 60, 15 * 86_400):
            posted = await _post(rest, live, content="x")
            clock[0] += age_s
            answer = await rest("DELETE", f"/channels/{live.id}/messages/{posted.body['id']}")
            buckets.append(answer.headers["X-RateLimit-Bucket"])
    assert len(set(buckets)) == 3


@pytest.mark.misbehaves
async def test_bulk_delete_takes_two_to_a_hundred_young_messages(rest: Rest, live: Channel) -> None:
    ids = [(await _post(rest, live, content=str(n))).body["id"] for n in range(3)]
    path = f"/channels/{live.id}/messages/bulk-delete"
    assert (await rest("POST", path, {"messages": ids[:2]})).code == 50013
    live.allow_bot("manage_messages")
    assert (await rest("POST", path, {"messages": ids[:1]})).code == 50016
    assert (await rest("POST", path, {"messages": [*ids[:1], "1"]})).code == 50034
    assert (await rest("POST", path, {"messages": ids[:2]})).status == 204
    assert [m.content for m in live.messages] == ["2"]


async def test_a_file_is_kept_as_an_attachment(discord_server: Discord, live: Channel) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content": "chart"}')
    form.add_field("files[0]", b"PNG", filename="chart.png", content_type="image/png")
    headers = {"Authorization": f"Bot {discord_server.token}"}
    address = f"{discord_server.api_base}/channels/{live.id}/messages"
    async with aiohttp.ClientSession() as http, http.post(address, data=form, headers=headers) as answer:
        assert answer.status == 200
    (message,) = live.messages
    assert (message.content, message.attachments[0]["filename"], message.attachments[0]["size"]) == ("chart", "chart.png", 3)
