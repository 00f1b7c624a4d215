"""The same for what moderators see, and whoever asks to be forgotten: none of it goes around the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import discord
import pytest

from bot.errors import BadInput
from bot.events import Handle, MemberActionEvent, RoomId, User, ViewerId
from bot.events.ids import MessageId
from bot.language import Language
from bot.model.alert import Cause, RemovedLine, Seen, Wipe
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.model.comment import CommentRow
from bot.model.forgetting import ForgetRequest
from bot.model.guild import GuildSettings
from bot.model.ids import (
    CaseId,
    ChannelId,
    CreatorId,
    DiscordMessageId,
    DiscordRoleId,
    DiscordUserId,
    GuildId,
    PostId,
    RuleId,
    WatchId,
)
from bot.model.permissions import Permission
from bot.model.rule import Detector, Rule, RuleAction, RuleKind
from bot.model.viewer import CaseAbout, Gifts, LiveVisit, Name, Note, NoteId, PostedLine, Profile, Said
from bot.moderation import alerts, desk, flags, rules
from bot.moderation.cases import TABLE, Move, Person, moved
from bot.moderation.rules import Rehearsal, Rehearsed
from bot.services import viewers
from bot.services.cases import WAITING, Group, Revealed
from bot.services.cases import Page as CasePage
from bot.services.rulebook import Listed, Tried
from bot.services.viewers import Found, Page
from bot.storage.cases import Text
from cogs import lookup, privacy
from cogs.ui import case_buttons, case_pages, checks, line_list, profile, rule_list
from cogs.ui.checks import Target
from tests.doubles import events
from tests.doubles.clock import START_MS
from tests.doubles.marked import marked, nothing_unmarked, of_answer, of_item, of_message, refused

AT = datetime(2026, 11, 20, tzinfo=UTC)
BOB, MOD = User(ViewerId("42"), Handle("bob"), "Bob"), User(ViewerId("77"), Handle("mod"), "Mod")
CASE = Case(
    id=CaseId(7),
    guild_id=GuildId(5),
    number=12,
    key="k",
    kind=CaseKind.REMOVAL,
    creator_id=CreatorId(1),
    room_id=RoomId("r1"),
    viewer_id=BOB.id,
    viewer_handle=BOB.handle,
    viewer_name=BOB.nickname,
    opened_at=AT,
)
FORGOTTEN = replace(CASE, viewer_id=ViewerId(""), viewer_handle=Handle(""), viewer_name="")
PLACE = ChannelId(8), DiscordMessageId(9)


@pytest.fixture(scope="module", autouse=True)
def t(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Language]:
    with marked(tmp_path_factory.mktemp("locales")) as spoken:
        yield spoken


# --- Alerts ----------------------------------------------------------------------------------------------------------------


def wiped(count: int, *, unseen: int = 0, cause: tuple[int, User | None, int] | None = None, **more: bool) -> Wipe:
    """So many comments of Bob's, removed after different times."""
    lines = tuple(RemovedLine(seq, f"{seq}", START_MS, START_MS + 4_200 * 60**seq) for seq in range(1, count + 1))
    causes = () if cause is None else (Cause(3, cause[0], "muted", cause[2], cause[1]),)
    return Wipe(
        CASE.creator_id,
        CASE.room_id,
        BOB.id if count else ViewerId(""),
        1,
        1,
        START_MS,
        START_MS,
        lines,
        tuple(f"{number}" for number in range(100, 100 + unseen)),
        author=Seen(count, BOB) if count else None,
        causes=causes,
        **more,
    )


def wipes() -> Iterator[Wipe]:
    """One of each way in which a removal can be told."""
    yield from (wiped(1), wiped(3), wiped(3, names_viewer=True), wiped(0, unseen=1), wiped(0, unseen=2), wiped(0))
    yield from (wiped(1, unseen=1), wiped(1, unseen=2, is_partial=True, has_more=True))
    for first_seq, stood in product((0, 5), ((0,), (0, 500), (0, 9_000), (9_000, 9_000))):
        lines = tuple(RemovedLine(first_seq + number, "", START_MS, START_MS + after) for number, after in enumerate(stood))
        yield replace(wiped(1), lines=lines)
    for action, operator, duration_s in product((3, 7), (None, MOD, User()), (0, 5, 300, 9_000)):
        yield wiped(2, cause=(action, operator, duration_s))


