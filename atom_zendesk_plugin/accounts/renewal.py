"""A person's grant as credentials of the client: handed out from memory, renewed ahead of its end, by one caller of all.

Zendesk ends the old pair the moment it gives a new one, so of any number of threads and processes exactly one may ask. In a process
that is one job at a time; among processes it is who takes the renewal in the grant's row, for a bounded time. The others read the
row again until the new pair is there. The job runs in a thread of its own: no caller's deadline cuts off an answer that carries the
only living pair. The pair is committed before it is used.

A pair whose answer was lost, also by a killed process, is tried once more; when Zendesk refuses it, the grant needs its person, which is
told once. A 403 never comes here.
"""

from __future__ import annotations

import math
import random
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.accounts.ledger import Ledger
from atom_zendesk_plugin.accounts.pairs import pair_of
from atom_zendesk_plugin.accounts.revoking import ENDED_CODES, revoke
from atom_zendesk_plugin.client.credentials import MARGIN, REFUSALS, REFUSALS_WITHIN, TOKENS, Kind, bearer
from atom_zendesk_plugin.client.failures import failure, no_answer
from atom_zendesk_plugin.client.grants import Granted
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.retry import parse_retry_after
from atom_zendesk_plugin.errors import (
    ConfigError,
    DeadlineExceeded,
    NotConnected,
    ReconnectNeeded,
    StorageAway,
    ZendeskPluginError,
)
from atom_zendesk_plugin.store.grants import GrantRow, TokenPair

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.oauth import NotGranted, TokenEndpoint
    from atom_zendesk_plugin.client.transport import Transport
    from atom_zendesk_plugin.clock import Clock

CALL: Final = 8.0
"""Seconds one call to the token endpoint may take."""
LEASE: Final = 20.0
"""Seconds a renewal is one process's own: two calls, the look at the token's record and the commit. A killed one costs the others this."""
GRACE: Final = 30.0
"""Seconds by which clocks of two machines may differ: so long the one who took a renewal over waits for the other before it gives up."""
PATIENCE: Final = 2 * LEASE + GRACE
"""Seconds after which a job gives up waiting for others, or for the database."""
QUIET: Final = 10.0
"""Seconds in which a renewal that just failed is not followed by another while the present token still works."""
PAUSE: Final = 5.0
"""Seconds for which no process tries again after a passing failure that did not say how long it lasts."""
LONGEST_PAUSE: Final = 300.0

CLIENT_CODES: Final = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})

