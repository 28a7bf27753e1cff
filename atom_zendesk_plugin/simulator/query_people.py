"""What the search language means for users, organizations and groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from atom_zendesk_plugin.simulator.objects import Group, Organization, User
from atom_zendesk_plugin.simulator.query import Kind, Query, Term, read_span, text_matcher
from atom_zendesk_plugin.simulator.state import Desk

Record = User | Organization | Group
Reader = Callable[[Desk, Any], Any]


def _organization_name(desk: Desk, user: User) -> str | None:
    home = desk.organizations.get(user.organization_id) if user.organization_id is not None else None
    return home.name if home else None


def _group_names(desk: Desk, user: User) -> list[str]:
    return [desk.groups[group_id].name for group_id in desk.group_ids_of(user.id)]


def _emails(_: Desk, user: User) -> list[str]:
    return [identity.value for identity in user.identities if identity.kind == "email"]


_SHARED: Final[Mapping[str, Reader]] = {
    "id": lambda _, row: row.id,
    "name": lambda _, row: row.name,
    "created": lambda _, row: row.created_at,
    "updated": lambda _, row: row.updated_at,
}
_NOTED: Final[Mapping[str, Reader]] = {
    **_SHARED,
    "external_id": lambda _, row: row.external_id,
    "notes": lambda _, row: row.notes,
    "details": lambda _, row: row.details,
    "tags": lambda _, row: list(row.tags),
}
PROPERTIES: Final[Mapping[Kind, Mapping[str, Reader]]] = {
    "user": {
        **_NOTED,
        "email": _emails,
        "role": lambda _, row: row.role.value,
        "phone": lambda _, row: row.phone,
        "organization": _organization_name,
        "group": _group_names,
        "is_verified": lambda _, row: str(row.verified).lower(),
        "is_suspended": lambda _, row: str(row.suspended).lower(),
    },
    "organization": {**_NOTED, "domain_names": lambda _, row: list(row.domain_names)},
    "group": _SHARED,
}
_WHOLE: Final = frozenset({"id", "external_id", "role", "tags", "email", "phone", "is_verified", "is_suspended"})


def knows(kind: Kind, name: str) -> bool:
    return name in PROPERTIES.get(kind, {})


def record_test(desk: Desk, query: Query, kind: Kind) -> Callable[[Record], bool]:
    """Return the test that a user, organization or group of the result passes."""
    alternatives: dict[str, list[Callable[[Record], bool]]] = {}
    tests: list[Callable[[Record], bool]] = []
    for term in query.terms:
        test = _term_test(desk, term, kind)
        if term.negated:
            tests.append(_not(test))
        elif term.name is not None and knows(kind, term.name) and term.operator == ":":
            alternatives.setdefault(term.name, []).append(test)
        else:
            tests.append(test)
    for group in alternatives.values():
        tests.append(_any(group))
    return lambda record: all(test(record) for test in tests)


def searched_text(record: Record) -> str:
    """Return everything of a record that free text is looked for in."""
    parts: list[str | None] = [record.name]
    if isinstance(record, User):
        parts += [record.phone, record.alias, record.notes, record.details, record.external_id, *record.tags]
        parts += [identity.value for identity in record.identities]
    elif isinstance(record, Organization):
        parts += [record.notes, record.details, record.external_id, *record.tags, *record.domain_names]
    return "\n".join(part for part in parts if part)


def _term_test(desk: Desk, term: Term, kind: Kind) -> Callable[[Record], bool]:
    if term.name is None or not knows(kind, term.name):
        finder = text_matcher(term.value if term.name is None else term.source)
        return lambda record: finder.search(searched_text(record)) is not None
    reader = PROPERTIES[kind][term.name]
    if term.name in ("created", "updated"):
        span = read_span(term.value, now=desk.now())
        return lambda record: span.accepts(reader(desk, record), term.operator)
    accepts = _value_test(term)
    return lambda record: accepts(reader(desk, record))


def _value_test(term: Term) -> Callable[[Any], bool]:
    told = term.value.lower()
    if told == "none":
        return lambda held: held in (None, [], "")
    finder = text_matcher(term.value) if told else re.compile(r"(?!)")
    if term.name == "tags":
        wanted = set(told.split())
        return lambda held: wanted <= set(held)

    def accepts(held: Any) -> bool:
        values = held if isinstance(held, list) else [held]
        texts = [str(value) for value in values if value is not None]
        if term.name in _WHOLE and "*" not in told:
            return any(text.lower() == told for text in texts)
        return any(finder.search(text) for text in texts)

    return accepts


def _not(test: Callable[[Record], bool]) -> Callable[[Record], bool]:
    return lambda record: not test(record)


def _any(tests: list[Callable[[Record], bool]]) -> Callable[[Record], bool]:
    return lambda record: any(test(record) for test in tests)
