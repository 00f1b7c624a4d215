"""Every error of ours, and who acts on it.

An error class exists because somebody handles it differently; its message tells that person the next step.

    RelayError
    ├── OperatorError            printed as one sentence, the process ends with a non-zero status
    │   ├── ConfigError            the configuration cannot be read
    │   └── DatabaseError          the database is in use, too new, or cannot be opened
    ├── BadInput                 shown to the person who typed it; nothing was changed
    ├── SourceError              TikTok's side, or the way there
    │   ├── CreatorNotFound        TikTok's own word for it; do not ask again soon
    │   ├── CreatorOffline         not an error upstream; ask again later
    │   ├── AgeRestricted          room info needs an adult's session; the stream itself may not: go on without
    │   ├── Unclear                TikTok did not answer clearly (captcha, 403, 429, no LiveRoom); ask again later
    │   ├── ConnectionRefused      sign server or socket said no, with its reason
    │   │   ├── SignRefused          the key or the plan: do not ask again with the same one
    │   │   ├── RateLimited          no more connects for now; wait as long as it says
    │   │   └── BlockedHandshake     the push server refuses us; wait long, or come from another address
    │   └── ConnectionLost         the stream broke; connect anew
    ├── AlreadyConnected         a LiveClient was started twice; make a second one
    ├── DownloadFailed           ffmpeg is missing, or gave up; the events go on
    └── DeliveryError            Discord's side
        ├── Undeliverable          a permanent refusal; do not retry the same thing
        └── DeliveryUnknown        no answer: the message may exist; retry with the same nonce
"""

from __future__ import annotations


class RelayError(Exception):
    """Root of the tree above."""


class OperatorError(RelayError):
    """The operator must act; `str(error)` is the sentence to print."""


class ConfigError(OperatorError):
    """The configuration is malformed. Never contains a secret's value."""


class DatabaseError(OperatorError):
    """The database cannot be used as it is."""


class BadInput(RelayError):
    """Somebody typed something that cannot be used; the sentence is shown to them.

    `BadInput("This server has {count} watches.", count=5)`: a literal first, so that it finds its way into the catalogues, and
    what stands in it by name. `str(error)` is the English sentence; `t(error.text, **error.values)` the translated one.
    """

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(text.format(**values) if values else text)
        self.text = text
        self.values = values


class SourceError(RelayError):
    """TikTok, the sign server or the way there failed.

    `retry_after_s` is what the other side asked for, None when it named no time. `told_by`: whose word it is, "" for TikTok's.
    """

    told_by = ""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class CreatorNotFound(SourceError):
    """TikTok said `user_not_found` or 19881007. Nothing else counts as not found."""


class CreatorOffline(SourceError):
    """The creator exists and is not live."""


class AgeRestricted(SourceError):
    """TikTok keeps a room's details from visitors (4003110). The stream can often be read all the same."""


class Unclear(SourceError):
    """TikTok's answer says neither live nor offline nor unknown."""


class ConnectionRefused(SourceError):
    """The sign server or the push server refused; `reason` names which and why."""


class SignRefused(ConnectionRefused):
    """The sign server does not serve this key or plan (401, 402, 403): asking again only costs quota."""


class RateLimited(ConnectionRefused):
    """The sign server's limit is reached (429): every attempt counts, so wait `retry_after_s` first."""


class BlockedHandshake(ConnectionRefused):
    """TikTok's push server answered the handshake with a refusal: device, address or signature."""


class ConnectionLost(SourceError):
    """An open stream broke without an end of live."""


class AlreadyConnected(RelayError):
    """A client that runs was started again. One client follows one creator, once."""


class DownloadFailed(RelayError):
    """The stream could not be recorded; `str(error)` says what to do."""


class DeliveryError(RelayError):
    """Discord did not take what we sent."""


class Undeliverable(DeliveryError):
    """A permanent refusal. `code` is Discord's JSON error code, 0 when there was none."""

    def __init__(self, reason: str, *, code: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class DeliveryUnknown(DeliveryError):
    """No answer arrived: the message may or may not exist. Send again with the same nonce."""