Failed = Callable[[], ZendeskPluginError]
"""How a failure is raised, anew by each of those who waited for it."""
Tell = Callable[[GrantRow, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A pair's access token in memory. ``expires_at`` None: it has no end. ``margin`` is the seconds before it for the next one."""

    generation: int
    authorization: str = field(repr=False)
    expires_at: datetime | None
    margin: float = MARGIN

    def left(self, now: datetime) -> float:
        return math.inf if self.expires_at is None else (self.expires_at - now).total_seconds()


class GrantCredentials:
    """The credentials of one person on one account. Safe to share between threads; one object per process is enough."""

    kind: Kind = "grant"

    def __init__(
        self,
        ledger: Ledger,
        endpoint: Callable[[], TokenEndpoint],
        *,
        transport: Transport,
        clock: Clock,
        rng: random.Random,
        executor: Callable[[], Executor],
        tell: Tell,
    ) -> None:
        """``endpoint`` is asked at each renewal, since an administrator may replace the client; it may raise ConfigError and others.

        ``tell`` is called once when only the person can help.
        """
        self._ledger, self._endpoint, self._transport = ledger, endpoint, transport
        self._clock, self._rng, self._executor, self._tell = clock, rng, executor, tell
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._dead: int | None = None
        self._job: Future[_Held | Failed] | None = None
        self._quiet_until = -math.inf
        self._refusals: deque[float] = deque(maxlen=REFUSALS)
        self._unsaved: tuple[int, TokenPair] | None = None

    def __repr__(self) -> str:
        return f"GrantCredentials(account_id={self._ledger.account_id})"

    def authorization(self, *, deadline: float | None) -> str:
        """Return the header. Raises NotConnected, ReconnectNeeded, StorageAway, or what keeps the renewal from happening now."""
        held = self._held
        if held is not None and self._is_fresh(held):
            return held.authorization
        if held is None or held.generation == self._dead:
            held = self._load()
            if self._is_fresh(held):
                return held.authorization
        if self._is_alive(held):
            # Ahead of its end nobody waits for the next one.
            if self._clock.monotonic() >= self._quiet_until:
                self._renewal(held)
            return held.authorization
        return self._wait_for(self._renewal(held), deadline)

    @property
    def holds_unsaved(self) -> bool:
        """Whether the only living pair is here and not in the database yet."""
        return self._unsaved is not None

    def adopt(self, row: GrantRow) -> None:
        """Take over a stored pair that somebody has just read, if it is newer than the one held."""
        self._keep(_held(row))

    def refused(self, authorization: str) -> bool:
        with self._lock:
            held = self._held
            if held is None or held.authorization != authorization or held.generation == self._dead:
                return True  # another thread has seen to it
            now = self._clock.monotonic()
            if len(self._refusals) == REFUSALS and now - self._refusals[0] <= REFUSALS_WITHIN:
                return False  # new pairs are refused too: more of them only make a storm
            self._refusals.append(now)
            self._dead = held.generation
            return True

    def _is_alive(self, held: _Held) -> bool:
        return held.generation != self._dead and held.left(self._clock.now()) > 0

    def _is_fresh(self, held: _Held) -> bool:
        return held.generation != self._dead and held.left(self._clock.now()) > held.margin

    def _load(self) -> _Held:
        return self._keep(_held(self._row()))

    def _keep(self, held: _Held) -> _Held:
        with self._lock:
            # A slower thread must not put an older pair in the place of a newer one.
            if self._held is None or self._held.generation < held.generation:
                self._held = held
            return self._held

    def _row(self) -> GrantRow:
        row = self._ledger.read()
        if row is None:
            raise NotConnected
        if row.state == "needs_reconnect" and self._unsaved is None:
            raise ReconnectNeeded(reason=row.reason)
        return row

    def _renewal(self, stale: _Held) -> Future[_Held | Failed]:
        """Return the job under way, starting it when there is none."""
        with self._lock:
            if self._job is None or self._job.done():
                newest = self._held
                if newest is not None and newest.generation > stale.generation:
                    done: Future[_Held | Failed] = Future()
                    done.set_result(newest)
                    return done
                try:
                    self._job = self._executor().submit(self._renew)
                except RuntimeError:  # the app is closing at this moment
                    closing: Future[_Held | Failed] = Future()
                    closing.set_result(_too_late)
                    return closing
            return self._job

    def _wait_for(self, job: Future[_Held | Failed], deadline: float | None) -> str:
        left = None if deadline is None else max(0.0, deadline - self._clock.monotonic())
        try:
            outcome = job.result(timeout=left)
        except FutureTimeout:
            raise _too_late() from None
        if isinstance(outcome, _Held):
            return outcome.authorization
        raise outcome()

    def _renew(self) -> _Held | Failed:
        """Run the job: never raises, because nobody may be waiting."""
        try:
            outcome = self._until_renewed(until=self._clock.monotonic() + PATIENCE)
        except ZendeskPluginError as error:
            outcome = _again(error)
        if isinstance(outcome, _Held):
            with self._lock:
                self._held = outcome
            return outcome
        self._quiet_until = self._clock.monotonic() + QUIET
        return outcome

    def _until_renewed(self, *, until: float) -> _Held | Failed:
        while self._clock.monotonic() < until:
            if self._unsaved is not None:
                self._save(until)
            row = self._row()
            held = _held(row)
            if self._is_fresh(held):
                return held
            outcome = self._step(row, until)
            if outcome is not None:
                return outcome
        return _too_late

    def _step(self, row: GrantRow, until: float) -> _Held | Failed | None:
        """Renew when it is this process's turn, else wait a moment; None: look at the row again."""
        if row.refresh_token is None:
            return self._end(row, "revoked" if row.generation == self._dead else "expired")
        now = _no_earlier(self._clock.now(), row)
        if row.renew_from is not None and row.renew_from > now:
            pause = (row.renew_from - now).total_seconds()
            return lambda: _paused(pause)
        holder = secrets.token_hex(8)
        if self._ledger.begin(row, holder=holder, now=now, until=now + timedelta(seconds=LEASE)):
            return self._ask(row, holder, until)
        self._clock.sleep(0.05 + 0.1 * self._rng.random())
        return None

    def _ask(self, row: GrantRow, holder: str, until: float) -> _Held | Failed | None:
        # A renewal that somebody began and never ended: its answer may have been lost on the way to the database.
        taken_over = lost = row.renewal_holder is not None
        endpoint = self._endpoint()
        if endpoint.client_id != row.client_id:
            # The refresh token is another client's: Zendesk would refuse it, and it is nothing for this one to see.
            return self._end(row, "client_replaced")
        answer = self._call(endpoint, row)
        if not isinstance(answer, Granted) and isinstance(answer.answer, NoReply) and answer.answer.kind == "lost":
            lost = True
            answer = self._call(endpoint, row)  # refused if the lost one took effect, and harmless if not
        if isinstance(answer, Granted):
            self._unsaved = (row.generation, self._pair(answer, row))
            return self._save(until)
        if answer.code in ENDED_CODES:
            if self._was_renewed(row, patience=GRACE if taken_over else 0.0):
                return None  # another process was given the pair this one asked for
            return self._end(row, "lost" if lost else self._why_refused(row))
        if answer.code == "invalid_scope":
            return self._end(row, "scope_refused")
        return self._postpone(answer, holder)

    def _was_renewed(self, row: GrantRow, *, patience: float) -> bool:
        """Tell whether a newer pair is there, or comes while the process that was taken for dead may still bring it."""
        until = self._clock.monotonic() + patience
        while True:
            newer = self._ledger.state()
            if newer is None or newer.generation > row.generation:
                return True
            if self._clock.monotonic() >= until:
                return False
            self._clock.sleep(0.5)

    def _why_refused(self, row: GrantRow) -> str:
        ends = row.refresh_expires_at
        return "away_too_long" if ends is not None and ends <= self._clock.now() else "refused"

    def _call(self, endpoint: TokenEndpoint, row: GrantRow) -> Granted | NotGranted:
        assert row.refresh_token is not None
        return endpoint.refresh(row.refresh_token, scopes=row.scopes, deadline=self._clock.monotonic() + CALL)

    def _pair(self, granted: Granted, row: GrantRow) -> TokenPair:
        return pair_of(
            granted, asked=row.scopes, transport=self._transport, clock=self._clock,
            deadline=self._clock.monotonic() + CALL / 2, refresh_token=row.refresh_token,
        )  # fmt: skip

    def _save(self, until: float) -> _Held | None:
        """Commit the new pair, again and again while the database is away: the old one is dead. None: a newer pair is stored."""
        assert self._unsaved is not None
        generation, pair = self._unsaved
        while True:
            try:
                stored = self._ledger.finish(generation, pair)
                break
            except StorageAway:
                if self._clock.monotonic() >= until:
                    raise
                self._clock.sleep(0.5)
        self._unsaved = None
        if not stored:
            # Disconnected, or connected again meanwhile: nobody keeps this pair, so it must not live.
            deadline = self._clock.monotonic() + CALL
            if not revoke(pair.access_token, transport=self._transport, deadline=deadline):
                logs.event("zendesk.token_left_alive", "warning", account_id=self._ledger.account_id)
            return None
        logs.event("zendesk.grant_renewed", "debug", account_id=self._ledger.account_id, generation=generation + 1)
        return _Held(
            generation=generation + 1,
            authorization=_header(pair.access_token),
            expires_at=pair.access_expires_at,
        )

    def _end(self, row: GrantRow, reason: str) -> Failed:
        if self._ledger.end(row, reason=reason):
            logs.event("zendesk.reconnect_needed", "warning", account_id=row.account_id, reason=reason)
            self._tell(row, reason)
        return lambda: ReconnectNeeded(reason=reason)

    def _postpone(self, refused: NotGranted, holder: str) -> Failed:
        """Leave the pair as it is: what failed says nothing against it."""
        answer = refused.answer
        asked = None if isinstance(answer, NoReply) else self._retry_after(answer)
        pause = min(PAUSE if asked is None else asked, LONGEST_PAUSE)
        self._ledger.give_up(holder=holder, renew_from=self._clock.now() + timedelta(seconds=pause))
        logs.event("zendesk.grant_not_renewed", "warning", account_id=self._ledger.account_id, oauth_error=refused.code)
        if isinstance(answer, NoReply):
            return lambda: no_answer(answer, method="POST", endpoint=TOKENS)
        if refused.code in CLIENT_CODES:
            return _client_refused
        return lambda: failure(answer, retry_after=pause)

    def _retry_after(self, answer: Reply) -> float | None:
        headers = answer.headers
        return parse_retry_after(headers.get("retry-after"), now=self._clock.now(), server_date=headers.get("date"))


def _held(row: GrantRow) -> _Held:
    life = math.inf if row.access_expires_at is None else (row.access_expires_at - row.updated_at).total_seconds()
    return _Held(
        generation=row.generation,
        authorization=_header(row.access_token),
        expires_at=row.access_expires_at,
        margin=max(0.0, min(MARGIN, life / 2)),  # a short life is not spent on renewals
    )


def _no_earlier(now: datetime, row: GrantRow) -> datetime:
    """Return the moment to judge a renewal's times by: one that lies further ahead than any can was written by a wrong clock."""
    limits = ((row.renew_from, LONGEST_PAUSE), (row.renewal_until, LEASE + GRACE))
    absurd = [moment for moment, most in limits if moment is not None and moment - now > timedelta(seconds=most)]
    return max([now, *absurd])


def _header(access_token: str) -> str:
    return bearer(access_token, setting="The stored token")


def _again(error: ZendeskPluginError) -> Failed:
    """Return how to raise an error in several threads: each gets an object, and so a traceback, of its own."""
    kind, told = type(error), dict(error.public)

    def raised() -> ZendeskPluginError:
        if isinstance(error, NotConnected | StorageAway | ConfigError):
            return kind(error.message, **told)
        return error

    return raised


def _client_refused() -> ConfigError:
    return ConfigError("Zendesk did not accept the OAuth client: check its identifier and secret.")


def _paused(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(
        "Zendesk did not renew the connection a moment ago: try again shortly.", method="POST", endpoint=TOKENS, retry_after=seconds
    )  # fmt: skip


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded(
        "Zendesk did not renew the connection within the time this request may take: try again in a minute.",
        method="POST",
        endpoint=TOKENS,
    )