def states(case: Case) -> Iterator[Case]:
    """The case wherever it can stand."""
    for state, reveals in product(CaseState, (0, 1, 2)):
        is_taken = state not in WAITING
        owner_id = DiscordUserId(9) if is_taken else None
        yield replace(case, state=state, owner_id=owner_id, claimed_at=AT if is_taken else None, reveals=reveals)


def test_the_alert_card(t: Language) -> None:
    told = [(each, alerts.Facts(Handle("alice"), wipe, PLACE)) for wipe in wipes() for each in (CASE, FORGOTTEN)]
    told = [(alerts.known_as(case, facts.wipe), facts) for case, facts in told if facts.wipe is not None]
    told += [(each, alerts.Facts(Handle("alice"), wiped(1))) for each in states(replace(CASE, comments=1))]
    for kind, comments in product((CaseKind.WATCHLIST, CaseKind.MANUAL), (0, 1, 2)):
        told.append((replace(CASE, kind=kind, comments=comments), alerts.Facts(Handle("alice"), reason="rose")))
        told.append((replace(CASE, kind=kind, comments=comments), alerts.Facts(Handle("alice"), reason="rose", accounts=2)))
    told.append((FORGOTTEN, alerts.Facts()))
    nothing_unmarked(said for each, facts in told for said in of_message(alerts.message(t, each, facts)))


def test_member_action_notices(t: Language) -> None:
    cards = [
        alerts.notice(
            t,
            MemberActionEvent(events.about(user), action=action, operator=operator, duration_s=duration_s),
            1,
            guild_id=CASE.guild_id,
            creator=Handle("alice"),
            channel_id=PLACE[0],
            now_ms=START_MS,
        )
        for action, user, operator, duration_s in product(alerts.ACTIONS, (BOB, None), (MOD, None), (0, 300))
    ]
    nothing_unmarked(said for card in cards for said in of_message(card.message))


def test_an_escalation(t: Language) -> None:
    cards = [
        alerts.ping(t, [CASE] * count, [place] * count, role_id=DiscordRoleId(6), channel_id=PLACE[0], now_ms=START_MS)
        for count, place in product((1, 3, 11, 12), (PLACE, None))
    ]
    nothing_unmarked(said for card in cards for said in of_message(card.message))


# --- Cases -----------------------------------------------------------------------------------------------------------------


def kinds_of_case() -> list[Case]:
    return [replace(case, kind=kind, comments=count) for case in (CASE, FORGOTTEN) for kind in CaseKind for count in (1, 2)]


def test_case_pages(t: Language) -> None:
    actions = ("opened", "noted", "revealed", *(move.value for move in Move))
    steps = [CaseStep(AT, DiscordUserId(by), action, "rose") for by in (0, 9) for action in actions]
    said = [case_pages.history(t, each, steps, "alice") for each in kinds_of_case()]
    listed = CasePage(0, 1, 1, tuple(kinds_of_case()), {CASE.creator_id: Handle("alice")})
    said += [case_pages.listed(t, listed), case_pages.listed(t, CasePage(0, 1, 0, (), {}))]
    said += [t(each) for each in case_pages.CHOICES]
    nothing_unmarked(said)


def test_what_was_removed(t: Language) -> None:
    lines = tuple(Text(seq, User(BOB.id, Handle("bob"), "Bob"), "rose " * 40, START_MS, is_removed=True) for seq in range(100))
    group = Group(lines[:2], lines, lines[:2])
    said = [case_pages.revealed(t, Revealed(CASE, lines, (group,) * 2, gone))[0] for gone in (0, 1, 2)]
    assert case_pages.revealed(t, Revealed(CASE, lines, (group,), 0))[1] is False
    said += [case_pages.revealed_title(t, each) for each in kinds_of_case()]
    nothing_unmarked(said)


async def test_what_can_be_done_with_a_case(t: Language) -> None:
    said = [text for each in states(CASE) for item in case_buttons._rarer(t, each) for text in of_item(item)]
    said += [case_buttons._moved(t, each) for each in states(CASE)]
    nothing_unmarked(said)


def test_moves_that_cannot_be_made(t: Language) -> None:
    said = [t(desk.NO_CASE)]
    mine, theirs = Person(DiscordUserId(9)), Person(DiscordUserId(10))
    for each, move, by in product(states(CASE), Move, (mine, theirs)):
        try:
            moved(each, move, by, AT)
        except BadInput as refusal:
            said.append(t(refusal.text, **refusal.values))
    assert len(said) > len(TABLE)
    nothing_unmarked(said)


