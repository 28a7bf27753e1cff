"""SLA policies, of tickets and of groups: written and shown. Nothing here computes a target."""

from __future__ import annotations

from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import as_id, bad_attribute, invalid, read_choice, read_flag, read_text
from atom_zendesk_plugin.simulator.objects import PRIORITY_RANK
from atom_zendesk_plugin.simulator.routes.frame import API
from atom_zendesk_plugin.simulator.routes.stored import Family, crud, read_name, reordering, route
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.ulids import new_ulid

METRICS: Final = (
    "first_reply_time",
    "next_reply_time",
    "agent_work_time",
    "pausable_update_time",
    "periodic_update_time",
    "requester_wait_time",
    "total_resolution_time",
)
GROUP_METRICS: Final = ("group_ownership_time",)
FIELDS: Final = ("priority", "type", "group_id", "organization_id", "requester_id", "brand_id", "current_tags", "ticket_form_id")
GROUP_FIELDS: Final = ("group_id",)


def _read_policy(desk: Desk, data: Json, old: Json | None) -> Json:
    values = _head(desk, data, old, "sla_policies")
    if "filter" in data or old is None:
        values["filter"] = {name: _rows(data, name, FIELDS) for name in ("all", "any")}
    if "policy_metrics" in data or old is None:
        values["policy_metrics"] = _metrics(data, METRICS)
    return values


def _read_group_policy(desk: Desk, data: Json, old: Json | None) -> Json:
    values = _head(desk, data, old, "group_sla_policies")
    if "filter" in data or old is None:
        rows = _rows(data, "all", GROUP_FIELDS)
        if not rows:
            raise Refusal.invalid(filter="Filter: needs a condition on groups")
        values["filter"] = {"all": [row | {"value": _listed(row["value"])} for row in rows]}
    if "policy_metrics" in data or old is None:
        values["policy_metrics"] = _metrics(data, GROUP_METRICS)
    return values


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _head(desk: Desk, data: Json, old: Json | None, table: str) -> Json:
    values: Json = {"title": read_name(data, old, "title")}
    values["description"] = read_text(data, "description") if "description" in data or old is None else old["description"]
    place = as_id(data["position"]) if data.get("position") is not None else None
    kept = len(desk.shelves[table]) + 1 if old is None else old["position"]
    return {**values, "position": kept if place is None else place}


def _rows(data: Json, name: str, known: tuple[str, ...]) -> list[Json]:
    told: Any = data.get("filter")
    if not isinstance(told, dict):
        raise bad_attribute("filter", "must be an object")
    rows = told.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_attribute("filter", "must have lists of conditions")
    for row in rows:
        field = row.get("field")
        if not isinstance(field, str) or not (field in known or field.startswith("custom_fields_")):
            raise Refusal.invalid(filter=f"Filter: {str(field)[:60]} is not a field that policies know")
    return [{"field": row["field"], "operator": str(row.get("operator", "is")), "value": row.get("value")} for row in rows]


def _metrics(data: Json, known: tuple[str, ...]) -> list[Json]:
    told: Any = data.get("policy_metrics")
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise bad_attribute("policy_metrics", "must be a list of metrics")
    rows = [_metric(row, known) for row in told]
    if len({(row["priority"], row["metric"]) for row in rows}) < len(rows):
        raise invalid("policy_metrics", "Policy metrics: have a metric twice for one priority", "DuplicateValue")
    return rows


def _metric(row: Json, known: tuple[str, ...]) -> Json:
    metric, priority = read_choice(row, "metric", known), read_choice(row, "priority", tuple(PRIORITY_RANK))
    if metric is None or priority is None:
        raise invalid("policy_metrics", "Policy metrics: need a metric and a priority each", "BlankValue")
    minutes, seconds = as_id(row.get("target")), as_id(row.get("target_in_seconds"))
    if minutes is None and seconds is None:
        raise invalid("policy_metrics", "Policy metrics: need a target each", "BlankValue")
    total = seconds if seconds is not None else (minutes or 0) * 60
    hours = read_flag(row, "business_hours") if "business_hours" in row else False
    head = {"priority": priority, "metric": metric}
    return {**head, "target": total // 60, "target_in_seconds": total, "business_hours": hours}


def show_definitions(desk: Desk, call: Call) -> Answer:
    rows = [_definition(name) for name in FIELDS]
    return Answer(200, {"definitions": {"all": rows, "any": rows}})


def show_group_definitions(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"definitions": {"all": [_definition(name) for name in GROUP_FIELDS]}})


def _definition(name: str) -> Json:
    title = name.removesuffix("_id").replace("_", " ").capitalize()
    operators = [{"value": "is", "title": "Is"}, {"value": "is_not", "title": "Is not"}]
    values: Json = {"type": "text", "list": []}
    head = {"value": name, "title": title, "group": "ticket", "target": None}
    return {**head, "operators": operators, "values": values}


def _bare_target(desk: Desk, call: Call, row: Json) -> Json:
    """Groups' policies tell their targets in minutes only."""
    rows = [{key: value for key, value in part.items() if key != "target_in_seconds"} for part in row["policy_metrics"]]
    return row | {"policy_metrics": rows}


POLICIES = Family(
    one="sla_policy",
    many="sla_policies",
    path="slas/policies",
    read=_read_policy,
    scope="sla_policies",
    feature="sla",
    readable_by_agents=False,
)
GROUP_POLICIES = Family(
    one="group_sla_policy",
    many="group_sla_policies",
    path="group_slas/policies",
    read=_read_group_policy,
    scope="sla_policies",
    feature="group_sla",
    new_id=new_ulid,
    shown=_bare_target,
    readable_by_agents=False,
)

ROUTES: tuple[Route, ...] = (
    *crud(POLICIES),
    route(POLICIES, "GET", f"{API}/slas/policies/definitions", show_definitions),
    route(POLICIES, "PUT", f"{API}/slas/policies/reorder", reordering(POLICIES, "sla_policy_ids", answers="nothing")),
    *crud(GROUP_POLICIES),
    route(GROUP_POLICIES, "GET", f"{API}/group_slas/policies/definitions", show_group_definitions),
    route(
        GROUP_POLICIES,
        "PUT",
        f"{API}/group_slas/policies/reorder",
        reordering(GROUP_POLICIES, "group_sla_policy_ids", answers="nothing"),
    ),
)
