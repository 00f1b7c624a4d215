"""Addresses, invites and repeated text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moderation import detectors as module
from bot.moderation.detectors import MANY_ACCOUNTS, ONE_TIMES, WINDOW_S, Repeats, links

TEXT = "buy followers here"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/a",
        "join discord.gg/abc",
        "ｄｉｓｃｏｒｄ．ｇｇ／ａｂｃ",
        "d i s c o r d . g g / abc",
        "www.evil.example",
        "WWW.Evil.com",
        "go to evil.com now",
        "(shop-now.xyz)",
        "bit.ly/3abc",
        "t.me/joinchat",
        "wa.me/123",
        "my.name.site.com/x",
        "еvil.com",
        "link.to/me",
        "ｅｖｉｌ。ｃｏｍ",
    ],
)
def test_an_address_is_found(text: str) -> None:
    assert links(text)


@pytest.mark.parametrize(
    "text",
    [
        "call.me",
        "tap...tap",
        "ok.so what",
        "I am here. I stay.",
        "1.000.000",
        "3.5/10",
        "and/or",
        "bob@mail.com",
        "e.g. this",
        "wow.",
        "",
        "..",
        "hi.there.to you",
    ],
)
def test_what_is_none_is_let_be(text: str) -> None:
    assert not links(text)


@given(st.text(st.sampled_from("aw.-/@ :dscorg·。"), max_size=500))
@settings(max_examples=200, deadline=None)
def test_hostile_text_never_raises_and_places_are_within_it(text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in links(text))


@pytest.mark.parametrize("piece", ["a.", "aa.", "a-", "www.", "discord ", "d i s ", "https:/", "://", ". "])
def test_no_text_makes_the_search_slow(piece: str) -> None:
    text = (piece * 500)[:500]

    def took() -> float:
        started = time.perf_counter()
        links(text)
        return time.perf_counter() - started

    assert min(took() for _ in range(5)) < 0.02


def counts(*notes: tuple[str, str, float]) -> list[tuple[int, int, bool] | None]:
    """(text, by, at) -> (count, accounts, is new)."""
    repeats = Repeats()
    waves = [repeats.note(text, by, seq, at) for seq, (text, by, at) in enumerate(notes, 1)]
    return [(wave.count, wave.accounts, wave.is_new) if wave else None for wave in waves]


def test_one_account_that_repeats_itself_is_a_wave_that_grows() -> None:
    assert counts(*((TEXT, "bob", at) for at in range(6))) == [None, None, None, (4, 1, True), (5, 1, False), (6, 1, False)]


def test_many_accounts_that_write_the_same_are_one_wave() -> None:
    written = [(TEXT, f"bot{number}", float(number)) for number in range(MANY_ACCOUNTS + 1)]

    assert counts(*written) == [None] * (MANY_ACCOUNTS - 1) + [(MANY_ACCOUNTS, MANY_ACCOUNTS, True), (6, 6, False)]


def test_case_blanks_signs_and_look_alikes_make_no_difference() -> None:
    variants = [TEXT, "BUY  followers, here!", "b u y followers here", "buy fоllоwers here"]

    assert counts(*((text, "bob", 0.0) for text in variants))[-1] == (4, 1, True)


@pytest.mark.parametrize("text", ["hi", "lol", "999", "+9999", "❤❤❤❤❤❤❤❤", "hahahahahaha", "😂" * 20, ""])
def test_what_everybody_writes_is_no_wave(text: str) -> None:
    assert set(counts(*((text, "bob", 0.0) for _ in range(20)))) == {None}


def test_what_is_repeated_slowly_is_no_wave() -> None:
    pause = WINDOW_S / (ONE_TIMES - 1) + 1

    assert set(counts(*((TEXT, "bob", pause * number) for number in range(30)))) == {None}


def test_a_wave_is_over_when_it_was_silent_and_the_next_is_another() -> None:
    repeats = Repeats()
    first = [repeats.note(TEXT, "bob", seq, float(seq)) for seq in range(1, 6)][-1]
    second = [repeats.note(TEXT, "bob", seq, 5.1 + WINDOW_S + seq) for seq in range(10, 14)]

    assert first
    assert second[:3] == [None, None, None]
    assert second[3]
    assert (second[3].number, second[3].first_seq, second[3].last_seq, second[3].is_new) == (first.number + 1, 10, 13, True)


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    assert counts(*((TEXT, "bob", at) for at in (9.0, 1.0, 8.0, 2.0)))[-1] == (4, 1, True)
    assert counts(*((TEXT, "bob", at) for at in (100.0, 100.0, 100.0, 100.0, 1.0, 62.0)))[-1] == (6, 1, False)


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from("abcdefg")), max_size=80).map(sorted))
@settings(max_examples=200, deadline=None)
def test_a_wave_is_one_alert_until_it_was_silent(notes: list[tuple[float, str]]) -> None:
    repeats = Repeats()
    last: dict[int, tuple[int, float]] = {}
    for seq, (at, by) in enumerate(notes, 1):
        wave = repeats.note(TEXT, by, seq, at)
        if wave is None:
            assert not last or at - last[max(last)][1] > WINDOW_S
            continue
        assert wave.is_new == (wave.number not in last)
        if wave.is_new:
            assert all(at - then > WINDOW_S for _, then in last.values())
        else:
            assert wave.count == last[wave.number][0] + 1
        last[wave.number] = (wave.count, at)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXTS", 2)
    monkeypatch.setattr(module, "MOST_ACCOUNTS", 7)
    repeats = Repeats()
    waves = [repeats.note(TEXT, f"bot{number}", number, 0.0) for number in range(20)]
    assert waves[-1]
    assert (waves[-1].count, waves[-1].accounts) == (20, 7)
    for other in ("something else", "and another one"):
        repeats.note(other, "bob", 30, 1.0)
    assert repeats.note(TEXT, "bob", 31, 1.0) is None, "the oldest text is forgotten"
    assert len(repeats._texts) == 2
