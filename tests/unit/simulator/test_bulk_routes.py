"""Bulk work and its jobs over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office, Reply


def finished(office: Office, reply: Reply) -> Any:
    """Wait for a job and return its results."""
    job = reply.body["job_status"]
    assert (reply.status, job["status"], job["results"], job["progress"]) == (200, "queued", None, None)
    assert job["id"].startswith("V3-")
    assert len(job["id"]) == 35
    office.clock.advance(2)
    job = office.call("GET", f"job_statuses/{job['id']}").body["job_status"]
    assert (job["status"], job["progress"]) == ("completed", job["total"])
    assert job["message"].startswith("Completed at 2026-03-02 10:0")
    return job["results"]


def test_a_job_is_queued_then_works_then_is_done(office: Office) -> None:
    reply = office.call("POST", "tickets/create_many", json={"tickets": [{"comment": {"body": "a"}}]})
    path = f"job_statuses/{reply.body['job_status']['id']}"
    states = [office.call("GET", path).body["job_status"]["status"] for _ in range(3)]
    assert states == ["working", "completed", "completed"]
    assert len(office.call("GET", "job_statuses").body["job_statuses"]) == 1
    many = office.call("GET", f"job_statuses/show_many?ids={reply.body['job_status']['id']},V3-nobody").body
    assert [job["status"] for job in many["job_statuses"]] == ["completed"]
    office.clock.advance(86_401)
    assert office.call("GET", path).status == 404


def test_tickets_are_made_and_the_bad_ones_told(office: Office) -> None:
    rows: list[dict[str, Any]] = [{"comment": {"body": "a"}}, {"comment": {}}, {"comment": {"body": "c"}}]
    results = finished(office, office.call("POST", "tickets/create_many", json={"tickets": rows}))
    assert results == [
        {"index": 0, "id": 1, "account_id": office.desk.account_id},
        {"index": 1, "error": "TicketCreateFailed", "details": "Description: cannot be blank"},
        {"index": 2, "id": 2, "account_id": office.desk.account_id},
    ]


def test_one_change_for_many_adds_and_takes_tags(office: Office) -> None:
    for _ in range(2):
        office.opened(tags=["a", "b"])
    change = {"ticket": {"additional_tags": ["c"], "remove_tags": ["a"]}}
    results = finished(office, office.call("PUT", "tickets/update_many?ids=1,2,99", json=change))
    assert results[:2] == [
        {"action": "update", "id": number, "status": "Updated", "success": True} for number in (1, 2)
    ]
    assert results[2] == {"index": 2, "error": "TicketUpdateFailed", "id": 99, "details": "Not found"}
    assert [ticket.tags for ticket in office.desk.tickets.values()] == [("b", "c")] * 2


def test_each_row_its_own_change(office: Office) -> None:
    first, second = office.opened(), office.opened()
    stale = {"id": second.id, "priority": "low", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    rows = {"tickets": [{"id": first.id, "priority": "high"}, stale]}
    results = finished(office, office.call("PUT", "tickets/update_many", json=rows))
    assert (first.priority, second.priority) == ("high", None)
    assert results[0]["success"] is True
    assert "Safe Update" in results[1]["details"]
    assert office.call("PUT", "tickets/update_many", json={"tickets": [{"priority": "low"}]}).status == 400


def test_tickets_are_deleted_together(office: Office) -> None:
    first, second = office.opened(), office.opened()
    results = finished(office, office.call("DELETE", f"tickets/destroy_many?ids={first.id},{second.id},77"))
    assert results[0] == {"action": "delete", "id": first.id, "status": "Deleted", "success": True}
    assert results[2]["error"] == "TicketDeleteFailed"
    assert (len(office.desk.tickets), len(office.desk.deleted_tickets)) == (0, 2)


def test_people_and_homes_in_bulk(office: Office) -> None:
    users = [{"name": "One"}, {"name": ""}]
    results = finished(office, office.call("POST", "users/create_many", json={"users": users}))
    assert results[0] == {"id": results[0]["id"], "status": "Created"}
    assert results[1]["error"] == "UserCreateFailed"
    homes = [{"id": office.home.id, "name": "Same"}, {"id": 5, "name": "Other"}]
    results = finished(office, office.call("PUT", "organizations/update_many", json={"organizations": homes}))
    assert [row.get("success", False) for row in results] == [True, False]
    matched = [{"name": "Remy", "email": "remy@acme.example"}]
    results = finished(office, office.call("POST", "users/create_or_update_many", json={"users": matched}))
    assert results[0]["id"] == office.customer.id
    results = finished(office, office.call("DELETE", f"organizations/destroy_many?ids={office.home.id}"))
    assert results[0]["status"] == "Deleted"


def test_more_than_a_hundred_is_too_many(office: Office) -> None:
    reply = office.call("POST", "tickets/create_many", json={"tickets": [{}] * 101})
    assert (reply.status, reply.body["error"], reply.body["max_count"]) == (400, "TooManyValues", 100)
    reply = office.call("POST", "users/create_many", json={"users": [{}] * 101})
    assert reply.body["description"] == "Maximum 100 users may be created per call"
    assert office.call("POST", "tickets/create_many", json={"tickets": {}}).status == 400


def test_at_most_thirty_jobs_are_in_flight(office: Office) -> None:
    rows = {"tickets": [{"comment": {"body": "a"}}]}
    ids = [office.call("POST", "tickets/create_many", json=rows).body["job_status"]["id"] for _ in range(30)]
    full = office.call("POST", "tickets/create_many", json=rows)
    assert (full.status, full.body["error"], full.body["current_job_ids"]) == (429, "TooManyJobs", ids)
    assert full.headers["retry-after"] == "2"
    assert len(office.desk.tickets) == 30
    for path in ("deleted_tickets/destroy_many?ids=1", "tickets/destroy_many?ids=1"):
        assert office.call("DELETE", path).status == 429
    for _ in range(2):
        office.call("GET", f"job_statuses/{ids[0]}")
    assert office.call("POST", "tickets/create_many", json=rows).status == 200
    office.clock.advance(2)
    assert office.call("POST", "tickets/create_many", json=rows).status == 200


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(good=st.lists(st.booleans(), min_size=1, max_size=20))
def test_every_row_has_exactly_one_result(office: Office, good: list[bool]) -> None:
    rows = [{"comment": {"body": "said" if fine else ""}} for fine in good]
    results = finished(office, office.call("POST", "tickets/create_many", json={"tickets": rows}))
    assert [row["index"] for row in results] == list(range(len(rows)))
    assert ["id" in row for row in results] == good
    assert ["error" in row for row in results] == [not fine for fine in good]
    made = [row["id"] for row in results if "id" in row]
    assert len(set(made)) == len(made) == sum(good)
