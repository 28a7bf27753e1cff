"""What the search language means for tickets: each property is a test made once and asked of every ticket.

Add a property by adding a case to ``_property_test``. A test is made with the desk at hand (names become ids there),
so that asking it of a ticket is cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt
from typing import Any, Final

from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, STATUS_RANK, Status, Ticket
from atom_zendesk_plugin.simulator.query import Operator, Query, Span, Term, read_span, text_matcher
from atom_zendesk_plugin.simulator.state import Desk

Test = Callable[[Ticket], bool]

TICKET_PROPERTIES: Final = frozenset(
    {
        "status", "priority", "ticket_type", "assignee", "requester", "submitter", "organization", "group", "tags",
        "created", "updated", "solved", "due_date", "subject", "description", "comment", "commenter", "external_id",
        "via", "cc", "brand", "form", "satisfaction", "id", "fieldvalue",
    }
)  # fmt: skip

_COMPARE: Final[dict[Operator, Callable[[int, int], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_CUSTOM = re.compile(r"custom_field_(\d{1,19})")


def knows(name: str) -> bool:
    return name in TICKET_PROPERTIES or _CUSTOM.fullmatch(name) is not None


def ticket_test(desk: Desk, query: Query, *, actor_id: int) -> Test:
    """Return the test that a ticket of the result passes.

    Conditions on different properties must all hold; of several values for one property, one must.
    """
    alternatives: dict[str, list[Test]] = {}
    tests: list[Test] = []
    for term in query.terms:
        test = _term_test(desk, term, actor_id=actor_id)
        if term.negated:
            tests.append(_not(test))
        elif term.name is not None and knows(term.name) and term.operator == ":":
            alternatives.setdefault(term.name, []).append(test)
        else:
            tests.append(test)
    tests += [_any(group) for group in alternatives.values()]
    return lambda ticket: all(test(ticket) for test in tests)


def candidates(desk: Desk, query: Query) -> Iterable[Ticket]:
    """Return tickets among which all of the result are: narrowed by state where the query says so."""
    if desk.search_lag <= 0:
        states = set(Status)
        for term in query.terms:
            if term.name == "status" and term.operator != ":" and not term.negated:
                states = {state for state in states if _ranked(STATUS_RANK, state, term)}
        named = [term for term in query.terms if term.name == "status" and term.operator == ":" and not term.negated]
        if named:
            states &= {state for state in Status if any(state == term.value.lower() for term in named)}
        if len(states) < len(Status):
            return desk.index.in_states(states)
    return desk.tickets.values()


def _term_test(desk: Desk, term: Term, *, actor_id: int) -> Test:
    if term.name is None or not knows(term.name):
        return _anywhere(text_matcher(term.value if term.name is None else term.source))
    if custom := _CUSTOM.fullmatch(term.name):
        return _custom_test(int(custom[1]), term.value)
    return _property_test(desk, term, actor_id=actor_id)


def _property_test(desk: Desk, term: Term, *, actor_id: int) -> Test:
    value = term.value.lower()
    match term.name:
        case "status":
            return lambda ticket: _ranked(STATUS_RANK, ticket.status, term)
        case "priority":
            return lambda ticket: _ranked(PRIORITY_RANK, ticket.priority, term)
        case "ticket_type":
            return lambda ticket: (ticket.type or "none") == value
        case "assignee" | "requester" | "submitter" | "cc" | "commenter":
            return _person_test(term.name, people_named(desk, term.value, actor_id=actor_id))
        case "organization":
            return _id_test("organization_id", _named(desk.organizations.values(), term.value))
        case "group":
            return _id_test("group_id", _named(desk.groups.values(), term.value))
        case "tags":
            wanted = set(value.split())
            return (lambda ticket: not ticket.tags) if value == "none" else (lambda ticket: wanted <= set(ticket.tags))
        case "created" | "updated" | "solved" | "due_date":
            return _time_test(term, read_span(term.value, now=desk.now()))
        case "subject" | "description" | "comment":
            return _text_test(term.name, text_matcher(term.value))
        case "brand" | "form":
            rows = desk.config.brands if term.name == "brand" else desk.config.ticket_forms
            ids = {key for key, row in rows.items() if str(key) == value or str(row["name"]).lower() == value}
            return _id_test("brand_id" if term.name == "brand" else "ticket_form_id", ids)
        case "satisfaction":
            return lambda ticket: _satisfaction(ticket, value)
        case "fieldvalue":
            return lambda ticket: any(str(told).lower() == value for told in ticket.custom.values())
        case "via":
            return lambda ticket: ticket.channel == value
        case "external_id":
            return lambda ticket: (ticket.external_id or "none").lower() == value
        case _:
            return lambda ticket: str(ticket.id) == value


def people_named(desk: Desk, value: str, *, actor_id: int) -> set[int | None]:
    """Return the ids that a person's id, e-mail or name stands for; None among them stands for nobody."""
    told = value.lower()
    if told == "none":
        return {None}
    if told == "me":
        return {actor_id}
    if told.isascii() and told.isdecimal() and len(told) < 20:
        return {int(told)}
    if "@" in told:
        user = desk.find_user_by_email(told)
        return {user.id} if user else set()
    finder = text_matcher(value) if value else None
    return {user.id for user in desk.users.values() if finder and finder.search(user.name)}


