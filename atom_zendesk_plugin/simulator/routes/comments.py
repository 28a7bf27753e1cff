"""Comments and audits: what was said on a ticket, and everything that ever happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Route
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, read_text
from atom_zendesk_plugin.simulator.objects import Audit, Comment, Ticket
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.redaction import black_out_marked, black_out_text, hide_comment
from atom_zendesk_plugin.simulator.render.frame import included
from atom_zendesk_plugin.simulator.render.history import comment_core, render_audit, render_comment
from atom_zendesk_plugin.simulator.render.sideloads import users_by_id
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket, seen, seen_comments


def list_comments(desk: Desk, call: Call) -> Answer:
    """Ids grow with time, so that the order by ``created_at`` is the order by id."""
    ticket = get_ticket(desk, call, call.id())
    return paginate(
        _with_sort_order(call),
        seen_comments(desk, call, ticket),
        key="comments",
        render=lambda comment: render_comment(desk, call, ticket, comment),
        identity=lambda comment: comment.id,
        default_sort="created_at",
        extra=lambda rows: _authors(desk, call, rows),
        presorted=True,
    )


def count_comments(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(seen_comments(desk, call, get_ticket(desk, call, call.id()))))


def make_private(desk: Desk, call: Call) -> Answer:
    """Hide a comment from the customer; there is no way back."""
    ticket = get_ticket(desk, call, call.id())
    hide_comment(desk, ticket, _comment(ticket, call.id("comment_id")), act=act_of(desk, call))
    return Answer(200, {})


def make_audit_private(desk: Desk, call: Call) -> Answer:
    """Hide the comment that an audit brought."""
    ticket = get_ticket(desk, call, call.id())
    audit_id = call.id("audit_id")
    comment = found(next((comment for comment in ticket.comments if comment.audit_id == audit_id), None))
    hide_comment(desk, ticket, comment, act=act_of(desk, call))
    return Answer(200, {})


def redact_text(desk: Desk, call: Call) -> Answer:
    """Black out every place where a text stands in a comment, for good."""
    ticket = get_ticket(desk, call, call.id())
    text = read_text(call.body, "text") if isinstance(call.body, dict) else None
    if text is None:
        raise bad_attribute("text", "must be a text")
    comment = black_out_text(desk, ticket, _comment(ticket, call.id("comment_id")), text, act=act_of(desk, call))
    return Answer(200, {"comment": comment_core(desk, call, comment)})


def redact_marked(desk: Desk, call: Call) -> Answer:
    """Black out what ``<redact>`` encloses in the comment's own markup, on closed tickets too."""
    body: Json = call.body if isinstance(call.body, dict) else {}
    ticket = get_ticket(desk, call, as_id(body.get("ticket_id")) or 0)
    markup = read_text(body, "html_body") or read_text(body, "text")
    if markup is None:
        raise bad_attribute("html_body", "must be a text")
    comment = black_out_marked(desk, ticket, _comment(ticket, call.id()), markup, act=act_of(desk, call))
    return Answer(200, {"comment": comment_core(desk, call, comment)})


def list_audits(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    return _audit_page(desk, call, ticket.audits, default_sort="created_at")


def show_audit(desk: Desk, call: Call) -> Answer:
    ticket = get_ticket(desk, call, call.id())
    audit_id = call.id("audit_id")
    audit = found(next((audit for audit in ticket.audits if audit.id == audit_id), None))
    return Answer(200, {"audit": render_audit(desk, call, audit)})


def count_audits(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(get_ticket(desk, call, call.id()).audits))


def list_all_audits(desk: Desk, call: Call) -> Answer:
    """All audits of the tickets that lists show, newest first unless asked otherwise."""
    tickets = seen(desk, call, desk.listed_tickets())
    rows = sorted(chain.from_iterable(ticket.audits for ticket in tickets), key=lambda audit: audit.id)
    return _audit_page(desk, call, rows, default_sort="-created_at")


def _audit_page(desk: Desk, call: Call, rows: list[Audit], *, default_sort: str) -> Answer:
    return paginate(
        _with_sort_order(call),
        rows,
        key="audits",
        render=lambda audit: render_audit(desk, call, audit),
        identity=lambda audit: audit.id,
        default_sort=default_sort,
        presorted=True,
    )


def _with_sort_order(call: Call) -> Call:
    """Read ``sort_order`` alone as an order by time, as the service does for histories."""
    if "sort_order" not in call.params or "sort_by" in call.params:
        return call
    params = call.params.copy()
    params["sort_by"] = "created_at"
    return replace(call, params=params)


def _authors(desk: Desk, call: Call, rows: Sequence[Comment]) -> Json:
    if "users" not in included(call):
        return {}
    return {"users": users_by_id(desk, call, (comment.author_id for comment in rows))}


def _comment(ticket: Ticket, comment_id: int) -> Comment:
    return found(next((comment for comment in ticket.comments if comment.id == comment_id), None))


_TICKET = f"{API}/tickets/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=f"{_TICKET}/comments", handler=list_comments, scope="tickets:read"),
    Route(method="GET", template=f"{_TICKET}/comments/count", handler=count_comments, scope="tickets:read"),
    Route(
        method="PUT",
        template=f"{_TICKET}/comments/{{comment_id}}/make_private",
        handler=make_private,
        scope="tickets:write",
    ),
    Route(
        method="PUT",
        template=f"{_TICKET}/comments/{{comment_id}}/redact",
        handler=redact_text,
        scope="tickets:write",
    ),
    Route(
        method="PUT",
        template=f"{API}/comment_redactions/{{id}}",
        handler=redact_marked,
        scope="tickets:write",
    ),
    Route(method="GET", template=f"{_TICKET}/audits", handler=list_audits),
    Route(
        method="PUT",
        template=f"{_TICKET}/audits/{{audit_id}}/make_private",
        handler=make_audit_private,
        scope="tickets:write",
    ),
    Route(method="GET", template=f"{_TICKET}/audits/count", handler=count_audits),
    Route(method="GET", template=f"{_TICKET}/audits/{{audit_id}}", handler=show_audit),
    Route(method="GET", template=f"{API}/ticket_audits", handler=list_all_audits),
)
