"""How the watchlist reads."""

from __future__ import annotations

from dataclasses import replace

from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.language import language
from bot.model.comment import CommentRow
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, CreatorId, DiscordRoleId, GuildId, RuleId
from bot.model.rule import Rule, RuleAction, RuleKind
from bot.moderation.rules import MOST_PATTERN_CHARS, Rehearsal, Rehearsed
from bot.services.rulebook import MOST_FOUND, Listed, Tried
from cogs.ui import rule_list
from cogs.ui.pages import EMBED_DESCRIPTION
from tests.doubles.house import plain

T = language("en")
BAD = Rule(RuleId(1), GuildId(1), RuleKind.KEYWORD, "bad")


def test_a_rule_reads_as_what_it_looks_for_and_what_then_happens() -> None:
    assert rule_list.line(T, Listed(BAD)) == "🔔 **keyword “bad”** · alert · again after 60 s"
    hiding = replace(BAD, action=RuleAction.HIDE, is_enabled=False)
    assert plain(rule_list.line(T, Listed(hiding, Handle("alice")))) == (
        "⏸️ 🙈 **keyword “bad”** · hide from the relay · @alice · off"
    )


def test_a_pattern_can_break_neither_line_nor_menu() -> None:
    odd = replace(BAD, kind=RuleKind.REGEX, pattern="**@everyone**\n`x`" * 20)
    line = rule_list.line(T, Listed(odd))
    assert "\n" not in line
    assert "@everyone" not in line
    assert len(rule_list.label(T, Listed(odd, Handle("a" * 24)))) <= rule_list.MOST_LABEL_CHARS


def test_a_page_of_the_longest_rules_fits() -> None:
    longest = Listed(replace(BAD, kind=RuleKind.REGEX, pattern="*" * MOST_PATTERN_CHARS), Handle("a" * 24), Handle("b" * 24))
    page = rule_list.page_of(T, [longest] * 1_000, 3)
    assert len(page.description or "") <= EMBED_DESCRIPTION
    assert page.footer.text == "Page 4 of 100 · 1,000 rules"


def test_settings_say_where_whom_and_when() -> None:
    nothing = rule_list.settings(T, GuildSettings(), [])
    assert "There is no alert channel yet" in nothing
    assert "pinged" not in nothing
    chosen = GuildSettings(alert_channel_id=ChannelId(5), alert_role_id=DiscordRoleId(6), escalate_after_s=60)
    assert "<@&6> is pinged when nobody took a case for 1 minute." in rule_list.settings(T, chosen, [Listed(BAD)])
    assert "never pinged" in rule_list.settings(T, replace(chosen, escalate_after_s=0), [])
    assert "Nobody is pinged" in rule_list.settings(T, replace(chosen, alert_role_id=None), [])


def test_what_was_found_fits_is_escaped_and_counted() -> None:
    creator, viewer = CreatorId(1), ViewerId("77")
    row = CommentRow(creator, 1, RoomId("1"), MessageId("m"), viewer, "*@everyone* " * 40, 1, 1_000, removed_at_ms=5)
    found = Rehearsal(tuple(Rehearsed(BAD, row, ()) for _ in range(MOST_FOUND)), hits=900, alerts=3)
    embed = rule_list.tried(T, Tried(found, 20_000, True, {viewer: Handle("bob")}, {creator: Handle("alice")}))
    text = embed.description or ""
    assert len(text) <= EMBED_DESCRIPTION
    assert "**900 hits** in 20,000 comments · 3 alerts after cool-downs" in text
    assert "only the newest comments" in text
    assert "@everyone" not in text
    assert "🗑️ removed" in text
    assert "That you looked is written down." in text
    assert "of 900." in (embed.footer.text or "")
    nothing = rule_list.tried(T, Tried(Rehearsal((), 0, 0), 0, False, {}, {}))
    assert nothing.description == "**0 hits** in 0 comments · 0 alerts after cool-downs"
