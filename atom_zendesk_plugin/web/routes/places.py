"""Operations on organizations, groups and views under /api/zendesk."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from atom_zendesk_plugin.desk.values import Id, Line, Prose, Tags
from atom_zendesk_plugin.web.fields import (
    Body,
    Cursor,
    FieldsByName,
    Limit,
    Query,
    given,
)
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.lists import Deleted
from atom_zendesk_plugin.web.present.places import (
    GroupsData,
    OrganizationData,
    OrganizationsData,
    ViewsData,
    groups_data,
    organization_data,
    organizations_data,
    views_data,
)  # fmt: skip

TAG = "Organizations, groups, views"
Domains = Annotated[list[Annotated[str, Meta(max_length=255)]], Meta(max_length=200, examples=[["example.com"]])]


class PageQuery(Query, kw_only=True, frozen=True):
    limit: Limit = 30
    cursor: Cursor | None = None


class NewOrganization(Body, kw_only=True, frozen=True):
    name: Line
    domain_names: Domains | None = None
    tags: Tags | None = None
    shared_tickets: bool | None = None
    shared_comments: bool | None = None
    external_id: Line | None = None
    group_id: Id | None = None
    notes: Prose | None = None
    details: Prose | None = None
    custom_fields: FieldsByName | None = None


class OrganizationChanges(Body, kw_only=True, frozen=True):
    """Fields left out stay as they are; null clears where Zendesk can."""

    name: Line | UnsetType = UNSET
    domain_names: Domains | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    shared_tickets: bool | UnsetType = UNSET
    shared_comments: bool | UnsetType = UNSET
    external_id: Line | UnsetType | None = UNSET
    group_id: Id | UnsetType | None = UNSET
    notes: Prose | UnsetType | None = UNSET
    details: Prose | UnsetType | None = UNSET
    custom_fields: FieldsByName | UnsetType = UNSET


def list_organizations(call: Call[PageQuery, Body]) -> Answer:
    listing = call.desk().organizations.list(limit=call.query.limit, cursor=call.query.cursor or None)
    return Answer(data=organizations_data(listing))


def show_organization(call: Call[Query, Body]) -> Answer:
    return Answer(data=organization_data(call.desk().organizations.get(call.ids["id"])))


def create_organization(call: Call[Query, NewOrganization]) -> Answer:
    organization = call.desk().organizations.create(**given(call.body))  # type: ignore[arg-type]  # same names
    return Answer(
        data=organization_data(organization), status=201, message=f"Organization {organization.id} was created."
    )


def update_organization(call: Call[Query, OrganizationChanges]) -> Answer:
    organization = call.desk().organizations.update(call.ids["id"], given(call.body))
    return Answer(data=organization_data(organization), message=f"Organization {organization.id} was changed.")


def delete_organization(call: Call[Query, Body]) -> Answer:
    call.desk().organizations.delete(call.ids["id"])
    return Answer(data=Deleted(id=call.ids["id"]), message=f"Organization {call.ids['id']} was deleted.")


def list_groups(call: Call[PageQuery, Body]) -> Answer:
    return Answer(data=groups_data(call.desk().groups.list(limit=call.query.limit, cursor=call.query.cursor or None)))


def list_views(call: Call[PageQuery, Body]) -> Answer:
    return Answer(data=views_data(call.desk().views.list(limit=call.query.limit, cursor=call.query.cursor or None)))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/organizations", handler=list_organizations, tag=TAG, query=PageQuery, body=Body,
        reply=OrganizationsData, summary="List organizations",
    ),
    Operation(
        method="POST", path=f"{API}/organizations", handler=create_organization, tag=TAG, query=Query, body=NewOrganization,
        reply=OrganizationData, status=201, summary="Create an organization",
        example={"name": "Example Ltd", "domain_names": ["example.com"]},
    ),
    Operation(
        method="GET", path=f"{API}/organizations/{{id}}", handler=show_organization, tag=TAG, query=Query, body=Body,
        reply=OrganizationData, summary="Show an organization",
    ),
    Operation(
        method="PUT", path=f"{API}/organizations/{{id}}", handler=update_organization, tag=TAG, query=Query, body=OrganizationChanges,
        reply=OrganizationData, summary="Change an organization",
        description="Fields left out stay as they are; null clears. `domain_names` and `tags` replace the whole list.",
        example={"notes": "Pays by invoice."},
    ),
    Operation(
        method="DELETE", path=f"{API}/organizations/{{id}}", handler=delete_organization, tag=TAG, query=Query, body=Body, reply=Deleted,
        summary="Delete an organization",
    ),
    Operation(
        method="GET", path=f"{API}/groups", handler=list_groups, tag=TAG, query=PageQuery, body=Body, reply=GroupsData,
        summary="List groups",
    ),
    Operation(
        method="GET", path=f"{API}/views", handler=list_views, tag=TAG, query=PageQuery, body=Body, reply=ViewsData,
        summary="List views",
    ),
)  # fmt: skip
