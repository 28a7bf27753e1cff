"""Custom statuses."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.furniture import custom_status
from atom_zendesk_plugin.simulator.intake import (
    as_id,
    bad_attribute,
    invalid,
    read_choice,
    read_flag,
    read_text,
    wrapped,
)
from atom_zendesk_plugin.simulator.objects import Status
from atom_zendesk_plugin.simulator.render.frame import configured, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, created, found
from atom_zendesk_plugin.simulator.state import Desk

_CATEGORIES: Final = tuple(status.value for status in Status if status is not Status.CLOSED)


def list_statuses(desk: Desk, call: Call) -> Answer:
    """This list has no pages, whatever is asked for."""
    rows = list(desk.config.custom_statuses.values())
    for name in ("active", "default"):
        wanted = call.params.get(name, "").lower()
        if wanted in ("true", "false"):
            rows = [row for row in rows if str(row[name]).lower() == wanted]
    categories = {part.strip() for part in call.params.get("status_categories", "").split(",") if part.strip()}
    if categories:
        rows = [row for row in rows if row["status_category"] in categories]
    return Answer(200, {"custom_statuses": [configured(call, "custom_statuses", row) for row in rows]})


def post_status(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "custom_status")
    category = read_choice(data, "status_category", _CATEGORIES)
    label = read_text(data, "agent_label")
    if category is None or label is None:
        field = "agent_label" if category else "status_category"
        raise invalid(field, f"{field.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")
    for_customers = read_text(data, "end_user_label") or label
    row = custom_status(desk, category=category, agent_label=label, end_user_label=for_customers)
    desk.config.custom_statuses[row["id"]] = row
    return created("custom_status", configured(call, "custom_statuses", row))


def put_status(desk: Desk, call: Call) -> Answer:
    row = found(desk.config.custom_statuses.get(call.id()))
    data = wrapped(call, "custom_status")
    changed: Json = {}
    for name in ("agent_label", "end_user_label"):
        if name in data:
            label = read_text(data, name)
            if label is None:
                raise invalid(name, f"{name.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")
            changed |= {name: label, f"raw_{name}": label}
    for name in ("description", "end_user_description"):
        if name in data:
            changed |= {name: read_text(data, name), f"raw_{name}": read_text(data, name)}
    if "active" in data:
        changed["active"] = read_flag(data, "active")
        if row["default"] and not changed["active"]:
            raise invalid("active", "Active: a default status cannot be deactivated")
    row |= {**changed, "updated_at": stamp(desk.now())}
    return Answer(200, {"custom_status": configured(call, "custom_statuses", row)})


def remove_status(desk: Desk, call: Call) -> Answer:
    """A status that stands for its category, or that tickets have, stays."""
    row = found(desk.config.custom_statuses.get(call.id()))
    if row["default"]:
        raise Refusal.invalid(base="A default status cannot be deleted")
    if any(ticket.custom_status_id == row["id"] for ticket in desk.tickets.values()):
        raise Refusal.invalid(base="The status is used by tickets")
    del desk.config.custom_statuses[row["id"]]
    return Answer(204)


def put_defaults(desk: Desk, call: Call) -> Answer:
    """Let each of the named statuses stand for its category."""
    told: Json = call.body if isinstance(call.body, dict) else {}
    numbers = [as_id(part.strip()) for part in str(told.get("ids", "")).split(",")]
    chosen = [desk.config.custom_statuses.get(number or 0) for number in numbers]
    if any(row is None or not row["active"] for row in chosen):
        raise bad_attribute("ids", "must name active statuses")
    for row in chosen:
        for other in desk.config.custom_statuses.values():
            if row is not None and other["status_category"] == row["status_category"]:
                other["default"] = other is row
    return Answer(200, {})


def show_status(desk: Desk, call: Call) -> Answer:
    row = found(desk.config.custom_statuses.get(call.id()))
    return Answer(200, {"custom_status": configured(call, "custom_statuses", row)})


_STATUSES = f"{API}/custom_statuses"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_STATUSES, handler=list_statuses),
    Route(method="GET", template=f"{_STATUSES}/{{id}}", handler=show_status),
    Route(method="POST", template=_STATUSES, handler=post_status, admins_only=True),
    Route(method="PUT", template=f"{_STATUSES}/{{id}}", handler=put_status, admins_only=True),
    Route(method="DELETE", template=f"{_STATUSES}/{{id}}", handler=remove_status, admins_only=True),
    Route(method="PUT", template=f"{API}/custom_status/default", handler=put_defaults, admins_only=True),
)
