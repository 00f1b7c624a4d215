"""The PK card: one battle in one channel, posted when it begins, edited while it goes on, and last with its result. Pure.

What it says comes from `bot.events.battle_state`, which never guesses; neither does the card. Who won is TikTok's word or
nobody's ("incomplete"), what was missed is admitted, and the sides keep their places: the watched creator first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from bot.events.battle_boosters import Booster
from bot.events.battle_state import SILENT_AFTER_MS, Battle, BattleView, Outcome, SideView, Sign, Stage
from bot.events.ids import Handle
from bot.language import N_, Language
from bot.model.card import Card, CardKind
from bot.model.ids import CardId, ChannelId, WatchId
from bot.model.message import Embed, Field, Message
from bot.model.watch import Look
from bot.relay.voice import Voice, voice
from bot.text import cut

BLUE, GOLD, GREY = 0x25A5F4, 0xF5B700, 0x80848E

BAR = 12
"""Characters of a side's bar."""

MOST_SIDES = 8
MOST_BOOSTERS = 5
MOST_TITLE_CHARS, MOST_VALUE_CHARS = 256, 1024
"""Discord's limits in code points."""

LOST_MS = 900_000
"""Without a word for so long a battle of which nobody told the times is given up, too."""

_BOOSTERS = {
    "task": N_("bonus task"),
    "critical_strike": N_("critical strike"),
    "smoke": N_("mist"),
    "extra_time": N_("extra time"),
    "potion": N_("potion"),
}


class Standing(StrEnum):
    """What the card is about now."""

    ON = "on"
    OVERTIME = "overtime"
    DECIDING = "deciding"
    """The fight is over and the result has not been told."""
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Match:
    """A battle in a channel: its card's `state`. `home`: the watched creator of whom we first heard it.

    `look` is how the card speaks, `heard_at_ms` (our clock) when anything of it was heard last. `is_left`: nobody here hears
    of it any more.
    """

    key: str
    home: Handle
    look: Look
    battle: Battle
    heard_at_ms: int
    is_left: bool = False


def key(channel_id: ChannelId, battle_key: str) -> str:
    """The name of a battle's card in a channel."""
    return f"pk:{channel_id}:{battle_key}"


def is_worth_a_card(battle: Battle) -> bool:
    """An invitation is none yet, and a battle without names would say nothing."""
    return battle.stage is not Stage.WAITING and bool(battle.sides)


def standing(match: Match, now_ms: int) -> Standing:
    """Where the card stands. A fight that is over waits a moment for its result before the card says that there is none."""
    battle = match.battle
    view = battle.view(now_ms)
    if view.outcome in (Outcome.WON, Outcome.DRAW) or battle.stage is Stage.ENDED or match.is_left:
        return Standing.FINAL
    # Our clock: a battle of which the last was heard long ago is not waited for, whatever TikTok's says.
    is_lost = now_ms - match.heard_at_ms > LOST_MS
    if battle.stage is Stage.PUNISHING:
        is_decided = Sign.DECIDED in battle.signs or now_ms - battle.over_since_ms > SILENT_AFTER_MS
        return Standing.FINAL if is_decided or is_lost else Standing.DECIDING
    if view.outcome is Outcome.INCOMPLETE or is_lost:
        return Standing.FINAL
    return Standing.OVERTIME if battle.stage is Stage.OVERTIME else Standing.ON


def news(match: Match, now_ms: int) -> tuple[object, ...]:
    """What is told at once when it changes. All else (scores, most of all) can wait for the next edit."""
    view = match.battle.view(now_ms)
    return standing(match, now_ms), view.outcome, view.winners, view.extra_duration_s


def made(match: Match, *, channel_id: ChannelId, watch_id: WatchId | None, created_at_ms: int, now_ms: int) -> Card:
    """The card as it should stand now."""
    return Card(
        id=CardId(0),
        key=key(channel_id, match.key),
        kind=CardKind.BATTLE,
        watch_id=watch_id,
        channel_id=channel_id,
        message=shown(match, now_ms),
        created_at_ms=created_at_ms,
        is_over=standing(match, now_ms) is Standing.FINAL,
        state=msgspec.json.encode(match).decode(),
    )


def of_card(card: Card) -> Match | None:
    """The battle of a stored card; None when another version of the bot wrote it in a way that we cannot read."""
    try:
        return msgspec.json.decode(card.state, type=Match)
    except msgspec.MsgspecError:
        return None


def shown(match: Match, now_ms: int) -> Message:
    """The card's message."""
    v = voice(match.look)
    stands = standing(match, now_ms)
    view = match.battle.view(now_ms)
    sides = home_first(view.sides, match.home)[:MOST_SIDES]
    names = {side.key: _side_name(v, side, number) for number, side in enumerate(sides, start=1)}
    is_final = stands is Standing.FINAL
    fields = _final_fields(v, view, sides, names) if is_final else _open_fields(v, match, view, names, stands)
    known = view.outcome in (Outcome.WON, Outcome.DRAW)
    is_left = match.is_left and not known
    versus = v.t(" vs ").join(names.values())
    headline = v.t("PK, no longer relayed: {sides}", sides=versus) if is_left else _headline(v.t, view, versus, names, stands)
    embed = Embed(
        title=cut(f"⚔️ {headline}", MOST_TITLE_CHARS),
        description="\n".join(_side_line(v.t, side, names[side.key], sides) for side in sides),
        colour=(GOLD if known else GREY) if is_final else BLUE,
        fields=fields,
        footer=_caveats(v.t, view, is_untold=is_final and not (known or is_left)),
    )
    return Message(embeds=(embed,))


