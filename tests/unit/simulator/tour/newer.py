"""The newer parts: custom objects, skills, dynamic content and who is at work."""

from __future__ import annotations

from typing import Any

from tests.unit.simulator.tour.walk import Tour


def write_objects(tour: Tour) -> None:
    """Make two objects; the first stays, with a field and a record."""
    for key in ("lamp", "gone"):
        told = {"key": key, "title": key, "title_pluralized": f"{key}s"}
        tour.ask("POST", "/custom_objects", {"custom_object": told})
        field = {"custom_object_field": {"type": "text", "key": "colour", "title": "Colour"}}
        tour.ask("POST", "/custom_objects/{key}/fields", field, key=key)
        record = {"custom_object_record": {"name": "First", "custom_object_fields": {"colour": "red"}}}
        made = tour.ask("POST", "/custom_objects/{key}/records", record, key=key)["custom_object_record"]["id"]
    records = "/custom_objects/{key}/records"
    tour.ask("PATCH", f"{records}/{{record_id}}", record, key="gone", record_id=made)
    tour.ask("PATCH", records, record, query="?external_id=a", key="gone")
    tour.ask("DELETE", records, query="?external_id=a", key="gone")
    tour.ask("DELETE", f"{records}/{{record_id}}", key="gone", record_id=made)
    one = "/custom_objects/{key}/fields/{field}"
    tour.ask("PATCH", one, {"custom_object_field": {"title": "Hue"}}, key="gone", field="colour")
    tour.ask("DELETE", one, key="gone", field="colour")
    tour.ask("PATCH", "/custom_objects/{key}", {"custom_object": {"title": "Going"}}, key="gone")
    tour.ask("DELETE", "/custom_objects/{key}", key="gone")


def write_skills(tour: Tour, ticket: int) -> None:
    one, values = "/routing/attributes/{id}", "/routing/attributes/{id}/values"
    numbers = []
    for name in ("Language", "Product"):
        number = tour.ask("POST", "/routing/attributes", {"attribute": {"name": name}})["attribute"]["id"]
        told = {"attribute_value": {"name": "Any"}}
        numbers.append((number, tour.ask("POST", values, told, id=number)["attribute_value"]["id"]))
    (kept, value), (gone, lost) = numbers
    tour.ask("PUT", one, {"attribute": {"name": "Tongue"}}, id=kept)
    tour.ask("PATCH", f"{values}/{{value_id}}", {"attribute_value": {"name": "German"}}, id=kept, value_id=value)
    tour.ask("GET", f"{values}/{{value_id}}", id=kept, value_id=value)
    for place, holder in (("agents", tour.admin_id), ("tickets", ticket)):
        tour.ask("POST", f"/routing/{place}/{{id}}/instance_values", {"attribute_value_ids": [value]}, id=holder)
        tour.ask("GET", f"/routing/{place}/{{id}}/instance_values", id=holder)
    tour.ask("GET", one, id=kept)
    tour.ask("GET", values, id=kept)
    tour.ask("DELETE", f"{values}/{{value_id}}", id=gone, value_id=lost)
    tour.ask("DELETE", one, id=gone)


def write_content(tour: Tour) -> None:
    here = "/dynamic_content/items"
    told: dict[str, Any] = {"name": "Greeting", "default_locale_id": 1, "content": "Hello"}
    kept = tour.ask("POST", here, {"item": told})["item"]["id"]
    gone = tour.ask("POST", here, {"item": {**told, "name": "Going"}})["item"]["id"]
    tour.ask("PUT", f"{here}/{{id}}", {"item": {"name": "Welcome"}}, id=kept)
    german = {"variant": {"locale_id": 8, "content": "Hallo"}}
    variant = tour.ask("POST", f"{here}/{{id}}/variants", german, id=kept)["variant"]["id"]
    one = f"{here}/{{id}}/variants/{{variant_id}}"
    tour.ask("GET", one, id=kept, variant_id=variant)
    tour.ask("PUT", one, {"variant": {"content": "Guten Tag"}}, id=kept, variant_id=variant)
    tour.ask("DELETE", one, id=kept, variant_id=variant)
    tour.ask("GET", f"{here}/{{id}}", id=kept)
    tour.ask("GET", f"{here}/{{id}}/variants", id=kept)
    tour.ask("GET", f"{here}/show_many", query=f"?ids={kept}")
    tour.ask("DELETE", f"{here}/{{id}}", id=gone)


def go_to_work(tour: Tour) -> None:
    tour.ask("PUT", "/agent_availabilities/agent_statuses/agents/{id}", {"id": 3}, id=tour.admin_id)
    tour.ask("GET", "/agent_availabilities/{id}", id=tour.admin_id)
    rating = next(iter(tour.simulator.desk.ratings))
    tour.ask("GET", "/guide/survey_responses/{id}", id=rating)
