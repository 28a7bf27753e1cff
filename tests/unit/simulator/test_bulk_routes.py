"""Bulk work and its jobs over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_zendesk_plugin.simulator.faults import FaultRule

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


def test_without_a_plan_any_number_of_jobs_is_in_flight(office: Office) -> None:
    rows = {"tickets": [{"comment": {"body": "a"}}]}
    assert {office.call("POST", "tickets/create_many", json=rows).status for _ in range(31)} == {200}


def test_with_a_plan_at_most_thirty_jobs_are_in_flight(office: Office) -> None:
    office.simulator.limits.configure(plan="suite-professional")
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


def spoil_rows(office: Office, **told: Any) -> None:
    office.simulator.faults.add(FaultRule.from_json({"kind": "rows", **told}))


def test_a_share_of_the_rows_can_fail_once(office: Office) -> None:
    spoil_rows(office, share=0.5, path="/api/v2/tickets/create_many")
    rows = [{"comment": {"body": f"row {number}"}} for number in range(10)]
    results = finished(office, office.call("POST", "tickets/create_many", json={"tickets": rows}))
    failed = [row["index"] for row in results if "error" in row]
    assert failed == [1, 3, 5, 7, 9]
    assert results[1] == {
        "index": 1,
        "error": "TicketCreateFailed",
        "details": "The row could not be saved. Please try again.",
    }
    assert len(office.desk.tickets) == 5
    # Sent again, in another place, the same rows are done.
    again = {"tickets": [rows[index] for index in failed]}
    assert ["id" in row for row in finished(office, office.call("POST", "tickets/create_many", json=again))] == [
        True
    ] * 5
    assert office.simulator.faults.fired == 5


def test_rows_with_an_id_fail_by_their_id(office: Office) -> None:
    tickets = [office.opened() for _ in range(3)]
    spoil_rows(office, count=2, method="PUT")
    ids = ",".join(str(ticket.id) for ticket in tickets)

    def update(priority: str) -> Any:
        reply = office.call("PUT", f"tickets/update_many?ids={ids}", json={"ticket": {"priority": priority}})
        return finished(office, reply)

    assert [(row.get("error"), row["id"]) for row in update("high")] == [
        ("TicketUpdateFailed", tickets[0].id),
        ("TicketUpdateFailed", tickets[1].id),
        (None, tickets[2].id),
    ]
    assert [ticket.priority for ticket in tickets] == [None, None, "high"]
    assert [row["success"] for row in update("low")] == [True] * 3
    assert [ticket.priority for ticket in tickets] == ["low"] * 3


@pytest.mark.parametrize(("share", "rows", "fail"), [(0, 100, 0), (0.1, 100, 10), (0.29, 100, 29), (1, 7, 7)])
def test_the_share_is_exact(office: Office, share: float, rows: int, fail: int) -> None:
    spoil_rows(office, share=share)
    tickets = [{"comment": {"body": f"row {number}"}} for number in range(rows)]
    results = finished(office, office.call("POST", "tickets/create_many", json={"tickets": tickets}))
    assert sum("error" in row for row in results) == fail


def test_a_job_is_forgotten_after_a_day(office: Office) -> None:
    reply = office.call("POST", "tickets/create_many", json={"tickets": [{"comment": {"body": "a"}}]})
    path = f"job_statuses/{reply.body['job_status']['id']}"
    office.clock.advance(86_400)
    assert office.call("GET", path).status == 200
    office.clock.advance(1)
    assert office.call("GET", path).status == 404
    assert office.call("GET", "job_statuses").body["job_statuses"] == []


def test_what_a_writer_says_about_a_write_is_in_its_audit(office: Office) -> None:
    """Under ``custom``, beside what the service knows under ``system``; also for rows of bulk work."""
    told = {"ticket": {"comment": {"body": "a"}, "metadata": {"run": 7, "by": ["x"]}}}
    made = office.call("POST", "tickets", json=told).body
    number = made["ticket"]["id"]
    change = {"ticket": {"priority": "high", "metadata": {"run": 8}}}
    assert office.call("PUT", f"tickets/{number}", json=change).body["audit"]["metadata"]["custom"] == {"run": 8}
    office.call(
        "PUT", f"tickets/update_many?ids={number}", json={"ticket": {"priority": "low", "metadata": {"run": 9}}}
    )
    office.call("PUT", f"tickets/{number}", json={"ticket": {"priority": "normal"}})
    rows = [audit["metadata"] for audit in office.call("GET", f"tickets/{number}/audits").body["audits"]]
    assert [row["custom"] for row in rows] == [{"run": 7, "by": ["x"]}, {"run": 8}, {"run": 9}, {}]
    assert all(row["system"]["client"].startswith("python-requests") for row in rows)
    comment = office.call("GET", f"tickets/{number}/comments").body["comments"][0]
    assert comment["metadata"]["custom"] == {"run": 7, "by": ["x"]}
