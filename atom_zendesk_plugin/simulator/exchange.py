"""The shapes every part of the simulator speaks: a call that came in, an answer that goes out, a refusal, a route.

Handlers are plain functions ``(desk, call) -> Answer``; they raise ``Refusal`` to end with one of Zendesk's error envelopes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    from atom_zendesk_plugin.simulator.state import Desk

Json = dict[str, Any]
ID_DIGITS = 19
"""An id has 64 bits; longer numbers are nobody's."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, already authenticated.

    ``path`` has no ``.json`` and no query; ``base_url`` is scheme, host and port as the client used them, because links must
    repeat them. ``actor_id`` is None for an anonymous call (only ``users/me`` and the routes of OAuth accept one).
    ``limited`` tells whether a plan's limits are on; ``fails_row`` whether a row of bulk work is to fail on purpose.
    """

    method: str
    path: str
    base_url: str
    params: MultiDict[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body: Any
    actor_id: int | None
    scopes: frozenset[str]
    ids: Mapping[str, str] = field(default_factory=dict)
    limited: bool = False
    fails_row: Callable[[str], bool] = lambda row: False

    def id(self, name: str = "id") -> int:
        """Return a number from the path template; a non-numeric one is Zendesk's 404."""
        value = self.ids[name]
        if not (value.isascii() and value.isdecimal()) or len(value) > ID_DIGITS:
            raise Refusal.not_found()
        return int(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out; ``body`` None means no content, a str is sent as text, anything else as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is an error, in one of the envelopes the real service uses."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer

    @classmethod
    def not_found(cls) -> Refusal:
        return cls(Answer(404, {"error": "RecordNotFound", "description": "Not found"}))

    @classmethod
    def invalid_endpoint(cls) -> Refusal:
        return cls(Answer(404, {"error": "InvalidEndpoint", "description": "Not found"}))

    @classmethod
    def invalid(cls, **details: str | tuple[str, str | None]) -> Refusal:
        """A 422: each keyword is a field, its value the description or ``(description, code)``; code None leaves it out."""
        rows: dict[str, list[Json]] = {}
        for name, told in details.items():
            description, code = told if isinstance(told, tuple) else (told, "InvalidValue")
            rows[name] = [{"description": description} | ({"error": code} if code else {})]
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": rows}
        return cls(Answer(422, body))

    @classmethod
    def bad_request(cls, code: str, title: str, detail: str) -> Refusal:
        """A 400 in the newer list envelope."""
        return cls(Answer(400, {"errors": [{"code": code, "title": title, "detail": detail}]}))

    @classmethod
    def titled(cls, status: int, title: str, message: str) -> Refusal:
        """A refusal in the oldest envelope: a title and a message inside the error."""
        return cls(Answer(status, {"error": {"title": title, "message": message}}))

    @classmethod
    def forbidden(cls, description: str) -> Refusal:
        return cls(Answer(403, {"error": "Forbidden", "description": description}))


Handler = Callable[["Desk", Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: ``template`` like ``/api/v2/tickets/{id}``.

    ``scope`` is what a token needs besides the broad ``read`` or ``write`` (for example ``tickets:read``; None: only the broad
    one will do). ``bucket`` names the endpoint limit that counts the call, or finds its name; None when only the account's
    limit does. ``feature`` is what the account's plan must have (see ``plans``), None for what every plan has.
    ``takes_files`` leaves the body unread, whatever it calls itself.
    ``anonymous`` routes are called without credentials too, then with ``actor_id`` None (``users/me``, the routes of OAuth).
    """

    method: Method
    template: str
    handler: Handler
    scope: str | None = None
    bucket: str | Callable[[Desk, Call], str] | None = None
    feature: str | None = None
    agents_only: bool = True
    admins_only: bool = False
    anonymous: bool = False
    takes_files: bool = False
