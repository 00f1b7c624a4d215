"""What alert cards say, and that they never say what a viewer wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import CommentEvent, Common, DeletionEvent, MemberActionEvent, User
from bot.events.codec import Envelope, Logged
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.language import language
from bot.model.alert import Cause, RemovedLine, Seen, Wipe
from bot.model.case import Case, CaseKind, CaseState
from bot.model.ids import CaseId, ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId
from bot.model.message import MOST_DESCRIPTION_CHARS
from bot.moderation import alerts, correlate
from bot.moderation.alerts import ACTIONS, Facts
from bot.moderation.wipes import Wipes
from tests.doubles.clock import START_MS as T
from tests.doubles.house import plain

EN = language("en")
ALICE, ROOM, BOB = CreatorId(1), RoomId("100"), User(ViewerId("4242"), Handle("bob_1"), "Bob")
MOD = User(ViewerId("77"), Handle("mod"), "Modesty")

CASE = Case(
    id=CaseId(7),
    guild_id=GuildId(5),
    number=12,
    key="k",
    kind=CaseKind.REMOVAL,
    creator_id=ALICE,
    room_id=ROOM,
    viewer_id=BOB.id,
    viewer_handle=Handle(""),
    viewer_name="",
    opened_at=datetime.fromtimestamp(T / 1000, UTC),
)


def wipe(count: int = 1, **more: object) -> Wipe:
    lines = tuple(RemovedLine(seq, f"m{seq}", T + seq, T + seq + 4_200) for seq in range(1, count + 1))
    made = Wipe(ALICE, ROOM, BOB.id, 50, 50, T, T, lines, author=Seen(count, BOB))
    return replace(made, **more)  # type: ignore[arg-type]


def said(found: Wipe, case: Case = CASE, **more: object) -> str:
    """All that the card's embed says."""
    facts = replace(Facts(Handle("alice"), found), **more)  # type: ignore[arg-type]
    (embed,) = alerts.message(EN, alerts.known_as(case, found), facts).embeds
    return plain(f"{embed.title}\n{embed.description}\n{embed.footer}").replace("\\", "")


def test_one_comment_is_told_with_its_author_its_time_and_its_line() -> None:
    text = said(wipe(), place=(ChannelId(8), DiscordMessageId(9)))
    assert "Comment removed in @alice's live" in text
    assert "**Bob** (@bob_1)" in text
    assert "Removed 4.2 s after it was posted." in text
    assert "[Jump to the line](https://discord.com/channels/5/8/9)" in text
    assert "TikTok does not say who removed it or why." in text
    assert "Case #12 · message m1" in text


def test_a_wipe_is_probably_a_mute_until_a_member_action_says_so() -> None:
    assert "12 comments by **Bob** (@bob_1) removed; probably muted" in said(wipe(12, names_viewer=True))
    assert "probably" not in said(wipe(12))
    silent = said(wipe(12, names_viewer=True, causes=(Cause(3, 3, "muted", 0, None),)))
    assert "TikTok says that they were muted." in silent
    assert "TikTok does not say who removed it or why." in silent
    named = said(wipe(12, names_viewer=True, causes=(Cause(3, 9, "muted_by_moderator", 300, MOD),)))
    assert "Muted by **Modesty** (@mod) (5 min), says TikTok." in named
    assert (named.count("Bob"), named.count("12 comments")) == (1, 1), "each is said once"
    assert "does not say" not in named
    assert "message m1 · and 11 more" in named


def test_what_was_never_received_is_said() -> None:
    nobodys = wipe(0, viewer_id=ViewerId(""), unseen=("m9",), author=None)
    assert "The text was never received." in said(nobodys, replace(CASE, viewer_id=ViewerId("")))
    assert "The text was never received." in said(wipe(0, names_viewer=True))
    assert "The text of 1 was never received." in said(wipe(1, unseen=("m9",)))
    assert "never received" not in said(wipe())


def test_what_we_cannot_know_is_said() -> None:
    assert "I was not connected for some of the time" in said(wipe(is_partial=True))
    assert "more than I can list" in said(wipe(has_more=True))


