"""How `/live` and "Catch me up" read. Pure: values in, an embed out; viewers' words go through the watch's own voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events.ids import Handle
from bot.language import Language
from bot.model.creator import CreatorState, CreatorStatus
from bot.model.message import Embed, Field
from bot.model.session import LiveSession
from bot.model.watch import Look
from bot.relay import battle_card
from bot.relay.golive import duration
from bot.relay.voice import Voice, voice
from bot.services.glance import CatchUp, Fight, Gifter, Given, Glance, Quote
from bot.services.now import Standing
from bot.text import cut, escape, is_handle
from cogs.ui import sentences

RED, GREY = 0xFF0050, 0x80848E

MOST_TITLE_CHARS, MOST_VALUE_CHARS = 256, 1024
"""Discord's limits in code points."""
SHOWN_TITLE_CHARS, SHOWN_QUOTE_CHARS, SHOWN_PHRASE_CHARS, SHOWN_NAME_CHARS = 80, 150, 60, 40


def address(handle: Handle) -> str:
    """Where one watches; empty for what is no handle."""
    return f"https://www.tiktok.com/@{handle}/live" if is_handle(handle) else ""


def now(t: Language, found: Standing, now_ms: int) -> Embed:
    """How a creator stands."""
    if found.status.state is not CreatorState.LIVE:
        return _away(t, found.watch.handle, found.status, found.last)
    v = _voice(t, found.watch.settings.look)
    glance = found.glance
    title = (glance.title if glance else "") or found.status.title
    fields = [*_since(t, found, now_ms), *(_numbers(t, glance) if glance else [])]
    if glance and glance.fight:
        fields.append(_fight(v, glance.fight, found.watch.handle, now_ms))
    if glance and glance.gifters:
        fields.append(_gifters(v, glance))
    if glance is None:
        fields.append(Field(t("So far"), t("Nothing of this LIVE has arrived yet."), inline=False))
    return Embed(
        # Escaped, it is at most three times as long.
        title=v.label(title, SHOWN_TITLE_CHARS) or t("LIVE of {creator}", creator=escape(f"@{found.watch.handle}")),
        description=t("🔴 {creator} is live", creator=sentences.at(found.watch.handle)),
        url=address(found.watch.handle),
        colour=RED,
        fields=tuple(fields),
        footer="" if found.status.connected else t("The stream is not open at the moment: what is shown may be old."),
    )


