"""The way of every REST request: faults, token, global limit, bucket, then the route's own handler, then the log.

A refusal is an `ApiError`; rate-limit headers stand on every answer once the bucket was asked, errors included.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord import limits
from sandbox.discord.errors import ApiError, refusal
from sandbox.discord.files import FILE_BYTES, Upload
from sandbox.discord.limits import Rate
from sandbox.discord.openapi import MULTIPART, Sent
from sandbox.discord.state import RequestRecord, State
from sandbox.discord.values import Json

CLOUDFLARE_BAN = "<html><title>Access denied</title>error code: 1015</html>"
BLOCKED = {"message": "You are being blocked from accessing our API temporarily due to exceeding our rate limits.", "code": 0}
NO_JSON = b"-"
_INVALID = frozenset({401, 403, 429})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers. `cut` means: the effect is stored, the connection dies unanswered.

    `from_api` is False where not Discord answers but Cloudflare before it: then there is no `Via`.
    """

    status: int = 200
    body: Any = None
    cut: bool = False
    from_api: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route. `kind` names its rate limit (a field of `limits.Limits`), or finds it from the call.

    `is_bot` routes need the token and count against its global limit; answers to interactions do neither.
    """

    method: str
    route: str
    handle: Callable[[Call], Awaitable[Reply]]
    kind: str | Callable[[Call], str] = "other"
    is_bot: bool = True


@dataclass(slots=True)
class Call:
    """One request on its way."""

    state: State
    endpoint: Endpoint
    request: web.Request
    headers: dict[str, str] = field(default_factory=dict)
    scope: str = ""
    sent: Sent = field(default_factory=Sent)
    files: list[Upload] = field(default_factory=list)
    """The files of a multipart body."""
    json: Any = None
    """The body once it was parsed; the log keeps it."""

    @property
    def where(self) -> str:
        return f"{self.endpoint.method} {self.endpoint.route}"

    @property
    def major(self) -> str:
        """What separates one bucket from the next of its kind."""
        info = self.request.match_info
        return next((info[key] for key in ("channel_id", "guild_id", "token") if key in info), "")

    def id(self, name: str) -> int:
        return int(self.request.match_info[name])

    async def body(self) -> Any:
        """The JSON body; of a multipart body the `payload_json`. Refuses with 50109."""
        try:
            self.json = json.loads(self.sent.text) if self.sent.text else {}
        except (ValueError, RecursionError):
            self.state.violate("bad_json", "the body is not JSON", self.where)
            raise refusal(50109) from None
        return self.json

    async def object(self) -> Json:
        """The JSON body, which must be an object."""
        body = await self.body()
        if not isinstance(body, dict):
            self.state.violate("bad_json", "the body is not an object", self.where)
            raise refusal(50109)
        return body


async def _receive(call: Call) -> None:
    """Read the body, whatever becomes of the request."""
    if call.request.content_type == MULTIPART:
        call.sent = await _multipart(call.request, call.files)
    else:
        kind = call.request.content_type if "Content-Type" in call.request.headers else ""
        call.sent = Sent(kind, await call.request.read())


async def _multipart(request: web.Request, files: list[Upload]) -> Sent:
    """The form; its files are added to `files`. A broken one is refused as broken JSON is."""
    text, parts = b"", []
    try:
        reader = await request.multipart()
    except ValueError:
        return Sent(MULTIPART, NO_JSON)
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            continue
        raw = await _part(part)
        if part.name == "payload_json":
            text = raw
        else:
            parts.append(part.name or "")
            kind = part.headers.get("Content-Type", "").partition(";")[0]
            known = "" if kind == "application/octet-stream" else kind
            files.append(Upload(part.filename or "file", raw, known, part.name or f"files[{len(files)}]"))
    return Sent(MULTIPART, text, tuple(parts))


async def _part(part: BodyPartReader) -> bytes:
    """What a part holds; of one that is too large just so much that it is seen to be."""
    raw = bytearray()
    while chunk := await part.read_chunk():
        raw += chunk[: FILE_BYTES + 1 - len(raw)]
    return bytes(part.decode(bytes(raw)))


async def serve(state: State, endpoint: Endpoint, request: web.Request) -> web.Response:
    """Answer one request as Discord would."""
    began = state.world.now()
    call = Call(state, endpoint, request)
    code = 0
    await _receive(call)
    _compare_request(call)
    try:
        reply = await _answered(call)
        response = _response(call, reply)
        if reply.cut and request.transport is not None:
            request.transport.abort()
    except ApiError as refused:
        code, reply = refused.code, Reply(refused.status)
        if refused.retry_after_s is not None:
            call.headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
        response = _response(call, Reply(refused.status, refused.body))
    _compare_answer(call, response)
    if response.status in _INVALID and call.scope != "shared":
        state.invalid.take(began)
    status, took = 0 if reply.cut else response.status, state.world.now() - began
    at_ms = int(began * 1000)
    state.record(RequestRecord(endpoint.method, endpoint.route, request.path, status, code, at_ms, took, call.scope, call.json))
    return response


def _compare_request(call: Call) -> None:
    if call.state.conformance is not None:
        request = call.request
        for found in call.state.conformance.request(
            request.method, request.rel_url.raw_path, [*request.query.items()], call.sent
        ):
            call.state.violate("openapi", f"{found.pointer}: {found.reason}", found.where)


def _compare_answer(call: Call, response: web.Response) -> None:
    if call.state.conformance is not None and response.content_type != "text/html":
        body = json.loads(response.text) if response.text else None
        call.state.conformance.answer(call.request.method, call.request.rel_url.raw_path, response.status, body)


async def _answered(call: Call) -> Reply:
    state, request = call.state, call.request
    now = state.world.now()
    if state.invalid.left(now) == 0:
        return Reply(429, CLOUDFLARE_BAN, from_api=False)
    if (ban := state.faults.ban) is not None:
        return Reply(ban.status, CLOUDFLARE_BAN if ban.is_html else BLOCKED, from_api=False)
    status = state.faults.takes_failure(request.method, request.path)
    if status is not None:
        return Reply(status, _failure_body(status))
    if call.endpoint.is_bot:
        _authenticate(call)
        _count_globally(call, now)
    _count_in_bucket(call, now)
    return await call.endpoint.handle(call)


def _failure_body(status: int) -> object:
    # The API itself answers JSON; what stands before it (502, 503, 504) answers a page.
    return {"message": "500: Internal Server Error", "code": 0} if status == 500 else f"<html>error {status}</html>"


def _authenticate(call: Call) -> None:
    if call.request.headers.get("Authorization") != f"Bot {call.state.token}":
        call.state.violate("bad_token", "the Authorization header holds no valid bot token", call.where)
        raise ApiError(401, 0, "401: Unauthorized")


def _count_globally(call: Call, now: float) -> None:
    ordered = call.state.faults.takes_global_limit()
    verdict = call.state.total.take(now)
    if ordered is None and verdict.allowed:
        return
    call.scope = "global"
    call.headers |= {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
    raise _limited(verdict.reset_after_s if ordered is None else ordered, is_global=True)


def _count_in_bucket(call: Call, now: float) -> None:
    kind = call.endpoint.kind if isinstance(call.endpoint.kind, str) else call.endpoint.kind(call)
    rate: Rate = getattr(call.state.limits, kind)
    name = call.where if kind == "other" else kind
    verdict = call.state.buckets.take(name, call.major, rate, now)
    call.headers |= limits.headers(verdict, name)
    if not verdict.allowed:
        call.scope = "user"
        call.headers["X-RateLimit-Scope"] = "user"
        raise _limited(verdict.reset_after_s, is_global=False)


class _Limited(ApiError):
    """429: its body says whether it is the global limit."""

    @property
    def body(self) -> Json:
        return {"message": self.message, "retry_after": self.retry_after_s, "global": self.is_global}

    is_global = False


def _limited(retry_after_s: float, *, is_global: bool) -> ApiError:
    refused = _Limited(429, 0, "You are being rate limited.", retry_after_s=round(max(0.001, retry_after_s), 3))
    refused.is_global = is_global
    return refused


def _response(call: Call, reply: Reply) -> web.Response:
    # Clients take a 429 without `Via` for Cloudflare's own ban, and an answer that is not exactly application/json for text.
    status, body, headers = reply.status, reply.body, call.headers | ({"Via": "1.1 google"} if reply.from_api else {})
    if isinstance(body, str):
        return web.Response(status=status, body=body.encode(), headers=headers | {"Content-Type": "text/html"})
    if body is None:
        return web.Response(status=status, headers=headers)
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(status=status, body=encoded, headers=headers | {"Content-Type": "application/json"})