def test_a_case_shows_where_it_stands_and_offers_what_can_be_done() -> None:
    assert alerts.message(EN, CASE, Facts()).embeds[0].colour == alerts.RED
    claimed = replace(CASE, state=CaseState.CLAIMED, owner_id=DiscordUserId(3), claimed_at=CASE.opened_at, reveals=2)
    text = said(wipe(), claimed)
    assert "<@3> is on it" in text
    assert "Revealed 2 times" in text
    (first, second) = alerts.buttons(EN, claimed)
    assert [each.is_disabled for each in first] == [False, True, False, False]
    assert [each.target for each in (*first, *second)] == [
        f"case:{what}:7" for what in ("reveal", "claim", "done", "false", "note", "more")
    ]
    done = replace(claimed, state=CaseState.DONE)
    assert [each.is_disabled for each in alerts.buttons(EN, done)[0]] == [False, True, True, True]
    assert alerts.card(EN, done, Facts(), channel_id=ChannelId(1)).is_over


def test_a_case_whose_viewer_was_forgotten_still_has_a_card() -> None:
    forgotten = replace(CASE, viewer_id=ViewerId(""), key="forgotten:1", comments=12)
    for facts in (Facts(), Facts(wipe=wipe(12, viewer_id=ViewerId(""), author=None))):
        (embed,) = alerts.message(EN, forgotten, facts).embeds
        assert "has asked to be forgotten" in embed.description
        assert "TikTok does not say" not in embed.description
        assert "Removed" not in embed.description
    assert "12 comments were removed." in embed.description


def test_messages_that_turned_up_leave_nothing_to_blame_anybody_for() -> None:
    void = said(wipe(0, viewer_id=ViewerId(""), author=None), replace(CASE, viewer_id=ViewerId("")))
    assert "is told of with its author" in void
    assert "TikTok does not say" not in void
    assert "never received" not in void


@pytest.mark.parametrize(
    ("stood", "words"),
    [
        ([0], "Removed within a second of being posted."),
        ([400, 900], "Removed within a second of being posted."),
        ([4_200], "Removed 4.2 s after it was posted."),
        ([0, 42_000], "Removed within 42 s of being posted."),
        ([4_200, 42_000], "Removed 4.2 s to 42 s after they were posted."),
        ([4_200, 4_210], "Removed 4.2 s after they were posted."),
    ],
)
def test_how_long_they_stood_is_said_in_words_where_it_is_no_figure(stood: list[int], words: str) -> None:
    lines = tuple(RemovedLine(seq, f"m{seq}", T, T + after) for seq, after in enumerate(stood, start=1))
    assert words in said(wipe(lines=lines)).splitlines()


def test_a_removal_that_came_before_its_line_has_no_time() -> None:
    late = tuple(RemovedLine(seq, f"m{seq}", T, T) for seq in (60, 61))
    assert "Removed before it reached me." in said(wipe(lines=late[:1])).splitlines()
    assert "Removed before they reached me." in said(wipe(lines=late)).splitlines()
    assert " 0.0 s" not in said(wipe(lines=late))


def test_a_wave_is_counted_once_and_names_one_of_many() -> None:
    wave = replace(CASE, kind=CaseKind.WATCHLIST, comments=12, viewer_handle=BOB.handle, viewer_name=BOB.nickname)
    facts = Facts(Handle("alice"), reason="repeated text, by 7 accounts", accounts=7)
    (embed,) = alerts.message(EN, wave, facts).embeds
    assert plain(embed.title) == "Watchlist: 12 comments in @alice's live"
    text = plain(embed.description).replace("\\", "")
    assert text.startswith("Matched: repeated text, by 7 accounts\nAmong them: **Bob** (@bob_1)\n")
    assert "12" not in text
    alone = plain(alerts.message(EN, replace(wave, comments=1), Facts(Handle("alice"), reason="x")).embeds[0].description)
    assert alone.replace("\\", "").startswith("Matched: x\n**Bob** (@bob_1)\n")


