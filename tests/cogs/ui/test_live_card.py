"""How `/live` and "Catch me up" read, and that nothing a viewer writes gets a say in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import Handle, Result, RoomId, User, ViewerId
from bot.events.battle_board import BattleBoard
from bot.language import ENGLISH, language
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.message import Embed
from bot.model.session import LiveSession
from bot.model.watch import Look, Watch
from bot.services.glance import CatchUp, Fight, Gifter, Given, Glance, Phrase, Quote
from bot.services.now import Standing
from cogs.ui import live_card
from tests.doubles import battles
from tests.doubles.clock import START_MS
from tests.doubles.events import viewer

T = language(ENGLISH)
AT = datetime(2026, 11, 20, tzinfo=UTC)
WATCH = Watch(WatchId(1), GuildId(2), ChannelId(5), CreatorId(3), Handle("alice"), AT, DiscordUserId(4))
ROOM = RoomId("r1")
GLANCE = Glance(
    ROOM, START_MS, is_whole=True, title="Hello", started_at_ms=START_MS - 7_980_000, viewers=1234, visitors=9000, likes=5
)


def standing(state: CreatorState = CreatorState.LIVE, glance: Glance | None = GLANCE, *, connected: bool = True) -> Standing:
    status = CreatorStatus(CreatorId(3), state, room_id=ROOM, title="Title", connected=connected, next_try_at=AT)
    return Standing(WATCH, status, LiveSession(CreatorId(3), ROOM, START_MS - 60_000, START_MS, START_MS), glance)


def told(embed: Embed) -> dict[str, str]:
    return {field.name: field.value for field in embed.fields}


def test_a_live_has_its_numbers() -> None:
    card = live_card.now(T, standing(), START_MS)
    assert (card.title, card.url) == ("Hello", "https://www.tiktok.com/@alice/live")
    assert told(card) == {"Live for": "2 h 13 min", "Viewers": "1,234 (9,000 so far)", "Likes": "5"}
    assert card.footer == ""


def test_a_live_of_which_nothing_has_arrived_says_so_and_keeps_its_title() -> None:
    card = live_card.now(T, standing(glance=None, connected=False), START_MS)
    assert card.title == "Title"
    assert told(card)["So far"] == "Nothing of this LIVE has arrived yet."
    assert card.footer.startswith("The stream is not open at the moment")


def test_gifters_are_told_with_from_when_on_they_are_known() -> None:
    glance = replace(GLANCE, gifters=(Gifter(viewer("bob"), 1500),), diamonds=2000)
    assert told(live_card.now(T, standing(glance=glance), START_MS))["Top gifters"].endswith(
        "2,000 💎 in all, since the LIVE began"
    )
    late = told(live_card.now(T, standing(glance=replace(glance, is_whole=False)), START_MS))["Top gifters"]
    assert f"in all, since <t:{START_MS // 1000}:t>" in late
    assert "1,500 💎" in late


def fight(*events: object) -> Fight:
    board = BattleBoard()
    for event in events:
        board = board.then(event)  # type: ignore[arg-type]
    ((key, battle),) = board.battles
    return Fight(key, battle, START_MS)


def test_a_fight_stands_in_the_card_as_its_own_card_has_it() -> None:
    glance = replace(GLANCE, fight=fight(battles.opens("alice", "eve")))
    fields = told(live_card.now(T, standing(glance=glance), START_MS + 1000))
    (title,) = [name for name in fields if name.startswith("⚔️ PK:")]
    assert "▱" in fields[title]
    assert "<t:" in fields[title]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (CreatorState.OFFLINE, "⚫ **@alice** is offline."),
        (CreatorState.NOT_FOUND, "❌ TikTok knows no **@alice**."),
        (CreatorState.UNCLEAR, "❔ TikTok did not answer clearly whether **@alice** is live."),
        (CreatorState.UNCHECKED, "🔄 TikTok has not been asked about **@alice** yet."),
    ],
)
def test_who_is_not_live_was_once_and_is_looked_for_again(state: CreatorState, says: str) -> None:
    card = live_card.now(T, standing(state, None), START_MS)
    assert card.description == says
    assert told(card)["Last live"] == f"<t:{START_MS // 1000}:R>"
    assert told(card)["Duration"] == "1 min"
    assert ("Next look" in told(card)) is (state is not CreatorState.NOT_FOUND)


def test_a_summary_reads_as_one_would_tell_it() -> None:
    found = CatchUp(
        since_ms=START_MS,
        is_cut=True,
        comments=40,
        chatters=1,
        phrases=(Phrase("gg", 12),),
        gifts=(Given(viewer("eve"), "Lion", 2, 59_998),),
        diamonds=60_000,
        followers=tuple(viewer(name) for name in ("a1", "b2", "c3", "d4")),
        fights=(
            fight(
                battles.opens("alice", "eve"),
                battles.decides(battles.side("alice", 5, Result.WIN), battles.side("eve", 1, Result.LOSE)),
            ),
        ),
        removals=2,
        quotes=(Quote(viewer("mod"), "be nice"), Quote(viewer("ann"), "why?", is_question=True)),
        had_gap=True,
    )
    card = live_card.summary(T, found, Handle("alice"), Look(), START_MS + 600_000)
    lines = card.description.splitlines()
    assert lines[0] == f"Since <t:{START_MS // 1000}:t>:"
    assert lines[1] == "💬 40 comments by 1 person"
    assert lines[2] == "🎁 gifts worth 60,000 💎"
    assert lines[3].startswith("➕ 4 new followers: ")
    assert lines[4] == "🗑️ 2 removals on TikTok"
    fields = told(card)
    assert fields["Said again and again"] == "gg ×12"
    assert fields["Biggest gifts"].endswith("Lion ×2 (59,998 💎)")
    assert "❓" in fields["Worth reading"]
    assert "PK over" in fields["PK"]
    assert "I know of nothing before." in card.footer
    assert "interrupted" in card.footer


def test_a_quiet_time_says_so() -> None:
    card = live_card.summary(T, CatchUp(START_MS, is_cut=False), Handle("alice"), Look(), START_MS)
    assert card.description.endswith("Nothing that I know of.")
    assert card.fields == ()


def test_hidden_words_stay_hidden() -> None:
    found = CatchUp(START_MS, is_cut=False, phrases=(Phrase("darn", 2),), quotes=(Quote(viewer("mod"), "darn it"),))
    card = live_card.summary(T, found, Handle("alice"), Look(hidden_words=("darn",)), START_MS)
    assert "darn" not in str(card)


HOSTILE = st.text(st.sampled_from("@everyone<>#:/`*_~|[]()\n\\ \u202e\u200dhtps.com"), max_size=400)


@given(HOSTILE, HOSTILE)
@example("@" * 400, "@" * 400)
@example("`" * 400, "a.b" * 130)
@example("", "://")
def test_nothing_that_a_viewer_writes_pings_links_or_breaks_a_line(name: str, text: str) -> None:
    user = User(id=ViewerId("1"), handle=Handle("x"), nickname=name)
    found = CatchUp(
        START_MS,
        is_cut=False,
        phrases=(Phrase(text, 2),) * 5,
        gifts=(Given(user, text, 2, 2),) * 3,
        followers=(user,) * 9,
        quotes=(Quote(user, text),) * 5,
    )
    summary = live_card.summary(T, found, Handle("alice"), Look(), START_MS)
    glance = replace(GLANCE, title=text, gifters=(Gifter(user, 5),) * 5)
    for card in (summary, live_card.now(T, standing(glance=glance), START_MS)):
        assert len(card.title) <= 256
        assert len(card.description) <= 4096
        for field in card.fields:
            assert 0 < len(field.value) <= 1024
            assert "@everyone" not in field.value
            assert "://" not in field.value.replace("\\://", "")  # after a backslash it is no address
    assert 0 < len(told(summary)["Worth reading"].splitlines()) <= 5
