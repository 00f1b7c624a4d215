"""The operator's login: who may see it."""

from __future__ import annotations

import pytest

from bot.tiktok.webcast.session import Session

HUSH = Session("hush", target_idc="alisg", hosts=frozenset({"127.0.0.1"}))


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("wss://webcast-ws.tiktok.com/webcast/im/push/", True),
        ("wss://TikTok.com/", True),
        ("ws://127.0.0.1:80/x", True),
        ("wss://ws-fallback.eulerstream.com/", False),
        ("wss://eviltiktok.com/", False),
        ("wss://tiktok.com.evil.example/", False),
        ("wss://evil.example/?tiktok.com", False),
        ("wss://tiktok.com@evil.example/", False),
        ("wss://[::1", False),
        ("", False),
    ],
)
def test_only_tiktok_itself_may_see_it(address: str, may: bool) -> None:
    assert HUSH.may_go_to(address) is may


def test_a_logged_in_browser_says_it_three_times_and_names_its_data_centre() -> None:
    assert HUSH.cookies == {"tt-target-idc": "alisg", "sessionid": "hush", "sessionid_ss": "hush", "sid_tt": "hush"}


def test_it_is_not_in_a_repr() -> None:
    assert "hush" not in repr(HUSH)
