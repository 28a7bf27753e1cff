"""Custom fields and statuses by name, through the routes, on a local Zendesk: written, refused, read, and what it all costs in calls."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.desk.custom_fields import TicketFieldsRefused
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.errors import InvalidInput, ZendeskForbidden
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.web.staging import Stage, data, failure

TICKETS, USERS, PLACES = "/api/zendesk/tickets", "/api/zendesk/users", "/api/zendesk/organizations"
FIELDS = "GET /api/v2/ticket_fields"
ADMIN = Caller(user_id="u-1", roles=frozenset({"admin"}), via="bearer")


@dataclass(frozen=True)
class Account:
    """A stage whose account has a field of every type; ``ids`` by title."""

    stage: Stage
    ids: dict[str, int]

    @property
    def client(self) -> ZendeskClient:
        assert self.stage.parts.client is not None
        return self.stage.parts.client

    @property
    def desk(self) -> Desk:
        return self.stage.parts.desk(ADMIN)

    def value(self, ticket_id: int, title: str) -> Any:
        """Return what Zendesk holds, read without any of our names."""
        ticket = self.client.tickets.get(ticket_id).record
        return {item.id: item.value for item in ticket.custom_fields or []}.get(self.ids[title])

    def other_process(self) -> ZendeskClient:
        """Return a client of the same account that shares no memory with the stage's."""
        return build_client(
            self.stage.parts.settings,
            account_key="default/acme",
            clock=self.stage.clock,
            rng=random.Random(2),
            adapter=SimulatorAdapter(self.stage.simulator.wsgi_app),
        )

    def calls(self) -> list[str]:
        """Return what was asked since the last time."""
        told = self.stage.calls()
        self.stage.simulator.calls.clear()
        return told


def options(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "value": f"o_{name.lower()}"} for name in names]


@pytest.fixture
def account(stage: Stage) -> Account:
    client = stage.parts.client
    assert client is not None
    fields: list[dict[str, object]] = [
        {"type": "tagger", "title": "Region", "custom_field_options": options("EU", "US")},
        {"type": "multiselect", "title": "Colours", "custom_field_options": options("Red", "Blue")},
        {"type": "checkbox", "title": "Urgent for them"},
        {"type": "integer", "title": "Seats"},
        {"type": "decimal", "title": "Price"},
        {"type": "date", "title": "Until"},
        {"type": "textarea", "title": "Story"},
        {"type": "regexp", "title": "Postcode", "regexp_for_validation": r"\d{5}"},
    ]
    made = {str(field["title"]): int(client.ticket_fields.create(field).id) for field in fields}
    stage.simulator.calls.clear()
    return Account(stage, made)


EVERYTHING = {
    "region": "eu", "Colours": ["Blue", "o_red"], "URGENT FOR THEM": "true", "Seats": "12", "Price": 9.5, "Until": "2026-01-31",
    "Story": "one\ntwo", "Postcode": "12345",
}  # fmt: skip
HELD = {
    "Region": "o_eu", "Colours": ["o_blue", "o_red"], "Urgent for them": True, "Seats": "12", "Price": "9.5", "Until": "2026-01-31",
    "Story": "one\ntwo", "Postcode": "12345",
}  # fmt: skip


def test_fields_are_written_by_title_and_cleared_by_null(account: Account) -> None:
    ticket = account.stage.ticket(custom_fields=EVERYTHING)
    assert {title: account.value(ticket["id"], title) for title in HELD} == HELD
    changed = account.stage.put(f"{TICKETS}/{ticket['id']}", {"custom_fields": {"Region": None, str(account.ids["Seats"]): 3}})
    assert changed.status_code == 200
    assert account.value(ticket["id"], "Region") is None
    assert account.value(ticket["id"], "Seats") == "3"
    assert account.value(ticket["id"], "Price") == "9.5"


