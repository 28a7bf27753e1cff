"""Tickets, what was said on them and what is attached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from atom_zendesk_plugin.records.record import Part, Record


class Via(Part, frozen=True, kw_only=True):
    channel: str | int | None = None


class CustomField(Part, frozen=True, kw_only=True):
    id: int
    value: Any = None


class SatisfactionScore(Part, frozen=True, kw_only=True):
    score: str | None = None


class Attachment(Part, frozen=True, kw_only=True):
    id: int | None = None
    file_name: str | None = None
    content_url: str | None = None
    content_type: str | None = None
    size: int | None = None
    malware_scan_result: str | None = None
    malware_access_override: bool | None = None


class AuditEvent(Part, frozen=True, kw_only=True):
    id: int | None = None
    type: str | None = None
    field_name: str | None = None
    value: Any = None
    previous_value: Any = None
    author_id: Any = None
    public: Any = None


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
    tags: list[str] = msgspec.field(default_factory=list)
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
    attachments: list[Attachment] = msgspec.field(default_factory=list)
    audit_id: int | None = None
    via: Via | None = None
    created_at: datetime | None = None


class Audit(Record, frozen=True, kw_only=True):
    id: int
    ticket_id: int | None = None
    author_id: int | None = None
    events: list[AuditEvent] = msgspec.field(default_factory=list)
    metadata: Any = None
    via: Via | None = None
    created_at: datetime | None = None


class AttachedFile(Record, frozen=True, kw_only=True):
    """An attachment asked for by its id; ``malware_scan_result`` is ``malware_found`` for one that may do harm."""

    id: int | None = None
    file_name: str | None = None
    content_url: str | None = None
    content_type: str | None = None
    size: int | None = None
    malware_scan_result: str | None = None
    malware_access_override: bool | None = None


class Upload(Record, frozen=True, kw_only=True):
    """Files waiting for a comment. ``token`` gives them away until then, so it is in no representation."""

    token: str
    attachment: Attachment | None = None
    attachments: list[Attachment] = msgspec.field(default_factory=list)
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Upload(attachments={len(self.attachments)})"


class SatisfactionRating(Record, frozen=True, kw_only=True):
    id: int
    ticket_id: int | None = None
    score: str | None = None
    comment: str | None = None
    updated_at: datetime | None = None
