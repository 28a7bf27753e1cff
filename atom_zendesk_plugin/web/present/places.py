"""Organizations, groups and views as they appear in answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.records import Group, Organization, View
from atom_zendesk_plugin.web.present.lists import ListData, facts_of

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.listing import Listing


class OrganizationItem(msgspec.Struct, kw_only=True, frozen=True):
    """An organization; ``name``, ``domain_names`` and ``tags`` are never null.

    ``custom_fields`` maps the keys of the account's organization fields to values.
    """

    id: int
    name: str
    domain_names: list[str]
    tags: list[str]
    shared_tickets: bool
    shared_comments: bool
    external_id: str | None
    group_id: int | None
    details: str | None
    notes: str | None
    custom_fields: dict[str, Any]
    created_at: datetime | None
    updated_at: datetime | None


class GroupItem(msgspec.Struct, kw_only=True, frozen=True):
    id: int
    name: str
    description: str
    default: bool
    created_at: datetime | None
    updated_at: datetime | None


class ViewItem(msgspec.Struct, kw_only=True, frozen=True):
    id: int
    title: str
    description: str
    active: bool
    position: int | None
    created_at: datetime | None
    updated_at: datetime | None


class OrganizationData(msgspec.Struct, kw_only=True, frozen=True):
    organization: OrganizationItem


class OrganizationsData(ListData, kw_only=True, frozen=True):
    organizations: list[OrganizationItem]


class GroupsData(ListData, kw_only=True, frozen=True):
    groups: list[GroupItem]


class ViewsData(ListData, kw_only=True, frozen=True):
    views: list[ViewItem]


def organization_item(organization: Organization) -> OrganizationItem:
    return OrganizationItem(
        id=organization.id,
        name=organization.name or "",
        domain_names=organization.domain_names,
        tags=organization.tags,
        shared_tickets=bool(organization.shared_tickets),
        shared_comments=bool(organization.shared_comments),
        external_id=organization.external_id,
        group_id=organization.group_id,
        details=organization.details,
        notes=organization.notes,
        custom_fields=organization.organization_fields or {},
        created_at=organization.created_at,
        updated_at=organization.updated_at,
    )


def organization_data(organization: Organization) -> OrganizationData:
    return OrganizationData(organization=organization_item(organization))


def organizations_data(listing: Listing[Organization]) -> OrganizationsData:
    items = [organization_item(organization) for organization in listing.records]
    return OrganizationsData(organizations=items, **facts_of(listing, items))


def groups_data(listing: Listing[Group]) -> GroupsData:
    items = [
        GroupItem(
            id=group.id,
            name=group.name or "",
            description=group.description or "",
            default=bool(group.default),
            created_at=group.created_at,
            updated_at=group.updated_at,
        )
        for group in listing.records
    ]
    return GroupsData(groups=items, **facts_of(listing, items))


def views_data(listing: Listing[View]) -> ViewsData:
    items = [
        ViewItem(
            id=view.id,
            title=view.title or "",
            description=view.description or "",
            active=bool(view.active),
            position=view.position,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )
        for view in listing.records
    ]
    return ViewsData(views=items, **facts_of(listing, items))
