"""Users, organizations, groups and memberships over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.objects import Status

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def test_a_user_is_made_changed_and_removed(office: Office) -> None:
    data = {"name": "Nova Caller", "email": "nova@mail.example", "organization_id": office.home.id, "tags": ["Vip"]}
    reply = office.call("POST", "users", json={"user": data})
    user = reply.body["user"]
    assert (reply.status, reply.headers["location"]) == (201, user["url"])
    assert (user["role"], user["verified"], user["tags"]) == ("end-user", False, ["vip"])
    assert (user["ticket_restriction"], user["restricted_agent"]) == ("requested", True)
    changed = office.call("PUT", f"users/{user['id']}", json={"user": {"name": "Nova", "notes": "calls often"}})
    assert (changed.status, changed.body["user"]["notes"]) == (200, "calls often")
    gone = office.call("DELETE", f"users/{user['id']}")
    assert (gone.status, gone.body["user"]["active"], gone.body["user"]["email"]) == (200, False, None)
    assert office.call("GET", f"users/{user['id']}").body["user"]["active"] is False
    assert office.call("PUT", f"users/{user['id']}", json={"user": {"name": "x"}}).status == 404
    assert office.call("DELETE", f"users/{user['id']}").status == 404
    again = office.call("POST", "users", json={"user": data})
    assert again.status == 201


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"email": "x@mail.example"}, "name", "ValueTooShort"),
        ({"name": " "}, "name", "ValueTooShort"),
        ({"name": "x", "email": "REMY@acme.example"}, "email", "DuplicateValue"),
        ({"name": "x", "email": "no address"}, "email", "InvalidValue"),
        ({"name": "x", "role": "king"}, "role", "InvalidValue"),
        ({"name": "x", "organization_id": 1}, "organization_id", "InvalidValue"),
        ({"name": {}}, "name", "InvalidValue"),
    ],
)
def test_what_is_wrong_with_a_user_is_told_by_field(office: Office, data: Any, field: str, code: str) -> None:
    before = len(office.desk.users)
    reply = office.call("POST", "users", json={"user": data})
    assert (reply.status, reply.body["error"]) == (422, "RecordInvalid")
    assert reply.body["details"][field][0]["error"] == code
    assert len(office.desk.users) == before


def test_an_email_that_is_new_becomes_a_second_identity(office: Office) -> None:
    path = f"users/{office.customer.id}"
    user = office.call("PUT", path, json={"user": {"email": "second@mail.example"}}).body["user"]
    assert user["email"] == "remy@acme.example"
    rows = office.call("GET", f"{path}/identities").body["identities"]
    assert [(row["value"], row["primary"]) for row in rows] == [
        ("remy@acme.example", True),
        ("second@mail.example", False),
    ]
    office.call("PUT", f"{path}/identities/{rows[1]['id']}/make_primary")
    assert office.call("GET", path).body["user"]["email"] == "second@mail.example"
    data = {"identity": {"type": "email", "value": "second@mail.example"}}
    taken = office.call("POST", f"users/{office.stranger.id}/identities", json=data)
    assert taken.body["details"]["value"][0]["error"] == "DuplicateValue"
    assert office.call("DELETE", f"{path}/identities/{rows[0]['id']}").status == 204
    assert office.desk.find_user_by_email("remy@acme.example") is None


def test_create_or_update_matches_by_external_id_and_email(office: Office) -> None:
    made = office.call("POST", "users/create_or_update", json={"user": {"name": "A", "external_id": "E-1"}})
    same = office.call("POST", "users/create_or_update", json={"user": {"name": "B", "external_id": "e-1"}})
    assert (made.status, same.status, same.body["user"]["id"]) == (201, 200, made.body["user"]["id"])
    known = office.call("POST", "users/create_or_update", json={"user": {"name": "C", "email": "remy@acme.example"}})
    assert (known.status, known.body["user"]["name"]) == (200, "C")


def test_users_are_listed_counted_and_found(office: Office) -> None:
    everybody = office.call("GET", "users").body
    assert everybody["count"] == len(office.desk.users)
    agents = office.call("GET", "users?role[]=agent&role[]=admin").body
    assert {row["role"] for row in agents["users"]} == {"agent", "admin"}
    assert office.call("GET", "users/count?role=agent").body["count"]["value"] == agents["count"] - 1
    for path in (
        "users/search?query=remy@acme.example",
        "users/search?query=email:remy@acme.example",
        "users/search?query=Remy",
        "users/autocomplete?name=rem",
        f"users/show_many?ids={office.customer.id},1",
        f"organizations/{office.home.id}/users",
    ):
        assert [row["id"] for row in office.call("GET", path).body["users"]] == [office.customer.id], path
    assert office.call("GET", "users/search").status == 400
    assert office.call("GET", "users/search?external_id=none").body["users"] == []


def test_an_agent_with_open_work_stays(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    assert office.call("DELETE", f"users/{office.agent.id}").status == 422
    assert office.agent.active
    office.write(ticket, status="solved")
    assert office.call("DELETE", f"users/{office.agent.id}").status == 200
    assert ticket.status is Status.CLOSED
    assert office.call("DELETE", f"users/{office.admin.id}").status == 422


def test_nobody_is_an_anonymous_user(office: Office) -> None:
    with requests.Session() as session:
        session.mount("https://", SimulatorAdapter(office.simulator.wsgi_app))
        reply = session.get("https://acme.zendesk.com/api/v2/users/me.json", timeout=(1, 1))
    assert reply.status_code == 200
    user = reply.json()["user"]
    assert (user["id"], user["name"], user["role"]) == (None, "Anonymous user", "end-user")
    assert office.call("GET", "users/me", by=office.customer).body["user"]["id"] == office.customer.id


def test_an_organization_is_made_changed_and_removed(office: Office) -> None:
    data = {"name": " Lake Side ", "domain_names": ["lake.example"], "organization_fields": {"region": "north", "x": 1}}
    reply = office.call("POST", "organizations", json={"organization": data})
    home = reply.body["organization"]
    assert (reply.status, home["name"], home["organization_fields"]) == (201, "Lake Side", {"region": "north"})
    taken = office.call("POST", "organizations", json={"organization": {"name": "lake side"}})
    assert taken.body["details"]["name"][0] == {
        "description": "Name: lake side has already been taken",
        "error": "DuplicateValue",
    }
    path = f"organizations/{home['id']}"
    assert (
        office.call("PUT", path, json={"organization": {"domain_names": []}}).body["organization"]["domain_names"] == []
    )
    assert office.call("GET", "organizations/search?name=LAKE side").body["count"] == 1
    assert office.call("GET", "organizations/autocomplete?name=la").body["count"] == 1
    assert office.call("DELETE", path).status == 204
    assert office.call("GET", path).status == 404


def test_an_organization_that_goes_leaves_its_people_and_tickets(office: Office) -> None:
    ticket = office.opened()
    office.clock.advance(1)
    assert office.call("DELETE", f"organizations/{office.home.id}").status == 204
    assert (office.customer.organization_id, ticket.organization_id) == (None, None)
    assert ticket.audits[-1].events[0].field == "organization_id"


def test_create_or_update_never_matches_an_organization_by_name(office: Office) -> None:
    reply = office.call("POST", "organizations/create_or_update", json={"organization": {"name": "Hill House"}})
    assert reply.status == 422
    data = {"id": office.home.id, "name": "Hill House 2", "external_id": "h"}
    assert office.call("POST", "organizations/create_or_update", json={"organization": data}).status == 200
    by_key = office.call("POST", "organizations/create_or_update", json={"organization": {"external_id": "H"}})
    assert by_key.body["organization"]["id"] == office.home.id


def test_groups_and_who_sits_in_them(office: Office) -> None:
    reply = office.call("POST", "groups", json={"group": {"name": "Night shift"}})
    group = reply.body["group"]
    assert (reply.status, group["default"]) == (201, False)
    assert office.call("POST", "groups", json={"group": {"name": "night shift"}}).status == 422
    seat = {"user_id": office.agent.id, "group_id": group["id"]}
    made = office.call("POST", "group_memberships", json={"group_membership": seat})
    assert (made.status, made.body["group_membership"]["default"]) == (201, False)
    again = office.call("POST", "group_memberships", json={"group_membership": seat})
    assert again.body["details"]["user_id"][0]["error"] == "DuplicateValue"
    seat["user_id"] = office.customer.id
    assert office.call("POST", "group_memberships", json={"group_membership": seat}).status == 422
    body = office.call("GET", f"groups/{group['id']}/memberships?include=users,groups").body
    assert [row["user_id"] for row in body["group_memberships"]] == [office.agent.id]
    assert ([row["id"] for row in body["users"]], [row["id"] for row in body["groups"]]) == (
        [office.agent.id],
        [group["id"]],
    )
    ticket = office.opened(assignee_id=office.agent.id, group_id=group["id"])
    office.clock.advance(1)
    assert office.call("DELETE", f"groups/{group['id']}").status == 204
    assert (ticket.group_id, ticket.assignee_id) == (None, None)
    assert office.call("GET", f"users/{office.agent.id}/group_memberships").body["count"] == 1
    assert group["id"] not in [row["id"] for row in office.call("GET", "groups").body["groups"]]
    assert group["id"] in [row["id"] for row in office.call("GET", "groups?exclude_deleted=false").body["groups"]]
    assert office.call("DELETE", f"groups/{office.support.id}").status == 422


def test_a_user_can_belong_to_several_organizations(office: Office) -> None:
    other = next(row for row in office.desk.organizations.values() if row is not office.home)
    seat = {"user_id": office.customer.id, "organization_id": other.id}
    made = office.call("POST", "organization_memberships", json={"organization_membership": seat})
    row = made.body["organization_membership"]
    assert (made.status, row["default"], row["organization_name"]) == (201, False, other.name)
    path = f"users/{office.customer.id}/organization_memberships"
    office.call("PUT", f"{path}/{row['id']}/make_default")
    assert office.customer.organization_id == other.id
    assert office.call("DELETE", f"organization_memberships/{row['id']}").status == 204
    assert office.customer.organization_id == office.home.id
    assert office.call("GET", path).body["count"] == 1
