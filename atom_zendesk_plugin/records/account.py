"""Views, jobs, rules, fields and the other things an account is set up with."""

from __future__ import annotations

from datetime import datetime

import msgspec

from atom_zendesk_plugin.records.record import Json, Part, Record


class View(Record, frozen=True, kw_only=True):
    id: int
    url: str | None = None
    title: str | None = None
    description: str | None = None
    active: bool | None = None
    position: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class JobStatus(Record, frozen=True, kw_only=True):
    """``results`` stays None until the job is done, then a list of rows, for some jobs a single object."""

    id: str
    url: str | None = None
    job_type: str | None = None
    status: str | None = None
    total: int | None = None
    progress: int | None = None
    message: str | None = None
    results: list[Json] | Json | None = None


class Rule(Record, frozen=True, kw_only=True):
    """A macro, a trigger or an automation."""

    id: int | str
    title: str | None = None
    description: str | None = None
    active: bool | None = None
    position: int | None = None


class FieldOption(Part, frozen=True, kw_only=True):
    """A choice of a list field: people see ``name``, tickets hold ``value``."""

    name: str | None = None
    value: str | None = None


class StatusChoice(Part, frozen=True, kw_only=True):
    """A custom status as the ticket field for statuses lists it."""

    id: int
    status_category: str | None = None
    agent_label: str | None = None
    active: bool | None = None


class FieldDefinition(Record, frozen=True, kw_only=True):
    """A field of tickets, users, organizations or custom objects; ``key`` is None for those of tickets.

    ``removable`` False is a system field. ``custom_statuses`` is on the one ticket field of type ``custom_status``.
    """

    id: int | str
    type: str | None = None
    key: str | None = None
    title: str | None = None
    active: bool | None = None
    required: bool | None = None
    removable: bool | None = None
    regexp_for_validation: str | None = None
    custom_field_options: list[FieldOption] | None = None
    custom_statuses: list[StatusChoice] | None = None


class TicketForm(Record, frozen=True, kw_only=True):
    id: int
    name: str | None = None
    active: bool | None = None
    ticket_field_ids: list[int] = msgspec.field(default_factory=list)


class CustomStatus(Record, frozen=True, kw_only=True):
    id: int
    status_category: str | None = None
    agent_label: str | None = None
    active: bool | None = None
    default: bool | None = None


class Named(Record, frozen=True, kw_only=True):
    """What callers read of a brand, a schedule or a webhook."""

    id: int | str
    name: str | None = None


class SlaPolicy(Record, frozen=True, kw_only=True):
    id: int | str
    title: str | None = None
    position: int | None = None


class ObjectRecord(Record, frozen=True, kw_only=True):
    """A record of a custom object."""

    id: str
    name: str | None = None
    external_id: str | None = None
    custom_object_fields: Json | None = None


class SigningSecret(Record, frozen=True, kw_only=True):
    """What webhook deliveries are signed with; in no representation."""

    secret: str
    algorithm: str | None = None

    def __repr__(self) -> str:
        return f"SigningSecret(algorithm={self.algorithm!r})"


class OAuthToken(Record, frozen=True, kw_only=True):
    """``expires_at`` None: a token from before tokens ended. Its text is only in ``payload()``."""

    id: int
    user_id: int | None = None
    client_id: int | None = None
    scopes: list[str] = msgspec.field(default_factory=list)
    expires_at: datetime | None = None
