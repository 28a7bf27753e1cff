"""Problems, reasons for bad ratings, account settings, earlier forms of triggers, and more ways to read views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def test_problems_are_listed_and_found_by_their_subject(office: Office) -> None:
    fire, flood = office.opened(subject="Fire"), office.opened(subject="Flood", type="problem")
    office.opened(subject="Fire too", type="incident", problem_id=flood.id)

    def listed(answer: Any) -> list[int]:
        return [row["id"] for row in answer.body["tickets"]]

    assert listed(office.call("GET", "problems")) == [flood.id]
    office.write(fire, type="problem")
    assert listed(office.call("GET", "problems")) == [fire.id, flood.id]
    assert listed(office.call("POST", "problems/autocomplete", json={"text": "LOO"})) == [flood.id]
    assert listed(office.call("POST", "problems/autocomplete?text=fire")) == [fire.id]
    assert office.call("POST", "problems/autocomplete").status == 400
    assert office.call("POST", "problems/autocomplete", json={"text": 7}).status == 400
    office.write(flood, type="question")
    assert listed(office.call("GET", "problems")) == [fire.id]


def test_reasons_for_bad_ratings_can_be_read(office: Office) -> None:
    rows = office.call("GET", "satisfaction_reasons").body["reasons"]
    assert len({row["reason_code"] for row in rows}) == len(rows) >= 5
    one = office.call("GET", f"satisfaction_reasons/{rows[0]['id']}").body["reason"]
    assert one == rows[0]
    assert office.call("GET", "satisfaction_reasons/1").status == 404
    assert office.call("GET", "satisfaction_reasons", by=office.agent).status == 403


def test_settings_are_kept_as_they_are_written(office: Office) -> None:
    sent = {"settings": {"tickets": {"collaboration": False, "unheard_of": 1}, "limits": {"attachment_size": 1}}}
    before = office.call("GET", "account/settings").body["settings"]
    after = office.call("PUT", "account/settings", json=sent).body["settings"]
    assert after == {**before, "tickets": {**before["tickets"], "collaboration": False}}
    assert office.call("GET", "account/settings").body["settings"] == after
    assert office.call("PUT", "account/settings", by=office.agent, json=sent).status == 403
    broken: list[Any] = [{"tickets": {"collaboration": "no"}}, {"tickets": []}, {"brands": {"default_brand_id": 1}}]
    for wrong in broken:
        assert office.call("PUT", "account/settings", json={"settings": wrong}).status == 400
    assert office.call("GET", "account/settings").body["settings"] == after


def test_the_default_brand_is_the_one_that_is_set(office: Office) -> None:
    made = office.call("POST", "brands", json={"brand": {"name": "Other", "subdomain": "other"}}).body["brand"]
    sent = {"settings": {"brands": {"default_brand_id": made["id"]}}}
    answer = office.call("PUT", "account/settings", json=sent).body["settings"]
    assert answer["brands"]["default_brand_id"] == made["id"]
    assert office.opened().brand_id == made["id"]


def trigger(office: Office) -> int:
    told = {
        "title": "Loud",
        "conditions": {"all": [{"field": "priority", "operator": "is", "value": "urgent"}]},
        "actions": [{"field": "current_tags", "value": "loud"}],
    }
    made = office.call("POST", "triggers", json={"trigger": told})
    assert made.status == 201, made.body
    return int(made.body["trigger"]["id"])


def revisions(office: Office, number: int, **params: Any) -> Any:
    found = office.call("GET", f"triggers/{number}/revisions", params=params)
    assert found.status == 200, found.body
    return found.body


def test_every_form_of_a_trigger_is_kept(office: Office) -> None:
    number = trigger(office)
    here = f"triggers/{number}"
    office.clock.advance(60)
    office.call("PUT", here, json={"trigger": {"title": "Louder"}})
    office.call("PUT", here, json={"trigger": {"title": "Louder"}})
    office.call("PUT", "triggers/reorder", json={"trigger_ids": [number]})
    office.call("PUT", "triggers/update_many", json={"triggers": [{"id": number, "active": False}]})
    moved = {"job": {"action": "patch", "items": {"triggers": [{"id": number, "active": True}]}}}
    assert office.call("POST", "trigger_categories/jobs", json=moved).status == 200
    rows = revisions(office, number, include="users")
    told = [(row["snapshot"]["title"], row["snapshot"]["active"]) for row in rows["trigger_revisions"]]
    assert told == [("Louder", True), ("Louder", False), ("Louder", True), ("Loud", True)]
    assert [row["id"] for row in rows["users"]] == [office.admin.id]
    renamed, first = rows["trigger_revisions"][2:]
    assert renamed["diff"]["title"] == [{"change": "-", "content": "Loud"}, {"change": "+", "content": "Louder"}]
    assert (renamed["diff"]["source_id"], renamed["diff"]["target_id"]) == (first["id"], renamed["id"])
    assert (renamed["diff"]["actions"], renamed["diff"]["active"]) == ([], [])
    assert first["diff"]["actions"] == [
        {"field": [{"change": "+", "content": "current_tags"}], "value": [{"change": "+", "content": "loud"}]}
    ]
    one = office.call("GET", f"{here}/revisions/{renamed['id']}", by=office.agent).body["trigger_revision"]
    assert one["snapshot"]["title"] == "Louder"
    assert office.call("GET", f"{here}/revisions/1").status == 404
    office.call("DELETE", here)
    assert office.call("GET", f"{here}/revisions").status == 404


def test_revisions_are_paged_to_older_ones_by_before(office: Office) -> None:
    number = trigger(office)
    for place in range(4):
        office.call("PUT", f"triggers/{number}", json={"trigger": {"title": f"Form {place}"}})
    every = [row["id"] for row in revisions(office, number)["trigger_revisions"]]
    body = revisions(office, number, limit=2)
    assert (body["count"], body["after_cursor"], body["after_url"]) == (2, None, None)
    seen = [row["id"] for row in body["trigger_revisions"]]
    while body["before_cursor"]:
        newer = body
        body = revisions(office, number, limit=2, cursor=body["before_cursor"])
        back = revisions(office, number, limit=2, cursor=body["after_cursor"])
        assert back["trigger_revisions"] == newer["trigger_revisions"]
        seen += [row["id"] for row in body["trigger_revisions"]]
    assert seen == every
    assert body["before_url"] is None
    for wrong in ({"cursor": "x"}, {"limit": "0"}, {"limit": "all"}):
        assert office.call("GET", f"triggers/{number}/revisions", params=wrong).status == 400


def test_a_plan_may_lack_revisions(office: Office) -> None:
    number = trigger(office)
    for plan, status in (("suite-professional", 403), ("suite-enterprise", 200)):
        office.simulator.limits.configure(plan=plan)
        assert office.call("GET", f"triggers/{number}/revisions").status == status


def view(office: Office, title: str) -> int:
    rule = {"field": "status", "operator": "less_than", "value": "solved"}
    return int(office.call("POST", "views", json={"view": {"title": title, "all": [rule]}}).body["view"]["id"])


def test_views_are_found_by_words_of_their_title(office: Office) -> None:
    first, second = view(office, "Kettles that leak"), view(office, "Kettles that sing")

    def found(query: str) -> list[int]:
        answer = office.call("GET", f"views/search?query={query}")
        assert answer.status == 200, answer.body
        return [row["id"] for row in answer.body["views"]]

    assert found("kettles") == [first, second]
    assert found("LEAK kettles") == [first]
    assert found("teapot") == []
    assert office.call("GET", "views/search").status == 400
    assert office.call("GET", "views/search?query=k&page[size]=1").status == 400
    office.call("PUT", f"views/{first}", json={"view": {"active": False}})
    assert found("kettles&active=true") == [second]


def test_several_views_are_moved_at_once_or_none(office: Office) -> None:
    first, second = view(office, "One"), view(office, "Two")
    told = {"views": [{"id": first, "position": 9}, {"id": second, "position": 3, "active": False}]}
    rows = office.call("PUT", "views/update_many", json=told).body["views"]
    assert [(row["id"], row["position"], row["active"]) for row in rows] == [(second, 3, False), (first, 9, True)]
    broken = {"views": [{"id": first, "position": 1}, {"id": 1, "position": 2}]}
    assert office.call("PUT", "views/update_many", json=broken).status == 404
    wrong = {"views": [{"id": first, "position": 1}, {"id": second, "position": "top"}]}
    assert office.call("PUT", "views/update_many", json=wrong).status == 400
    assert office.desk.config.views[first]["position"] == 9


def test_definitions_name_what_views_can_be_made_of(office: Office) -> None:
    told = office.call("GET", "views/definitions").body["definitions"]
    assert set(told) == {"conditions_all", "conditions_any", "output", "groupables", "sortables"}
    # Every condition that is offered is one that a view accepts.
    anchor = {"field": "status", "operator": "is", "value": "open"}
    for row in told["conditions_all"]:
        for operator in row["operators"]:
            rule = {"field": row["subject"], "operator": operator["value"], "value": "1"}
            made = office.call("POST", "views", json={"view": {"title": "x", "all": [anchor, rule]}})
            assert made.status == 201, (rule, made.body)
            assert office.call("GET", f"views/{made.body['view']['id']}/tickets").status == 200
    for name, key in (("output", "columns"), ("groupables", "group_by"), ("sortables", "sort_by")):
        for column in told[name]:
            value = [column["value"]] if key == "columns" else column["value"]
            data = {"title": "x", "all": [anchor], "output": {key: value}}
            assert office.call("POST", "views", json={"view": data}).status == 201, column
