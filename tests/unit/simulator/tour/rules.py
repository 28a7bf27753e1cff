"""Everything that can be written about rules."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.simulator.tour.walk import Tour

_OPEN: Final = {"field": "status", "operator": "less_than", "value": "solved"}
_OLD: Final = {"field": "SOLVED", "operator": "greater_than", "value": "4"}
_URGENT: Final = [{"field": "priority", "value": "urgent"}]

_FAMILIES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("trigger", "triggers", {"conditions": {"all": [_OPEN], "any": []}, "actions": _URGENT}),
    ("automation", "automations", {"all": [_OLD], "actions": [{"field": "status", "value": "closed"}]}),
    ("macro", "macros", {"actions": [*_URGENT, {"field": "comment_value", "value": "Hello"}]}),
)


def write_rules(tour: Tour) -> None:
    for one, many, parts in _FAMILIES:
        first, second = (
            tour.ask("POST", f"/{many}", {one: {"title": f"Rule {number}", **parts}})[one]["id"] for number in (1, 2)
        )
        tour.ask("PUT", f"/{many}/{{id}}", {one: {"title": "Renamed"}}, id=first)
        tour.ask("PUT", f"/{many}/update_many", {many: [{"id": first, "active": False}]})
        if many == "triggers":
            tour.ask("PUT", "/triggers/reorder", {"trigger_ids": [second, first]})
            kept = tour.ask("GET", "/triggers/{id}/revisions", id=first)["trigger_revisions"][0]["id"]
            tour.ask("GET", "/triggers/{id}/revisions/{revision_id}", id=first, revision_id=kept)
        tour.ask("DELETE", f"/{many}/{{id}}", id=first)
        tour.ask("DELETE", f"/{many}/destroy_many", query=f"?ids={second}")
    drawer = tour.ask("POST", "/trigger_categories", {"trigger_category": {"name": "Night"}})["trigger_category"]["id"]
    tour.ask("PATCH", "/trigger_categories/{id}", {"trigger_category": {"name": "Day"}}, id=drawer)
    moved = {"job": {"action": "patch", "items": {"trigger_categories": [{"id": drawer, "position": 3}]}}}
    tour.ask("POST", "/trigger_categories/jobs", moved)
    tour.ask("DELETE", "/trigger_categories/{id}", id=drawer)
