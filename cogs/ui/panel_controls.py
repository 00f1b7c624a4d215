"""The controls of `/tune`'s panel, section by section: five rows, which is all that Discord has. Pure but for discord.py's items.

A control remembers nothing: its custom id names the watch and itself, and whatever it is set to was read from the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import discord

from bot.language import Language, known
from bot.model.ids import WatchId
from bot.model.watch import EventKind, Watch
from bot.relay.templates import PLACEHOLDERS
from bot.text import cut
from cogs.ui import panel
from cogs.ui.panel import Press, Tab

MOST_OPTIONS = 25
MOST_LABEL_CHARS = 100
MOST_BUTTON_CHARS = 80
"""Discord's, of one menu, of one option and of one button (components/reference). Translations may be longer."""

Item = discord.ui.Item[Any]
Words = Mapping[Any, tuple[str, str]]
"""What can be chosen, each with a label and a description, to be translated."""


def rows(t: Language, watch: Watch, tab: Tab, *, knows_role: bool = True, asks: str = "") -> Sequence[Sequence[Item]]:
    """The section's rows. `knows_role`: the role to ping is one that Discord still has.

    `asks` names what waits for a second press: "reset", "resume", or the id of a role that I cannot ping yet.
    """
    section = _menu(t, Press(watch.id, tab, "section"), {each: panel.TABS[each] for each in Tab}, {tab}, placeholder=t("Section"))
    build = _SECTIONS[tab]
    return [[section], *build(t, watch, knows_role, asks)]


def choice(t: Language, watches: Sequence[Watch], names: Mapping[int, str]) -> Item:
    """Which of the watches of one creator is meant; `names` are those of their channels, as far as they are known."""
    menu = discord.ui.Select[Any](custom_id=Press(WatchId(0), Tab.WHAT, "watch").custom_id, placeholder=t("Choose a channel"))
    for watch in watches[:MOST_OPTIONS]:
        name = f"#{names.get(watch.channel_id, watch.channel_id)}"
        menu.add_option(label=name[:MOST_LABEL_CHARS], value=str(watch.id), description=t("paused") if watch.paused_at else None)
    return menu


def _what(t: Language, watch: Watch, _knows_role: bool, _asks: str) -> Sequence[Sequence[Item]]:
    at, wanted = _at(watch, Tab.WHAT), watch.settings
    return [
        [_menu(t, at("kinds"), panel.KINDS, wanted.kinds, placeholder=t("Kinds of events"), most=len(EventKind))],
        [_menu(t, at("follows"), panel.FOLLOWS, {wanted.follows})],
        [_button(at("min_diamonds"), "💎", t("Smallest gift…")), _preview(t, at)],
    ]


def _who(t: Language, watch: Watch, _knows_role: bool, _asks: str) -> Sequence[Sequence[Item]]:
    at, wanted = _at(watch, Tab.WHO), watch.settings.filters
    only, never = t("Only from these roles on TikTok"), t("Never from these roles on TikTok")
    most = len(panel.ROLES)
    return [
        [_menu(t, at("only_roles"), panel.ROLES, wanted.only_roles, placeholder=only, least=0, most=most)],
        [_menu(t, at("not_roles"), panel.ROLES, wanted.not_roles, placeholder=never, least=0, most=most)],
        [
            _button(at("only_users"), "👤", t("Only users…")),
            _button(at("not_users"), "🚫", t("Never users…")),
            _button(at("only_words"), "💬", t("Only words…")),
            _button(at("not_words"), "🔇", t("Never words…")),
        ],
        [_preview(t, at)],
    ]


def _look(t: Language, watch: Watch, _knows_role: bool, _asks: str) -> Sequence[Sequence[Item]]:
    at, wanted = _at(watch, Tab.LOOK), watch.settings.look
    kinds = {kind: panel.KINDS[kind] for kind in EventKind if kind in PLACEHOLDERS}
    return [
        [_menu(t, at("style"), panel.STYLES, {wanted.style})],
        [_menu(t, at("links"), panel.LINKS, {wanted.links})],
        [_menu(t, at("template"), kinds, (), placeholder=t("Write a template for…"))],
        [_button(at("hidden_words"), "🙈", t("Hidden words…")), _preview(t, at)],
    ]


