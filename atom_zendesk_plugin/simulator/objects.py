"""What an account holds: people, groups, tickets and their history, as plain records.

Records that change are mutable and changed in one place each (``lifecycle`` for tickets, ``directory`` for people);
history (events, audits, comments) is frozen. Collections inside a record are tuples or are replaced whole, so that a
shallow copy of a record is a true copy of its moment. All times are aware, in UTC, in whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from atom_zendesk_plugin.simulator.exchange import Json

SYSTEM_AUTHOR: Final = -1
"""Author of what rules do: the service writes -1 there."""

ID_STEP: Final = 128
"""Distance between ids given out one after the other, as seen on the service."""


class Role(StrEnum):
    END_USER = "end-user"
    AGENT = "agent"
    ADMIN = "admin"


class Status(StrEnum):
    """Ticket states in the order of the service's comparisons."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"


STATUS_RANK: Final[Mapping[str, int]] = {status.value: rank for rank, status in enumerate(Status)}
PRIORITY_RANK: Final[Mapping[str, int]] = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
TICKET_TYPES: Final = ("problem", "incident", "question", "task")


@dataclass(slots=True, kw_only=True)
class Identity:
    """One way to reach a user. The primary e-mail identity is the user's ``email``."""

    id: int
    user_id: int
    kind: str
    value: str
    primary: bool
    verified: bool
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class User:
    id: int
    name: str
    role: Role
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    phone: str | None = None
    organization_id: int | None = None
    external_id: str | None = None
    alias: str | None = None
    details: str | None = None
    notes: str | None = None
    signature: str | None = None
    time_zone: str = "Eastern Time (US & Canada)"
    iana_time_zone: str = "America/New_York"
    locale: str = "en-US"
    tags: tuple[str, ...] = ()
    user_fields: Mapping[str, Any] = field(default_factory=dict)
    verified: bool = False
    active: bool = True
    suspended: bool = False
    moderator: bool = False
    only_private_comments: bool = False
    ticket_restriction: str | None = None
    custom_role_id: int | None = None
    default_group_id: int | None = None
    last_login_at: datetime | None = None
    identities: tuple[Identity, ...] = ()
    forgotten_at: datetime | None = None
    forgotten_by: int | None = None

    @property
    def is_staff(self) -> bool:
        return self.role is not Role.END_USER


@dataclass(slots=True, kw_only=True)
class Organization:
    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    domain_names: tuple[str, ...] = ()
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool = False
    shared_comments: bool = False
    tags: tuple[str, ...] = ()
    organization_fields: Mapping[str, Any] = field(default_factory=dict)
    deleted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class OrganizationMerge:
    """One organization going up in another. ``looks`` counts how often somebody asked how it goes."""

    id: str
    winner_id: int
    loser_id: int
    began_at: datetime
    looks: int = 0


@dataclass(slots=True, kw_only=True)
class Group:
    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    default: bool = False
    is_public: bool = True
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Membership:
    """A user's place in a group or in an organization; ``of_id`` is that group or organization."""

    id: int
    user_id: int
    of_id: int
    default: bool
    created_at: datetime
    updated_at: datetime


class Event(NamedTuple):
    """One line of an audit. Its id follows from its audit's, see ``Audit.event_id``; ``source`` is the rule that did it."""

    type: str
    field: str | None = None
    value: Any = None
    previous: Any = None
    comment: Comment | None = None
    source: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: int
    audit_id: int
    author_id: int
    created_at: datetime
    body: str
    public: bool
    html: str | None = None
    attachment_ids: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Attachment:
    """A file. ``token`` is what its address ends in; ``comment_id`` None is an upload that no comment carries yet.

    ``malware`` is what the scan found, as the service words it.
    """

    id: int
    token: str
    file_name: str
    content_type: str
    content: bytes
    malware: str
    width: int | None = None
    height: int | None = None
    inline: bool = False
    deleted: bool = False
    malware_allowed: bool = False
    upload_token: str | None = None
    ticket_id: int | None = None
    comment_id: int | None = None
    thumbnail: Attachment | None = None


@dataclass(slots=True, kw_only=True)
class Upload:
    """Files sent ahead of a comment, under one token."""

    token: str
    expires_at: datetime
    attachment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One write to a ticket. ``author_id`` is -1 for rules; ``custom`` is the writer's own metadata."""

    id: int
    ticket_id: int
    created_at: datetime
    author_id: int
    channel: str
    events: tuple[Event, ...]
    source: Json | None = None
    client: str | None = None
    custom: Json | None = None

    def event_id(self, position: int) -> int:
        return self.id + ID_STEP * (position + 1)


@dataclass(slots=True, kw_only=True)
class Rating:
    """A customer's judgement of a solved ticket."""

    id: int
    ticket_id: int
    requester_id: int
    assignee_id: int | None
    group_id: int | None
    score: str
    comment: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    at: datetime
    actor_id: int
    previous_state: str


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket as it is now. ``custom`` maps a custom field's id to its value and is replaced, never edited.

    ``generated_at`` is when anything about the ticket changed, by the clock of the service: imports and changes of the
    system move it, ``updated_at`` they don't. ``scrubbed`` is a ticket that was deleted for good. ``support_type`` is
    ``agent`` or ``ai_agent``.
    """

    id: int
    created_at: datetime
    updated_at: datetime
    generated_at: datetime
    requester_id: int
    submitter_id: int
    brand_id: int
    ticket_form_id: int
    custom_status_id: int
    channel: str = "api"
    source: Json | None = None
    subject: str | None = None
    description: str = ""
    status: Status = Status.NEW
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    problem_id: int | None = None
    external_id: str | None = None
    recipient: str | None = None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    follower_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    followup_ids: tuple[int, ...] = ()
    custom: Mapping[int, Any] = field(default_factory=dict)
    is_public: bool = True
    rating: Rating | None = None
    offered: bool = False
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    deletion: Deletion | None = None
    scrubbed: bool = False
    support_type: str = "agent"
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    @property
    def collaborator_ids(self) -> tuple[int, ...]:
        """Everybody who follows the ticket in one way or the other, once."""
        return tuple(dict.fromkeys((*self.email_cc_ids, *self.follower_ids)))

    def draft(self) -> Ticket:
        """Return a copy to plan changes on; comments and audits are shared with the original."""
        # copy.copy says the same and takes five times as long, which counts when an account is filled.
        copied = object.__new__(Ticket)
        for name in Ticket.__slots__:
            setattr(copied, name, getattr(self, name))
        return copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who writes, when and how. ``actor_id`` is -1 for a rule, whose ``source`` then names it.

    ``imported_at`` is for history that is brought in: then ``at`` is when it happened elsewhere.
    """

    actor_id: int
    at: datetime
    channel: str = "api"
    client: str | None = None
    source: Json | None = None
    custom: Json | None = None
    imported_at: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """When this account learned of it."""
        return self.at if self.imported_at is None else self.imported_at
