"""Zenpy over our calls: what a Zenpy program asks is asked by the client, with all its promises, and with none of Zenpy's own.

Zenpy gets a session that has no credentials and leads nowhere but here. What Zendesk refuses comes back as its answer, of which Zenpy makes
its ``APIException`` or ``RecordNotFoundException``; that answer's ``failure`` is our error for it, with ``retry_after``, ``fields`` and
the request id. Headers that would make Zenpy wait are left out: the waiting is over when it sees an answer. Everything that is no plain
refusal is raised as our own error and passes through Zenpy: OutcomeUnknown (never repeat it blindly), DeadlineExceeded, CircuitOpen,
ZendeskUnavailable and ZendeskUnreachable without an answer, ZendeskUnexpected, ReadOnly, ForeignHost, InvalidInput, and what
credentials raise. Files are sent from where they lie, and received whole into memory, up to ``LARGEST``; a file that can't be had raises
our error, because Zenpy would write Zendesk's complaint into it.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast, get_args
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.calling import Call, Caller
from atom_zendesk_plugin.client.carrying import response_of
from atom_zendesk_plugin.client.observe import Lane
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.resources.attachments import LARGEST
from atom_zendesk_plugin.client.resources.streaming import Source, Streams
from atom_zendesk_plugin.client.transport import Body, Method, Request, Sender
from atom_zendesk_plugin.errors import DependencyMissing, InvalidInput, OutcomeUnknown, ZendeskCallFailed

if TYPE_CHECKING:
    from zenpy import Zenpy

_CHUNK: Final = 64 * 1024
_LOCAL: Final = ("account", "localhost")
"""What Zenpy calls an account on this machine: it takes only names of two parts, and https."""
_LOCAL_ORIGIN: Final = f"https://{'.'.join(_LOCAL)}"
_OF_REQUESTS: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "transfer-encoding", "user-agent"}
)
_KEPT_BACK: Final = frozenset({"content-encoding", "retry-after", "set-cookie", "transfer-encoding"})


class BridgeSession(requests.Session):
    """The session Zenpy gets. ``authorized`` keeps Zenpy from asking for credentials of its own."""

    authorized = True

    def __init__(self, bridge: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False  # a netrc file has no say here
        for scheme in ("https://", "http://"):
            self.mount(scheme, bridge)


def new_zenpy(account: Account, bridge: Bridge, *, cache: bool) -> Zenpy:
    """Return a Zenpy whose only way out is ``bridge``. Raises DependencyMissing when Zenpy is not installed."""
    try:
        from zenpy import Zenpy
    except ImportError as error:
        raise DependencyMissing((error.name or "zenpy").partition(".")[0], "Calling Zendesk through Zenpy") from error
    host = urlsplit(account.base_url).hostname or ""
    subdomain, domain = _LOCAL if account.is_local else host.split(".", 1)
    # Neither of Zenpy's own limiters: both sleep where no deadline reaches them.
    return Zenpy(
        subdomain=subdomain,
        domain=domain,
        session=BridgeSession(bridge),
        ratelimit_budget=None,
        proactive_ratelimit=None,
        disable_cache=not cache,
    )


class Bridge(BaseAdapter):
    """Makes each prepared request a call of ``caller``, by ``make``. Safe to share between threads.

    ``deadline`` is asked anew for each call. A ``POST`` to one of the paths in ``keyed`` gets an idempotency key of its own.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        make: Callable[[Call], Reply],
        lane: Lane,
        deadline: Callable[[], float | None],
        keyed: Container[str],
        new_key: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        super().__init__()
        self._caller, self._make, self._lane, self._deadline = caller, make, lane, deadline
        self._keyed, self._new_key = keyed, new_key

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return Zendesk's answer, a refusal too. Raises our own error for everything else; see the module."""
        method, headers = _method(request.method), _headers(request.headers)
        # Refused before anything is read, or a turn is waited for.
        address = self._caller.transport.url(method, self._address(request.url or ""))
        if urlsplit(address).path.startswith("/api/"):
            return self._call(request, method, address, headers)
        if method == "GET":
            return self._file(request, address)
        raise InvalidInput("Through Zenpy only calls under /api/ can be made, and files received.", field="url")

    def close(self) -> None:
        """Leave the client open: it is shared."""

    def _address(self, url: str) -> str:
        own_name = self._caller.transport.account.is_local and url.startswith(f"{_LOCAL_ORIGIN}/")
        return url.removeprefix(_LOCAL_ORIGIN) if own_name else url

    def _call(
        self, request: requests.PreparedRequest, method: Method, address: str, headers: Mapping[str, str]
    ) -> requests.Response:
        endpoint = urlsplit(address).path
        keyed = method == "POST" and endpoint in self._keyed
        heard = _Listening(self._caller.transport)
        call = Call(
            method=method,
            path=address,
            lane=self._lane,
            deadline=self._deadline(),
            body=_body(request.body),
            headers={**headers, "Idempotency-Key": self._new_key()} if keyed else headers,
            keyed=keyed,
            endpoint=endpoint,
            sender=heard,
        )
        try:
            return _response(request, self._make(call))
        except ZendeskCallFailed as error:
            refusal = heard.refusal(error)
            if refusal is None:
                raise
            return _response(request, refusal, failure=error)

    def _file(self, request: requests.PreparedRequest, address: str) -> requests.Response:
        into = io.BytesIO()
        files = Streams(self._caller, lane=self._lane, deadline=self._deadline())
        receipt = files.receive(address, into, most=LARGEST)
        headers = {"Content-Type": receipt.content_type} if receipt.content_type else {}
        reply = Reply(method="GET", endpoint="", status=200, headers=headers, body=into.getvalue())
        return _response(request, reply)


