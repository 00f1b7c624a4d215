"""What a look-up shows: who somebody is, what they wrote, what moderators noted. For private answers only. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import discord

from bot.language import N_, Language
from bot.model.case import CaseKind, CaseState
from bot.model.viewer import Name, Note, Profile
from bot.services.viewers import MOST_NOTE_CHARS, Found, Page
from bot.text import escape, excerpt, is_handle, safe_name
from cogs.ui import pages

MOST_FIELD_CHARS = 600
"""Of a field: with six of them, a page of comments still fits into Discord's 6,000 characters of one message."""

MOST_COMMENT_CHARS = 150
"""TikTok's own limit."""

NOTE_IN_BRIEF = 100
CASES_IN_BRIEF = 5
NOTES_ON_A_PAGE = 5

WRITTEN_DOWN = N_("That you looked is written down.")

KINDS = {
    CaseKind.REMOVAL: N_("removed comments"),
    CaseKind.WATCHLIST: N_("watchlist"),
    CaseKind.MANUAL: N_("opened by hand"),
}

STATES = {
    CaseState.OPEN: N_("open"),
    CaseState.CLAIMED: N_("claimed"),
    CaseState.ESCALATED: N_("escalated"),
    CaseState.DONE: N_("done"),
    CaseState.FALSE_ALARM: N_("false alarm"),
}


def summary(t: Language, found: Profile) -> discord.Embed:
    """Who somebody is, in figures."""
    name = safe_name(found.nickname, found.handle, found.viewer_id, stranger=t("viewer"))
    made = discord.Embed(title=name, description=_who(found))
    if found.first_seen_at_ms is not None:
        made.add_field(name=t("First seen here"), value=_when(found.first_seen_at_ms, "D"))
    lives = t.n("{count} LIVE", "{count} LIVEs", len(found.lives))
    written = t.n("{count} comment", "{count} comments", found.comments)
    made.add_field(
        name=t("Wrote"), value=t("{comments} in {lives}", comments=written, lives=lives) if found.lives else t("nothing")
    )
    given = t.n("{count} gift", "{count} gifts", found.gifts.gifts)
    made.add_field(name=t("Gave"), value=f"{given} · {t.number(found.gifts.diamonds)} 💎")
    for name, value in (
        (t("Removed on TikTok"), _removals(t, found)),
        (t("Earlier handles"), _fit(_handle(t, name) for name in found.names[1:])),
        (t("Cases"), _fit(_cases(t, found))),
        (t("Notes"), _fit(_note(note, NOTE_IN_BRIEF) for note in found.notes)),
    ):
        if value:
            made.add_field(name=name, value=value, inline=False)
    return made


def others(t: Language, found: Found) -> str:
    """That a handle was not always one person's; nothing when it was."""
    ids = ", ".join(f"`{each}`" for each in found.others)
    return t("Others had this handle, too. Look them up by id: {ids}", ids=ids) if ids else ""


def comments(t: Language, page: Page) -> discord.Embed:
    """A page of what they wrote."""
    said = [
        f"{_when(each.at_ms)} **@{escape(each.creator)}** {'🗑️ ' * each.is_removed}{excerpt(each.text, MOST_COMMENT_CHARS)}"
        for each in page.said
    ]
    nothing = t("Nothing is left to read.") if page.number == 0 else t("There is nothing older.")
    made = discord.Embed(title=t("Comments"), description="\n".join(said) or nothing)
    days = t.n("This server may read {count} day back.", "This server may read {count} days back.", page.days)
    number = t("Page {page}", page=page.number + 1)
    parts = [number, days, *([t(WRITTEN_DOWN)] if any(each.is_removed for each in page.said) else [])]
    return made.set_footer(text=" · ".join(parts))


def notes(t: Language, found: Sequence[Note], number: int) -> tuple[discord.Embed, int, int]:
    """A page of notes in full, the last one if there are fewer; its number, and how many there are."""
    split = pages.pages((_note(note) for note in found), most_lines=NOTES_ON_A_PAGE, most=3000) or [t("There are no notes.")]
    number = min(number, len(split) - 1)
    made = discord.Embed(title=t("Notes of this server's moderators"), description=split[number])
    return made.set_footer(text=t("Page {page} of {pages}", page=number + 1, pages=len(split))), number, len(split)


def _who(found: Profile) -> str:
    handle = escape(found.handle)
    if is_handle(found.handle):
        handle = f"[@{handle}](https://www.tiktok.com/@{found.handle})"
    return " · ".join(filter(None, [handle, f"`{found.viewer_id}`"]))


def _removals(t: Language, found: Profile) -> str:
    if found.removed_at_ms is None:
        return ""
    parts = [t.n("{count} comment", "{count} comments", found.removed)]
    if found.streak > 1:
        parts.append(t.n("in {count} LIVE in a row", "in {count} LIVEs in a row", found.streak))
    parts.append(t("the last {when}", when=_when(found.removed_at_ms)))
    return " · ".join(parts)


def _handle(t: Language, name: Name) -> str:
    last = t("last seen {when}", when=_when(name.last_seen_at_ms, "d"))
    return f"@{escape(name.handle)} · {last}" if name.handle else last


def _cases(t: Language, found: Profile) -> Iterable[str]:
    """How many, by what began them, then the newest."""
    counts = Counter(each.kind for each in found.cases)
    if len(found.cases) > CASES_IN_BRIEF:
        yield " · ".join(f"{t(KINDS[kind])}: {t.number(counts[kind])}" for kind in KINDS if counts[kind])
    for each in found.cases[:CASES_IN_BRIEF]:
        yield f"**#{each.number}** {t(KINDS[each.kind])} · {t(STATES[each.state])} · {_when(each.opened_at_ms)}"


def _note(note: Note, most: int = MOST_NOTE_CHARS) -> str:
    return f"{_when(note.at_ms)} <@{note.by}>: {excerpt(note.text, most)}"


def _fit(lines: Iterable[str]) -> str:
    """As many whole lines as a field holds."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > MOST_FIELD_CHARS:
            break
        kept.append(line)
    return "\n".join(kept)


def _when(at_ms: int, style: str = "R") -> str:
    """An instant that every client shows in its own words."""
    return f"<t:{at_ms // 1000}:{style}>"
