"""Skills: routing attributes with their values, and which agents and tickets have them."""

from __future__ import annotations

import uuid
from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Method, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import read_name, refuse_taken
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket

AGENTS: Final = "agent_skills"
TICKETS: Final = "ticket_skills"


def list_attributes(desk: Desk, call: Call) -> Answer:
    rows = list(desk.shelves["attributes"].values())
    ranks = {row["id"]: rank for rank, row in enumerate(rows)}
    return paginate(
        call,
        rows,
        key="attributes",
        render=lambda row: _render(call, row),
        identity=lambda row: ranks[row["id"]],
        presorted=True,
    )


def show_attribute(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"attribute": _render(call, _attribute(desk, call))})


def post_attribute(desk: Desk, call: Call) -> Answer:
    name = read_name(wrapped(call, "attribute"), None, "name")
    refuse_taken(desk.shelves["attributes"], "name", name, None)
    row = _made(desk, {"name": name})
    desk.shelves["attributes"][row["id"]] = row
    return Answer(201, {"attribute": _render(call, row)})


def put_attribute(desk: Desk, call: Call) -> Answer:
    row = _attribute(desk, call)
    name = read_name(wrapped(call, "attribute"), row, "name")
    refuse_taken(desk.shelves["attributes"], "name", name, row)
    row |= {"name": name, "updated_at": stamp(desk.now())}
    return Answer(200, {"attribute": _render(call, row)})


def remove_attribute(desk: Desk, call: Call) -> Answer:
    """An attribute goes with its values."""
    number = _attribute(desk, call)["id"]
    del desk.shelves["attributes"][number]
    for row in _values(desk, number):
        _drop_value(desk, row["id"])
    return Answer(204)


def list_values(desk: Desk, call: Call) -> Answer:
    return _value_list(call, _values(desk, _attribute(desk, call)["id"]))


def show_value(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"attribute_value": _render_value(call, _value(desk, call))})


def post_value(desk: Desk, call: Call) -> Answer:
    number = _attribute(desk, call)["id"]
    name = read_name(wrapped(call, "attribute_value"), None, "name")
    refuse_taken({row["id"]: row for row in _values(desk, number)}, "name", name, None)
    row = _made(desk, {"attribute_id": number, "name": name})
    desk.shelves["attribute_values"][row["id"]] = row
    return Answer(201, {"attribute_value": _render_value(call, row)})


def put_value(desk: Desk, call: Call) -> Answer:
    row = _value(desk, call)
    name = read_name(wrapped(call, "attribute_value"), row, "name")
    refuse_taken({one["id"]: one for one in _values(desk, row["attribute_id"])}, "name", name, row)
    row |= {"name": name, "updated_at": stamp(desk.now())}
    return Answer(200, {"attribute_value": _render_value(call, row)})


def remove_value(desk: Desk, call: Call) -> Answer:
    _drop_value(desk, _value(desk, call)["id"])
    return Answer(204)


def list_skills_of_agent(desk: Desk, call: Call) -> Answer:
    return _held(desk, call, AGENTS, _agent(desk, call))


def set_skills_of_agent(desk: Desk, call: Call) -> Answer:
    return _set(desk, call, AGENTS, _agent(desk, call))


def list_skills_of_ticket(desk: Desk, call: Call) -> Answer:
    return _held(desk, call, TICKETS, get_ticket(desk, call, call.id()).id)


def set_skills_of_ticket(desk: Desk, call: Call) -> Answer:
    return _set(desk, call, TICKETS, get_ticket(desk, call, call.id()).id)


def list_fulfilled(desk: Desk, call: Call) -> Answer:
    """Tickets whose every skill the caller has."""
    mine = set(_numbers(desk, AGENTS, call.actor_id or 0))
    rows = desk.shelves[TICKETS]
    return Answer(200, {"fulfilled_ticket_ids": [key for key, row in rows.items() if set(row["values"]) <= mine]})


