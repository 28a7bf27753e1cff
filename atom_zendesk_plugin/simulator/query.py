"""Zendesk's search language: how the text of a query is read.

``parse`` never refuses a query for what it names: a property nobody knows is searched as text, as on the service. What
a property means is said in ``query_tickets`` and ``query_people``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from atom_zendesk_plugin.simulator.exchange import Answer, Refusal
from atom_zendesk_plugin.simulator.intake import is_day, parse_time, shown

Operator = Literal[":", "<", "<=", ">", ">="]
Kind = Literal["ticket", "user", "organization", "group"]

KINDS: Final[tuple[Kind, ...]] = ("ticket", "user", "organization", "group")

_TOKEN = re.compile(
    r"""(?P<minus>-)?
        (?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<operator><=|>=|<|>|:)(?P<value>"[^"]*"?|[^\s"]+)
          |(?P<text>"[^"]*"?|[^\s"]+))""",
    re.VERBOSE,
)
_RELATIVE = re.compile(r"(\d{1,6})(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_LENGTHS: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_SYNONYMS: Final = {"created_at": "created", "updated_at": "updated", "solved_at": "solved", "due_at": "due_date"}
_ORDERS: Final = {
    "created": "created_at",
    "created_at": "created_at",
    "updated": "updated_at",
    "updated_at": "updated_at",
    "priority": "priority",
    "status": "status",
    "ticket_type": "ticket_type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition. ``name`` None is free text; ``source`` is how it was written, without the minus."""

    name: str | None
    operator: Operator
    value: str
    negated: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query taken apart. ``kinds`` None means that no type was asked for."""

    terms: tuple[Term, ...]
    kinds: frozenset[Kind] | None
    order_by: str | None
    descending: bool | None


def parse(text: str) -> Query:
    terms: list[Term] = []
    kinds: set[Kind] = set()
    order_by: str | None = None
    descending: bool | None = None
    for term in map(_term, _TOKEN.finditer(text)):
        value = term.value.lower()
        kind = next((kind for kind in KINDS if kind == value), None)
        if term.name == "type" and term.operator == ":" and kind is not None and not term.negated:
            kinds.add(kind)
        elif term.name == "order_by" and value in _ORDERS:
            order_by = _ORDERS[value]
        elif term.name == "sort" and value in ("asc", "desc"):
            descending = value == "desc"
        else:
            terms.append(term)
    return Query(
        terms=tuple(terms), kinds=frozenset(kinds) if kinds else None, order_by=order_by, descending=descending
    )


@dataclass(frozen=True, slots=True)
class Span:
    """The moments that a date in a query stands for: from ``start`` until before ``end``."""

    start: datetime
    end: datetime

    def accepts(self, moment: datetime, operator: Operator) -> bool:
        match operator:
            case ":":
                return self.start <= moment < self.end
            case "<":
                return moment < self.start
            case "<=":
                return moment < self.end
            case ">":
                return moment >= self.end
            case ">=":
                return moment >= self.start


def read_span(value: str, *, now: datetime) -> Span:
    """Return what a day, a moment or ``4hours`` (that long before now) stands for; raises Refusal for anything else."""
    text = value.strip()
    if is_day(text):
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return Span(day, day + timedelta(days=1)) if day.year < 9999 else Span(day, day)
    if relative := _RELATIVE.fullmatch(text):
        length = int(relative[1]) * _LENGTHS[relative[2].lower()]
        oldest = datetime(1970, 1, 1, tzinfo=UTC)
        moment = now - length if length < now - oldest else oldest
        return Span(moment, moment + timedelta(seconds=1))
    moment_told = parse_time(text)
    if moment_told is None or moment_told.year >= 9999:
        raise invalid_search(f"Invalid date {shown(text)}")
    return Span(moment_told, moment_told + timedelta(seconds=1))


def invalid_search(told: str) -> Refusal:
    return Refusal(Answer(422, {"error": "invalid", "description": f"Invalid search: {told}"}))


def text_matcher(value: str) -> re.Pattern[str]:
    """Return what finds a word or phrase as a whole, whatever the case; ``*`` at the end of a word is its rest."""
    words = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in value.split())
    phrase = r"\s+".join(words)
    return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)


def _term(found: re.Match[str]) -> Term:
    name = found["name"]
    raw = found["text"] if name is None else found["value"]
    known = None if name is None else _SYNONYMS.get(name.lower(), name.lower())
    operator = _OPERATORS[found["operator"] or ":"]
    return Term(
        name=known,
        operator=operator,
        value=raw.strip('"').strip(),
        negated=found["minus"] is not None,
        source=found[0].removeprefix("-"),
    )


_OPERATORS: Final[dict[str, Operator]] = {":": ":", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
