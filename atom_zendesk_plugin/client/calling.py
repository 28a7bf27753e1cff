"""One call from start to finish: its turn in the budget, credentials, attempts, and what the last answer means.

A write that may have taken effect although no good answer came ends as OutcomeUnknown, so that nobody repeats it blindly.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.client.breaker import Breaker
from atom_zendesk_plugin.client.credentials import Credentials
from atom_zendesk_plugin.client.failures import failure, no_answer, read_complaint
from atom_zendesk_plugin.client.limits import ACCOUNT, Limit
from atom_zendesk_plugin.client.observe import CallEvent, Lane, Notifier
from atom_zendesk_plugin.client.pacing import Pacer, Permit
from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.retry import Outcome, RetryPolicy, may_have_been_done, next_wait, parse_retry_after
from atom_zendesk_plugin.client.transport import Body, Method, Params, Request, Sender, Transport
from atom_zendesk_plugin.client.writing import Entry
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import (
    DeadlineExceeded,
    ForeignHost,
    OutcomeUnknown,
    ZendeskCallFailed,
    ZendeskPluginError,
    ZendeskRateLimited,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from atom_zendesk_plugin.write_log import WriteLog

_LONGEST_WARNING = 300
_FRAMES = frozenset({"content-length", "transfer-encoding"})
_OUTAGES = (ZendeskUnavailable, ZendeskUnreachable, OutcomeUnknown)
_ONE_PLACE = frozenset({408, 500})
"""Statuses that speak of one endpoint or one request, not of the whole service."""
HURRIED = 2.0
"""Seconds; a call that had less in all is no witness of an outage."""
_UNDECIDED = (DeadlineExceeded, ZendeskRateLimited, ZendeskUnavailable, ZendeskUnreachable)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCall:
    """How the last real call ended; ``status`` is None when no answer came, ``error`` the name of the error class, None for success."""

    at: datetime
    status: int | None = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is to be sent. ``deadline`` is on the clock's monotonic scale; ``body`` and ``headers`` are in no representation.

    ``sender`` stands where the transport would: something that carries a file, or listens; None: the transport itself.
    """

    method: Method
    path: str
    lane: Lane
    deadline: float | None
    params: Params = field(default_factory=dict, repr=False)
    body: Body | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    keyed: bool = False
    endpoint: str = ""
    sender: Sender | None = field(default=None, repr=False)


