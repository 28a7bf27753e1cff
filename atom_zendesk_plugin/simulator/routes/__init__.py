"""Every operation the simulator offers, gathered from one module for each resource.

A new resource is a module with ``ROUTES`` and a line here.
"""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Route
from atom_zendesk_plugin.simulator.routes import (
    bulk,
    comments,
    configuration,
    deleted_tickets,
    groups,
    identities,
    jobs,
    macros,
    memberships,
    metrics,
    organizations,
    requests,
    satisfaction,
    search,
    tags,
    ticket_lists,
    tickets,
    users,
    views,
)

ALL_ROUTES: tuple[Route, ...] = (
    *tickets.ROUTES,
    *ticket_lists.ROUTES,
    *deleted_tickets.ROUTES,
    *comments.ROUTES,
    *tags.ROUTES,
    *bulk.ROUTES,
    *users.ROUTES,
    *identities.ROUTES,
    *organizations.ROUTES,
    *groups.ROUTES,
    *memberships.ROUTES,
    *views.ROUTES,
    *macros.ROUTES,
    *search.ROUTES,
    *jobs.ROUTES,
    *satisfaction.ROUTES,
    *metrics.ROUTES,
    *configuration.ROUTES,
    *requests.ROUTES,
)