def test_a_list_of_ids_still_works_and_is_checked_too(account: Account) -> None:
    ticket = account.stage.ticket(custom_fields=[{"id": account.ids["Region"], "value": "EU"}])
    assert account.value(ticket["id"], "Region") == "o_eu"
    where = f"{TICKETS}/{ticket['id']}"
    account.calls()
    refused = account.stage.put(where, {"custom_fields": [{"id": account.ids["Region"], "value": "Mars"}]})
    assert failure(refused, 400, "VALIDATION_ERROR")["details"]["field"] == "custom_fields[0].value"
    assert "PUT" not in " ".join(account.calls())
    unknown = [{"id": 999_999_999_999, "value": "x"}]
    assert account.stage.put(where, {"custom_fields": unknown}).status_code == 200


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"Regoin": "EU"}, "custom_fields.Regoin", "did you mean Region?"),
        ({"Region": "Mars"}, "custom_fields.Region", "takes one of: EU, US."),
        ({"Seats": "many"}, "custom_fields.Seats", "a whole number"),
        ({"Until": "31.1.2026"}, "custom_fields.Until", "a day such as"),
        ({"Postcode": "abc"}, "custom_fields.Postcode", "fits the pattern"),
        ({"Priority": "high"}, "custom_fields.Priority", "use priority instead"),
        ({"Region": "EU", "REGION": "US"}, "custom_fields.R", "the same field"),
        ({"Region": {"a": 1}}, "custom_fields.Region", "text, a number"),
        ([{"id": 5}], "custom_fields[0]", "value is missing"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_call(account: Account, given: Any, field: str, told: str) -> None:
    ticket = account.stage.ticket()
    account.calls()
    error = failure(account.stage.put(f"{TICKETS}/{ticket['id']}", {"custom_fields": given}), 400, "VALIDATION_ERROR")
    assert str(error["details"]["field"]).startswith(field)
    assert told in error["message"]
    assert not [call for call in account.calls() if call != FIELDS]


def test_titles_that_two_fields_share_need_an_id(account: Account) -> None:
    other = account.client.ticket_fields.create({"type": "text", "title": "REGION"})
    error = failure(
        account.stage.post(TICKETS, {"subject": "x", "comment": "y", "custom_fields": {"Region": "EU"}}), 400, "VALIDATION_ERROR"
    )
    assert error["details"]["ids"] == [account.ids["Region"], other.id]
    assert account.stage.ticket(custom_fields={str(other.id): "free"})["custom_fields"][-1]["value"] == "free"


def test_names_cost_one_call_when_cold_and_none_when_warm(account: Account) -> None:
    ticket = account.stage.ticket()
    assert account.calls() == ["POST /api/v2/tickets"]
    where = f"/api/v2/tickets/{ticket['id']}"
    for calls in ([FIELDS, f"PUT {where}"], [f"PUT {where}"]):
        account.stage.put(f"{TICKETS}/{ticket['id']}", {"custom_fields": {"Region": "EU"}})
        assert account.calls() == calls
    account.stage.put(f"{TICKETS}/{ticket['id']}", {"priority": "high"})
    assert account.calls() == [f"PUT {where}"]


def test_a_field_and_a_choice_made_in_zendesk_a_moment_ago_are_found(account: Account) -> None:
    ticket = account.stage.ticket(custom_fields={"Region": "EU"})
    somebody = account.other_process()
    somebody.ticket_fields.options(account.ids["Region"]).create({"name": "Asia", "value": "o_asia"})
    somebody.ticket_fields.create({"type": "text", "title": "Brand new"})
    where = f"{TICKETS}/{ticket['id']}"
    assert account.stage.put(where, {"custom_fields": {"Region": "asia", "Brand new": "x"}}).status_code == 200
    assert account.value(ticket["id"], "Region") == "o_asia"


def test_one_ticket_shows_titles_and_labels(account: Account) -> None:
    ticket = account.stage.ticket(custom_fields={"Region": "EU", "Colours": ["Red"], "Seats": 5})
    account.stage.clock.advance(301)  # what is remembered grows old
    account.calls()
    for calls in (3, 2):
        shown = data(account.stage.get(f"{TICKETS}/{ticket['id']}"))["ticket"]
        by_title = {field["title"]: (field["value"], field["label"]) for field in shown["custom_fields"]}
        assert by_title["Region"] == ("o_eu", "EU")
        assert by_title["Colours"] == (["o_red"], ["Red"])
        assert by_title["Seats"] == ("5", None)
        assert shown["custom_status"] == {"id": shown["custom_status"]["id"], "label": "New", "category": "new"}
        assert len(account.calls()) == calls


def test_lists_do_not_ask_for_titles_but_show_those_that_are_known(account: Account) -> None:
    account.stage.ticket(custom_fields={"Region": "EU"})
    account.stage.clock.advance(301)  # what is remembered grows old
    account.calls()
    cold = data(account.stage.get(TICKETS, limit=1, sort="-id"))["tickets"][0]
    assert {field["title"] for field in cold["custom_fields"]} == {None}
    assert cold["custom_status"] is None
    assert account.calls() == ["GET /api/v2/tickets"]
    account.client.ticket_fields.all()
    account.calls()
    warm = data(account.stage.get(TICKETS, limit=1, sort="-id"))["tickets"][0]
    assert "Region" in {field["title"] for field in warm["custom_fields"]}
    assert warm["custom_status"]["label"] == "New"
    assert account.calls() == ["GET /api/v2/tickets"]


def test_a_ticket_is_shown_without_titles_when_they_cannot_be_read(account: Account) -> None:
    ticket = account.stage.ticket()
    account.stage.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=403, path="/api/v2/ticket_fields"))
    account.calls()
    for calls in (3, 2):  # the refusal is remembered
        shown = data(account.stage.get(f"{TICKETS}/{ticket['id']}"))["ticket"]
        assert {field["title"] for field in shown["custom_fields"]} == {None}
        assert len(account.calls()) == calls


def test_ids_go_on_working_when_the_fields_cannot_be_read_and_titles_say_why_not(account: Account) -> None:
    ticket = account.stage.ticket()
    account.stage.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=403, path="/api/v2/ticket_fields"))
    where = f"{TICKETS}/{ticket['id']}"
    ids = [{"id": account.ids["Region"], "value": "o_us"}]
    assert account.stage.put(where, {"custom_fields": ids}).status_code == 200
    assert account.value(ticket["id"], "Region") == "o_us"
    failure(account.stage.put(where, {"custom_fields": {"Region": "EU"}}), 403, "FORBIDDEN")
    with pytest.raises(ZendeskForbidden):
        account.desk.tickets.update(ticket["id"], {"custom_status": "Solved"})


