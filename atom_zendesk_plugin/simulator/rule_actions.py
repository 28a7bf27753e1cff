"""What the actions of rules do: to a draft of a ticket, as events of its audit, and as calls that webhooks would get.

Add an action by adding it to ``ACTIONS`` and, when it is no plain field, a case to ``carry_out``. An action that can't
be carried out any more (its agent has left, its field is gone) does nothing, as on the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from atom_zendesk_plugin.simulator.conditions import CUSTOM
from atom_zendesk_plugin.simulator.exchange import Json, Refusal
from atom_zendesk_plugin.simulator.intake import as_id, invalid
from atom_zendesk_plugin.simulator.objects import Act, Event, Ticket
from atom_zendesk_plugin.simulator.state import Desk, WebhookCall
from atom_zendesk_plugin.simulator.ticket_rules import (
    write_assignment,
    write_custom_fields,
    write_plain_fields,
    write_status,
    write_tags,
)
from atom_zendesk_plugin.simulator.ulids import new_ulid

ACTIONS: Final = (
    "status",
    "priority",
    "type",
    "group_id",
    "assignee_id",
    "subject",
    "brand_id",
    "ticket_form_id",
    "custom_status_id",
    "set_tags",
    "current_tags",
    "remove_tags",
    "satisfaction_score",
    "follower",
    "notification_user",
    "notification_group",
    "notification_webhook",
)
"""What triggers and automations can do, beside setting custom fields."""

MACRO_ACTIONS: Final = (*ACTIONS[:12], "comment_value", "comment_value_html", "comment_mode_is_public")
BODY_MAX: Final = 16_000

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


@dataclass(slots=True)
class Effects:
    """What a rule did beside changing the draft."""

    events: list[Event] = field(default_factory=list)
    calls: list[WebhookCall] = field(default_factory=list)


def read_actions(told: Any, *, known: tuple[str, ...]) -> list[Json]:
    """Return the actions of a rule; there must be one at least, and all of them known."""
    if not isinstance(told, list) or not told or not all(isinstance(row, dict) for row in told):
        raise invalid("actions", "Actions: cannot be blank", "BlankValue")
    for row in told:
        name = row.get("field")
        if not isinstance(name, str) or not (name in known or name.startswith(CUSTOM)):
            raise invalid("actions", f"Actions: {str(name)[:60]} is not something that this rule can do")
        if not _fits(row.get("value")):
            raise invalid("actions", f"Actions: {name} has a value that it cannot have")
        if name == "notification_webhook":
            _check_body(row["value"])
    return [{"field": row["field"], "value": row.get("value")} for row in told]


def carry_out(desk: Desk, action: Json, draft: Ticket, effects: Effects, *, rule: Json, act: Act) -> None:
    """Carry out one action of a rule; ``act`` is the write that set it off."""
    name, value = str(action["field"]), action["value"]
    with suppress(Refusal):
        match name:
            case "notification_webhook":
                effects.calls.append(_call(desk, value, draft, rule=rule, act=act))
            case "notification_user" | "notification_group":
                effects.events.append(_notice(desk, name, value, draft, act=act))
            case "satisfaction_score":
                _offer(draft, effects)
            case "follower":
                _follow(desk, draft, _person(value, draft, act))
            case "set_tags" | "current_tags" | "remove_tags":
                write_tags(draft, {_TAG_FIELDS[name]: str(value or "").split()}, adding=True)
            case _:
                _write(desk, draft, name, _person(value, draft, act) if name == "assignee_id" else value)


def filled(desk: Desk, text: str, draft: Ticket, act: Act) -> str:
    """Return a template with its placeholders filled; those that nobody knows become nothing."""
    values = _placeholders(desk, draft, act)
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


_TAG_FIELDS: Final[Mapping[str, str]] = {
    "set_tags": "tags",
    "current_tags": "additional_tags",
    "remove_tags": "remove_tags",
}


def _write(desk: Desk, draft: Ticket, name: str, value: Any) -> None:
    if name.startswith(CUSTOM):
        write_custom_fields(desk, draft, {"custom_fields": [{"id": name.removeprefix(CUSTOM), "value": value}]})
        return
    data = {name: value}
    write_plain_fields(desk, draft, data)
    write_assignment(desk, draft, data)
    write_status(desk, draft, data)


def _person(value: Any, draft: Ticket, act: Act) -> Any:
    return {"current_user": act.actor_id, "requester_id": draft.requester_id}.get(str(value), value)


def _follow(desk: Desk, draft: Ticket, person: Any) -> None:
    user = desk.users.get(as_id(person) or 0)
    if user is not None and user.active and user.is_staff:
        draft.follower_ids = tuple(dict.fromkeys((*draft.follower_ids, user.id)))


def _offer(draft: Ticket, effects: Effects) -> None:
    if not draft.offered and draft.rating is None:
        draft.offered = True
        effects.events.append(Event("Change", "satisfaction_score", "offered", "unoffered"))


def _notice(desk: Desk, name: str, value: Any, draft: Ticket, *, act: Act) -> Event:
    to, subject, body = (*value, "", "")[:3] if isinstance(value, list) else (value, "", "")
    if name == "notification_group":
        group = draft.group_id if to == "group_id" else as_id(to)
        people = [seat.user_id for seat in desk.group_memberships.within(group or 0)]
    else:
        people = _recipients(to, draft, act)
    told = {"subject": str(subject), "body": filled(desk, str(body), draft, act), "recipients": people}
    return Event("Notification", value=told)


def _recipients(to: Any, draft: Ticket, act: Act) -> list[int]:
    match to:
        case "requester_id":
            return [draft.requester_id]
        case "requester_and_ccs":
            return [draft.requester_id, *draft.email_cc_ids]
        case "assignee_id":
            return [draft.assignee_id] if draft.assignee_id is not None else []
        case "current_user":
            return [act.actor_id]
    number = as_id(to)
    return [] if number is None else [number]


def _call(desk: Desk, value: Any, draft: Ticket, *, rule: Json, act: Act) -> WebhookCall:
    return WebhookCall(
        id=new_ulid(desk),
        webhook_id=str(value[0]),
        rule_id=int(rule["id"]),
        ticket_id=draft.id,
        body=filled(desk, str(value[1]), draft, act),
        at=act.at,
    )


def _check_body(value: Any) -> None:
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(part, str) for part in value[:2]):
        raise invalid("actions", "Actions: notification_webhook needs a webhook and a body")
    if len(value[1]) > BODY_MAX:
        raise invalid("actions", f"Actions: the body of a webhook is longer than {BODY_MAX} characters")


def _fits(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return all(isinstance(part, str | int | bool | None) for part in parts)


def _placeholders(desk: Desk, draft: Ticket, act: Act) -> dict[str, str]:
    requester, actor = desk.users[draft.requester_id], desk.users.get(act.actor_id)
    assignee = desk.users.get(draft.assignee_id or 0)
    last = draft.comments[-1].body if draft.comments else draft.description
    return {
        "ticket.id": str(draft.id),
        "ticket.title": draft.subject or "",
        "ticket.description": draft.description,
        "ticket.status": draft.status.value,
        "ticket.priority": draft.priority or "",
        "ticket.ticket_type": draft.type or "",
        "ticket.external_id": draft.external_id or "",
        "ticket.tags": " ".join(draft.tags),
        "ticket.via": draft.channel,
        "ticket.latest_comment": last,
        "ticket.created_at_with_timestamp": f"{draft.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "ticket.updated_at_with_timestamp": f"{draft.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "ticket.requester.id": str(requester.id),
        "ticket.requester.name": requester.name,
        "ticket.requester.email": requester.email or "",
        "ticket.assignee.id": str(assignee.id) if assignee else "",
        "ticket.assignee.name": assignee.name if assignee else "",
        "ticket.assignee.email": (assignee.email or "") if assignee else "",
        "current_user.id": str(actor.id) if actor else "",
        "current_user.name": actor.name if actor else "",
        "current_user.email": (actor.email or "") if actor else "",
    }
