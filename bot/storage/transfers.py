"""Several watches placed, changed, paused and resumed as one: either all of it is done and audited, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.events.ids import Handle
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import MEANT, PauseReason, WatchSettings
from bot.storage import creators, watches


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a watch shall stand. `is_held`: it is paused because the creator is for adults and the channel is not."""

    handle: Handle
    channel_id: ChannelId
    settings: WatchSettings
    is_paused: bool
    is_held: bool = False


def apply(
    connection: Connection,
    wanted: Sequence[Wanted],
    tails: Mapping[Handle, int],
    *,
    guild_id: GuildId,
    by: DiscordUserId,
    now_ms: int,
) -> None:
    """Let the guild's watches stand so. `tails`: where the creators' logs end; a watch that is new, or goes on, begins there."""
    for each in wanted:
        tail = tails.get(each.handle, 0)
        watch, _ = watches.place(
            connection,
            guild_id=guild_id,
            channel_id=each.channel_id,
            creator_id=creators.ensure(connection, each.handle, now_ms=now_ms).id,
            by=by,
            now_ms=now_ms,
            cursor_seq=tail,
            settings=each.settings,
        )
        watches.change(connection, guild_id=guild_id, watch_id=watch.id, settings=each.settings, by=by, now_ms=now_ms)
        if each.is_paused:
            why = PauseReason.ADULTS if each.is_held else PauseReason.ASKED
            watches.pause(connection, [watch.id], why=why, by=by, now_ms=now_ms)
        elif watch.paused_why in MEANT:
            watches.resume(connection, {watch.id: tail}, by=by, now_ms=now_ms)
