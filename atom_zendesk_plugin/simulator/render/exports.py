"""How rows that only exports have look on the wire: events of tickets and of their metrics."""

from __future__ import annotations

from typing import Final

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.metric_events import MetricEvent
from atom_zendesk_plugin.simulator.objects import Audit, Event, Organization
from atom_zendesk_plugin.simulator.render.frame import included, stamp, via
from atom_zendesk_plugin.simulator.render.history import render_audit
from atom_zendesk_plugin.simulator.render.people import render_organization
from atom_zendesk_plugin.simulator.state import Desk

_CHANNELS: Final = {"web": "Web form", "email": "Mail", "api": "Web service", "rule": "Rule", "chat": "Chat"}


def render_exported_organization(desk: Desk, call: Call, organization: Organization) -> Json:
    return {**render_organization(desk, call, organization), "deleted_at": stamp(organization.deleted_at)}


def render_ticket_event(desk: Desk, call: Call, audit: Audit) -> Json:
    """Return an audit as the export of ticket events shows it: its events are children that name what they change.

    A comment is only hinted at, unless the call asks for ``comment_events``.
    """
    whole = render_audit(desk, call, audit)
    metadata = whole["metadata"]
    return {
        "child_events": _children(call, audit, whole["events"]),
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": int(audit.created_at.timestamp()),
        "created_at": stamp(audit.created_at),
        "updater_id": audit.author_id,
        "via": _CHANNELS.get(audit.channel, audit.channel.replace("_", " ").capitalize()),
        "system": metadata["system"],
        "metadata": metadata["custom"],
        "event_type": "Audit",
    }


def render_metric_event(event: MetricEvent) -> Json:
    row: Json = {
        "id": event.id,
        "ticket_id": event.audit.ticket_id,
        "metric": event.metric,
        "instance_id": event.instance_id,
        "type": event.type,
        "time": stamp(event.audit.created_at),
    }
    if event.seconds is not None:
        # The account has no business hours: both clocks run alike.
        row["status"] = {"calendar": event.seconds // 60, "business": event.seconds // 60}
    return row


def _children(call: Call, audit: Audit, shown: list[Json]) -> list[Json]:
    with_comments = "comment_events" in included(call)
    rows = []
    for event, row in zip(audit.events, shown, strict=True):
        head = {"id": row["id"], "via": row.get("via") or via(audit.channel, audit.source), "via_reference_id": None}
        match event.type:
            case "Comment" if with_comments:
                created = {"created_at": stamp(audit.created_at)}
                rows.append({**head, **row, **created, "event_type": "Comment"})
            case "Comment":
                assert event.comment is not None
                hint = {"comment_present": True, "comment_public": event.comment.public}
                rows.append({**head, **hint, "event_type": "Comment"})
            case "Create" | "Change":
                rows.append({**head, **_change(event), "event_type": event.type})
            case _:
                more = {name: value for name, value in row.items() if name not in ("id", "via", "type")}
                rows.append({**head, **more, "event_type": event.type})
    return rows


def _change(event: Event) -> Json:
    """Return the new value under the name of its field; custom fields are told by number, tags also by difference."""
    assert event.field is not None
    told: Json = {event.field: event.value}
    if event.field.isdecimal():
        told = {"custom_ticket_fields": {event.field: event.value}}
    if event.type == "Change":
        told["previous_value"] = event.previous
    if event.field == "tags" and event.type == "Change":
        before, after = set(event.previous or ()), set(event.value or ())
        told |= {"added_tags": sorted(after - before), "removed_tags": sorted(before - after)}
    return told
