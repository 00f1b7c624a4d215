"""What the commands say, for every state of a watch and a creator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.events.ids import Handle
from bot.language import ENGLISH, language
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import Fault, FaultKind
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, PauseReason, Watch, WatchSettings
from bot.services.watching import Listed, Placed
from cogs.ui import sentences

T = language(ENGLISH)
AT = datetime(2026, 11, 20, tzinfo=UTC)
USUAL = WatchSettings()
GIFTS = WatchSettings(frozenset({EventKind.GIFT}), 1500)


def watch(handle: str = "alice", settings: WatchSettings = USUAL, channel: int = 5, why: PauseReason | None = None) -> Watch:
    return Watch(
        WatchId(1),
        GuildId(2),
        ChannelId(channel),
        CreatorId(3),
        Handle(handle),
        AT,
        DiscordUserId(4),
        settings,
        paused_at=AT if why else None,
        paused_why=why,
    )


def status(state: CreatorState, *, connected: bool = False, next_try_at: datetime | None = AT) -> CreatorStatus:
    return CreatorStatus(CreatorId(3), state, connected=connected, next_try_at=next_try_at)


def test_the_first_answer_says_what_is_watched_and_that_it_is_being_checked() -> None:
    assert sentences.checking(T, Placed(watch(), AT)) == "Watching **@alice** in <#5>: the usual.\n🔄 checking @alice…"


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (CreatorState.LIVE, "🔴 **@alice** is live. What happens there appears in the channel from now on."),
        (CreatorState.OFFLINE, "⚫ **@alice** is offline. The next LIVE will be relayed; next look <t:1795132800:R>."),
        (
            CreatorState.NOT_FOUND,
            "❌ TikTok knows no **@alice**. Check the spelling; `/unwatch` takes this watch away again.",
        ),
        (CreatorState.UNCLEAR, "❔ TikTok did not answer clearly; the watch is kept; next try <t:1795132800:R>."),
        (
            CreatorState.UNCHECKED,
            "🔄 TikTok has not been asked yet; the watch is kept. `/watching` shows what comes of it.",
        ),
    ],
)
def test_the_last_answer_says_what_tiktok_said(state: CreatorState, line: str) -> None:
    assert sentences.outcome(T, Placed(watch(), AT), status(state)).splitlines()[1] == line


def test_only_tiktoks_own_word_is_called_no_such_creator() -> None:
    said = {state: sentences.outcome(T, Placed(watch(), AT), status(state)) for state in CreatorState}
    assert [state for state, text in said.items() if "TikTok knows no" in text] == [CreatorState.NOT_FOUND]


def test_a_live_for_adults_is_told_as_such_and_never_as_no_such_creator() -> None:
    def said(state: CreatorState, *, connected: bool = False) -> str:
        restricted = replace(status(state, connected=connected), is_age_restricted=True)
        return sentences.outcome(T, Placed(watch(), AT), restricted).splitlines()[1]

    assert said(CreatorState.LIVE) == (
        "🔴 **@alice** is live, and the LIVE is age-restricted: TikTok shows it to adults only. "
        "If nothing appears, the bot's operator can lend it an adult's account (`tiktok.session_id`)."
    )
    assert "The last LIVE of **@alice** was age-restricted" in said(CreatorState.UNCLEAR)
    for text in (said(CreatorState.LIVE, connected=True), said(CreatorState.OFFLINE), said(CreatorState.NOT_FOUND)):
        assert "age-restricted" not in text
    restricted = replace(status(CreatorState.LIVE, connected=True), is_age_restricted=True)
    line = sentences.listed(T, Listed(watch(), restricted))
    assert line == "🔴 **@alice** → <#5> · the usual · adults only"


def test_an_unknown_next_try_is_soon() -> None:
    assert "next try soon" in sentences.outcome(T, Placed(watch(), AT), status(CreatorState.UNCLEAR, next_try_at=None))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (watch(), watch(), "You watch **@alice** in <#5> already: the usual."),
        (
            watch(),
            watch(settings=GIFTS),
            "Changed for **@alice** in <#5>: the usual → gift; all gifts → gifts from 1,500 diamonds.",
        ),
        (watch(why=PauseReason.ASKED), watch(), "The paused watch of **@alice** in <#5> goes on from now."),
        (
            watch(why=PauseReason.FAULT),
            watch(settings=replace(USUAL, min_diamonds=1)),
            "The paused watch of **@alice** in <#5> goes on from now. "
            "Changed for **@alice** in <#5>: all gifts → gifts from 1 diamond.",
        ),
    ],
)
def test_a_watch_that_stood_already_tells_what_became_of_it(before: Watch, after: Watch, says: str) -> None:
    assert sentences.checking(T, Placed(after, AT, before)).splitlines()[0] == says


def test_a_held_watch_says_why_and_what_to_do() -> None:
    said = sentences.outcome(T, Placed(watch(why=PauseReason.ASKED), AT, is_held=True), status(CreatorState.LIVE))
    assert "🔞 TikTok shows the LIVEs of **@alice** to adults only, and <#5> is not age-restricted." in said
    assert "appears in the channel from now on" not in said


def test_a_handle_cannot_format_the_answer() -> None:
    assert r"**@\_a\_b\.c**" in sentences.checking(T, Placed(watch("_a_b.c"), AT))


def test_the_question_names_what_ends_and_the_answer_what_ended() -> None:
    both = [watch(), watch(channel=6)]
    assert sentences.ending(T, both) == "End 2 watches of **@alice**, in <#5>, <#6>? What was posted stays."
    assert sentences.ending(T, both[:1]) == "End the watch of **@alice** in <#5>? What was posted stays."
    assert sentences.ended(T, both) == "**@alice** is no longer watched in <#5>, <#6>. What was posted stays."
    assert sentences.ended(T, []).startswith("That had ended already.")


def test_a_live_room_whose_stream_is_not_open_yet_is_connecting() -> None:
    assert sentences.listed(T, Listed(watch(), status(CreatorState.LIVE))) == "🟡 **@alice** → <#5> · the usual"
    assert sentences.listed(T, Listed(watch(), status(CreatorState.LIVE, connected=True))).startswith("🔴")
    assert sentences.listed(T, Listed(watch(), status(CreatorState.UNCLEAR))).endswith(" · next try <t:1795132800:R>")


@pytest.mark.parametrize("why", PauseReason)
def test_a_paused_watch_says_why(why: PauseReason) -> None:
    line = sentences.listed(T, Listed(watch(why=why), status(CreatorState.LIVE)))
    assert line.startswith("⏸️")
    assert "· paused" in line


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_named_with_where_to_look(kind: FaultKind) -> None:
    fault = Fault(WatchId(1), kind, "", AT)
    line = sentences.listed(T, Listed(watch(), status(CreatorState.LIVE, connected=True), fault))
    assert line.startswith("🔴 **@alice**")
    assert line.endswith(": `/doctor`")
    assert "⚠️" in line


def test_a_watch_that_is_held_for_adults_says_so_once() -> None:
    held = watch(why=PauseReason.ADULTS)
    line = sentences.listed(T, Listed(held, status(CreatorState.LIVE), Fault(held.id, FaultKind.ADULTS, "", AT)))
    assert line.count("the creator is for adults, the channel is not") == 1


def test_every_dot_is_explained() -> None:
    signs = (*sentences.DOTS.values(), sentences.CONNECTING, sentences.PAUSED, sentences.FAULT)
    assert all(sign in sentences.legend(T) for sign in signs)


def test_the_footer_counts_and_leaves_out_the_page_when_there_is_one() -> None:
    watched = [Listed(watch(), status(CreatorState.LIVE)), Listed(watch(why=PauseReason.ASKED), status(CreatorState.LIVE))]
    assert sentences.footer(T, watched, 0, 1).splitlines()[0] == "2 watches · 1 live"
    assert sentences.footer(T, watched, 1, 2).splitlines()[0] == "2 watches · 1 live · page 2 of 2"
