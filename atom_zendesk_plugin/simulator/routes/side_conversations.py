"""Side conversations: talks about a ticket with people who are not on it."""

from __future__ import annotations

import uuid
from typing import Any, Final

from atom_zendesk_plugin.simulator.directory import read_email
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Method, Refusal, Route
from atom_zendesk_plugin.simulator.intake import as_id, read_choice, read_text, wrapped
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket

PREVIEW: Final = 100

_STATES: Final = ("open", "closed")


def list_conversations(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    rows = [row for row in desk.shelves["side_conversations"].values() if row["ticket_id"] == ticket.id]
    return paginate(
        call, rows, key="side_conversations", render=lambda row: _render(call, row), identity=lambda row: int(row["serial"])
    )


def show_conversation(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"side_conversation": _render(call, _conversation(desk, call))})


def post_conversation(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    message = _read_message(desk, call, None)
    now = stamp(desk.now())
    row: Json = {
        "id": str(uuid.UUID(int=desk.rng.getrandbits(128), version=4)),
        "serial": desk.new_id(),
        "ticket_id": ticket.id,
        "subject": message["subject"],
        "preview_text": message["preview_text"],
        "state": "open",
        "participants": [message["from"], *message["to"]],
        "created_at": now,
        "updated_at": now,
        "message_added_at": now,
        "state_updated_at": now,
        "external_ids": {},
        "events": [],
    }
    desk.shelves["side_conversations"][row["id"]] = row
    event = _tell(desk, call, row, "create", message=message)
    return Answer(201, {"side_conversation": _render(call, row), "event": event})


def reply(desk: Desk, call: Call) -> Answer:
    row = _conversation(desk, call)
    message = _read_message(desk, call, row)
    row |= {"preview_text": message["preview_text"], "state": "open"}
    row["message_added_at"] = row["updated_at"] = stamp(desk.now())
    people = {str(one): one for one in (*row["participants"], message["from"], *message["to"])}
    row["participants"] = list(people.values())
    event = _tell(desk, call, row, "reply", message=message)
    return Answer(201, {"side_conversation": _render(call, row), "event": event})


def put_conversation(desk: Desk, call: Call) -> Answer:
    """State and subject can be changed."""
    row = _conversation(desk, call)
    data = wrapped(call, "side_conversation")
    state, subject = read_choice(data, "state", _STATES), read_text(data, "subject")
    if state is not None and state != row["state"]:
        row["state_updated_at"] = stamp(desk.now())
        _tell(desk, call, row, "update", updates={"state": state})
    row |= {"state": state or row["state"], "subject": subject or row["subject"], "updated_at": stamp(desk.now())}
    return Answer(200, {"side_conversation": _render(call, row)})


def list_events(desk: Desk, call: Call) -> Answer:
    rows = _conversation(desk, call)["events"]
    return paginate(call, rows, key="events", render=lambda row: row, identity=lambda row: int(row["id"]))


def _conversation(desk: Desk, call: Call) -> Json:
    ticket = get_ticket(desk, call, call.id())
    row = found(desk.shelves["side_conversations"].get(call.ids["conversation_id"]))
    if row["ticket_id"] != ticket.id:
        raise Refusal.not_found()
    return row


def _read_message(desk: Desk, call: Call, row: Json | None) -> Json:
    data = wrapped(call, "message")
    subject = read_text(data, "subject") or (row["subject"] if row else None)
    body = read_text(data, "body") or read_text(data, "html_body")
    told: Any = data.get("to", [] if row is None else row["participants"][1:])
    if not isinstance(told, list) or not told or not all(isinstance(one, dict) for one in told):
        raise _wrong("to", "must be a list of people")
    if subject is None or body is None:
        raise _wrong("subject" if subject is None else "body", "must not be blank")
    sender = desk.users[call.actor_id or 0]
    return {
        "subject": subject,
        "preview_text": body[:PREVIEW],
        "body": body,
        "from": {"user_id": sender.id, "name": sender.name, "email": sender.email},
        "to": [_person(desk, one) for one in told],
    }


def _person(desk: Desk, told: Json) -> Json:
    user = desk.users.get(as_id(told.get("user_id")) or 0)
    if user is not None:
        return {"user_id": user.id, "name": user.name, "email": user.email}
    email = read_email(told)
    if email is None:
        raise _wrong("to", "needs a user or an address each")
    known = desk.find_user_by_email(email)
    name = read_text(told, "name") or (known.name if known else None)
    return {"user_id": known.id if known else None, "name": name, "email": email}


def _tell(desk: Desk, call: Call, row: Json, kind: str, **parts: Any) -> Json:
    actor = desk.users[call.actor_id or 0]
    event: Json = {
        "id": str(desk.new_id()),
        "side_conversation_id": row["id"],
        "ticket_id": row["ticket_id"],
        "type": kind,
        "via": "api",
        "actor": {"user_id": actor.id, "name": actor.name, "email": actor.email},
        "created_at": stamp(desk.now()),
        "message": parts.get("message"),
        "updates": parts.get("updates", {}),
    }
    row["events"] = [*row["events"], event]
    return event


def _render(call: Call, row: Json) -> Json:
    url = address(call, f"tickets/{row['ticket_id']}/side_conversations/{row['id']}").removesuffix(".json")
    return {"url": url, **{name: value for name, value in row.items() if name not in ("serial", "events")}}


def _wrong(name: str, told: str) -> Refusal:
    return Refusal.bad_request("InvalidValue", f"Invalid {name}", f"{name} {told}")


_HERE = f"{API}/tickets/{{id}}/side_conversations"
_ONE = f"{_HERE}/{{conversation_id}}"


def _route(method: Method, template: str, handler: Handler) -> Route:
    return Route(
        method=method,
        template=template,
        handler=handler,
        scope="tickets:read" if method == "GET" else "tickets:write",
        bucket="side-conversations",
        feature="side_conversations",
    )


ROUTES: tuple[Route, ...] = (
    _route("GET", _HERE, list_conversations),
    _route("POST", _HERE, post_conversation),
    _route("GET", _ONE, show_conversation),
    _route("PUT", _ONE, put_conversation),
    _route("POST", f"{_ONE}/reply", reply),
    _route("GET", f"{_ONE}/events", list_events),
)
