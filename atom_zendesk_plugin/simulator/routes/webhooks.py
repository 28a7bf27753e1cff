"""Webhooks: written, shown without their secrets, tried, and what they were called with. For admins."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Method, Refusal, Route
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.state import Desk, WebhookCall
from atom_zendesk_plugin.simulator.ulids import new_ulid, order_of
from atom_zendesk_plugin.simulator.webhook_writing import new_secret, read_webhook, without_secrets


def list_webhooks(desk: Desk, call: Call) -> Answer:
    """By cursor, whether asked for or not: this list knows no offsets."""
    rows = list(desk.shelves["webhooks"].values())
    return _by_cursor(call, rows, key="webhooks")


def show_webhook(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"webhook": without_secrets(_webhook(desk, call))})


def post_webhook(desk: Desk, call: Call) -> Answer:
    values = read_webhook(_told(call), None)
    now = stamp(desk.now())
    row = {"id": new_ulid(desk), **values, "created_at": now, "created_by": str(call.actor_id)}
    row["secret"] = new_secret(desk)
    desk.shelves["webhooks"][row["id"]] = row
    return Answer(201, {"webhook": without_secrets(row)})


def put_webhook(desk: Desk, call: Call) -> Answer:
    row = _webhook(desk, call)
    row |= read_webhook(_told(call), row)
    return Answer(204)


def remove_webhook(desk: Desk, call: Call) -> Answer:
    del desk.shelves["webhooks"][_webhook(desk, call)["id"]]
    return Answer(204)


def show_secret(desk: Desk, call: Call) -> Answer:
    return _secret(200, _webhook(desk, call))


def renew_secret(desk: Desk, call: Call) -> Answer:
    """The old secret is gone at once."""
    row = _webhook(desk, call)
    row["secret"] = new_secret(desk)
    return _secret(201, row)


def try_webhook(desk: Desk, call: Call) -> Answer:
    """Write down a call as if it had been made. Nothing is sent, so that every try succeeds."""
    number = call.params.get("webhook_id")
    if number is not None:
        found(desk.shelves["webhooks"].get(number))
    else:
        read_webhook(_told(call), None)
    request = call.body.get("request") if isinstance(call.body, dict) else None
    payload = request.get("payload") if isinstance(request, dict) else None
    told = WebhookCall(
        id=new_ulid(desk),
        webhook_id=number or "",
        rule_id=0,
        ticket_id=0,
        body=payload if isinstance(payload, str) else "",
        at=desk.now(),
    )
    desk.webhook_calls.append(told)
    return Answer(200, {"response": {"status": 200, "headers": [], "payload": ""}})


def list_invocations(desk: Desk, call: Call) -> Answer:
    """What rules and tries called a webhook with. No call was made, hence no time and no status code."""
    row = _webhook(desk, call)
    blank: Json = {"latest_completed_at": None, "status": "pending", "status_code": None}
    rows = [{"id": one.id, **blank} for one in desk.webhook_calls if one.webhook_id == row["id"]]
    return _by_cursor(call, rows, key="invocations")


def list_attempts(desk: Desk, call: Call) -> Answer:
    row = _webhook(desk, call)
    wanted = (row["id"], call.ids["invocation_id"])
    found(next((one for one in desk.webhook_calls if (one.webhook_id, one.id) == wanted), None))
    return Answer(200, {"attempts": []})


def _by_cursor(call: Call, rows: list[Json], *, key: str) -> Answer:
    return paginate(
        call,
        rows,
        key=key,
        render=lambda row: without_secrets(row) if key == "webhooks" else row,
        identity=lambda row: order_of(row["id"]),
        offset=False,
    )


def _webhook(desk: Desk, call: Call) -> Json:
    row = desk.shelves["webhooks"].get(call.ids["id"])
    if row is None:
        told = {"code": "WebhookNotFound", "title": "Not found", "detail": "No such webhook"}
        raise Refusal(Answer(404, {"errors": [told]}))
    return row


def _told(call: Call) -> Json:
    told = call.body.get("webhook") if isinstance(call.body, dict) else None
    if not isinstance(told, dict):
        raise Refusal.bad_request("InvalidValue", "Invalid webhook", "webhook must be an object")
    return told


def _secret(status: int, row: Json) -> Answer:
    return Answer(status, {"signing_secret": {"secret": row["secret"], "algorithm": "SHA256"}})


_HERE = f"{API}/webhooks"
_ONE = f"{_HERE}/{{id}}"


def _route(method: Method, template: str, handler: Handler) -> Route:
    scope = "webhooks:read" if method == "GET" else "webhooks:write"
    return Route(method=method, template=template, handler=handler, scope=scope, admins_only=True)


ROUTES: tuple[Route, ...] = (
    _route("GET", _HERE, list_webhooks),
    _route("POST", _HERE, post_webhook),
    _route("POST", f"{_HERE}/test", try_webhook),
    _route("GET", _ONE, show_webhook),
    _route("PUT", _ONE, put_webhook),
    _route("PATCH", _ONE, put_webhook),
    _route("DELETE", _ONE, remove_webhook),
    _route("GET", f"{_ONE}/signing_secret", show_secret),
    _route("POST", f"{_ONE}/signing_secret", renew_secret),
    _route("GET", f"{_ONE}/invocations", list_invocations),
    _route("GET", f"{_ONE}/invocations/{{invocation_id}}/attempts", list_attempts),
)
