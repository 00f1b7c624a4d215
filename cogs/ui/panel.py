"""The panel of `/tune`: how its controls are named, and what it says of a watch. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from bot.language import N_, Language
from bot.links import LinkPolicy
from bot.model.ids import WatchId
from bot.model.message import Embed
from bot.model.watch import EventKind, Filters, Follows, Look, Offline, PauseReason, Removal, Role, Style, Watch, WatchSettings
from bot.text import cut, escape

MOST_LIST_CHARS = 240
"""Of a list of users or words, as the panel shows it; the form shows all of it."""

ACTIVE, PAUSED = 0x23A55A, 0x80848E


class Tab(StrEnum):
    """A section of the panel: Discord has room for five rows."""

    WHAT = "what"
    WHO = "who"
    LOOK = "look"
    LIVE = "live"
    MORE = "more"


TABS = {
    Tab.WHAT: (N_("What"), N_("Kinds of events, the smallest gift, follows")),
    Tab.WHO: (N_("Who"), N_("Users, roles on TikTok, words")),
    Tab.LOOK: (N_("Look"), N_("Style, links, hidden words, templates")),
    Tab.LIVE: (N_("Go-live"), N_("Whom the post pings, and what becomes of it")),
    Tab.MORE: (N_("More"), N_("Language, deleted lines, pause, defaults")),
}

KINDS = {
    EventKind.CHAT: (N_("Chat"), N_("Comments, emotes and questions")),
    EventKind.GIFT: (N_("Gifts"), N_("With their worth, combos as one line")),
    EventKind.FOLLOW: (N_("Follows"), N_("New followers of the creator")),
    EventKind.SHARE: (N_("Shares"), N_("Who shared the LIVE")),
    EventKind.BATTLE: (N_("PK battles"), N_("One card for each battle, with its scores")),
    EventKind.DELETION: (N_("Deletions"), N_("A line when the comments of somebody were removed")),
    EventKind.LIVE: (N_("Go-live"), N_("The post when a LIVE begins; pauses and the end")),
    EventKind.JOIN: (N_("Joins"), N_("Who comes in; off by default, there are many")),
    EventKind.LIKE: (N_("Likes"), N_("Who likes; off by default, there are many")),
}

ROLES = {
    Role.MODERATOR: (N_("Moderators"), N_("Whom the creator made a moderator")),
    Role.SUBSCRIBER: (N_("Subscribers"), N_("Who pays for a subscription")),
    Role.FOLLOWER: (N_("Followers"), N_("Who follows the creator")),
    Role.FRIEND: (N_("Friends"), N_("Who follows, and is followed back")),
    Role.GIFTER: (N_("Gifters"), N_("Who has a gifter's level")),
    Role.FAN: (N_("Fans"), N_("Members of the fan club")),
}

STYLES = {
    Style.COMPACT: (N_("Compact"), N_("A name and what it says")),
    Style.RICH: (N_("Rich"), N_("With handles and badges")),
    Style.EMBEDS: (N_("Embeds"), N_("Each post in a frame")),
}

LINKS = {
    LinkPolicy.KEEP: (N_("Keep links"), N_("They can be clicked, without a preview")),
    LinkPolicy.DEFANG: (N_("Defang links"), N_("They can be read, not clicked")),
    LinkPolicy.DROP: (N_("Drop links"), N_("A mark stands in their place")),
}

FOLLOWS = {
    Follows.LINES: (N_("Follows one by one"), N_("A line for each")),
    Follows.DIGEST: (N_("Follows as a digest"), N_("One line a minute for all of them")),
}

REMOVALS = {
    Removal.STRIKE: (N_("Mark deleted lines"), N_("“removed” stands in place of what was deleted on TikTok")),
    Removal.REMOVE: (N_("Remove deleted lines"), N_("Nothing stands in their place")),
    Removal.LEAVE: (N_("Leave deleted lines"), N_("What was deleted on TikTok stays here")),
}

OFFLINE = {
    Offline.EDIT: (N_("Afterwards: edit the post"), N_("It then says how long it was, and how many watched")),
    Offline.DELETE: (N_("Afterwards: delete the post"), N_("Nothing of it stays")),
    Offline.LEAVE: (N_("Afterwards: leave the post"), N_("It stays as it was")),
}

LANGUAGES = {"en": "English", "es": "Español"}
"""By their own names, which nobody translates; a language that is missing here is shown by its code."""

ENDED = N_(
    "This watch has ended, or was never one of this server's: nothing of it can be changed here. `/watching` lists what is."
)
OUTDATED = N_("This control belongs to another version of me. `/tune` opens a new panel.")
FORGOTTEN = N_("This may have changed since the panel was shown. It is up to date again: press once more.")
CHANGED = N_("This was changed meanwhile, so nothing of what you sent was stored. Press once more to see how it stands now.")
WHICH = N_("**{creator}** is watched in several channels. Which one?")
SOME = N_("These are the first {count}; the option `channel` finds the others.")


@dataclass(frozen=True, slots=True)
class Press:
    """What a control's custom id says: of which watch, in which section, which control, and what that one is about.

    `filled` is a form's: the mark of what it came filled with.
    """

    watch_id: WatchId
    tab: Tab
    control: str
    about: str = ""
    filled: str = ""

    @classmethod
    def of(cls, custom_id: str) -> Self | None:
        """Out of a custom id; None for one that is no control of ours. A section that is not known is the first one."""
        match = CUSTOM_ID.fullmatch(custom_id)
        if match is None:
            return None
        tab = match["tab"]
        known = Tab(tab) if tab in set(Tab) else Tab.WHAT
        return cls(WatchId(int(match["watch"])), known, match["control"], match["about"] or "", match["filled"] or "")

    @property
    def custom_id(self) -> str:
        about = f".{self.about}" if self.about else ""
        filled = f"@{self.filled}" if self.filled else ""
        return f"tune:{self.watch_id}:{self.tab}:{self.control}{about}{filled}"


# 18 digits fit into what a database takes for an id, whatever somebody sends.
CUSTOM_ID = re.compile(
    r"tune:(?P<watch>[0-9]{1,18}):(?P<tab>[a-z]{1,9}):(?P<control>[a-z_]{1,20})(?:\.(?P<about>[a-z0-9]{1,20}))?"
    r"(?:@(?P<filled>[0-9a-f]{8}))?"
)


def embed(t: Language, watch: Watch) -> Embed:
    """The watch as it stands: all of its settings, whatever section is open."""
    settings = watch.settings
    lines = [
        f"**@{escape(watch.handle)}** → <#{watch.channel_id}> · {_state(t, watch)}",
        _line(t("Events"), _kinds(t, settings)),
        *_filters(t, settings.filters),
        _line(t("Look"), f"{_look(t, settings.look)} · {t(REMOVALS[settings.removal][0])}"),
        _line(t("Go-live"), _golive(t, settings)),
    ]
    footer = t("Revision {revision}. Changes take effect at once.", revision=t.number(watch.revision))
    return Embed(description="\n".join(lines), colour=PAUSED if watch.paused_at else ACTIVE, footer=footer)


def _line(name: str, value: str) -> str:
    return f"**{name}** {value}"


def _state(t: Language, watch: Watch) -> str:
    if watch.paused_at is None:
        return "▶️ " + t("relaying")
    since = f"<t:{int(watch.paused_at.timestamp())}:R>"
    match watch.paused_why:
        case PauseReason.LEFT:
            return "⏸️ " + t("paused {since}: I was removed from this server", since=since)
        case PauseReason.FAULT:
            return "⏸️ " + t("paused {since}: Discord refused my posts, see `/doctor`", since=since)
        case PauseReason.ADULTS:
            return "⏸️ " + t("paused {since}: the creator is for adults, the channel is not", since=since)
        case _:
            return "⏸️ " + t("paused {since}", since=since)


def _kinds(t: Language, settings: WatchSettings) -> str:
    wanted = ", ".join(t(KINDS[kind][0]) for kind in EventKind if kind in settings.kinds)
    parts = [wanted or t("none")]
    if settings.min_diamonds:
        parts.append(t("gifts from {diamonds} 💎", diamonds=t.number(settings.min_diamonds)))
    if settings.follows is Follows.DIGEST:
        parts.append(t(FOLLOWS[settings.follows][0]))
    return " · ".join(parts)


def _filters(t: Language, wanted: Filters) -> list[str]:
    only = _filtered(t, wanted.only_users, wanted.only_roles, wanted.only_words)
    never = _filtered(t, wanted.not_users, wanted.not_roles, wanted.not_words)
    return [_line(name, parts) for name, parts in ((t("Only"), only), (t("Never"), never)) if parts]


def _filtered(t: Language, users: Iterable[str], roles: Iterable[Role], words: Iterable[str]) -> str:
    found = {
        t("from {users}", users=_listed(f"@{user}" for user in users)): users,
        t("from {roles}", roles=", ".join(t(ROLES[role][0]) for role in Role if role in frozenset(roles))): roles,
        t("with {words}", words=_listed(words)): words,
    }
    return " · ".join(said for said, given in found.items() if given)


def _listed(entries: Iterable[str]) -> str:
    return cut(", ".join(map(escape, entries)), MOST_LIST_CHARS)


def _look(t: Language, wanted: Look) -> str:
    parts = [t(STYLES[wanted.style][0]), LANGUAGES.get(wanted.locale, wanted.locale), t(LINKS[wanted.links][0])]
    if wanted.hidden_words:
        parts.append(t.n("{count} hidden word", "{count} hidden words", len(wanted.hidden_words)))
    if wanted.templates:
        kinds = ", ".join(t(KINDS[kind][0]) for kind, _ in wanted.templates)
        parts.append(t("own templates: {kinds}", kinds=kinds))
    return " · ".join(parts)


def _golive(t: Language, settings: WatchSettings) -> str:
    if EventKind.LIVE not in settings.kinds:
        return t("no post: its kind of event is not chosen")
    parts = [t("pings nobody")]
    if settings.ping_role_id is not None:
        minutes = minutes_of(settings.ping_cooldown_s)
        parts = [
            t("pings {role}", role=f"<@&{settings.ping_role_id}>"),
            t.n("at most every {count} minute", "at most every {count} minutes", minutes),
        ]
    return " · ".join([*parts, t(OFFLINE[settings.offline][0])])


def minutes_of(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)
