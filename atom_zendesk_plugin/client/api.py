"""The client: everything this package does at Zendesk goes through ``ZendeskClient.request``, whose promises hold for every resource.

A client is shared by any number of threads; ``within`` gives a view with a deadline or a lane of its own. Extend by adding a resource,
or call ``request`` with any path of the API.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from requests.adapters import BaseAdapter

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.breaker import Breaker
from atom_zendesk_plugin.client.calling import Call, Caller, LastCall
from atom_zendesk_plugin.client.credentials import AccessToken, ApiToken, ClientCredentials, Credentials
from atom_zendesk_plugin.client.observe import Lane, Notifier, Observer, log_observer
from atom_zendesk_plugin.client.pacing import MemoryPace, Pacer
from atom_zendesk_plugin.client.pagination import Listing
from atom_zendesk_plugin.client.remembered import Memory
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.attachments import Attachments
from atom_zendesk_plugin.client.resources.families import Families
from atom_zendesk_plugin.client.resources.jobs import Jobs
from atom_zendesk_plugin.client.resources.streaming import Streams
from atom_zendesk_plugin.client.resources.verbs import SlowMoving
from atom_zendesk_plugin.client.retry import RetryPolicy
from atom_zendesk_plugin.client.transport import Method, Params, Transport
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.config import CredentialsKind, Settings
from atom_zendesk_plugin.errors import ConfigError, InvalidInput
from atom_zendesk_plugin.pace import PaceStore
from atom_zendesk_plugin.records import Record
from atom_zendesk_plugin.write_log import WriteLog

R = TypeVar("R", bound=Record)

if TYPE_CHECKING:
    from zenpy import Zenpy

LONGEST_KEY: Final = 255
_KEYED_PATHS: Final = frozenset({"/api/v2/tickets", "/api/v2/tickets.json"})


class ZendeskClient(Families):
    """One account, called with one set of credentials; ``Families`` lists its resources.

    A client that ``build_client`` made gives each call the configured time; a view made by ``within`` has one deadline for all its calls.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        memory: Memory,
        per_call: float | None,
        deadline: float | None = None,
        lane: Lane = "foreground",
    ) -> None:
        """``per_call`` is the seconds each call may take, ``deadline`` a moment on the clock's monotonic scale; None: no limit."""
        self._caller, self._per_call, self._deadline, self._lane = caller, per_call, deadline, lane
        self._memory = memory

    def __repr__(self) -> str:
        return (
            f"ZendeskClient(account={self.account.key!r}, credentials={self.credentials.kind!r}, lane={self._lane!r})"
        )

    @property
    def account(self) -> Account:
        return self._caller.transport.account

    @property
    def credentials(self) -> Credentials:
        return self._caller.credentials

    @property
    def clock(self) -> Clock:
        return self._caller.clock

    @property
    def last_call(self) -> LastCall | None:
        """How the last real call ended, of this client and all its views; None before the first."""
        return self._caller.last

    @property
    def lane(self) -> Lane:
        return self._lane

    def within(
        self, *, seconds: float | None = None, lane: Lane = "foreground", writes: WriteLog | None = None
    ) -> ZendeskClient:
        """Return a view whose calls must all end within ``seconds`` from now, waits and retries included; None: they may take any time.

        ``writes`` keeps the record of what this view changes, for whom it works (None: whoever keeps that of this client).
        """
        deadline = None if seconds is None else self.clock.monotonic() + seconds
        caller = self._caller if writes is None else self._caller.recording(writes)
        return ZendeskClient(caller, memory=self._memory, per_call=None, deadline=deadline, lane=lane)

    def deadline(self) -> float | None:
        """Return when a call begun now must be over, on the clock's monotonic scale."""
        if self._deadline is not None or self._per_call is None:
            return self._deadline
        return self.clock.monotonic() + self._per_call

    def request(
        self,
        method: Method,
        path: str,
        *,
        params: Params | None = None,
        json: object | None = None,
        idempotency_key: str | None = None,
        if_none_match: str | None = None,
    ) -> Reply:
        """Make one call and return its successful answer; every other outcome raises, mostly a ``ZendeskCallFailed``.

        ``path`` starts with a slash or is an address of this account; anything else raises ForeignHost. ``params`` of None are left
        out, lists are joined by commas. The call waits for its turn in the rate limit, and is repeated only when that is safe: reads
        and creates of tickets with an ``idempotency_key`` after any passing failure, other writes only after 429 or when they
        provably never left. A write whose answer was lost raises OutcomeUnknown. 401 ``invalid_token`` is tried once more with a fresh
        token. ``idempotency_key`` takes up to 255 printable characters; Zendesk honours it for two hours, on ``POST /api/v2/tickets``.
        ``if_none_match`` is the ETag of an earlier answer to the same read; an answer of status 304 then says that it is still right.
        """
        address = self._caller.transport.url(method, path)
        endpoint = urlsplit(address).path
        headers = {} if idempotency_key is None else _key_header(method, endpoint, idempotency_key)
        if if_none_match is not None:
            headers["If-None-Match"] = if_none_match
        call = Call(
            method=method,
            path=path,
            lane=self._lane,
            deadline=self.deadline(),
            params=params or {},
            body=None if json is None else encode(json),
            headers=headers,
            keyed=idempotency_key is not None,
            endpoint=endpoint,
        )
        return self._make(call)

    def _make(self, call: Call) -> Reply:
        """Make a call; the lists that a change may have outdated are forgotten."""
        try:
            return self._caller.make(call)
        finally:
            if call.method not in ("GET", "HEAD"):
                self._memory.note_write(self.account, call.endpoint)

    def remembered(self, listing: Listing[R], *, fresh: bool = False) -> tuple[R, ...]:
        """Return a whole list that changes rarely; mostly called as ``all()`` of a resource, see ``remembered.Memory.read``."""
        return self._memory.read(listing, whose=self.credentials, deadline=self.deadline(), fresh=fresh)

    def known(self, resource: SlowMoving[R]) -> tuple[R, ...] | None:
        """Return the list of such a resource if it is remembered; None when Zendesk would have to be asked."""
        return self._memory.known(resource.whole, whose=self.credentials)

    def close(self) -> None:
        """Close the pooled connections, of all views."""
        self._caller.transport.close()

    def zenpy(self, *, cache: bool = True) -> Zenpy:
        """Return a new Zenpy client that makes its calls through this one, for code that already speaks Zenpy; see ``zenpy_bridge``.

        Each of its calls has this client's credentials, turn, retries and deadline. ``cache`` False switches Zenpy's own memory of
        records off, which forgets nothing by itself. Make one per thread: Zenpy's objects are not safe to share. Raises
        DependencyMissing when Zenpy is not installed.
        """
        from atom_zendesk_plugin.client.zenpy_bridge import Bridge, new_zenpy

        bridge = Bridge(self._caller, make=self._make, lane=self._lane, deadline=self.deadline, keyed=_KEYED_PATHS)
        return new_zenpy(self.account, bridge, cache=cache)

    @property
    def jobs(self) -> Jobs:
        return Jobs(self, clock=self.clock, deadline=self.deadline())

    @property
    def attachments(self) -> Attachments:
        return Attachments(self, Streams(self._caller, lane=self._lane, deadline=self.deadline()))


