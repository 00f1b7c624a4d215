"""TikTokLive's own way from a push frame to its events: its CPU time. Runs in TikTokLive's environment, not in ours.

Argument: a file with one base64 frame a line. Answer: one line of JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
import time
from importlib.metadata import version
from pathlib import Path

from TikTokLive import TikTokLiveClient  # type: ignore[import-not-found]
from TikTokLive.client.ws.ws_utils import (  # type: ignore[import-not-found]
    extract_webcast_push_frame,
    extract_webcast_response_message,
)
from TikTokLive.events import UnknownEvent, WebsocketResponseEvent  # type: ignore[import-not-found]

ROUNDS = 3


async def events(client: TikTokLiveClient, frames: list[bytes]) -> int:
    """How many messages became an event of their own."""
    decoded = 0
    for frame in frames:
        response = extract_webcast_response_message(extract_webcast_push_frame(frame))
        before = None
        async for event in client._parse_webcast_response(response):  # noqa: SLF001 - what its socket loop calls
            # Each message brings one event that wraps the whole response, then its own, then perhaps a derived one.
            own = not isinstance(event, WebsocketResponseEvent | UnknownEvent)
            decoded += own and isinstance(before, WebsocketResponseEvent)
            before = event
    return decoded


async def main(frames: list[bytes]) -> None:
    client = TikTokLiveClient("@bench")
    logging.disable(logging.CRITICAL)
    decoded, best = await events(client, frames), float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        await events(client, frames)
        best = min(best, time.process_time() - started)
    print(json.dumps({"peer": f"TikTokLive {version('TikTokLive')}", "seconds": best, "decoded": decoded}))  # noqa: T201


asyncio.run(main([base64.b64decode(line) for line in Path(sys.argv[1]).read_bytes().splitlines()]))
