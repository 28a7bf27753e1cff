"""How a ticket's metrics look on the wire: durations in whole minutes, calendar beside business time."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Call, Json
from atom_zendesk_plugin.simulator.metrics import Metrics
from atom_zendesk_plugin.simulator.render.frame import address, stamp


def render_metrics(call: Call, metrics: Metrics) -> Json:
    return {
        "url": address(call, f"ticket_metrics/{metrics.id}"),
        "id": metrics.id,
        "ticket_id": metrics.ticket_id,
        "created_at": stamp(metrics.created_at),
        "updated_at": stamp(metrics.updated_at),
        "group_stations": metrics.group_stations,
        "assignee_stations": metrics.assignee_stations,
        "reopens": metrics.reopens,
        "replies": metrics.replies,
        "assignee_updated_at": stamp(metrics.assignee_updated_at),
        "requester_updated_at": stamp(metrics.requester_updated_at),
        "status_updated_at": stamp(metrics.status_updated_at),
        "initially_assigned_at": stamp(metrics.initially_assigned_at),
        "assigned_at": stamp(metrics.assigned_at),
        "solved_at": stamp(metrics.solved_at),
        "latest_comment_added_at": stamp(metrics.latest_comment_added_at),
        "reply_time_in_minutes": _minutes(metrics.reply_seconds),
        "first_resolution_time_in_minutes": _minutes(metrics.first_resolution_seconds),
        "full_resolution_time_in_minutes": _minutes(metrics.full_resolution_seconds),
        "agent_wait_time_in_minutes": _minutes(metrics.agent_wait_seconds),
        "requester_wait_time_in_minutes": _minutes(metrics.requester_wait_seconds),
        "on_hold_time_in_minutes": _minutes(metrics.on_hold_seconds),
        "reply_time_in_seconds": {"calendar": metrics.reply_seconds},
        "custom_status_updated_at": stamp(metrics.custom_status_updated_at),
    }


def _minutes(seconds: int | None) -> Json:
    whole = None if seconds is None else seconds // 60
    return {"calendar": whole, "business": whole}
