"""Trigger categories: the drawers that triggers are kept in. Their ids are texts."""

from __future__ import annotations

from typing import Any

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import as_id
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import Family, change, crud, read_name, refuse_taken, route
from atom_zendesk_plugin.simulator.routes.triggers import TRIGGERS
from atom_zendesk_plugin.simulator.state import Desk


def _read(desk: Desk, data: Json, old: Json | None) -> Json:
    rows = desk.shelves["trigger_categories"]
    name = read_name(data, old, "name")
    refuse_taken(rows, "name", name, old)
    place = as_id(data["position"]) if data.get("position") is not None else None
    kept = len(rows) if old is None else old["position"]
    return {"name": name, "position": kept if place is None else place}


def _check_empty(desk: Desk, row: Json) -> None:
    if any(trigger["category_id"] == row["id"] for trigger in desk.shelves["triggers"].values()):
        raise Refusal.bad_request("TriggerCategoryNotEmpty", "Category not empty", "The category still has triggers")


def _bare(desk: Desk, call: Call, row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "url"}


def run_batch(desk: Desk, call: Call) -> Answer:
    """Move categories and triggers about in one go, all or none."""
    job: Any = call.body.get("job") if isinstance(call.body, dict) else None
    items: Any = job.get("items") if isinstance(job, dict) else None
    if not isinstance(items, dict) or job.get("action") != "patch":
        raise Refusal.bad_request("InvalidJob", "Invalid job", "give a job with the action patch and its items")
    plan = [(family, *pair) for family in (CATEGORIES, TRIGGERS) for pair in _pairs(desk, family, items)]
    for family, row, data in plan:
        family.read(desk, data, row)
    for family, row, data in plan:
        change(desk, family, row, data)
        family.written(desk, call, row)
    told = {
        family.many: [family.render(desk, call, row) for kind, row, _ in plan if kind is family]
        for family in (CATEGORIES, TRIGGERS)
    }
    return Answer(200, {"status": "complete", "errors": [], "results": told})


def _pairs(desk: Desk, family: Family, items: Json) -> list[tuple[Json, Json]]:
    told = items.get(family.many) or []
    if not isinstance(told, list) or not all(isinstance(data, dict) for data in told):
        raise Refusal.bad_request("InvalidJob", "Invalid job", f"{family.many} must be a list of objects")
    rows = family.rows(desk)
    keys = [str(data.get("id")) if family is CATEGORIES else as_id(data.get("id")) for data in told]
    return [(found(rows.get(key)), data) for key, data in zip(keys, told, strict=True)]


CATEGORIES = Family(
    one="trigger_category",
    many="trigger_categories",
    path="trigger_categories",
    read=_read,
    scope="triggers",
    new_id=lambda desk: str(desk.new_id()),
    shown=_bare,
    before_removal=_check_empty,
    patch=True,
    made=200,
)

ROUTES: tuple[Route, ...] = (
    *crud(CATEGORIES),
    route(CATEGORIES, "POST", f"{API}/trigger_categories/jobs", run_batch),
)
