"""Prints a LIVE's chat: `python -m examples.chat_logger alice`. The client in ten lines."""

from __future__ import annotations

import sys

from bot.tiktok import CommentEvent, LiveClient

client = LiveClient(sys.argv[1])


@client.on(CommentEvent)
def show(event: CommentEvent) -> None:
    print(f"{event.user.name if event.user else '?'}: {event.text}", flush=True)


client.run()
