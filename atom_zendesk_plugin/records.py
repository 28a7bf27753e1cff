"""Zendesk objects, parsed once at the edge: the fields we know as typed attributes, beside the bytes exactly as they came.

Nothing is lost: unknown fields live on in ``raw``, ``payload()`` gives the whole object, and ``merged()`` lays changes over it
without touching the rest. An attribute is None both for null and for absent; ``has()`` tells them apart, because writing null
clears a field and leaving it out does not. Extend by adding an attribute that something reads; unknown ones cost nothing.
Where the official document calls a field non-null and the service sends null, the type here says None.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

import msgspec

Json = dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An object inside another one; only the fields something reads."""


class Via(Part, frozen=True, kw_only=True):
    channel: str | int | None = None


class CustomField(Part, frozen=True, kw_only=True):
    id: int
    value: Any = None


class SatisfactionScore(Part, frozen=True, kw_only=True):
    score: str | None = None


class Photo(Part, frozen=True, kw_only=True):
    content_url: str | None = None


class Attachment(Part, frozen=True, kw_only=True):
    id: int | None = None
    file_name: str | None = None
    content_url: str | None = None
    content_type: str | None = None
    size: int | None = None


class AuditEvent(Part, frozen=True, kw_only=True):
    id: int | None = None
    type: str | None = None
    field_name: str | None = None
    value: Any = None
    previous_value: Any = None


class Record(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One object of the API. Build it with ``parse``; ``raw`` is then the JSON text as received."""

    @classmethod
    def parse(cls, raw: bytes | msgspec.Raw) -> Self:
        """Read one JSON object. Raises ``msgspec.DecodeError`` (a ValueError) naming the field whose type is not Zendesk's."""
        record = msgspec.json.decode(raw, type=cls)
        msgspec.structs.force_setattr(record, "_raw", bytes(raw))
        return record

    @property
    def raw(self) -> bytes:
        stored = self.__dict__.get("_raw")
        return stored if isinstance(stored, bytes) else msgspec.json.encode(self)

    def payload(self) -> Json:
        """Return the whole object as Zendesk sent it, unknown fields included."""
        return msgspec.json.decode(self.raw, type=dict[str, Any])

    def has(self, name: str) -> bool:
        """Tell whether Zendesk sent this field at all; None then means null."""
        return name in self.payload()

    def merged(self, changes: Mapping[str, object]) -> Self:
        """Return the record with these fields replaced and every other one, known or not, as it was."""
        return self.parse(msgspec.json.encode(self.payload() | dict(changes)))


R = TypeVar("R", bound=Record)


class Ticket(Record, frozen=True, kw_only=True):
    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    url: str | None = None
    external_id: str | None = None
    type: str | None = None
    subject: str | None = None
    description: str | None = None
    priority: str | None = None
    status: str | None = None
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    brand_id: int | None = None
    custom_status_id: int | None = None
    is_public: bool | None = None
    tags: list[str] = []
    custom_fields: list[CustomField] | None = None
    via: Via | None = None
    satisfaction_rating: SatisfactionScore | None = None
    due_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    comment_count: int | None = None


class Comment(Record, frozen=True, kw_only=True):
    id: int
    type: str | None = None
    author_id: int | None = None
    body: str | None = None
    html_body: str | None = None
    plain_body: str | None = None
    public: bool | None = None
    attachments: list[Attachment] = []
    audit_id: int | None = None
    via: Via | None = None
    created_at: datetime | None = None


class Audit(Record, frozen=True, kw_only=True):
    id: int
    ticket_id: int | None = None
    author_id: int | None = None
    events: list[AuditEvent] = []
    via: Via | None = None
    created_at: datetime | None = None


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
    tags: list[str] = []
    photo: Photo | None = None
    user_fields: dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Organization(Record, frozen=True, kw_only=True):
    id: int
    url: str | None = None
    name: str | None = None
    external_id: str | None = None
    domain_names: list[str] = []
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool | None = None
    shared_comments: bool | None = None
    tags: list[str] = []
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


RESULT_TYPES: Mapping[str, type[Record]] = {
    "ticket": Ticket,
    "user": User,
    "organization": Organization,
    "group": Group,
}
"""What a search hit is, by its ``result_type``."""


class _Hit(Part, frozen=True, kw_only=True):
    result_type: str | None = None


def parse_hit(raw: bytes | msgspec.Raw) -> Record:
    """Read one search hit as what it says it is; a kind this package does not model keeps its raw form only."""
    kind = msgspec.json.decode(raw, type=_Hit).result_type
    return RESULT_TYPES.get(kind or "", Record).parse(raw)
