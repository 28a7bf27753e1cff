"""Tickets one by one and the lists of all of them."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from atom_zendesk_plugin.simulator import spam
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import id_list, wrapped
from atom_zendesk_plugin.simulator.lifecycle import create_ticket, delete_ticket, update_ticket
from atom_zendesk_plugin.simulator.render.history import render_audit
from atom_zendesk_plugin.simulator.render.sideloads import beside_tickets, ticket_row, users_by_id
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, created, ticket_page
from atom_zendesk_plugin.simulator.state import IDEMPOTENCY_KEPT, Desk, KeptAnswer
from atom_zendesk_plugin.simulator.visibility import get_ticket, seen

KEY_MAX: Final = 255
RECENT: Final = 100


def list_tickets(desk: Desk, call: Call) -> Answer:
    external_id = call.params.get("external_id")
    if external_id is not None:
        return ticket_page(desk, call, desk.index.having("external_id", external_id))
    answer = ticket_page(desk, call, desk.listed_tickets())
    if any(name.startswith("page[") for name in call.params):
        # By cursor this one list sends the custom fields once only; every other answer repeats them as "fields".
        for row in answer.body["tickets"]:
            del row["fields"]
    return answer


def list_recent(desk: Desk, call: Call) -> Answer:
    """The tickets that changed last stand for those the caller looked at last."""
    rows = sorted(desk.listed_tickets(), key=lambda ticket: ticket.updated_at)[-RECENT:]
    return ticket_page(desk, call, sorted(rows, key=lambda ticket: ticket.id))


def count_tickets(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(seen(desk, call, desk.listed_tickets())))


def show_ticket(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    return Answer(200, {"ticket": ticket_row(desk, call)(ticket), **beside_tickets(desk, call)([ticket])})


def show_many(desk: Desk, call: Call) -> Answer:
    """Ids that nobody has are left out, as are those the caller must not see."""
    rows = sorted((desk.tickets[key] for key in id_list(call) if key in desk.tickets), key=lambda row: row.id)
    return ticket_page(desk, call, rows)


def post_ticket(desk: Desk, call: Call) -> Answer:
    """Make a ticket; a repeated idempotency key gives the first answer again instead of a second ticket."""
    key = call.headers.get("Idempotency-Key")
    if not key:
        return _make(desk, call)
    if len(key) > KEY_MAX:
        raise _bad_key(f"Idempotency key is longer than {KEY_MAX} characters")
    for old in [name for name, kept in desk.idempotency.items() if kept.at + IDEMPOTENCY_KEPT <= desk.now()]:
        del desk.idempotency[old]
    fingerprint = hashlib.sha256(json.dumps(call.body, sort_keys=True).encode()).hexdigest()
    kept = desk.idempotency.get(key)
    if kept is None:
        answer = _make(desk, call)
        desk.idempotency[key] = KeptAnswer(fingerprint=fingerprint, answer=answer, at=desk.now())
        return Answer(answer.status, answer.body, {**answer.headers, "x-idempotency-lookup": "miss"})
    if kept.fingerprint != fingerprint:
        raise _bad_key("Request parameters don't match the given idempotency key")
    return Answer(kept.answer.status, kept.answer.body, {**kept.answer.headers, "x-idempotency-lookup": "hit"})


def put_ticket(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    data = wrapped(call, "ticket")
    audit = update_ticket(desk, ticket, data, act=act_of(desk, call, data))
    body = {"ticket": render_ticket(desk, call, ticket), "audit": render_audit(desk, call, audit)}
    return Answer(200, body | beside_tickets(desk, call)([ticket]))


def remove_ticket(desk: Desk, call: Call) -> Answer:
    delete_ticket(desk, get_ticket(desk, call, call.id()), act=act_of(desk, call))
    return Answer(204)


def mark_as_spam(desk: Desk, call: Call) -> Answer:
    spam.mark_as_spam(desk, get_ticket(desk, call, call.id()), act=act_of(desk, call))
    return Answer(200, {})


def show_related(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    source = ticket.source or {}
    followed = [str(source["from"]["ticket_id"])] if source.get("rel") == "follow_up" else []
    related = {
        "topic_id": None,
        "followup_source_ids": followed,
        "from_archive": desk.index.is_archived(ticket, desk.now()),
        "incidents": desk.index.size("problem", ticket.id),
        "jira_issue_ids": [],
    }
    return Answer(200, related)


def list_incidents(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    return ticket_page(desk, call, desk.index.having("problem", ticket.id))


def list_collaborators(desk: Desk, call: Call) -> Answer:
    return _people(desk, call, get_ticket(desk, call, call.id()).collaborator_ids)


def list_followers(desk: Desk, call: Call) -> Answer:
    return _people(desk, call, get_ticket(desk, call, call.id()).follower_ids)


def list_email_ccs(desk: Desk, call: Call) -> Answer:
    return _people(desk, call, get_ticket(desk, call, call.id()).email_cc_ids)


def _people(desk: Desk, call: Call, ids: tuple[int, ...]) -> Answer:
    rows = users_by_id(desk, call, ids)
    return Answer(200, {"users": rows, "next_page": None, "previous_page": None, "count": len(rows)})


def _make(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "ticket")
    ticket, audit = create_ticket(desk, data, act=act_of(desk, call, data))
    row = render_ticket(desk, call, ticket, just_made=True)
    beside = beside_tickets(desk, call)([ticket])
    return created("ticket", row, audit=render_audit(desk, call, audit), **beside)


def _bad_key(told: str) -> Refusal:
    return Refusal(Answer(400, {"error": "IdempotentRequestError", "description": told}))


_READ, _WRITE = "tickets:read", "tickets:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{API}/tickets", handler=list_tickets, scope=_READ, bucket="tickets-index"),
    Route(method="POST", template=f"{API}/tickets", handler=post_ticket, scope=_WRITE),
    Route(method="GET", template=f"{API}/tickets/recent", handler=list_recent, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/count", handler=count_tickets, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/show_many", handler=show_many, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/{{id}}", handler=show_ticket, scope=_READ),
    Route(method="PUT", template=f"{API}/tickets/{{id}}", handler=put_ticket, scope=_WRITE, bucket="tickets-update"),
    Route(
        method="DELETE", template=f"{API}/tickets/{{id}}", handler=remove_ticket, scope=_WRITE, bucket="tickets-delete"
    ),
    Route(method="PUT", template=f"{API}/tickets/{{id}}/mark_as_spam", handler=mark_as_spam, scope=_WRITE),
    Route(method="GET", template=f"{API}/tickets/{{id}}/related", handler=show_related, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/{{id}}/incidents", handler=list_incidents, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/{{id}}/collaborators", handler=list_collaborators, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/{{id}}/followers", handler=list_followers, scope=_READ),
    Route(method="GET", template=f"{API}/tickets/{{id}}/email_ccs", handler=list_email_ccs, scope=_READ),
)
