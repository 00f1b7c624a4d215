"""What a look-up shows, as plain values."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.events.ids import Handle, RoomId, ViewerId
from bot.language import ENGLISH, language
from bot.model.case import CaseKind, CaseState
from bot.model.ids import CreatorId, DiscordUserId
from bot.model.viewer import CaseAbout, Gifts, LiveVisit, Name, Note, NoteId, Profile, Said
from bot.services.viewers import MOST_NOTE_CHARS, PAGE, Found, Page
from bot.storage.viewers import MOST_CASES, MOST_NOTES
from cogs.ui import profile

T = language(ENGLISH)
BOB = Profile(ViewerId("77"), names=(Name(Handle("bob"), "Bob", 1000, 2000),))
LIVE = LiveVisit(CreatorId(1), RoomId("r"), 2, 1, 1, 2, 1000, 2000, 1500)
HOSTILE = "[x](http://e.vil)@everyone`*_~|\\" * 40


def fields(embed: discord.Embed) -> dict[str, str]:
    return {str(field.name): str(field.value) for field in embed.fields}


def test_who_only_gave_wrote_nothing_and_has_no_removals() -> None:
    found = fields(profile.summary(T, replace(BOB, gifts=Gifts(1, 5, 1000))))
    assert (found["Wrote"], found["Gave"]) == ("nothing", "1 gift · 5 💎")
    assert set(found) == {"First seen here", "Wrote", "Gave"}


def test_a_single_removal_is_no_row() -> None:
    assert fields(profile.summary(T, replace(BOB, lives=(LIVE,))))["Removed on TikTok"] == "1 comment · the last <t:1:R>"
    twice = fields(profile.summary(T, replace(BOB, lives=(LIVE, LIVE))))
    assert twice["Removed on TikTok"] == "2 comments · in 2 LIVEs in a row · the last <t:1:R>"


def test_few_cases_are_listed_and_many_are_counted_first() -> None:
    cases = [CaseAbout(n, CaseKind.WATCHLIST if n == 3 else CaseKind.REMOVAL, CaseState.OPEN, 1000) for n in (6, 5, 4, 3, 2, 1)]
    few = fields(profile.summary(T, replace(BOB, cases=tuple(cases[:2]))))["Cases"]
    assert few == "**#6** removed comments · open · <t:1:R>\n**#5** removed comments · open · <t:1:R>"
    many = fields(profile.summary(T, replace(BOB, cases=tuple(cases))))["Cases"].splitlines()
    assert many[0] == "removed comments: 5 · watchlist: 1"
    assert len(many) == 6


def test_a_removed_comment_is_marked_and_an_empty_page_says_so() -> None:
    said = (Said(Handle("alice"), "hi", 2000, is_removed=True), Said(Handle("alice"), "*yo*", 1000, is_removed=False))
    shown = profile.comments(T, Page(0, said, has_older=False, days=7)).description or ""
    assert shown.splitlines() == ["<t:2:R> **@alice** 🗑️ hi", r"<t:1:R> **@alice** \*yo\*"]
    assert (profile.comments(T, Page(0, said, has_older=False, days=7)).footer.text or "").endswith("you looked is written down.")
    assert "written" not in (profile.comments(T, Page(0, said[1:], has_older=False, days=7)).footer.text or "")
    assert profile.comments(T, Page(0, (), has_older=False, days=7)).description == "Nothing is left to read."
    assert profile.comments(T, Page(3, (), has_older=False, days=7)).description == "There is nothing older."


def test_whoever_had_the_handle_too_is_named_by_id() -> None:
    assert profile.others(T, Found(ViewerId("77"))) == ""
    assert profile.others(T, Found(ViewerId("77"), (ViewerId("88"),))).endswith("by id: `88`")


def test_notes_are_paged_in_full() -> None:
    notes = [Note(NoteId(n), 1000, DiscordUserId(5), "a" * MOST_NOTE_CHARS) for n in range(7)]
    embed, number, count = profile.notes(T, notes, 9)
    assert (number, count) == (1, 2)
    assert (embed.description or "").count("a" * MOST_NOTE_CHARS) == 2
    assert profile.notes(T, [], 0)[0].description == "There are no notes."


def test_the_worst_that_viewers_and_moderators_write_fits_into_discords_limits_and_links_nowhere() -> None:
    names = tuple(Name(Handle(HOSTILE[:64]), HOSTILE[:32], 1000, 2000) for _ in range(50))
    cases = tuple(CaseAbout(10**6, CaseKind.REMOVAL, CaseState.FALSE_ALARM, 1000) for _ in range(MOST_CASES))
    notes = tuple(Note(NoteId(n), 1000, DiscordUserId(2**63), HOSTILE[:MOST_NOTE_CHARS]) for n in range(MOST_NOTES))
    worst = Profile(ViewerId("9" * 20), names, (LIVE,) * 99, Gifts(10**9, 10**12, 1), cases, notes)
    said = tuple(Said(Handle(HOSTILE[:64]), HOSTILE, 1000, is_removed=True) for _ in range(PAGE))
    summary = profile.summary(T, worst)
    pages = [profile.notes(T, notes, number)[0] for number in range(profile.notes(T, notes, 0)[2])]
    for below in (profile.comments(T, Page(500, said, has_older=True, days=30)), *pages):
        assert len(below.description or "") <= 4096
        assert len(summary) + len(below) <= 6000
        assert "](http" not in (below.description or "")
    for value in fields(summary).values():
        assert len(value) <= 1024
    assert len(summary.title or "") <= 256
    assert not summary.description or "](http" not in summary.description
