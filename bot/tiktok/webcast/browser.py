"""The web browser that we present ourselves as: its name, the parameters it adds, the addresses it opens. Pure.

Values are free, but they must fit together: TikTok refuses a socket whose User-Agent is not the one that was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SITE = "https://www.tiktok.com"
"""What a browser names as origin and referrer, wherever our base addresses point."""

LANGUAGE = "en-US"
"""What the browser prefers; TikTok's sentences come in it."""

TARGET_IDC = "tt-target-idc=useast1a"
"""A cookie that web clients always send: the data centre of an account; any will do for a visitor."""


def headers(user_agent: str, *, language: str = LANGUAGE) -> dict[str, str]:
    """What a browser sends with each request for data."""
    return {
        "User-Agent": user_agent,
        "Accept": "text/html,application/json,application/protobuf",
        "Accept-Language": f"{language},{_primary(language)};q=0.9",
        "Referer": f"{SITE}/",
        "Origin": SITE,
        "Cache-Control": "max-age=0",
        "Cookie": TARGET_IDC,
    }


def api_params(user_agent: str, *, device_id: str, language: str = LANGUAGE) -> dict[str, str]:
    """What a browser adds to each API call."""
    name, _, version = user_agent.partition("/")
    return {
        "aid": "1988",
        "app_name": "tiktok_web",
        "app_language": _primary(language),
        "webcast_language": _primary(language),
        "browser_language": language,
        "browser_name": name,
        "browser_version": version,
        "browser_platform": _platform(user_agent),
        "browser_online": "true",
        "channel": "tiktok_web",
        "cookie_enabled": "true",
        "device_platform": "web_pc",
        "device_id": device_id,
        "focus_state": "true",
        "is_fullscreen": "false",
        "is_page_visible": "true",
        "os": "windows" if "Windows" in user_agent else "mac",
        "priority_region": "US",
        "region": "US",
        "screen_width": "1920",
        "screen_height": "1080",
        "tz_name": "Europe/London",
        "user_is_login": "false",
    }


def push_address(
    push_server: str,
    *,
    route_params: Mapping[str, str],
    room_id: str,
    cursor: str,
    internal_ext: bytes,
    user_agent: str,
    language: str = LANGUAGE,
) -> str:
    """The address of the push socket.

    Route parameters are the signer's: percent-encoded (one server puts a raw User-Agent there; unescaped, TikTok answers
    "illegal app_id"), empty ones left out. Ours override them. The second `version_code` at the end is what browsers send.
    """
    name, _, version = user_agent.partition("/")
    ours = {
        "aid": "1988",
        "app_name": "tiktok_web",
        "app_language": _primary(language),
        "webcast_language": _primary(language),
        "browser_language": language,
        "browser_name": name,
        "browser_version": version,
        "browser_platform": _platform(user_agent),
        "browser_online": "true",
        "cookie_enabled": "true",
        "tz_name": "Europe/London",
        "screen_width": "1920",
        "screen_height": "1080",
        "device_platform": "web",
        "identity": "audience",
        "live_id": "12",
        "version_code": "180800",
        "update_version_code": "2.0.0",
        "sup_ws_ds_opt": "1",
        "did_rule": "3",
        "client_enter": "1",
        "ws_direct": "1",
        "heartbeat_duration": "10000",
        "resp_content_type": "protobuf",
        "history_comment_count": "6",
        "last_rtt": "150",
        "room_id": room_id,
        "compress": "gzip",
        "cursor": cursor,
        "internal_ext": internal_ext.decode("utf-8", "replace"),
    }
    query = urlencode({name: value for name, value in {**route_params, **ours}.items() if value}, quote_via=quote, safe="")
    return f"{push_server}{'&' if '?' in push_server else '?'}{query}&version_code=270000"


def _primary(language: str) -> str:
    """`en` of `en-US`."""
    return language.partition("-")[0]


def _platform(user_agent: str) -> str:
    if "Windows" in user_agent:
        return "Win32"
    return "MacIntel" if "Mac" in user_agent else "Linux x86_64"