def encode(value: object) -> bytes:
    """Return a value as JSON. Raises InvalidInput when it holds something that JSON has no form for."""
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidInput(f"This can't be written as JSON: {type(error).__name__}.") from error


def build_client(
    settings: Settings,
    *,
    account_key: str,
    clock: Clock,
    rng: random.Random,
    pace: PaceStore | None = None,
    adapter: BaseAdapter | None = None,
    observer: Observer | None = None,
) -> ZendeskClient:
    """Return the client of the configured account and service credentials; nothing is sent yet.

    ``pace`` is shared by everything that calls this account (default: counted in this client only). Raises ConfigError when account or
    credentials are not configured.
    """
    account = configured_account(settings, account_key=account_key)
    transport = Transport(
        account,
        clock=clock,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        adapter=adapter,
        read_only=settings.read_only,
    )
    credentials = configured_credentials(settings, transport, clock=clock, rng=rng)
    return assemble_client(
        credentials, transport, settings=settings, clock=clock, rng=rng, pace=pace, observer=observer
    )


def assemble_client(
    credentials: Credentials,
    transport: Transport,
    *,
    settings: Settings,
    clock: Clock,
    rng: random.Random,
    pace: PaceStore | None = None,
    observer: Observer | None = None,
    actor: str = "",
    breaker: Breaker | None = None,
    memory: Memory | None = None,
    writes: WriteLog | None = None,
) -> ZendeskClient:
    """Return a client with any credentials, such as a user's own grant.

    ``actor`` names that user in the limits Zendesk counts per user; leave it empty for the service account. ``breaker`` and
    ``memory`` are shared by everything in this process that calls the account (default: this client's own). ``writes`` keeps the record
    of what it changes.
    """
    pacer = Pacer(
        pace or MemoryPace(), account=transport.account.key, clock=clock, reserve=settings.reserve, actor=actor
    )
    caller = Caller(
        transport,
        credentials,
        pacer,
        policy=RetryPolicy(max_attempts=settings.max_attempts),
        clock=clock,
        rng=rng,
        notify=Notifier(observer or log_observer),
        breaker=breaker or Breaker(account=transport.account.key, clock=clock),
        writes=writes,
    )
    return ZendeskClient(
        caller, memory=memory or Memory(clock=clock, lifetime=settings.list_ttl), per_call=settings.deadline
    )


