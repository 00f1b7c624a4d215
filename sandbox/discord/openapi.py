"""Whether a request is one that Discord's own OpenAPI description knows, and whether our answer to it is.

conformance = Conformance(Description.read(Path("discord-openapi.json.gz")))
sandbox = Sandbox(conformance=conformance)
...
assert conformance.requests == [] and conformance.answers == []

The description (3.1, so its schemas are JSON Schema 2020-12) is read with liberties. Its `oneOf`s overlap where they are unions
of open objects, so they are held to `anyOf`. Its objects are open, because Discord ignores what it does not know; a request is
held to closed ones, because a name that is ignored is a mistake of the sender. Ids of a request may be numbers, and booleans of a
query may be written in the six ways that Discord's reference lists; errors and channel types are as in that reference
(`_amended`). Where it is stricter than the description (2,000 characters, not 4,000), `validate` holds the bot to it.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema = Mapping[str, Any]
NULL: Schema = {"type": "null"}
JSON, MULTIPART = "application/json", "multipart/form-data"
TOLD_PER_MESSAGE = 5
KEPT = 1000
REASON_LENGTH = 200
BOOLEANS = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}
UNDESCRIBED = frozenset({"nsfw", "tts", "flags", "type", "use_nested_fields"})
"""May be sent all the same: `nsfw` of a command is documented; `tts` of an edit, `flags` of an embed, `type` and
`use_nested_fields` of a forum's post are always sent by discord.py."""
_FILE = re.compile(r"files\[\d\]")


class DescriptionError(Exception):
    """There is nothing to hold requests against; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request's body as it came. Of a multipart one `text` is its `payload_json`; `parts` are the names of the others."""

    media_type: str = ""
    text: bytes = b""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a message is not what the description says. `pointer` leads into its JSON, or names what is not JSON."""

    where: str
    pointer: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where} {self.pointer}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `template` is its literal and {named} segments."""

    where: str
    template: tuple[str, ...]
    parameters: Sequence[Mapping[str, Any]]
    described: Mapping[str, Any]

    def fits(self, segments: Sequence[str]) -> bool:
        return len(segments) == len(self.template) and all(
            bool(given) if _is_named(wanted) else given == wanted for wanted, given in zip(self.template, segments, strict=True)
        )


