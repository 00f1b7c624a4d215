"""What the running parts tell `/doctor`."""

from __future__ import annotations

from bot.model.fault import Queue, Trouble
from bot.model.guild import Place
from bot.model.health import Health
from bot.model.ids import ChannelId, DiscordRoleId, GuildId
from bot.modes.vitals import RunningVitals

TROUBLE = Trouble(50013, "no", 0.0)


class Lanes:
    def queue(self, channel_id: ChannelId) -> Queue:
        return Queue(waiting=3, lag_s=2.5, left_out=1) if channel_id == 1 else Queue()


class Cards:
    def troubles(self) -> dict[ChannelId, Trouble]:
        return {ChannelId(1): TROUBLE}


class Places:
    def place(self, guild_id: GuildId, channel_id: ChannelId) -> Place | None:
        return Place(channel_id, guild_id)

    def is_mentionable(self, guild_id: GuildId, role_id: DiscordRoleId) -> bool | None:
        return role_id > guild_id


def test_it_gathers_what_the_parts_know() -> None:
    health = Health(taken_at_ms=5, detection_delay_s=12.0)
    vitals = RunningVitals(Lanes(), Cards(), Places(), lambda: health)
    assert vitals.queue(ChannelId(1)) == Queue(waiting=3, lag_s=2.5, left_out=1, trouble=TROUBLE), "a refused card counts too"
    assert vitals.queue(ChannelId(2)) == Queue()
    assert vitals.place(GuildId(7), ChannelId(1)) == Place(ChannelId(1), 7)
    assert [vitals.is_mentionable(GuildId(7), DiscordRoleId(role)) for role in (6, 8)] == [False, True]
    assert vitals.health() is health
