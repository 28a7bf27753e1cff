"""What proves to Zendesk who is calling: three kinds of service credentials, and the protocol any other kind follows.

A credential hands out the value of the Authorization header. When Zendesk refuses it with ``invalid_token``, the client says so by
``refused`` and tries once more if that is answered with True. Secrets are in no representation.
"""

from __future__ import annotations

import base64
import math
import random
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

import msgspec

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.failures import no_answer
from atom_zendesk_plugin.client.grants import Granted, Life, life_of, missing, refusal
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.retry import Outcome, RetryPolicy, next_wait, parse_retry_after
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.config import CredentialsKind
from atom_zendesk_plugin.errors import ConfigError, DeadlineExceeded, ZendeskPluginError, ZendeskUnexpected

TOKENS: Final = "/oauth/tokens"
CURRENT: Final = "/api/v2/oauth/tokens/current.json"
MARGIN: Final = 60.0
"""Seconds before a token's end at which the next one is fetched."""
AHEAD: Final = 3.0
"""Seconds a caller gives to fetching the next token while the present one still works."""
QUIET: Final = 10.0
"""Seconds during which credentials that Zendesk refused are not tried again: nothing but new settings would help."""
REFUSALS: Final = 3
REFUSALS_WITHIN: Final = 60.0

Kind = CredentialsKind | Literal["grant"]
"""The configured kinds, and a person's own grant."""

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


class Credentials(Protocol):
    """Who is calling. Used by many threads at once."""

    @property
    def kind(self) -> Kind:
        """Which of the kinds this is."""

    def authorization(self, *, deadline: float | None) -> str:
        """Return the header's value; may fetch a token, but never beyond ``deadline`` (on the clock's monotonic scale).

        Raises ZendeskUnauthorized or ConfigError when there is none to be had, another ZendeskCallFailed when asking failed.
        """

    def refused(self, authorization: str) -> bool:
        """Note that Zendesk answered 401 ``invalid_token`` to exactly this header. True: another may be had now, try once more."""


def bearer(token: str, *, setting: str) -> str:
    """Return the header for an OAuth token. Raises ConfigError, without the token, when it can't be one."""
    # Checked here because the HTTP package quotes a header it refuses, and the error would carry the token.
    if not _HEADER_SAFE.fullmatch(token):
        raise ConfigError(f"{setting} is empty or has blanks or characters that no token has: copy it again.")
    return f"Bearer {token}"


class AccessToken:
    """A ready OAuth access token; when it stops working there is no other."""

    kind: Kind = "access_token"

    def __init__(self, token: str) -> None:
        self._authorization = bearer(token, setting="ZENDESK_ACCESS_TOKEN")

    def authorization(self, *, deadline: float | None) -> str:
        return self._authorization

    def refused(self, authorization: str) -> bool:
        return False

    def __repr__(self) -> str:
        return "AccessToken()"