class _Listening:
    """Passes a call's requests on and keeps the last answer: the error of a call does not carry Zendesk's words."""

    def __init__(self, to: Sender) -> None:
        self._to = to
        self._last: Reply | NoReply | None = None

    def exchange(self, request: Request) -> Reply | NoReply:
        """Pass one request on."""
        self._last = None
        self._last = self._to.exchange(request)
        return self._last

    def refusal(self, error: ZendeskCallFailed) -> Reply | None:
        """Return the answer that the error tells of; None when it tells of something else, or of more than Zendesk said."""
        last = self._last
        if not isinstance(last, Reply) or last.status < 400 or isinstance(error, OutcomeUnknown):
            return None
        return last if (error.status, error.endpoint) == (last.status, last.endpoint) else None


def _response(
    request: requests.PreparedRequest, reply: Reply, *, failure: ZendeskCallFailed | None = None
) -> requests.Response:
    response = response_of(request, reply)
    response.failure = failure
    for name in _KEPT_BACK:
        response.headers.pop(name, None)
    return response


def _method(name: str | None) -> Method:
    if name not in get_args(Method):
        raise InvalidInput("Zendesk's API has no such method.", field="method")
    return cast(Method, name)


def _headers(told: Mapping[str, str | bytes]) -> dict[str, str]:
    """Return what is sent on. A header somebody added to the session is refused rather than dropped: it meant something."""
    names = {name.lower(): value for name, value in told.items()}
    foreign = sorted(names.keys() - _OF_REQUESTS)
    if foreign:
        raise InvalidInput(
            f"Through Zenpy the client sends its own headers and credentials; take {', '.join(foreign)} off the session.",
            field="headers",
        )
    kind = names.get("content-type")
    return {} if kind is None else {"Content-Type": kind.decode("latin-1") if isinstance(kind, bytes) else kind}


def _body(given: Any) -> Body | None:
    """Return a body that can be sent again; one in pieces is taken whole. Raises InvalidInput for more than ``LARGEST`` bytes."""
    if given is None:
        return None
    if _is_file(given):
        source = Source(given, most=LARGEST)
        return source if len(source) else b""
    whole = given.encode() if isinstance(given, str) else _joined(given)
    if len(whole) > LARGEST:
        raise InvalidInput(f"The body has more than {LARGEST} bytes, which are the most that are sent.", field="file")
    return whole


def _is_file(given: Any) -> bool:
    """Tell whether it is a file of bytes that can be read again from where it stands."""
    return (
        hasattr(given, "read") and hasattr(given, "seekable") and given.seekable() and isinstance(given.read(0), bytes)
    )


def _joined(given: Any) -> bytes:
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    whole = bytearray()
    for part in _read(given) if hasattr(given, "read") else given:
        whole += part.encode() if isinstance(part, str) else part
        if len(whole) > LARGEST:
            break
    return bytes(whole)


def _read(file: Any) -> Iterator[str | bytes]:
    while part := file.read(_CHUNK):
        yield part
