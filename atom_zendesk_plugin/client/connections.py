"""Pooled connections to hosts: a prepared request goes out once, and its answer is read as it comes, within its time.

Redirects are not followed, cookies not kept, ``~/.netrc`` not read. What the network does instead of answering becomes a ``NoReply``
that says whether the request may have been worked on; a kept-alive connection that turns out to be dead counts as maybe sent.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, TypeVar

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.reply import NoReply
from atom_zendesk_plugin.clock import Clock

T = TypeVar("T")
Pieces = Iterator[bytes]
Receive = Callable[[requests.Response, Pieces], T]
"""Reads an answer: its head, and its decoded bytes as they arrive. It may leave the bytes unread, and may raise what it likes."""

_CHUNK: Final = 64 * 1024
_LEAST_TIMEOUT: Final = 0.01
_HANDSHAKE = (
    "WRONG_VERSION_NUMBER",
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
)


class Connections:
    """The connections of one adapter. Safe to share between threads; times are seconds."""

    def __init__(self, account: Account, adapter: BaseAdapter, *, clock: Clock, timeouts: tuple[float, float]) -> None:
        """``timeouts`` are for connecting and for each wait for bytes; a local account takes no proxies from the environment."""
        self._account, self._clock, self._timeouts = account, clock, timeouts
        self._session = _session(account, adapter)

    def beside(self, adapter: BaseAdapter) -> Connections:
        """Return connections of another adapter, on the same terms."""
        return Connections(self._account, adapter, clock=self._clock, timeouts=self._timeouts)

    def prepare(self, request: requests.Request, *, authorization: str | None) -> requests.PreparedRequest:
        """Return the request as it will be sent; None sends no ``Authorization``."""
        request.auth = _Header(authorization)
        return self._session.prepare_request(request)

    def ask(self, prepared: requests.PreparedRequest, receive: Receive[T], *, deadline: float | None) -> T | NoReply:
        """Send once and return what ``receive`` makes of the answer. ``deadline`` is on the clock's monotonic scale."""
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        try:
            response = self._session.send(prepared, timeout=self._timeout(deadline), allow_redirects=False, **settings)
            with response:
                return receive(response, self._pieces(response.raw, deadline))
        except _Overdue:
            return NoReply("lost", "DeadlineExceeded")
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return _no_reply(error)

    def close(self) -> None:
        """Close what is pooled."""
        self._session.close()

    def _timeout(self, deadline: float | None) -> tuple[float, float]:
        left = max(_LEAST_TIMEOUT, deadline - self._clock.monotonic()) if deadline is not None else float("inf")
        return min(self._timeouts[0], left), min(self._timeouts[1], left)

    def _pieces(self, raw: Any, deadline: float | None) -> Pieces:
        """Yield decoded bytes without waiting for a full chunk."""
        while part := raw.read1(_CHUNK, decode_content=True):
            yield part
            # The read time-out starts anew with every piece: a dripping answer is bounded here.
            if deadline is not None and self._clock.monotonic() > deadline:
                raise _Overdue


class _Overdue(Exception):
    """The time for an answer was over while it was read."""


class _Header(AuthBase):
    """Puts the one header in place. That it exists, even when empty, keeps requests from looking into ``~/.netrc``."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


def _session(account: Account, adapter: BaseAdapter) -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not account.is_local
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    return session


def _no_reply(error: Exception) -> NoReply:
    """Return what an exception of the network says: whether the request may have been worked on."""
    causes = list(_causes(error))
    if any(_is_before_sending(cause) for cause in causes):
        return NoReply("not_sent", type(causes[-1]).__name__)
    return NoReply("lost", type(causes[-1]).__name__)


def _is_before_sending(error: BaseException) -> bool:
    """Tell whether an exception can only come from before the first byte of the request.

    Other TLS errors are not among them: a dead kept-alive connection raises one in the middle of sending.
    """
    if isinstance(error, ssl.SSLError):
        return isinstance(error, ssl.SSLCertVerificationError) or any(name in str(error) for name in _HANDSHAKE)
    return isinstance(
        error,
        requests.ConnectTimeout
        | requests.exceptions.ProxyError
        | requests.exceptions.InvalidURL
        | requests.exceptions.InvalidHeader
        | urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.ConnectTimeoutError,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it wraps: requests and urllib3 keep the cause in ``args`` and ``reason``, not in the chain only."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        waiting.extend(item for item in inner if isinstance(item, BaseException))
