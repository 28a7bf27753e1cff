"""What ``include=`` adds to an answer: objects named by the rows of the page, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.metrics import metrics_of
from atom_zendesk_plugin.simulator.objects import Membership, Ticket, User
from atom_zendesk_plugin.simulator.render.frame import configured, included
from atom_zendesk_plugin.simulator.render.metrics import render_metrics
from atom_zendesk_plugin.simulator.render.people import (
    render_group,
    render_identity,
    render_organization,
    render_user,
)
from atom_zendesk_plugin.simulator.render.tickets import render_ticket
from atom_zendesk_plugin.simulator.state import Desk


def ticket_row(desk: Desk, call: Call) -> Callable[[Ticket], Json]:
    """Return how this call wants its tickets: some side-loads sit inside each ticket."""
    wanted = included(call)

    def render(ticket: Ticket) -> Json:
        row = render_ticket(desk, call, ticket)
        if "comment_count" in wanted:
            row["comment_count"] = len(ticket.comments)
        if "metric_sets" in wanted:
            row["metric_set"] = render_metrics(call, metrics_of(desk, ticket))
        return row

    return render


def beside_tickets(desk: Desk, call: Call, wanted: frozenset[str] | None = None) -> Callable[[Sequence[Ticket]], Json]:
    """Return what collects users, groups, organizations and custom statuses of a page of tickets."""
    asked = included(call) if wanted is None else wanted

    def collect(tickets: Sequence[Ticket]) -> Json:
        more: Json = {}
        if "users" in asked:
            more["users"] = users_by_id(desk, call, _people_of(tickets))
        if "groups" in asked:
            more["groups"] = groups_by_id(desk, call, (ticket.group_id for ticket in tickets))
        if "organizations" in asked:
            more["organizations"] = organizations_by_id(desk, call, (ticket.organization_id for ticket in tickets))
        if "custom_statuses" in asked:
            used = dict.fromkeys(ticket.custom_status_id for ticket in tickets)
            rows = desk.config.custom_statuses
            more["custom_statuses"] = [configured(call, "custom_statuses", rows[key]) for key in used if key in rows]
        return more

    return collect


def beside_users(desk: Desk, call: Call) -> Callable[[Sequence[User]], Json]:
    asked = included(call)

    def collect(users: Sequence[User]) -> Json:
        more: Json = {}
        if "organizations" in asked:
            more["organizations"] = organizations_by_id(desk, call, (user.organization_id for user in users))
        if "groups" in asked:
            homes = (group_id for user in users for group_id in sorted(desk.group_ids_of(user.id)))
            more["groups"] = groups_by_id(desk, call, homes)
        if "identities" in asked:
            more["identities"] = [render_identity(call, one) for user in users for one in user.identities]
        return more

    return collect


def beside_memberships(desk: Desk, call: Call, home: str) -> Callable[[Sequence[Membership]], Json]:
    """Return what collects users and homes of memberships; ``home`` is ``groups`` or ``organizations``."""
    asked = included(call)

    def collect(memberships: Sequence[Membership]) -> Json:
        more: Json = {}
        if "users" in asked:
            more["users"] = users_by_id(desk, call, (membership.user_id for membership in memberships))
        if home in asked:
            gather = groups_by_id if home == "groups" else organizations_by_id
            more[home] = gather(desk, call, (membership.of_id for membership in memberships))
        return more

    return collect


def users_by_id(desk: Desk, call: Call, ids: Iterable[int | None]) -> list[Json]:
    return [render_user(desk, call, desk.users[key]) for key in _once(ids) if key in desk.users]


def groups_by_id(desk: Desk, call: Call, ids: Iterable[int | None]) -> list[Json]:
    return [render_group(call, desk.groups[key]) for key in _once(ids) if key in desk.groups]


def organizations_by_id(desk: Desk, call: Call, ids: Iterable[int | None]) -> list[Json]:
    rows = desk.organizations
    return [render_organization(desk, call, rows[key]) for key in _once(ids) if key in rows]


def _people_of(tickets: Sequence[Ticket]) -> Iterable[int | None]:
    for ticket in tickets:
        yield from (ticket.requester_id, ticket.submitter_id, ticket.assignee_id, *ticket.collaborator_ids)


def _once(ids: Iterable[int | None]) -> list[int]:
    return [key for key in dict.fromkeys(ids) if key is not None]
