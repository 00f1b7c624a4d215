"""What an alert card says: of a removal, of a case in general, of a member action, of cases that nobody takes. Pure.

A card stands in a channel, so it never carries what a viewer wrote: nothing that comes in here has it. It names the viewer, for
moderators know people by their names, in the form (`safe_name`) in which a name is found again when somebody is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from bot.events import Handle, MemberActionEvent, User, ViewerId
from bot.language import N_, Language
from bot.model.alert import Cause, Seen, Wipe
from bot.model.card import Card, CardKind
from bot.model.case import Case, CaseKind, CaseState
from bot.model.draft import Urgency
from bot.model.ids import CardId, ChannelId, DiscordMessageId, DiscordRoleId, GuildId
from bot.model.message import Button, ButtonStyle, Embed, Message
from bot.moderation.cases import CLOSED
from bot.text import escape, safe_name

RED, YELLOW, GREEN, GREY = 0xED4245, 0xFEE75C, 0x57F287, 0x99AAB5

COLOURS = {
    CaseState.OPEN: RED,
    CaseState.ESCALATED: RED,
    CaseState.CLAIMED: YELLOW,
    CaseState.DONE: GREEN,
    CaseState.FALSE_ALARM: GREY,
}

NOBODY_SAYS = N_("TikTok does not say who removed it or why.")
NEVER_RECEIVED = N_("The text was never received.")

SECOND_MS = 1_000

MOST_NUMBERS = 10
"""Cases that one ping names; the others are counted."""

NO_HANDLE = Handle("")

MUTES = frozenset({3, 9})

ACTIONS = {
    3: N_("🔇 {who} was muted"),
    4: N_("🔈 {who} was unmuted"),
    5: N_("🛡️ {who} was made a moderator"),
    6: N_("🛡️ {who} is no longer a moderator"),
    7: N_("🚪 {who} was kicked"),
    9: N_("🔇 {who} was muted"),
    10: N_("🔈 {who} was unmuted"),
    11: N_("🚪 {who} was kicked"),
    22: N_("💬 Comments were switched on"),
    23: N_("💬 Comments were switched off"),
}
"""Member actions that moderators are told of."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case's card needs beside the case. `creator` is the handle; `place`: the channel and message of the relayed line.

    `reason`: why it was opened, in the guild's own words (a watchlist's entry), never a viewer's. `accounts`: how many wrote what
    it is about; the case names one of them.
    """

    creator: Handle = NO_HANDLE
    wipe: Wipe | None = None
    place: tuple[ChannelId, DiscordMessageId] | None = None
    reason: str = ""
    accounts: int = 1


def dump(facts: Facts) -> str:
    """JSON for `Case.facts`. Of people only who they are is kept."""
    wipe = facts.wipe
    if wipe is not None:
        author = None if wipe.author is None else Seen(wipe.author.seq, _slim(wipe.author.user))
        causes = tuple(replace(each, operator=_slim(each.operator) if each.operator else None) for each in wipe.causes)
        facts = replace(facts, wipe=replace(wipe, author=author, causes=causes))
    return msgspec.json.encode(facts).decode()


def load(case: Case) -> Facts:
    """What `dump` wrote; nothing for a case whose viewer was forgotten."""
    return msgspec.json.decode(case.facts, type=Facts) if case.facts else Facts()


def known_as(case: Case, wipe: Wipe) -> Case:
    """The case with what is known of its removal by now."""
    user = wipe.author.user if wipe.author else User(wipe.viewer_id)
    first_seq, last_seq = wipe.seqs or (case.first_seq, case.last_seq)
    return replace(
        case,
        viewer_id=wipe.viewer_id,
        viewer_handle=user.handle or case.viewer_handle,
        viewer_name=user.nickname or case.viewer_name,
        first_seq=first_seq,
        last_seq=last_seq,
        comments=wipe.count,
        unseen=len(wipe.unseen),
    )


# --- The card of a case ----------------------------------------------------------------------------------------------------


def key(case: Case) -> str:
    """The card's: by the number and not by `Case.key`, for that names a viewer who may ask to be forgotten."""
    return f"{CardKind.ALERT}:{case.guild_id}:{case.number}"


