"""The simulator's answers fit the service's official document, and look like what the service was recorded to send.

The document is read from the recordings folder. It calls many fields never null that are: null is allowed everywhere.
Where it is wrong otherwise, ``DEPARTURES`` says what the service really sends; each of them must be met, so that the
list can't outlive its reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.exchange import Route
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES
from tests.recordings import exchanges, folder

HOST = "https://acme.zendesk.com"
API = "/api/v2"

DEPARTURES = {
    ("GET", f"{API}/tickets/{{id}}/metrics", "ticket_metric"): "recorded as an object, documented as a list",
    ("GET", f"{API}/ticket_metrics/{{id}}", "ticket_metric"): "recorded as an object, documented as a list",
    ("GET", f"{API}/satisfaction_ratings/{{id}}", "satisfaction_rating"): "recorded as an object, documented as a list",
    ("GET", f"{API}/tickets/{{id}}/macros/{{macro_id}}/apply", "result.ticket.fields"): (
        "a ticket's fields are a list everywhere, documented as one field"
    ),
    (
        "GET",
        f"{API}/job_statuses",
        "job_statuses.*.results",
    ): "recorded: a created row has no index unless it's a ticket",
    (
        "GET",
        f"{API}/job_statuses/{{id}}",
        "job_status.results",
    ): "recorded: a failed row has neither action nor success",
    **dict.fromkeys(
        (
            ("GET", f"{API}/requests", "requests.*.custom_fields.*.value"),
            ("GET", f"{API}/requests/{{id}}", "request.custom_fields.*.value"),
            ("POST", f"{API}/requests", "request.custom_fields.*.value"),
            ("PUT", f"{API}/requests/{{id}}", "request.custom_fields.*.value"),
        ),
        "the value of a checkbox is true or false, documented as a text",
    ),
    ("PUT", f"{API}/deleted_tickets/{{id}}/restore", ""): "recorded as {}, documented as a text",
    ("PUT", f"{API}/deleted_tickets/restore_many", ""): "like restoring one: {}, documented as a text",
    ("PUT", f"{API}/tickets/{{id}}/mark_as_spam", ""): "an empty object, documented as a text",
    ("PUT", f"{API}/tickets/{{id}}/comments/{{comment_id}}/make_private", ""): "an empty object, documented as a text",
}
"""What fits the service but not its document, with the reason."""

UNDECLARED = {
    ("POST", f"{API}/views", 201): "recorded as 201, documented as 200",
    ("POST", f"{API}/tickets/{{id}}/satisfaction_rating", 201): "a creation answers 201, documented as 200",
}
"""Statuses that the document doesn't declare, with the reason."""


@dataclass(slots=True)
class Tour:
    """A walk through every route of an account, remembering what was answered."""

    simulator: Simulator
    session: requests.Session
    answered: list[tuple[Route, int, Any]] = field(default_factory=list)

    def ask(self, method: str, template: str, body: Any = None, *, query: str = "", by: int = 0, **ids: Any) -> Any:
        """Call a route; ``{id}`` and its like are filled from ``ids``. Returns the answer's body."""
        route = next(row for row in ALL_ROUTES if (row.method, row.template) == (method, API + template))
        path = re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), route.template)
        token = self.simulator.issue_token(by or self.admin_id, ["read", "write"])
        reply = self.session.request(
            method,
            f"{HOST}{path}{query}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=(1, 1),
        )
        assert reply.status_code < 300, f"{method} {path}: {reply.text}"
        told = reply.json() if reply.content else None
        self.answered.append((route, reply.status_code, told))
        return told

    @property
    def admin_id(self) -> int:
        assert self.simulator.desk.admin_id is not None
        return self.simulator.desk.admin_id

    def reads(self, **tables: int) -> None:
        """Ask every list and every single object; ``tables`` gives the id to show for each first part of a path."""
        queries = {
            "show_many": f"?ids={tables['tickets']}",
            "autocomplete": "?name=an",
            "search": "?query=type:ticket&name=x",
            "export": "?query=type:ticket&filter[type]=ticket",
            "count": "?query=type:ticket",
            "count_many": f"?ids={tables['views']}",
        }
        customers = {"requests": tables["customer"]}
        for route in ALL_ROUTES:
            if route.method != "GET":
                continue
            template = route.template.removeprefix(API)
            home, last = template.split("/")[1], template.rpartition("/")[2]
            ids = {**tables, "id": tables.get(home, 0)}
            base = queries.get(last, "")
            for query in (base, f"{base}{'&' if base else '?'}page[size]=2"):
                if template != "/search" or "page[" not in query:
                    self.ask("GET", template, query=query, by=customers.get(home, 0), **ids)