def _named(rows: Iterable[Any], value: str) -> set[int | None]:
    told = value.lower()
    if told == "none":
        return {None}
    if told.isascii() and told.isdecimal() and len(told) < 20:
        return {int(told)}
    finder = text_matcher(value) if value else None
    return {row.id for row in rows if finder and finder.search(row.name)}


def _person_test(name: str, ids: set[int | None]) -> Test:
    if name == "cc":
        return lambda ticket: not ids.isdisjoint(ticket.email_cc_ids or (None,))
    if name == "commenter":
        return lambda ticket: any(comment.author_id in ids for comment in ticket.comments)
    return _id_test(f"{name}_id", ids)


def _id_test(field: str, ids: set[int | None] | set[int]) -> Test:
    return lambda ticket: getattr(ticket, field) in ids


def _time_test(term: Term, span: Span) -> Test:
    field = {"created": "created_at", "updated": "updated_at", "solved": "solved_at", "due_date": "due_at"}[
        term.name or ""
    ]

    def test(ticket: Ticket) -> bool:
        moment = getattr(ticket, field)
        return moment is not None and span.accepts(moment, term.operator)

    return test


def _text_test(name: str, finder: re.Pattern[str]) -> Test:
    if name == "comment":
        return lambda ticket: any(finder.search(comment.body) for comment in ticket.comments)
    return lambda ticket: finder.search(getattr(ticket, name) or "") is not None


def _anywhere(finder: re.Pattern[str]) -> Test:
    def test(ticket: Ticket) -> bool:
        if finder.search(ticket.subject or "") or finder.search(ticket.description):
            return True
        return any(finder.search(comment.body) for comment in ticket.comments[1:])

    return test


def _custom_test(field_id: int, value: str) -> Test:
    told = value.lower()

    def test(ticket: Ticket) -> bool:
        found = ticket.custom.get(field_id)
        if told == "none":
            return found is None
        values = found if isinstance(found, list) else [found]
        if told == "*":
            return found is not None
        return any(str(one).lower() == told for one in values if one is not None)

    return test


def _satisfaction(ticket: Ticket, value: str) -> bool:
    if ticket.rating is None:
        return value == ("offered" if ticket.offered else "unoffered")
    return value in (ticket.rating.score, f"{ticket.rating.score}withcomment" if ticket.rating.comment else "")


def _ranked(ranks: Any, held: str | None, term: Term) -> bool:
    value = term.value.lower()
    if term.operator == ":":
        return (held or "none") == value
    if held is None or value not in ranks:
        return False
    return _COMPARE[term.operator](ranks[held], ranks[value])


def _not(test: Test) -> Test:
    return lambda ticket: not test(ticket)


def _any(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda ticket: any(test(ticket) for test in tests)
