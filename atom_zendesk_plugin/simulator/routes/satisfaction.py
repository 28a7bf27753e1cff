"""Customers' judgements of solved tickets."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, wrapped
from atom_zendesk_plugin.simulator.lifecycle import rate_ticket
from atom_zendesk_plugin.simulator.objects import Rating
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.tickets import render_rating
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, created, found
from atom_zendesk_plugin.simulator.state import Desk

_SCORES: Final = {
    "good": ("good", None),
    "good_with_comment": ("good", True),
    "good_without_comment": ("good", False),
    "bad": ("bad", None),
    "bad_with_comment": ("bad", True),
    "bad_without_comment": ("bad", False),
}


def list_ratings(desk: Desk, call: Call) -> Answer:
    return paginate(
        call,
        _filtered(desk, call),
        key="satisfaction_ratings",
        render=lambda rating: render_rating(call, rating),
        identity=lambda rating: rating.id,
        sorts={"created_at": lambda rating: rating.created_at},
    )


def count_ratings(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(_filtered(desk, call)))


def show_rating(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"satisfaction_rating": render_rating(call, found(desk.ratings.get(call.id())))})


def post_rating(desk: Desk, call: Call) -> Answer:
    """Only the customer who asked can judge."""
    ticket = found(desk.tickets.get(call.id()))
    if ticket.requester_id != call.actor_id:
        raise Refusal.forbidden("Only the requester of a ticket can rate it")
    data = wrapped(call, "satisfaction_rating")
    return created("satisfaction_rating", render_rating(call, rate_ticket(desk, ticket, data, act=act_of(desk, call))))


def _filtered(desk: Desk, call: Call) -> list[Rating]:
    rows = list(desk.ratings.values())
    score = call.params.get("score")
    if score is not None and score != "received":
        # Everything kept was received; scores that only tickets have (offered, unoffered) find nothing.
        wanted, commented = _SCORES.get(score, ("", None))
        rows = [row for row in rows if row.score == wanted and commented in (None, row.comment is not None)]
    start, end = (_moment(call, name) for name in ("start_time", "end_time"))
    if start is not None:
        rows = [row for row in rows if row.created_at.timestamp() >= start]
    if end is not None:
        rows = [row for row in rows if row.created_at.timestamp() < end]
    return rows


def _moment(call: Call, name: str) -> float | None:
    text = call.params.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise bad_attribute(name, "must be a Unix time in seconds") from error


_HERE = f"{API}/satisfaction_ratings"
_READ = "satisfaction_ratings:read"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_ratings, scope=_READ, admins_only=True),
    Route(method="GET", template=f"{_HERE}/count", handler=count_ratings, scope=_READ, admins_only=True),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_rating, scope=_READ, admins_only=True),
    Route(
        method="POST",
        template=f"{API}/tickets/{{id}}/satisfaction_rating",
        handler=post_rating,
        scope="satisfaction_ratings:write",
        agents_only=False,
    ),
)