def _away(t: Language, handle: Handle, status: CreatorStatus, last: LiveSession | None) -> Embed:
    """Not live, or nobody knows: when they last were, and when somebody looks again."""
    who = sentences.at(handle)
    said = {
        CreatorState.OFFLINE: t("{creator} is offline.", creator=who),
        CreatorState.NOT_FOUND: t("TikTok knows no {creator}.", creator=who),
        CreatorState.UNCLEAR: t("TikTok did not answer clearly whether {creator} is live.", creator=who),
    }.get(status.state, t("TikTok has not been asked about {creator} yet.", creator=who))
    fields = []
    if last is not None:
        ended_at_ms = last.ended_at_ms or last.last_frame_at_ms
        fields.append(Field(t("Last live"), f"<t:{ended_at_ms // 1000}:R>"))
        if last.started_at_ms and ended_at_ms > last.started_at_ms:
            fields.append(Field(t("Duration"), duration(t, (ended_at_ms - last.started_at_ms) // 1000)))
    if status.state is not CreatorState.NOT_FOUND:
        fields.append(Field(t("Next look"), _relative(t, status.next_try_at)))
    return Embed(description=f"{sentences.DOTS[status.state]} {said}", colour=GREY, fields=tuple(fields))


def _relative(t: Language, instant: datetime | None) -> str:
    return sentences.relative(t, instant)


def _since(t: Language, found: Standing, now_ms: int) -> list[Field]:
    room_id = found.status.room_id
    started_at_ms = found.glance.started_at_ms if found.glance else 0
    if found.last is not None and found.last.room_id == room_id:
        started_at_ms = started_at_ms or found.last.started_at_ms
    if not 0 < started_at_ms < now_ms:
        return []
    return [Field(t("Live for"), duration(t, (now_ms - started_at_ms) // 1000))]


def _numbers(t: Language, glance: Glance) -> list[Field]:
    fields = []
    if glance.viewers is not None:
        visitors = " (" + t("{count} so far", count=t.number(glance.visitors)) + ")" if glance.visitors else ""
        fields.append(Field(t("Viewers"), f"{t.number(glance.viewers)}{visitors}"))
    if glance.likes is not None:
        fields.append(Field(t("Likes"), t.number(glance.likes)))
    return fields


def _fight(v: Voice, fight: Fight, home: Handle, now_ms: int) -> Field:
    """The PK as its card shows it."""
    match = battle_card.Match(fight.key, home, v.look, fight.battle, fight.heard_at_ms)
    (card,) = battle_card.shown(match, now_ms).embeds
    ends_at_ms = fight.battle.planned_end_ms
    ends = "\n" + v.t("Ends") + f" <t:{ends_at_ms // 1000}:R>" if ends_at_ms > now_ms else ""
    return Field(cut(card.title, MOST_TITLE_CHARS), cut(card.description + ends, MOST_VALUE_CHARS) or "—", inline=False)


def _gifters(v: Voice, glance: Glance) -> Field:
    t = v.t
    since = t("since the LIVE began") if glance.is_whole else t("since {time}", time=f"<t:{glance.since_ms // 1000}:t>")
    lines = [f"{number}. {_gifter(v, each)}" for number, each in enumerate(glance.gifters, start=1)]
    total = t("{count} 💎 in all, {since}", count=t.number(glance.diamonds), since=since)
    return Field(t("Top gifters"), cut("\n".join([*lines, f"-# {total}"]), MOST_VALUE_CHARS), inline=False)


def _gifter(v: Voice, each: Gifter) -> str:
    return f"**{v.plain_name(each.user)}** {v.t.number(each.diamonds)} 💎"


# --- "Catch me up" ---------------------------------------------------------------------------------------------------------


def summary(t: Language, found: CatchUp, handle: Handle, look: Look, now_ms: int) -> Embed:
    """What somebody missed."""
    v = _voice(t, look)
    since = f"<t:{found.since_ms // 1000}:t>"
    lines = list(_lines(v, found))
    if not lines:
        lines.append(t("Nothing that I know of."))
    notes = []
    if found.is_cut:
        notes.append(t("I know of nothing before."))
    if found.had_gap:
        notes.append(t("The feed was interrupted in this time: there may have been more."))
    fields = [
        Field(title, _newest(lines), inline=False)
        for title, lines in (
            (t("Said again and again"), _phrases(v, found)),
            (t("Biggest gifts"), [_given(v, each) for each in found.gifts]),
            (t("Worth reading"), [_quote(v, each) for each in found.quotes]),
            (t("PK"), [_result(v, each, handle, now_ms) for each in found.fights]),
        )
        if lines
    ]
    return Embed(
        title=t("{creator}, what you missed", creator=escape(f"@{handle}")),
        description="\n".join([t("Since {time}:", time=since), *lines]),
        colour=RED,
        fields=tuple(fields),
        footer=" ".join(notes),
    )


def _lines(v: Voice, found: CatchUp) -> list[str]:
    t = v.t
    lines = []
    if found.comments:
        chatters = t.n("{count} person", "{count} people", found.chatters)
        lines.append("💬 " + t.n("{count} comment by {people}", "{count} comments by {people}", found.comments, people=chatters))
    if found.diamonds:
        lines.append("🎁 " + t("gifts worth {count} 💎", count=t.number(found.diamonds)))
    if found.followers:
        names = ", ".join(f"**{v.plain_name(user)}**" for user in found.followers[:3])
        more = "…" if len(found.followers) > 3 else ""
        lines.append(
            "➕ "
            + t.n("{count} new follower: {names}", "{count} new followers: {names}", len(found.followers), names=names + more)
        )
    if found.removals:
        lines.append("🗑️ " + t.n("{count} removal on TikTok", "{count} removals on TikTok", found.removals))
    return lines


def _newest(lines: Sequence[str]) -> str:
    """As many of the last lines as fit into a field; none is torn, for its markup would not be closed."""
    kept: list[str] = []
    for line in reversed(lines):
        if sum(map(len, kept)) + len(kept) + len(line) > MOST_VALUE_CHARS:
            break
        kept.insert(0, line)
    return "\n".join(kept)


def _phrases(v: Voice, found: CatchUp) -> list[str]:
    said = [f"{v.text(each.text, SHOWN_PHRASE_CHARS)} ×{v.t.number(each.count)}" for each in found.phrases]
    return [" · ".join(said)] if said else []


def _given(v: Voice, given: Given) -> str:
    gift = v.label(given.name, SHOWN_NAME_CHARS) or v.t("a gift")
    times = f" ×{v.t.number(given.count)}" if given.count > 1 else ""
    return f"**{v.plain_name(given.user)}**: {gift}{times} ({v.t.number(given.diamonds)} 💎)"


def _quote(v: Voice, quote: Quote) -> str:
    sign = "❓ " if quote.is_question else ""
    return f"{sign}{v.name(quote.user)} {v.text(quote.text, SHOWN_QUOTE_CHARS)}"


def _result(v: Voice, fight: Fight, home: Handle, now_ms: int) -> str:
    match = battle_card.Match(fight.key, home, v.look, fight.battle, fight.heard_at_ms)
    (card,) = battle_card.shown(match, now_ms).embeds
    return card.title


def _voice(t: Language, look: Look) -> Voice:
    """The watch's way with links and hidden words, in the language of the person who asks."""
    return voice(replace(look, locale=t.locale))