def test_in_process_a_ticket_is_read_by_title(account: Account) -> None:
    ticket = account.desk.tickets.create(subject="x", comment="y", custom_fields={"Region": "US"})
    detail = account.desk.tickets.get(ticket.id, comments=0)
    assert (detail.fields["region"].value, detail.fields["Region"].label) == ("o_us", "US")
    assert detail.custom_status is not None
    assert detail.custom_status.status_category == "new"


def test_solving_without_a_required_field_names_it(account: Account) -> None:
    account.client.ticket_fields.update(account.ids["Region"], {"required": True})
    ticket = account.stage.ticket()
    error = failure(account.stage.put(f"{TICKETS}/{ticket['id']}", {"status": "solved"}), 400, "VALIDATION_ERROR")
    assert "Region" in error["message"]
    titles = {row["title"]: row["id"] for row in error["details"]["ticket_fields"]}
    assert titles["Region"] == account.ids["Region"]
    assert "Assignee" in titles
    with pytest.raises(TicketFieldsRefused) as refused:
        account.desk.tickets.create(subject="x", comment="y", status="solved")
    assert refused.value.status == 422
    assert account.ids["Region"] in refused.value.ticket_field_ids


def test_custom_statuses_are_given_by_label(account: Account) -> None:
    made = account.client.custom_statuses.create(
        {"status_category": "pending", "agent_label": "Waiting for parts", "end_user_label": "Waiting"}
    )
    ticket = account.stage.ticket(custom_status="waiting FOR parts")
    assert (ticket["status"], ticket["custom_status"]) == (
        "pending",
        {"id": made.id, "label": "Waiting for parts", "category": "pending"},
    )
    where = f"{TICKETS}/{ticket['id']}"
    opened = data(account.stage.put(where, {"custom_status": "Open"}))["ticket"]
    assert (opened["status"], opened["custom_status"]["label"]) == ("open", "Open")
    by_id = data(account.stage.put(where, {"custom_status_id": made.id, "status": "pending"}))["ticket"]
    assert by_id["custom_status"]["id"] == made.id
    for given, field in (
        ({"custom_status": "Waiting for part"}, "custom_status"),
        ({"custom_status": "Open", "custom_status_id": made.id}, "custom_status"),
        ({"custom_status": "Open", "status": "pending"}, "status"),
        ({"custom_status_id": 5}, "custom_status_id"),
    ):
        error = failure(account.stage.put(where, given), 400, "VALIDATION_ERROR")
        assert error["details"]["field"] == field
    assert error["details"]["accepted"]
    account.client.custom_statuses.update(made.id, {"active": False})
    failure(account.stage.put(where, {"custom_status": "Waiting for parts"}), 400, "VALIDATION_ERROR")


def test_users_and_organizations_take_keys_and_titles(account: Account) -> None:
    user = data(account.stage.post(USERS, {"name": "Ann", "custom_fields": {"Job title": "Baker"}}))["user"]
    assert user["custom_fields"]["job_title"] == "Baker"
    changed = account.stage.put(f"{USERS}/{user['id']}", {"custom_fields": {"job_title": None}})
    assert data(changed)["user"]["custom_fields"].get("job_title") is None
    place = data(account.stage.post(PLACES, {"name": "Example", "custom_fields": {"region": "EU"}}))["organization"]
    assert place["custom_fields"]["region"] == "EU"
    changed = account.stage.put(f"{PLACES}/{place['id']}", {"custom_fields": {"REGION": "US"}})
    assert data(changed)["organization"]["custom_fields"]["region"] == "US"
    for path in (f"{USERS}/{user['id']}", f"{PLACES}/{place['id']}"):
        error = failure(account.stage.put(path, {"custom_fields": {"Regio": "x"}}), 400, "VALIDATION_ERROR")
        assert error["details"]["field"] == "custom_fields.Regio"
        failure(account.stage.put(path, {"custom_fields": [{"id": 1, "value": 2}]}), 400, "VALIDATION_ERROR")


def test_the_same_key_and_names_make_one_ticket(account: Account) -> None:
    body = {"subject": "x", "comment": "y", "custom_fields": {"Region": "EU"}}
    first, second = (data(account.stage.post(TICKETS, body, Idempotency_Key="k"))["ticket"] for _ in range(2))
    assert first["id"] == second["id"]


def test_the_document_shows_both_forms(account: Account) -> None:
    document = account.stage.get("/api/zendesk/openapi.json").json
    assert document is not None
    forms = document["components"]["schemas"]["NewTicket"]["properties"]["custom_fields"]["anyOf"]
    assert {"array", "object"} <= {form.get("type") for form in forms}


def test_a_desk_refuses_what_no_field_holds(account: Account) -> None:
    with pytest.raises(InvalidInput):
        account.desk.tickets.create(subject="x", comment="y", custom_fields={"Seats": object()})