@pytest.fixture(scope="module")
def tour() -> Iterator[Tour]:
    simulator = Simulator(tickets=120, clock=ManualClock())
    with requests.Session() as session:
        session.mount("https://", SimulatorAdapter(simulator.wsgi_app))
        tour = Tour(simulator, session)
        _write_people(tour)
        _write_tickets(tour)
        _write_configuration(tour)
        _write_bulk(tour)
        _read_everything(tour)
        yield tour


def _write_people(tour: Tour) -> None:
    user = tour.ask("POST", "/users", {"user": {"name": "Nova Caller", "email": "nova@mail.example"}})["user"]["id"]
    tour.ask("PUT", "/users/{id}", {"user": {"phone": "+15550000001"}}, id=user)
    tour.ask("POST", "/users/create_or_update", {"user": {"name": "Nova", "email": "nova@mail.example"}})
    more = {"identity": {"type": "email", "value": "nova2@mail.example"}}
    identity = tour.ask("POST", "/users/{id}/identities", more, id=user)["identity"]["id"]
    tour.ask(
        "PUT", "/users/{id}/identities/{identity_id}", {"identity": {"verified": True}}, id=user, identity_id=identity
    )
    for verb in ("verify", "make_primary"):
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
    tour.ask("DELETE", "/group_memberships/{id}", id=chair)
    tour.ask("DELETE", "/organization_memberships/{id}", id=membership)
    tour.ask("DELETE", "/users/{id}/identities/{identity_id}", id=user, identity_id=identity)
    tour.ask("DELETE", "/groups/{id}", id=group)
    tour.ask("DELETE", "/organizations/{id}", id=home)
    tour.ask("DELETE", "/users/{id}", id=user)


def _write_tickets(tour: Tour) -> None:
    customer = next(user.id for user in tour.simulator.desk.users.values() if not user.is_staff)
    asked = {"request": {"subject": "Lamp", "comment": {"body": "dark"}}}
    request = tour.ask("POST", "/requests", asked, by=customer)["request"]["id"]
    tour.ask("PUT", "/requests/{id}", {"request": {"comment": {"body": "still"}}}, by=customer, id=request)
    data = {"subject": "Lamp", "comment": {"body": "dark"}, "requester_id": customer, "assignee_id": tour.admin_id}
    ticket = tour.ask("POST", "/tickets", {"ticket": data})["ticket"]["id"]
    answer = {
        "comment": {"body": "Hello", "public": True},
        "followers": [{"user_id": tour.admin_id}],
        "status": "solved",
    }
    audit = tour.ask("PUT", "/tickets/{id}", {"ticket": answer}, id=ticket)["audit"]
    hide = "/tickets/{id}/comments/{comment_id}/make_private"
    tour.ask("PUT", hide, id=ticket, comment_id=audit["events"][0]["id"])
    rating = {"satisfaction_rating": {"score": "good"}}
    tour.ask("POST", "/tickets/{id}/satisfaction_rating", rating, by=customer, id=ticket)
    for method in ("POST", "PUT", "DELETE"):
        tour.ask(method, "/tickets/{id}/tags", {"tags": ["a", "b"]}, id=ticket)
    tour.ask("DELETE", "/tickets/{id}", id=ticket)
    tour.ask("PUT", "/deleted_tickets/{id}/restore", id=ticket)
    tour.ask("PUT", "/tickets/{id}/mark_as_spam", id=ticket)
    tour.ask("PUT", "/deleted_tickets/restore_many", query=f"?ids={ticket}")
    tour.ask("DELETE", "/tickets/{id}", id=ticket)
    tour.ask("DELETE", "/deleted_tickets/{id}", id=ticket)
    tour.ask("DELETE", "/deleted_tickets/destroy_many", query=f"?ids={ticket}")
    gone = next(iter(tour.simulator.desk.tickets))
    tour.ask("DELETE", "/tickets/{id}", id=gone)


