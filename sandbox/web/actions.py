"""What the person at the page does besides looking: commands, controls, forms, files. Each is one POST, or one GET to complete.

    POST /sandbox/command         {channel, command, options, target?}; wrong: 400 {"errors": {option or "": sentence}}
    GET  /sandbox/autocomplete    ?channel&command&focused&options={…}  ->  {"choices": [{"label", "value"}]}
    POST /sandbox/press           {message, custom_id, values?}
    POST /sandbox/submit          {interaction, fields}
    POST /sandbox/uploads         ?filename, the body is the file: from then on an option or field may name it

Whoever uses a direct message is the person it is with; everywhere else it is "you".
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.discord import components
from sandbox.discord.files import FILE_BYTES, Upload
from sandbox.discord.interactions import Interaction
from sandbox.discord.invocation import CannotUse
from sandbox.discord.server import Discord
from sandbox.discord.world import Channel, Member, Message
from sandbox.web.wire import Json

UPLOADS = 10
"""Files that wait for the command or form that names them; the oldest go."""


class Unusable(Exception):
    """The page asked for something that there is not; `errors` says so by option, "" being the whole line."""

    def __init__(self, sentence: str, *, option: str = "") -> None:
        super().__init__(sentence)
        self.errors = {option: sentence}


class Actions:
    """The routes. `place` finds a channel that the page shows, by its id, and who acts there; it raises Unusable."""

    def __init__(self, discord: Discord, place: Callable[[object], tuple[Channel, Member]]) -> None:
        self._discord = discord
        self._place = place
        self._uploads: dict[str, Upload] = {}

    def add_routes(self, app: web.Application) -> None:
        for path, act in (("command", self._command), ("press", self._press), ("submit", self._submit)):
            app.router.add_post(f"/sandbox/{path}", _answering(act))
        app.router.add_post("/sandbox/uploads", self._upload)
        app.router.add_get("/sandbox/autocomplete", self._autocomplete)

    async def _command(self, request: web.Request) -> Interaction:
        body = await body_of(request, channel=str, command=str)
        self._require_bot()
        place, member = self._place(body["channel"])
        name, typed = body["command"], options(body.get("options", {}))
        if "target" in body:
            return await self._discord.interact(place, member, name, target=self._message(body["target"]))
        return await self._discord.interact(place, member, name, self._with_files(place, member, name, typed))

    async def _press(self, request: web.Request) -> Interaction:
        body = await body_of(request, message=str, custom_id=str)
        self._require_bot()
        message = self._message(body["message"])
        _, member = self._place(str(message.channel.id))
        if "values" not in body:
            return await self._discord.press(message, member, body["custom_id"])
        return await self._discord.choose(message, member, body["custom_id"], _texts(body["values"]))

    async def _submit(self, request: web.Request) -> Interaction:
        body = await body_of(request, interaction=str, fields=dict)
        self._require_bot()
        number = body["interaction"]
        asked = self._discord.state.interactions.by_id.get(int(number) if number.isdecimal() else 0)
        if asked is None or asked.modal is None:
            raise Unusable("This form is not open any more.")
        fields = dict(body["fields"])
        for _, field in components.walk(asked.modal["components"]):
            if field.get("type") == components.FILE_UPLOAD and field["custom_id"] in fields:
                fields[field["custom_id"]] = [self._file(name) for name in _texts(fields[field["custom_id"]])]
        return await self._discord.submit(asked, asked.member, fields)

    async def _upload(self, request: web.Request) -> web.Response:
        name = request.query.get("filename", "")
        content = bytearray()
        async for chunk in request.content.iter_chunked(1 << 16):
            content += chunk
            if len(content) > FILE_BYTES:
                return refused({"": "Your files are too powerful: at most 10 MiB."})
        if not name or request.content_type != "application/octet-stream":
            return refused({"": "A file needs a name, and comes as application/octet-stream."})
        self._uploads.pop(name, None)
        self._uploads[name] = Upload(name, bytes(content))
        while len(self._uploads) > UPLOADS:
            del self._uploads[next(iter(self._uploads))]
        return web.json_response({"filename": name})

    async def _autocomplete(self, request: web.Request) -> web.Response:
        try:
            query = request.query
            typed = options(parsed(query.get("options", "{}")))
            place, member = self._place(query.get("channel"))
            command, focused = query.get("command", ""), query.get("focused", "")
            if not self._discord.is_online:
                return web.json_response({"choices": []})
            entered = self._with_files(place, member, command, typed)
            choices = await self._discord.autocomplete(place, member, command, entered, focused)
        except Unusable as wrong:
            return refused(wrong.errors)
        except CannotUse as wrong:
            return refused({"": str(wrong)})
        except TimeoutError:
            choices = []  # Discord shows an empty list as well
        return web.json_response({"choices": [{"label": str(c["name"]), "value": str(c["value"])} for c in choices]})

    def _require_bot(self) -> None:
        if not self._discord.is_online:
            raise Unusable("No bot is connected, so nobody would answer.")

    def _message(self, message_id: object) -> Message:
        """A message that stands in a channel of the page, or a private answer."""
        number = int(message_id) if isinstance(message_id, str) and message_id.isdecimal() else 0
        found = self._discord.message(number)
        if found is None:
            asked = self._discord.state.interactions.by_id.values()
            found = next((m for i in asked for m in i.answers if m.id == number and not m.deleted), None)
        if found is None:
            raise Unusable("This message is gone.")
        self._place(str(found.channel.id))
        return found

    def _with_files(self, place: Channel, member: Member, command: str, typed: Json) -> Json:
        """The options with uploads in the place of the names of files."""
        names = self._discord.file_options(place, member, command)
        return {name: self._file(value) if name in names else value for name, value in typed.items()}

    def _file(self, name: object) -> Upload:
        found = self._uploads.get(str(name))
        if found is None:
            raise Unusable(f"Choose the file {name} first.")
        return found


Act = Callable[[web.Request], Awaitable[Interaction]]


def _answering(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            interaction = await act(request)
        except Unusable as wrong:
            return refused(wrong.errors)
        except CannotUse as wrong:
            return refused({"": str(wrong)})
        return web.json_response({"interaction": str(interaction.id)})

    return answer


def refused(errors: dict[str, str]) -> web.Response:
    return web.json_response({"errors": errors}, status=400)


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable("That is not JSON.") from None


async def body_of(request: web.Request, **needed: type) -> Json:
    """The JSON body with the keys that are needed, of their type. Raises Unusable.

    Only JSON by its proper name is taken: a page from elsewhere could not send that without asking first.
    """
    if request.content_type != "application/json":
        raise Unusable("The body must be application/json.")
    body = parsed(await request.text())
    if not isinstance(body, dict) or not all(isinstance(body.get(key), kind) for key, kind in needed.items()):
        raise Unusable(f"The body must be an object with {', '.join(needed)}.")
    return body


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unusable("The values must be a list of texts.")
    return value


def options(value: object) -> Json:
    """The options of a command as the page sends them: text, numbers, true and false. Raises Unusable."""
    if not isinstance(value, dict):
        raise Unusable("The options must be an object.")
    for name, entered in value.items():
        if not isinstance(entered, str | int | float | bool):
            raise Unusable(f"{name} must be text, a number, or true or false.", option=name)
        if isinstance(entered, str) and any("\ud800" <= character <= "\udfff" for character in entered):
            raise Unusable(f"{name} holds half a character.", option=name)
    return value
