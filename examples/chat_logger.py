"""Prints a LIVE's chat: `python -m examples.chat_logger alice`. The client in a dozen lines."""

from __future__ import annotations

import sys

from bot.text import one_line
from bot.tiktok import CommentEvent, LiveClient, SourceError

client = LiveClient(sys.argv[1])


@client.on(CommentEvent)
def show(event: CommentEvent) -> None:
    # One line each, whatever viewers type: their line breaks and control characters stay out of the terminal.
    print(one_line(f"{event.user.name if event.user else '?'}: {event.text}"), flush=True)


try:
    client.run()
except SourceError as error:  # not live, no such creator, blocked …: the sentence says which
    sys.exit(str(error))
