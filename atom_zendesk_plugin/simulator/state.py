"""The whole state of one Zendesk account, and nothing else: rules of writing live in ``lifecycle`` and ``directory``.

A desk is used under its ``lock``: whoever answers a call holds it for the whole call, so that each call is atomic.
"""

from __future__ import annotations

import copy
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.simulator.exchange import Answer, Json
from atom_zendesk_plugin.simulator.objects import (
    ID_STEP,
    Attachment,
    Group,
    Membership,
    Organization,
    OrganizationMerge,
    Rating,
    Ticket,
    Upload,
    User,
)
from atom_zendesk_plugin.simulator.ticket_index import TicketIndex

Indexed = TypeVar("Indexed", Ticket, User, Organization)

Rows = dict[Any, Json]
"""Stored objects by their id, as the service shows them but without their ``url``."""

IDEMPOTENCY_KEPT: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """The answer to a create that carried an idempotency key."""

    fingerprint: str
    answer: Answer
    at: datetime


@dataclass(slots=True, kw_only=True)
class Job:
    """A background job. It has done its work when it is made; what it tells about itself follows the clock."""

    id: str
    kind: str
    created_at: datetime
    total: int | None
    working_message: str
    results: list[Json] | Json
    polls: int = 0
    finished_at: datetime | None = None