def _live(t: Language, watch: Watch, knows_role: bool, asks: str) -> Sequence[Sequence[Item]]:
    at, wanted = _at(watch, Tab.LIVE), watch.settings
    role = discord.ui.RoleSelect[Any](
        custom_id=at("role").custom_id, placeholder=t("Ping nobody; choose a role to ping"), min_values=0, max_values=1
    )
    if wanted.ping_role_id is not None and knows_role:
        role.default_values = [discord.SelectDefaultValue.from_role(discord.Object(wanted.ping_role_id))]
    buttons = [_button(at("cooldown"), "⏱️", t("Pause between pings…")), _preview(t, at)]
    if asks:
        anyway = Press(watch.id, Tab.LIVE, "role_anyway", asks)
        buttons.insert(0, _button(anyway, "⚠️", t("Choose this role anyway"), discord.ButtonStyle.danger))
    return [[role], [_menu(t, at("offline"), panel.OFFLINE, {wanted.offline})], buttons]


def _more(t: Language, watch: Watch, _knows_role: bool, asks: str) -> Sequence[Sequence[Item]]:
    at, wanted = _at(watch, Tab.MORE), watch.settings
    languages = {code: panel.LANGUAGES.get(code, code) for code in known()[:MOST_OPTIONS]}
    spoken = discord.ui.Select[Any](custom_id=at("locale").custom_id)
    for code, name in languages.items():
        spoken.add_option(label=t("Lines in {language}", language=name), value=code, default=code == wanted.look.locale)
    if watch.paused_at is None:
        standing = _button(at("pause"), "⏸️", t("Pause"))
    else:
        standing = _button(at("resume"), "▶️", t("Resume"), discord.ButtonStyle.success)
    if asks == "resume":
        yes = _button(at("resume_anyway"), "🔞", t("Relay here anyway"), discord.ButtonStyle.danger)
        buttons = [yes, _button(at("section_again"), "✖️", t("No"))]
    elif asks:
        yes = _button(at("reset_yes"), "↩️", t("Yes, everything to its default"), discord.ButtonStyle.danger)
        buttons = [yes, _button(at("section_again"), "✖️", t("No"))]
    else:
        buttons = [standing, _button(at("reset"), "↩️", t("Reset to defaults…")), _preview(t, at)]
    return [[spoken], [_menu(t, at("removal"), panel.REMOVALS, {wanted.removal})], buttons]


_SECTIONS: Mapping[Tab, Callable[[Language, Watch, bool, str], Sequence[Sequence[Item]]]] = {
    Tab.WHAT: _what,
    Tab.WHO: _who,
    Tab.LOOK: _look,
    Tab.LIVE: _live,
    Tab.MORE: _more,
}


def _at(watch: Watch, tab: Tab) -> Callable[[str], Press]:
    return lambda control: Press(watch.id, tab, control)


def _menu(
    t: Language,
    press: Press,
    words: Words,
    chosen: Collection[Any],
    *,
    placeholder: str | None = None,
    least: int = 1,
    most: int = 1,
) -> Item:
    menu = discord.ui.Select[Any](custom_id=press.custom_id, placeholder=placeholder, min_values=least, max_values=most)
    for value, (label, description) in words.items():
        said, more = cut(t(label), MOST_LABEL_CHARS), cut(t(description), MOST_LABEL_CHARS)
        menu.add_option(label=said, value=str(value), description=more, default=value in chosen)
    return menu


def _button(
    press: Press, emoji: str, label: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> discord.ui.Button[Any]:
    return discord.ui.Button(custom_id=press.custom_id, emoji=emoji, label=cut(label, MOST_BUTTON_CHARS), style=style)


def _preview(t: Language, at: Callable[[str], Press]) -> discord.ui.Button[Any]:
    return _button(at("preview"), "👁️", t("Preview"), discord.ButtonStyle.primary)
