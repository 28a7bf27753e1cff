"""Incremental exports: every change since a moment, page by page, for admins.

A page carries the place to go on from, and that place is never empty: the last page of an export names none when it holds no record,
and then the place it was asked with stays. Pages overlap and repeat records: keep the newer one by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar

from atom_zendesk_plugin.client.pagination import Caller
from atom_zendesk_plugin.client.resources.base import path
from atom_zendesk_plugin.client.resources.export_pages import MOST, Export, ExportPage, Place, by_cursor, by_time
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.records import (
    MetricEvent,
    ObjectRecord,
    Organization,
    Record,
    Ticket,
    TicketEvent,
    User,
)

R = TypeVar("R", bound=Record)
Support = Literal["agent", "ai_agent", "all"]


class Exports:
    """``/api/v2/incremental``. Start with ``Place(start_time=...)``, Unix seconds at least a minute ago, or with a stored page's place.

    Zendesk allows ten calls a minute (20 for users). ``size`` is up to 1,000; take less when pages time out.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def tickets(
        self,
        place: Place,
        *,
        size: int = MOST,
        include: Sequence[str] = (),
        exclude_deleted: bool = False,
        support: Support | None = None,
    ) -> Iterator[ExportPage[Ticket]]:
        """Read changed tickets by cursor. Deleted ones come with status ``deleted``, those of AI agents only with ``support``."""
        return by_cursor(
            self._export("tickets", Ticket, "tickets", "cursor"), place,
            {"per_page": size, **_tickets(include, exclude_deleted, support)},
        )  # fmt: skip

    def tickets_by_time(
        self,
        place: Place,
        *,
        size: int = MOST,
        include: Sequence[str] = (),
        exclude_deleted: bool = False,
        support: Support | None = None,
    ) -> Iterator[ExportPage[Ticket]]:
        """Read changed tickets by time, which repeats more of them than ``tickets`` does."""
        return by_time(
            self._export("tickets", Ticket, "tickets"), place,
            {"per_page": size, **_tickets(include, exclude_deleted, support)},
        )  # fmt: skip

    def ticket_events(
        self, place: Place, *, comments: bool = True, support: Support | None = None
    ) -> Iterator[ExportPage[TicketEvent]]:
        """Read what happened to tickets; without ``comments`` the words people wrote are left out."""
        params: Params = {"include": ("comment_events",) if comments else (), "support_type_scope": support}
        return by_time(self._export("ticket_events", TicketEvent, "ticket_events"), place, params)

    def ticket_metric_events(
        self, place: Place, *, exclude_deleted: bool = False, include_changes: bool = False
    ) -> Iterator[ExportPage[MetricEvent]]:
        """Read what metrics and SLAs are computed from. A breach with ``deleted`` never happened: skip it."""
        params: Params = {"exclude_deleted": exclude_deleted or None, "include_changes": include_changes or None}
        return by_time(self._export("ticket_metric_events", MetricEvent, "ticket_metric_events"), place, params)

    def users(self, place: Place, *, size: int = MOST, include: Sequence[str] = ()) -> Iterator[ExportPage[User]]:
        """Read changed users by cursor."""
        return by_cursor(
            self._export("users", User, "users", "cursor"), place, {"per_page": size, "include": include}
        )

    def users_by_time(
        self, place: Place, *, size: int = MOST, include: Sequence[str] = ()
    ) -> Iterator[ExportPage[User]]:
        """Read changed users by time."""
        return by_time(self._export("users", User, "users"), place, {"per_page": size, "include": include})

    def organizations(
        self, place: Place, *, size: int = MOST, include: Sequence[str] = ()
    ) -> Iterator[ExportPage[Organization]]:
        """Read changed organizations; Zendesk has no cursor for them."""
        export = self._export("organizations", Organization, "organizations")
        return by_time(export, place, {"per_page": size, "include": include})

    def object_records(
        self, key: str, place: Place, *, size: int = MOST, exclude_deleted: bool = False
    ) -> Iterator[ExportPage[ObjectRecord]]:
        """Read changed records of one kind of custom object by cursor."""
        params: Params = {"per_page": size, "filter[exclude_deleted]": exclude_deleted or None}
        return by_cursor(
            self._export("custom_object_records", ObjectRecord, "custom_objects", key, "cursor"), place, params
        )

    def skills(
        self, which: Literal["attributes", "attribute_values", "instance_values"], place: Place
    ) -> Iterator[ExportPage[Record]]:
        """Read changes of skills, of their values, or of who and what has them."""
        return by_time(self._export(which, Record, "routing", which), place, {})

    def sample(
        self, resource: Literal["tickets", "users", "organizations"], *, start_time: int
    ) -> tuple[Record, ...]:
        """Return up to 50 records of an export, to look at its form; ten times in 20 minutes."""
        export = self._export(resource, Record, resource, "sample")
        return export.ask({"start_time": start_time}).records

    def _export(self, key: str, kind: type[R], *parts: str) -> Export[R]:
        return Export(caller=self._caller, path=path("incremental", *parts), key=key, parse=kind.parse)


def _tickets(include: Sequence[str], exclude_deleted: bool, support: Support | None) -> Params:
    return {"include": include, "exclude_deleted": exclude_deleted or None, "support_type_scope": support}