@dataclass(slots=True)
class Configuration:
    """The account's slow-moving objects, each as the service shows it but without its ``url``."""

    views: dict[int, Json]
    macros: dict[int, Json]
    ticket_fields: dict[int, Json]
    ticket_forms: dict[int, Json]
    custom_statuses: dict[int, Json]
    brands: dict[int, Json]
    user_fields: dict[int, Json]
    organization_fields: dict[int, Json]
    rules: dict[str, Json]

    def tables(self) -> dict[str, dict[int, Json]]:
        """Return the tables that can be listed, by the name the service gives them."""
        return {
            "views": self.views,
            "macros": self.macros,
            "ticket_fields": self.ticket_fields,
            "ticket_forms": self.ticket_forms,
            "custom_statuses": self.custom_statuses,
            "brands": self.brands,
            "user_fields": self.user_fields,
            "organization_fields": self.organization_fields,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """What a rule wanted sent to a webhook. It is written down, not sent."""

    id: str
    webhook_id: str
    rule_id: int
    ticket_id: int
    body: str
    at: datetime


@dataclass(slots=True)
class Switches:
    """What an account's owner has set, as far as it changes how the account behaves.

    ``private_attachments`` shows files only to who is signed in and may see the ticket. ``attachment_origin`` is the
    scheme and host that files are served from after a redirect, None when the account serves them itself.
    ``attachment_limit`` is the largest file in bytes.
    """

    private_attachments: bool = False
    attachment_origin: str | None = None
    attachment_limit: int = 50 * 1024 * 1024


class Memberships:
    """Who belongs to which groups (or organizations), readable from both ends."""

    def __init__(self) -> None:
        self.all: dict[int, Membership] = {}
        self._by_user: dict[int, dict[int, Membership]] = defaultdict(dict)
        self._by_home: dict[int, dict[int, Membership]] = defaultdict(dict)

    def add(self, membership: Membership) -> None:
        self.all[membership.id] = membership
        self._by_user[membership.user_id][membership.of_id] = membership
        self._by_home[membership.of_id][membership.user_id] = membership

    def remove(self, membership: Membership) -> None:
        del self.all[membership.id]
        del self._by_user[membership.user_id][membership.of_id]
        del self._by_home[membership.of_id][membership.user_id]

    def of_user(self, user_id: int) -> list[Membership]:
        return list(self._by_user.get(user_id, {}).values())

    def within(self, of_id: int) -> list[Membership]:
        return list(self._by_home.get(of_id, {}).values())

    def find(self, user_id: int, of_id: int) -> Membership | None:
        return self._by_user.get(user_id, {}).get(of_id)


class Desk:
    """One account: what it holds, how its ids are given out, and how things are found in it.

    The same ``seed`` and the same calls at the same times give the same account. ``search_lag`` is how many seconds
    the search index is behind; it counts for changes made while it is set.
    """

    def __init__(self, *, clock: Clock, seed: int = 1, subdomain: str = "acme", search_lag: float = 0.0) -> None:
        self.clock = clock
        self.seed = seed
        self.rng = random.Random(f"desk {seed}")
        self.subdomain = subdomain
        self.search_lag = search_lag
        self.lock = threading.RLock()
        self.account_id = 10_000_000 + self.rng.randrange(10_000_000)
        self.admin_id: int | None = None
        self.users: dict[int, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.groups: dict[int, Group] = {}
        self.organization_merges: dict[str, OrganizationMerge] = {}
        self.group_memberships = Memberships()
        self.organization_memberships = Memberships()
        self.tickets: dict[int, Ticket] = {}
        self.deleted_tickets: dict[int, Ticket] = {}
        self.ratings: dict[int, Rating] = {}
        self.config = Configuration({}, {}, {}, {}, {}, {}, {}, {}, {})
        self.jobs: dict[str, Job] = {}
        self.spoils_row: Callable[[str, str], bool] = lambda method, path: False
        self.uploads: dict[str, Upload] = {}
        self.attachments: dict[int, Attachment] = {}
        self.attachment_by_token: dict[str, int] = {}
        self.switches = Switches()
        self.shelves: defaultdict[str, Rows] = defaultdict(dict)
        self.webhook_calls: list[WebhookCall] = []
        self.counted_views: set[int] = set()
        self.idempotency: dict[str, KeptAnswer] = {}
        self.index = TicketIndex()
        self.user_by_email: dict[str, int] = {}
        self.user_by_external_id: dict[str, int] = {}
        self.organization_by_name: dict[str, int] = {}
        self.organization_by_external_id: dict[str, int] = {}
        self._next_id = 20_000_000_000_000 + self.rng.randrange(20_000_000_000) * ID_STEP
        self._next_ticket_id = 1
        self.latest_ulid = 0
        self._earlier: dict[tuple[type, int], list[tuple[datetime, object]]] = {}

    def now(self) -> datetime:
        """Return the time as the service stamps it: whole seconds."""
        return self.clock.now().replace(microsecond=0)

    def new_id(self, count: int = 1) -> int:
        """Return the first of ``count`` fresh ids, ``ID_STEP`` apart."""
        first = self._next_id
        self._next_id += ID_STEP * count
        return first

    def new_ticket_id(self) -> int:
        """Return the next ticket number: tickets count from 1, everything else has long ids."""
        given = self._next_ticket_id
        self._next_ticket_id += 1
        return given

    def listed_tickets(self) -> list[Ticket]:
        """Return what lists show, by id: no deleted tickets, none closed for 120 days. Not to be changed."""
        return self.index.listed(self.now())

    def active_users(self) -> list[User]:
        return [user for user in self.users.values() if user.active]

    def active_groups(self) -> list[Group]:
        return [group for group in self.groups.values() if not group.deleted]

    def find_user_by_email(self, email: str) -> User | None:
        """Look through primary and secondary addresses, whatever their case."""
        user_id = self.user_by_email.get(email.strip().lower())
        return None if user_id is None else self.users[user_id]

    def find_user_by_external_id(self, external_id: str) -> User | None:
        user_id = self.user_by_external_id.get(external_id.lower())
        return None if user_id is None else self.users[user_id]

    def group_ids_of(self, user_id: int) -> set[int]:
        return {membership.of_id for membership in self.group_memberships.of_user(user_id)}

    def default_status_id(self, category: str) -> int:
        """Return the custom status that stands for a category when none is named."""
        for status_id, status in self.config.custom_statuses.items():
            if status["status_category"] == category and status["default"]:
                return status_id
        raise LookupError(f"this account has no default status for {category}: furnish it before writing tickets")

    def default_brand_id(self) -> int:
        return _default(self.config.brands.values())

    def default_form_id(self) -> int:
        return _default(self.config.ticket_forms.values())

    def keep_earlier(self, record: Ticket | User | Organization, *, existed: bool = True) -> None:
        """Remember how a record was before a change, for a search index that lags. Call it before the change."""
        if self.search_lag <= 0:
            return
        shadow: object = None
        if existed:
            shadow = copy.copy(record)
            if isinstance(shadow, Ticket):
                shadow.comments = list(shadow.comments)
        kept = self._earlier.setdefault((type(record), record.id), [])
        kept.append((self.clock.now(), shadow))
        horizon = self.clock.now() - timedelta(seconds=self.search_lag)
        while len(kept) > 1 and kept[0][0] <= horizon:
            kept.pop(0)

    def as_indexed(self, record: Indexed) -> Indexed | None:
        """Return a record as the search index knows it, None when the index has not seen it yet."""
        kept = self._earlier.get((type(record), record.id)) if self.search_lag > 0 else None
        if kept:
            horizon = self.clock.now() - timedelta(seconds=self.search_lag)
            for changed_at, shadow in kept:
                if changed_at > horizon:
                    return shadow if isinstance(shadow, type(record)) else None
        return record


def _default(rows: Iterable[Json]) -> int:
    for row in rows:
        if row["default"]:
            return int(row["id"])
    raise LookupError("this account has no default brand or form: furnish it before writing tickets")