# --- The watchlist ---------------------------------------------------------------------------------------------------------

BAD = Rule(RuleId(1), GuildId(5), RuleKind.KEYWORD, "rose")
RULES = [
    *(replace(BAD, kind=kind, action=action) for kind, action in product(RuleKind, RuleAction) if kind is not RuleKind.DETECTOR),
    *(replace(BAD, kind=RuleKind.DETECTOR, pattern=detector) for detector in Detector),
    replace(BAD, is_enabled=False),
]
LISTED = [Listed(rule, Handle("alice"), Handle("bob")) for rule in RULES]


def test_the_list_of_rules(t: Language) -> None:
    said = [text for each in LISTED for text in (rule_list.line(t, each), rule_list.label(t, each))]
    said += [*of_answer(rule_list.page_of(t, LISTED, 0)), *of_answer(rule_list.page_of(t, LISTED[:1], 0))]
    for is_new, has_channel in product((True, False), repeat=2):
        said += [rule_list.added(t, each, is_new=is_new, has_channel=has_channel) for each in LISTED]
    said += [t(each) for each in (rule_list.NO_RULES, rule_list.NO_CHANNEL, rule_list.GONE)]
    for channel, role, after_s in product((None, ChannelId(3)), (None, DiscordRoleId(6)), (0, 60, 600)):
        chosen = GuildSettings(alert_channel_id=channel, alert_role_id=role, escalate_after_s=after_s)
        said += [rule_list.settings(t, chosen, LISTED[:count]) for count in (0, 1, 2)]
    nothing_unmarked(said)


def test_why_there_is_a_flag(t: Language) -> None:
    one = flags.Flag("k", tuple(RULES), CASE.creator_id, CASE.room_id, BOB, 1, 1)
    waves = [replace(one, comments=comments, accounts=accounts) for comments, accounts in ((1, 1), (2, 1), (9, 5))]
    nothing_unmarked(flags.reason(t, each) for each in [*waves, *(replace(one, rules=(rule,)) for rule in RULES)])


def test_what_the_watchlist_would_have_found(t: Language) -> None:
    row = CommentRow(CASE.creator_id, 1, CASE.room_id, MessageId("m"), BOB.id, "rose", 1, START_MS)
    found = tuple(Rehearsed(rule, each, ()) for rule in RULES for each in (row, replace(row, removed_at_ms=5)))
    said: list[str] = []
    for rehearsal, comments in ((Rehearsal(found, 900, 3), 20_000), (Rehearsal(found[:1], 1, 1), 1), (Rehearsal((), 0, 0), 0)):
        tried = Tried(rehearsal, comments, comments > 1, {BOB.id: BOB.handle}, {CASE.creator_id: Handle("alice")})
        said += of_answer(rule_list.tried(t, tried))
    nothing_unmarked(said)


def test_rules_that_cannot_be(t: Language) -> None:
    wrong = [
        replace(BAD, pattern=""),
        replace(BAD, pattern="x" * 500),
        replace(BAD, pattern="a b"),
        replace(BAD, pattern="a*b*c*d*e*f*g*h"),
        replace(BAD, pattern="*"),
        replace(BAD, cooldown_s=-1),
        replace(BAD, kind=RuleKind.USER, pattern="@"),
        replace(BAD, kind=RuleKind.DETECTOR),
        replace(BAD, kind=RuleKind.REGEX, pattern="a{999}b{999}"),
        replace(BAD, kind=RuleKind.REGEX, pattern="a*"),
    ]
    said = [refused(lambda each=each: rules.check(each), t) for each in wrong]  # type: ignore[misc]
    said.append(refused(lambda: rules.check(BAD, [BAD] * rules.MOST_RULES), t))
    long = replace(BAD, kind=RuleKind.REGEX, pattern="a{600}")
    said.append(refused(lambda: rules.check(long, [long] * 99), t))
    # Detectors are called what one types.
    nothing_unmarked(said, typed=Detector)


# --- Look-ups and lines ----------------------------------------------------------------------------------------------------

