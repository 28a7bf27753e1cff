"""Custom objects, skills, dynamic content, agents at work, survey responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


@pytest.fixture
def lamps(office: Office) -> str:
    told = {"key": "lamp", "title": "Lamp", "title_pluralized": "Lamps"}
    assert office.call("POST", "custom_objects", json={"custom_object": told}).status == 201
    for kind, key in (("text", "colour"), ("integer", "watts")):
        field = {"type": kind, "key": key, "title": key}
        made = office.call("POST", "custom_objects/lamp/fields", json={"custom_object_field": field})
        assert made.status == 201
    return "custom_objects/lamp/records"


def lamp(office: Office, lamps: str, name: str, **more: Any) -> Any:
    return office.call("POST", lamps, json={"custom_object_record": {"name": name, **more}})


def test_records_hold_what_their_fields_allow(office: Office, lamps: str) -> None:
    made = lamp(office, lamps, "Desk", external_id="d-1", custom_object_fields={"watts": "40", "size": 1})
    row = made.body["custom_object_record"]
    assert (made.status, row["custom_object_fields"], row["external_id"]) == (201, {"watts": 40}, "d-1")
    assert lamp(office, lamps, "Wall", custom_object_fields={"watts": "many"}).body["details"].keys() == {"watts"}
    assert lamp(office, lamps, "").status == 422
    assert lamp(office, lamps, "Twin", external_id="d-1").status == 422
    change = {"custom_object_record": {"custom_object_fields": {"colour": "red"}}}
    changed = office.call("PATCH", f"{lamps}/{row['id']}", json=change).body["custom_object_record"]
    assert changed["custom_object_fields"] == {"watts": 40, "colour": "red"}
    assert office.call("DELETE", f"{lamps}/{row['id']}").status == 204
    assert office.call("GET", f"{lamps}/{row['id']}").status == 404


def test_records_are_set_by_external_id(office: Office, lamps: str) -> None:
    told = {"custom_object_record": {"name": "Desk"}}
    ids = {office.call("PATCH", f"{lamps}?external_id=x", json=told).body["custom_object_record"]["id"] for _ in range(2)}
    assert len(ids) == 1
    assert office.call("PATCH", lamps, json=told).status == 400
    assert office.call("DELETE", f"{lamps}?external_id=x").status == 204
    assert office.call("DELETE", f"{lamps}?external_id=x").status == 404


def test_records_are_paged_searched_and_counted(office: Office, lamps: str) -> None:
    names = ["Desk lamp", "Wall lamp", "Door bell"]
    for number, name in enumerate(names):
        lamp(office, lamps, name, external_id=str(number), custom_object_fields={"colour": "red" if number else "blue"})

    def found(path: str) -> list[str]:
        return [row["name"] for row in office.call("GET", f"{lamps}{path}").body["custom_object_records"]]

    assert found("") == names
    assert found("/search?query=lamp RED") == ["Wall lamp"]
    assert found("/autocomplete?name=do") == ["Door bell"]
    assert found("?filter[external_ids]=0,2") == ["Desk lamp", "Door bell"]
    assert office.call("GET", f"{lamps}/count").body["count"]["value"] == 3
    first = office.call("GET", f"{lamps}?page[size]=2").body
    assert (first["count"], first["meta"]["has_more"]) == (2, True)
    assert found(f"?page[size]=2&page[after]={first['meta']['after_cursor']}") == ["Door bell"]
    assert office.call("GET", f"{lamps}?page=2").status == 400


def test_objects_and_fields_are_for_admins_and_go_together(office: Office, lamps: str) -> None:
    lamp(office, lamps, "Desk")
    again = {"custom_object": {"key": "lamp", "title": "x", "title_pluralized": "x"}}
    assert office.call("POST", "custom_objects", json=again).status == 422
    for key in ("Lamp", "", "1x", "a b"):
        told = {"custom_object": {"key": key, "title": "x", "title_pluralized": "x"}}
        assert office.call("POST", "custom_objects", json=told).status == 422
    assert office.call("POST", "custom_objects", by=office.agent, json=again).status == 403
    assert office.call("GET", lamps, by=office.agent).status == 200
    assert office.call("DELETE", "custom_objects/lamp/fields/colour").status == 204
    assert office.call("GET", "custom_objects/lamp/limits/field_limit").body["count"] == 1
    assert office.call("DELETE", "custom_objects/lamp").status == 204
    assert office.call("GET", lamps).status == 404
    assert office.call("GET", "custom_objects/limits/object_limit").body["count"] == 0


def test_plans_without_custom_objects_do_not_know_them(office: Office, lamps: str) -> None:
    office.simulator.limits.configure(plan="suite-team")
    assert office.call("GET", lamps).body == {"error": "InvalidEndpoint", "description": "Not found"}
    office.simulator.limits.configure(plan="suite-professional")
    assert office.call("GET", lamps).status == 200


def test_skills_are_given_to_agents_and_asked_of_tickets(office: Office) -> None:
    number = office.call("POST", "routing/attributes", json={"attribute": {"name": "Language"}}).body["attribute"]["id"]
    path = f"routing/attributes/{number}"
    values = [
        office.call("POST", f"{path}/values", json={"attribute_value": {"name": name}}).body["attribute_value"]["id"]
        for name in ("German", "French")
    ]
    ticket = office.opened()
    agent = f"routing/agents/{office.agent.id}/instance_values"
    asked = f"routing/tickets/{ticket.id}/instance_values"
    for place in (agent, asked):
        shown = office.call("POST", place, json={"attribute_value_ids": values}).body["attribute_values"]
        assert [row["name"] for row in shown] == ["German", "French"]
    fulfilled = "routing/requirements/fulfilled"
    assert office.call("GET", fulfilled, by=office.agent).body["fulfilled_ticket_ids"] == [ticket.id]
    office.call("POST", agent, json={"attribute_value_ids": values[:1]})
    assert office.call("GET", fulfilled, by=office.agent).body["fulfilled_ticket_ids"] == []
    assert office.call("POST", agent, json={"attribute_value_ids": ["x"]}).status == 400
    assert office.call("POST", agent.replace(str(office.agent.id), str(office.customer.id)), json={}).status == 404
    assert office.call("DELETE", f"{path}/values/{values[1]}").status == 204
    assert len(office.call("GET", asked).body["attribute_values"]) == 1
    assert office.call("DELETE", path).status == 204
    assert office.call("GET", asked).body["attribute_values"] == []
    assert office.call("POST", "routing/attributes", by=office.agent, json={"attribute": {"name": "x"}}).status == 403


def test_agents_go_to_work(office: Office) -> None:
    path = f"agent_availabilities/{office.agent.id}"
    assert office.call("GET", path).body["data"]["attributes"]["agent_status"]["name"] == "offline"
    put = f"agent_availabilities/agent_statuses/agents/{office.agent.id}"
    assert office.call("PUT", put, json={"id": 3}).body["data"]["attributes"]["agent_status"] == {"id": 3, "name": "online"}
    shown = office.call("GET", path).body["data"]["attributes"]
    assert (shown["agent_status"]["reason"], shown["version"], shown["group_ids"]) == ("PUBLIC_API", 2, [office.support.id])
    working = office.call("GET", "agent_availabilities?filter[agent_status_id]=3").body["data"]
    assert [row["id"] for row in working] == [f"agent_availabilities|{office.agent.id}"]
    assert office.call("PUT", put, json={"id": 99}).status == 400
    assert office.call("GET", f"agent_availabilities/{office.customer.id}").body["errors"][0]["code"] == "NotFound"


def test_texts_in_several_languages(office: Office) -> None:
    told = {"item": {"name": "Greeting", "default_locale_id": 1, "content": "Hello"}}
    item = office.call("POST", "dynamic_content/items", json=told).body["item"]
    assert item["placeholder"] == "{{dc.greeting}}"
    path = f"dynamic_content/items/{item['id']}/variants"
    german = {"variant": {"locale_id": 8, "content": "Hallo", "default": True}}
    made = office.call("POST", path, json=german).body["variant"]
    assert office.call("POST", path, json=german).status == 422
    assert office.call("GET", f"dynamic_content/items/{item['id']}").body["item"]["default_locale_id"] == 8
    assert office.call("DELETE", f"{path}/{made['id']}").status == 422
    assert office.call("DELETE", f"{path}/{item['variants'][0]['id']}").status == 204
    assert office.call("POST", path, json={"variant": {"locale_id": 999, "content": "x"}}).status == 422
    assert office.call("GET", "locales/de", by=office.customer).body["locale"]["id"] == 8
    assert office.call("GET", "locales/xx").status == 404


def test_survey_responses_tell_the_same_ratings(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="solved")
    rating = {"satisfaction_rating": {"score": "good", "comment": "thanks"}}
    office.call("POST", f"tickets/{ticket.id}/satisfaction_rating", by=office.customer, json=rating)
    found = office.call("GET", f"guide/survey_responses?filter[subject_zrns]=zen:ticket:{ticket.id}").body
    row = found["survey_responses"][0]
    assert [answer.get("rating", answer.get("value")) for answer in row["answers"]] == [5, "thanks"]
    assert office.call("GET", f"guide/survey_responses/{row['id']}").body["survey_response"] == row
    milliseconds = int(office.desk.now().timestamp() * 1000)
    for name, hits in (("created_at_start", 1), ("created_at_end", 0)):
        reply = office.call("GET", f"guide/survey_responses?filter[{name}]={milliseconds}")
        assert len(reply.body["survey_responses"]) == hits
    assert office.call("GET", "guide/survey_responses?filter[created_at_end]=soon").status == 400
    assert office.call("GET", f"guide/survey_responses?filter[responder_ids]={office.stranger.id}").body["survey_responses"] == []
