"""What goes wrong next. A standing fault lasts until it is taken back; `once` puts faults in a queue, used up one by one.

    tiktok.faults.page = "captcha"             every live page is a captcha, from now on
    tiktok.faults.once("sign", 429, 503)       the next two signed fetches fail, then all is well
    tiktok.faults.once("push", "half_open")    the next push socket is dead although it opens
    tiktok.spoil("slow")                       the push sockets that are open: as the fault `push`, from now on

Values, by what they spoil:

- `page`        "captcha" (no SIGI_STATE), "no_live_room" (SIGI_STATE without LiveRoom), or an HTTP status (403, 429 …)
- `api`         "captcha", "user_not_found", "params_error", or an HTTP status
- `check_alive` "empty" (an empty list), or an HTTP status
- `room_info`   "age_restricted" (4003110), "login" (20003), or an HTTP status
- `gift_list`   an HTTP status
- `sign`        "empty" (200 without a body), "no_cookie", "no_push_server", "not_protobuf", "removed" (the old route alone is
                gone: 404), or an HTTP status
- `sign_url`    "no_plan" (200 whose body has the code 403), or an HTTP status
- `anchor`      the sign server's look-up of a creator's room: "no_plan" as above, or an HTTP status
- `ttwid`       what profile pages do instead of giving a cookie now and then: "never" give one, "system_error" (200 with
                X-TT-System-Error: 3, as to clients without a browser's TLS), or an HTTP status
- `handshake`   "DEVICE_BLOCKED", "illegal secret key", "illegal app_id", or "" (200 without a word)
- `push`        how an open push socket behaves: "half_open" (TCP stays open, nothing comes, nothing is read or answered),
                "silent" (heartbeats are echoed, the room says nothing), "slow" (`slow_bytes` of each frame every
                `slow_pause_s`), "stalled" (half of the next frame, then half-open), "replay" (on entering, the last
                comments once more, not marked as history), "foreign" (on entering, a comment and the end of another room)

What the documents tell of, and the switch for it:

| trouble | switch |
|---|---|
| too many requests (429) of a page, the API, the signer | `page`, `api`, `sign`, `sign_url`: 429, with `retry_after_s` |
| an empty body where bytes were due | `sign`: "empty"; `check_alive`: "empty" |
| no cookie with the signature, or from a page | `sign`: "no_cookie"; `ttwid`: "never" |
| the handshake is answered with HTTP 200 and no word | `handshake`: "" |
| the device is blocked, the signature is stale, the address is malformed | `handshake`: its message |
| silence, half-open TCP, slow and stalled frames | `push`: "silent", "half_open", "slow", "stalled" |
| replayed history, messages of a foreign room | `push`: "replay", "foreign" |
| captcha, an unknown user, a room for adults or for those who log in | `page`, `api`, `room_info` |
| the network fails | `room.cut()`; `delay_s` for slow answers |
| the hosted feed: refused connects, closes, failing HTTP answers | `sandbox.tiktools`: `refuse`, `close`, `fail` |
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

Fault = str | int | None


@dataclass(slots=True)
class Faults:
    """The faults of one TikTok."""

    page: Fault = None
    api: Fault = None
    check_alive: Fault = None
    room_info: Fault = None
    gift_list: Fault = None
    sign: Fault = None
    sign_url: Fault = None
    anchor: Fault = None
    ttwid: Fault = None
    handshake: Fault = None
    push: Fault = None
    retry_after_s: int = 30
    """What a 429 asks for."""
    delay_s: float = 0.0
    """How long every HTTP answer takes, in real seconds."""
    slow_bytes: int = 64
    """How much of a slow frame comes at a time."""
    slow_pause_s: float = 0.01
    """What is between two pieces of a slow frame, in real seconds."""
    _queued: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def once(self, name: str, *values: Fault) -> None:
        """The next uses of `name` fail so, one value each; None lets one pass."""
        if name.startswith("_") or not hasattr(self, name):
            raise ValueError(f"no fault is called {name!r}")
        self._queued[name].extend(values)

    def take(self, name: str) -> Fault:
        """What is wrong with this use of `name`: the next of the queue, else the standing fault."""
        if self._queued[name]:
            return self._queued[name].popleft()
        value: Fault = getattr(self, name)
        return value
