"""The rules of writing organizations and groups.

Like ``directory``: functions change the desk or raise ``Refusal`` having changed nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from atom_zendesk_plugin.simulator.directory import leave_group, leave_organization
from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.intake import invalid, read_flag, read_id, read_tags, read_text
from atom_zendesk_plugin.simulator.objects import Group, Organization
from atom_zendesk_plugin.simulator.profile_values import read_values
from atom_zendesk_plugin.simulator.state import Desk


def create_organization(desk: Desk, data: Json, *, at: datetime) -> Organization:
    """Add an organization. Its name is needed and must be free, whatever the case."""
    values = _organization_values(desk, data, organization=None)
    if not values.get("name"):
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    organization = Organization(id=desk.new_id(), created_at=at, updated_at=at, **values)
    desk.keep_earlier(organization, existed=False)
    desk.organizations[organization.id] = organization
    _index(desk, organization)
    return organization


def update_organization(desk: Desk, organization: Organization, data: Json, *, at: datetime) -> None:
    values = _organization_values(desk, data, organization=organization)
    if "name" in values and not values["name"]:
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    desk.keep_earlier(organization)
    _unindex(desk, organization)
    for name, value in values.items():
        setattr(organization, name, value)
    organization.updated_at = at
    _index(desk, organization)


def delete_organization(desk: Desk, organization: Organization, *, at: datetime) -> None:
    """Remove an organization and its memberships; its tickets are the caller's to move. Exports still tell of it."""
    for membership in desk.organization_memberships.within(organization.id):
        leave_organization(desk, membership)
    _unindex(desk, organization)
    desk.deleted_organizations[organization.id] = desk.organizations.pop(organization.id)
    organization.deleted_at = organization.updated_at = at


def find_matching_organization(desk: Desk, data: Json) -> Organization | None:
    """Return what ``create_or_update`` means: by id, else by external id, never by name."""
    number = read_id(data, "id")
    if number is not None and number in desk.organizations:
        return desk.organizations[number]
    external_id = read_text(data, "external_id")
    found = desk.organization_by_external_id.get(external_id.lower()) if external_id else None
    return None if found is None else desk.organizations[found]


def create_group(desk: Desk, data: Json, *, at: datetime) -> Group:
    """Add a group. Its name is needed and must be free among the groups that exist."""
    group = Group(id=desk.new_id(), name="", created_at=at, updated_at=at, default=not desk.groups)
    _write_group(desk, group, data, new=True)
    desk.groups[group.id] = group
    return group


def update_group(desk: Desk, group: Group, data: Json, *, at: datetime) -> None:
    _write_group(desk, group, data, new=False)
    group.updated_at = at


def delete_group(desk: Desk, group: Group, *, at: datetime) -> None:
    """Mark a group deleted and end its memberships; its tickets are the caller's to move."""
    if group.default:
        raise invalid("base", "The default group cannot be deleted")
    for membership in desk.group_memberships.within(group.id):
        leave_group(desk, membership)
    group.deleted = True
    group.updated_at = at


def _write_group(desk: Desk, group: Group, data: Json, *, new: bool) -> None:
    name = read_text(data, "name") if "name" in data or new else group.name
    if not name:
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    if any(other.name.lower() == name.lower() for other in desk.active_groups() if other is not group):
        raise invalid("name", "Name: has already been taken", "DuplicateValue")
    description = (read_text(data, "description") or "") if "description" in data else group.description
    is_public = read_flag(data, "is_public") if "is_public" in data else group.is_public
    group.name, group.description, group.is_public = name, description, is_public


def _organization_values(desk: Desk, data: Json, *, organization: Organization | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = _free_name(desk, data, owner=organization)
    for name in ("details", "notes"):
        if name in data:
            values[name] = read_text(data, name)
    for name in ("shared_tickets", "shared_comments"):
        if name in data:
            values[name] = read_flag(data, name)
    for name in ("tags", "domain_names"):
        if name in data:
            values[name] = read_tags(data[name], name)
    if "group_id" in data:
        group_id = read_id(data, "group_id")
        if group_id is not None and (group_id not in desk.groups or desk.groups[group_id].deleted):
            raise invalid("group_id", "Group: does not exist")
        values["group_id"] = group_id
    if "external_id" in data:
        values["external_id"] = _free_external_id(desk, data, owner=organization)
    if "organization_fields" in data:
        old, rows = (organization.organization_fields if organization else {}), desk.config.organization_fields.values()
        values["organization_fields"] = read_values(old, data, "organization_fields", rows=rows)
    return values


def _free_name(desk: Desk, data: Json, *, owner: Organization | None) -> str | None:
    name = read_text(data, "name")
    taken = desk.organization_by_name.get(name.lower()) if name else None
    if taken is not None and (owner is None or taken != owner.id):
        raise invalid("name", f"Name: {name} has already been taken", "DuplicateValue")
    return name


def _free_external_id(desk: Desk, data: Json, *, owner: Organization | None) -> str | None:
    external_id = read_text(data, "external_id")
    taken = desk.organization_by_external_id.get(external_id.lower()) if external_id else None
    if taken is not None and (owner is None or taken != owner.id):
        raise invalid("external_id", f"External: {external_id} has already been taken", "DuplicateValue")
    return external_id


def _index(desk: Desk, organization: Organization) -> None:
    desk.organization_by_name[organization.name.lower()] = organization.id
    if organization.external_id:
        desk.organization_by_external_id[organization.external_id.lower()] = organization.id


def _unindex(desk: Desk, organization: Organization) -> None:
    desk.organization_by_name.pop(organization.name.lower(), None)
    if organization.external_id:
        desk.organization_by_external_id.pop(organization.external_id.lower(), None)
