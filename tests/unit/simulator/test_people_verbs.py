"""What else can happen to people: merged, forgotten, moved between homes many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office, Reply


def results_of(office: Office, reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    office.clock.advance(2)
    return office.call("GET", f"job_statuses/{reply.body['job_status']['id']}").body["job_status"]["results"]


def test_a_merged_user_brings_tickets_addresses_and_homes(office: Office) -> None:
    mine, copied = office.opened(), office.opened(by=office.stranger, email_ccs=[{"user_id": office.customer.id}])
    office.call("PUT", f"users/{office.customer.id}", json={"user": {"external_id": "r-1", "tags": ["vip"]}})
    reply = office.call("PUT", f"users/{office.customer.id}/merge", json={"user": {"id": office.stranger.id}})
    winner = reply.body["user"]
    assert (reply.status, winner["id"], winner["email"]) == (200, office.stranger.id, "sofia@acme.example")
    assert (winner["external_id"], winner["tags"], winner["organization_id"]) == ("r-1", ["vip"], office.home.id)
    assert (mine.requester_id, copied.email_cc_ids) == (office.stranger.id, ())
    audit = office.call("GET", f"tickets/{mine.id}/audits").body["audits"][-1]
    assert audit["events"][0]["field_name"] == "requester_id"
    assert office.desk.find_user_by_email("remy@acme.example") is office.stranger
    kinds = [(row["value"], row["primary"]) for row in office.call("GET", f"users/{office.stranger.id}/identities").body["identities"]]
    assert kinds == [("sofia@acme.example", True), ("remy@acme.example", False)]
    assert office.call("GET", f"users/{office.customer.id}").body["user"]["active"] is False


def test_a_merge_by_address_and_those_that_are_refused(office: Office) -> None:
    path = f"users/{office.customer.id}/merge"
    for body, status in (
        ({"id": office.customer.id}, 422),
        ({"id": office.agent.id}, 422),
        ({"id": 5}, 404),
        ({}, 404),
    ):
        assert office.call("PUT", path, json={"user": body}).status == status
    assert office.call("PUT", f"users/{office.agent.id}/merge", json={"user": {"id": office.stranger.id}}).status == 422
    assert office.call("PUT", path, json={"user": {"email": "sofia@acme.example"}}).body["user"]["id"] == office.stranger.id
    assert office.call("PUT", path, json={"user": {"id": office.stranger.id}}).status == 404


def test_only_deleted_users_are_forgotten(office: Office) -> None:
    office.call("PUT", f"users/{office.customer.id}", json={"user": {"notes": "secret", "phone": "+15550001"}})
    path = f"deleted_users/{office.customer.id}"
    assert office.call("DELETE", path).status == 404
    assert office.call("DELETE", f"users/{office.customer.id}").status == 200
    assert [row["id"] for row in office.call("GET", "deleted_users").body["deleted_users"]] == [office.customer.id]
    assert office.call("GET", "deleted_users/count").body["count"]["value"] == 1
    assert office.call("GET", path).body["deleted_user"]["active"] is False
    assert office.call("DELETE", path, by=office.agent).status == 403
    assert office.call("DELETE", path).body["deleted_user"]["name"] == "Permanently Deleted User"
    assert office.call("GET", path).status == 404
    assert office.call("GET", "deleted_users").body["deleted_users"] == []
    shown = office.call("GET", f"users/{office.customer.id}").body["user"]
    assert (shown["notes"], shown["phone"], shown["active"]) == (None, None, False)
    statuses = office.call("GET", f"users/{office.customer.id}/compliance_deletion_statuses").body
    assert [row["action"] for row in statuses["compliance_deletion_statuses"]] == ["request_deletion", "complete"]
    assert office.call("GET", f"users/{office.stranger.id}/compliance_deletion_statuses").status == 404


def test_a_merged_organization_goes_up_in_the_other(office: Office) -> None:
    loser, winner = office.home, next(row for row in office.desk.organizations.values() if row is not office.home)
    ticket = office.opened()
    office.call("PUT", f"organizations/{loser.id}", json={"organization": {"domain_names": ["hill.example"]}})
    body = {"organization_merge": {"winner_id": winner.id}}
    begun = office.call("POST", f"organizations/{loser.id}/merge", json=body).body["organization_merge"]
    assert (begun["status"], begun["winner_id"], begun["loser_id"]) == ("new", winner.id, loser.id)
    path = f"organization_merges/{begun['id']}"
    states = [office.call("GET", path).body["organization_merge"]["status"] for _ in range(3)]
    assert states == ["in_progress", "complete", "complete"]
    assert (ticket.organization_id, office.customer.organization_id) == (winner.id, winner.id)
    assert "hill.example" in winner.domain_names
    assert office.call("GET", f"organizations/{loser.id}").status == 404
    listed = office.call("GET", f"organizations/{winner.id}/merges").body["organization_merges"]
    assert [row["id"] for row in listed] == [begun["id"]]
    again = {"organization_merge": {"winner_id": winner.id}}
    assert office.call("POST", f"organizations/{winner.id}/merge", json=again).status == 422
    assert office.call("POST", f"organizations/{winner.id}/merge", json={"organization_merge": {"winner_id": 5}}).status == 422
    assert office.call("POST", f"organizations/{winner.id}/merge", by=office.agent, json=again).status == 403


@pytest.mark.parametrize("kind", ["group", "organization"])
def test_memberships_begin_and_end_many_at_a_time(office: Office, kind: str) -> None:
    home = office.billing.id if kind == "group" else office.home.id
    table = f"{kind}_memberships"
    rows = [{"user_id": office.agent.id, f"{kind}_id": home}, {"user_id": 5, f"{kind}_id": home}]
    first, second = results_of(office, office.call("POST", f"{table}/create_many", json={table: rows}))
    assert first["status"] == "Created"
    assert second["error"] == f"{kind.capitalize()}MembershipCreateFailed"
    path = f"users/{office.agent.id}/{table}"
    assert office.call("GET", f"{path}/{first['id']}").body[f"{kind}_membership"][f"{kind}_id"] == home
    assert office.call("GET", f"users/{office.customer.id}/{table}/{first['id']}").status == 404
    gone = results_of(office, office.call("DELETE", f"{table}/destroy_many?ids={first['id']},7"))
    assert [row.get("success", False) for row in gone] == [True, False]
    made = office.call("POST", path, json={f"{kind}_membership": {f"{kind}_id": home}})
    assert made.status == 201
    assert office.call("DELETE", f"{path}/{made.body[f'{kind}_membership']['id']}").status == 204
    assert office.call("DELETE", f"{path}/{made.body[f'{kind}_membership']['id']}").status == 404


def test_organizations_of_a_user_by_their_own_number(office: Office) -> None:
    other = next(row for row in office.desk.organizations.values() if row is not office.home)
    rows = {"organization_memberships": [{"user_id": office.customer.id, "organization_id": other.id}]}
    results_of(office, office.call("POST", "organization_memberships/create_many", json=rows))
    path = f"users/{office.customer.id}/organizations"
    assert office.call("GET", f"{path}/count").body["count"]["value"] == 2
    shown = office.call("PUT", f"{path}/{other.id}/make_default").body["organization_membership"]
    assert (shown["default"], office.customer.organization_id) == (True, other.id)
    assert office.call("DELETE", f"{path}/{other.id}").status == 204
    assert office.customer.organization_id == office.home.id
    assert office.call("DELETE", f"{path}/{other.id}").status == 404


def test_counts_and_assignable_seats(office: Office) -> None:
    assert office.call("GET", f"users/{office.agent.id}/groups/count").body["count"]["value"] == 1
    inside = office.call("GET", f"groups/{office.billing.id}/users/count").body["count"]["value"]
    assert inside == len(office.desk.group_memberships.within(office.billing.id))
    assert office.call("GET", f"organizations/{office.home.id}/users/count").body["count"]["value"] == 1
    office.other_agent.suspended = True
    path = f"groups/{office.billing.id}/memberships/assignable"
    seats = office.call("GET", path).body["group_memberships"]
    assert office.other_agent.id not in {row["user_id"] for row in seats}
    everywhere = office.call("GET", "group_memberships/assignable").body["group_memberships"]
    assert {row["id"] for row in seats} < {row["id"] for row in everywhere}


def test_an_address_can_be_asked_to_prove_itself(office: Office) -> None:
    path = f"users/{office.customer.id}/identities"
    mail = office.call("GET", path).body["identities"][0]["id"]
    phone = office.call("POST", path, json={"identity": {"type": "phone_number", "value": "+1555"}}).body["identity"]["id"]
    assert office.call("PUT", f"{path}/{mail}/request_verification").status == 200
    assert office.call("PUT", f"{path}/{phone}/request_verification").status == 422


def test_customers_find_their_requests_by_state_and_words(office: Office) -> None:
    first, second = office.opened(subject="Blue lamp", assignee_id=office.agent.id), office.opened(subject="Red lamp")
    copied = office.opened(by=office.stranger, email_ccs=[{"user_id": office.customer.id}])
    office.write(first, status="solved")

    def listed(path: str) -> list[int]:
        return [row["id"] for row in office.call("GET", f"requests{path}", by=office.customer).body["requests"]]

    assert listed("/open") == [second.id]
    assert listed("/solved") == [first.id]
    assert listed("/ccd") == [copied.id]
    assert listed("/search?query=red LAMP") == [second.id]
    for path in (f"users/{office.customer.id}/requests", f"organizations/{office.home.id}/requests"):
        assert [row["id"] for row in office.call("GET", path).body["requests"]] == [first.id, second.id]
    word = f"requests/{first.id}/comments/{first.comments[0].id}"
    assert office.call("GET", word, by=office.customer).body["comment"]["body"] == "It is dark"
    assert office.call("GET", word, by=office.stranger).status == 404
