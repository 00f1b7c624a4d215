"""What `/alerts` shows: where alerts go, the watchlist, what it would have found. For private answers only. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.language import N_, Language
from bot.model.guild import GuildSettings
from bot.model.rule import RuleAction
from bot.moderation.flags import described
from bot.moderation.rules import Rehearsed
from bot.services.rulebook import Listed, Tried
from bot.text import cut, escape, excerpt
from cogs.ui import pages, profile

PAGE = 10
"""Rules of a page: as many as a menu can name, and a phone shows."""

MOST_COMMENT_CHARS = 150
MOST_LABEL_CHARS = 100
MOST_DESCRIPTION_CHARS = 3_500

SIGNS = {RuleAction.ALERT: "🔔", RuleAction.HIGHLIGHT: "⭐", RuleAction.HIDE: "🙈"}
ACTIONS = {RuleAction.ALERT: N_("alert"), RuleAction.HIGHLIGHT: N_("highlight"), RuleAction.HIDE: N_("hide from the relay")}

NO_RULES = N_("The watchlist is empty. `/alerts watch add` puts something on it.")
NO_CHANNEL = N_("There is no alert channel yet, so nobody is alerted: `/alerts channel` names one.")
GONE = N_("That rule is not there any more.")


def settings(t: Language, chosen: GuildSettings, rules: Sequence[Listed]) -> str:
    """Where alerts go, whom they ping, and how long the watchlist is."""
    if chosen.alert_channel_id is None:
        where = t(NO_CHANNEL)
    else:
        where = t("**Alerts** go to {channel}.", channel=f"<#{chosen.alert_channel_id}>")
    lines = [where]
    if chosen.alert_channel_id is not None:
        lines.append(_escalation(t, chosen))
    count = t.n("{count} rule", "{count} rules", len(rules))
    on = t("{on} on", on=t.number(sum(each.rule.is_enabled for each in rules)))
    lines.append("**" + t("Watchlist:") + f"** {count} ({on})")
    return "\n".join(lines)


def _escalation(t: Language, chosen: GuildSettings) -> str:
    if chosen.alert_role_id is None:
        return t("Nobody is pinged when nobody takes a case.")
    role = f"<@&{chosen.alert_role_id}>"
    if not chosen.escalate_after_s:
        return t("{role} is set, and never pinged: `escalate_after` is 0.", role=role)
    minutes = max(1, chosen.escalate_after_s // 60)
    return t.n(
        "{role} is pinged when nobody took a case for {count} minute.",
        "{role} is pinged when nobody took a case for {count} minutes.",
        minutes,
        role=role,
    )


def line(t: Language, each: Listed) -> str:
    """One rule, escaped."""
    rule = each.rule
    parts = [f"{SIGNS[rule.action]} **{escape(named(t, each))}**", t(ACTIONS[rule.action])]
    if each.creator:
        parts.append(escape(f"@{each.creator}"))
    if rule.action is RuleAction.ALERT and rule.cooldown_s:
        parts.append(t("again after {seconds} s", seconds=t.number(rule.cooldown_s)))
    if not rule.is_enabled:
        parts = ["⏸️ " + parts[0], *parts[1:], t("off")]
    return " · ".join(parts)


def named(t: Language, each: Listed) -> str:
    """What it looks for, not escaped. Somebody who is named by id is known by their handle, too."""
    said = described(t, each.rule)
    return f"{said} (@{each.viewer})" if each.viewer else said


def label(t: Language, each: Listed) -> str:
    """The same for a menu or a suggestion, which know no markup."""
    where = f" @{each.creator}" if each.creator else ""
    off = "" if each.rule.is_enabled else " (" + t("off") + ")"
    return cut(f"{SIGNS[each.rule.action]} {named(t, each)}{where}{off}", MOST_LABEL_CHARS)


def last_page(rules: Sequence[Listed]) -> int:
    """The number of the last page, the first is 0."""
    return max(0, len(rules) - 1) // PAGE


def of_page(rules: Sequence[Listed], page: int) -> Sequence[Listed]:
    """Its rules."""
    return rules[page * PAGE : (page + 1) * PAGE]


def page_of(t: Language, rules: Sequence[Listed], page: int) -> discord.Embed:
    """A page of the watchlist."""
    shown = of_page(rules, page)
    made = discord.Embed(title=t("Watchlist"), description="\n".join(line(t, each) for each in shown))
    count = t.n("{count} rule", "{count} rules", len(rules))
    number = t("Page {page} of {pages}", page=page + 1, pages=last_page(rules) + 1)
    return made.set_footer(text=f"{number} · {count}")


def tried(t: Language, found: Tried) -> discord.Embed:
    """What would have matched, the newest first."""
    rehearsal = found.rehearsal
    hits = t.n("{count} hit", "{count} hits", rehearsal.hits)
    alerts = t.n("{count} alert after cool-downs", "{count} alerts after cool-downs", rehearsal.alerts)
    comments = t.n("in {count} comment", "in {count} comments", found.comments)
    said = [f"**{hits}** {comments} · {alerts}"]
    if found.is_cut:
        said.append("-# " + t("So much was said that only the newest comments of each creator were looked at."))
    if any(each.row.removed_at_ms is not None for each in rehearsal.found):
        said.append("-# " + t(profile.WRITTEN_DOWN))
    lines = [_found(t, each, found) for each in rehearsal.found]
    fitting = pages.pages(lines, most=MOST_DESCRIPTION_CHARS, most_lines=len(lines) or 1)
    made = discord.Embed(title=t("What the watchlist would have found in the last hour"), description="\n".join(said))
    if fitting:
        made.description = "\n".join([*said, "", fitting[0]])
        shown = fitting[0].count("\n") + 1
        if shown < rehearsal.hits:
            made.set_footer(text=t("The newest {shown} of {hits}.", shown=t.number(shown), hits=t.number(rehearsal.hits)))
    return made


def _found(t: Language, each: Rehearsed, found: Tried) -> str:
    row = each.row
    creator = found.creators.get(row.creator_id, "")
    who = f"@{found.handles[row.viewer_id]}" if row.viewer_id in found.handles else row.viewer_id
    removed = "" if row.removed_at_ms is None else "🗑️ " + t("removed") + " · "
    text = excerpt(row.text, MOST_COMMENT_CHARS)
    return (
        f"<t:{row.received_at_ms // 1000}:T> {escape(f'@{creator}')} · {removed}**{escape(who)}** {text} "
        f"← {SIGNS[each.rule.action]} {escape(described(t, each.rule))}"
    )


def added(t: Language, each: Listed, *, is_new: bool, has_channel: bool) -> str:
    """What stands on the watchlist now."""
    said = t("On the watchlist from now on:") if is_new else t("Changed:")
    lines = [said, line(t, each)]
    if each.rule.action is RuleAction.ALERT and not has_channel:
        lines.append(t(NO_CHANNEL))
    if each.rule.action is RuleAction.HIDE:
        lines.append("-# " + t("Hidden only here: on TikTok it stays, and moderators still find it with `/lookup`."))
    return "\n".join(lines)
