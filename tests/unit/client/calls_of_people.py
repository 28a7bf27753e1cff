"""What is sent for people and the places they are in."""

from __future__ import annotations

from tests.unit.client.asking import CURSOR, JOB, NUMBER, Case, Usual

USER = {"user": {"id": 2}}
IDENTITY = {"identity": {"id": 3}}
MERGE = {"organization_merge": {"id": "01H", "status": "new"}}

USUAL = (
    Usual("users", "/users", "users", "user"),
    Usual("deleted_users", "/deleted_users", "deleted_users", "deleted_user", "lg"),
    Usual("users.identities()", "/users/2/identities", "identities", "identity", within=(2,)),
    Usual("organizations", "/organizations", "organizations", "organization"),
    Usual("groups", "/groups", "groups", "group", "lgcuda"),
    Usual("group_memberships", "/group_memberships", "group_memberships", "group_membership", "gcd"),
    Usual(
        "organization_memberships", "/organization_memberships", "organization_memberships", "organization_membership",
        "gcd",
    ),
    Usual("agent_availability", "/agent_availabilities", "data", "data", "lg"),
    Usual("skills", "/routing/attributes", "attributes", "attribute", params=NUMBER),
    Usual(
        "skills.values()", "/routing/attributes/5/values", "attribute_values", "attribute_value", params=NUMBER,
        changes_by="PATCH", within=(5,),
    ),
)  # fmt: skip


def _bulk(root: str, single: str) -> tuple[Case, ...]:
    return (
        Case(f"{root}.create_many", ([{"name": "a"}],), f"POST /{root}/create_many", JOB, {root: [{"name": "a"}]}),
        Case(
            f"{root}.update_many", ([1, 2], {"notes": "a"}), f"PUT /{root}/update_many", JOB, {single: {"notes": "a"}},
            {"ids": "1,2"},
        ),
        Case(f"{root}.update_batch", ([{"id": 1}],), f"PUT /{root}/update_many", JOB, {root: [{"id": 1}]}),
        Case(f"{root}.delete_many", ([1, 2],), f"DELETE /{root}/destroy_many", JOB, params={"ids": "1,2"}),
        Case(f"{root}.show_many", ([1, 2],), f"GET /{root}/show_many", {root: []}, params={"ids": "1,2"}),
        Case(f"{root}.tags", (1,), f"GET /{root}/1/tags", {"tags": []}),
        Case(f"{root}.add_tags", (1, ["a"]), f"PUT /{root}/1/tags", {"tags": ["a"]}, {"tags": ["a"]}),
        Case(f"{root}.remove_tags", (1, ["a"]), f"DELETE /{root}/1/tags", {"tags": []}, {"tags": ["a"]}),
        Case(f"{root}.set_tags", (1, ["a"]), f"POST /{root}/1/tags", {"tags": ["a"]}, {"tags": ["a"]}),
        Case(f"{root}.count", (), f"GET /{root}/count", {"count": {"value": 1}}),
        Case(
            f"{root}.create_or_update", ({"external_id": "x"},), f"POST /{root}/create_or_update", {single: {"id": 1}},
            {single: {"external_id": "x"}},
        ),
        Case(f"{root}.related", (1,), f"GET /{root}/1/related", {f"{single}_related": {}}),
        Case(f"{root}.autocomplete", ("an",), f"GET /{root}/autocomplete", {root: []}, params={"name": "an"}),
    )  # fmt: skip


def _memberships(root: str) -> tuple[Case, ...]:
    row = {"user_id": 1}
    return (
        Case(f"{root}.create_many", ([row],), f"POST /{root}/create_many", JOB, {root: [row]}),
        Case(f"{root}.delete_many", ([1, 2],), f"DELETE /{root}/destroy_many", JOB, params={"ids": "1,2"}),
        Case(f"{root}.make_default", (1, 2), f"PUT /users/1/{root}/2/make_default", {root: []}, {}),
    )


