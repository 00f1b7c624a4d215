"""The person at the page as a viewer on TikTok: one line in the chat of a creator who is live.

POST /sandbox/say             {creator, viewer, text}; wrong: 400 {"errors": {"": sentence}}
"""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.scenarios.cast import known_as
from sandbox.tiktok.world import World
from sandbox.web.actions import Unusable, body_of, refused

MOST_CHARS = 150
"""TikTok's own limit of a comment."""
HANDLE = re.compile(r"[a-z0-9_.]{2,24}")


class Saying:
    """The route."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/sandbox/say", self._say)

    async def _say(self, request: web.Request) -> web.Response:
        try:
            body = await body_of(request, creator=str, viewer=str, text=str)
            self._chat(body["creator"], body["viewer"].removeprefix("@").lower(), body["text"].strip())
        except Unusable as wrong:
            return refused(wrong.errors)
        return web.json_response({})

    def _chat(self, creator: str, handle: str, text: str) -> None:
        found = self._world.find(creator)
        if found is None or found.room is None:
            raise Unusable(f"@{creator} is not live.")
        if not HANDLE.fullmatch(handle):
            raise Unusable("A handle has 2 to 24 letters, digits, points and underscores.")
        if not 0 < len(text) <= MOST_CHARS:
            raise Unusable(f"A comment has 1 to {MOST_CHARS} characters.")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Unusable("The comment holds half a character.")
        found.room.chat(known_as(handle), text)
