"""How bytes get to Zendesk and back: pooled connections to one host, with time-outs, a size limit and nothing followed.

Every answer is a ``Reply``; everything else is a ``NoReply`` that says whether the request may have been worked on. A kept-alive
connection that turns out to be dead counts as maybe sent. Redirects are not followed, cookies not kept, ``~/.netrc`` not read, and an
address outside the account's raises before anything is sent. Proxies and certificate bundles of the environment are respected.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import AuthBase

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import ForeignHost, ReadOnly, ZendeskUnexpected

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Param = str | int | float | bool | None | Sequence[str | int]
Params = Mapping[str, Param]
Body = bytes | Iterable[bytes]
"""What is sent: bytes, or pieces that can be read again for another try."""

USER_AGENT: Final = f"atom-zendesk-plugin/{__version__}"
LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes after decompression; the largest answer, a page of 1,000 exported tickets, is some megabytes."""
POOL_SIZE: Final = 32
_CHUNK: Final = 64 * 1024
_LEAST_TIMEOUT: Final = 0.01
READS: Final = frozenset({"GET", "HEAD"})
OF_TOKENS: Final = ("/oauth/", "/api/v2/oauth/tokens")
"""Where tokens are fetched and revoked, which has to go on when nothing may be changed."""

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
_HANDSHAKE = (
    "WRONG_VERSION_NUMBER",
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
)


class Transport:
    """One account's connections. Safe to share between threads.

    ``adapter`` replaces the network, for every address. Times are seconds.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        adapter: BaseAdapter | None = None,
        largest_answer: int = LARGEST_ANSWER,
        read_only: bool = False,
    ) -> None:
        """``read_only``: refuse every call that could change something at Zendesk; tokens are no such thing."""
        self.account, self.adapter, self._read_only = account, adapter, read_only
        self._clock = clock
        self._timeouts = (connect_timeout, read_timeout)
        self._largest = largest_answer
        self._session = new_session(account, adapter or HTTPAdapter(pool_connections=2, pool_maxsize=POOL_SIZE))

    def send(
        self,
        method: Method,
        path: str,
        *,
        authorization: str | None,
        params: Params | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> Reply | NoReply:
        """Send one request, once. ``deadline`` is on the clock's monotonic scale and bounds connecting, waiting and reading.

        Raises, before anything is sent, ForeignHost for an address that is not the account's and ReadOnly for a write where those are
        switched off; and ZendeskUnexpected for an answer larger than any that Zendesk gives.
        """
        url = self.url(method, path)
        sent = {"Accept": "application/json", "User-Agent": USER_AGENT, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        request = requests.Request(
            method, url, headers=sent, params=pairs(params or {}), data=body, auth=Header(authorization)
        )
        prepared = self._session.prepare_request(request)
        if not self.account.owns(prepared.url or ""):
            raise self._foreign(method, path)
        return self._exchange(prepared, endpoint=urlsplit(url).path, deadline=deadline)

    def url(self, method: Method, path: str) -> str:
        """Return the absolute address of a path, or of an address of this account. Raises ForeignHost for any other, ReadOnly."""
        if _CONTROL.search(path) or "#" in path:
            raise self._foreign(method, path)
        absolute = path if "://" in path.partition("?")[0] else f"{self.account.base_url}{path}"
        inside = path.startswith("/") and not path.startswith("//")
        if not (inside or absolute == path) or not self.account.owns(absolute) or _climbs(urlsplit(absolute).path):
            raise self._foreign(method, path)
        if self._read_only and method not in READS and not urlsplit(absolute).path.startswith(OF_TOKENS):
            raise ReadOnly
        return absolute

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _exchange(
        self, prepared: requests.PreparedRequest, *, endpoint: str, deadline: float | None
    ) -> Reply | NoReply:
        began = self._clock.monotonic()
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        try:
            response = self._session.send(
                prepared, timeout=self._timeout(deadline, began), allow_redirects=False, **settings
            )
            with response:
                body = self._read(response, endpoint, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return no_reply(error)
        if isinstance(body, NoReply):
            return body
        return Reply(
            method=prepared.method or "",
            endpoint=endpoint,
            status=response.status_code,
            headers=response.headers,
            body=body,
            elapsed=self._clock.monotonic() - began,
        )

    def _timeout(self, deadline: float | None, now: float) -> tuple[float, float]:
        left = max(_LEAST_TIMEOUT, deadline - now) if deadline is not None else float("inf")
        return min(self._timeouts[0], left), min(self._timeouts[1], left)

    def _read(self, response: requests.Response, endpoint: str, deadline: float | None) -> bytes | NoReply:
        parts: list[bytes] = []
        size = 0
        for part in chunks(response.raw):
            size += len(part)
            if size > self._largest:
                raise ZendeskUnexpected(
                    f"Zendesk's answer is larger than {self._largest} bytes; reading was stopped.",
                    method=response.request.method or "",
                    endpoint=endpoint,
                    status=response.status_code,
                )
            parts.append(part)
            # The read time-out starts anew with every piece: a dripping answer is bounded here.
            if deadline is not None and self._clock.monotonic() > deadline:
                return NoReply("lost", "DeadlineExceeded")
        return b"".join(parts)

    def _foreign(self, method: str, path: str) -> ForeignHost:
        # The path may be the address a stranger chose: its text goes nowhere.
        endpoint = urlsplit(self.account.base_url).hostname or ""
        return ForeignHost(
            "The address is not one of this account; nothing was sent.", method=method, endpoint=f"({endpoint})"
        )


class Header(AuthBase):
    """Puts the one header in place. That it exists, even when empty, keeps requests from looking into ``~/.netrc``."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


def pairs(params: Params) -> list[tuple[str, str]]:
    """Return query parameters as Zendesk takes them: lists joined by commas (repeated when the name ends in ``[]``), None left out."""
    return [(name, text) for name, value in params.items() for text in _texts(name, value)]


def _texts(name: str, value: Param) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield str(value)
    elif name.endswith("[]"):
        yield from map(str, value)
    elif value:
        yield ",".join(map(str, value))


def new_session(account: Account, adapter: BaseAdapter) -> requests.Session:
    """Return a session that keeps no cookies and, for a local account, takes nothing from the environment."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not account.is_local
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    return session


def _climbs(path: str) -> bool:
    """Tell whether a path has dot segments, also encoded ones: what it finally names is somebody else's decision."""
    return any(part in (".", "..") for part in unquote(path).replace("\\", "/").split("/"))


def chunks(raw: Any) -> Iterator[bytes]:
    """Yield an answer's decoded bytes as they arrive, without waiting for a full chunk."""
    while part := raw.read1(_CHUNK, decode_content=True):
        yield part


def no_reply(error: Exception) -> NoReply:
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