LINE = PostedLine(WatchId(1), CASE.creator_id, PostId(1), 0, 0, 5, CASE.room_id, BOB.id, "**bob** rose", is_struck=False)
VISIT = LiveVisit(CASE.creator_id, CASE.room_id, 2, 1, 1, 2, START_MS, START_MS, START_MS)


def profiles() -> Iterator[Profile]:
    kinds = [CaseAbout(number, kind, state, START_MS) for number, (kind, state) in enumerate(product(CaseKind, CaseState))]
    notes = (Note(NoteId(1), START_MS, DiscordUserId(9), "rose"),)
    names = tuple(Name(handle, "Bob", START_MS, START_MS) for handle in (BOB.handle, Handle("lou"), Handle("")))
    yield Profile(BOB.id)
    for start in range(0, len(kinds), profile.CASES_IN_BRIEF):
        some = tuple(kinds[start:])
        yield Profile(BOB.id, names, (VISIT,), Gifts(1, 5, START_MS), some, notes)
        yield Profile(BOB.id, names, (VISIT,) * 2, Gifts(2, 5, START_MS), some[: profile.CASES_IN_BRIEF], notes)
    yield Profile(BOB.id, names, (replace(VISIT, comments=1, removed_at_ms=None),))


def test_a_look_up(t: Language) -> None:
    said = [text for each in profiles() for text in of_answer(profile.summary(t, each))]
    comments = (Said(Handle("alice"), "rose", START_MS, is_removed=True),)
    for number, shown, days in product((0, 1), ((), comments), (1, 30)):
        said += of_answer(profile.comments(t, Page(number, shown, has_older=False, days=days)))
    notes = [Note(NoteId(n), START_MS, DiscordUserId(9), "rose") for n in range(9)]
    said += [text for some in ([], notes) for text in of_answer(profile.notes(t, some, 1)[0])]
    said += [profile.others(t, Found(BOB.id, (ViewerId("88"),)))]
    said += [t(each) for each in (viewers.NEVER_SEEN, viewers.NO_LINES, viewers.NO_LINE, lookup.MENU)]
    said += [lookup._opened(t, 12), refused(lambda: viewers._served(None), t)]
    nothing_unmarked(said)


async def test_buttons_of_a_look_up(t: Language) -> None:
    option = [discord.SelectOption(label="rose", value="1")]
    items = [lookup.AddNote.button(t, BOB.id), lookup.DeleteNote.menu(t, BOB.id, option), lookup.OpenCase.button(t, BOB.id)]
    nothing_unmarked(text for item in (*items, lookup.Pick.menu(t, PostId(1), option)) for text in of_item(item))


def test_the_lines_of_a_post(t: Language) -> None:
    lines = [LINE, replace(LINE, number=1), replace(LINE, number=1, source=1), replace(LINE, number=2, text="", is_struck=True)]
    lines.append(replace(LINE, number=3, text=""))
    nothing_unmarked(text for each in line_list.options(t, lines, 0) for text in (each.label, each.description or ""))


# --- What is kept ----------------------------------------------------------------------------------------------------------


def test_answers_about_privacy(t: Language) -> None:
    asked = ForgetRequest("ACDE", DiscordUserId(9), AT)
    typed = replace(asked, used_at=AT)
    done = [replace(typed, done_at=AT, erased=erased) for erased in ({}, dict.fromkeys(privacy.PLACES, 1_500))]
    said = [privacy.standing(t, each, days=30) for each in (None, asked, typed, *done)]
    said.append(privacy.about(t, hours=48, days=30, own_days=7))
    said.append(privacy.to_type(t, asked).replace("forget me ACDE", ""))
    nothing_unmarked(said)


async def test_the_button_that_erases(t: Language) -> None:
    nothing_unmarked(of_item(privacy.Erase.button(t)))


# --- Who may ---------------------------------------------------------------------------------------------------------------


def test_who_may_moderate_and_where_alerts_may_stand(t: Language) -> None:
    said = []
    for known in (GuildSettings(), GuildSettings(moderator_role_id=DiscordRoleId(6))):
        refusal = checks.moderation_refusal(0, (), known)
        assert refusal is not None
        said.append(t(refusal.text, **refusal.values))
    everybody = Permission.VIEW_CHANNEL.value
    question = checks.publicity_refusal(t, Target(3, discord.ChannelType.text, everybody, everybody), everybody)
    assert question is not None
    nothing_unmarked([*said, question])
