"""How a file comes: from the account with credentials, from wherever the account points to without them.

Zendesk keeps files elsewhere and redirects there. Up to three redirects are followed, to https and public addresses only (any, when the
account itself is a server on this machine). Of a foreign answer nothing is believed but its status and, for a 200, its bytes: neither
its limits nor its errors may steer how the account is called.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any, BinaryIO, Final
from urllib.parse import urljoin

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from atom_zendesk_plugin.client.account import origin
from atom_zendesk_plugin.client.connections import Pieces
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.transport import USER_AGENT, Request, Transport
from atom_zendesk_plugin.errors import ForeignHost, InvalidInput, ZendeskTooLarge, ZendeskUnexpected

MOST_REDIRECTS: Final = 3
ENDPOINT: Final = "/attachments/{file}"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 429})
_ONE_PLACE: Final = 500


class Receipt(msgspec.Struct, frozen=True):
    """What was received: bytes written, and of what kind the sender said they are."""

    size: int
    content_type: str | None = None


class Downloading:
    """Sends for one file, over the account's connections and others; a ``Sender``. ``rewind`` makes the file as empty as it was."""

    endpoint = ENDPOINT

    def __init__(self, transport: Transport, address: str, into: BinaryIO, *, most: int) -> None:
        """Raises InvalidInput for a file that can't be rewound."""
        if not into.seekable():
            raise InvalidInput("A file to write to has to be one that can be rewound.", field="into")
        self._transport, self._account = transport, transport.account
        self._address, self._into, self._start, self._most = address, into, into.tell(), most
        given = transport.adapter or (HTTPAdapter() if self._account.is_local else PublicAdapter())
        self._outside = transport.connections.beside(given)

    def rewind(self) -> None:
        """Take back what was written."""
        self._into.seek(self._start)
        self._into.truncate()

    def close_outside(self) -> None:
        """Close the connections to other hosts; an adapter that was given is its owner's to close."""
        if self._transport.adapter is None:
            self._outside.close()

    def exchange(self, request: Request) -> Reply | NoReply:
        """Receive the file, once. Raises ForeignHost for an address that may not be gone to, ZendeskTooLarge for too much.

        Of the request, only the credentials and the deadline count: the address may have a token in it, so the call does not know it.
        """
        self.rewind()
        address = self._address
        for _ in range(1 + MOST_REDIRECTS):
            ours = self._account.owns(address)
            answer = self._hop(address, request)
            if not isinstance(answer, str):
                return answer if ours else self._of_a_stranger(answer)
            address = urljoin(address, answer)
        raise ZendeskUnexpected(
            f"The file was not there after {MOST_REDIRECTS} redirects.", method="GET", endpoint=self.endpoint
        )

    def _hop(self, address: str, request: Request) -> Reply | NoReply | str:
        """Ask one host; a text is where it points to."""
        ours = self._account.owns(address)
        if not ours and not may_be_asked(address, local=self._account.is_local):
            raise ForeignHost(
                "The file is at an address that may not be gone to: only https and public ones are.",
                method="GET",
                endpoint=self.endpoint,
            )
        connections = self._transport.connections if ours else self._outside
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        prepared = connections.prepare(
            requests.Request("GET", address, headers=headers), authorization=request.authorization if ours else None
        )

        def receive(response: requests.Response, pieces: Pieces) -> Reply | str:
            return self._answer(response, pieces, ours=ours)

        return connections.ask(prepared, receive, deadline=request.deadline)

    def _answer(self, response: requests.Response, pieces: Pieces, *, ours: bool) -> Reply | str:
        status, headers = response.status_code, response.headers if ours else {}
        if status in _REDIRECTS and response.headers.get("location"):
            return response.headers["location"]
        body = b""
        if status == 200:
            body = self._write(response, pieces)
        elif ours:
            body = self._transport.read(response, pieces, endpoint=self.endpoint)
        return Reply(method="GET", endpoint=self.endpoint, status=status, headers=headers, body=body)

    def _of_a_stranger(self, answer: Reply | NoReply) -> Reply:
        """Return a foreign failure that may pass as the fault of one place: tried again, but no sign that Zendesk is dead."""
        if isinstance(answer, Reply) and answer.status < 500 and answer.status not in _PASSING:
            return answer
        return Reply(method="GET", endpoint=self.endpoint, status=_ONE_PLACE, headers={}, body=b"")

    def _write(self, response: requests.Response, pieces: Pieces) -> bytes:
        """Write the bytes to the file and return the receipt for them."""
        told = response.headers.get("content-length", "")
        size = int(told) if told.isascii() and told.isdecimal() else 0
        if size > self._most:
            raise self._too_large()
        size = 0
        for part in pieces:
            size += len(part)
            if size > self._most:
                raise self._too_large()
            self._into.write(part)
        return msgspec.json.encode(Receipt(size, response.headers.get("content-type")))

    def _too_large(self) -> ZendeskTooLarge:
        return ZendeskTooLarge(
            f"The file has more than {self._most} bytes; receiving it was stopped.",
            method="GET",
            endpoint=self.endpoint,
        )


def may_be_asked(address: str, *, local: bool) -> bool:
    """Tell whether a foreign address can be gone to, as far as its text says; the connection is checked once it stands."""
    found = origin(address)
    if found is None:
        return False
    scheme, host, _ = found
    if local:
        return True
    return scheme == "https" and not _is_inside(host)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, and not one that hides another."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (found.ipv4_mapped or found.sixtofour or found.teredo):
        return False
    return found.is_global and not found.is_multicast


def _is_inside(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    is_number = ":" in name or name.rpartition(".")[2].isdecimal() or name.startswith("0x")
    return is_number and not is_public(name)


class _PublicConnection(HTTPSConnection):
    """A connection that looks at whom it reached: a name can lead anywhere, and elsewhere each time it is looked up."""

    def _new_conn(self) -> Any:
        found = super()._new_conn()
        if not is_public(found.getpeername()[0]):
            found.close()
            raise ForeignHost(
                "The file is at an address inside a network; it was not gone to.", method="GET", endpoint=ENDPOINT
            )
        return found


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class PublicAdapter(HTTPAdapter):
    """Reaches https hosts of the public internet only. Behind a proxy of the environment, the proxy decides where it goes."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}