class Description:
    """The description. Nothing is compiled: it is ready when it is read."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        components = document["components"]
        self._responses: Mapping[str, Any] = components["responses"]
        self._base = urlsplit(document["servers"][0]["url"]).path
        self._operations = _operations(document["paths"])
        schemas = _amended(components["schemas"])
        snowflake = {**schemas["SnowflakeType"], "type": ["string", "integer"]}
        self._request = Dialect({**schemas, "SnowflakeType": snowflake}, is_closed=True)
        self._answer = Dialect(schemas, is_closed=False)

    @classmethod
    def read(cls, file: Path) -> Self:
        """From a JSON file, gzipped if its name ends in .gz. Raises `DescriptionError`."""
        try:
            raw = file.read_bytes()
            return cls(json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw))
        except (OSError, EOFError, ValueError) as wrong:
            raise DescriptionError(f"{file} cannot be read: {wrong}") from wrong
        except (KeyError, IndexError, TypeError, AttributeError) as wrong:
            raise DescriptionError(f"{file} is no OpenAPI description of Discord.") from wrong
        except ModuleNotFoundError as wrong:
            raise DescriptionError("--openapi needs the library jsonschema: python -m pip install jsonschema") from wrong

    def request(self, method: str, path: str, query: Sequence[tuple[str, str]], sent: Sent) -> list[Difference]:
        """Everything that is wrong with a request, in the description's order; `path` is percent-encoded."""
        operation, segments = self._find(method, path)
        if operation is None:
            return [Difference(f"{method} {path}", "path", "no such route is described")]
        found = (
            *self._in_path(operation, segments),
            *self._in_query(operation, query),
            *self._in_body(operation, sent),
        )
        return [Difference(operation.where, pointer, _cut(reason)) for pointer, reason in found][:TOLD_PER_MESSAGE]

    def answer(self, method: str, path: str, status: int, body: object) -> list[Difference]:
        """Everything that is wrong with an answer. Routes and failures (5xx) that are not described pass."""
        operation, _ = self._find(method, path)
        if operation is None or status >= 500:
            return []
        responses = operation.described["responses"]
        response = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if response is None:
            return [Difference(operation.where, "status", f"{status} is not described")]
        if "$ref" in response:
            response = self._responses[_name(response)]
        schema = response.get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            found = [] if body is None else [("body", "none is described")]
        else:
            found = list(self._answer.differences(schema, body))
        return [Difference(f"{operation.where} {status}", pointer, _cut(reason)) for pointer, reason in found][:TOLD_PER_MESSAGE]

    def _find(self, method: str, path: str) -> tuple[Operation | None, list[str]]:
        segments = [unquote(segment) for segment in path.removeprefix(self._base).strip("/").split("/")]
        fitting = (operation for operation in self._operations.get((method, len(segments)), ()) if operation.fits(segments))
        return next(fitting, None), segments

    def _in_path(self, operation: Operation, segments: Sequence[str]) -> Iterator[tuple[str, str]]:
        given = dict(zip(operation.template, segments, strict=True))
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                wrong = self._request.differences(parameter["schema"], given[f"{{{parameter['name']}}}"])
                yield from ((f"path {parameter['name']}", reason) for _, reason in wrong)

    def _in_query(self, operation: Operation, query: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        described = {parameter["name"]: parameter for parameter in operation.parameters if parameter["in"] == "query"}
        given: dict[str, list[str]] = {}
        for name, value in query:
            given.setdefault(name, []).append(value)
        for name, parameter in described.items():
            if name not in given and parameter.get("required"):
                yield f"query {name}", "it is required"
        for name, values in given.items():
            if name not in described:
                if name not in UNDESCRIBED:
                    yield f"query {name}", "no such parameter is described"
                continue
            wrong = self._differences_of_text(described[name]["schema"], values)
            yield from ((f"query {name}", reason) for reason in wrong)

    def _differences_of_text(self, schema: Schema, values: list[str]) -> Iterator[str]:
        kinds = self._request.kinds(schema)
        is_list = "array" in kinds and ("string" not in kinds or len(values) > 1)
        value = values if is_list else _typed(kinds, values[-1])
        yield from (reason for _, reason in self._request.differences(schema, value))

    def _in_body(self, operation: Operation, sent: Sent) -> Iterator[tuple[str, str]]:
        described = operation.described.get("requestBody")
        if not sent.media_type and not sent.text:
            if described is not None and described.get("required"):
                yield "body", "it is required"
            return
        if described is None:
            if sent.text or sent.parts:
                yield "body", "none is described"
            return
        if sent.media_type not in described["content"]:
            yield "content type", f"{sent.media_type or 'none'} is not one of {', '.join(described['content'])}"
            return
        yield from ((part, "no such part is described") for part in sent.parts if not _FILE.fullmatch(part))
        # A multipart schema is the JSON one with the files beside it, and only the former is in payload_json.
        content = described["content"]
        schema = content.get(JSON, content[sent.media_type])["schema"]
        try:
            yield from list(self._request.differences(schema, json.loads(sent.text)))
        except ValueError:
            yield "body", "it is not JSON"
        except RecursionError:
            yield "body", "it is nested too deeply"


@dataclass(slots=True)
class Conformance:
    """Holds what goes over the wire against the description; keeps the first thousand differences of either side."""

    description: Description
    requests: list[Difference] = field(default_factory=list)
    answers: list[Difference] = field(default_factory=list)

    def request(self, method: str, path: str, query: Sequence[tuple[str, str]], sent: Sent) -> list[Difference]:
        found = self.description.request(method, path, query, sent)
        self.requests.extend(found[: KEPT - len(self.requests)])
        return found

    def answer(self, method: str, path: str, status: int, body: object) -> None:
        self.answers.extend(self.description.answer(method, path, status, body)[: KEPT - len(self.answers)])


def _amended(schemas: Mapping[str, Any]) -> dict[str, Schema]:
    """The schemas with what the documentation says otherwise."""
    error, types = schemas["Error"], schemas["ChannelTypes"]
    # A field's error has a word for its code, and a 429 may come without any.
    code = {"type": ["integer", "string"]}
    return {
        **schemas,
        "Error": {**error, "properties": {**error["properties"], "code": code}, "required": ["message"]},
        "ChannelTypes": {**types, "oneOf": [*types["oneOf"], {"title": "GUILD_MEDIA", "const": 16}]},
    }


def _operations(paths: Mapping[str, Any]) -> dict[tuple[str, int], list[Operation]]:
    """By method and number of segments; those with more literal segments first, so that "@me" is not taken for an id."""
    found: dict[tuple[str, int], list[Operation]] = {}
    for path, item in paths.items():
        template = tuple(path.strip("/").split("/"))
        for method, described in item.items():
            if method == "parameters":
                continue
            parameters = (*item.get("parameters", ()), *described.get("parameters", ()))
            operation = Operation(f"{method.upper()} {path}", template, parameters, described)
            found.setdefault((method.upper(), len(template)), []).append(operation)
    for operations in found.values():
        operations.sort(key=lambda operation: sum(map(_is_named, operation.template)))
    return found


def _is_named(segment: str) -> bool:
    return segment.startswith("{")


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _typed(kinds: Set[str], text: str) -> object:
    """A parameter's text as what its schema calls for; unchanged (and so refused) when it is no such thing."""
    if "boolean" in kinds and text in BOOLEANS:
        return BOOLEANS[text]
    if "integer" in kinds and re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    return text


def _cut(reason: str) -> str:
    return reason if len(reason) <= REASON_LENGTH else f"{reason[: REASON_LENGTH // 2]} … {reason[-REASON_LENGTH // 2 :]}"


class Dialect:
    """JSON Schema 2020-12 as Discord writes it: references are names among `schemas`, unions are open."""

    def __init__(self, schemas: Mapping[str, Schema], *, is_closed: bool) -> None:
        from jsonschema import Draft202012Validator, FormatChecker, exceptions, validators

        self._schemas = schemas
        self._is_closed = is_closed
        self._error, self._nearest = exceptions.ValidationError, exceptions.best_match
        formats = FormatChecker(formats=())
        for name, is_right in FORMATS.items():
            formats.checks(name, raises=ValueError)(is_right)
        keywords = {"$ref": self._reference, "oneOf": self._union, "anyOf": self._union, "properties": self._properties}
        extend: Any = validators.extend
        self._validator = extend(Draft202012Validator, keywords)({}, format_checker=formats)

    def differences(self, schema: Schema, value: object) -> Iterator[tuple[str, str]]:
        """JSON pointer and reason of each; of a union the one of the branch that came nearest."""
        for error in self._validator.evolve(schema=schema).iter_errors(value):
            nearest = self._nearest((error,)) or error
            pointer = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in nearest.absolute_path)
            yield pointer or "body", nearest.message

    def kinds(self, schema: Schema) -> set[str]:
        """The JSON types that a schema names, in its branches too."""
        if "$ref" in schema:
            return self.kinds(self._schemas[_name(schema)])
        own = schema.get("type", ())
        inner = (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
        return ({own} if isinstance(own, str) else set(own)).union(*map(self.kinds, inner))

    # The keywords of JSON Schema: each gives the errors of a value, `validator` goes on inside of it.

    def _reference(self, validator: Any, _ref: str, value: object, schema: Schema) -> Iterator[ValidationError]:
        yield from validator.descend(value, self._schemas[_name(schema)])

    def _union(self, validator: Any, branches: Sequence[Schema], value: object, _schema: Schema) -> Iterator[ValidationError]:
        if value is None and NULL in branches:
            return
        context: list[ValidationError] = []
        for branch in self._meant(branches, value):
            wrong = list(validator.descend(value, branch))
            if not wrong:
                return
            context += wrong
        yield self._error(f"{value!r} is nothing that is described here", context=context)

    def _meant(self, branches: Sequence[Schema], value: object) -> Sequence[Schema]:
        """The branches that say in their `type` that they are for such an object; all of them, where none does."""
        kind = value.get("type") if isinstance(value, dict) else None
        told_apart = [branch for branch in branches if isinstance(kind, int) and kind in self._kinds(branch)]
        return told_apart or [branch for branch in branches if branch != NULL]

    def _kinds(self, branch: Schema) -> Sequence[int]:
        schema = self._schemas[_name(branch)] if "$ref" in branch else branch
        listed: Sequence[int] = schema.get("properties", {}).get("type", {}).get("enum", ())
        return listed

    def _properties(self, validator: Any, known: Mapping[str, Schema], value: Any, schema: Schema) -> Iterator[ValidationError]:
        is_closed = self._is_closed and "additionalProperties" not in schema
        for name in value if isinstance(value, dict) else ():
            if name in known:
                yield from validator.descend(value[name], known[name], path=name)
            elif is_closed and name not in UNDESCRIBED:
                yield self._error("no such property is described", path=(name,))


def _within(bits: int, *, sign: bool = True) -> Any:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if sign else (0, (1 << bits) - 1)
    return lambda value: not isinstance(value, int) or low <= value <= high


FORMATS: Mapping[str, Any] = {
    "int32": _within(32),
    "int64": _within(64),
    "double": lambda value: not isinstance(value, float) or math.isfinite(value),
    "snowflake": lambda value: 0 <= int(str(value)[:40]) < 1 << 64,
    "date-time": lambda value: not isinstance(value, str) or bool(datetime.fromisoformat(value)),
    "uri": lambda value: not isinstance(value, str) or bool(urlsplit(value).scheme),
}
"""Whether a value is of a format; a ValueError means that it is not. `nonce` is any text."""