def card(t: Language, case: Case, facts: Facts, *, channel_id: ChannelId) -> Card:
    """A new one; it rings."""
    return Card(
        id=CardId(0),
        key=key(case),
        kind=CardKind.ALERT,
        watch_id=None,
        channel_id=channel_id,
        message=message(t, case, facts),
        created_at_ms=_ms(case),
        urgency=Urgency.ALERT,
        is_over=case.state in CLOSED,
        state=named(case, facts),
    )


def named(case: Case, facts: Facts) -> str:
    """The card's state: whom it names, by id, so that they are found again when they ask to be forgotten."""
    causes = facts.wipe.causes if facts.wipe else ()
    return _people(viewer_of(case), *(each.operator for each in causes))


def message(t: Language, case: Case, facts: Facts) -> Message:
    """What it says now."""
    embed = Embed(
        title=title(t, case, facts),
        description="\n".join([*_about(t, case, facts), "", *_progress(t, case)]),
        colour=COLOURS[case.state],
        footer=_footer(t, case, facts),
        timestamp_ms=_ms(case),
    )
    return Message(embeds=(embed,), buttons=buttons(t, case), silent=False)


def title(t: Language, case: Case, facts: Facts) -> str:
    """What happened, and in whose LIVE."""
    creator = escape(f"@{facts.creator}")
    if case.kind is CaseKind.WATCHLIST:
        if case.comments > 1:
            return t.n("Watchlist: {count} comment in {creator}'s live", "Watchlist: {count} comments in {creator}'s live",
                       case.comments, creator=creator)  # fmt: skip
        return t("Watchlist: a comment in {creator}'s live", creator=creator)
    if case.kind is CaseKind.MANUAL:
        return t("Opened by a moderator: {creator}'s live", creator=creator)
    if case.comments > 1:
        return t("Comments removed in {creator}'s live", creator=creator)
    return t("Comment removed in {creator}'s live", creator=creator)


def person(t: Language, user: User) -> str:
    """Somebody on TikTok: the name, and the handle beside it where that is another word."""
    said = f"**{name_of(t, user)}**"
    return f"{said} ({escape(f'@{user.handle}')})" if user.handle and user.nickname not in ("", user.handle) else said


def name_of(t: Language, user: User) -> str:
    """What somebody on TikTok is called."""
    return safe_name(user.nickname, user.handle, user.id, stranger=t("viewer"))


def viewer_of(case: Case) -> User:
    """Whom a case is about, as far as it knows them."""
    return User(case.viewer_id, case.viewer_handle, case.viewer_name)


def buttons(t: Language, case: Case) -> tuple[tuple[Button, ...], ...]:
    """Everything that can be done at once; what is rarer stands behind the last one. They carry the case's id only."""
    is_closed = case.state in CLOSED
    is_taken = is_closed or case.owner_id is not None
    first = (
        _button(t("Reveal"), "reveal", case, ButtonStyle.PRIMARY),
        _button(t("I'm on it"), "claim", case, is_disabled=is_taken),
        _button(t("Done"), "done", case, ButtonStyle.SUCCESS, is_disabled=is_closed),
        _button(t("False alarm"), "false", case, is_disabled=is_closed),
    )
    return first, (_button(t("Note"), "note", case), _button("…", "more", case))


def _button(
    label: str, what: str, case: Case, style: ButtonStyle = ButtonStyle.SECONDARY, *, is_disabled: bool = False
) -> Button:
    return Button(label, f"case:{what}:{case.id}", style, is_disabled=is_disabled)


def _about(t: Language, case: Case, facts: Facts) -> Iterator[str]:
    wipe = facts.wipe
    if case.is_forgotten:
        yield t("This viewer has asked to be forgotten.")
    if wipe is None:
        yield from _others(t, case, facts)
    elif not case.is_forgotten:
        yield from _removal(t, case, wipe)
    elif case.comments > 1:
        yield t.n("{count} comment was removed.", "{count} comments were removed.", case.comments)
    if facts.place is not None:
        yield t("[Jump to the line]({link})", link=link(case.guild_id, *facts.place))


def _removal(t: Language, case: Case, wipe: Wipe) -> Iterator[str]:
    if wipe.is_void:
        yield t("The message has turned up, and is told of with its author.")
        return
    yield _whose(t, case, wipe)
    yield from _when(t, wipe)
    yield from _unknown(t, wipe)
    yield from _blamed(t, wipe)


