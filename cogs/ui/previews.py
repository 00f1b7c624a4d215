"""What `/export` and `/import` say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.language import N_, Language
from bot.model.watch import MEANT, WatchSettings
from bot.services.portable import Fitted, Portable
from bot.services.transfer import Plan
from bot.text import cut
from cogs.ui import sentences
from cogs.ui.pages import EMBED_DESCRIPTION

MOST_NAMED = 10
"""Names in one sentence; more are counted."""

_PARTS = {
    "filters": N_("filters"),
    "look": N_("style, language, templates or hidden words"),
    "removal": N_("what becomes of removed comments"),
    "follows": N_("how follows are told"),
    "ping_role_id": N_("pinged role"),
    "ping_cooldown_s": N_("pause between pings"),
    "offline": N_("what becomes of the go-live post"),
}


def exported(t: Language, count: int) -> str:
    return t.n(
        "{count} watch with all its settings. `/import` reads this file, here or in another server.",
        "{count} watches with all their settings. `/import` reads this file, here or in another server.",
        count,
    )


def problems(t: Language, missing: Sequence[str], refusals: Sequence[str]) -> str:
    """Why a file cannot be imported as it is. Nothing of it is done."""
    lines = []
    if missing:
        lines.append(t("These channels of the file are not here, or I do not see them: {names}.", names=_named(t, missing)))
    lines += refusals[:MOST_NAMED]
    if len(refusals) > MOST_NAMED:
        lines.append(t("… and {count} more of that kind.", count=len(refusals) - MOST_NAMED))
    lines.append(t("Nothing was changed. Put it right, here or in the file, and use `/import` again."))
    return cut("\n".join(lines), 2000)


def preview(t: Language, plan: Plan, found: Fitted) -> str:
    """What would be done, watch by watch; it fits into an embed."""
    lines = [_counts(t, plan)]
    lines += [
        t(
            "{name} is not here; {channel} of the same name takes its place.",
            name=f"`#{_plain(name)}`",
            channel=f"<#{channel_id}>",
        )
        for name, channel_id in list(found.mapped.items())[:MOST_NAMED]
    ]
    if found.roles:
        lines.append(t("These roles are not here, so nobody is pinged for them: {names}.", names=_named(t, found.roles)))
    lines += _steps(t, plan)
    kept: list[str] = []
    for number, line in enumerate(lines):
        more = t("… and {count} more.", count=len(lines) - number)
        if sum(map(len, kept)) + len(kept) + len(line) + len(more) + 1 > EMBED_DESCRIPTION:
            return "\n".join([*kept, more])
        kept.append(line)
    return "\n".join(kept)


def done(t: Language, plan: Plan) -> str:
    """After the button."""
    return t("Done: {counts}", counts=_counts(t, plan))


def _counts(t: Language, plan: Plan) -> str:
    counts = (
        (len(plan.created), t.n("{count} new watch", "{count} new watches", len(plan.created))),
        (len(plan.changed), t.n("{count} changed", "{count} changed", len(plan.changed))),
        (len(plan.same), t.n("{count} as it is", "{count} as they are", len(plan.same))),
    )
    return " · ".join(said for count, said in counts if count) or t("no watches")


def _steps(t: Language, plan: Plan) -> Iterator[str]:
    for each in plan.created:
        yield " · ".join([f"➕ {_where(each)}", sentences.settings(t, each.settings), *_pause(t, each, plan)])
    for watch, each in plan.changed:
        parts = [*changed_parts(t, watch.settings, each.settings), *_pause(t, each, plan)]
        if watch.paused_why in MEANT and not each.paused:
            parts.append(t("goes on"))
        yield " · ".join([f"✏️ {_where(each)}", *parts])


def changed_parts(t: Language, before: WatchSettings, after: WatchSettings) -> Iterator[str]:
    """The parts of the settings that differ: those that fit into a few words with what they were and shall be."""
    yield from sentences.changes(t, before, after)
    for part, name in _PARTS.items():
        if getattr(before, part) != getattr(after, part):
            yield t(name)


def _pause(t: Language, each: Portable, plan: Plan) -> Iterator[str]:
    if each.creator in plan.held and each.paused:
        yield sentences.PAUSED + " " + t("paused: the creator is for adults, the channel is not")
    elif each.paused:
        yield sentences.PAUSED + " " + t("paused")


def _where(each: Portable) -> str:
    return f"{sentences.at(each.creator)} → {sentences.mention(each.channel_id)}"


def _named(t: Language, names: Sequence[str]) -> str:
    shown = ", ".join(f"`{_plain(name)}`" for name in names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else t("{names} and {count} more", names=shown, count=len(names) - MOST_NAMED)


def _plain(name: str) -> str:
    """A name out of a file inside of backticks: nothing is escaped there, so nothing may end them."""
    return cut(" ".join(name.replace("`", "'").split()), 50) or "?"