CASES = (
    *(case for usual in USUAL for case in usual.cases()),
    *_bulk("users", "user"),
    *_bulk("organizations", "organization"),
    *_memberships("group_memberships"),
    *_memberships("organization_memberships"),
    Case("users.count", (), "GET /users/count", {"count": 1}, params={"role": "agent"}, named={"role": "agent"}),
    Case("users.suspend", (2,), "PUT /users/2", USER, {"user": {"suspended": True}}),
    Case("users.suspend", (2,), "PUT /users/2", USER, {"user": {"suspended": False}}, named={"suspended": False}),
    Case(
        "users.create_or_update_many", ([{"name": "a"}],), "POST /users/create_or_update_many", JOB,
        {"users": [{"name": "a"}]},
    ),
    Case("users.merge", (2,), "PUT /users/2/merge", USER, {"user": {"id": 3}}, named={"into": 3}),
    Case("users.groups", (2,), "GET /users/2/groups", {"groups": []}, params=CURSOR),
    Case("users.group_count", (2,), "GET /users/2/groups/count", {"count": 1}),
    Case("users.organizations", (2,), "GET /users/2/organizations", {"organizations": []}, params=CURSOR),
    Case("users.organization_count", (2,), "GET /users/2/organizations/count", {"count": 1}),
    Case("users.leave_organization", (2, 3), "DELETE /users/2/organizations/3"),
    Case("users.tickets_page", (2, "requested"), "GET /users/2/tickets/requested", {"tickets": []}, params=CURSOR),
    Case("users.tickets", (2, "ccd"), "GET /users/2/tickets/ccd", {"tickets": []}, params=CURSOR),
    Case("users.ticket_count", (2, "assigned"), "GET /users/2/tickets/assigned/count", {"count": 1}),
    Case(
        "users.identities().make_primary", (3,), "PUT /users/2/identities/3/make_primary", {"identities": []}, {},
        within=(2,),
    ),
    Case("users.identities().verify", (3,), "PUT /users/2/identities/3/verify", IDENTITY, {}, within=(2,)),
    Case(
        "users.identities().request_verification", (3,), "PUT /users/2/identities/3/request_verification", {}, {},
        within=(2,),
    ),
    Case("deleted_users.count", (), "GET /deleted_users/count", {"count": 1}),
    Case("deleted_users.purge", (2,), "DELETE /deleted_users/2", {"deleted_user": {"id": 2}}),
    Case(
        "deleted_users.progress", (2,), "GET /users/2/compliance_deletion_statuses", {"compliance_deletion_statuses": []},
        params=NUMBER,
    ),
    Case(
        "organizations.search", (), "GET /organizations/search", {"organizations": []}, params={"external_id": "x"},
        named={"external_id": "x"},
    ),
    Case("organizations.users", (3,), "GET /organizations/3/users", {"users": []}, params=CURSOR),
    Case("organizations.user_count", (3,), "GET /organizations/3/users/count", {"count": 1}),
    Case("organizations.tickets", (3,), "GET /organizations/3/tickets", {"tickets": []}, params=CURSOR),
    Case("organizations.ticket_count", (3,), "GET /organizations/3/tickets/count", {"count": 1}),
    Case(
        "organizations.merge", (3,), "POST /organizations/3/merge", MERGE, {"organization_merge": {"winner_id": 4}},
        named={"into": 4},
    ),
    Case("organizations.merge_status", ("01H",), "GET /organization_merges/01H", MERGE),
    Case("organizations.merges", (3,), "GET /organizations/3/merges", {"organization_merges": []}, params=CURSOR),
    Case("groups.assignable", (), "GET /groups/assignable", {"groups": []}, params=CURSOR),
    Case("groups.count", (), "GET /groups/count", {"count": {"value": 1}}),
    Case("groups.users", (4,), "GET /groups/4/users", {"users": []}, params=CURSOR),
    Case("groups.user_count", (4,), "GET /groups/4/users/count", {"count": 1}),
    Case(
        "group_memberships.assignable", (), "GET /group_memberships/assignable", {"group_memberships": []},
        params=CURSOR,
    ),
    Case(
        "group_memberships.assignable", (), "GET /groups/4/memberships/assignable", {"group_memberships": []},
        params=CURSOR, named={"group_id": 4},
    ),
    Case(
        "organization_memberships.make_organization_default", (2, 3), "PUT /users/2/organizations/3/make_default",
        {"organization_membership": {"id": 1}}, {},
    ),
    Case("agent_availability.me", (), "GET /agent_availabilities/me", {"data": {}}),
    Case("agent_availability.statuses", (), "GET /agent_availabilities/agent_statuses", {"default": []}),
    Case(
        "agent_availability.set_status", (2, 3), "PUT /agent_availabilities/agent_statuses/agents/2", {"data": {}},
        {"id": 3},
    ),
    Case("skills.definitions", (), "GET /routing/attributes/definitions", {"definitions": {}}),
    Case("skills.of_agent", (2,), "GET /routing/agents/2/instance_values", {"attribute_values": []}, params=NUMBER),
    Case(
        "skills.set_agent", (2, ["v"]), "POST /routing/agents/2/instance_values", {"attribute_values": []},
        {"attribute_value_ids": ["v"]},
    ),
    Case(
        "skills.of_agents", ([2, 3],), "GET /routing/agents/instance_values", {"instance_values": []},
        params={**CURSOR, "filter[agent_ids]": "2,3"},
    ),
    Case(
        "skills.change_agents", ([2, 3], [{"id": "v"}]), "POST /routing/agents/instance_values/jobs", JOB,
        {"job": {"action": "upsert", "attributes": {"attribute_values": [{"id": "v"}]}, "items": [2, 3]}},
    ),
    Case("skills.of_ticket", (1,), "GET /routing/tickets/1/instance_values", {"attribute_values": []}, params=NUMBER),
    Case(
        "skills.set_ticket", (1, ["v"]), "POST /routing/tickets/1/instance_values", {"attribute_values": []},
        {"attribute_value_ids": ["v"]},
    ),
    Case(
        "skills.fulfilled", ([1, 2],), "GET /routing/requirements/fulfilled", {"fulfilled_ticket_ids": []},
        params={"ticket_ids": "1,2"},
    ),
)  # fmt: skip
