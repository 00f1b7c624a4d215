"""The browser that we present ourselves as must fit together."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast import browser

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"


def address(push_server: str = "wss://push.example/im/", **route_params: str) -> str:
    return browser.push_address(
        push_server, route_params=route_params, room_id="42", cursor="c 1", internal_ext=b"a|b", user_agent=browser.USER_AGENT
    )


@pytest.mark.parametrize(("user_agent", "platform"), [(browser.USER_AGENT, "Win32"), (MAC, "MacIntel"), (LINUX, "Linux x86_64")])
def test_platform_and_version_are_those_of_the_user_agent(user_agent: str, platform: str) -> None:
    params = browser.api_params(user_agent, device_id="1")
    assert params["browser_platform"] == platform
    assert f"{params['browser_name']}/{params['browser_version']}" == user_agent == browser.headers(user_agent)["User-Agent"]


@given(route_params=st.dictionaries(st.from_regex(r"[a-z_]{1,9}x", fullmatch=True), st.text(max_size=20), max_size=4))
def test_route_parameters_arrive_as_they_were_given(route_params: dict[str, str]) -> None:
    given_back = dict(parse_qsl(urlsplit(address(**route_params)).query, keep_blank_values=True, strict_parsing=True))
    kept = {name: value for name, value in route_params.items() if value}
    assert {name: value for name, value in given_back.items() if name in kept} == kept
    assert not {name for name, value in route_params.items() if not value} & given_back.keys()


def test_our_own_parameters_win() -> None:
    assert "room_id=42&" in address(room_id="7")
    assert "room_id=7" not in address(room_id="7")


def test_nothing_is_left_unescaped() -> None:
    query = urlsplit(address(agent="Mozilla/5.0 (X; Y) a+b")).query
    assert "agent=Mozilla%2F5.0%20%28X%3B%20Y%29%20a%2Bb&" in query
    assert "cursor=c%201&internal_ext=a%7Cb&" in query


def test_a_push_server_may_bring_its_own_query() -> None:
    assert address("wss://push.example/im/?a=1").startswith("wss://push.example/im/?a=1&")
    assert address().endswith("&version_code=270000")
