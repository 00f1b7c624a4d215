"""Viewers, as TikTok knows them. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


def numeric_id(name: str) -> str:
    """A stable 19-digit user id for a name, in the range of TikTok's own (6.5e18 to 7.5e18)."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return str(6_500_000_000_000_000_000 + digest % 1_000_000_000_000_000_000)


@dataclass(frozen=True, slots=True)
class Viewer:
    """An account that watches. `nickname` is whatever they like to be called: any Unicode, duplicates, impersonation."""

    handle: str
    nickname: str = ""
    id: str = ""
    is_moderator: bool = False
    is_subscriber: bool = False
    is_follower: bool = False
    is_friend: bool = False
    gifter_level: int = 0
    fan_level: int = 0

    def __post_init__(self) -> None:
        if not self.nickname:
            object.__setattr__(self, "nickname", self.handle)
        if not self.id:
            object.__setattr__(self, "id", numeric_id(self.handle))

    @property
    def sec_uid(self) -> str:
        """TikTok's opaque profile id: 76 characters that begin alike."""
        return ("MS4wLjABAAAA" + hashlib.sha512(self.id.encode()).hexdigest())[:76]
