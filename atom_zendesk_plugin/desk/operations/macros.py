"""A macro on a ticket: what it would change, shown first, and the change itself, made only of what was shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.updating import Updater
from atom_zendesk_plugin.records import Json, Record, Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

_FIELDS = (
    "subject", "status", "custom_status_id", "priority", "type", "assignee_id", "group_id", "tags", "due_at", "problem_id", "brand_id",
    "ticket_form_id", "organization_id",
)  # fmt: skip
"""What a macro can change and an update can send; Zendesk answers with the whole ticket, also with what nobody may write."""


class FieldChange(msgspec.Struct, kw_only=True, frozen=True):
    """One field of a ticket; of a custom one ``field`` is ``custom_fields`` and ``id`` says which."""

    field: str
    id: int | None = None
    before: Any = None
    after: Any = None


class MacroComment(msgspec.Struct, kw_only=True, frozen=True):
    """What would be said; ``public`` false is an internal note."""

    body: str
    html_body: str
    public: bool


class MacroPreview(msgspec.Struct, kw_only=True, frozen=True):
    """What a macro would do to a ticket that has this ``updated_at``. ``comment`` null: it says nothing."""

    ticket_id: int
    macro_id: int
    updated_at: datetime | None
    changes: list[FieldChange]
    comment: MacroComment | None


class AppliedMacro(msgspec.Struct, kw_only=True, frozen=True):
    """What was done. ``updated_at`` is the ticket's now."""

    ticket_id: int
    macro_id: int
    updated_at: datetime | None
    status: str | None
    changes: list[FieldChange]
    comment: MacroComment | None


def preview_macro(zendesk: ZendeskClient, ticket_id: int, macro_id: int) -> MacroPreview:
    """Compare a ticket with what the macro makes of it; two calls, nothing is saved. Raises ZendeskNotFound."""
    now = zendesk.tickets.get(ticket_id).record
    return _compared(now, zendesk.macros.apply_to(macro_id, ticket_id), macro_id)


def apply_macro(
    zendesk: ZendeskClient, ticket_id: int, macro_id: int, *, expected_updated_at: str | None = None
) -> AppliedMacro:
    """Make the changes of a macro and add its comment, in one update: four calls, see ``updating``.

    Raises TicketConflict when somebody changed the ticket since ``expected_updated_at`` (None: since it was read for this). A macro that
    changes nothing writes nothing.
    """
    found = preview_macro(zendesk, ticket_id, macro_id)
    seen = found.updated_at if expected_updated_at is None else checks.stamp(expected_updated_at, "expected_updated_at")
    ticket_after = None
    fields = _fields(found)
    if fields:
        wanted = {**fields, "macro_ids": [macro_id]}
        ticket_after = Updater(client=zendesk).update(ticket_id, wanted, expected_updated_at=seen).ticket
    return AppliedMacro(
        ticket_id=ticket_id,
        macro_id=macro_id,
        updated_at=ticket_after.updated_at if ticket_after is not None else found.updated_at,
        status=ticket_after.status if ticket_after is not None else None,
        changes=found.changes,
        comment=found.comment,
    )


def _compared(now: Ticket, result: Record, macro_id: int) -> MacroPreview:
    before, told = now.payload(), result.payload().get("ticket")
    after: Json = told if isinstance(told, dict) else {}
    changes = [
        FieldChange(field=name, before=before.get(name), after=after[name])
        for name in _FIELDS
        if name in after and not _same(before.get(name), after[name])
    ]
    return MacroPreview(
        ticket_id=now.id,
        macro_id=macro_id,
        updated_at=now.updated_at,
        changes=[*changes, *_custom(before, after)],
        comment=_comment(after.get("comment")),
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other or (one in (None, "") and other in (None, ""))


def _custom(before: Json, after: Json) -> list[FieldChange]:
    values = {row.get("id"): row.get("value") for row in before.get("custom_fields") or []}
    return [
        FieldChange(field="custom_fields", id=row["id"], before=values.get(row["id"]), after=row.get("value"))
        for row in after.get("custom_fields") or after.get("fields") or []
        if isinstance(row.get("id"), int) and not _same(values.get(row["id"]), row.get("value"))
    ]


def _comment(told: object) -> MacroComment | None:
    if not isinstance(told, dict):
        return None
    body, html = str(told.get("body") or ""), str(told.get("html_body") or "")
    if not body.strip() and not html.strip():
        return None
    return MacroComment(body=body, html_body=html, public=told.get("public") is not False)


def _fields(found: MacroPreview) -> Json:
    fields: Json = {change.field: change.after for change in found.changes if change.id is None}
    custom = [{"id": change.id, "value": change.after} for change in found.changes if change.id is not None]
    if custom:
        fields["custom_fields"] = custom
    if found.comment is not None:
        said = (
            {"html_body": found.comment.html_body} if found.comment.html_body.strip() else {"body": found.comment.body}
        )
        fields["comment"] = {**said, "public": found.comment.public}
    return fields
