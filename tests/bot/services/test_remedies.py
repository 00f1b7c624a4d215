"""Which refusals are faults of a watch, when they are final, and when they are over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import language
from bot.model.fault import FaultKind, Trouble
from bot.model.guild import Place
from bot.model.ids import ChannelId
from bot.model.permissions import Permission, to_relay
from bot.services import remedies

ALL = to_relay(is_thread=False).value | Permission.SEND_MESSAGES_IN_THREADS.value
GOOD = Place(ChannelId(1), ALL)
BLIND = replace(GOOD, granted=ALL & ~Permission.VIEW_CHANNEL.value)
PLAIN = replace(GOOD, granted=ALL & ~Permission.EMBED_LINKS.value)
MUTE = replace(GOOD, granted=ALL & ~Permission.SEND_MESSAGES.value)
DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("code", "place", "kind"),
    [
        (10003, None, FaultKind.CHANNEL_GONE),
        (50001, None, FaultKind.NO_ACCESS),
        (50013, None, FaultKind.NO_SEND),
        (50013, MUTE, FaultKind.NO_SEND),
        (50013, BLIND, FaultKind.NO_ACCESS),
        (50013, PLAIN, FaultKind.NO_EMBEDS),
        (50013, GOOD, FaultKind.OTHER),
        (160005, GOOD, FaultKind.LOCKED),
        (50083, None, FaultKind.LOCKED),
        (50008, GOOD, FaultKind.NOT_TEXT),
        (220001, None, FaultKind.NOT_TEXT),
        (0, GOOD, FaultKind.OTHER),
        (200000, GOOD, None),
        (240000, GOOD, None),
        (50035, GOOD, None),
        (10004, None, None),
    ],
)
def test_a_refusal_is_a_fault_of_the_channel_or_of_one_line_only(code: int, place: Place | None, kind: FaultKind | None) -> None:
    assert remedies.kind_of(Trouble(code, "", 0.0), place) is kind


def test_a_channel_is_gone_when_discord_says_so_twice_half_an_hour_apart() -> None:
    gone = FaultKind.CHANNEL_GONE
    assert not remedies.is_final(gone, age_s=1799, refusals=9)
    assert not remedies.is_final(gone, age_s=DAY, refusals=1)
    assert remedies.is_final(gone, age_s=1800 + 300, refusals=2)


@given(st.sampled_from(FaultKind), st.floats(0, 10 * DAY), st.floats(0, 10 * DAY), st.integers(1, 500))
def test_what_is_final_stays_final(kind: FaultKind, age_s: float, more_s: float, refusals: int) -> None:
    if remedies.is_final(kind, age_s=age_s, refusals=refusals):
        assert age_s >= remedies.TELL_AFTER_S
        assert remedies.is_final(kind, age_s=age_s + more_s, refusals=refusals + 1)
    if age_s >= DAY and refusals >= 2:
        assert remedies.is_final(kind, age_s=age_s, refusals=refusals)


def test_missing_permissions_have_a_day() -> None:
    for kind in (FaultKind.NO_ACCESS, FaultKind.NO_SEND, FaultKind.LOCKED, FaultKind.OTHER):
        assert not remedies.is_final(kind, age_s=DAY - 1, refusals=300)
        assert remedies.is_final(kind, age_s=DAY, refusals=1)


@pytest.mark.parametrize(
    ("kind", "place", "is_refused", "was_posted", "healed"),
    [
        (FaultKind.NO_SEND, GOOD, False, False, True),
        (FaultKind.NO_SEND, GOOD, True, True, False),
        (FaultKind.NO_SEND, MUTE, False, True, False),
        (FaultKind.NO_SEND, None, False, True, False),
        (FaultKind.LOCKED, replace(GOOD, is_locked=True), False, True, False),
        (FaultKind.NO_EMBEDS, PLAIN, False, True, False),
        (FaultKind.NO_EMBEDS, GOOD, False, False, True),
        (FaultKind.OTHER, GOOD, False, False, False),
        (FaultKind.OTHER, GOOD, False, True, True),
    ],
)
def test_silence_alone_heals_nothing(
    kind: FaultKind, place: Place | None, is_refused: bool, was_posted: bool, healed: bool
) -> None:
    assert remedies.is_healed(kind, place, is_refused=is_refused, was_posted=was_posted) is healed


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_is_explained_with_its_place_and_a_way_out(kind: FaultKind) -> None:
    t = language("en")
    assert "<#1>" in remedies.problem(t, kind, "<#1>")
    assert remedies.remedy(t, kind).endswith((".",))


def test_permissions_are_ticked_off_one_by_one_as_the_place_needs_them() -> None:
    assert remedies.checklist(MUTE, to_relay(is_thread=False))[:2] == [("View Channel", True), ("Send Messages", False)]
    assert ("Send Messages in Threads", True) in remedies.checklist(replace(MUTE, is_thread=True), to_relay(is_thread=True))


def test_a_place_can_be_posted_in_unless_something_visible_speaks_against_it() -> None:
    assert GOOD.can_post
    assert replace(MUTE, is_thread=True).can_post
    for bad in (BLIND, MUTE, replace(GOOD, is_locked=True), replace(GOOD, takes_text=False)):
        assert not bad.can_post
