"""What the conditions of a view mean, and in which order a view shows its tickets.

Add a field by adding a case to ``_test``. Conditions on fields that nobody has never hold, so a view with one is empty
rather than wrong; ``check`` refuses them when a view is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from operator import gt, lt
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.intake import as_id
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, STATUS_RANK, Status, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk

Test = Callable[[Ticket], bool]

_TIMES: Final = frozenset({"created_at", "updated_at", "solved_at"})
_IDS: Final = frozenset(
    {"assignee_id", "group_id", "requester_id", "organization_id", "brand_id", "ticket_form_id", "custom_status_id"}
)
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("is", "is_not", "less_than", "greater_than"),
    "priority": ("is", "is_not", "less_than", "greater_than"),
    "type": ("is", "is_not"),
    "current_tags": ("includes", "not_includes"),
    **dict.fromkeys(sorted(_IDS), ("is", "is_not")),
    **dict.fromkeys(sorted(_TIMES), ("is", "less_than", "greater_than")),
}
"""What views can ask about, and how; custom fields come beside it."""

_ANCHORS: Final = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
_CUSTOM: Final = "custom_fields_"
_NEVER: Final[Test] = lambda _: False  # noqa: E731


def check(conditions: Json) -> None:
    """Refuse conditions that the service refuses: none that anchors the view, or a field nobody has."""
    every, some = conditions["all"], conditions["any"]
    if not any(row["field"] in _ANCHORS for row in every):
        told = "must have at least one all condition on status, type, group, assignee or requester"
        raise Refusal.invalid(base=f"View: {told}")
    for row in (*every, *some):
        if not _is_known(str(row["field"])):
            raise Refusal.invalid(base=f"Invalid condition: {row['field']} is not a field of tickets")


def tickets_of(desk: Desk, view: Json, *, user: User) -> list[Ticket]:
    """Return the tickets of a view in its order: grouped first, sorted within the groups."""
    rows = matching(desk, view["conditions"], user=user)
    order = view["execution"]
    _sort(desk, rows, order["sort_by"], descending=order["sort_order"] == "desc")
    _sort(desk, rows, order["group_by"], descending=order["group_order"] == "desc")
    return rows


def matching(desk: Desk, conditions: Json, *, user: User) -> list[Ticket]:
    """Return the tickets that fit, by id; archived ones never do."""
    every = [_test(desk, row, user) for row in conditions["all"]]
    some = [_test(desk, row, user) for row in conditions["any"]]
    return [
        ticket
        for ticket in _narrowed(desk, conditions["all"])
        if all(test(ticket) for test in every) and (not some or any(test(ticket) for test in some))
    ]


def _narrowed(desk: Desk, conditions: list[Json]) -> Sequence[Ticket]:
    """Return the tickets in the states that the conditions leave: most views need a few of all tickets."""
    states = set(Status)
    for row in conditions:
        if row["field"] == "status":
            states = {state for state in states if _ranked(STATUS_RANK, state, row)}
    if Status.CLOSED in states:
        return desk.listed_tickets()
    return desk.index.in_states(states)


def _test(desk: Desk, row: Json, user: User) -> Test:
    field, operator, value = str(row["field"]), str(row["operator"]), row["value"]
    if field == "status":
        return lambda ticket: _ranked(STATUS_RANK, ticket.status, row)
    if field == "priority":
        return lambda ticket: _ranked(PRIORITY_RANK, ticket.priority, row)
    if field == "type":
        return lambda ticket: ((ticket.type or "") == (value or "")) == (operator == "is")
    if field in _IDS:
        wanted = _ids(desk, value, user)
        return lambda ticket: (getattr(ticket, field) in wanted) == (operator == "is")
    if field == "current_tags":
        tags = set(str(value or "").lower().split())
        return lambda ticket: tags.isdisjoint(ticket.tags) == (operator == "not_includes")
    if field in _TIMES:
        return _age_test(desk, field, operator, value)
    if field.startswith(_CUSTOM):
        field_id = as_id(field.removeprefix(_CUSTOM)) or 0
        return lambda ticket: (str(ticket.custom.get(field_id, "")) == str(value or "")) == (operator == "is")
    return _NEVER


def _ids(desk: Desk, value: Any, user: User) -> set[int | None]:
    match value:
        case None | "":
            return {None}
        case "current_user":
            return {user.id}
        case "current_groups":
            return set(desk.group_ids_of(user.id))
        case _:
            return {as_id(value)} - {None}


def _age_test(desk: Desk, field: str, operator: str, value: Any) -> Test:
    """Compare how many hours ago something was."""
    hours = as_id(value)
    if hours is None or hours > 100_000 or operator not in ("less_than", "greater_than"):
        return _NEVER
    moment = desk.now() - timedelta(hours=hours)
    compare = gt if operator == "less_than" else lt

    def test(ticket: Ticket) -> bool:
        stamp = getattr(ticket, field)
        return stamp is not None and bool(compare(stamp, moment))

    return test


def _ranked(ranks: Mapping[str, int], held: str | None, row: Json) -> bool:
    operator: str = row["operator"]
    value: str | None = row["value"]
    if operator in ("is", "is_not"):
        return ((held or "") == (value or "")) == (operator == "is")
    if held is None or value is None or value not in ranks:
        return False
    return ranks[held] < ranks[value] if operator == "less_than" else ranks[held] > ranks[value]


def _is_known(field: str) -> bool:
    return field in OPERATORS or field.startswith(_CUSTOM)


def _sort(desk: Desk, rows: list[Ticket], by: str | None, *, descending: bool) -> None:
    if by is not None:
        rows.sort(key=_sort_key(desk, by), reverse=descending)


def _sort_key(desk: Desk, by: str) -> Callable[[Ticket], Any]:
    def name_of(table: Any, key: int | None) -> str:
        return str(table[key].name).lower() if key is not None else ""

    match by:
        case "created":
            return lambda ticket: ticket.created_at
        case "updated":
            return lambda ticket: ticket.updated_at
        case "solved":
            return lambda ticket: ticket.solved_at.timestamp() if ticket.solved_at else 0.0
        case "due_date":
            return lambda ticket: ticket.due_at.timestamp() if ticket.due_at else 0.0
        case "status":
            return lambda ticket: STATUS_RANK[ticket.status]
        case "priority":
            return lambda ticket: PRIORITY_RANK.get(ticket.priority or "", 0)
        case "type" | "subject":
            return lambda ticket: str(getattr(ticket, by) or "").lower()
        case "requester" | "assignee" | "submitter":
            return lambda ticket: name_of(desk.users, getattr(ticket, f"{by}_id"))
        case "group":
            return lambda ticket: name_of(desk.groups, ticket.group_id)
        case "organization":
            return lambda ticket: name_of(desk.organizations, ticket.organization_id)
        case _:
            return lambda ticket: ticket.id
