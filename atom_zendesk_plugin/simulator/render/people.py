"""How users, organizations, groups and memberships look on the wire."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.objects import Group, Identity, Membership, Organization, Role, User
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.state import Desk

ADMIN_ROLE_TYPE: Final = 4


def render_user(desk: Desk, call: Call, user: User) -> Json:
    staff, admin = user.is_staff, user.role is Role.ADMIN
    return {
        "id": user.id,
        "url": address(call, f"users/{user.id}"),
        "name": user.name,
        "email": user.email,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.updated_at),
        "time_zone": user.time_zone,
        "iana_time_zone": user.iana_time_zone,
        "phone": user.phone,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": user.locale,
        "organization_id": user.organization_id,
        "role": user.role.value,
        "verified": user.verified,
        "external_id": user.external_id,
        "tags": list(user.tags),
        "alias": user.alias,
        "active": user.active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": stamp(user.last_login_at),
        "two_factor_auth_enabled": None,
        "signature": user.signature,
        "details": user.details,
        "notes": user.notes,
        "role_type": ADMIN_ROLE_TYPE if admin else None,
        "custom_role_id": user.custom_role_id,
        "is_billing_admin": user.id == desk.admin_id if staff else None,
        "moderator": user.moderator,
        "ticket_restriction": user.ticket_restriction,
        "only_private_comments": user.only_private_comments,
        "restricted_agent": user.ticket_restriction is not None,
        "suspended": user.suspended,
        "default_group_id": user.default_group_id,
        "report_csv": admin,
        "user_fields": _profile(desk.config.user_fields, user.user_fields),
        "suspension_details": None,
    }


def render_nobody(token: str) -> Json:
    """Return whom ``users/me`` shows when no credentials, or wrong ones, were sent."""
    return {
        "id": None,
        "url": None,
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "created_at": None,
        "updated_at": None,
        "time_zone": "Eastern Time (US & Canada)",
        "iana_time_zone": "America/New_York",
        "phone": None,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": "en-US",
        "organization_id": None,
        "role": "end-user",
        "verified": False,
        "authenticity_token": token,
    }


def render_deleted_user(call: Call, user: User) -> Json:
    """Return a user as the list of deleted users shows one; the address is gone already."""
    return {
        "id": user.id,
        "url": address(call, f"deleted_users/{user.id}"),
        "name": user.name,
        "email": user.email,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.updated_at),
        "time_zone": user.time_zone,
        "phone": user.phone,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": user.locale,
        "organization_id": user.organization_id,
        "role": user.role.value,
        "active": user.active,
    }


def render_identity(call: Call, identity: Identity) -> Json:
    row: Json = {
        "url": address(call, f"users/{identity.user_id}/identities/{identity.id}"),
        "id": identity.id,
        "user_id": identity.user_id,
        "type": identity.kind,
        "value": identity.value,
        "verified": identity.verified,
        "primary": identity.primary,
        "created_at": stamp(identity.created_at),
        "updated_at": stamp(identity.updated_at),
    }
    if identity.kind == "email":
        row |= {"undeliverable_count": 0, "deliverable_state": "deliverable"}
    return row


def render_organization(desk: Desk, call: Call, organization: Organization) -> Json:
    return {
        "url": address(call, f"organizations/{organization.id}"),
        "id": organization.id,
        "name": organization.name,
        "shared_tickets": organization.shared_tickets,
        "shared_comments": organization.shared_comments,
        "external_id": organization.external_id,
        "created_at": stamp(organization.created_at),
        "updated_at": stamp(organization.updated_at),
        "domain_names": list(organization.domain_names),
        "details": organization.details,
        "notes": organization.notes,
        "group_id": organization.group_id,
        "tags": list(organization.tags),
        "organization_fields": _profile(desk.config.organization_fields, organization.organization_fields),
    }


def render_group(call: Call, group: Group) -> Json:
    return {
        "url": address(call, f"groups/{group.id}"),
        "id": group.id,
        "is_public": group.is_public,
        "name": group.name,
        "description": group.description,
        "default": group.default,
        "deleted": group.deleted,
        "created_at": stamp(group.created_at),
        "updated_at": stamp(group.updated_at),
    }


def render_group_membership(call: Call, membership: Membership) -> Json:
    return _membership(call, "group_memberships", membership) | _tail(membership, {"group_id": membership.of_id})


def render_organization_membership(desk: Desk, call: Call, membership: Membership) -> Json:
    home = {
        "organization_id": membership.of_id,
        "organization_name": desk.organizations[membership.of_id].name,
        "view_tickets": True,
    }
    return _membership(call, "organization_memberships", membership) | _tail(membership, home)


def _membership(call: Call, table: str, membership: Membership) -> Json:
    url = address(call, f"{table}/{membership.id}")
    return {"url": url, "id": membership.id, "user_id": membership.user_id}


def _tail(membership: Membership, home: Json) -> Json:
    stamps = {"created_at": stamp(membership.created_at), "updated_at": stamp(membership.updated_at)}
    return {**home, "default": membership.default, **stamps}


def _profile(rows: dict[int, Json], values: object) -> Json:
    known = values if isinstance(values, dict) else {}
    return {str(row["key"]): known.get(row["key"]) for row in rows.values() if row["active"]}
