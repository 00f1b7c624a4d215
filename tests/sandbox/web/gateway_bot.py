"""The smallest bot there can be: it identifies, registers commands, writes messages, and answers commands as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

Json = dict[str, Any]

STRING, INTEGER, BOOLEAN, CHANNEL = 3, 4, 5, 7
EPHEMERAL = 1 << 6

WATCH: Json = {
    "name": "watch",
    "description": "Relay a creator's TikTok LIVE into a channel.",
    "options": [
        {"name": "creator", "description": "@name or link", "type": STRING, "required": True, "autocomplete": True},
        {"name": "channel", "description": "Where the chat goes", "type": CHANNEL, "required": True, "channel_types": [0, 5]},
        {"name": "min_diamonds", "description": "Gifts below stay out", "type": INTEGER, "min_value": 0, "max_value": 1000},
        {"name": "style", "description": "How lines look", "type": STRING, "choices": [{"name": "Short", "value": "s"}]},
        {"name": "quiet", "description": "No notifications", "type": BOOLEAN},
    ],
}
WATCHING: Json = {"name": "watching", "description": "What this server watches."}
DOCTOR: Json = {
    "name": "doctor",
    "description": "Why something does not arrive.",
    "options": [{"name": "creator", "description": "Only this one", "type": STRING}],
}


class Bot:
    """One gateway session of the sandbox's bot. `answer` is called with each INTERACTION_CREATE."""

    def __init__(self, http: aiohttp.ClientSession, url: str, application_id: int) -> None:
        self.http = http
        self.url = url
        self.application_id = application_id
        self.interactions: list[Json] = []
        self.answer: Callable[[Json], Awaitable[None]] = self.ignore
        self.ready = asyncio.Event()

    async def ignore(self, interaction: Json) -> None:
        """Never answer."""

    async def run(self) -> None:
        async with self.http.ws_connect(self.url.replace("http", "ws", 1) + "/gateway?v=10&encoding=json") as socket:
            properties = {"os": "linux", "browser": "test", "device": "test"}
            await socket.send_json({"op": 2, "d": {"token": "sandbox-token", "intents": 1, "properties": properties}})
            async for frame in socket:
                event = frame.json()
                if event["op"] == 0 and event["t"] == "READY":
                    self.ready.set()
                if event["op"] == 0 and event["t"] == "INTERACTION_CREATE":
                    self.interactions.append(event["d"])
                    await self.answer(event["d"])

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """One REST request; whatever Discord refuses fails the test."""
        headers = {"Authorization": "Bot sandbox-token", "User-Agent": "DiscordBot (https://example.org, 1)"}
        async with self.http.request(method, self.url + "/api/v10" + path, json=body, headers=headers) as response:
            assert response.status < 300, (path, await response.text())
            return await response.json() if response.status == 200 else None

    async def register(self, *commands: Json) -> None:
        await self.call("PUT", f"/applications/{self.application_id}/commands", list(commands))

    async def say(self, channel_id: int, content: str, **more: Any) -> str:
        """Post as the relay does, with nothing allowed to ping unless the test says otherwise. Returns the message's id."""
        body = {"content": content, "allowed_mentions": {"parse": []}, **more}
        return str((await self.call("POST", f"/channels/{channel_id}/messages", body))["id"])

    async def send_file(self, channel_id: int, name: str, content: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("payload_json", "{}", content_type="application/json")
        form.add_field("files[0]", content, filename=name)
        headers = {"Authorization": "Bot sandbox-token"}
        async with self.http.post(f"{self.url}/api/v10/channels/{channel_id}/messages", data=form, headers=headers) as response:
            assert response.status == 200, await response.text()

    async def edit(self, channel_id: int, message_id: str, content: str) -> None:
        await self.call("PATCH", f"/channels/{channel_id}/messages/{message_id}", {"content": content})

    async def delete(self, channel_id: int, message_id: str) -> None:
        await self.call("DELETE", f"/channels/{channel_id}/messages/{message_id}")

    async def respond(self, interaction: Json, kind: int, data: Json | None = None) -> None:
        """The first answer: 4 says something, 5 thinks, 8 offers choices."""
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        await self.call("POST", path, {"type": kind, "data": data or {}})

    async def edit_answer(self, interaction: Json, content: str) -> None:
        path = f"/webhooks/{self.application_id}/{interaction['token']}/messages/@original"
        await self.call("PATCH", path, {"content": content})
