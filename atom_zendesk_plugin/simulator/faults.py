"""What goes wrong on purpose: a list of rules that decide, call by call, whether an answer is spoilt and how.

A rule fires by method, path pattern, probability and count; the same seed and the same calls give the same faults.
A new kind of fault is a member of ``FaultKind`` and a branch where ``app.py`` applies it.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from werkzeug.http import http_date

from atom_zendesk_plugin.simulator.exchange import Answer, Json

BodyForm = Literal["json", "text", "html"]

WAITED = "atom_simulator.waited"
"""Key of a list in the WSGI environ: the seconds of every planned delay are added to it."""


class FaultKind(StrEnum):
    """How an answer is spoilt."""

    STATUS = "status"  # another status instead of the answer; the call is not handled
    LATENCY = "latency"  # the answer comes late, by the desk's clock
    RESET_BEFORE = "reset-before"  # the connection dies, nothing was done
    RESET_AFTER = "reset-after"  # the connection dies, the write was applied
    TRUNCATE = "truncate"  # the JSON ends in the middle, the length agrees with what is sent
    HTML = "html"  # 200 with an edge page instead of JSON
    ROWS = "rows"  # rows of a bulk job fail for a passing reason, each on its own; nothing was done for them
    WRONG_LENGTH = "wrong-length"  # more bytes are announced than sent, then the connection closes


class Dropped(ConnectionResetError):
    """The simulator was told to drop this connection."""


class BadFault(ValueError):
    """A fault rule can't be used. The message names the key and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One way to go wrong.

    ``path`` is a shell pattern on the path without ``.json``; ``method`` None means any. The rule lets ``skip``
    matching calls pass, then fires with ``probability`` until it fired ``count`` times (None: for ever). ``status``,
    ``body`` and ``retry_after`` are for kind ``status``; ``retry_after`` is seconds, ``date`` (an HTTP date ten
    seconds ahead), any other text as it is (garbage), or None for no header. ``seconds`` is for kind ``latency``.
    """

    kind: FaultKind
    path: str = "*"
    method: str | None = None
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    status: int = 503
    retry_after: int | str | None = None
    body: BodyForm | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        checks = {
            "probability must lie between 0 and 1": 0 <= self.probability <= 1,
            "count must be null or at least 1": self.count is None or self.count >= 1,
            "skip must be 0 or more": self.skip >= 0,
            "status must lie between 400 and 599": 400 <= self.status <= 599,
            "seconds must lie between 0 and 3600": 0 <= self.seconds <= 3600,
            "retry_after must be seconds, 'date', a printable text or null": _is_header_text(self.retry_after),
            "body must be one of json, text, html": self.body in {None, "json", "text", "html"},
        }
        for told, fine in checks.items():
            if not fine:
                raise BadFault(f"fault rule: {told}")

    @classmethod
    def from_json(cls, told: Any) -> FaultRule:
        """Build a rule from a JSON object; raises BadFault naming what is wrong."""
        if not isinstance(told, dict):
            raise BadFault('fault rule: must be an object like {"kind": "status", "status": 503}')
        known = {field.name: str(field.type) for field in fields(cls)}
        if unknown := sorted(set(told) - set(known)):
            raise BadFault(f"fault rule: unknown key {unknown[0]!r}; known are {', '.join(known)}")
        for name, value in told.items():
            if not _fits(value, known[name]):
                raise BadFault(f"fault rule: {name} must be {known[name]}")
        try:
            kind = FaultKind(told.get("kind", ""))
        except ValueError as error:
            raise BadFault(f"fault rule: kind must be one of {', '.join(FaultKind)}") from error
        return cls(**{**told, "kind": kind})

    def to_json(self) -> Json:
        return asdict(self)

    def matches(self, method: str, path: str) -> bool:
        return self.method in {None, method} and fnmatchcase(path, self.path)


@dataclass(slots=True)
class _Armed:
    """A rule with what it has seen so far."""

    rule: FaultRule
    seen: int = 0
    fired: int = 0


class FaultPlan:
    """The rules in force. Safe to share between threads."""

    def __init__(self, rules: Iterable[FaultRule] = (), *, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(f"{seed}:faults")
        self._armed = [_Armed(rule) for rule in rules]

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        with self._lock:
            return tuple(armed.rule for armed in self._armed)

    @property
    def fired(self) -> int:
        """How often any of the rules in force fired."""
        with self._lock:
            return sum(armed.fired for armed in self._armed)

    def add(self, *rules: FaultRule) -> None:
        with self._lock:
            self._armed.extend(_Armed(rule) for rule in rules)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def to_json(self) -> list[Json]:
        with self._lock:
            return [{**armed.rule.to_json(), "fired": armed.fired} for armed in self._armed]

    def pick(self, method: str, path: str) -> list[FaultRule]:
        """Return what hits this call: any number of delays, and at most one other fault, the first that fires."""
        picked: list[FaultRule] = []
        spoilt = False
        with self._lock:
            for armed in self._armed:
                late = armed.rule.kind is FaultKind.LATENCY
                if armed.rule.kind is FaultKind.ROWS:
                    continue
                if (late or not spoilt) and armed.rule.matches(method, path) and self._fires(armed):
                    picked.append(armed.rule)
                    spoilt = spoilt or not late
        return picked

    def spoils_row(self, method: str, path: str) -> bool:
        """Tell whether the next row of a bulk job fails."""
        with self._lock:
            return any(
                armed.rule.kind is FaultKind.ROWS and armed.rule.matches(method, path) and self._fires(armed)
                for armed in self._armed
            )

    def _fires(self, armed: _Armed) -> bool:
        rule = armed.rule
        armed.seen += 1
        if armed.seen <= rule.skip or (rule.count is not None and armed.fired >= rule.count):
            return False
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return False
        armed.fired += 1
        return True


def parse_rules(text: str) -> tuple[FaultRule, ...]:
    """Read a JSON list of rules, or one rule; raises BadFault."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFault(f"fault rules: not JSON ({error})") from error
    return tuple(FaultRule.from_json(rule) for rule in (told if isinstance(told, list) else [told]))