def _whose(t: Language, case: Case, wipe: Wipe) -> str:
    """Who wrote it, and how many there were."""
    if not case.viewer_id and wipe.count > 1:
        return t.n("{count} comment; nobody knows whose: only the messages' ids were named.",
                   "{count} comments; nobody knows whose: only the messages' ids were named.", wipe.count)  # fmt: skip
    if not case.viewer_id:
        return t("Nobody knows whose: only the message's id was named.")
    who = person(t, viewer_of(case))
    if wipe.count <= 1:
        return who
    if wipe.names_viewer and not wipe.causes:
        return t("{count} comments by {who} removed; probably muted", count=t.number(wipe.count), who=who)
    return t("{count} comments by {who} removed", count=t.number(wipe.count), who=who)


def _when(t: Language, wipe: Wipe) -> Iterator[str]:
    """How long they stood. TikTok gives most instants in whole seconds: less than one is no figure."""
    if wipe.lines and wipe.lines[0].seq > wipe.last_seq:
        yield t("Removed before it reached me.") if len(wipe.lines) == 1 else t("Removed before they reached me.")
        return
    if wipe.after_ms is None:
        return
    shortest, longest = (spell(t, each) for each in wipe.after_ms)
    if wipe.after_ms[1] < SECOND_MS:
        yield t("Removed within a second of being posted.")
    elif wipe.after_ms[0] < SECOND_MS:
        yield t("Removed within {longest} of being posted.", longest=longest)
    elif len(wipe.lines) == 1:
        yield t("Removed {after} after it was posted.", after=longest)
    elif shortest == longest:
        yield t("Removed {after} after they were posted.", after=longest)
    else:
        yield t("Removed {shortest} to {longest} after they were posted.", shortest=shortest, longest=longest)


def _unknown(t: Language, wipe: Wipe) -> Iterator[str]:
    """What we never had, or cannot know."""
    if not wipe.was_received:
        yield t(NEVER_RECEIVED)
    elif wipe.unseen:
        yield t.n("The text of {count} was never received.", "The text of {count} was never received.", len(wipe.unseen))
    if wipe.is_partial:
        yield t("I was not connected for some of the time: there may be more.")
    if wipe.has_more:
        yield t("There were more than I can list.")


def _blamed(t: Language, wipe: Wipe) -> Iterator[str]:
    """Who did it, if a member action named an operator; that TikTok does not say, if none did."""
    named = [each for each in wipe.causes if each.operator is not None]
    for each in named:
        yield t("{act}, says TikTok.", act=act(t, each))
    if named:
        return
    if wipe.causes:
        is_mute = any(each.action in MUTES for each in wipe.causes)
        yield t("TikTok says that they were muted.") if is_mute else t("TikTok says that they were kicked.")
    yield t(NOBODY_SAYS)


def _others(t: Language, case: Case, facts: Facts) -> Iterator[str]:
    if facts.reason:
        yield t("Matched: {rule}", rule=escape(facts.reason))
    if case.viewer_id:
        who = person(t, viewer_of(case))
        yield who if facts.accounts == 1 else t("Among them: {who}", who=who)
    if case.kind is CaseKind.MANUAL and case.comments:
        yield t.n("About {count} comment.", "About {count} comments.", case.comments)


def _progress(t: Language, case: Case) -> Iterator[str]:
    since = "" if case.claimed_at is None else f"<t:{int(case.claimed_at.timestamp())}:R>"
    match case.state:
        case CaseState.OPEN:
            yield t("🔴 Nobody has it yet.")
        case CaseState.ESCALATED:
            yield t("🔴 Nobody has it yet; the moderators were pinged.")
        case CaseState.CLAIMED:
            yield t("🟡 <@{owner}> is on it, {since}.", owner=case.owner_id, since=since)
        case CaseState.DONE:
            yield t("🟢 Done, by <@{owner}>.", owner=case.owner_id)
        case CaseState.FALSE_ALARM:
            yield t("⚪ False alarm, says <@{owner}>.", owner=case.owner_id)
    if case.reveals:
        yield t.n("👁️ Revealed once.", "👁️ Revealed {count} times.", case.reveals)


