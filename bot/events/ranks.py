"""The creator's places in TikTok's rankings, and viewers' places in the room's."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bot.events.base import Event
from bot.events.room import Announcement


class RankStanding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One ranking. `rank_type`: 0 hourly, 1 weekly, 8 daily, 10 games, 13 league, 15 teams …

    `rank` is 0 when unranked, `text` how TikTok shows it ("Weekly No. 45"), `countdown_s` the time until it closes.
    """

    rank_type: int = 0
    rank: int = 0
    text: str = ""
    text_key: str = ""
    countdown_s: int = 0
    is_on_rank: bool = False
    score: int = 0


class RankEvent(Event, frozen=True, gc=False, array_like=True, tag="rankUpdate"):
    """The creator's rankings changed (`WebcastRankUpdateMessage`).

    `group_type`: 1 gifts, 2 commerce, 3 games. `op_type`: 1 added, 2 removed, 3 reloaded. `rank_name` and `ranked` are the
    edge's word and its list as JSON text.
    """

    type: ClassVar[str] = "rankUpdate"
    updates: tuple[RankStanding, ...] = ()
    group_type: int = 0
    op_type: int = 0
    priority: int = 0
    rank_name: str = ""
    ranked: str = ""


class RankTextEvent(Event, frozen=True, gc=False, array_like=True, tag="rankText"):
    """ "… just became No. 3": a viewer became a top viewer (`WebcastRankTextMessage`, scene 1), or another line about ranks.

    `rank_before` and `rank_after` are places (scene 1: the viewer's). `own_text` is what the viewer reads, `text` what others do.
    """

    type: ClassVar[str] = "rankText"
    scene: int = 0
    rank_before: int = 0
    rank_after: int = 0
    text: str = ""
    text_key: str = ""
    own_text: str = ""
    user_id: str = ""
    rank_type: int = 0


class HourlyRankEvent(Event, frozen=True, gc=False, array_like=True, tag="hourlyRank"):
    """The older form of a ranking (`WebcastHourlyRankMessage`): its title is all that is known."""

    type: ClassVar[str] = "hourlyRank"
    text: str = ""
    text_key: str = ""


class RankWinner(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who won a ranking, and the notice bar that says so."""

    user_id: str = ""
    asset_id: str = ""
    notify: Announcement = Announcement()


class HourlyRankRewardEvent(Event, frozen=True, gc=False, array_like=True, tag="hourlyRankReward"):
    """Winners of the hourly ranking (`WebcastHourlyRankRewardMessage`; document only)."""

    type: ClassVar[str] = "hourlyRankReward"
    winners: tuple[RankWinner, ...] = ()


class GameRankEvent(Event, frozen=True, gc=False, array_like=True, tag="gameRankNotify"):
    """A line about a game ranking (`WebcastGameRankNotifyMessage`; document only). `message_type`: 0 in or out, 1 place
    changed.
    """

    type: ClassVar[str] = "gameRankNotify"
    message_type: int = 0
    text: str = ""
    text_key: str = ""


class WeeklyRankRewardEvent(Event, frozen=True, gc=False, array_like=True, tag="weeklyRankReward"):
    """A creator won a place in a ranking and a border for their picture (`WebcastWeeklyRankRewardMessage`).

    Captured: `rank` is `weekly_rank` or `daily_rank`, `user_id` the creator who won, `notify` the bar that says so.
    """

    type: ClassVar[str] = "weeklyRankReward"
    user_id: str = ""
    rank: str = ""
    image_url: str = ""
    notify: Announcement = Announcement()
