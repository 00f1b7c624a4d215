"""What `/doctor` says of a watch. Pure: values in, Discord markdown out."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import Language
from bot.model.creator import CreatorState
from bot.model.fault import FaultKind, Queue
from bot.model.guild import Place
from bot.model.ids import ChannelId, GuildId
from bot.model.permissions import Permission, to_relay
from bot.model.watch import PauseReason
from bot.services import remedies
from bot.services.doctor import AlertCheckup, Checkup, is_ailing, keeps_silent
from bot.text import escape

MOST_FORMER = 3
MOST_REASON = 200
SLOW_S = 10.0
"""Lines that wait longer than this are worth a warning."""

_WAYS = {"webcast": "TikTok", "direct": "TikTok"}
"""Ways to a stream as an admin knows them; whose key opens them is the operator's business."""

_PLAIN = (CreatorState.OFFLINE, CreatorState.NOT_FOUND)
"""States that say why there is no stream: the source's own words, which are English, would only repeat it."""


def report(t: Language, found: Checkup, *, guild_id: GuildId, now_ms: int) -> str:
    """One watch: a headline, then a line for each thing that was looked at."""
    parts = [
        f"### {_dot(found)} @{escape(found.watch.handle)} → <#{found.watch.channel_id}>",
        *_paused(t, found),
        *_fault(t, found),
        _creator(t, found),
        *_creators_remedy(t, found),
        *_stream(t, found, now_ms),
        _permissions(t, found.place, to_relay(is_thread=found.place is not None and found.place.is_thread)),
        *_queue(t, found),
        _delivery(t, found, guild_id),
    ]
    return "\n".join(parts)


def alerts(t: Language, found: AlertCheckup) -> str:
    """Where moderators are told: the same of that channel, who reads along, and whether the role can be pinged."""
    dot, name = "❌" if keeps_silent(found) else "✅", t("Alerts")
    parts = [
        f"### {dot} {name} → <#{found.channel_id}>",
        _permissions(t, found.place, found.needed),
    ]
    if found.place is None:
        parts.append(t("`/alerts channel` names another one."))
    elif found.place.is_public:
        parts.append(t("⚠️ Everybody in this server can read this channel, and alerts name people."))
    if found.queue.trouble is not None:
        parts.append(_trouble(t, found.queue, found.place, found.channel_id))
    if found.role_id is not None and found.is_mentionable is None:
        parts.append(t("❌ The role that is to be pinged is not there any more: `/alerts channel` names another one."))
    elif found.role_id is not None:
        parts.append(t("**Pings:** {role}, when nobody takes a case", role=f"<@&{found.role_id}>"))
    return "\n".join(parts)


def _dot(found: Checkup) -> str:
    if found.watch.paused_at is not None:
        return "⏸️"
    return "❌" if is_ailing(found) else "✅"


def _paused(t: Language, found: Checkup) -> Iterator[str]:
    at = found.watch.paused_at
    if at is None:
        return
    since = f"<t:{int(at.timestamp())}:R>"
    match found.watch.paused_why:
        case PauseReason.LEFT:
            yield t("Paused {since}: I was removed from this server.", since=since)
        case PauseReason.FAULT:
            yield t("Paused {since}: nothing could be posted, and nobody put it right.", since=since)
        case PauseReason.ADULTS:
            yield t("Paused {since}: the creator is for adults, and the channel is not age-restricted.", since=since)
            yield remedies.remedy(t, FaultKind.ADULTS)
        case _:
            yield t("Paused {since}: somebody asked for it.", since=since)


def _fault(t: Language, found: Checkup) -> Iterator[str]:
    fault = found.fault
    if fault is None or found.watch.paused_why is PauseReason.ADULTS:  # which says as much
        return
    since = f"<t:{int(fault.since.timestamp())}:R>"
    what = remedies.problem(t, fault.kind, f"<#{found.watch.channel_id}>")
    yield t("**Fault** {since}: {what} {remedy}", since=since, what=what, remedy=remedies.remedy(t, fault.kind))


def _creator(t: Language, found: Checkup) -> str:
    status = found.status
    said = {
        CreatorState.LIVE: t("🔴 live"),
        CreatorState.OFFLINE: t("⚫ offline"),
        CreatorState.NOT_FOUND: t("❌ TikTok knows no such creator"),
        CreatorState.UNCLEAR: t("❔ TikTok did not answer clearly"),
        CreatorState.UNCHECKED: t("🔄 TikTok was not asked yet"),
    }[status.state]
    parts = [t("**Creator:** {state}", state=said)]
    if status.checked_at is not None:
        parts.append(t("last look {when}", when=f"<t:{int(status.checked_at.timestamp())}:R>"))
    if found.health is not None and found.health.told_by:
        parts.append(t("{who} answered, as TikTok did not", who=escape(found.health.told_by)))
    if status.next_try_at is not None and not status.connected:
        parts.append(t("next look {when}", when=f"<t:{int(status.next_try_at.timestamp())}:R>"))
    if status.is_age_restricted:
        parts.append(t("for adults only"))
    if status.reason and status.reason != _why(found) and status.state not in _PLAIN:
        parts.append(escape(status.reason[:MOST_REASON]))
    if found.former:
        names = ", ".join(f"@{escape(each)}" for each in found.former[:MOST_FORMER])
        parts.append(t("formerly {names}", names=names))
    return " · ".join(parts)


