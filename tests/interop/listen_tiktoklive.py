"""Runs in TikTokLive's own environment: connects to a sandbox and prints each event as a JSON line.

Usage: python listen_tiktoklive.py BASE HANDLE
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from TikTokLive import TikTokLiveClient, events  # type: ignore[import-not-found]
from TikTokLive.client.web.web_settings import WebDefaults  # type: ignore[import-not-found]


def told(value: Any, depth: int = 8) -> Any:
    """A message as plain values: what is empty is left out. (Its own `to_json` fails on some of its classes.)"""
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None and depth:
        known = {name: told(getattr(value, name, None), depth - 1) for name in fields}
        return {name: each for name, each in known.items() if each not in (None, "", 0, [], {}, False)}
    if isinstance(value, dict):
        return {str(key): told(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [told(each, depth - 1) for each in value]
    if isinstance(value, bool | str) or value is None:
        return value
    return int(value) if isinstance(value, int) else repr(value)


async def main(base: str, handle: str) -> None:
    WebDefaults.tiktok_app_url = base
    WebDefaults.tiktok_webcast_url = f"{base}/webcast"
    WebDefaults.tiktok_sign_url = base
    client = TikTokLiveClient(unique_id=f"@{handle}")
    kinds = [getattr(events, name) for name in dir(events) if name.endswith("Event")]

    def hear(event: Any) -> None:
        sys.stdout.write(json.dumps({"event": type(event).__name__, "data": told(event)}) + "\n")
        sys.stdout.flush()

    for kind in kinds:
        if isinstance(kind, type) and kind.__name__ not in ("Event", "WebsocketResponseEvent"):
            client.add_listener(kind, hear)
    task = await client.start()
    await task


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
