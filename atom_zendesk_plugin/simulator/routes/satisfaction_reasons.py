"""The reasons for a bad rating that the account offers; they can be read."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Route
from atom_zendesk_plugin.simulator.render.frame import configured
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.satisfaction_reasons import SHELF
from atom_zendesk_plugin.simulator.state import Desk


def list_reasons(desk: Desk, call: Call) -> Answer:
    """This list has no pages."""
    return Answer(200, {"reasons": [configured(call, SHELF, row) for row in desk.shelves[SHELF].values()]})


def show_reason(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"reason": configured(call, SHELF, found(desk.shelves[SHELF].get(call.id())))})


_HERE = f"{API}/satisfaction_reasons"
_READ = "satisfaction_ratings:read"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HERE, handler=list_reasons, scope=_READ, admins_only=True),
    Route(method="GET", template=f"{_HERE}/{{id}}", handler=show_reason, scope=_READ, admins_only=True),
)
