"""Relays a LIVE's chat to a Discord webhook: `WEBHOOK_URL=https://discord.com/… python -m examples.discord_webhook alice`.

The smallest relay that is safe: viewers' text is escaped, and nothing in it can ping (`allowed_mentions` names nobody). Lines
are gathered, because a webhook takes five posts in two seconds; when Discord says "too many", we wait as long as it says.
The bot does much more: `python -m bot run`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque

import aiohttp

from bot.text import excerpt, safe_name
from bot.tiktok import CommentEvent, GiftEvent, LiveClient, SourceError

EVERY_S = 2.0
MOST_CHARS = 1900
"""Discord takes 2,000."""


def line_of(event: CommentEvent | GiftEvent) -> str:
    user = event.user
    name = safe_name(user.nickname, user.handle, user.id) if user else "someone"
    if isinstance(event, CommentEvent):
        return f"**{name}** {excerpt(event.text, 300)}"
    return f"🎁 **{name}** sent {excerpt(event.gift.name, 60)} ×{event.repeat_count}"


def next_post(waiting: deque[str]) -> str:
    """As many of the waiting lines as one post holds."""
    post = ""
    while waiting and len(post) + len(waiting[0]) < MOST_CHARS:
        post += waiting.popleft() + "\n"
    return post


async def send(http: aiohttp.ClientSession, webhook: str, post: str) -> None:
    while True:
        body = {"content": post, "allowed_mentions": {"parse": []}, "flags": 4}  # 4: no link previews
        async with http.post(webhook, json=body) as answer:
            if answer.status != 429:
                answer.raise_for_status()
                return
            wait_s = float(answer.headers.get("Retry-After", "1"))
        await asyncio.sleep(wait_s)


async def main(creator: str, webhook: str) -> None:
    client = LiveClient(creator)
    # Bounded: when Discord is slow, the oldest lines go.
    waiting: deque[str] = deque(maxlen=500)

    @client.on(CommentEvent)
    def said(event: CommentEvent) -> None:
        if not event.is_history and not event.visible_to_sender:
            waiting.append(line_of(event))

    @client.on(GiftEvent)
    def given(event: GiftEvent) -> None:
        if event.is_final:
            waiting.append(line_of(event))

    async with aiohttp.ClientSession() as http, client:
        while client.running or waiting:
            if post := next_post(waiting):
                await send(http, webhook, post)
            await asyncio.sleep(EVERY_S if client.running else 0)
        await client.finished()


if __name__ == "__main__":
    if "WEBHOOK_URL" not in os.environ:
        sys.exit("Set WEBHOOK_URL to a webhook of your channel: Edit Channel > Integrations > Webhooks.")
    try:
        asyncio.run(main(sys.argv[1], os.environ["WEBHOOK_URL"]))
    except SourceError as error:  # not live, no such creator, blocked …: the sentence says which
        sys.exit(str(error))
