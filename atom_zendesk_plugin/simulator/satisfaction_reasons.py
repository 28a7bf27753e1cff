"""Why customers are not satisfied: the reasons that an account offers from the start."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.state import Desk

SHELF: Final = "satisfaction_reasons"

_REASONS: Final = (
    (5, "The issue took too long to resolve"),
    (6, "The issue was not resolved"),
    (7, "The agent's knowledge is unsatisfactory"),
    (8, "The agent's attitude is unsatisfactory"),
    (100, "Some other reason"),
)
"""Code and text of each; the codes are the service's."""


def lay_out_reasons(desk: Desk, *, at: datetime) -> None:
    """Put the reasons on their shelf, set up at ``at``. Call it when the account is populated."""
    for code, text in _REASONS:
        number = desk.new_id()
        desk.shelves[SHELF][number] = {
            "id": number,
            "reason_code": code,
            "value": text,
            "raw_value": text,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "deleted_at": None,
        }
