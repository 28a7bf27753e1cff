"""The rules that a new account comes with: the notices to customers, closing and asking for a rating."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from atom_zendesk_plugin.simulator.exchange import Json
from atom_zendesk_plugin.simulator.objects import SYSTEM_AUTHOR
from atom_zendesk_plugin.simulator.render.frame import stamp
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.trigger_revisions import note_revision


def _is(field: str, value: str) -> Json:
    return {"field": field, "operator": "is", "value": value}


def _notice(to: str) -> Json:
    return {"field": "notification_user", "value": [to, "Re: {{ticket.title}}", "{{ticket.latest_comment}}"]}


_PUBLIC = _is("comment_is_public", "true")
_SOLVED = _is("status", "solved")

_PARTS: Final[Mapping[str, tuple[list[Json], list[Json]]]] = {
    "received": ([_is("update_type", "Create"), _PUBLIC], [_notice("requester_id")]),
    "replied": ([_is("update_type", "Change"), _PUBLIC], [_notice("requester_and_ccs")]),
    "close": (
        [_SOLVED, {"field": "SOLVED", "operator": "greater_than", "value": "96"}],
        [{"field": "status", "value": "closed"}],
    ),
    "rate": (
        [_SOLVED, _is("SOLVED", "24"), _is("satisfaction_score", "unoffered")],
        [{"field": "satisfaction_score", "value": "offered"}],
    ),
}
"""Conditions and actions of each rule."""


def lay_down_rules(desk: Desk, *, at: datetime) -> None:
    """Put the account's own rules on the shelves, set up at ``at``. Call it when the account is populated."""
    category = str(desk.new_id())
    desk.shelves["trigger_categories"][category] = {
        "id": category,
        "name": "Notifications",
        "position": 0,
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
    for place, name in enumerate(("received", "replied")):
        row = _rule(desk, name, place, at=at)
        trigger = row | {"description": None, "category_id": category}
        desk.shelves["triggers"][row["id"]] = trigger
        note_revision(desk, trigger, author_id=SYSTEM_AUTHOR, at=at)
    for place, name in enumerate(("close", "rate")):
        row = _rule(desk, name, place, at=at)
        desk.shelves["automations"][row["id"]] = row


def _rule(desk: Desk, name: str, place: int, *, at: datetime) -> Json:
    known, (every, actions) = desk.config.rules[name], _PARTS[name]
    return {
        "id": known["id"],
        "title": known["title"],
        "raw_title": known["title"],
        "active": True,
        "default": True,
        "position": place,
        "conditions": {"all": [dict(row) for row in every], "any": []},
        "actions": [dict(row) for row in actions],
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