def configured_account(settings: Settings, *, account_key: str) -> Account:
    """Return the account the settings name. Raises ConfigError when they name none."""
    if settings.account_url is None:
        raise ConfigError("ZENDESK_SUBDOMAIN is not set: give the part of your Zendesk address before .zendesk.com.")
    return Account(key=account_key, base_url=settings.account_url)


def configured_credentials(
    settings: Settings, transport: Transport, *, clock: Clock, rng: random.Random
) -> Credentials:
    """Return the service credentials of the settings. Raises ConfigError when none are complete."""
    kind: CredentialsKind | None = settings.credentials_kind()
    if kind == "access_token" and settings.access_token:
        return AccessToken(settings.access_token)
    if kind == "api_token" and settings.email and settings.token:
        return ApiToken(settings.email, settings.token)
    if kind == "client_credentials" and settings.client_id and settings.client_secret:
        return client_credentials(
            settings.client_id, settings.client_secret, settings=settings, transport=transport, clock=clock, rng=rng
        )
    raise ConfigError(
        "No Zendesk credentials are configured: set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET, or ZENDESK_ACCESS_TOKEN."
    )


def client_credentials(
    client_id: str, client_secret: str, *, settings: Settings, transport: Transport, clock: Clock, rng: random.Random
) -> ClientCredentials:
    """Return the service credentials of a confidential OAuth client, asked for on the terms of the settings."""
    return ClientCredentials(
        account=transport.account,
        client_id=client_id,
        client_secret=client_secret,
        scopes=settings.scopes,
        ttl=settings.token_ttl,
        transport=transport,
        clock=clock,
        rng=rng,
        policy=RetryPolicy(max_attempts=settings.max_attempts),
    )


def _key_header(method: Method, endpoint: str, key: str) -> dict[str, str]:
    if method != "POST" or endpoint not in _KEYED_PATHS:
        raise InvalidInput("Zendesk honours an idempotency key only on POST /api/v2/tickets.", field="idempotency_key")
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()) or key != key.strip():
        raise InvalidInput(
            f"An idempotency key takes 1 to {LONGEST_KEY} printable ASCII characters.", field="idempotency_key"
        )
    return {"Idempotency-Key": key}
