"""Runs in tiktok-live-events' own environment: reads an edge and prints each event as a JSON line.

Usage: python listen_edge.py ADDRESS HANDLE
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from tiktok_live_events import client as library  # type: ignore[import-not-found]

NAMES = ("connected", "disconnected", "roomInfo", "chat", "gift", "like", "follow", "share", "social", "member", "roomUserSeq")
MORE = ("imDelete", "control", "question", "caption", "emoteChat", "battle", "battlePunishFinish")


def heard(name: str) -> Callable[[dict[str, Any]], None]:
    def hear(data: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps({"event": name, "data": data}) + "\n")
        sys.stdout.flush()

    return hear


async def main(address: str, handle: str) -> None:
    library.ENDPOINT = address
    client = library.TikTokLive(handle, auto_reconnect=False)
    for name in (*NAMES, *MORE):
        client.on(name)(heard(name))
    await client.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
