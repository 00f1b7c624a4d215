"""What the commands say, for every state of a creator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.events.ids import Handle
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, Watch, WatchSettings
from bot.services import Placed
from cogs.ui import sentences

AT = datetime(2026, 11, 20, tzinfo=UTC)
USUAL = WatchSettings()


def watch(handle: str = "alice", settings: WatchSettings = USUAL, channel: int = 5) -> Watch:
    return Watch(WatchId(1), GuildId(2), ChannelId(channel), CreatorId(3), Handle(handle), AT, DiscordUserId(4), settings)


def placed(*, created: bool = True, handle: str = "alice") -> Placed:
    return Placed(watch(handle), created, Handle(handle), AT)


def status(state: CreatorState, *, connected: bool = False, next_try_at: datetime | None = AT) -> CreatorStatus:
    return CreatorStatus(CreatorId(3), state, connected=connected, next_try_at=next_try_at)


def test_the_first_answer_says_what_is_watched_and_that_it_is_being_checked() -> None:
    assert sentences.checking(placed(), USUAL) == "Watching **@alice** in <#5>: the usual.\n🔄 checking @alice…"


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (CreatorState.LIVE, "🔴 **@alice** is live. What happens there appears in the channel from now on."),
        (CreatorState.OFFLINE, "⚫ **@alice** is offline. The next LIVE will be relayed; next look <t:1795132800:R>."),
        (
            CreatorState.NOT_FOUND,
            "❌ TikTok knows no **@alice**: no such creator. Check the spelling; `/unwatch` takes this watch away again.",
        ),
        (CreatorState.UNCLEAR, "❔ TikTok did not answer clearly; the watch is kept; next try <t:1795132800:R>."),
        (
            CreatorState.UNCHECKED,
            "🔄 TikTok has not been asked yet; the watch is kept. `/watching` shows what comes of it.",
        ),
    ],
)
def test_the_last_answer_says_what_tiktok_said(state: CreatorState, line: str) -> None:
    assert sentences.outcome(placed(), USUAL, status(state)).splitlines()[1] == line


def test_only_tiktoks_own_word_is_called_no_such_creator() -> None:
    said = {state: sentences.outcome(placed(), USUAL, status(state)) for state in CreatorState}
    assert [state for state, text in said.items() if "no such creator" in text] == [CreatorState.NOT_FOUND]


def test_a_live_for_adults_is_told_as_such_and_never_as_no_such_creator() -> None:
    def said(state: CreatorState, *, connected: bool = False) -> str:
        restricted = replace(status(state, connected=connected), is_age_restricted=True)
        return sentences.outcome(placed(), USUAL, restricted).splitlines()[1]

    assert said(CreatorState.LIVE) == (
        "🔴 **@alice** is live, and the LIVE is age-restricted: TikTok shows it to adults only. "
        "If nothing appears, the bot's operator can lend it an adult's account (`tiktok.session_id`)."
    )
    assert "The last LIVE of **@alice** was age-restricted" in said(CreatorState.UNCLEAR)
    for text in (said(CreatorState.LIVE, connected=True), said(CreatorState.OFFLINE), said(CreatorState.NOT_FOUND)):
        assert "age-restricted" not in text
    line = sentences.listed(watch(), replace(status(CreatorState.LIVE, connected=True), is_age_restricted=True))
    assert line == "🔴 **@alice** → <#5> · the usual · adults only"


def test_an_unknown_next_try_is_soon() -> None:
    assert "next try soon" in sentences.outcome(placed(), USUAL, status(CreatorState.UNCLEAR, next_try_at=None))


def test_other_settings_for_an_old_watch_are_not_silently_dropped() -> None:
    again = sentences.checking(placed(created=False), WatchSettings(frozenset({EventKind.GIFT})))
    assert "That stays as it is; to change it, `/unwatch` it first." in again
    assert "stays" not in sentences.checking(placed(created=False), USUAL)


def test_a_handle_cannot_format_the_answer() -> None:
    assert r"**@\_a\_b\.c**" in sentences.checking(placed(handle="_a_b.c"), USUAL)


def test_a_threshold_is_part_of_the_settings() -> None:
    assert sentences.settings(WatchSettings(frozenset({EventKind.GIFT}), 1500)) == "gift, gifts from 1,500 diamonds"


def test_unwatch_names_every_channel() -> None:
    assert sentences.ended([watch(), watch(channel=6)]) == "**@alice** is no longer watched in <#5>, <#6>. What was posted stays."


def test_a_live_room_whose_stream_is_not_open_yet_is_connecting() -> None:
    assert sentences.listed(watch(), status(CreatorState.LIVE)) == "🟡 **@alice** → <#5> · the usual"
    assert sentences.listed(watch(), status(CreatorState.LIVE, connected=True)).startswith("🔴")
    assert sentences.listed(watch(), status(CreatorState.UNCLEAR)).endswith(" · next try <t:1795132800:R>")


def test_every_dot_is_explained() -> None:
    assert all(dot in sentences.LEGEND for dot in (*sentences.DOTS.values(), "🟡"))
