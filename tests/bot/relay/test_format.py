"""How each event reads in a channel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

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
    QuestionEvent,
    ShareEvent,
    User,
)
from bot.events.codec import EVENT_CLASSES
from bot.events.ids import Handle, ViewerId
from bot.events.opted_out import OPTED_OUT
from bot.language import language
from bot.links import LinkPolicy
from bot.model.draft import Urgency, joined
from bot.model.watch import EventKind, Look, Style
from bot.relay.format import PLAIN, render, summary
from tests.bot.attacks import ATTACKS
from tests.bot.relay.conftest import ALICE, BOB, EVE, ROOM, ZOE, comment, common, deletion, gift
from tests.bot.test_text import MARKDOWN

EN = language("en")


def read(event: Event, look: Look = PLAIN) -> str:
    """The line as it reads, without the marks that isolate names."""
    line = render(event, look)
    return line.text.replace("\u2068", "").replace("\u2069", "") if line else ""


LINES: list[tuple[Event, str]] = [
    (comment("good *morning*"), "**Bob** good \\*morning\\*"),
    (CommentEvent(common(), text="", emotes=(Emote("1"), Emote("2"))), "**Bob** *sent 2 emotes*"),
    (CommentEvent(common(user=None), text="hi"), "**viewer …** hi"),
    (EmoteEvent(common(), emotes=(Emote("1"),)), "**Bob** *sent an emote*"),
    (CommentEvent(common(user=OPTED_OUT)), "\\(opted out\\)"),
    (EmoteEvent(common(user=OPTED_OUT)), "\\(opted out\\)"),
    (QuestionEvent(common(user=OPTED_OUT)), "\\(opted out\\)"),
    (FollowEvent(common(user=OPTED_OUT)), "➕ **\\(opted out\\)** followed"),
    (replace(gift(5), common=common(user=OPTED_OUT)), "🎁 **\\(opted out\\)** sent Rose ×5 (5 💎)"),
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
    (LiveEndedEvent(common(user=None)), "⚫ **@\u200balice** ended the LIVE"),
    (LiveEndedEvent(common(user=None), action=4), "⚫ The LIVE of **@\u200balice** was ended by TikTok"),
    (LiveEndedEvent(common(user=None), inferred=True), "⚫ **@\u200balice** is no longer live"),
    (LivePausedEvent(common(user=None)), "⏸️ **@\u200balice** paused the LIVE"),
    (LiveResumedEvent(common(user=None)), "▶️ **@\u200balice** is back"),
    (
        GapEvent(common(user=None), from_ms=1_700_000_000_999, to_ms=1_700_000_060_000, reason="the bot was not running"),
        "-# ⚠️ Feed interrupted from <t:1700000000:T> to <t:1700000060:T>; deletions in this time are unknown"
        " (the bot was not running)",
    ),
    (CaptionEvent(common()), ""),
]


@pytest.mark.parametrize(("event", "line"), LINES)
def test_each_event_reads_as_a_person_would_say_it(event: Event, line: str) -> None:
    assert read(event) == line


def test_a_comment_can_be_found_again_by_a_deletion_and_a_gift_cannot() -> None:
    said = render(CommentEvent(common(4), text="hi", message_uuid="uuid"), seq=12)
    assert said is not None
    assert (said.seq, said.room_id, said.message_id, said.message_uuid, said.viewer_id) == (12, ROOM, "m4", "uuid", "91")
    assert said.urgency is Urgency.CHAT
    given_ = render(gift(3), seq=13)
    assert given_ is not None
    assert (given_.seq, given_.message_id, given_.viewer_id) == (13, "", "91")
    assert given_.urgency is Urgency.GIFT


def test_a_deletion_notice_quotes_nothing_and_is_not_struck_by_itself() -> None:
    line = render(deletion(messages=("m4",), viewers=("91",)), seq=1)
    assert line is not None
    assert "m4" not in line.text
    assert "91" not in line.text
    assert (line.message_id, line.viewer_id) == ("", "")
    assert line.urgency is Urgency.DELETION


def test_a_backlog_is_one_line_with_its_times() -> None:
    assert summary(EN, 412, from_ms=1_700_000_000_000, to_ms=1_700_000_300_000) == (
        "-# ⏭️ 412 lines from <t:1700000000:T> to <t:1700000300:T> were not relayed: the bot was away"
    )
    assert summary(EN, 1, from_ms=0, to_ms=0).startswith("-# ⏭️ 1 line from <t:0:T> to <t:0:T> was not relayed")


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
        LiveEndedEvent(common(user=None)),
        GapEvent(common(user=None), reason=label),
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
        assert kinds <= allowed, line.text


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_an_event_without_any_field_is_rendered_or_left_out_but_never_an_error(event_class: type[Event]) -> None:
    line = render(event_class())
    assert line is None or line.text.strip()


STAR = User(
    id=ViewerId("9"),
    handle=Handle("stella"),
    nickname="Stella",
    is_moderator=True,
    is_subscriber=True,
    gifter_level=12,
    fan_level=5,
)


def test_the_rich_style_adds_handle_and_badges() -> None:
    rich = Look(style=Style.RICH)
    assert read(comment("hi", user=STAR), rich) == "**Stella** (\\@\u200bstella) 🛡️ ⭐ 💎12 ♥5 hi".replace("\\@", "@")
    assert read(comment("hi", user=User(nickname="Bob")), rich) == "**Bob** hi"


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        (LinkPolicy.KEEP, "**Bob** see <https://example.com/a>"),
        (LinkPolicy.DROP, r"**Bob** see \[link\]"),
    ],
)
def test_links_are_treated_as_the_watch_wishes(policy: LinkPolicy, line: str) -> None:
    assert read(comment("see https://example.com/a"), Look(links=policy)) == line


def test_a_defanged_link_is_no_link() -> None:
    text = read(comment("see https://example.com/a"))
    assert "https://" not in text
    (_, inline, _) = MARKDOWN.parse(text)
    assert not [child for child in inline.children or () if child.type == "link_open"]


def test_hidden_words_are_hidden_in_text_and_name() -> None:
    look = Look(hidden_words=("heck",))
    assert read(comment("oh HECK no", user=User(nickname="heck")), look) == "**•••** oh ••• no"


def test_a_template_decides_how_a_kind_reads_and_only_that_kind() -> None:
    look = Look(templates=((EventKind.GIFT, "{name} → {gift} x{count} = {diamonds}"),))
    assert read(gift(5, diamonds=1000), look) == "Bob → Rose x5 = 5,000"
    assert read(comment("hi"), look) == "**Bob** hi"


def test_what_a_viewer_types_is_never_read_as_a_template() -> None:
    look = Look(templates=((EventKind.CHAT, "{name}: {text}"),))
    assert read(comment("{handle} {name}"), look) == "Bob: {handle} {name}"


def test_a_comment_has_two_parts_so_that_equal_ones_can_be_told_as_one() -> None:
    line = render(comment("gg"))
    assert line is not None
    assert (f"{line.who} {line.said}", line.said) == (line.text, "gg")


def test_under_a_template_no_one_person_is_told_to_have_said_what_several_did() -> None:
    look = Look(templates=((EventKind.CHAT, "{name}: {text}"),))
    lines = [render(comment("gg", number, user=user), look, seq=number) for number, user in enumerate((BOB, EVE, ZOE), 1)]
    told = joined([line for line in lines if line is not None])
    assert told.text.replace("\u2068", "").replace("\u2069", "") == "gg ×3 (**Bob**, **Eve** +1)"


def test_a_combo_keeps_its_name_from_the_first_count_to_the_last() -> None:
    first, last = render(gift(1, combo=Combo.OPEN)), render(gift(9))
    assert first is not None
    assert last is not None
    assert first.grows == last.grows != ""
    assert (first.is_open, last.is_open) == (True, False)
    single = render(gift(1, combo=Combo.SINGLE))
    assert single is not None
    assert single.grows == ""


@pytest.mark.parametrize(
    ("event", "is_highlight"),
    [
        (comment("hi"), False),
        (comment("hi", user=STAR), True),
        (comment("hi", user=ALICE), True),
        (QuestionEvent(common(), text="why?"), True),
    ],
)
def test_the_creator_moderators_subscribers_and_questions_are_highlights(event: Event, is_highlight: bool) -> None:
    line = render(event)
    assert line is not None
    assert line.is_highlight is is_highlight