class Caller:
    """Makes calls on one account with one set of credentials. Safe to share between threads; ``last`` is the last call's outcome."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        pacer: Pacer,
        *,
        policy: RetryPolicy,
        clock: Clock,
        rng: random.Random,
        notify: Notifier,
        breaker: Breaker,
        writes: WriteLog | None = None,
    ) -> None:
        """``writes`` keeps the record of what these calls change; None: nobody does."""
        self.transport, self.credentials, self.clock = transport, credentials, clock
        self._pacer, self._policy, self._rng, self._notify = pacer, policy, rng, notify
        self._breaker, self._writes = breaker, writes
        self._told = _Told()

    @property
    def last(self) -> LastCall | None:
        """How the last call ended, of this caller and all that ``recording`` made of it."""
        return self._told.call

    @last.setter
    def last(self, call: LastCall | None) -> None:
        self._told.call = call

    def recording(self, writes: WriteLog) -> Caller:
        """Return the same caller with another record of its writes: that of one person, mostly."""
        other = copy(self)
        other._writes = writes
        return other

    def make(self, call: Call) -> Reply:
        """Make the call and return its successful answer; raises a ZendeskCallFailed, or ConfigError from the credentials.

        A write leaves an entry in the write log, unless the circuit is open, which keeps everything in.
        """
        self._breaker.admit(method=call.method, endpoint=call.endpoint)
        run = _Run(call, self._entry(call), began=self.clock.monotonic())
        try:
            reply = self._made(run)
        except BaseException as error:
            self._judge(run, error)
            run.entry.failed(error, was_sent=run.was_sent, attempts=run.attempt)
            raise
        self._breaker.answered()
        run.entry.done(reply, attempts=run.attempt)
        return reply

    def _entry(self, call: Call) -> Entry:
        return Entry(
            self._writes, self.clock, method=call.method, endpoint=call.endpoint, headers=call.headers, body=call.body
        )

    def _made(self, run: _Run) -> Reply:
        try:
            reply = self._attempts(run)
        except ZendeskPluginError as error:
            if run.was_sent or (
                isinstance(error, ZendeskCallFailed) and not isinstance(error, DeadlineExceeded | ForeignHost)
            ):
                status = error.status if isinstance(error, ZendeskCallFailed) else None
                self.last = LastCall(at=self.clock.now(), status=status, error=type(error).__name__)
            if run.may_have_been_done and isinstance(error, _UNDECIDED):
                raise _unknown(run.call, error.status, error.request_id) from error
            raise
        self.last = LastCall(at=self.clock.now(), status=reply.status)
        return reply

    def _judge(self, run: _Run, error: BaseException) -> None:
        """Tell the breaker what a failed call says of Zendesk."""
        deadline = run.call.deadline
        hurried = deadline is not None and deadline - run.began < HURRIED
        if not run.was_sent or not isinstance(error, ZendeskCallFailed):
            self._breaker.undecided()
        elif not isinstance(error, _OUTAGES) or error.status in _ONE_PLACE:
            self._breaker.answered()
        elif hurried:
            self._breaker.undecided()  # a call with hardly any time says little
        else:
            self._breaker.failed()

    def _attempts(self, run: _Run) -> Reply:
        call = run.call
        while True:
            run.attempt += 1
            answer = self._attempt(run)
            if isinstance(answer, Reply) and self._is_refused_token(answer, run):
                continue
            outcome = _outcome(answer, call.method)
            if isinstance(answer, Reply) and outcome == answer.status and (answer.ok or _is_unchanged(answer, call)):
                return answer
            run.may_have_been_done |= may_have_been_done(method=call.method, outcome=outcome)
            wait = self._next_wait(run, answer, outcome)
            if wait is None:
                raise self._error(run, answer, outcome)
            self._tell(run, "retry", answer, wait=wait)
            self.clock.sleep(wait)

    def _attempt(self, run: _Run) -> Reply | NoReply:
        """Send once, when it is the call's turn, and learn from the answer."""
        call = run.call
        permit = self._pacer.acquire(
            call.method,
            call.endpoint,
            lane=call.lane,
            deadline=call.deadline,
            waiting=lambda wait: self._tell(run, "wait", None, wait=wait),
        )
        answer = self._send(run, permit)
        if isinstance(answer, NoReply):
            if answer.kind == "not_sent":
                self._pacer.give_back(permit)
            self._tell(run, "attempt", answer)
            return answer
        run.retry_after = self._retry_after(answer)
        limits = self._pacer.learn(answer, retry_after=run.retry_after)
        self._tell(run, "attempt", answer, limits=limits)
        if warned := answer.headers.get("x-zendesk-api-warn"):
            # It names parameters that Zendesk ignored: worth a look while developing, and in 300 recorded answers.
            logs.event("zendesk.api_warning", "debug", endpoint=call.endpoint, warning=warned[:_LONGEST_WARNING])
        if answer.status == 429:
            self._tell(run, "limit", answer, wait=run.retry_after, limits=limits)
        return answer

    def _send(self, run: _Run, permit: Permit) -> Reply | NoReply:
        call, sent = run.call, False
        try:
            run.authorization = self.credentials.authorization(deadline=call.deadline)
            run.entry.begin()  # before looking at the time: a database that is held by others takes some
            if call.deadline is not None and self.clock.monotonic() >= call.deadline:
                raise DeadlineExceeded(
                    "The time this request may take is over: try again.", method=call.method, endpoint=call.endpoint
                )
            sent = run.was_sent = True
            request = Request(
                method=call.method,
                path=call.path,
                authorization=run.authorization,
                params=call.params,
                body=call.body,
                headers=call.headers,
                deadline=call.deadline,
            )
            return (call.sender or self.transport).exchange(request)
        finally:
            if not sent:
                self._pacer.give_back(permit)

    def _is_refused_token(self, answer: Reply, run: _Run) -> bool:
        """Tell whether to try at once with a fresh token: only after 401 ``invalid_token``, only once, never after 403."""
        if answer.status != 401 or run.token_was_refused or read_complaint(answer.body).code != "invalid_token":
            return False
        run.token_was_refused = True
        run.attempt -= 1
        return self.credentials.refused(run.authorization)

    def _next_wait(self, run: _Run, answer: Reply | NoReply, outcome: Outcome) -> float | None:
        call = run.call
        return next_wait(
            method=call.method,
            keyed=call.keyed,
            attempt=run.attempt,
            outcome=outcome,
            retry_after=run.retry_after if isinstance(answer, Reply) else None,
            deadline_left=None if call.deadline is None else call.deadline - self.clock.monotonic(),
            policy=self._policy,
            jitter=self._rng.random(),
        )

    def _retry_after(self, answer: Reply) -> float | None:
        if answer.status not in (429, 503):
            return None
        headers = answer.headers
        told = parse_retry_after(headers.get("retry-after"), now=self.clock.now(), server_date=headers.get("date"))
        return None if told is None else min(told, self._policy.obey_cap)

    def _error(self, run: _Run, answer: Reply | NoReply, outcome: Outcome) -> ZendeskCallFailed:
        call = run.call
        if run.may_have_been_done and may_have_been_done(method=call.method, outcome=outcome):
            return _unknown(call, *((answer.status, answer.request_id) if isinstance(answer, Reply) else (None, None)))
        if isinstance(answer, NoReply):
            return no_answer(answer, method=call.method, endpoint=call.endpoint)
        if outcome == "garbled":
            return answer.unexpected("it is not JSON")
        if 300 <= answer.status < 400:
            return self._redirect(answer)
        return failure(answer, retry_after=run.retry_after)

    def _redirect(self, answer: Reply) -> ZendeskCallFailed:
        target = answer.headers.get("location", "")
        if "//" in target and not self.transport.account.owns(target):
            return ForeignHost(
                method=answer.method, endpoint=answer.endpoint, status=answer.status, request_id=answer.request_id
            )
        return answer.unexpected("it is a redirect, which the API never sends")

    def _tell(
        self,
        run: _Run,
        kind: str,
        answer: Reply | NoReply | None,
        *,
        wait: float | None = None,
        limits: list[Limit] | None = None,
    ) -> None:
        call = run.call
        event = CallEvent(
            kind=kind,  # type: ignore[arg-type]
            account=self.transport.account.key,
            method=call.method,
            endpoint=call.endpoint,
            attempt=run.attempt,
            lane=call.lane,
            wait=wait,
            remaining=next((limit.remaining for limit in limits or () if limit.bucket == ACCOUNT), None),
        )
        if isinstance(answer, Reply):
            event = replace(event, status=answer.status, request_id=answer.request_id, elapsed=answer.elapsed)
        elif answer is not None:
            event = replace(event, reason=f"{answer.kind}: {answer.reason}")
        self._notify(event)


