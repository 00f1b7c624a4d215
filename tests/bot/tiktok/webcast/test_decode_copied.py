"""The plan that copies a message into an event of the same fields."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest

from bot.events import CommentTrayEvent, Event, GoalEvent, LinkMicEvent, QuestionClosedEvent, RankEvent
from bot.tiktok.webcast.decode_copied import copied, copier
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from tests.bot.tiktok.webcast.reading import read

BASE = pb.ToldBase(method="x", message_id=12, room_id=34, created_at=1_696_447_177_078)


def test_ids_become_text_and_none_is_empty() -> None:
    closed = read("WebcastQuestionSlideDownMessage", pb.QuestionClosed(base=BASE, question_id=2**62))
    assert isinstance(closed, QuestionClosedEvent)
    assert closed.question_id == str(2**62)
    none = read("WebcastQuestionSlideDownMessage", pb.QuestionClosed(base=BASE))
    assert isinstance(none, QuestionClosedEvent)
    assert none.question_id == ""


def test_structs_within_structs_are_copied_whole() -> None:
    goal = pb.Goal(id=5, sub_goals=[pb.SubGoal(progress=3, target=9, gift=pb.GoalGift(name="Rose", diamonds=1))])
    event = read("WebcastGoalUpdateMessage", pb.GoalUpdate(base=BASE, goal=goal, update_source=2))
    assert isinstance(event, GoalEvent)
    [line] = event.goal.sub_goals
    assert (event.goal.id, line.progress, line.target, line.gift.name, line.gift.diamonds) == ("5", 3, 9, "Rose", 1)


def test_a_sentence_gives_its_text_and_its_key() -> None:
    text = pb.FullText(key="pm_mt_Live_WRMark", pattern="Weekly No. {0:string}", pieces=[pb.Piece(text="45")])
    event = read("WebcastRankUpdateMessage", pb.RankUpdate(base=BASE, updates=[pb.RankStanding(rank=45, text=text)]))
    assert isinstance(event, RankEvent)
    [standing] = event.updates
    assert (standing.text, standing.text_key, standing.rank) == ("Weekly No. 45", "pm_mt_Live_WRMark", 45)


@pytest.mark.parametrize("stamp", [1_696_447_177, 1_696_447_177_000])
def test_an_instant_of_unknown_unit_becomes_milliseconds(stamp: int) -> None:
    event = read("WebcastCommentTrayMessage", pb.CommentTray(base=BASE, commented_at=stamp))
    assert isinstance(event, CommentTrayEvent)
    assert event.commented_at_ms == 1_696_447_177_000


def test_users_without_anything_are_left_out_of_a_list() -> None:
    event = read("LinkMicMethod", pb.LinkMic(base=BASE, users=[pb.User(id=1, nickname="Bob"), pb.User()]))
    assert isinstance(event, LinkMicEvent)
    assert [each.name for each in event.users] == ["Bob"]


def test_a_message_within_that_is_absent_reads_like_one_that_is_empty() -> None:
    absent = read("WebcastGoalUpdateMessage", pb.GoalUpdate(base=BASE))
    empty = read("WebcastGoalUpdateMessage", pb.GoalUpdate(base=BASE, goal=pb.Goal(), contributed_to=pb.SubGoal()))
    assert isinstance(absent, GoalEvent)
    assert absent == empty
    assert (absent.goal.id, absent.goal.sub_goals) == ("", ())


def test_a_field_that_the_message_lacks_keeps_its_default_and_shifts_none() -> None:
    read_tool = copier(pb.CreatorTool, Tool)
    assert read_tool(pb.CreatorTool(name="poll", category="games")) == Tool(name="poll", unheard_of="as before", category="games")


class Tool(msgspec.Struct):
    name: str = ""
    unheard_of: str = "as before"
    category: str = ""


class Misfit(Event, frozen=True, gc=False, array_like=True, tag="misfit"):
    type: ClassVar[str] = "misfit"
    name: int = 0


def test_a_field_that_fits_no_rule_is_found_when_the_table_is_made() -> None:
    with pytest.raises(TypeError, match="name cannot become"):
        copied(pb.CreatorTool, Misfit)
