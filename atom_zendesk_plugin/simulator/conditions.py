"""When the conditions of triggers and automations hold: for a ticket before and after a write, and who wrote what.

Add a field by adding it to ``FIELDS`` and a case to ``_held``. A condition on a field that nobody has never holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.history import Words, audit_value
from atom_zendesk_plugin.simulator.intake import as_id
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, STATUS_RANK, Act, Status, Ticket
from atom_zendesk_plugin.simulator.state import Desk

_SAME: Final = ("is", "is_not")
_MOVED: Final = ("changed", "not_changed", "value", "not_value", "value_previous", "not_value_previous")
_RANKED: Final = ("less_than", "greater_than")
_WORDS: Final = ("includes", "not_includes", "is", "is_not")

CUSTOM: Final = "custom_fields_"

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": (*_SAME, *_RANKED, *_MOVED),
    "priority": (*_SAME, *_RANKED, *_MOVED),
    "type": (*_SAME, *_MOVED),
    "group_id": (*_SAME, *_MOVED),
    "assignee_id": (*_SAME, *_MOVED),
    "requester_id": (*_SAME, *_MOVED),
    "organization_id": (*_SAME, *_MOVED),
    "brand_id": (*_SAME, *_MOVED),
    "ticket_form_id": (*_SAME, *_MOVED),
    "custom_status_id": (*_SAME, *_MOVED),
    "current_tags": ("includes", "not_includes"),
    "update_type": ("is",),
    "comment_is_public": ("is",),
    "comment_includes_word": _WORDS,
    "subject_includes_word": _WORDS,
    "current_via_id": _SAME,
    "role": _SAME,
    "satisfaction_score": _SAME,
}
"""What triggers can ask about, and how."""

HOURS: Final[Mapping[str, Status | str]] = {
    "NEW": Status.NEW,
    "OPEN": Status.OPEN,
    "PENDING": Status.PENDING,
    "HOLD": Status.HOLD,
    "SOLVED": Status.SOLVED,
    "created_at": "created_at",
    "updated_at": "updated_at",
    "requester_updated_at": "requester",
    "assignee_updated_at": "assignee",
}
"""What only automations can ask: how many hours ago something was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A write as rules see it: ``before`` is None for a creation, ``words`` for a write without a comment."""

    before: Ticket | None
    after: Ticket
    words: Words | None
    act: Act


def check_conditions(rows: Json, *, timed: bool) -> None:
    """Refuse conditions on fields nobody has, or compared as they can't be; ``timed`` allows those on hours."""
    for row in (*rows["all"], *rows["any"]):
        field, operator = str(row["field"]), str(row["operator"])
        if timed and field in HOURS:
            known: tuple[str, ...] = ("is", *_RANKED)
        else:
            known = (*_SAME, *_MOVED) if field.startswith(CUSTOM) else FIELDS.get(field, ())
        if not known:
            raise Refusal.invalid(base=f"Invalid condition: {field} is not a field of tickets")
        if operator not in known:
            raise Refusal.invalid(base=f"Invalid condition: {field} cannot be compared by {operator}")


def hold(desk: Desk, conditions: Json, moment: Moment) -> bool:
    """Tell whether all of ``all`` and, where there are some, one of ``any`` hold."""
    every = all(_holds(desk, row, moment) for row in conditions["all"])
    return every and (not conditions["any"] or any(_holds(desk, row, moment) for row in conditions["any"]))


def _holds(desk: Desk, row: Json, moment: Moment) -> bool:
    field, operator, value = str(row["field"]), str(row["operator"]), row["value"]
    if field in HOURS:
        return _old_enough(desk, moment.after, HOURS[field], operator, value)
    match field:
        case "update_type":
            return (str(value) == "Create") == (moment.before is None)
        case "comment_is_public":
            return _spoken(moment.words, str(value))
        case "comment_includes_word":
            return moment.words is not None and _worded(moment.words.body, operator, str(value))
        case "subject_includes_word":
            return _worded(moment.after.subject or "", operator, str(value))
        case "current_tags":
            wanted = set(str(value or "").lower().split())
            return wanted.isdisjoint(moment.after.tags) == (operator == "not_includes")
        case _:
            return _compared(desk, field, operator, value, moment)


