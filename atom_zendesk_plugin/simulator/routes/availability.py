"""Who is at work: agents' unified status, in the JSON:API style of that part of the service. Cursors only."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import as_id
from atom_zendesk_plugin.simulator.objects import User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.state import Desk

STATUSES: Final = {2: "offline", 3: "online", 4: "away", 5: "transfers only"}
OFFLINE: Final = 2


def list_availabilities(desk: Desk, call: Call) -> Answer:
    agents = [user for user in desk.active_users() if user.is_staff]
    wanted = as_id(call.params.get("filter[agent_status_id]"))
    if wanted is not None:
        agents = [user for user in agents if _status(desk, user)["id"] == wanted]
    return paginate(
        call, agents, key="data", render=lambda user: _render(desk, user), identity=lambda user: user.id, offset=False
    )


def show_availability(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"data": _render(desk, _agent(desk, call))})


def list_statuses(desk: Desk, call: Call) -> Answer:
    rows = [{"id": number, "type": "agent_status", "attributes": {"name": name}} for number, name in STATUSES.items()]
    return Answer(200, {"data": rows})


def put_status(desk: Desk, call: Call) -> Answer:
    user = _agent(desk, call)
    number = as_id(call.body.get("id")) if isinstance(call.body, dict) else None
    if number not in STATUSES:
        raise Refusal.bad_request("InvalidValue", "Invalid id", "id must be that of a status")
    version = desk.shelves["availabilities"].get(user.id, {}).get("version", 1) + 1
    at = f"{desk.now():%Y-%m-%dT%H:%M:%SZ}"
    desk.shelves["availabilities"][user.id] = {"status": number, "version": version, "at": at}
    attributes = {"agent_id": user.id, "agent_status": {"id": number, "name": STATUSES[number]}}
    return Answer(200, {"data": {**_head(user), "attributes": attributes}})


def _agent(desk: Desk, call: Call) -> User:
    user = desk.users.get(call.id())
    if user is None or not user.active or not user.is_staff:
        told = {"code": "NotFound", "title": "Not found", "detail": "No such agent"}
        raise Refusal(Answer(404, {"errors": [told]}))
    return user


def _status(desk: Desk, user: User) -> Json:
    row = desk.shelves["availabilities"].get(user.id)
    number = row["status"] if row else OFFLINE
    reason = "PUBLIC_API" if row else "UNKNOWN"
    return {"id": number, "name": STATUSES[number], "reason": reason, "updated_at": row["at"] if row else None}


def _render(desk: Desk, user: User) -> Json:
    skills = desk.shelves["agent_skills"].get(user.id, {"values": []})["values"]
    attributes = {
        "agent_id": user.id,
        "agent_status": _status(desk, user),
        "group_ids": sorted(desk.group_ids_of(user.id)),
        "skills": [{"id": number} for number in skills],
        "version": desk.shelves["availabilities"].get(user.id, {"version": 1})["version"],
    }
    return {**_head(user), "attributes": attributes}


def _head(user: User) -> Json:
    return {"type": "agent_availabilities", "id": f"agent_availabilities|{user.id}"}


_HERE = f"{API}/agent_availabilities"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_availabilities),
    Route(method="GET", template=f"{_HERE}/agent_statuses", handler=list_statuses, admins_only=True),
    Route(
        method="PUT",
        template=f"{_HERE}/agent_statuses/agents/{{id}}",
        handler=put_status,
        admins_only=True,
    ),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_availability),
)
