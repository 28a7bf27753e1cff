"""How the host lists the plugin: its entry in the service registry and in ``app.integrations``, with the values of this moment."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin.actions import CORE_NAMES, action_names
from atom_zendesk_plugin.chat import COMMANDS
from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from flask import Flask

    from atom_zendesk_plugin.config import ConfigReport

SERVICE_KEY = "zendesk_service"
INTEGRATION_KEY = "zendesk"
DESCRIPTION = "Tickets, users, organizations, groups, views, search and counts of your Zendesk account."

TRIGGERS = ("manual_trigger", "scheduled_trigger")
"""What can start a workflow with our actions; both are the host's own, and need nothing from Zendesk."""

FEATURES = (
    "list_tickets", "get_ticket", "create_ticket", "update_ticket", "delete_ticket", "add_comment", "search_tickets", "list_users",
    "list_organizations", "list_groups", "list_views", "ticket_counts",
)  # fmt: skip


def entry(report: Mapping[str, Any], *, actions: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the registry entry that a health report supports; ``actions`` None: all of them."""
    return {
        "name": "Zendesk", "status": _status(report), "type": "integration", "description": DESCRIPTION,
        "capabilities": list(FEATURES), "health": report["health"], "workflow_triggers": list(TRIGGERS),
        "workflow_actions": list(action_names() if actions is None else actions),
        "chat_commands": [command.command for command in COMMANDS],
        "last_checked": report["last_checked"],
    }  # fmt: skip


def first_entry(config: ConfigReport, *, at: str) -> dict[str, Any]:
    """Return the entry before anything was probed: nothing is known to work yet, so health is no better than degraded.

    Of the actions it names the core: registration loads no table of hundreds; the first health report names all.
    """
    known = {"configured": config.configured, "api_accessible": None, "health": "degraded", "last_checked": at}
    return entry(known, actions=CORE_NAMES)


def update(services: object, new: Mapping[str, Any]) -> None:
    """Write the entry into the host's registry, in place: others hold references to it. Leaves alone what is not a mapping."""
    if not isinstance(services, MutableMapping):
        return
    held = services.get(SERVICE_KEY)
    if isinstance(held, MutableMapping):
        held.update(new)
    else:
        services[SERVICE_KEY] = dict(new)


def announce(app: Flask, *, configured: bool, available: bool) -> None:
    """Put the plugin into ``app.integrations``, the dictionary in which older ATOM hosts list theirs; makes it when there is none."""
    listed = getattr(app, "integrations", None)
    if listed is None:
        listed = {}
        app.integrations = listed  # type: ignore[attr-defined]  # the host's own convention
    if not isinstance(listed, MutableMapping):
        event("zendesk.integrations_unusable", "warning", found=type(listed).__name__)
        return
    endpoints = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("atom_zendesk")}
    listed[INTEGRATION_KEY] = {
        "name": "Zendesk", "description": DESCRIPTION, "available": available, "configured": configured,
        "features": list(FEATURES), "endpoints": sorted(endpoints),
    }  # fmt: skip


def _status(report: Mapping[str, Any]) -> str:
    if not report["configured"]:
        return "disconnected"
    accessible = report["api_accessible"]
    if accessible is None:
        return "available"
    return "connected" if accessible else "error"
