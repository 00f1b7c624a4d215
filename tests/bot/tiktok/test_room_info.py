"""Which video is taken, and that TikTok's answers of any shape are details or one of our errors."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AgeRestricted, DownloadFailed, SourceError, Unclear
from bot.events import RoomId
from bot.tiktok.room_info import RoomDetails
from bot.tiktok.webcast import answers

ROOM = RoomId("7")


def info(**data: object) -> RoomDetails:
    return answers.room_info(json.dumps({"status_code": 0, "data": {"id": 7, "status": 2} | data}).encode(), ROOM)


@pytest.mark.parametrize(
    ("there", "wanted", "taken"),
    [("origin hd sd", "hd", "hd"), ("origin hd sd", "uhd", "hd"), ("origin", "ld", "origin"), ("sd ld", "origin", "sd")],
)
def test_the_next_lower_quality_is_taken_else_the_lowest(there: str, wanted: str, taken: str) -> None:
    assert RoomDetails(streams={name: name for name in there.split()}).stream(wanted) == taken


def test_no_video_and_no_such_quality_are_said() -> None:
    with pytest.raises(DownloadFailed, match="no video"):
        RoomDetails().stream("hd")
    with pytest.raises(DownloadFailed, match="origin, uhd, hd, sd, ld"):
        RoomDetails(streams={"hd": "x"}).stream("4k")


def test_the_newer_description_of_streams_goes_before_the_older() -> None:
    described = json.dumps({"data": {"hd": {"main": {"flv": "new-hd", "hls": "h"}}, "ld": {"main": {"hls": "new-ld"}}, "sd": 7}})
    streams = info(
        stream_url={
            "live_core_sdk_data": {"pull_data": {"stream_data": described}},
            "flv_pull_url": {"FULL_HD1": "old-uhd", "HD1": "old-hd", "SD2": "old-sd", "AUDIO": "a"},
            "hls_pull_url": "all",
        }
    ).streams
    assert streams == {"hd": "new-hd", "ld": "new-ld", "uhd": "old-uhd", "sd": "old-sd"}
    assert info(stream_url={"hls_pull_url": "all"}).streams == {"origin": "all"}


def test_details_are_read_and_what_has_no_name_is_kept() -> None:
    found = info(
        id=70, status=3, title="Hi", create_time=5, admin_user_ids=[1, "2"], hashtag={"title": "chess"}, room_auth={"Chat": True}
    )
    assert (found.room_id, found.status, found.title, found.started_at_ms) == ("70", 3, "Hi", 5000)
    assert (found.moderator_ids, found.hashtag, found.raw["room_auth"]) == (("1", "2"), "chess", {"Chat": True})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status_code": 4003110, "data": {"prompts": "18+"}}, AgeRestricted),
        ({"status_code": 0, "data": {"prompts": "18+"}}, AgeRestricted),
        ({"status_code": 0, "data": {"message": "nothing else"}}, AgeRestricted),
        ({"status_code": 20003, "data": {"prompts": "Log in"}}, Unclear),
        ({"status_code": 10011, "data": {"message": "params"}}, Unclear),
        ({"status_code": 0, "data": {}}, Unclear),
        ("<html>", Unclear),
    ],
)
def test_age_login_and_everything_else_are_told_apart(answer: object, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        answers.room_info(json.dumps(answer).encode(), ROOM)


def test_the_gift_panel_is_read_from_all_its_places() -> None:
    rose = {"id": 5655, "name": "Rose", "diamond_count": 1, "type": 1, "image": {"url_list": ["r"]}}
    lion = {"id": 6369, "name": "Lion", "diamond_count": 29999, "type": 2, "icon": {"url_list": ["l"]}}
    body = json.dumps({"status_code": 0, "data": {"gifts": [rose, None], "pages": [{"gifts": [rose, lion]}, 7]}}).encode()
    found = answers.gifts(body)
    assert [(gift.name, gift.diamonds, gift.streakable, gift.image_url) for gift in found.values()] == [
        ("Rose", 1, True, "r"),
        ("Lion", 29999, False, "l"),
    ]


names = st.sampled_from([
    *("data", "status_code", "owner", "stats", "stream_url", "live_core_sdk_data", "pull_data", "stream_data", "gifts", "pages"),
    *("id", "cover", "url_list", "flv_pull_url", "HD1", "hd", "main", "admin_user_ids", "prompts"),
])  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(names, json_values, max_size=6))
def test_answers_of_any_shape_are_details_or_one_of_our_errors(data: dict[str, object]) -> None:
    for body in (
        json.dumps(data).encode(),
        json.dumps({"data": data}).encode(),
        json.dumps({"data": {"stream_url": data}}).encode(),
    ):
        with contextlib.suppress(SourceError):
            answers.room_info(body, ROOM)
        with contextlib.suppress(SourceError):
            answers.gifts(body)


def test_a_lone_surrogate_in_a_nested_description_is_no_accident() -> None:
    body = b'{"data": {"id": 5, "stream_url": {"live_core_sdk_data": {"pull_data": {"stream_data": "\\ud800"}}}}}'
    with contextlib.suppress(SourceError):
        assert answers.room_info(body, ROOM).streams == {}