@dataclass(slots=True)
class _Told:
    """How the last call ended, for all who share it."""

    call: LastCall | None = None


@dataclass(slots=True)
class _Run:
    """What is known so far of a call under way."""

    call: Call
    entry: Entry
    began: float = 0.0
    attempt: int = 0
    authorization: str = field(default="", repr=False)
    retry_after: float | None = None
    was_sent: bool = False
    token_was_refused: bool = False
    may_have_been_done: bool = False


def _outcome(answer: Reply | NoReply, method: str) -> Outcome:
    """Return how an attempt ended. A success that should carry JSON and doesn't is as good as no answer."""
    if isinstance(answer, NoReply):
        return answer.kind
    if not answer.ok or answer.status == 204 or method in ("HEAD", "DELETE"):
        return answer.status
    if not answer.body and method != "GET" and _FRAMES.intersection(map(str.lower, answer.headers)):
        return answer.status  # told to be empty, not cut off in its head
    return answer.status if answer.is_json else "garbled"


def _is_unchanged(answer: Reply, call: Call) -> bool:
    """Tell whether Zendesk says that what the caller has is still right; without being asked, 304 is no answer at all."""
    return answer.status == 304 and "If-None-Match" in call.headers


def _unknown(call: Call, status: int | None, request_id: str | None) -> OutcomeUnknown:
    return OutcomeUnknown(method=call.method, endpoint=call.endpoint, status=status, request_id=request_id)
