"""What a text would ping. Pure.

Stricter than Discord on purpose: a mention inside a code span, or with a backslash before it, counts as a mention here.
A relay that is safe by this reading is safe by Discord's.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

_BROAD = re.compile(r"@(everyone|here)")
_USER = re.compile(r"<@!?(\d{15,20})>")
_ROLE = re.compile(r"<@&(\d{15,20})>")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is named: `broad` holds "@everyone" and "@here", the rest are ids, each once and in order."""

    broad: tuple[str, ...] = ()
    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.broad or self.users or self.roles)

    @property
    def as_text(self) -> tuple[str, ...]:
        return (*self.broad, *(f"<@{user}>" for user in self.users), *(f"<@&{role}>" for role in self.roles))


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a request lets ping. `None` for users or roles means all of them."""

    broad: bool = False
    users: frozenset[int] | None = frozenset()
    roles: frozenset[int] | None = frozenset()


MESSAGE_DEFAULT = Allowed(broad=True, users=None, roles=None)
"""A bot's message that says nothing about mentions lets everything ping."""
INTERACTION_DEFAULT = Allowed(users=None)
"""Answers to interactions (and webhooks) let users ping, nobody else."""


def allowed(raw: Mapping[str, Any] | None, default: Allowed) -> Allowed:
    """Read a valid `allowed_mentions` object; left out or null it is the default."""
    if raw is None:
        return default
    parse = raw.get("parse") or ()
    return Allowed(
        broad="everyone" in parse,
        users=None if "users" in parse else frozenset(int(user) for user in raw.get("users") or ()),
        roles=None if "roles" in parse else frozenset(int(role) for role in raw.get("roles") or ()),
    )


def written(content: str) -> Mentions:
    """All mentions that stand in the text, allowed or not."""
    return Mentions(
        tuple(dict.fromkeys(found.group() for found in _BROAD.finditer(content))),
        tuple(dict.fromkeys(int(found) for found in _USER.findall(content))),
        tuple(dict.fromkeys(int(found) for found in _ROLE.findall(content))),
    )


def pinged(
    content: str, rule: Allowed, *, members: Container[int], mentionable_roles: Container[int], may_ping_everyone: bool
) -> Mentions:
    """Who is pinged: named in the text, let through by the request, and within the author's permissions.

    Users ping when they are members; a role pings when it is mentionable or the author may mention everyone.
    """
    named = written(content)
    return Mentions(
        named.broad if rule.broad and may_ping_everyone else (),
        tuple(user for user in named.users if user in members and (rule.users is None or user in rule.users)),
        tuple(
            role
            for role in named.roles
            if (may_ping_everyone or role in mentionable_roles) and (rule.roles is None or role in rule.roles)
        ),
    )