def spoilt_answer(rule: FaultRule, *, now: datetime) -> Answer:
    """Return the error page of a rule of kind ``status``.

    Without ``body`` a 429 and a 500 speak JSON, the rest send the edge's HTML.
    """
    form = rule.body or ("json" if rule.status in {429, 500} else "html")
    headers: dict[str, str] = {}
    if rule.retry_after is not None:
        headers["retry-after"] = _retry_after(rule.retry_after, now)
    if form == "html":
        return Answer(rule.status, edge_page(rule.status), {**headers, "content-type": "text/html; charset=UTF-8"})
    if form == "text":
        return Answer(rule.status, "The service is busy. Please try again.", headers)
    return Answer(
        rule.status, _JSON_BODIES.get(rule.status, {"error": "ServerError", "description": "Try again"}), headers
    )


def edge_page(status: int) -> str:
    """Return an HTML page such as a load balancer shows."""
    return (
        f"<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n"
        "<body><h1>The help desk can't be shown right now</h1><p>Please try again in a moment.</p></body></html>\n"
    )


def _retry_after(told: int | str, now: datetime) -> str:
    return http_date(now + timedelta(seconds=10)) if told == "date" else str(told)


def _is_header_text(told: int | str | None) -> bool:
    return not isinstance(told, str) or (told.isascii() and told.isprintable())


def _fits(value: Any, told: str) -> bool:
    """Check a JSON value against the annotation of its field; a bool is no number."""
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "str": str, "None": type(None)}
    allowed = [kinds[part] for part in told.split(" | ") if part in kinds] or [str]
    if told.startswith("BodyForm"):
        allowed = [str, type(None)]
    return not isinstance(value, bool) and any(isinstance(value, kind) for kind in allowed)


_JSON_BODIES: Mapping[int, Json] = {
    429: {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"},
    500: {"error": "InternalServerError", "description": "Something went wrong on our side"},
}
