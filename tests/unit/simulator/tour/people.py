"""Everything that can be written about people."""

from __future__ import annotations

from tests.unit.simulator.tour.walk import Tour


def write_people(tour: Tour) -> None:
    user = tour.ask("POST", "/users", {"user": {"name": "Nova Caller", "email": "nova@mail.example"}})["user"]["id"]
    tour.ask("PUT", "/users/{id}", {"user": {"phone": "+15550000001"}}, id=user)
    tour.ask("POST", "/users/create_or_update", {"user": {"name": "Nova", "email": "nova@mail.example"}})
    more = {"identity": {"type": "email", "value": "nova2@mail.example"}}
    identity = tour.ask("POST", "/users/{id}/identities", more, id=user)["identity"]["id"]
    tour.ask(
        "PUT", "/users/{id}/identities/{identity_id}", {"identity": {"verified": True}}, id=user, identity_id=identity
    )
    for verb in ("verify", "request_verification", "make_primary"):
        tour.ask("PUT", f"/users/{{id}}/identities/{{identity_id}}/{verb}", id=user, identity_id=identity)
    home = tour.ask("POST", "/organizations", {"organization": {"name": "Lake"}})["organization"]["id"]
    tour.ask("PUT", "/organizations/{id}", {"organization": {"notes": "x"}}, id=home)
    tour.ask("POST", "/organizations/create_or_update", {"organization": {"id": home, "details": "x"}})
    seat = {"organization_membership": {"user_id": user, "organization_id": home}}
    membership = tour.ask("POST", "/organization_memberships", seat)["organization_membership"]["id"]
    default = "/users/{id}/organization_memberships/{membership_id}/make_default"
    tour.ask("PUT", default, id=user, membership_id=membership)
    group = tour.ask("POST", "/groups", {"group": {"name": "Night"}})["group"]["id"]
    tour.ask("PUT", "/groups/{id}", {"group": {"description": "x"}}, id=group)
    seat = {"group_membership": {"user_id": tour.admin_id, "group_id": group}}
    chair = tour.ask("POST", "/group_memberships", seat)["group_membership"]["id"]
    default = "/users/{id}/group_memberships/{membership_id}/make_default"
    tour.ask("PUT", default, id=tour.admin_id, membership_id=chair)
    for table, number in (("users", user), ("organizations", home)):
        for method in ("POST", "PUT", "DELETE"):
            tour.ask(method, f"/{table}/{{id}}/tags", {"tags": ["a", "b"]}, id=number)
    seats = {"group_membership": chair, "organization_membership": membership}
    _move_around(tour, user=user, home=home, group=group, seats=seats)
    tour.ask("DELETE", "/group_memberships/{id}", id=chair)
    tour.ask("DELETE", "/organization_memberships/{id}", id=membership)
    tour.ask("DELETE", "/users/{id}/identities/{identity_id}", id=user, identity_id=identity)
    tour.ask("DELETE", "/groups/{id}", id=group)
    tour.ask("DELETE", "/organizations/{id}", id=home)
    tour.ask("DELETE", "/users/{id}", id=user)
    tour.ask("DELETE", "/deleted_users/{id}", id=user)


def _move_around(tour: Tour, *, user: int, home: int, group: int, seats: dict[str, int]) -> None:
    new = tour.ask("POST", "/users", {"user": {"name": "Third", "role": "agent"}})["user"]["id"]
    for one, of in (("group_membership", group), ("organization_membership", home)):
        seat = {one: {f"{one.removesuffix('_membership')}_id": of}}
        made = tour.ask("POST", f"/users/{{id}}/{one}s", seat, id=new)[one]["id"]
        tour.ask("GET", f"/users/{{id}}/{one}s/{{membership_id}}", id=new, membership_id=made)
        tour.ask("DELETE", f"/users/{{id}}/{one}s/{{membership_id}}", id=new, membership_id=made)
        row = {"user_id": new, f"{one.removesuffix('_membership')}_id": of}
        job = tour.ask("POST", f"/{one}s/create_many", {f"{one}s": [row]})["job_status"]["id"]
        told = [tour.ask("GET", "/job_statuses/{id}", id=job)["job_status"] for _ in range(2)][-1]
        tour.ask("DELETE", f"/{one}s/destroy_many", query=f"?ids={told['results'][0]['id']}")
    place = "/users/{id}/organizations/{organization_id}"
    tour.ask("POST", "/users/{id}/organization_memberships", {"organization_membership": {"organization_id": home}}, id=new)
    tour.ask("PUT", f"{place}/make_default", id=new, organization_id=home)
    tour.ask("DELETE", place, id=new, organization_id=home)


def merge_people(tour: Tour) -> None:
    """Merge two customers and two organizations, and leave one customer deleted."""
    people = [tour.ask("POST", "/users", {"user": {"name": f"Customer {n}"}})["user"]["id"] for n in range(3)]
    tour.ask("PUT", "/users/{id}/merge", {"user": {"id": people[1]}}, id=people[0])
    tour.ask("DELETE", "/users/{id}", id=people[2])
    tour.ask("DELETE", "/deleted_users/{id}", id=people[2])
    homes = [tour.ask("POST", "/organizations", {"organization": {"name": f"H{n}"}})["organization"]["id"] for n in (1, 2)]
    tour.ask("POST", "/organizations/{id}/merge", {"organization_merge": {"winner_id": homes[1]}}, id=homes[0])