def _write_configuration(tour: Tour) -> None:
    rule = {"field": "status", "operator": "less_than", "value": "solved"}
    view = tour.ask("POST", "/views", {"view": {"title": "Mine", "all": [rule]}})["view"]["id"]
    tour.ask("PUT", "/views/{id}", {"view": {"title": "Ours"}}, id=view)
    tour.ask("POST", "/views/preview", {"view": {"all": [rule], "output": {"columns": ["subject"]}}})
    tour.ask("POST", "/views/preview/count", {"view": {"all": [rule]}})
    tour.ask("DELETE", "/views/{id}", id=view)
    tour.ask("DELETE", "/views/destroy_many", query=f"?ids={view}")
    options = [{"name": "Red", "value": "red"}]
    data = {"type": "tagger", "title": "Colour", "custom_field_options": options}
    row = tour.ask("POST", "/ticket_fields", {"ticket_field": data})["ticket_field"]["id"]
    tour.ask("PUT", "/ticket_fields/{id}", {"ticket_field": {"title": "Hue"}}, id=row)
    tour.ask("DELETE", "/ticket_fields/{id}", id=row)
    waiting = {"custom_status": {"status_category": "hold", "agent_label": "Parts"}}
    status = tour.ask("POST", "/custom_statuses", waiting)["custom_status"]["id"]
    tour.ask("PUT", "/custom_statuses/{id}", {"custom_status": {"agent_label": "Waiting"}}, id=status)


def _write_bulk(tour: Tour) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "tickets": [{"comment": {"body": "a"}}, {"comment": {"body": ""}}],
        "users": [{"name": "One"}, {"name": ""}],
        "organizations": [{"name": "One"}, {"name": ""}],
    }
    for table, sent in rows.items():
        job = tour.ask("POST", f"/{table}/create_many", {table: sent})["job_status"]["id"]
        for _ in range(2):
            told = tour.ask("GET", "/job_statuses/{id}", id=job)["job_status"]
        number = told["results"][0]["id"]
        tour.ask("PUT", f"/{table}/update_many", {table: [{"id": number, "tags": ["x"]}]})
        tour.ask("DELETE", f"/{table}/destroy_many", query=f"?ids={number},1")
    tour.ask("POST", "/users/create_or_update_many", {"users": [{"name": "Two"}]})


def _read_everything(tour: Tour) -> None:
    desk = tour.simulator.desk
    ticket = next(row for row in desk.tickets.values() if row.rating is not None)
    customer = desk.users[ticket.requester_id]
    tables = {name: next(iter(rows)) for name, rows in desk.config.tables().items()}
    tour.reads(
        tickets=ticket.id,
        requests=ticket.id,
        comment_id=ticket.comments[0].id,
        audit_id=ticket.audits[0].id,
        ticket_metrics=ticket.audits[0].id + 64,
        users=customer.id,
        customer=customer.id,
        identity_id=customer.identities[0].id,
        macro_id=tables["macros"],
        organizations=next(iter(desk.organizations)),
        groups=next(iter(desk.groups)),
        group_memberships=next(iter(desk.group_memberships.all)),
        organization_memberships=next(iter(desk.organization_memberships.all)),
        satisfaction_ratings=next(iter(desk.ratings)),
        job_statuses=next(iter(desk.jobs)),  # type: ignore[arg-type]  # job ids are texts
        **tables,
    )


