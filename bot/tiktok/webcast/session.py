"""The operator's own login at TikTok, if they lend it to us: who may see it, and how it is sent. Pure.

Whoever holds these cookies is that account. They go to TikTok's own push socket; to the sign server, a third party, only when
the operator allowed exactly that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIKTOK = "tiktok.com"


@dataclass(frozen=True, slots=True)
class Session:
    """`session_id` is the cookie `sessionid`, `target_idc` the data centre of the account (`tt-target-idc`)."""

    session_id: str = field(repr=False)
    target_idc: str = "useast1a"
    to_sign_server: bool = False
    """Whether a sign server may see it. What it signs for a login, only a socket with that login may open."""
    hosts: frozenset[str] = frozenset()
    """Hosts that are TikTok for us, beside tiktok.com and what is below it: a proxy of our own, the sandbox."""

    @property
    def cookies(self) -> dict[str, str]:
        """What a logged-in browser carries (webcast-protocol.md 2.1)."""
        value = self.session_id
        return {"tt-target-idc": self.target_idc, "sessionid": value, "sessionid_ss": value, "sid_tt": value}

    def may_go_to(self, address: str) -> bool:
        """Whether `address` is TikTok's own: signers sometimes name a push server of theirs."""
        try:
            host = (urlsplit(address).hostname or "").lower()
        except ValueError:
            return False
        return host == TIKTOK or host.endswith("." + TIKTOK) or host in self.hosts
