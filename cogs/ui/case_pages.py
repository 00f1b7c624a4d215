"""How cases read for a moderator, privately: the list, one of them with what was done to it, and what was removed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.language import N_, Language
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.moderation.alerts import name_of, person, viewer_of
from bot.moderation.cases import THE_BOT
from bot.services.cases import Page, Revealed
from bot.storage.cases import Text
from bot.text import escape, excerpt, one_line
from cogs.ui.pages import pages

MOST_TEXT = 200
"""Characters of a comment that are shown; the file has all of it."""

MOST_NOTE = 400
MOST_SHOWN = 4_000

STATES = {
    CaseState.OPEN: "🔴",
    CaseState.ESCALATED: "🔴",
    CaseState.CLAIMED: "🟡",
    CaseState.DONE: "🟢",
    CaseState.FALSE_ALARM: "⚪",
}

CHOICES = (N_("All"), N_("Not closed"), N_("Nobody has it"), N_("Somebody is on it"), N_("Done"), N_("False alarm"))
"""What stands for `bot.services.cases.CHOICES`, in their order."""

NOTHING = N_("There is no such case. Cases begin when comments are removed on TikTok and `/alerts channel` names a channel.")

OWN_STEPS = {"opened": N_("Opened automatically"), "escalated": N_("The moderators were pinged")}
"""Of the bot."""

STEPS = {
    "opened": N_("opened it"),
    "claimed": N_("is on it"),
    "taken_over": N_("took it over"),
    "released": N_("let it go"),
    "done": N_("closed it as done"),
    "false_alarm": N_("closed it as a false alarm"),
    "reopened": N_("reopened it"),
    "escalated": N_("pinged the moderators"),
    "revealed": N_("read the text"),
    "noted": N_("noted:"),
}


def row_of(t: Language, case: Case, creator: str) -> str:
    """One case of the list."""
    who = name_of(t, viewer_of(case)) if case.viewer_id else t("somebody")
    said = [
        f"{STATES[case.state]} **#{case.number}** {who}",
        t("{creator}'s live", creator=escape(f"@{creator}")),
        _kind(t, case),
        f"<t:{int(case.opened_at.timestamp())}:R>",
    ]
    if case.owner_id is not None:
        said.append(f"<@{case.owner_id}>")
    return " · ".join(said)


def listed(t: Language, page: Page) -> str:
    """A page of the list."""
    rows = [row_of(t, each, page.creators.get(each.creator_id, "")) for each in page.cases]
    return pages(rows)[0] if rows else t(NOTHING)


def history(t: Language, case: Case, steps: Sequence[CaseStep], creator: str) -> str:
    """One case and all that was done to it, the newest that fit."""
    who = person(t, viewer_of(case)) if case.viewer_id else t("somebody")
    head = [who, t("{creator}'s live", creator=escape(f"@{creator}")) + " · " + _kind(t, case), ""]
    lines = [_step(t, each) for each in steps]
    while lines and sum(len(line) + 1 for line in (*head, *lines)) > 4_000:
        lines.pop(0)
    return "\n".join([*head, *lines])


def revealed(t: Language, found: Revealed) -> tuple[str, bool]:
    """What the case is about, marked, among what was said around it; and whether all of it stands there."""
    said = list(_groups(t, found))
    if found.gone:
        said.insert(0, t.n("The text of {count} more is gone.", "The text of {count} more is gone.", found.gone))
    first, *others = pages(said, most=MOST_SHOWN, most_lines=len(said))
    return first + ("\n" + t("The file has all of it.") if others else ""), not others


def revealed_title(t: Language, case: Case) -> str:
    """Of what is shown there."""
    if case.kind is CaseKind.REMOVAL:
        return t("Case #{number}: what was removed", number=case.number)
    return t("Case #{number}: what was written", number=case.number)


def file(found: Revealed) -> str:
    """All of it as plain text, one comment in each line."""
    return "".join(_plain(each) for each in found.lines)


def _groups(t: Language, found: Revealed) -> Iterator[str]:
    # Whoever keeps comments may not have heard of the removal that a case is about.
    is_removal = found.case.kind is CaseKind.REMOVAL
    for number, group in enumerate(found.groups):
        if number:
            yield "-# ⋯"
        for each in group.before:
            yield "-# " + _quoted(t, each, is_removed=each.is_removed)
        for each in group.lines:
            yield ("" if is_removal else "➡️ ") + _quoted(t, each, is_removed=is_removal or each.is_removed)
        for each in group.after:
            yield "-# " + _quoted(t, each, is_removed=each.is_removed)


def _quoted(t: Language, each: Text, *, is_removed: bool) -> str:
    at = f"<t:{each.received_at_ms // 1000}:T>"
    return f"{'🗑️ ' * is_removed}{at} {person(t, each.by)} {excerpt(each.text, MOST_TEXT)}"


def _plain(each: Text) -> str:
    at = datetime.fromtimestamp(each.received_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    names = [each.by.nickname, f"@{each.by.handle}" if each.by.handle else ""]
    by = one_line(" ".join(filter(None, dict.fromkeys(names)))) or each.by.id
    return f"{at}  {by}: {one_line(each.text)}\n"


def _step(t: Language, each: CaseStep) -> str:
    at = f"<t:{int(each.at.timestamp())}:f>"
    if each.actor_id == THE_BOT and each.action in OWN_STEPS:
        return at + " " + t(OWN_STEPS[each.action])
    done = t(STEPS[each.action]) if each.action in STEPS else each.action
    note = f" {escape(each.note)[:MOST_NOTE]}" if each.note else ""
    return f"{at} <@{each.actor_id}> {done}{note}"


def _kind(t: Language, case: Case) -> str:
    match case.kind:
        case CaseKind.REMOVAL:
            return t.n("{count} comment removed", "{count} comments removed", case.comments)
        case CaseKind.WATCHLIST:
            return t("watchlist")
        case _:
            return t("opened by a moderator")