def _footer(t: Language, case: Case, facts: Facts) -> str:
    said = [t("Case #{number}", number=case.number)]
    ids = facts.wipe.message_ids if facts.wipe else ()
    if ids:
        said.append(t("message {id}", id=ids[0][:40]))
        if len(ids) > 1:
            said.append(t.n("and {count} more", "and {count} more", len(ids) - 1))
    return " · ".join(said)


def act(t: Language, cause: Cause) -> str:
    """`Muted by Modesty (@mod)`, as far as TikTok named them."""
    by = person(t, cause.operator or User())
    what = t("Muted by {by}", by=by) if cause.action in MUTES else t("Kicked by {by}", by=by)
    return f"{what} ({spell(t, cause.duration_s * 1000)})" if cause.duration_s else what


def link(guild_id: GuildId, channel_id: ChannelId, message_id: DiscordMessageId) -> str:
    """The address of a message."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


def spell(t: Language, ms: int) -> str:
    """How long: `4.2 s`, `12 min`, `3 h`."""
    if ms < 10_000:
        return t("{seconds} s", seconds=f"{ms / 1000:.1f}")
    if ms < 120_000:
        return t("{seconds} s", seconds=round(ms / 1000))
    if ms < 7_200_000:
        return t("{count} min", count=t.number(round(ms / 60_000)))
    return t("{count} h", count=t.number(round(ms / 3_600_000)))


# --- Notices ---------------------------------------------------------------------------------------------------------------


def notice(
    t: Language, event: MemberActionEvent, seq: int, *, guild_id: GuildId, creator: Handle, channel_id: ChannelId, now_ms: int
) -> Card:
    """One card for one member action, which says who did it if TikTok does."""
    user, operator = event.user or User(ViewerId("")), event.operator
    said = [t(ACTIONS[event.action], who=person(t, user))]
    if event.duration_s:
        said.append(t("For {duration}.", duration=spell(t, event.duration_s * 1000)))
    said.append(t("TikTok does not say who did it.") if operator is None else t("By {operator}.", operator=person(t, operator)))
    embed = Embed(
        title=t("In {creator}'s live", creator=escape(f"@{creator}")),
        description="\n".join(said),
        colour=GREY,
        timestamp_ms=event.created_at_ms or event.received_at_ms,
    )
    return Card(
        id=CardId(0),
        key=f"{CardKind.ALERT}:{guild_id}:action:{event.room_id}:{seq}",
        kind=CardKind.ALERT,
        watch_id=None,
        channel_id=channel_id,
        message=Message(embeds=(embed,)),
        created_at_ms=now_ms,
        urgency=Urgency.ALERT,
        is_over=True,
        state=_people(user, operator),
    )


def ping(
    t: Language,
    waiting: Sequence[Case],
    places: Sequence[tuple[ChannelId, DiscordMessageId] | None],
    *,
    role_id: DiscordRoleId,
    channel_id: ChannelId,
    now_ms: int,
) -> Card:
    """One message for all cases of a guild that nobody took in time; it rings once, for an edit pings nobody."""
    named = []
    for each, place in list(zip(waiting, places, strict=True))[:MOST_NUMBERS]:
        said = t("Case #{number}", number=each.number)
        named.append(f"[{said}]({link(each.guild_id, *place)})" if place else said)
    more = len(waiting) - MOST_NUMBERS
    cases = ", ".join(named) + (t.n(" and {count} more", " and {count} more", more) if more > 0 else "")
    guild_id = waiting[0].guild_id
    return Card(
        id=CardId(0),
        key=f"{CardKind.ALERT}:{guild_id}:ping:{waiting[0].number}:{now_ms}",
        kind=CardKind.ALERT,
        watch_id=None,
        channel_id=channel_id,
        message=Message(
            content=t("<@&{role}> nobody has taken this yet: {cases}", role=role_id, cases=cases),
            ping_role_id=role_id,
            silent=False,
        ),
        created_at_ms=now_ms,
        urgency=Urgency.ALERT,
        is_over=True,
    )


def _people(*named: User | None) -> str:
    return msgspec.json.encode([_slim(each) for each in named if each is not None and each.id]).decode()


def _slim(user: User) -> User:
    return User(user.id, user.handle, user.nickname)


def _ms(case: Case) -> int:
    return round(case.opened_at.timestamp() * 1000)
