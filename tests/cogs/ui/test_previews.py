"""What a person reads before and after a file is imported."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

from bot.events.ids import Handle
from bot.language import ENGLISH, language
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import EventKind, Look, PauseReason, Style, Watch, WatchSettings
from bot.services.portable import Fitted, Portable
from bot.services.transfer import Plan
from cogs.ui import previews
from cogs.ui.pages import EMBED_DESCRIPTION

T = language(ENGLISH)
AT = datetime(2026, 11, 20, tzinfo=UTC)
USUAL = WatchSettings()


def wanted(handle: str = "alice", settings: WatchSettings = USUAL, *, paused: bool = False) -> Portable:
    return Portable(Handle(handle), ChannelId(5), settings=settings, paused=paused)


def watch(*, is_paused: bool = False) -> Watch:
    why = PauseReason.ASKED if is_paused else None
    return Watch(WatchId(1), GuildId(2), ChannelId(5), CreatorId(3), Handle("alice"), AT, DiscordUserId(4), paused_why=why)


def test_each_watch_has_its_line_and_those_that_stand_are_counted() -> None:
    other = replace(USUAL, kinds=frozenset({EventKind.GIFT}), look=Look(style=Style.RICH))
    plan = Plan((wanted("bob", paused=True),), ((watch(), wanted(settings=other)),), (wanted("carol"),))
    assert previews.preview(T, plan, Fitted(())).splitlines() == [
        "1 new watch · 1 changed · 1 as it is",
        "➕ **@bob** → <#5> · the usual · ⏸️ paused",
        "✏️ **@alice** → <#5> · the usual → gift · style, language, templates or hidden words",
    ]
    assert previews.done(T, plan) == "Done: 1 new watch · 1 changed · 1 as it is"


def test_a_watch_that_goes_on_says_so() -> None:
    plan = Plan((), ((watch(is_paused=True), wanted()),))
    assert previews.preview(T, plan, Fitted(())).splitlines()[1] == "✏️ **@alice** → <#5> · goes on"


def test_every_setting_of_a_file_has_a_name() -> None:
    assert {each.name for each in fields(WatchSettings)} - {"kinds", "min_diamonds", "adults_anyway"} == set(previews._PARTS)


def test_channels_of_the_same_name_and_missing_roles_are_told() -> None:
    said = previews.preview(T, Plan(), Fitted((), {"news": ChannelId(9)}, roles=("fans", "`x`")))
    assert "`#news` is not here; <#9> of the same name takes its place." in said
    assert "These roles are not here, so nobody is pinged for them: `fans`, `'x'`." in said


def test_a_long_preview_ends_with_how_much_more_there_is() -> None:
    plan = Plan(tuple(wanted(f"creator{number:04}") for number in range(500)))
    said = previews.preview(T, plan, Fitted(()))
    assert len(said) <= EMBED_DESCRIPTION
    shown = said.count("➕")
    assert said.splitlines()[-1] == f"… and {500 - shown} more."


def test_many_problems_fit_into_one_answer() -> None:
    said = previews.problems(T, [f"channel {number}" for number in range(99)], ["x" * 300] * 99)
    assert len(said) <= 2000
    assert "and 89 more" in said
