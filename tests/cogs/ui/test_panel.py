"""What the panel says, and how its controls are named."""

from __future__ import annotations

import pytest

from bot.language import known, language
from bot.model.ids import DiscordRoleId, WatchId
from bot.model.message import MOST_DESCRIPTION_CHARS
from bot.model.watch import EventKind, Filters, Follows, Look, PauseReason, Role, WatchSettings
from cogs.ui import panel
from cogs.ui.panel import Press, Tab
from tests.doubles.tuned import LARGEST, NOW, tuned

T = language("en")


def test_a_plain_watch_is_told_in_four_lines() -> None:
    embed = panel.embed(T, tuned())
    assert embed.description == (
        "**@alice** → <#70> · ▶️ relaying\n"
        "**Events** Chat, Gifts, Follows, Shares, PK battles, Deletions, Go-live\n"
        "**Look** Compact · English · Defang links · Mark deleted lines\n"
        "**Go-live** pings nobody · Afterwards: edit the post"
    )
    assert embed.footer == "Revision 1. Changes take effect at once."


def test_whatever_is_set_is_told() -> None:
    watch = tuned(
        WatchSettings(
            kinds=frozenset({EventKind.CHAT, EventKind.FOLLOW, EventKind.LIVE}),
            min_diamonds=1000,
            follows=Follows.DIGEST,
            filters=Filters(only_users=("bob",), not_roles=frozenset({Role.FAN}), not_words=("*spam*", "/f+oo/")),
            look=Look(templates=((EventKind.CHAT, "{text}"),), hidden_words=("x", "y")),
            ping_role_id=DiscordRoleId(5),
            ping_cooldown_s=90,
        )
    )
    said = panel.embed(T, watch).description
    assert "Chat, Follows, Go-live · gifts from 1,000 💎 · Follows as a digest" in said
    assert "**Only** from @\u200bbob\n**Never** from Fans · with \\*spam\\*, /f+oo/" in said
    assert "2 hidden words · own templates: Chat" in said
    assert "pings <@&5> · at most every 2 minutes" in said


def test_without_its_kind_there_is_no_golive_post() -> None:
    watch = tuned(WatchSettings(kinds=frozenset({EventKind.CHAT}), ping_role_id=DiscordRoleId(5)))
    assert "**Go-live** no post" in panel.embed(T, watch).description


@pytest.mark.parametrize(
    ("why", "says"),
    [
        (PauseReason.ASKED, f"⏸️ paused <t:{int(NOW.timestamp())}:R>\n"),
        (PauseReason.LEFT, "I was removed from this server"),
        (PauseReason.FAULT, "Discord refused my posts, see `/doctor`"),
    ],
)
def test_a_pause_is_told_with_its_reason(why: PauseReason, says: str) -> None:
    embed = panel.embed(T, tuned(paused_why=why))
    assert says in embed.description
    assert embed.colour == panel.PAUSED


@pytest.mark.parametrize("locale", known())
def test_the_largest_settings_fit_into_an_embed_in_every_language(locale: str) -> None:
    embed = panel.embed(language(locale), tuned(LARGEST, paused_why=PauseReason.FAULT, largest_ids=True))
    assert len(embed.description) <= MOST_DESCRIPTION_CHARS
    assert len(embed.description) + len(embed.footer) <= 6000
    assert "…" in embed.description, "long lists are cut"


@pytest.mark.parametrize("locale", known())
def test_every_sentence_above_the_panel_fits_into_a_message_in_every_language(locale: str) -> None:
    t = language(locale)
    for sentence in (panel.ENDED, panel.OUTDATED, panel.FORGOTTEN, panel.WHICH, panel.SOME):
        assert len(t(sentence).replace("{creator}", "x" * 80)) <= 2000


def test_every_setting_has_its_words() -> None:
    words = (panel.KINDS, panel.ROLES, panel.STYLES, panel.LINKS, panel.FOLLOWS, panel.REMOVALS, panel.OFFLINE, panel.TABS)
    for table in words:
        kinds = {type(key) for key in table}
        assert list(table) == list(kinds.pop())
    assert set(panel.LANGUAGES) >= set(known())


def test_a_custom_id_comes_back_as_what_it_named() -> None:
    for press in (
        Press(WatchId(10**18 - 1), Tab.LOOK, "template", "deletion"),
        Press(WatchId(1), Tab.LIVE, "role_anyway", str(2**63 - 1)),
        Press(WatchId(0), Tab.WHAT, "section_again"),
        Press(WatchId(1), Tab.LOOK, "template", "chat", filled="0123abcd"),
    ):
        assert Press.of(press.custom_id) == press
        assert len(press.custom_id) <= 100


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "tune:1:what",
        "tune:x:what:kinds",
        "tune:1:what:kinds.",
        "tune:1:what:KINDS",
        "x tune:1:what:kinds",
        f"tune:{10**18}:what:kinds",
    ],
)
def test_what_is_no_control_of_ours_is_none(custom_id: str) -> None:
    assert Press.of(custom_id) is None


def test_a_section_of_another_version_is_the_first_one() -> None:
    press = Press.of("tune:1:attic:kinds")
    assert press is not None
    assert press.tab is Tab.WHAT