@cache
def document() -> Any:
    return json.loads((folder() / "zendesk-oas.min.json").read_text(encoding="utf-8"))


@cache
def components() -> Any:
    return relaxed(document()["components"])


def relaxed(schema: Any) -> Any:
    """Allow null everywhere; ``oneOf`` would then match twice, so any match is enough."""
    if isinstance(schema, list):
        return [relaxed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: relaxed(part) for name, part in schema.items()}
    if isinstance(told.get("type"), str):
        told["type"] = [told["type"], "null"]
    if isinstance(told.get("enum"), list):
        told["enum"] = [*told["enum"], None]
    if isinstance(told.get("oneOf"), list):
        told["anyOf"] = told.pop("oneOf")
    return told


def operation(route: Route) -> Any:
    """Return the document's operation for a route, whatever its parameters are called."""
    wanted = re.sub(r"\{\w+\}", "{}", route.template)
    for path, methods in document()["paths"].items():
        if re.sub(r"\{\w+\}", "{}", path) == wanted and route.method.lower() in methods:
            return methods[route.method.lower()]
    return None


def test_every_route_was_asked(tour: Tour) -> None:
    asked = {(route.method, route.template) for route, _, _ in tour.answered}
    assert {(route.method, route.template) for route in ALL_ROUTES} - asked == set()


def test_every_route_is_in_the_document() -> None:
    """Nothing here is invented."""
    assert [f"{route.method} {route.template}" for route in ALL_ROUTES if operation(route) is None] == []


def errors_in(route: Route, status: int, body: Any) -> Iterator[tuple[str, str]]:
    """Yield where an answer doesn't fit its schema, and how. Raises KeyError for a status that is not declared."""
    response = operation(route)["responses"][str(status)]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    validator = Draft202012Validator({**relaxed(schema), "components": components()})
    for error in validator.iter_errors(body):
        where = ".".join("*" if isinstance(part, int) else str(part) for part in error.absolute_path)
        yield where, error.message[-200:]


def test_every_answer_fits_the_document(tour: Tour) -> None:
    departed: dict[tuple[str, str, str], str] = {}
    undeclared: set[tuple[str, str, int]] = set()
    for route, status, body in tour.answered:
        told = operation(route)
        if told is not None and str(status) not in told["responses"]:
            undeclared.add((route.method, route.template, status))
        elif told is not None:
            departed |= {(route.method, route.template, where): how for where, how in errors_in(route, status, body)}
    assert {what: how for what, how in departed.items() if what not in DEPARTURES} == {}
    assert set(DEPARTURES) - set(departed) == set()
    assert undeclared == set(UNDECLARED)


@pytest.mark.parametrize("route", ALL_ROUTES[:1], ids=["tickets"])
def test_a_wrong_answer_is_seen(route: Route) -> None:
    assert dict(errors_in(route, 200, {"tickets": [{"id": "1", "tags": {}}]})).keys() == {
        "tickets.*.id",
        "tickets.*.tags",
    }


SHAPES = {
    "ticket": ("/tickets", "tickets"),
    "user": ("/users", "users"),
    "organization": ("/organizations", "organizations"),
    "group": ("/groups", "groups"),
    "ticket_form": ("/ticket_forms", "ticket_forms"),
    "comment": ("/tickets/{id}/comments", "comments"),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_objects_have_the_keys_that_were_recorded_last(tour: Tour, kind: str) -> None:
    """The newest recordings, of 2026, are the measure."""
    template, key = SHAPES[kind]
    # The last one asked for each list is by cursor, like the recordings.
    ours = [body for route, _, body in tour.answered if route.template == API + template and key in (body or {})][-1]
    recorded = [
        set(row)
        for exchange in exchanges()
        if exchange.file == "nango.jsonl" and exchange.method == "GET" and "incremental" not in exchange.path
        if isinstance(exchange.body, dict)
        for row in exchange.body.get(key, [])
    ]
    assert recorded
    assert set(ours[key][0]) in recorded