def home_first(sides: Sequence[SideView], home: Handle) -> list[SideView]:
    """The watched creator's side before the others, which keep their order."""
    return sorted(sides, key=lambda side: side.user.handle.lower() != home.lower())


def bar(score: int, best: int) -> str:
    """`▰▰▰▰▰▱▱▱`: how near a side is to the best one."""
    full = round(BAR * score / best) if best > 0 else 0
    full = max(0, min(BAR, full))
    return "▰" * full + "▱" * (BAR - full)


def _headline(t: Language, view: BattleView, versus: str, names: dict[str, str], stands: Standing) -> str:
    if stands is not Standing.FINAL:
        match stands:
            case Standing.OVERTIME:
                return t("PK, overtime: {sides}", sides=versus)
            case Standing.DECIDING:
                return t("PK, waiting for the result: {sides}", sides=versus)
            case _:
                return t("PK: {sides}", sides=versus)
    if view.outcome is Outcome.DRAW:
        return t("PK over, a draw: {sides}", sides=versus)
    winners = [names[each] for each in view.winners if each in names]
    if view.outcome is Outcome.WON and winners:
        return t.n("PK over: {names} wins", "PK over: {names} win", len(winners), names=", ".join(winners))
    return t("PK over, the result is incomplete: {sides}", sides=versus)


def _side_line(t: Language, side: SideView, name: str, sides: Sequence[SideView]) -> str:
    best = max(each.score for each in sides)
    won = " 🏆" if side.result == "win" else ""
    return f"`{bar(side.score, best)}` **{t.number(side.score)}** {name}{won}"


def _side_name(v: Voice, side: SideView, number: int) -> str:
    if side.team_id:
        return v.t("Team {number}", number=number)
    user = side.user
    if user.nickname or user.handle:
        return v.plain_name(user)
    return v.t("creator {number}", number=number)


def _open_fields(v: Voice, match: Match, view: BattleView, names: dict[str, str], stands: Standing) -> tuple[Field, ...]:
    t, ends_at_ms = v.t, match.battle.planned_end_ms
    fields = []
    if ends_at_ms and stands is not Standing.DECIDING:
        fields.append(Field(t("Ends"), f"<t:{ends_at_ms // 1000}:R>"))
    fields += _margin_and_lead(t, view)
    if view.extra_duration_s:
        fields.append(Field(t("Extra time"), t("{seconds} s", seconds=view.extra_duration_s)))
    if view.boosters:
        told = "\n".join(_booster(t, each, view, names) for each in view.boosters[-MOST_BOOSTERS:])
        fields.append(Field(t("Boosters"), cut(told, MOST_VALUE_CHARS), inline=False))
    return tuple(fields)


def _final_fields(v: Voice, view: BattleView, sides: Sequence[SideView], names: dict[str, str]) -> tuple[Field, ...]:
    fields = _margin_and_lead(v.t, view)
    if view.extra_duration_s:
        fields.append(Field(v.t("Extra time"), v.t("{seconds} s", seconds=view.extra_duration_s)))
    for side in sides:
        if side.mvp is not None and side.mvp.score > 0:
            best = f"{v.name(side.mvp.user)} ({v.t.number(side.mvp.score)})"
            fields.append(Field(cut(v.t("MVP of {side}", side=names[side.key]), MOST_TITLE_CHARS), cut(best, MOST_VALUE_CHARS)))
    return tuple(fields)


def _margin_and_lead(t: Language, view: BattleView) -> list[Field]:
    fields = []
    if view.margin:
        fields.append(Field(t("Margin"), t.number(view.margin)))
    if view.lead_changes:
        count = t.number(view.lead_changes)
        is_sure = not (view.missing or view.had_gap)
        fields.append(Field(t("Lead changes"), count if is_sure else t("at least {count}", count=count)))
    return fields


def _booster(t: Language, booster: Booster, view: BattleView, names: dict[str, str]) -> str:
    what = t(_BOOSTERS[booster.kind]) if booster.kind in _BOOSTERS else t("a card")
    if booster.multiplier > 1:
        what = f"×{booster.multiplier} {what}"
    whose = next((names[side.key] for side in view.sides if booster.for_host_id in side.host_ids and side.key in names), "")
    until = f"<t:{booster.to_ms // 1000}:R>"
    if whose:
        return "⚡ " + t("{booster} for {side}, until {time}", booster=what, side=whose, time=until)
    return "⚡ " + t("{booster}, until {time}", booster=what, time=until)


def _caveats(t: Language, view: BattleView, *, is_untold: bool) -> str:
    """What the reader must know about what is missing. `is_untold`: it is over, and how was not told."""
    said = []
    if Sign.OPENED in view.missing:
        said.append(t("joined in the middle"))
    if view.had_gap:
        said.append(t("a part of it was missed"))
    if view.cut_short:
        said.append(t("cut short"))
    if is_untold:
        said.append(t("neither a result nor final scores were told"))
    return " · ".join(said)
