"""The operations of the API, gathered: ATOM's older API, the API of its pages, connecting, and health.

The whole desk's own table is large, and loaded when something of it is first asked for: see ``every_operation``.
"""

from __future__ import annotations

from atom_zendesk_plugin.web.operations import API, AnyOperation
from atom_zendesk_plugin.web.routes import (
    accounts,
    bulk,
    connecting,
    measures,
    pages_api,
    people,
    places,
    searches,
    support,
    tickets,
    writes,
)

CORE: tuple[AnyOperation, ...] = (
    *tickets.OPERATIONS,
    *searches.OPERATIONS,
    *people.OPERATIONS,
    *places.OPERATIONS,
    *measures.OPERATIONS,
    *bulk.OPERATIONS,
    *accounts.OPERATIONS,
    *writes.OPERATIONS,
    *connecting.OPERATIONS,
    *pages_api.OPERATIONS,
    *support.OPERATIONS,
)

HIDING = frozenset({f"{API}/tickets/{{id}}", f"{API}/users/{{id}}", f"{API}/organizations/{{id}}"})
"""Paths whose variable would take words for ids that other operations have in that place."""


def every_operation() -> tuple[AnyOperation, ...]:
    """Return all of them."""
    from atom_zendesk_plugin.web.routes import tools, whole_desk

    return (*CORE, *tools.OPERATIONS, *whole_desk.OPERATIONS)