def _compared(desk: Desk, field: str, operator: str, value: Any, moment: Moment) -> bool:
    after = _held(desk, moment.after, field, moment.act)
    before = None if moment.before is None else _held(desk, moment.before, field, moment.act)
    wanted = _wanted(value, moment)
    match operator:
        case "is":
            return after == wanted
        case "is_not":
            return after != wanted
        case "changed":
            return moment.before is not None and after != before
        case "not_changed":
            return moment.before is None or after == before
        case "value":
            return after == wanted and after != before
        case "not_value":
            return not (after == wanted and after != before)
        case "value_previous":
            return moment.before is not None and before == wanted and after != before
        case "not_value_previous":
            return not (moment.before is not None and before == wanted and after != before)
        case "less_than" | "greater_than":
            return _ranked(field, after, wanted, below=operator == "less_than")
    return False


def _held(desk: Desk, ticket: Ticket, field: str, act: Act) -> str:
    """Return what a ticket holds, as the values of conditions are written."""
    if field.startswith(CUSTOM):
        value: Any = ticket.custom.get(as_id(field.removeprefix(CUSTOM)) or 0)
        return ("true" if value else "false") if isinstance(value, bool) else str(value or "")
    match field:
        case "current_via_id":
            return ticket.channel
        case "role":
            user = desk.users.get(act.actor_id)
            return "system" if user is None else user.role.value.replace("-", "_")
        case "satisfaction_score":
            return ticket.rating.score if ticket.rating else ("offered" if ticket.offered else "unoffered")
    return str(audit_value(getattr(ticket, field, None)) or "")


def _wanted(value: Any, moment: Moment) -> str:
    """Return the value of a condition as a text; some name people by their part in the write."""
    told = {
        "current_user": moment.act.actor_id,
        "requester_id": moment.after.requester_id,
        "assignee_id": moment.after.assignee_id,
    }
    if isinstance(value, bool):
        return str(value).lower()
    return str(told.get(value, value) or "") if isinstance(value, str) else str(value or "")


def _ranked(field: str, held: str, wanted: str, *, below: bool) -> bool:
    ranks: Mapping[str, int] = STATUS_RANK if field == "status" else PRIORITY_RANK
    if held not in ranks or wanted not in ranks:
        return False
    return ranks[held] < ranks[wanted] if below else ranks[held] > ranks[wanted]


def _spoken(words: Words | None, value: str) -> bool:
    """``true`` is a public comment, ``false`` a private one, ``not_relevant`` any."""
    if words is None:
        return False
    return value == "not_relevant" or words.public == (value in ("true", "requester_can_see_comment"))


def _worded(text: str, operator: str, value: str) -> bool:
    if operator.startswith("is"):
        return (value.lower() in text.lower()) == (operator == "is")
    found = any(word in text.lower() for word in value.lower().split())
    return found == (operator == "includes")


def _old_enough(desk: Desk, ticket: Ticket, since: Status | str, operator: str, value: Any) -> bool:
    moment, hours = _moment_of(desk, ticket, since), as_id(value)
    if moment is None or hours is None:
        return False
    passed = (desk.now() - moment).total_seconds() / 3600
    match operator:
        case "is":
            return int(passed) == hours
        case "less_than":
            return passed < hours
    return passed > hours


def _moment_of(desk: Desk, ticket: Ticket, since: Status | str) -> datetime | None:
    if isinstance(since, Status):
        return _status_since(ticket) if ticket.status is since else None
    match since:
        case "created_at":
            return ticket.created_at
        case "updated_at":
            return ticket.updated_at
    author = ticket.requester_id if since == "requester" else ticket.assignee_id
    return next((audit.created_at for audit in reversed(ticket.audits) if audit.author_id == author), None)


def _status_since(ticket: Ticket) -> datetime:
    for audit in reversed(ticket.audits):
        if any(event.field == "status" for event in audit.events):
            return audit.created_at
    return ticket.created_at
