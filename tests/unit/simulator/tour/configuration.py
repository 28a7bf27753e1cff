"""Everything that can be configured."""

from __future__ import annotations

from typing import Any

from tests.unit.simulator.tour.walk import Tour


def write_configuration(tour: Tour) -> None:
    rule = {"field": "status", "operator": "less_than", "value": "solved"}
    view = tour.ask("POST", "/views", {"view": {"title": "Mine", "all": [rule]}})["view"]["id"]
    tour.ask("PUT", "/views/{id}", {"view": {"title": "Ours"}}, id=view)
    tour.ask("POST", "/views/preview", {"view": {"all": [rule], "output": {"columns": ["subject"]}}})
    tour.ask("POST", "/views/preview/count", {"view": {"all": [rule]}})
    tour.ask("PUT", "/views/update_many", {"views": [{"id": view, "position": 3, "active": False}]})
    tour.ask("DELETE", "/views/{id}", id=view)
    tour.ask("DELETE", "/views/destroy_many", query=f"?ids={view}")
    tour.ask("PUT", "/account/settings", {"settings": {"tickets": {"collaboration": False}}})
    options = [{"name": "Red", "value": "red"}]
    data = {"type": "tagger", "title": "Colour", "custom_field_options": options}
    row = tour.ask("POST", "/ticket_fields", {"ticket_field": data})["ticket_field"]["id"]
    tour.ask("PUT", "/ticket_fields/{id}", {"ticket_field": {"title": "Hue"}}, id=row)
    _write_options(tour, "ticket_fields", row)
    tour.ask("PUT", "/ticket_fields/reorder", {"ticket_field_ids": [row]})
    tour.ask("DELETE", "/ticket_fields/{id}", id=row)
    waiting = {"custom_status": {"status_category": "hold", "agent_label": "Parts"}}
    status = tour.ask("POST", "/custom_statuses", waiting)["custom_status"]["id"]
    tour.ask("PUT", "/custom_statuses/{id}", {"custom_status": {"agent_label": "Waiting"}}, id=status)
    tour.ask("PUT", "/custom_status/default", {"ids": str(status)})
    old = next(key for key, row in tour.simulator.desk.config.custom_statuses.items() if not row["default"])
    first = tour.ask("GET", "/custom_statuses/{id}", id=old)["custom_status"]["id"]
    tour.ask("PUT", "/custom_status/default", {"ids": str(first)})
    tour.ask("DELETE", "/custom_statuses/{id}", id=status)


def write_shapes(tour: Tour) -> None:
    """Forms, brands, profile fields and SLA policies; one of each kind that is empty at first stays."""
    form = tour.ask("POST", "/ticket_forms", {"ticket_form": {"name": "Returns"}})["ticket_form"]["id"]
    tour.ask("PUT", "/ticket_forms/{id}", {"ticket_form": {"end_user_visible": True}}, id=form)
    tour.ask("PUT", "/ticket_forms/reorder", {"ticket_form_ids": [form]})
    copy = tour.ask("POST", "/ticket_forms/{id}/clone", id=form)["ticket_form"]["id"]
    tour.ask("DELETE", "/ticket_forms/{id}", id=copy)
    brand = tour.ask("POST", "/brands", {"brand": {"name": "Other", "subdomain": "other"}})["brand"]["id"]
    tour.ask("PUT", "/brands/{id}", {"brand": {"name": "Another"}}, id=brand)
    tour.ask("DELETE", "/brands/{id}", id=brand)
    for one in ("user_field", "organization_field"):
        options = [{"name": "Red", "value": "red"}]
        field: dict[str, Any] = {"type": "dropdown", "key": "colour", "title": "Colour", "custom_field_options": options}
        row = tour.ask("POST", f"/{one}s", {one: field})[one]["id"]
        tour.ask("PUT", f"/{one}s/{{id}}", {one: {"title": "Hue"}}, id=row)
        tour.ask("PUT", f"/{one}s/reorder", {f"{one}_ids": [row]})
        if one == "user_field":
            _write_options(tour, "user_fields", row)
        tour.ask("DELETE", f"/{one}s/{{id}}", id=row)
    metrics = {"slas": "first_reply_time", "group_slas": "group_ownership_time"}
    for home, one in (("slas", "sla_policy"), ("group_slas", "group_sla_policy")):
        rows = {"all": [{"field": "group_id", "operator": "includes", "value": ["1"]}], "any": []}
        target = {"priority": "low", "metric": metrics[home], "target": 60}
        data = {"title": "Fast", "filter": rows, "policy_metrics": [target]}
        _, second = (tour.ask("POST", f"/{home}/policies", {one: data})[one]["id"] for _ in range(2))
        tour.ask("PUT", f"/{home}/policies/{{id}}", {one: {"title": "Faster"}}, id=second)
        tour.ask("PUT", f"/{home}/policies/reorder", {f"{one}_ids": [second]})
        tour.ask("DELETE", f"/{home}/policies/{{id}}", id=second)


def _write_options(tour: Tour, table: str, number: int) -> None:
    told = {"custom_field_option": {"name": "Blue", "value": "blue"}}
    option = tour.ask("POST", f"/{table}/{{id}}/options", told, id=number)["custom_field_option"]["id"]
    tour.ask("POST", f"/{table}/{{id}}/options", told, id=number)
    tour.ask("GET", f"/{table}/{{id}}/options", id=number)
    tour.ask("GET", f"/{table}/{{id}}/options/{{option_id}}", id=number, option_id=option)
    tour.ask("DELETE", f"/{table}/{{id}}/options/{{option_id}}", id=number, option_id=option)
