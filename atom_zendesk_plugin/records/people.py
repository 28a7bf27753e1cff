"""Users, and the organizations and groups they are in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from atom_zendesk_plugin.records.record import Part, Record


class Photo(Part, frozen=True, kw_only=True):
    content_url: str | None = None


class User(Record, frozen=True, kw_only=True):
    """``id`` is None for the anonymous user that ``users/me`` shows to a call without valid credentials."""

    id: int | None = None
    url: str | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    role_type: int | None = None
    custom_role_id: int | None = None
    active: bool | None = None
    suspended: bool | None = None
    verified: bool | None = None
    phone: str | None = None
    organization_id: int | None = None
    default_group_id: int | None = None
    ticket_restriction: str | None = None
    time_zone: str | None = None
    iana_time_zone: str | None = None
    locale: str | None = None
    external_id: str | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    photo: Photo | None = None
    user_fields: dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Organization(Record, frozen=True, kw_only=True):
    id: int
    url: str | None = None
    name: str | None = None
    external_id: str | None = None
    domain_names: list[str] = msgspec.field(default_factory=list)
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool | None = None
    shared_comments: bool | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    organization_fields: dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Group(Record, frozen=True, kw_only=True):
    id: int
    url: str | None = None
    name: str | None = None
    description: str | None = None
    default: bool | None = None
    deleted: bool | None = None
    is_public: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class OrganizationMembership(Record, frozen=True, kw_only=True):
    id: int
    user_id: int | None = None
    organization_id: int | None = None
    default: bool | None = None


class GroupMembership(Record, frozen=True, kw_only=True):
    id: int
    user_id: int | None = None
    group_id: int | None = None
    default: bool | None = None


class Identity(Record, frozen=True, kw_only=True):
    id: int
    user_id: int | None = None
    type: str | None = None
    value: str | None = None
    verified: bool | None = None
    primary: bool | None = None


class OrganizationMerge(Record, frozen=True, kw_only=True):
    id: str
    loser_id: int | None = None
    winner_id: int | None = None
    status: str | None = None