def _set(desk: Desk, call: Call, shelf: str, holder: int) -> Answer:
    """What is sent replaces what was held; all of it must exist."""
    told: Any = call.body.get("attribute_value_ids") if isinstance(call.body, dict) else None
    rows = desk.shelves["attribute_values"]
    if not isinstance(told, list) or not all(isinstance(one, str) and one in rows for one in told):
        raise bad_attribute("attribute_value_ids", "must be a list of ids of attribute values")
    desk.shelves[shelf][holder] = {"values": list(dict.fromkeys(told))}
    return _held(desk, call, shelf, holder)


def _held(desk: Desk, call: Call, shelf: str, holder: int) -> Answer:
    rows = desk.shelves["attribute_values"]
    return _value_list(call, [rows[number] for number in _numbers(desk, shelf, holder)])


def _numbers(desk: Desk, shelf: str, holder: int) -> list[str]:
    row = desk.shelves[shelf].get(holder)
    return [] if row is None else row["values"]


def _drop_value(desk: Desk, number: str) -> None:
    del desk.shelves["attribute_values"][number]
    for shelf in (AGENTS, TICKETS):
        for row in desk.shelves[shelf].values():
            row["values"] = [one for one in row["values"] if one != number]


def _agent(desk: Desk, call: Call) -> int:
    user = desk.users.get(call.id())
    return found(user if user is not None and user.is_staff else None).id


def _attribute(desk: Desk, call: Call) -> Json:
    return found(desk.shelves["attributes"].get(call.ids["id"]))


def _value(desk: Desk, call: Call) -> Json:
    row = found(desk.shelves["attribute_values"].get(call.ids["value_id"]))
    return found(row if row["attribute_id"] == call.ids["id"] else None)


def _values(desk: Desk, attribute_id: str) -> list[Json]:
    return [row for row in desk.shelves["attribute_values"].values() if row["attribute_id"] == attribute_id]


def _made(desk: Desk, values: Json) -> Json:
    now = stamp(desk.now())
    number = str(uuid.UUID(int=desk.rng.getrandbits(128), version=4))
    return {"id": number, **values, "created_at": now, "updated_at": now}


def _value_list(call: Call, rows: list[Json]) -> Answer:
    return Answer(200, {"attribute_values": [_render_value(call, row) for row in rows]})


def _render(call: Call, row: Json) -> Json:
    return {"url": address(call, f"routing/attributes/{row['id']}"), **row}


def _render_value(call: Call, row: Json) -> Json:
    return {"url": address(call, f"routing/attributes/{row['attribute_id']}/values/{row['id']}"), **row}


def _route(method: Method, template: str, handler: Handler, *, admins_only: bool = True) -> Route:
    return Route(
        method=method,
        template=f"{API}/routing/{template}",
        handler=handler,
        feature="skills",
        admins_only=admins_only and method != "GET",
    )


_ONE = "attributes/{id}"
_VALUE = "attributes/{id}/values/{value_id}"

ROUTES: tuple[Route, ...] = (
    _route("GET", "attributes", list_attributes),
    _route("POST", "attributes", post_attribute),
    _route("GET", _ONE, show_attribute),
    _route("PUT", _ONE, put_attribute),
    _route("DELETE", _ONE, remove_attribute),
    _route("GET", f"{_ONE}/values", list_values),
    _route("POST", f"{_ONE}/values", post_value),
    _route("GET", _VALUE, show_value),
    _route("PATCH", _VALUE, put_value),
    _route("DELETE", _VALUE, remove_value),
    _route("GET", "agents/{id}/instance_values", list_skills_of_agent),
    _route("POST", "agents/{id}/instance_values", set_skills_of_agent),
    _route("GET", "tickets/{id}/instance_values", list_skills_of_ticket),
    _route("POST", "tickets/{id}/instance_values", set_skills_of_ticket, admins_only=False),
    _route("GET", "requirements/fulfilled", list_fulfilled),
)