def _creators_remedy(t: Language, found: Checkup) -> Iterator[str]:
    if found.status.state is CreatorState.NOT_FOUND:
        yield t("Check the spelling; `/unwatch` takes it away.")


def _why(found: Checkup) -> str:
    """What the stream waits for, or why there is none, where the creator's state does not say it already."""
    if found.status.state in _PLAIN:
        return ""
    return found.health.waits_for or found.health.reason if found.health is not None else ""


def _stream(t: Language, found: Checkup, now_ms: int) -> Iterator[str]:
    stream, parts = found.health, []
    if stream is not None and stream.connected_at_ms is not None:
        since = f"<t:{stream.connected_at_ms // 1000}:R>"
        parts.append(t("connected {since} through {way}", since=since, way=escape(_way(stream.way))))
    elif found.status.connected:
        parts.append(t("connected"))
    else:
        parts.append(t("not connected"))
    if stream is not None and stream.place is not None:
        wait_s = stream.expected_wait_s
        place = t("number {place} in line", place=t.number(stream.place))
        parts.append(place if wait_s is None else t("{place}, about {seconds} s", place=place, seconds=t.number(round(wait_s))))
    if why := _why(found):
        parts.append(escape(why[:MOST_REASON]))
    if found.last_event_at_ms is not None:
        parts.append(t("last event {age} ago", age=spell(t, (now_ms - found.last_event_at_ms) / 1000)))
    if found.detection_delay_s and found.status.state is CreatorState.OFFLINE:
        parts.append(t("a LIVE is noticed within {age}", age=spell(t, found.detection_delay_s)))
    yield t("**Connection:** {parts}", parts=" · ".join(parts))


def _way(name: str) -> str:
    """`webcast (no key)` is TikTok to an admin."""
    source = name.partition(" (")[0]
    return _WAYS.get(source, source or "TikTok")


def _permissions(t: Language, place: Place | None, needed: Permission) -> str:
    if place is None:
        return t(
            "**Permissions:** ❔ I do not see this channel. It was deleted, it is an archived thread, or I lack **View Channel**."
        )
    checks = remedies.checklist(place, needed)
    said = " ".join(f"{'✅' if has else '❌'} {t(name)}" for name, has in checks)
    where = "" if all(has for _, has in checks) else " " + t("Grant it to my role under Edit Channel > Permissions.")
    locked = " " + t("❌ The thread is locked.") if place.is_locked else ""
    return t("**Permissions:** {checks}", checks=said) + locked + where


def _queue(t: Language, found: Checkup) -> Iterator[str]:
    queue = found.queue
    parts = [t.n("{count} line waits", "{count} lines wait", queue.waiting) if queue.waiting else t("empty")]
    if queue.waiting:
        slow = "⚠️ " if queue.lag_s > SLOW_S else ""
        parts.append(slow + t("the first for {age}", age=spell(t, queue.lag_s)))
    if queue.left_out:
        parts.append(t.n("{count} left out since my start", "{count} left out since my start", queue.left_out))
    if queue.trouble is not None:
        parts.append(_trouble(t, queue, found.place, found.watch.channel_id))
    yield t("**Queue:** {parts}", parts=" · ".join(parts))


def _trouble(t: Language, queue: Queue, place: Place | None, channel_id: ChannelId) -> str:
    trouble = queue.trouble
    if trouble is None:
        return ""
    refused = t.n("refused once", "refused {count} times", trouble.refusals)
    problem = remedies.problem(t, remedies.kind_of(trouble, place) or FaultKind.OTHER, f"<#{channel_id}>").removesuffix(".")
    return t("❌ {problem} (Discord's code {code}, {refused})", problem=problem, code=trouble.code, refused=refused)


def _delivery(t: Language, found: Checkup, guild_id: GuildId) -> str:
    posted = found.delivery
    if posted is None:
        return t("**Last post:** none that I remember")
    link = f"https://discord.com/channels/{guild_id}/{posted.channel_id}/{posted.message_id}"
    return t("**Last post:** [{when}]({link})", when=f"<t:{posted.at_ms // 1000}:R>", link=link)


def spell(t: Language, seconds: float) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`: an age at a glance."""
    seconds = max(0.0, seconds)
    if seconds < 120:
        return t("{count} s", count=t.number(round(seconds)))
    if seconds < 7200:
        return t("{count} min", count=t.number(round(seconds / 60)))
    if seconds < 172_800:
        return t("{count} h", count=t.number(round(seconds / 3600)))
    return t("{count} d", count=t.number(round(seconds / 86_400)))
