"""The simulator's answers fit the service's official document, and look like what the service was recorded to send.

The document is read from the recordings folder. It calls many fields never null that are: null is allowed everywhere.
Where it is wrong otherwise, ``DEPARTURES`` says what the service really sends; each of them must be met, so that the
list can't outlive its reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
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
from tests.unit.simulator.tour.beside import let_mail_in, write_schedules, write_talks, write_webhooks
from tests.unit.simulator.tour.configuration import write_configuration, write_shapes
from tests.unit.simulator.tour.newer import go_to_work, write_content, write_objects, write_skills
from tests.unit.simulator.tour.people import merge_people, write_people
from tests.unit.simulator.tour.reading import read_everything
from tests.unit.simulator.tour.rules import write_rules
from tests.unit.simulator.tour.tickets import write_bulk, write_imports, write_tickets
from tests.unit.simulator.tour.walk import API, Tour

DEPARTURES = {
    ("GET", f"{API}/tickets/{{id}}/metrics", "ticket_metric"): "recorded as an object, documented as a list",
    ("GET", f"{API}/ticket_metrics/{{id}}", "ticket_metric"): "recorded as an object, documented as a list",
    ("GET", f"{API}/satisfaction_ratings/{{id}}", "satisfaction_rating"): "recorded as an object, documented as a list",
    ("GET", f"{API}/satisfaction_reasons/{{id}}", "reason"): "one object like its siblings, documented as a list",
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
            *(
                ("GET", f"{API}{path}", "requests.*.custom_fields.*.value")
                for path in (
                    "/requests",
                    "/requests/solved",
                    "/users/{id}/requests",
                    "/organizations/{id}/requests",
                )
            ),
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
    **dict.fromkeys(
        (
            ("PUT", f"{API}/{path}/reorder", "")
            for path in ("ticket_fields", "user_fields", "organization_fields", "slas/policies", "group_slas/policies")
        ),
        "an empty object, documented as a text",
    ),
    ("PUT", f"{API}/users/{{id}}/identities/{{identity_id}}/request_verification", ""): (
        "an empty object, documented as a text"
    ),
    ("PUT", f"{API}/tickets/{{id}}/audits/{{audit_id}}/make_private", ""): "an empty object, documented as a text",
}
"""What fits the service but not its document, with the reason."""

ELSEWHERE = {
    "/webhooks": "the webhooks API has pages of its own",
    "/agent_availabilities": "the agent availability API has pages of its own",
    "/guide/survey_responses": "survey responses are part of the help center's document",
    "/channels/voice": "Talk has pages of its own",
    "/business_hours": "schedules have pages of their own",
    "/tickets/{id}/side_conversations": "side conversations have pages of their own",
}
"""Families that the document leaves out, by the beginning of their paths, with where they are described."""

UNDECLARED = {
    ("POST", f"{API}/macros", 201): "recorded as 201, documented as 200",
    ("POST", f"{API}/views", 201): "recorded as 201, documented as 200",
    ("POST", f"{API}/tickets/{{id}}/satisfaction_rating", 201): "a creation answers 201, documented as 200",
}
"""Statuses that the document doesn't declare, with the reason."""


@pytest.fixture(scope="module")
def tour() -> Iterator[Tour]:
    simulator = Simulator(tickets=120, clock=ManualClock())
    with requests.Session() as session:
        session.mount("https://", SimulatorAdapter(simulator.wsgi_app))
        tour = Tour(simulator, session)
        write_people(tour)
        merge_people(tour)
        write_tickets(tour)
        write_configuration(tour)
        write_rules(tour)
        write_shapes(tour)
        write_webhooks(tour)
        write_schedules(tour)
        write_talks(tour, next(iter(simulator.desk.tickets)))
        let_mail_in(tour)
        write_objects(tour)
        write_skills(tour, next(iter(simulator.desk.tickets)))
        write_content(tour)
        go_to_work(tour)
        write_bulk(tour)
        write_imports(tour)
        read_everything(tour)
        yield tour


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


CLOSED = {("GET", f"{API}/channels/voice/phone_numbers")}
"""Routes that only refuse: the account has not what they are about."""


def test_every_route_was_asked(tour: Tour) -> None:
    asked = {(route.method, route.template) for route, _, _ in tour.answered}
    assert {(route.method, route.template) for route in ALL_ROUTES} - asked == CLOSED


def test_every_route_is_in_the_document() -> None:
    """Nothing here is invented: what this document leaves out is documented elsewhere."""
    missing = [route.template.removeprefix(API) for route in ALL_ROUTES if operation(route) is None]
    assert [template for template in missing if not template.startswith(tuple(ELSEWHERE))] == []
    assert [place for place in ELSEWHERE if not any(template.startswith(place) for template in missing)] == []


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


@pytest.mark.parametrize("kind", ["tickets", "organizations"])
def test_exported_rows_have_the_keys_that_were_recorded_last(tour: Tour, kind: str) -> None:
    template = f"{API}/incremental/{kind}"
    ours = [body for route, _, body in tour.answered if route.template == template][-1]
    recorded = [
        exchange.body
        for exchange in exchanges()
        if exchange.file == "nango.jsonl" and exchange.template == template and exchange.status == 200
    ]
    assert recorded
    assert set(ours) == set(recorded[-1])
    assert set(ours[kind][-1]) in [set(row) for row in recorded[-1][kind]]
