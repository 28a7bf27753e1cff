"""The WSGI side of the desk: what happens to a request before and after its handler.

In this order: planned faults, the route, credentials, limits, scopes and roles, the JSON body, the handler under the
desk's lock; then headers, entity tags and the call log. Routes come from ``routes/``; nothing here knows a resource.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from atom_zendesk_plugin.simulator.calls import CallLog, CallRecord
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.faults import (
    WAITED,
    Dropped,
    FaultKind,
    FaultPlan,
    FaultRule,
    edge_page,
    spoilt_answer,
)
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.objects import Role
from atom_zendesk_plugin.simulator.plans import check_plan
from atom_zendesk_plugin.simulator.router import Match, Router
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import NOBODY, Caller, TokenStore, missing_scopes, unauthenticated
from atom_zendesk_plugin.simulator.wire import is_elsewhere, parsed_body, plain_path, read_call, rendered, titled

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL: Final = "/_simulator"


@dataclass(slots=True)
class _Handling:
    """What becomes known while a request is handled."""

    headers: dict[str, str]
    caller: Caller = NOBODY


class Shell:
    """The WSGI application.

    ``control`` are the routes under ``/_simulator``; they see no faults, limits or credentials.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        routes: Iterable[Route],
        tokens: TokenStore,
        limits: Limits,
        faults: FaultPlan,
        calls: CallLog,
        control: Iterable[Route] = (),
        seed: int = 1,
    ) -> None:
        self._desk = desk
        self._router = Router(routes)
        self._control = Router(control)
        self._tokens = tokens
        self._limits = limits
        self._faults = faults
        self._calls = calls
        self._random = random.Random(f"{seed}:requests")
        self._random_lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        path = plain_path(request.path)
        if path == CONTROL or path.startswith(f"{CONTROL}/"):
            response = self._response(request, self._steer(request, path), request_id=self._request_id())
        else:
            response = self._serve(request, path)
        return response(environ, start_response)

    def _serve(self, request: Request, path: str) -> Response:
        """Answer a call to the service, spoilt when the fault plan says so; raises Dropped to cut the connection."""
        request_id = self._request_id()
        handling = _Handling({})
        fault = self._wait_for(self._faults.pick(request.method, path), request)
        kind = None if fault is None else fault.kind
        answer = self._without_handling(fault)
        if answer is None and kind is not FaultKind.RESET_BEFORE:
            answer = self._handle(request, path, handling)
        response = None
        if answer is not None and kind is not FaultKind.RESET_AFTER:
            response = self._response(request, answer, request_id=request_id)
            _spoil(response, kind)
        self._calls.add(
            CallRecord(
                method=request.method,
                path=path,
                query=request.query_string.decode("latin-1"),
                status=None if response is None else response.status_code,
                actor_id=handling.caller.user_id,
                at=self._desk.clock.now(),
                request_id=request_id,
                fault=None if kind is None else kind.value,
            )
        )
        if response is None:
            raise Dropped("the simulator was told to drop this connection")
        return response

    def _wait_for(self, rules: Iterable[FaultRule], request: Request) -> FaultRule | None:
        """Sleep through the delays; return the other fault, if any. Holds no lock: delays run side by side."""
        spoiling = None
        for rule in rules:
            if rule.kind is FaultKind.LATENCY:
                self._desk.clock.sleep(rule.seconds)
                request.environ.setdefault(WAITED, []).append(rule.seconds)
            else:
                spoiling = rule
        return spoiling

    def _without_handling(self, fault: FaultRule | None) -> Answer | None:
        """Return the answer of a fault that stands in front of the desk."""
        if fault is not None and fault.kind is FaultKind.STATUS:
            return spoilt_answer(fault, now=self._desk.clock.now())
        if fault is not None and fault.kind is FaultKind.HTML:
            return Answer(200, edge_page(200), {"content-type": "text/html; charset=UTF-8"})
        return None

    def _handle(self, request: Request, path: str, handling: _Handling) -> Answer:
        raw = request.get_data()
        with self._desk.lock:
            try:
                answer = self._dispatch(request, path, raw, handling)
            except Refusal as refusal:
                answer = refusal.answer
            # Written down under the lock: a body may hold parts of the desk that the next call changes.
            content, content_type = rendered(answer)
        if content_type is None:
            return replace(answer, headers={**handling.headers, **answer.headers})
        headers = {"content-type": content_type, **handling.headers, **answer.headers}
        return replace(answer, body=content, headers=headers)

    def _dispatch(self, request: Request, path: str, raw: bytes, handling: _Handling) -> Answer:
        self._check_host(request)
        match = self._router.find(request.method, path)
        route, ids = _allowed(match)
        caller = self._tokens.identify(request.headers.get("Authorization"), desk=self._desk)
        if caller.user_id is None and not route.anonymous:
            raise unauthenticated()
        handling.caller = caller
        call = read_call(request, path, raw, ids, caller)
        handling.headers |= self._counted(route, call)
        self._check_rights(route, request.method, caller)
        check_plan(self._limits.plan, route.feature)
        body = {} if route.takes_files else parsed_body(call)
        call = replace(
            call,
            body=body,
            limited=self._limits.plan is not None,
            fails_row=partial(self._faults.fails_row, request.method, path),
        )
        return route.handler(self._desk, call)

    def _counted(self, route: Route, call: Call) -> Mapping[str, str]:
        """Count a call against the limits it has; what is no call of the API counts where a bucket is named for it."""
        bucket = route.bucket(self._desk, call) if callable(route.bucket) else route.bucket
        account = call.path.startswith("/api/")
        return self._limits.take(call, bucket=bucket, account=account) if account or bucket else {}

    def _steer(self, request: Request, path: str) -> Answer:
        """Answer a control call. The desk's lock is taken by the handlers that touch the desk."""
        try:
            route, ids = _allowed(self._control.find(request.method, path))
            call = read_call(request, path, request.get_data(), ids, NOBODY)
            return route.handler(self._desk, replace(call, body=parsed_body(call)))
        except Refusal as refusal:
            return refusal.answer

    def _check_host(self, request: Request) -> None:
        host = request.host.partition(":")[0].lower()
        if is_elsewhere(host, subdomain=self._desk.subdomain):
            raise Refusal(Answer(404, titled(f"No help desk at {host}", "No help desk lives at this address.")))

    def _check_rights(self, route: Route, method: str, caller: Caller) -> None:
        if caller.user_id is None:
            return
        if missing := missing_scopes(caller.scopes, method=method, scope=route.scope):
            raise Refusal.forbidden(f"You are missing the following required scopes: {' '.join(missing)}")
        user = self._desk.users[caller.user_id]
        too_low = (route.agents_only and not user.is_staff) or (route.admins_only and user.role is not Role.ADMIN)
        if user.suspended or too_low:
            message = (
                "You do not have access to this page. Please contact the account owner of this help desk for help."
            )
            raise Refusal(Answer(403, titled("Forbidden", message)))

    def _response(self, request: Request, answer: Answer, *, request_id: str) -> Response:
        content, content_type = rendered(answer)
        response = Response(content, status=answer.status, content_type=content_type)
        if content_type is None:
            response.headers.pop("Content-Type", None)
        response.headers["cache-control"] = "max-age=0, private, must-revalidate"
        response.headers["x-request-id"] = request_id
        response.headers["x-zendesk-api-version"] = "v2"
        response.headers["date"] = http_date(self._desk.clock.now())
        for name, value in answer.headers.items():
            response.headers[name] = value
        if answer.status == 200 and request.method in {"GET", "HEAD"}:
            tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
            response.set_etag(tag, weak=True)
            if request.if_none_match.contains_weak(tag):
                response.status_code = 304
                response.set_data(b"")
                response.headers.pop("Content-Type", None)
                response.headers.pop("Content-Length", None)
        return response

    def _request_id(self) -> str:
        with self._random_lock:
            return f"{self._random.getrandbits(64):016x}-SIM"


def _allowed(match: Match | None) -> tuple[Route, Mapping[str, str]]:
    if match is None:
        raise Refusal.invalid_endpoint()
    if match.route is None:
        body = {"error": "MethodNotAllowed", "description": f"This address answers {', '.join(match.allowed)}"}
        raise Refusal(Answer(405, body, {"allow": ", ".join(match.allowed)}))
    return match.route, match.ids


def _spoil(response: Response, kind: FaultKind | None) -> None:
    content = response.get_data()
    if kind is FaultKind.TRUNCATE:
        response.set_data(content[: len(content) // 2])
    elif kind is FaultKind.WRONG_LENGTH and content:
        response.headers["Content-Length"] = str(len(content) + 64)
