"""How each event reads in a channel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    CaptionEvent,
    Combo,
    CommentEvent,
    Emote,
    EmoteEvent,
    Event,
    FollowEvent,
    GapEvent,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    LiveStartedEvent,
    Phase,
    QuestionEvent,
    Result,
    ShareEvent,
    Side,
    User,
)
from bot.events.codec import EVENT_CLASSES
from bot.events.ids import Handle, ViewerId
from bot.model.draft import Urgency
from bot.relay.format import render, summary
from tests.bot.relay.conftest import ALICE, BOB, EVE, ROOM, ZOE, battle, comment, common, deletion, gift, side
from tests.bot.test_text import ATTACKS, MARKDOWN


def read(event: Event) -> str:
    """The line as it reads, without the marks that isolate names."""
    line = render(event)
    return line.text.replace("\u2068", "").replace("\u2069", "") if line else ""


LINES: list[tuple[Event, str]] = [
    (comment("good *morning*"), "**Bob** good \\*morning\\*"),
    (CommentEvent(common(), text="", emotes=(Emote("1"), Emote("2"))), "**Bob** *sent 2 emotes*"),
    (CommentEvent(common(user=None), text="hi"), "**viewer …** hi"),
    (EmoteEvent(common(), emotes=(Emote("1"),)), "**Bob** *sent an emote*"),
    (QuestionEvent(common(), text="why?"), "❓ **Bob** asks: why?"),
    (gift(5), "🎁 **Bob** sent Rose ×5 (5 💎)"),
    (gift(1, combo=Combo.SINGLE, diamonds=1234, name="Lion"), "🎁 **Bob** sent Lion (1,234 💎)"),
    (gift(5, combo=Combo.INFERRED), "🎁 **Bob** sent Rose at least ×5 (5 💎)"),
    (gift(8, before=5), "🎁 **Bob** sent Rose ×3 more (3 💎)"),
    (gift(5, before=5), ""),
    (gift(2, diamonds=0), "🎁 **Bob** sent Rose ×2"),
    (gift(2, to=ZOE), "🎁 **Bob** sent Rose ×2 to **Zoë** (2 💎)"),
    (gift(2, to=ALICE), "🎁 **Bob** sent Rose ×2 (2 💎)"),
    (gift(1, name=""), "🎁 **Bob** sent a gift (1 💎)"),
    (FollowEvent(common()), "➕ **Bob** followed"),
    (ShareEvent(common()), "🔁 **Bob** shared the LIVE"),
    (ShareEvent(common(), users_joined=3), "🔁 **Bob** shared the LIVE (3 joined through it)"),
    (JoinEvent(common()), "👋 **Bob** joined"),
    (LikeEvent(common(), count=15), "❤️ **Bob** liked ×15"),
    (LikeEvent(common(), count=1), "❤️ **Bob** liked"),
    (deletion(messages=("1",)), "-# 🗑️ A comment was removed"),
    (deletion(messages=("1", "2")), "-# 🗑️ 2 comments were removed"),
    (deletion(viewers=("91",)), "-# 🗑️ All comments of a viewer were removed"),
    (deletion(viewers=("91", "92")), "-# 🗑️ All comments of 2 viewers were removed"),
    (deletion(messages=("1",), viewers=("91",)), "-# 🗑️ A comment and all comments of a viewer were removed"),
    (deletion(), "-# 🗑️ Something was removed; TikTok did not say what"),
    (
        LiveStartedEvent(common(user=None), title="late *night*"),
        "🔴 **@\u200balice** is live: late \\*night\\* <https://www.tiktok.com/@alice/live>",
    ),
    (LiveStartedEvent(common(user=None)), "🔴 **@\u200balice** is live <https://www.tiktok.com/@alice/live>"),
    (LiveEndedEvent(common(user=None)), "⚫ **@\u200balice** ended the LIVE"),
    (LiveEndedEvent(common(user=None), action=4), "⚫ The LIVE of **@\u200balice** was ended by TikTok"),
    (LiveEndedEvent(common(user=None), inferred=True), "⚫ **@\u200balice** is no longer live"),
    (LivePausedEvent(common(user=None)), "⏸️ **@\u200balice** paused the LIVE"),
    (LiveResumedEvent(common(user=None)), "▶️ **@\u200balice** is back"),
    (
        GapEvent(common(user=None), from_ms=1_700_000_000_999, to_ms=1_700_000_060_000, reason="the bot was not running"),
        "-# ⚠️ From <t:1700000000:T> to <t:1700000060:T> not everything is shown (the bot was not running)",
    ),
    (CaptionEvent(common()), ""),
]


@pytest.mark.parametrize(("event", "line"), LINES)
def test_each_event_reads_as_a_person_would_say_it(event: Event, line: str) -> None:
    assert read(event) == line


BATTLES: list[tuple[Event, str]] = [
    (battle(Phase.STARTING, side(ZOE, 0), side(ALICE, 0)), "⚔️ PK begins (5 min): **Alice** vs **Zoë**"),
    (battle(Phase.STARTING, duration_s=0), "⚔️ A PK begins"),
    (
        battle(Phase.PUNISHING, side(ZOE, 782, Result.LOSE, (EVE, 754)), side(ALICE, 1170, Result.WIN, (BOB, 1170))),
        "⚔️ PK over: **Alice** 1,170 – **Zoë** 782 · 🏆 **Alice** won by 388 · MVP **Bob** 1,170; **Eve** 754",
    ),
    (
        battle(Phase.PUNISHING, side(ALICE, 5, Result.DRAW), side(ZOE, 5, Result.DRAW)),
        "⚔️ PK over: **Alice** 5 – **Zoë** 5 · draw",
    ),
    (
        battle(Phase.PUNISHING, side(ALICE, 9), side(ZOE, 5), cut_short=True),
        "⚔️ PK over, cut short: **Alice** 9 – **Zoë** 5 · TikTok named no winner",
    ),
    (
        # The result map counts, not the score: a side that left early loses.
        battle(Phase.PUNISHING, side(ALICE, 9, Result.LOSE), side(ZOE, 5, Result.WIN)),
        "⚔️ PK over: **Alice** 9 – **Zoë** 5 · 🏆 **Zoë** won",
    ),
    (battle(Phase.PUNISHING, side(ALICE, 9)), "⚔️ PK over: the result is incomplete"),
    (
        battle(
            Phase.PUNISHING,
            Side(score=3, result=Result.LOSE, host_ids=("7123456789",)),
            Side(score=8, result=Result.WIN, team_id="55501", host_ids=("1", "2")),
        ),
        "⚔️ PK over: **host …6789** 3 – **team 5501** 8 · 🏆 **team 5501** won by 5",
    ),
    (battle(Phase.ENDED, side(ALICE, 9), side(ZOE, 5)), ""),
    (battle(Phase.OTHER), ""),
]


@pytest.mark.parametrize(("event", "line"), BATTLES)
def test_a_battle_tells_the_sides_the_scores_and_only_a_winner_that_tiktok_named(event: Event, line: str) -> None:
    assert read(event) == line


def test_a_comment_can_be_found_again_by_a_deletion_and_a_gift_cannot() -> None:
    said = render(CommentEvent(common(4), text="hi", message_uuid="uuid"), seq=12)
    assert said is not None
    assert (said.seq, said.room_id, said.message_id, said.message_uuid, said.viewer_id) == (12, ROOM, "m4", "uuid", "91")
    assert said.urgency is Urgency.CHAT
    given_ = render(gift(3), seq=13)
    assert given_ is not None
    assert (given_.seq, given_.message_id, given_.viewer_id) == (13, "", "")
    assert given_.urgency is Urgency.GIFT


def test_a_deletion_notice_quotes_nothing_and_is_not_struck_by_itself() -> None:
    line = render(deletion(messages=("m4",), viewers=("91",)), seq=1)
    assert line is not None
    assert "m4" not in line.text
    assert "91" not in line.text
    assert (line.message_id, line.viewer_id) == ("", "")
    assert line.urgency is Urgency.DELETION


def test_a_backlog_is_one_line_with_its_times() -> None:
    assert summary(412, from_ms=1_700_000_000_000, to_ms=1_700_000_300_000) == (
        "-# ⏭️ 412 lines from <t:1700000000:T> to <t:1700000300:T> were not relayed: the bot was away"
    )
    assert summary(1, from_ms=0, to_ms=0).startswith("-# ⏭️ 1 line from <t:0:T> to <t:0:T> was not relayed")


def test_a_link_is_only_made_of_a_handle_that_is_one() -> None:
    event = LiveStartedEvent(common(user=None).__class__(creator=Handle("x>y")))
    assert "tiktok.com" not in read(event)


def test_no_comment_makes_a_line_longer_than_a_post() -> None:
    line = render(comment("*" * 5000, user=User(nickname="_" * 500)))
    assert line is not None
    assert len(line.text) < 1200


hostile = st.sampled_from(ATTACKS) | st.text(max_size=30)


@given(hostile, hostile, hostile)
def test_no_name_text_or_title_leaves_its_place(nickname: str, text: str, label: str) -> None:
    user = User(id=ViewerId("9"), handle=Handle("h"), nickname=nickname)
    events: list[Event] = [
        CommentEvent(common(user=user), text=text),
        QuestionEvent(common(user=user), text=text),
        gift(2, name=label, to=User(handle=Handle("g"), nickname=nickname)),
        FollowEvent(common(user=user)),
        ShareEvent(common(user=user)),
        LiveStartedEvent(common(user=None), title=label),
        battle(Phase.PUNISHING, side(user, 1, Result.WIN, (user, 5)), side(ZOE, 0, Result.LOSE)),
    ]
    for event in events:
        line = render(event)
        if line is None:
            continue
        assert line.text.splitlines() == [line.text]
        assert "@everyone" not in line.text
        assert "@here" not in line.text
        (_, inline, _) = MARKDOWN.parse(line.text)
        kinds = {child.type for child in inline.children or ()}
        allowed = {"text", "text_special", "strong_open", "strong_close", "em_open", "em_close"}
        ours = {"link_open", "link_close"} if isinstance(event, LiveStartedEvent) else set()
        assert kinds <= allowed | ours, line.text


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_an_event_without_any_field_is_rendered_or_left_out_but_never_an_error(event_class: type[Event]) -> None:
    line = render(event_class())
    assert line is None or line.text.strip()
