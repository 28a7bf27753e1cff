"""The operations of the API, gathered: ATOM's older API, the API of its pages, connecting, and health."""

from __future__ import annotations

from atom_zendesk_plugin.web.operations import AnyOperation
from atom_zendesk_plugin.web.routes import (
    accounts,
    bulk,
    connecting,
    measures,
    pages_api,
    people,
    places,
    searches,
    tickets,
)

OPERATIONS: tuple[AnyOperation, ...] = (
    *tickets.OPERATIONS,
    *searches.OPERATIONS,
    *people.OPERATIONS,
    *places.OPERATIONS,
    *measures.OPERATIONS,
    *bulk.OPERATIONS,
    *accounts.OPERATIONS,
    *connecting.OPERATIONS,
    *pages_api.OPERATIONS,
)
