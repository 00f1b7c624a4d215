"""How cases read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.events import User
from bot.events.ids import Handle, RoomId, ViewerId
from bot.language import language
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.model.ids import CaseId, CreatorId, DiscordUserId, GuildId
from bot.services.cases import CHOICES, Group, Page, Revealed
from bot.storage.cases import Text
from cogs.ui import case_pages
from tests.doubles.house import plain

EN = language("en")
AT = datetime(2026, 1, 1, tzinfo=UTC)
CASE = Case(
    id=CaseId(7),
    guild_id=GuildId(1),
    number=4,
    key="k",
    kind=CaseKind.REMOVAL,
    creator_id=CreatorId(1),
    room_id=RoomId("1"),
    viewer_id=ViewerId("4242"),
    viewer_handle=Handle("bob"),
    viewer_name="Bob",
    opened_at=AT,
    comments=2,
)


BOB = User(ViewerId("4242"), Handle("bob"), "Bob the Builder")


def text(seq: int, said: str = "x", by: User = BOB, *, is_removed: bool = True) -> Text:
    return Text(seq, by, said, 1_700_000_000_000 + seq, is_removed)


def test_a_row_says_which_who_where_when_and_whose() -> None:
    row = plain(case_pages.row_of(EN, replace(CASE, state=CaseState.CLAIMED, owner_id=DiscordUserId(9)), "alice"))
    assert row == f"🟡 **#4** Bob · @alice's live · 2 comments removed · <t:{int(AT.timestamp())}:R> · <@9>"
    forgotten = replace(CASE, viewer_id=ViewerId(""), viewer_handle=Handle(""), viewer_name="")
    assert "**#4** somebody" in case_pages.row_of(EN, forgotten, "alice")


def test_an_empty_list_says_how_cases_begin() -> None:
    assert "/alerts channel" in case_pages.listed(EN, Page(0, 1, 0, (), {}))
    assert len(case_pages.CHOICES) == len(CHOICES)


def test_a_history_names_everybody_and_keeps_its_newest_steps_when_it_is_long() -> None:
    steps = [CaseStep(AT, DiscordUserId(0), "opened"), CaseStep(AT, DiscordUserId(9), "noted", "**bold** claim")]
    said = case_pages.history(EN, CASE, steps, "alice")
    assert said.splitlines()[3] == f"<t:{int(AT.timestamp())}:f> Opened automatically"
    assert r"<@9> noted: \*\*bold\*\* claim" in said
    long = [*steps, *[CaseStep(AT, DiscordUserId(9), "noted", "x" * 300)] * 40, CaseStep(AT, DiscordUserId(9), "done")]
    said = case_pages.history(EN, CASE, long, "alice")
    assert len(said) <= 4096
    assert "closed it as done" in said
    assert "Opened" not in said
    by_hand = case_pages.history(EN, CASE, [CaseStep(AT, DiscordUserId(9), "opened")], "alice")
    assert by_hand.endswith("<@9> opened it")


def test_every_step_that_is_written_down_can_be_read() -> None:
    written = {"opened", "claimed", "taken_over", "released", "done", "false_alarm", "reopened", "escalated", "revealed", "noted"}
    assert set(case_pages.STEPS) == written


def test_what_was_removed_stands_among_what_was_said_around_it() -> None:
    group = Group((text(1, "before", is_removed=False),), (text(2, "**rude** @everyone"),), (text(3, "after"),))
    said, is_all = case_pages.revealed(EN, Revealed(CASE, group.lines, (group,), 0))
    first, second, third = plain(said).splitlines()
    assert is_all
    assert first.startswith("-# ")
    assert first.endswith("before")
    assert second.startswith("🗑️ ")
    assert second.endswith(r"\*\*rude\*\* @everyone")
    assert third.startswith("-# 🗑️ "), "what was removed around it is marked as well"
    assert third.endswith("after")


def test_whoever_wrote_goes_by_name_and_handle_as_on_the_card() -> None:
    users = [BOB, User(BOB.id, Handle("bob"), "bob"), User(BOB.id, Handle("bob")), User(BOB.id, Handle(""), "Bob"), User(BOB.id)]
    group = Group((), tuple(text(seq, "x", by) for seq, by in enumerate(users)), ())
    found = Revealed(CASE, group.lines, (group,), 0)
    said, _ = case_pages.revealed(EN, found)
    names = [line.split("> ", 1)[1].removesuffix(" x") for line in plain(said).splitlines()]
    assert names == ["**Bob the Builder** (@bob)", "**bob**", "**bob**", "**Bob**", "**viewer …4242**"]
    names = [line.split("UTC  ", 1)[1].removesuffix(": x") for line in case_pages.file(found).splitlines()]
    assert names == ["Bob the Builder @bob", "bob @bob", "@bob", "Bob", "4242"]


def test_what_the_watchlist_found_is_not_said_to_be_removed() -> None:
    watched = replace(CASE, kind=CaseKind.WATCHLIST)
    group = Group((), (text(1, is_removed=False), text(2)), ())
    said, _ = case_pages.revealed(EN, Revealed(watched, group.lines, (group,), 0))
    stands, gone = said.splitlines()
    assert stands.startswith("➡️ <t:")
    assert gone.startswith("➡️ 🗑️ <t:")
    assert case_pages.revealed_title(EN, watched) == "Case #4: what was written"
    assert case_pages.revealed_title(EN, CASE) == "Case #4: what was removed"


def test_what_does_not_fit_stands_in_the_file() -> None:
    lines = tuple(text(seq, "*" * 150) for seq in range(1, 100))
    found = Revealed(CASE, lines, (Group((), lines, ()),), 3)
    said, is_all = case_pages.revealed(EN, found)
    assert not is_all
    assert len(said) <= 4096
    assert "The text of 3 more is gone." in said
    assert said.endswith("The file has all of it.")
    file = case_pages.file(found)
    assert len(file.splitlines()) == 99
    assert file.startswith("2023-11-14 22:13:20 UTC  Bob the Builder @bob: *****")
