"""No sentence goes around the catalogue: in a language in which every translation is marked, all that is said is marked.

What moderators see: `test_language_whole_moderation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import discord
import msgspec
import pytest

from bot.delivery.coalesce import Notes
from bot.delivery.flood import Chosen
from bot.events import (
    Combo,
    CommentEvent,
    EmoteEvent,
    Event,
    FollowEvent,
    GapEvent,
    Handle,
    JoinEvent,
    LikeEvent,
    LiveEndedEvent,
    LivePausedEvent,
    LiveResumedEvent,
    LiveStartedEvent,
    QuestionEvent,
    Result,
    RoomId,
    ShareEvent,
)
from bot.events.battle_board import BattleBoard
from bot.events.battle_boosters import Booster
from bot.language import LOCALES, Language
from bot.model import kinds
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.fault import Fault, FaultKind, Queue, Trouble
from bot.model.guild import GuildSettings, Place
from bot.model.health import CreatorHealth
from bot.model.ids import ChannelId, CreatorId, DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.model.permissions import Permission, to_relay
from bot.model.session import LiveSession
from bot.model.watch import EventKind, Filters, Follows, Look, Offline, PauseReason, Removal, Role, Style, Watch, WatchSettings
from bot.relay import battle_card, filters, golive, templates
from bot.relay import format as lines
from bot.relay.battle_card import Match
from bot.relay.digest import Digest
from bot.services import notices, portable
from bot.services.doctor import AlertCheckup, Checkup, Delivery
from bot.services.faults import Ailing
from bot.services.glance import CatchUp, Fight, Gifter, Given, Glance, Phrase, Quote
from bot.services.naming import creator_named
from bot.services.now import Standing
from bot.services.portable import Fitted, Portable
from bot.services.transfer import Plan
from bot.services.watching import Listed, Placed
from bot.text import parse_handle
from bot.words import WordFilter
from cogs import about, errors, settings
from cogs.ui import checks, examination, live_card, panel, panel_controls, panel_forms, panel_preview, previews, sentences
from cogs.ui.checks import PingRole, Target
from cogs.ui.panel import Press, Tab
from tests.doubles import battles, events
from tests.doubles.clock import START_MS
from tests.doubles.events import viewer
from tests.doubles.marked import MARKED, marked, nothing_unmarked, of_embed, of_item, of_message, refused, unmarked

LOOK = Look(locale=MARKED)
AT = datetime(2026, 11, 20, tzinfo=UTC)
PLAIN = WatchSettings(look=LOOK)
WATCH = Watch(WatchId(1), GuildId(2), ChannelId(3), CreatorId(4), Handle("alice"), AT, DiscordUserId(5), PLAIN)
STATUS = CreatorStatus(CreatorId(4), CreatorState.LIVE, connected=True, checked_at=AT, next_try_at=AT)
ALL = WatchSettings(
    kinds=frozenset(EventKind),
    min_diamonds=1500,
    filters=Filters(("bob",), ("eve",), frozenset(Role), frozenset(Role), ("rose",), ("/rose/",)),
    look=replace(LOOK, style=Style.RICH, templates=((EventKind.CHAT, "{text}"),), hidden_words=("rose",)),
    follows=Follows.DIGEST,
    ping_role_id=DiscordRoleId(6),
)

TYPED = {*EventKind, kinds.ALL}
"""What one types into a command is the same in every language."""


@pytest.fixture(scope="module", autouse=True)
def t(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Language]:
    with marked(tmp_path_factory.mktemp("locales")) as spoken:
        yield spoken


def test_a_word_without_a_mark_is_found() -> None:
    assert unmarked("⟦Look at⟧ **alice** `code here` <#5> ×12 and bob") == ["and"]
    assert unmarked(lines.render(JoinEvent(events.about(viewer("bob")))).text) == ["joined"]  # type: ignore[union-attr]


# --- What is relayed -------------------------------------------------------------------------------------------------------


def relayed() -> Iterator[Event]:
    """One of each way in which a line can read."""
    bob = events.about(viewer("bob"))
    alone = msgspec.structs.replace(events.about(), creator=Handle("alice"))
    yield CommentEvent(bob, text="rose https://example.com")
    yield from (CommentEvent(bob), EmoteEvent(bob), QuestionEvent(bob, text="rose"))
    yield from (events.gift(1), events.gift(1500), events.gift(3, end=True))
    gift = events.gift(7, end=True)
    for odd in (
        {"combo": Combo.INFERRED},
        {"counted_before": 3},
        {"to_user": viewer("eve")},
        {"gift": msgspec.structs.replace(events.ROSE, name="")},
    ):
        yield msgspec.structs.replace(gift, **odd)
    yield from (FollowEvent(bob), ShareEvent(bob), ShareEvent(bob, users_joined=1), ShareEvent(bob, users_joined=3))
    yield from (JoinEvent(bob), LikeEvent(bob, count=1), LikeEvent(bob, count=15))
    for comments, viewers in ((0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (2, 2)):
        yield events.deletion(of_messages=("1", "2")[:comments], of_viewers=("bob", "eve")[:viewers])
    yield from (LiveEndedEvent(alone), LiveEndedEvent(alone, action=4), LiveEndedEvent(alone, inferred=True))
    yield from (LivePausedEvent(alone), LiveResumedEvent(alone), LivePausedEvent(bob))
    yield from (GapEvent(alone, from_ms=1, to_ms=2, reason=reason) for reason in ("", *sorted(lines.REASONS)))


def test_every_line() -> None:
    assert {type(event) for event in relayed()} == set(lines._KINDS), "a kind of event has no sample here"
    for style in (Style.COMPACT, Style.RICH):
        said = [line for event in relayed() if (line := lines.render(event, replace(LOOK, style=style)))]
        nothing_unmarked(each.text for each in said)


def test_reasons_for_a_gap_are_those_that_the_code_gives() -> None:
    folders = ("ingest", "tiktok", "eventlog")
    code = "".join(path.read_text("utf-8") for folder in folders for path in (LOCALES.parent / folder).rglob("*.py"))
    assert {reason for reason in lines.REASONS if f'"{reason}"' not in code} == set()


def test_every_note_about_lines(t: Language) -> None:
    digest = Digest()
    for name in ("alice", "bob", "eve", "lou", "mod"):
        event = FollowEvent(events.about(viewer(name)))
        digest = digest.then(event, LOOK, seq=1, received_at_ms=START_MS)
    notes = Notes(t, "", 2)
    nothing_unmarked([
        digest.line(event, LOOK, seq=1).text,
        lines.summary(t, 2, from_ms=1, to_ms=2),
        notes.above,
        notes.below(Chosen((), 1, 1, 2)),
    ])  # fmt: skip


FOUGHT = (
    battles.opens("alice", "eve"),
    battles.scores(battles.side("alice", 5), battles.side("eve", 3), at_s=20),
    battles.scores(battles.side("alice", 5), battles.side("eve", 9), at_s=40, extra_s=30),
)
WON = battles.side("alice", 50, Result.WIN, {"bob": 5}), battles.side("eve", 10, Result.LOSE)
DRAWN = battles.side("alice", 5, Result.DRAW), battles.side("eve", 5, Result.DRAW)
GAP = GapEvent(battles.about(30, "r1"), from_ms=1, to_ms=2)


def fights() -> Iterator[tuple[Match, int]]:
    """Battles as far as they got, each with how many seconds after its beginning it is looked at."""
    courses = [
        (FOUGHT[:1], 1),
        (FOUGHT, 50),
        ((*FOUGHT, battles.last_scores(battles.side("alice", 5), battles.side("eve", 9))), battles.FIGHT_S + 1),
        ((*FOUGHT, battles.decides(*WON)), 310),
        ((*FOUGHT, battles.decides(*DRAWN)), 310),
        ((FOUGHT[1], GAP, battles.decides(cut_short=True)), 4000),
        ((battles.opens("alice", "eve"), battles.closes()), 4000),
    ]
    for told, at_s in courses:
        board = BattleBoard()
        for event in told:
            board = board.then(event)
        ((key, battle),) = board.battles
        boosters = tuple(
            Booster(START_MS, START_MS + 500_000, kind, 2, host)
            for host in ("alice", "")
            for kind in (*battle_card._BOOSTERS, "whatever")
        )
        for boosted in (battle, replace(battle, boosters=boosters[:5]), replace(battle, boosters=boosters[-5:])):
            yield Match(key, Handle("alice"), LOOK, boosted, START_MS + at_s * 1000), START_MS + at_s * 1000


def test_every_pk_card() -> None:
    nothing_unmarked(said for match, now_ms in fights() for said in of_message(battle_card.shown(match, now_ms)))


def test_every_golive_post() -> None:
    watch = replace(WATCH, settings=replace(PLAIN, ping_role_id=DiscordRoleId(6)))
    for title in ("", "Rose"):
        event = LiveStartedEvent(events.about(room="r1"), title=title, started_at_ms=START_MS - 9_000_000, viewers=1500)
        card = golive.begun(watch, event, heard_at_ms=START_MS, pings=True)
        live = golive.of_card(card)
        assert live is not None
        nothing_unmarked(of_message(card.message))
        for end in (golive.End(), golive.End(START_MS, is_found_out=True), golive.End(START_MS)):
            nothing_unmarked(of_message(golive.farewell(LOOK, live, end, golive.Show(RoomId("r1"), 2000, had_gap=True))))


# --- What commands answer --------------------------------------------------------------------------------------------------


def standing(state: CreatorState, **more: Any) -> CreatorStatus:
    return replace(STATUS, state=state, connected=False, **more)


def paused(why: PauseReason) -> Watch:
    return replace(WATCH, paused_at=AT, paused_why=why)


def test_watch_and_unwatch(t: Language) -> None:
    other = replace(WATCH, settings=ALL)
    few = replace(WATCH, settings=replace(PLAIN, kinds=frozenset({EventKind.GIFT}), min_diamonds=1))
    placed = [
        Placed(WATCH, AT),
        Placed(other, AT, before=few),
        Placed(WATCH, AT, before=WATCH),
        Placed(WATCH, AT, before=paused(PauseReason.ASKED)),
        Placed(WATCH, AT, is_held=True),
    ]
    statuses = [standing(state, is_age_restricted=adult) for state in CreatorState for adult in (False, True)]
    said = [sentences.checking(t, each) for each in placed]
    said += [sentences.outcome(t, each, status) for each in placed for status in [*statuses, replace(STATUS, next_try_at=None)]]
    said += [sentences.ending(t, [WATCH] * count) for count in (1, 2)]
    said += [sentences.ended(t, [WATCH] * count) for count in (0, 1)]
    said.append(t(sentences.NOTHING_WATCHED))
    nothing_unmarked(said, typed=TYPED)


def test_watching(t: Language) -> None:
    faults = [Fault(WatchId(1), kind, "detail", AT) for kind in FaultKind]
    listed = [Listed(WATCH, standing(state, is_age_restricted=True)) for state in CreatorState]
    listed += [Listed(WATCH, STATUS, fault) for fault in faults]
    listed += [Listed(paused(why), STATUS) for why in PauseReason]
    nothing_unmarked([*(sentences.listed(t, each) for each in listed), sentences.footer(t, listed, 1, 3)])


def test_the_panel(t: Language) -> None:
    watches = [WATCH, replace(WATCH, settings=ALL), *map(paused, PauseReason)]
    for style, removal, offline in zip(Style, Removal, Offline, strict=True):
        watches.append(replace(WATCH, settings=replace(ALL, removal=removal, offline=offline, look=replace(LOOK, style=style))))
    watches.append(replace(WATCH, settings=replace(PLAIN, kinds=frozenset())))
    said = [text for watch in watches for text in of_embed(panel.embed(t, watch))]
    for watch in watches:
        rows = [row for tab in Tab for asks in ("", "6") for row in panel_controls.rows(t, watch, tab, asks=asks)]
        said += [text for row in rows for item in row for text in of_item(item)]
    said += of_item(panel_controls.choice(t, watches, {3: "rose"}))
    # Named by themselves, in their own language.
    nothing_unmarked(said, typed=panel.LANGUAGES.values())


def test_the_panels_forms_and_sentences(t: Language) -> None:
    presses = [Press(WatchId(1), Tab.WHO, name) for name in (*panel_forms._LISTS, *panel_forms._NUMBERS)]
    presses += [Press(WatchId(1), Tab.LOOK, "template", kind) for kind in templates.PLACEHOLDERS]
    forms = [panel_forms.form(t, press, PLAIN) for press in presses]
    said = [text for form in forms for text in (form.title, form.label, form.hint, form.example)]
    said += [t(each) for each in (panel.ENDED, panel.OUTDATED, panel.FORGOTTEN, panel.WHICH, panel.SOME)]
    said += [text for each in panel_preview.messages(replace(WATCH, settings=ALL), START_MS) for text in of_message(each)]
    nothing_unmarked(said)


def test_doctor(t: Language) -> None:
    place = Place(ChannelId(3), 0)
    well = Checkup(
        watch=WATCH,
        status=STATUS,
        former=(Handle("lou"),),
        last_event_at_ms=START_MS - 200_000,
        health=CreatorHealth(CreatorId(4), WATCH.handle, CreatorState.LIVE, way="TikTok", connected_at_ms=START_MS),
        queue=Queue(3, 3_700.0, 2, Trouble(50001, "", 0.0, 2)),
        place=place,
        fault=None,
        delivery=Delivery(ChannelId(3), DiscordMessageId(8), START_MS),
        detection_delay_s=60.0,
    )
    assert well.health is not None
    found = [well, replace(well, delivery=None, place=None, queue=Queue())]
    found += [replace(well, watch=paused(why), place=replace(place, is_locked=True, is_thread=True)) for why in PauseReason]
    found += [replace(well, fault=Fault(WatchId(1), kind, "", AT)) for kind in FaultKind]
    found += [replace(well, status=standing(state), health=replace(well.health, connected_at_ms=None)) for state in CreatorState]
    found += [replace(well, health=replace(well.health, place=2, expected_wait_s=wait_s)) for wait_s in (None, 9.0)]
    said = [examination.report(t, each, guild_id=GuildId(2), now_ms=START_MS) for each in found]
    open_to_all = replace(place, granted=to_relay(is_thread=False).value, is_public=True)
    found_alerts = [AlertCheckup(ChannelId(3), where, well.queue, DiscordRoleId(6), pings)
                    for where in (None, place, open_to_all) for pings in (None, False, True)]  # fmt: skip
    said += [examination.alerts(t, each) for each in found_alerts]
    nothing_unmarked([*said, *(examination.spell(t, seconds) for seconds in (1, 600, 9_000, 400_000))])


def test_live_and_catch_me_up(t: Language) -> None:
    last = LiveSession(CreatorId(4), RoomId("r0"), START_MS - 60_000, START_MS, START_MS)
    fight = next(Fight(match.key, match.battle, match.heard_at_ms) for match, _ in fights())
    glances = [None, Glance(RoomId("r1"), START_MS, True, "Rose", START_MS - 9_000_000, 9, 99, 999, fight, (), 0)]
    glances += [replace(glances[1], is_whole=whole, gifters=(Gifter(viewer("bob"), 5),)) for whole in (True, False)]  # type: ignore[type-var]
    cards = [live_card.now(t, Standing(WATCH, STATUS, last, glance), START_MS) for glance in glances]
    cards += [live_card.now(t, Standing(WATCH, standing(state), last, glances[1]), START_MS) for state in CreatorState]
    bob = viewer("bob")
    busy = CatchUp(
        START_MS,
        is_cut=True,
        comments=40,
        chatters=2,
        phrases=(Phrase("rose", 12),),
        gifts=(Given(bob, "", 2, 9),),
        diamonds=60,
        followers=(bob,) * 4,
        fights=(fight,),
        removals=2,
        quotes=(Quote(bob, "rose", is_question=True),),
        had_gap=True,
    )
    cards += [live_card.summary(t, each, WATCH.handle, LOOK, START_MS) for each in (busy, CatchUp(START_MS, is_cut=False))]
    nothing_unmarked(text for card in cards for text in of_embed(card))


def test_export_and_import(t: Language) -> None:
    wanted = [Portable(WATCH.handle, ChannelId(3), settings=each) for each in (PLAIN, ALL)]
    stopped = replace(wanted[0], paused=True)
    changed = ((WATCH, wanted[1]), (paused(PauseReason.ASKED), wanted[0]))
    found = Fitted((), {"news": ChannelId(9)}, roles=("fans",) * 11)
    said = [previews.exported(t, count) for count in (1, 2)]
    said.append(previews.problems(t, ["news"], [t("I cannot see the channel")] * 12))
    for plan in (
        Plan((stopped,), changed, (wanted[0],)),
        Plan((stopped,), held=frozenset({WATCH.handle})),
        Plan((stopped,) * 99),
    ):
        said += [previews.preview(t, plan, found), previews.done(t, plan)]
    said += [t(name) for name in previews._PARTS.values()]
    nothing_unmarked(said)


def test_notices(t: Language) -> None:
    names = [Handle(name) for name in ("alice", "bob", "eve", "lou", "mod") * 3]
    told = []
    for kind, channels, first, others in product(FaultKind, (1, 2, 9), (False, True), (False, True)):
        watches = [replace(WATCH, channel_id=ChannelId(3 + n % channels), handle=name) for n, name in enumerate(names)]
        faults = [Fault(WatchId(1), kind, "", AT, is_final=others if n else first) for n, _ in enumerate(watches)]
        told.append(notices.fault_text(t, GuildId(2), list(map(Ailing, watches, faults))))
    nothing_unmarked(text for each in [*told, notices.return_text(t, GuildId(2), names)] for text in of_message(each))


def test_settings_and_about(t: Language) -> None:
    chosen = GuildSettings(ChannelId(3), DiscordRoleId(4), DiscordRoleId(5), MARKED)
    nothing_unmarked([settings.shown(t, GuildSettings()), settings.shown(t, chosen), t(about.TEXT, invite="https://example.com")])


# --- What is refused -------------------------------------------------------------------------------------------------------


def test_who_may_do_what(t: Language) -> None:
    may_all = Permission.ADMINISTRATOR.value
    text = discord.ChannelType.text
    targets = [
        Target(3, discord.ChannelType.forum, may_all, may_all),
        Target(3, discord.ChannelType.category, may_all, may_all),
        Target(3, text, may_all, may_all, is_locked=True),
        Target(3, text, 0, may_all),
        Target(3, text, may_all, None),
        Target(3, text, may_all, 0),
        Target(3, discord.ChannelType.private_thread, may_all, may_all, is_known=False),
        Target(3, discord.ChannelType.public_thread, may_all, 0),
    ]
    said = [checks.target_refusal(t, target) for target in targets]
    role = PingRole(6)
    said += [checks.ping_refusal(t, role, Target(3, text, mine, 0)) for mine in (0, may_all)]
    said.append(checks.ping_refusal(t, replace(role, is_everyone=True), targets[0]))
    for known in (GuildSettings(), GuildSettings(manager_role_id=DiscordRoleId(6))):
        refusal = checks.configuration_refusal(0, (), known)
        assert refusal is not None
        said.append(t(refusal.text, **refusal.values))
    assert None not in said
    nothing_unmarked((str(each) for each in said), typed={"everyone"})


def test_what_cannot_be_read(t: Language) -> None:
    reads: list[Callable[[], object]] = [
        lambda: parse_handle("a b"),
        lambda: parse_handle("https://www.tiktok.com/"),
        lambda: creator_named("@alice @bob"),
        lambda: creator_named("https://vm.tiktok.com/x"),
        lambda: kinds.parse(""),
        lambda: kinds.parse("gif"),
        lambda: kinds.parse("123"),
        lambda: filters.parse_words("x" * 500),
        lambda: filters.parse_users(",".join(map(str, range(10_000)))),
        lambda: templates.parse(EventKind.DELETION, ""),
        lambda: templates.parse(EventKind.CHAT, "x" * 999),
        lambda: templates.parse(EventKind.CHAT, "{"),
        lambda: templates.parse(EventKind.CHAT, "{nam}"),
        lambda: templates.parse(EventKind.CHAT, "{zzzz}"),
        lambda: templates.parse(EventKind.CHAT, "{name}"),
        lambda: panel_forms.parse_number("x", 5),
        lambda: panel_forms.parse_hidden("*"),
        lambda: panel_forms.parse_hidden("r" + "*o*s*e" * 3),
        lambda: WordFilter(tuple(map(str, range(5000)))),
    ]
    nothing_unmarked([refused(read, t) for read in reads], typed={*TYPED, "bad"})
    nothing_unmarked(t(each) for each in (errors.OUTDATED, errors.STORAGE, errors.UNEXPECTED))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"[NaN]",
        b"[]",
        b'{"schema":2}',
        b'{"schema":1}',
        b'{"schema":1,"watche":[]}',
        b'{"schema":1,"watches":[5]}',
        b'{"schema":1,"watches":[{"creator":"a b","channel_id":"5"}]}',
        b'{"schema":1,"watches":[{"creator":"bob","channel_id":"x"}]}',
        b'{"schema":1,"watches":[{"creator":"bob","channel_id":"5","settings":{"min_diamonds":-1}}]}',
        b'{"schema":1,"watches":[{"creator":"bob","channel_id":"5","settings":{"filters":{"only_words":["x,y"]}}}]}',
        b'{"schema":1,"watches":[{"creator":"bob","channel_id":"5"},{"creator":"bob","channel_id":"5"}]}',
    ],
)
def test_a_file_that_cannot_be_read(t: Language, data: bytes) -> None:
    # The names of what stands in a file are the file's.
    typed = {key for keys in portable._KEYS.values() for key in keys} | {"watches", "watche"}
    nothing_unmarked([refused(lambda: portable.parse(t, data), t)], typed=typed)
