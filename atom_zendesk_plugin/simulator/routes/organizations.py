"""Organizations: one by one, listed, and found by name or external id."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.intake import bad_attribute, id_list, name_list, wrapped
from atom_zendesk_plugin.simulator.lifecycle import leave_organization_of_ticket
from atom_zendesk_plugin.simulator.objects import Organization
from atom_zendesk_plugin.simulator.organizations import (
    create_organization,
    delete_organization,
    find_matching_organization,
    update_organization,
)
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.render.people import render_organization
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, created, found
from atom_zendesk_plugin.simulator.state import Desk


def list_organizations(desk: Desk, call: Call) -> Answer:
    return _page(desk, call, list(desk.organizations.values()))


def organizations_of_user(desk: Desk, call: Call) -> Answer:
    user = found(desk.users.get(call.id()))
    ids = sorted(membership.of_id for membership in desk.organization_memberships.of_user(user.id))
    return _page(desk, call, [desk.organizations[key] for key in ids])


def count_organizations(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.organizations))


def count_organizations_of_user(desk: Desk, call: Call) -> Answer:
    user = found(desk.users.get(call.id()))
    return counted(desk, len(desk.organization_memberships.of_user(user.id)))


def show_organization(desk: Desk, call: Call) -> Answer:
    organization = found(desk.organizations.get(call.id()))
    return Answer(200, {"organization": render_organization(desk, call, organization)})


def show_many(desk: Desk, call: Call) -> Answer:
    if "external_ids" in call.params:
        names = name_list(call, "external_ids")
        ids = [desk.organization_by_external_id.get(name.lower()) for name in names]
    else:
        ids = [*id_list(call)]
    rows = {key: desk.organizations[key] for key in ids if key in desk.organizations}
    return _page(desk, call, [rows[key] for key in sorted(rows)])


def post_organization(desk: Desk, call: Call) -> Answer:
    organization = create_organization(desk, wrapped(call, "organization"), at=desk.now())
    return created("organization", render_organization(desk, call, organization))


def put_organization(desk: Desk, call: Call) -> Answer:
    organization = found(desk.organizations.get(call.id()))
    update_organization(desk, organization, wrapped(call, "organization"), at=desk.now())
    return Answer(200, {"organization": render_organization(desk, call, organization)})


def create_or_update(desk: Desk, call: Call) -> Answer:
    data = wrapped(call, "organization")
    organization = find_matching_organization(desk, data)
    if organization is None:
        made = create_organization(desk, data, at=desk.now())
        return created("organization", render_organization(desk, call, made))
    update_organization(desk, organization, data, at=desk.now())
    row = render_organization(desk, call, organization)
    return Answer(200, {"organization": row}, {"location": row["url"]})


def remove_organization(desk: Desk, call: Call) -> Answer:
    drop_organization(desk, call, found(desk.organizations.get(call.id())))
    return Answer(204)


def drop_organization(desk: Desk, call: Call, organization: Organization) -> None:
    """Delete an organization; its tickets belong to none afterwards, and say so in their history."""
    for ticket in desk.index.having("organization", organization.id):
        leave_organization_of_ticket(desk, ticket, act=act_of(desk, call))
    delete_organization(desk, organization, at=desk.now())


def search_organizations(desk: Desk, call: Call) -> Answer:
    """Find by exact ``external_id`` or exact ``name``, whatever the case."""
    if "external_id" in call.params:
        key = desk.organization_by_external_id.get(call.params["external_id"].lower())
    elif "name" in call.params:
        key = desk.organization_by_name.get(call.params["name"].strip().lower())
    else:
        raise bad_attribute("name", "or external_id is missing")
    return _page(desk, call, [] if key is None else [desk.organizations[key]])


def autocomplete(desk: Desk, call: Call) -> Answer:
    start = call.params.get("name", "").strip().lower()
    if len(start) < 2:
        raise bad_attribute("name", "must have two characters or more")
    return _page(desk, call, [row for row in desk.organizations.values() if row.name.lower().startswith(start)])


def show_related(desk: Desk, call: Call) -> Answer:
    organization = found(desk.organizations.get(call.id()))
    related = {
        "tickets_count": desk.index.size("organization", organization.id),
        "users_count": len(desk.organization_memberships.within(organization.id)),
    }
    return Answer(200, {"organization_related": related})


def _page(desk: Desk, call: Call, rows: Sequence[Organization]) -> Answer:
    return paginate(
        call,
        rows,
        key="organizations",
        render=lambda organization: render_organization(desk, call, organization),
        identity=lambda organization: organization.id,
        sorts={"name": lambda organization: organization.name},
        presorted=True,
    )


_HERE = f"{API}/organizations"
_READ, _WRITE = "organizations:read", "organizations:write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_organizations, scope=_READ),
    Route(method="POST", template=_HERE, handler=post_organization, scope=_WRITE),
    Route(method="GET", template=f"{_HERE}/count", handler=count_organizations, scope=_READ),
    Route(method="GET", template=f"{_HERE}/show_many", handler=show_many, scope=_READ),
    Route(method="GET", template=f"{_HERE}/search", handler=search_organizations, scope=_READ),
    Route(method="GET", template=f"{_HERE}/autocomplete", handler=autocomplete, scope=_READ),
    Route(method="POST", template=f"{_HERE}/create_or_update", handler=create_or_update, scope=_WRITE),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_organization, scope=_READ),
    Route(
        method="PUT",
        template=f"{_HERE}/{{id}}",
        handler=put_organization,
        scope=_WRITE,
        bucket="update-organization",
    ),
    Route(method="DELETE", template=f"{_HERE}/{{id}}", handler=remove_organization, scope=_WRITE),
    Route(method="GET", template=f"{_HERE}/{{id}}/related", handler=show_related, scope=_READ),
    Route(
        method="GET",
        template=f"{API}/users/{{id}}/organizations/count",
        handler=count_organizations_of_user,
        scope=_READ,
    ),
    Route(method="GET", template=f"{API}/users/{{id}}/organizations", handler=organizations_of_user, scope=_READ),
)
