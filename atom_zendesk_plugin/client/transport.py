"""How a call gets to Zendesk and back: to the account's host only, with a size limit, and nothing written where that is switched off.

Every answer is a ``Reply``; everything else is a ``NoReply`` that says whether the request may have been worked on. An address outside
the account's raises before anything is sent. Proxies and certificate bundles of the environment are respected.
What goes out is one ``Request``; whatever takes one is a ``Sender``, so that a file or a recorder can stand where the transport does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.connections import Connections, Pieces
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
READS: Final = frozenset({"GET", "HEAD"})
OF_TOKENS: Final = ("/oauth/", "/api/v2/oauth/tokens")
"""Where tokens are fetched and revoked, which has to go on when nothing may be changed."""

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent once. ``deadline`` is on the clock's monotonic scale; secrets and people's data are in no representation."""

    method: Method
    path: str
    authorization: str | None = field(default=None, repr=False)
    params: Params = field(default_factory=dict, repr=False)
    body: Body | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    deadline: float | None = None


class Sender(Protocol):
    """Takes a request where it is to go."""

    def exchange(self, request: Request) -> Reply | NoReply:
        """Send the request, once."""


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
        self._largest = largest_answer
        self.connections = Connections(
            account,
            adapter or HTTPAdapter(pool_connections=2, pool_maxsize=POOL_SIZE),
            clock=clock,
            timeouts=(connect_timeout, read_timeout),
        )

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
        """Send one request, spelled out; see ``exchange``."""
        return self.exchange(
            Request(
                method=method,
                path=path,
                authorization=authorization,
                params=params or {},
                body=body,
                headers=headers or {},
                deadline=deadline,
            )
        )

    def exchange(self, request: Request) -> Reply | NoReply:
        """Send one request, once. Its deadline bounds connecting, waiting and reading.

        Raises, before anything is sent, ForeignHost for an address that is not the account's and ReadOnly for a write where those are
        switched off; and ZendeskUnexpected for an answer larger than any that Zendesk gives.
        """
        url = self.url(request.method, request.path)
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **request.headers}
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        prepared = self.connections.prepare(
            requests.Request(request.method, url, headers=headers, params=pairs(request.params), data=request.body),
            authorization=request.authorization,
        )
        if not self.account.owns(prepared.url or ""):
            raise self._foreign(request.method, request.path)
        endpoint, began = urlsplit(url).path, self._clock.monotonic()

        def receive(response: requests.Response, pieces: Pieces) -> Reply:
            return Reply(
                method=request.method,
                endpoint=endpoint,
                status=response.status_code,
                headers=response.headers,
                body=self.read(response, pieces, endpoint=endpoint),
                elapsed=self._clock.monotonic() - began,
            )

        return self.connections.ask(prepared, receive, deadline=request.deadline)

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
        self.connections.close()

    def read(self, response: requests.Response, pieces: Pieces, *, endpoint: str) -> bytes:
        """Return the bytes of an answer. Raises ZendeskUnexpected for more than Zendesk ever gives."""
        parts: list[bytes] = []
        size = 0
        for part in pieces:
            size += len(part)
            if size > self._largest:
                raise ZendeskUnexpected(
                    f"Zendesk's answer is larger than {self._largest} bytes; reading was stopped.",
                    method=response.request.method or "",
                    endpoint=endpoint,
                    status=response.status_code,
                )
            parts.append(part)
        return b"".join(parts)

    def _foreign(self, method: str, path: str) -> ForeignHost:
        # The path may be the address a stranger chose: its text goes nowhere.
        endpoint = urlsplit(self.account.base_url).hostname or ""
        return ForeignHost(
            "The address is not one of this account; nothing was sent.", method=method, endpoint=f"({endpoint})"
        )


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


def _climbs(path: str) -> bool:
    """Tell whether a path has dot segments, also encoded ones: what it finally names is somebody else's decision."""
    return any(part in (".", "..") for part in unquote(path).replace("\\", "/").split("/"))
