"""TikTok's side, built from the configuration: where rooms are looked up, and the sources of their events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import get_args
from urllib.parse import urlsplit

import aiohttp

from bot.clock import Clock
from bot.config import SourceName, TikTok
from bot.errors import BadInput
from bot.events import Event, LiveEndedEvent, UnknownEvent
from bot.events.codec import EVENT_CLASSES
from bot.ingest.connects import NamedSource
from bot.ingest.normalize import SIDE_EVENTS
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Way
from bot.tiktok import finders
from bot.tiktok.allowance import ANONYMOUS_EDGE, ANONYMOUS_SIGNING, DAY_S, Limit
from bot.tiktok.finders import Account
from bot.tiktok.finding import always
from bot.tiktok.tiktools.bulk import BulkCheck
from bot.tiktok.tiktools.client import TikToolsSource
from bot.tiktok.webcast import browser_tls, direct
from bot.tiktok.webcast.methods import methods_of
from bot.tiktok.webcast.rooms import WebRooms
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.socket import Tap, WebcastSource

NAMES: Sequence[str] = get_args(SourceName)
"""What `tiktok.sources` and `--source` accept."""

Wanted = Callable[[str], bool]
"""Whether messages of a method are decoded at all."""

LOGGED = methods_of(frozenset(EVENT_CLASSES).difference(SIDE_EVENTS))
"""The methods that a bot decodes: what it would only count (`normalize.SIDE_EVENTS`, what we do not model) it counts unread."""


def read_for(only: Collection[type[Event]] | None) -> Wanted | None:
    """What must be decoded to show `only` these classes and to see the LIVE's end; None, everything, where that is needed."""
    if only is None or UnknownEvent in only:
        return None
    return methods_of({*only, LiveEndedEvent}).__contains__


def session(tiktok: TikTok) -> aiohttp.ClientSession:
    """The HTTP client for TikTok's pages and the sign server: through the proxy, if there is one."""
    return aiohttp.ClientSession(proxy=_proxy(tiktok))


def rooms(
    tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock, rng: Random, only: str = "", check: BulkCheck | None = None
) -> WebRooms:
    """The look-up over TikTok's pages: as a browser where the direct way is configured and the extra for it is installed.

    Where they do not answer, the third parties among the sources (or `only` that one) are asked; not about those whom `check`
    has just asked about and who were not called live.
    """
    names = (only,) if only else tiktok.sources
    return WebRooms(
        http,
        clock=clock,
        web_base=tiktok.web_base,
        webcast_base=tiktok.webcast_base,
        user_agent=tiktok.user_agent,
        rng=rng,
        browser_fetch=browser_tls.installed(proxy=_proxy(tiktok)) if "direct" in names else None,
        others=finders.chosen(
            names,
            http,
            clock=clock,
            sign=Account(
                tiktok.sign_base, tiktok.sign_api_key.get_secret_value(), tiktok.sign_connects_per_day // finders.SIGN_SHARE
            ),
            tiktools_edge=Account(
                tiktok.tiktools_base, tiktok.tiktools_api_key.get_secret_value(), tiktok.tiktools_look_ups_per_day
            ),
            is_worth=check.may_be_live if check else always,
        ),
    )


def live_check(tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock) -> BulkCheck | None:
    """Who asks about many creators at once: TikTools, if it is among the sources and the operator's key pays for it."""
    key = tiktok.tiktools_api_key.get_secret_value()
    if "tiktools" not in tiktok.sources or not key or not tiktok.tiktools_checks_per_day:
        return None
    return BulkCheck(http, base=tiktok.tiktools_base, api_key=key, clock=clock)


def settings(tiktok: TikTok) -> IngestSettings:
    """Ingest's figures, as far as the operator sets them."""
    return IngestSettings(poll_every_s=tiktok.poll_every_s, bulk_checks_per_day=tiktok.tiktools_checks_per_day)


def named(
    tiktok: TikTok,
    http: aiohttp.ClientSession,
    *,
    clock: Clock,
    only: str = "",
    tap: Tap | None = None,
    wanted: Wanted | None = None,
) -> Sequence[NamedSource]:
    """The sources in order of preference; `only` the one of that name. Raises `BadInput` for a name that nobody has."""
    if only and only not in NAMES:
        raise BadInput(f"{only!r} is not a source. Known: {', '.join(NAMES)}.")
    return [_built(name, tiktok, http, clock=clock, tap=tap, wanted=wanted) for name in ([only] if only else tiktok.sources)]


def _built(
    name: str, tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock, tap: Tap | None, wanted: Wanted | None
) -> NamedSource:
    match name:
        case "direct":
            return _direct(tiktok, http, clock=clock, tap=tap, wanted=wanted)
        case "tiktools":
            return _tiktools(tiktok, clock=clock)
        case _:
            return _webcast(tiktok, http, clock=clock, tap=tap, wanted=wanted)


def _webcast(tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock, tap: Tap | None, wanted: Wanted | None) -> NamedSource:
    key = tiktok.sign_api_key.get_secret_value()
    source = WebcastSource(
        http,
        clock=clock,
        sign_base=tiktok.sign_base,
        sign_api_key=key,
        sign_route=tiktok.sign_route,
        user_agent=tiktok.user_agent,
        proxy=_proxy(tiktok),
        session=_login(tiktok),
        tap=tap,
        wanted=wanted,
    )
    if not key:
        return NamedSource(Way(source.name, "no key", ANONYMOUS_SIGNING), source, source.skipped)
    return NamedSource(Way(source.name, "our key", (Limit(tiktok.sign_connects_per_day, DAY_S),)), source, source.skipped)


def _direct(tiktok: TikTok, http: aiohttp.ClientSession, *, clock: Clock, tap: Tap | None, wanted: Wanted | None) -> NamedSource:
    proxy = _proxy(tiktok)
    visitor = anonymous(tiktok, clock=clock)
    source = WebcastSource(http, clock=clock, user_agent=tiktok.user_agent, proxy=proxy, opener=visitor, tap=tap, wanted=wanted)
    return NamedSource(Way(source.name, most_open=direct.MOST_OPEN), source, source.skipped)


def anonymous(tiktok: TikTok, *, clock: Clock) -> direct.Visitor:
    """The visitor without a name that the direct way comes as."""
    return direct.Visitor(
        direct.best_pages(proxy=_proxy(tiktok)),
        clock=clock,
        web_base=tiktok.web_base,
        push_base=tiktok.push_base.replace("http", "ws", 1),
        user_agent=tiktok.user_agent,
        session=_login(tiktok),
    )


def _tiktools(tiktok: TikTok, *, clock: Clock) -> NamedSource:
    key = tiktok.tiktools_api_key.get_secret_value()
    source = TikToolsSource(base=tiktok.tiktools_base, api_key=key, clock=clock, proxy=_proxy(tiktok))
    if not key:
        return NamedSource(Way(source.name, "no key", ANONYMOUS_EDGE, most_open=1), source)
    return NamedSource(Way(source.name, "our key"), source)


def _login(tiktok: TikTok) -> Session | None:
    """The operator's own login, if they lend it. Whatever the configuration calls TikTok's push server is TikTok."""
    session_id = tiktok.session_id.get_secret_value()
    if not session_id:
        return None
    return Session(
        session_id,
        target_idc=tiktok.tt_target_idc,
        to_sign_server=tiktok.session_to_sign_server,
        hosts=frozenset({urlsplit(tiktok.push_base).hostname or ""}),
    )


def _proxy(tiktok: TikTok) -> str | None:
    return tiktok.proxy_url.get_secret_value() or None
