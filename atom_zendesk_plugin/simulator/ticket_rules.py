"""What a write may change on a ticket: each rule reads its part of the request and writes it on a draft.

A draft is a copy of the ticket; ``lifecycle`` compares it with the ticket afterwards, so that a rule never has to say
what it changed. Rules raise ``Refusal`` and must not touch the desk.
"""

from __future__ import annotations

import re
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Json, Refusal
from atom_zendesk_plugin.simulator.intake import (
    invalid,
    is_day,
    read_choice,
    read_flag,
    read_id,
    read_tags,
    read_text,
    read_time,
    shown,
)
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK, TICKET_TYPES, Status, Ticket, User
from atom_zendesk_plugin.simulator.state import Desk

SYSTEM_FIELD_TYPES: Final = frozenset(
    {"subject", "description", "status", "tickettype", "priority", "group", "assignee", "custom_status"}
)

_NUMBERS: Final = {"integer": r"-?\d{1,18}", "decimal": r"-?\d{1,15}(\.\d{1,15})?"}
_STATUSES: Final = tuple(status.value for status in Status)


def write_plain_fields(desk: Desk, draft: Ticket, data: Json) -> None:
    """Write the fields that depend on nothing else."""
    for name in ("subject", "external_id", "recipient"):
        if name in data:
            setattr(draft, name, read_text(data, name))
    if "type" in data:
        draft.type = read_choice(data, "type", TICKET_TYPES)
    if "priority" in data:
        priority = read_choice(data, "priority", tuple(PRIORITY_RANK))
        if priority is None and draft.priority is not None:
            raise invalid("priority", "Priority: cannot be blank", "BlankValue")
        draft.priority = priority
    if "due_at" in data:
        draft.due_at = read_time(data, "due_at")
    for name, rows in (("brand_id", desk.config.brands), ("ticket_form_id", desk.config.ticket_forms)):
        if (number := read_id(data, name)) is not None:
            if number not in rows:
                raise invalid(name, f"{name.removesuffix('_id').replace('_', ' ').capitalize()}: does not exist")
            setattr(draft, name, number)
    if "problem_id" in data:
        _write_problem(desk, draft, data)


def write_assignment(desk: Desk, draft: Ticket, data: Json) -> None:
    """Write group and assignee so that an assignee is always an agent of the ticket's group."""
    if "group_id" in data:
        group_id = read_id(data, "group_id")
        if group_id is not None and (group_id not in desk.groups or desk.groups[group_id].deleted):
            raise invalid("group_id", "Group: does not exist")
        draft.group_id = group_id
    if "assignee_id" in data or data.get("assignee_email"):
        assignee = _read_assignee(desk, data)
        draft.assignee_id = assignee.id if assignee else None
        if assignee is not None and not _sits_in(desk, assignee.id, draft.group_id):
            if data.get("group_id"):
                raise invalid("assignee_id", "Assignee: is not a member of the group")
            draft.group_id = assignee.default_group_id
    elif "group_id" in data and draft.assignee_id and not _sits_in(desk, draft.assignee_id, draft.group_id):
        draft.assignee_id = None


def write_custom_fields(desk: Desk, draft: Ticket, data: Json) -> None:
    """Lay the sent custom fields over the ticket's; fields the account doesn't have are ignored."""
    sent = data.get("custom_fields", data.get("fields"))
    if sent is None:
        return
    pairs = _custom_pairs(sent)
    values = dict(draft.custom)
    tags = set(draft.tags)
    for field_id, value in pairs:
        row = desk.config.ticket_fields.get(field_id)
        if row is None or row["type"] in SYSTEM_FIELD_TYPES:
            continue
        before = values.get(field_id)
        after = _custom_value(row, value)
        values[field_id] = after
        # A drop-down's choice and a ticked box with a tag show among the ticket's tags.
        tags -= _field_tags(row, before)
        tags |= _field_tags(row, after)
    draft.custom = {field_id: value for field_id, value in values.items() if value is not None}
    draft.tags = tuple(sorted(tags))


def write_tags(draft: Ticket, data: Json, *, adding: bool) -> None:
    """``tags`` replaces all; ``additional_tags`` and ``remove_tags`` count only where ``adding`` allows them."""
    if "tags" in data:
        draft.tags = read_tags(data["tags"])
    if adding:
        more = read_tags(data.get("additional_tags"), "additional_tags")
        fewer = read_tags(data.get("remove_tags"), "remove_tags")
        draft.tags = tuple(sorted({*draft.tags, *more} - set(fewer)))


def write_status(desk: Desk, draft: Ticket, data: Json) -> None:
    """Write status and custom status; a custom status decides when both are sent."""
    wanted = draft.status
    if (custom_id := read_id(data, "custom_status_id")) is not None:
        row = desk.config.custom_statuses.get(custom_id)
        if row is None or not row["active"]:
            raise invalid("custom_status_id", "Custom status: does not exist")
        draft.custom_status_id = custom_id
        wanted = Status(row["status_category"])
    elif (name := read_choice(data, "status", _STATUSES)) is not None:
        wanted = Status(name)
    move_to(desk, draft, wanted)
    if draft.status is Status.NEW and draft.assignee_id is not None:
        move_to(desk, draft, Status.OPEN)


