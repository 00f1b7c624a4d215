"""What is wrong with a channel that Discord refuses our posts in, when that is final, and how a person puts it right. Pure.

Why these times:

- Told after two minutes: who moves roles about makes a channel unreachable for moments and does not need to hear of it.
- Final after a day: it gives an admin in any time zone a waking day. Until then a lane asks at most every five minutes, which is
  three hundred refusals, far below what Discord counts as abuse; after that nobody pays for a connection that nobody reads.
- A channel is gone only when Discord says so twice, half an hour apart, or tells of its deletion: its API has said so of
  channels that were there.
- A kind of channel that takes no messages does not change by waiting.
"""

from __future__ import annotations

from bot.language import Language
from bot.model.fault import FaultKind, Trouble
from bot.model.guild import Place
from bot.model.permissions import NAMES, Permission, missing, to_post

TELL_AFTER_S = 120.0
FINAL_AFTER_S = 24 * 3600.0

LONGEST_PAUSE_S = 300.0
"""A lane that is refused asks again at least this often."""

GONE_AFTER_S = 1800.0 + LONGEST_PAUSE_S
"""So old, with two refusals, a trouble was refused once more after half an hour had gone by."""

_KINDS = {
    10003: FaultKind.CHANNEL_GONE,
    50001: FaultKind.NO_ACCESS,
    50013: FaultKind.NO_SEND,
    50008: FaultKind.NOT_TEXT,
    50024: FaultKind.NOT_TEXT,
    220001: FaultKind.NOT_TEXT,
    50083: FaultKind.LOCKED,
    160005: FaultKind.LOCKED,
}
"""Discord's codes (topics/opcodes-and-status-codes, JSON)."""

_ELSEWHERE = frozenset({10004, 20009, 50006, 50035, 200000, 240000})
"""The server itself is gone, which the gateway tells; or one message is not taken (AutoMod, malformed): no fault of a watch."""


def kind_of(trouble: Trouble, place: Place | None) -> FaultKind | None:
    """What a refusal means for the watches of the channel; None: nothing that a person there could put right.

    Discord says 50013 for whatever permission is missing; what the gateway shows tells which.
    """
    if trouble.code in _ELSEWHERE:
        return None
    kind = _KINDS.get(trouble.code, FaultKind.OTHER)
    if kind is not FaultKind.NO_SEND or place is None:
        return kind
    if missing(Permission.VIEW_CHANNEL, place.granted):
        return FaultKind.NO_ACCESS
    if missing(to_post(is_thread=place.is_thread), place.granted):
        return FaultKind.NO_SEND
    return FaultKind.NO_EMBEDS if missing(Permission.EMBED_LINKS, place.granted) else FaultKind.OTHER


def is_final(kind: FaultKind, *, age_s: float, refusals: int) -> bool:
    """Whether the watch is paused for it, so that nothing is tried any more until somebody resumes it."""
    if kind is FaultKind.NOT_TEXT:
        return age_s >= TELL_AFTER_S
    if kind is FaultKind.CHANNEL_GONE:
        return age_s >= GONE_AFTER_S and refusals >= 2
    return age_s >= FINAL_AFTER_S


def is_healed(kind: FaultKind, place: Place | None, *, is_refused: bool, was_posted: bool) -> bool:
    """Whether a fault is over. `was_posted`: something was posted there since it began.

    That nobody refuses proves nothing while nobody posts, so the channel must look right too; where looks cannot tell,
    a post must have gone through.
    """
    if is_refused or place is None or not place.can_post:
        return False
    if kind is FaultKind.NO_EMBEDS:
        return not missing(Permission.EMBED_LINKS, place.granted)
    return was_posted or kind is not FaultKind.OTHER


def problem(t: Language, kind: FaultKind, where: str) -> str:
    """What is wrong, in a sentence. `where` is the channel's mention."""
    match kind:
        case FaultKind.CHANNEL_GONE:
            return t("the channel {where} was deleted.", where=where)
        case FaultKind.NO_ACCESS:
            return t("I cannot see {where}: I lack **View Channel** there.", where=where)
        case FaultKind.NO_SEND:
            return t(
                "I may not write in {where}: I lack **Send Messages** (in a thread: **Send Messages in Threads**).", where=where
            )
        case FaultKind.NO_EMBEDS:
            return t("I may write in {where}, but not everything: I lack **Embed Links** there.", where=where)
        case FaultKind.LOCKED:
            return t("the thread {where} is locked or archived.", where=where)
        case FaultKind.NOT_TEXT:
            return t("{where} is a kind of channel that takes no messages.", where=where)
        case FaultKind.PING_REFUSED:
            return t("I may not ping the role that {where} asks for.", where=where)
        case FaultKind.ADULTS:
            return t("TikTok shows these LIVEs to adults only, and {where} is not age-restricted.", where=where)
        case FaultKind.OTHER:
            return t("Discord refuses my posts in {where}.", where=where)


def remedy(t: Language, kind: FaultKind) -> str:
    """How to put it right, in a sentence or two."""
    match kind:
        case FaultKind.CHANNEL_GONE:
            return t("`/watch` the creators in another channel, or `/unwatch` them.")
        case FaultKind.NO_ACCESS | FaultKind.NO_SEND | FaultKind.NO_EMBEDS:
            return t("Grant it to my role under Edit Channel > Permissions.")
        case FaultKind.LOCKED:
            return t("Unlock the thread and write something in it, or `/watch` the creators in another channel.")
        case FaultKind.NOT_TEXT:
            return t("`/watch` the creators in a text channel or a thread.")
        case FaultKind.PING_REFUSED:
            return t("Allow everybody to mention that role, or grant me **Mention @everyone, @here and All Roles**.")
        case FaultKind.ADULTS:
            return t(
                "Restrict the channel (Edit Channel > Overview) and `/watch` the creator there again, "
                "or confirm with `/tune` > More > Resume that the channel shall stay as it is."
            )
        case FaultKind.OTHER:
            return t("Check my permissions there; if they are right, tell the operator of this bot.")


def checklist(place: Place, needed: Permission) -> list[tuple[str, bool]]:
    """The needed permissions by the names that Discord's settings show, each with whether the bot has it there."""
    lacking = missing(needed, place.granted)
    return [(name, name not in lacking) for permission, name in NAMES.items() if permission & needed]