def test_several_that_only_ids_were_named_of_are_counted() -> None:
    nobodys = wipe(0, viewer_id=ViewerId(""), unseen=("m8", "m9"), author=None)
    assert "2 comments; nobody knows whose" in said(nobodys, replace(CASE, viewer_id=ViewerId("")))


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_member_action_names_its_operator_when_tiktok_does(action: int) -> None:
    event = MemberActionEvent(Common(user=BOB, room_id=ROOM), action=action, operator=MOD)
    named = alerts.notice(EN, event, 3, guild_id=GuildId(5), creator=Handle("alice"), channel_id=ChannelId(8), now_ms=T)
    assert "By **Modesty** (@mod)." in plain(named.message.embeds[0].description)
    event = MemberActionEvent(Common(user=BOB, room_id=ROOM), action=action)
    silent = alerts.notice(EN, event, 3, guild_id=GuildId(5), creator=Handle("alice"), channel_id=ChannelId(8), now_ms=T)
    assert "TikTok does not say who did it." in silent.message.embeds[0].description
    assert named.key == silent.key, "hearing of it twice is hearing of it once"


def test_many_waiting_cases_are_one_ping() -> None:
    waiting = [replace(CASE, number=number) for number in range(1, 14)]
    places: list[tuple[ChannelId, DiscordMessageId] | None] = [(ChannelId(8), DiscordMessageId(9)), *([None] * 12)]
    card = alerts.ping(EN, waiting, places, role_id=DiscordRoleId(6), channel_id=ChannelId(8), now_ms=T)
    assert card.message.ping_role_id == 6
    assert card.message.content.startswith("<@&6> ")
    assert "[Case #1](https://discord.com/channels/5/8/9), Case #2" in card.message.content
    assert card.message.content.endswith("and 3 more")


names = st.text(max_size=60)
texts = st.text(min_size=1, max_size=30).map(lambda text: f"§{text}§{text}§")


@given(st.lists(st.tuples(texts, st.integers(0, 2)), min_size=1, max_size=20), names, names, st.sampled_from(CaseState))
def test_a_card_never_carries_what_a_viewer_wrote(
    comments: list[tuple[str, int]], nickname: str, handle: str, state: CaseState
) -> None:
    """From the log to the stored case and the card: with marked texts, of which no mark and no text comes out."""
    wipes = Wipes()
    users = [User(ViewerId(str(90 + number)), Handle(handle.replace("§", "")), nickname.replace("§", "")) for number in range(3)]
    logged = [
        Logged(
            Envelope(1, ALICE, seq, 1, "test", T),
            CommentEvent(Common(MessageId(f"m{seq}"), ROOM, created_at_ms=T, received_at_ms=T, user=users[who]), text=text),
        )
        for seq, (text, who) in enumerate(comments, start=1)
    ]
    rows = correlate.glean(logged, correlate.Overtaken(), creator_id=ALICE).rows
    deletion = DeletionEvent(
        Common(room_id=ROOM, created_at_ms=T + 9, received_at_ms=T + 9), user_ids=tuple(user.id for user in users)
    )
    people = {user.id: Seen(1, user) for user in users}
    for each in correlate.removed(deletion, 99, rows, creator_id=ALICE, last_seen=people):
        wipes.add(each, 0.0)
    for telling in wipes.due(1.0):
        facts = Facts(Handle("alice"), telling.wipe)
        case = replace(alerts.known_as(CASE, telling.wipe), state=state, owner_id=DiscordUserId(1), claimed_at=CASE.opened_at)
        card = alerts.card(EN, case, facts, channel_id=ChannelId(1))
        whole = msgspec.json.encode(card).decode() + alerts.dump(facts)
        assert "§" not in whole
        assert len(card.message.embeds[0].description) <= MOST_DESCRIPTION_CHARS
        assert len(card.message.embeds[0].title) <= 256
        assert len(card.message.embeds[0].footer) <= 2048
        assert alerts.load(replace(case, facts=alerts.dump(facts))) == facts