def move_to(desk: Desk, draft: Ticket, wanted: Status) -> None:
    """Bring a draft into a state, with a custom status that fits; a ticket that was open once never is new again."""
    if wanted is Status.NEW and draft.status is not Status.NEW:
        wanted = Status.OPEN
    draft.status = wanted
    category = Status.SOLVED if wanted is Status.CLOSED else wanted
    row = desk.config.custom_statuses.get(draft.custom_status_id)
    if row is None or row["status_category"] != category:
        draft.custom_status_id = desk.default_status_id(category)


def check_solving(desk: Desk, draft: Ticket) -> None:
    """Refuse a solved ticket that lacks what solving needs, one line for each missing field."""
    if draft.status not in (Status.SOLVED, Status.CLOSED):
        return
    missing = [row for row in desk.config.ticket_fields.values() if row["required"] and _is_blank(draft, row)]
    if missing:
        lines = [
            {
                "description": f"{row['title']}: is required when solving a ticket",
                "error": None,
                "ticket_field_id": row["id"],
                "ticket_field_type": f"Field{str(row['type']).capitalize()}",
            }
            for row in missing
        ]
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": {"base": lines}}
        raise Refusal(Answer(422, body))


def check_fresh(ticket: Ticket, data: Json) -> None:
    """Refuse a safe update whose stamp is not the ticket's. The key counts whatever its value, as on the service."""
    if "safe_update" not in data:
        return
    stamp = read_time(data, "updated_stamp")
    if stamp is None:
        raise invalid("updated_stamp", "Updated stamp: cannot be blank with safe_update", "BlankValue")
    if stamp != ticket.updated_at:
        told = (
            "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again."
        )
        raise Refusal(Answer(409, {"error": "UpdateConflict", "description": told}))


def _write_problem(desk: Desk, draft: Ticket, data: Json) -> None:
    problem_id = read_id(data, "problem_id")
    if problem_id is not None:
        problem = desk.tickets.get(problem_id)
        if problem is None or problem.type != "problem" or problem.id == draft.id:
            raise invalid("problem_id", "Problem: is not a ticket of type problem")
    draft.problem_id = problem_id


def _read_assignee(desk: Desk, data: Json) -> User | None:
    user: User | None
    if "assignee_id" in data:
        number = read_id(data, "assignee_id")
        if number is None:
            return None
        user = desk.users.get(number)
    else:
        user = desk.find_user_by_email(read_text(data, "assignee_email") or "")
    if user is None or not user.active or not user.is_staff:
        raise invalid("assignee_id", "Assignee: is not an agent of this account")
    return user


def _sits_in(desk: Desk, user_id: int, group_id: int | None) -> bool:
    return group_id is not None and desk.group_memberships.find(user_id, group_id) is not None


def _custom_pairs(sent: Any) -> list[tuple[int, Any]]:
    """Read ``[{"id": 1, "value": "x"}]`` or ``{"1": "x"}``."""
    if isinstance(sent, dict):
        sent = [{"id": number, "value": value} for number, value in sent.items()]
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise invalid("custom_fields", "Custom fields: is not a list of fields")
    pairs = []
    for row in sent:
        if (number := read_id(row, "id")) is not None:
            pairs.append((number, row.get("value")))
    return pairs


def _custom_value(row: Json, value: Any) -> Any:
    if value is None or value == "":
        return None
    field, title = "base", row["title"]
    match row["type"]:
        case "checkbox":
            return read_flag({field: value}, field)
        case "tagger":
            if value not in [option["value"] for option in row.get("custom_field_options", ())]:
                raise invalid(field, f"{title}: {shown(value)} is not one of its options")
        case "multiselect":
            known = [option["value"] for option in row.get("custom_field_options", ())]
            chosen = value if isinstance(value, list) else [value]
            if any(choice not in known for choice in chosen):
                raise invalid(field, f"{title}: {shown(value)} is not among its options")
            return chosen
        case "date":
            if not isinstance(value, str) or not is_day(value):
                raise invalid(field, f"{title}: {shown(value)} is not a date")
        case "integer" | "decimal" | "regexp":
            return _matched(row, value)
        case _:
            return read_text({field: value}, field)
    return value


def _matched(row: Json, value: Any) -> str:
    """Return a number or a patterned text as a text, as the service keeps it."""
    pattern = _NUMBERS.get(row["type"]) or str(row["regexp_for_validation"] or ".*")
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not re.fullmatch(pattern, str(value)):
        raise invalid("base", f"{row['title']}: {shown(value)} is not a value of this field")
    return str(value)


def _field_tags(row: Json, value: Any) -> set[str]:
    if row["type"] == "tagger" and value:
        return {str(value)}
    if row["type"] == "multiselect" and value:
        return set(value)
    if row["type"] == "checkbox" and value and row["tag"]:
        return {str(row["tag"])}
    return set()


def _is_blank(draft: Ticket, row: Json) -> bool:
    match row["type"]:
        case "assignee":
            return draft.assignee_id is None
        case "group":
            return draft.group_id is None
        case "priority":
            return draft.priority is None
        case "tickettype":
            return draft.type is None
        case "subject":
            return not draft.subject
        case kind if kind in SYSTEM_FIELD_TYPES:
            return False
        case _:
            return draft.custom.get(row["id"]) in (None, "", [])