class ApiToken:
    """An e-mail address with an API token. Legacy: Zendesk stops all of them on 2027-04-30."""

    kind: Kind = "api_token"

    def __init__(self, email: str, token: str) -> None:
        if not email or not token:
            raise ConfigError("ZENDESK_EMAIL and ZENDESK_TOKEN are needed both: set the missing one.")
        self._authorization = "Basic " + base64.b64encode(f"{email}/token:{token}".encode()).decode("ascii")

    def authorization(self, *, deadline: float | None) -> str:
        return self._authorization

    def refused(self, authorization: str) -> bool:
        return False

    def __repr__(self) -> str:
        return "ApiToken()"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    authorization: str = field(repr=False)
    life: float | None
    began: float  # on the clock's monotonic scale
    expires_at: datetime | None
    scopes: tuple[str, ...]

    def left(self, now: float) -> float:
        """Return the seconds it still works."""
        return math.inf if self.life is None else self.began + self.life - now

    def is_fresh(self, now: float) -> bool:
        # A token that lives shorter than twice the margin would otherwise be replaced on every call.
        return self.life is None or self.left(now) > min(MARGIN, self.life / 2)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A fetch that gave no token: how to raise it, and whether asking again soon is of use."""

    error: Callable[[], ZendeskPluginError]
    is_final: bool = False
    is_limited: bool = False


class ClientCredentials:
    """The service account of a confidential OAuth client: fetches its own tokens, and the next one ``MARGIN`` seconds ahead.

    One thread fetches while the others wait for it and share the result, failure included. A token that still works is used on when
    fetching the next one fails. No refresh token is involved: the grant is run again.
    """

    kind: Kind = "client_credentials"

    def __init__(
        self,
        *,
        account: Account,
        client_id: str,
        client_secret: str,
        scopes: Sequence[str],
        ttl: int,
        transport: Transport,
        clock: Clock,
        rng: random.Random,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.account, self.scopes = account, tuple(scopes)
        self._request = msgspec.json.encode(
            {
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret,
                "scope": " ".join(scopes),
                "expires_in": ttl,
            }
        )
        self._transport, self._clock, self._rng = transport, clock, rng
        self._policy = policy or RetryPolicy()
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._finished = 0
        self._failed: _Failed | None = None
        self._quiet_until = 0.0
        self._closed_until = 0.0
        self._refusals: deque[float] = deque(maxlen=REFUSALS)

    def __repr__(self) -> str:
        return f"ClientCredentials(account={self.account.key!r}, scopes={self.scopes!r})"

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The asked scopes that the present token was not granted; empty before the first token."""
        token = self._token
        return () if token is None else missing(self.scopes, token.scopes)

    @property
    def expires_at(self) -> datetime | None:
        """When the present token ends, in UTC; None before the first one, and for one that does not expire."""
        token = self._token
        return None if token is None else token.expires_at

    def authorization(self, *, deadline: float | None) -> str:
        token = self._token
        if token is not None and token.is_fresh(self._clock.monotonic()):
            return token.authorization
        now, finished = self._clock.monotonic(), self._finished
        if token is not None and token.left(now) > 0:
            # The next one is fetched ahead of time: nobody waits for somebody else's fetch, nor long for an endpoint that hangs.
            if not self._lock.acquire(blocking=False):
                return token.authorization
            deadline = now + AHEAD if deadline is None else min(deadline, now + AHEAD)
        elif not self._lock.acquire(timeout=-1 if deadline is None else max(0.0, deadline - now)):
            raise self._too_late()
        try:
            return self._current(finished, deadline).authorization
        finally:
            self._lock.release()

    def refused(self, authorization: str) -> bool:
        with self._lock:
            token, now = self._token, self._clock.monotonic()
            if token is None or token.authorization != authorization:
                return True  # another thread has seen to it
            if len(self._refusals) == REFUSALS and now - self._refusals[0] <= REFUSALS_WITHIN:
                # New tokens are refused too, so fetching more of them only makes a storm. The dead one stays for a while.
                return False
            self._token = None
            self._refusals.append(now)
            return True

    def _current(self, finished: int, deadline: float | None) -> _Token:
        """Return a token that works; called with the lock held. ``finished`` counts the fetches there had been before waiting for it."""
        token, now = self._token, self._clock.monotonic()
        if token is not None and token.is_fresh(now):
            return token
        failed = self._failed
        ask_from = max(self._closed_until, self._quiet_until if failed is None else 0.0)
        if token is not None and now < ask_from and token.left(now) > 0:
            return token
        if failed is None or failed.is_limited or (self._finished == finished and now >= self._quiet_until):
            try:
                fetched = self._fetch(deadline)
            except DeadlineExceeded:
                if token is None or token.left(self._clock.monotonic()) <= 0:
                    raise
                self._quiet_until = self._clock.monotonic() + QUIET
                return token
            self._finished += 1
            if isinstance(fetched, _Token):
                self._token, self._failed = fetched, None
                return fetched
            failed = self._failed = fetched
            still_works = token is not None and token.left(self._clock.monotonic()) > 0
            self._quiet_until = self._clock.monotonic() + QUIET if failed.is_final or still_works else 0.0
        if token is not None and not failed.is_final and token.left(self._clock.monotonic()) > 0:
            return token
        raise failed.error()

    def _fetch(self, deadline: float | None) -> _Token | _Failed:
        attempt = 0
        while True:
            attempt += 1
            self._wait_for_permission(deadline)
            began = self._clock.monotonic()
            answer = self._transport.send("POST", TOKENS, authorization=None, body=self._request, deadline=deadline)
            if isinstance(answer, Reply) and answer.ok:
                return self._token_of(answer, began, deadline)
            wait = self._next_wait(answer, attempt, deadline)
            if wait is None:
                return self._failure(answer)
            self._clock.sleep(wait)

    def _next_wait(self, answer: Reply | NoReply, attempt: int, deadline: float | None) -> float | None:
        outcome: Outcome = answer.kind if isinstance(answer, NoReply) else answer.status
        asked = self._retry_after(answer)
        if outcome == 429:
            self._closed_until = self._clock.monotonic() + min(QUIET if asked is None else asked, self._policy.obey_cap)
        # Fetching twice only makes a second token, so every transient outcome may be repeated.
        return next_wait(
            method="POST",
            keyed=True,
            attempt=attempt,
            outcome=outcome,
            retry_after=asked,
            deadline_left=None if deadline is None else deadline - self._clock.monotonic(),
            policy=self._policy,
            jitter=self._rng.random(),
        )

    def _wait_for_permission(self, deadline: float | None) -> None:
        """Sleep out an earlier 429 of the token endpoint, or raise at once when that would take too long."""
        now = self._clock.monotonic()
        if deadline is not None and (now >= deadline or self._closed_until >= deadline):
            raise self._too_late()
        self._clock.sleep(self._closed_until - now)

    def _token_of(self, reply: Reply, began: float, deadline: float | None) -> _Token | _Failed:
        try:
            granted = reply.decode(Granted)
            header = bearer(granted.access_token, setting="The token Zendesk answered")
        except (ZendeskUnexpected, ConfigError):
            return _Failed(lambda: reply.unexpected("it holds no usable access token"))
        life = Life(granted.life)
        if life.seconds is None:
            shown = self._transport.send("GET", CURRENT, authorization=header, deadline=deadline)
            life = life_of(granted, shown if isinstance(shown, Reply) else None, self._clock.now())
            began = self._clock.monotonic()
        scopes = self.scopes if granted.scope is None else tuple(granted.scope.split())
        token = _Token(
            authorization=header,
            life=life.seconds,
            began=began,
            expires_at=None if life.seconds is None else self._clock.now() + timedelta(seconds=life.seconds),
            scopes=scopes if granted.scope is not None or life.scopes is None else life.scopes,
        )
        logs.event("zendesk.token_fetched", "debug", account=self.account.key, life=life.seconds)
        return token

    def _failure(self, answer: Reply | NoReply) -> _Failed:
        if isinstance(answer, NoReply):
            return _Failed(lambda: no_answer(answer, method="POST", endpoint=TOKENS))
        asked = self._retry_after(answer)
        final = 400 <= answer.status < 500 and answer.status not in (408, 429)
        limited = answer.status == 429
        return _Failed(lambda: refusal(answer, retry_after=asked), is_final=final, is_limited=limited)

    def _retry_after(self, answer: Reply | NoReply) -> float | None:
        if isinstance(answer, NoReply):
            return None
        headers = answer.headers
        return parse_retry_after(headers.get("retry-after"), now=self._clock.now(), server_date=headers.get("date"))

    def _too_late(self) -> DeadlineExceeded:
        closed = self._closed_until - self._clock.monotonic()
        return DeadlineExceeded(
            "Zendesk did not hand out an access token within the time this request may take: try again in a minute.",
            method="POST",
            endpoint=TOKENS,
            retry_after=closed if closed > 0 else None,
        )
