"""How cases read for a moderator, privately: the list, one of them with what was done to it, and what was removed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.language import N_, Language
from bot.model.case import Case, CaseKind, CaseState, CaseStep
from bot.moderation.alerts import name_of, person, viewer_of
from bot.moderation.cases import THE_BOT
from bot.services.cases import Group, Page, Revealed
from bot.storage.cases import Text
from bot.text import escape, excerpt, one_line, safe_name
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
    """What was removed, marked, among what was said around it; and whether all of it stands there."""
    said = list(_groups(t, found.groups))
    if found.gone:
        said.insert(0, t.n("The text of {count} more is gone.", "The text of {count} more is gone.", found.gone))
    first, *others = pages(said, most=MOST_SHOWN, most_lines=len(said))
    return first + ("\n" + t("The file has all of it.") if others else ""), not others


def file(found: Revealed) -> str:
    """All of it as plain text, one comment in each line."""
    return "".join(_plain(each) for each in found.lines)


def _groups(t: Language, groups: Sequence[Group]) -> Iterator[str]:
    for number, group in enumerate(groups):
        if number:
            yield "-# ⋯"
        for each in group.before:
            yield _quoted(t, each, "-# ")
        for each in group.lines:
            yield _quoted(t, each, "🗑️ ")
        for each in group.after:
            yield _quoted(t, each, "-# ")


def _quoted(t: Language, each: Text, sign: str) -> str:
    at = f"<t:{each.received_at_ms // 1000}:T>"
    by = safe_name(each.by, viewer_id=each.viewer_id, stranger=t("viewer"))
    return f"{sign}{at} **{by}** {excerpt(each.text, MOST_TEXT)}"


def _plain(each: Text) -> str:
    at = datetime.fromtimestamp(each.received_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{at}  {one_line(each.by) or each.viewer_id}: {one_line(each.text)}\n"


def _step(t: Language, each: CaseStep) -> str:
    who = t("I") if each.actor_id == THE_BOT else f"<@{each.actor_id}>"
    note = f" {escape(each.note)[:MOST_NOTE]}" if each.note else ""
    return f"<t:{int(each.at.timestamp())}:f> {who} {t(STEPS[each.action]) if each.action in STEPS else each.action}{note}"


def _kind(t: Language, case: Case) -> str:
    match case.kind:
        case CaseKind.REMOVAL:
            return t.n("{count} comment removed", "{count} comments removed", case.comments)
        case CaseKind.WATCHLIST:
            return t("watchlist")
        case _:
            return t("opened by a moderator")
