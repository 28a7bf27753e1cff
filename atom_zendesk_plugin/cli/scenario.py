"""The main scenario as steps over HTTP: what a person does with tickets, what is refused, and what an outage looks like.

Extend by adding a method of ``Scenario`` and its line in ``steps``. A step raises ``Unexpected`` when it does not see what it should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from atom_zendesk_plugin.cli.http import Answer, Caller, NoAnswer
from atom_zendesk_plugin.clock import Clock

API = "/api/zendesk"


class Unexpected(Exception):
    """A step saw something else than it should; the message says what."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one step went; ``error`` is None when it went well."""

    name: str
    ms: float
    error: str | None

    def as_dict(self) -> dict[str, object]:
        told: dict[str, object] = {"name": self.name, "ok": self.error is None, "ms": round(self.ms, 1)}
        return told if self.error is None else {**told, "error": self.error}


class Scenario:
    """One run. It changes nothing but a ticket of its own, which it deletes.

    ``word`` is unique to this run; the ticket carries it in its subject. ``outage`` makes Zendesk unreachable while its block runs;
    None leaves those steps out. ``search_is_instant`` says that a search finds a ticket as soon as it is made. ``person`` is somebody who
    connects to Zendesk and disconnects; ``consent`` allows it there: it takes the address of the consent page and returns where the
    browser is sent back to. None leaves those steps out too.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        clock: Clock,
        word: str,
        deadline: float,
        outage: Callable[[], AbstractContextManager[None]] | None,
        search_is_instant: bool,
        person: Caller | None = None,
        consent: Callable[[str], str] | None = None,
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._word = word
        self._deadline = deadline
        self._outage = outage
        self._search_is_instant = search_is_instant
        self._person, self._consent = person, consent
        self._ticket: int | None = None

    def run(self) -> Iterator[Result]:
        """Take the steps one by one, going on after a failed one; the ticket is gone at the end in any case."""
        try:
            for name, step in self.steps():
                yield self._timed(name, step)
        finally:
            if self._ticket is not None:
                yield self._timed("clean up", self.delete)

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Name the steps, in order."""
        yield "health", self.health
        yield "no identity is refused", self.no_identity
        yield "list", self.list_tickets
        yield "next page", self.next_page
        yield "filter", self.filter
        yield "create", self.create
        yield "create again with the same key", self.create_again
        yield "same key, other ticket is refused", self.key_reused
        yield "get with comments", self.get
        yield "comment, public and private", self.comment
        yield "update", self.update
        yield "a wrong value is refused", self.wrong_value
        yield "search", self.search
        yield "delete", self.delete
        yield "delete of an unknown ticket is refused", self.delete_unknown
        if self._person is not None and self._consent is not None:
            yield "somebody without a connection is refused", self.unconnected
            yield "connect, work as oneself, disconnect", self.connect
        if self._outage is not None:
            yield "outage and recovery", self.outage

    def health(self) -> None:
        answer = self._ask("GET", f"{API}/health", status=200)
        _expect(answer.body.get("ok") is True, "ok is not true")
        _expect(answer.body.get("api_accessible") is True, f"Zendesk is not reached: {answer.body.get('message')}")

    def no_identity(self) -> None:
        _code(replace(self._caller, token=None).call("GET", f"{API}/tickets"), 401, "AUTH_REQUIRED")

    def list_tickets(self) -> None:
        tickets = _tickets(self._ask("GET", f"{API}/tickets?limit=5", status=200))
        _expect(len(tickets) <= 5, f"{len(tickets)} tickets instead of at most 5")
        _expect(all(ticket["subject"] is not None for ticket in tickets), "a ticket without a subject")

    def next_page(self) -> None:
        first = self._ask("GET", f"{API}/tickets?limit=5", status=200)
        if not first.data.get("has_more"):
            return
        second = self._ask("GET", f"{API}/tickets?limit=5&cursor={first.data['cursor']}", status=200)
        both = {ticket["id"] for ticket in _tickets(first)} & {ticket["id"] for ticket in _tickets(second)}
        _expect(not both, "the second page repeats tickets of the first")

    def filter(self) -> None:
        tickets = _tickets(self._ask("GET", f"{API}/tickets?limit=10&status=open", status=200))
        _expect({ticket["status"] for ticket in tickets} <= {"open"}, "tickets that are not open")

    def create(self) -> None:
        self._ticket = int(self._create(self._fields(), status=201)["id"])

    def create_again(self) -> None:
        again = int(self._create(self._fields(), status=None)["id"])
        _expect(again == self._made(), f"a second ticket was made: {again}")

    def key_reused(self) -> None:
        other = {**self._fields(), "subject": f"Another subject {self._word}"}
        answer = self._caller.call("POST", f"{API}/tickets", body=other, headers=self._key())
        _code(answer, 409, "CONFLICT")

    def get(self) -> None:
        comments = self._comments()
        _expect(len(comments) == 1, f"{len(comments)} comments instead of the first one")

    def comment(self) -> None:
        path = f"{API}/tickets/{self._made()}/comments"
        for public in (True, False):
            body = {"comment": "For the requester." if public else "For the team.", "public": public}
            answer = self._caller.call("POST", path, body=body)
            _expect(answer.status in (200, 201), _told(answer))
        shown = [bool(comment["public"]) for comment in self._comments()]
        _expect(shown[-2:] == [True, False], f"the comments' public flags are {shown}")

    def update(self) -> None:
        path = f"{API}/tickets/{self._made()}"
        self._ask("PUT", path, body={"priority": "high", "status": "pending"}, status=200)
        ticket = self._ask("GET", path, status=200).data["ticket"]
        _expect(
            (ticket["priority"], ticket["status"]) == ("high", "pending"), "the change is not there when read again"
        )

    def wrong_value(self) -> None:
        answer = self._caller.call("PUT", f"{API}/tickets/{self._made()}", body={"status": "opened"})
        _code(answer, 400, "VALIDATION_ERROR")

    def search(self) -> None:
        tickets = _tickets(self._ask("GET", f"{API}/search/tickets?query={self._word}", status=200))
        if self._search_is_instant:
            _expect(
                [ticket["id"] for ticket in tickets] == [self._made()], f"{len(tickets)} hits instead of our ticket"
            )

    def delete(self) -> None:
        path = f"{API}/tickets/{self._made()}"
        self._ask("DELETE", path, status=200)
        self._ticket = None
        answer = self._caller.call("GET", path)
        _expect(answer.status == 404 or answer.data.get("ticket", {}).get("status") == "deleted", _told(answer))

    def delete_unknown(self) -> None:
        _code(self._caller.call("DELETE", f"{API}/tickets/9007199254740991"), 404, "NOT_FOUND")

    def unconnected(self) -> None:
        assert self._person is not None
        _code(self._person.call("GET", f"{API}/me"), 401, "ZENDESK_NOT_CONNECTED")

    def connect(self) -> None:
        assert self._person is not None
        assert self._consent is not None
        start = self._person.call("GET", f"{API}/auth/start")
        _expect(start.status == 200, _told(start))
        back = dict(parse_qsl(urlsplit(self._consent(str(start.body["auth_url"]))).query))
        told, browser = {"state": back["state"], "code": back["code"]}, {"Cookie": start.cookie}
        done = self._person.call("POST", f"{API}/auth/callback", body=told, headers=browser)
        _expect(done.status == 200, _told(done))
        _code(self._person.call("POST", f"{API}/auth/callback", body=told, headers=browser), 400, "VALIDATION_ERROR")
        status = self._person.call("GET", f"{API}/auth/status")
        _expect(status.data.get("authenticated") is True, f"the status is {status.data.get('state')}")
        _expect(self._person.call("GET", f"{API}/status").data.get("own") is True, "not connected as oneself")
        gone = self._person.call("DELETE", f"{API}/auth", body={})
        _expect(gone.data.get("revoked") is True, _told(gone))
        self.unconnected()

    def outage(self) -> None:
        assert self._outage is not None
        with self._outage():
            began = self._clock.monotonic()
            answer = self._caller.call("GET", f"{API}/tickets")
            took = self._clock.monotonic() - began
            _code(answer, 502, "UPSTREAM_ERROR")
            _expect(took <= self._deadline + 1, f"the answer took {took:.1f} s, the deadline is {self._deadline:g} s")
            health = self._ask("GET", f"{API}/health", status=200)
            _expect(
                health.body.get("status") == "degraded", f"health says {health.body.get('status')} during the outage"
            )
        self._ask("GET", f"{API}/tickets", status=200)
        health = self._ask("GET", f"{API}/health", status=200)
        _expect(health.body.get("api_accessible") is True, "health does not show the recovery")

    def _timed(self, name: str, step: Callable[[], None]) -> Result:
        began = self._clock.monotonic()
        error: str | None = None
        try:
            step()
        except (Unexpected, NoAnswer) as seen:
            error = str(seen)
        except (KeyError, TypeError, ValueError) as seen:
            error = f"an answer lacks what it should have ({type(seen).__name__}: {seen})"
        return Result(name, (self._clock.monotonic() - began) * 1000, error)

    def _ask(self, method: str, path: str, *, status: int, body: object | None = None) -> Answer:
        answer = self._caller.call(method, path, body=body)
        _expect(answer.status == status, _told(answer))
        return answer

    def _create(self, fields: dict[str, object], *, status: int | None) -> dict[str, Any]:
        answer = self._caller.call("POST", f"{API}/tickets", body=fields, headers=self._key())
        _expect(answer.status == status if status else answer.status in (200, 201), _told(answer))
        ticket: dict[str, Any] = answer.data["ticket"]
        return ticket

    def _fields(self) -> dict[str, object]:
        return {"subject": f"Demo {self._word}", "comment": "Made by atom-zendesk demo.", "tags": ["atom_demo"]}

    def _key(self) -> dict[str, str]:
        return {"Idempotency-Key": f"demo-{self._word}"}

    def _made(self) -> int:
        if self._ticket is None:
            raise Unexpected("there is no ticket to do this with: an earlier step did not make one")
        return self._ticket

    def _comments(self) -> list[dict[str, Any]]:
        ticket = self._ask("GET", f"{API}/tickets/{self._made()}", status=200).data["ticket"]
        comments: list[dict[str, Any]] = ticket["comments"]
        return comments


def _tickets(answer: Answer) -> list[dict[str, Any]]:
    tickets: list[dict[str, Any]] = answer.data["tickets"]
    return tickets


def _told(answer: Answer) -> str:
    return f"the answer is {answer.status} {answer.code or ''}: {answer.body.get('message') or 'no message'}"


def _code(answer: Answer, status: int, code: str) -> None:
    _expect((answer.status, answer.code) == (status, code), f"{_told(answer)}; it should be {status} {code}")


def _expect(seen: bool, otherwise: str) -> None:
    if not seen:
        raise Unexpected(otherwise)
