"""Talk, which this account has not: its addresses are known and closed, as on an account that never bought it."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Refusal, Route
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.state import Desk


def refuse(desk: Desk, call: Call) -> Answer:
    told = "Access to this resource is restricted. Please contact the account administrator for assistance."
    raise Refusal.titled(403, "Forbidden", told)


ROUTES: tuple[Route, ...] = (Route(method="GET", template=f"{API}/channels/voice/phone_numbers", handler=refuse),)
