"""The search language, asked over the wire of an account made for the question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.lifecycle import delete_ticket
from atom_zendesk_plugin.simulator.query import parse, read_span

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def found(office: Office, query: str, **params: str) -> list[int]:
    """Return the ids of what a query finds, sorted."""
    reply = office.call("GET", "search", params={"query": query, **params})
    assert reply.status == 200, reply.body
    assert reply.body["count"] == len(reply.body["results"])
    return sorted(row["id"] for row in reply.body["results"])


@pytest.fixture
def shop(office: Office) -> Office:
    """Five tickets, a day apart: 1 new, 2 open and high, 3 pending, 4 solved and urgent, 5 closed."""
    office.opened(subject="Broken lamp", comment={"body": "The bulb is gone"}, external_id="ext-1")
    office.clock.advance(86_400)
    office.opened(
        subject="Refund please",
        priority="high",
        assignee_id=office.agent.id,
        by=office.agent,
        requester_id=office.stranger.id,
        tags=["vip", "refund"],
        type="problem",
    )
    office.clock.advance(86_400)
    third = office.opened(subject="Lamp again", assignee_id=office.other_agent.id, priority="low", tags=["vip"])
    office.write(third, status="pending", comment={"body": "Did the voltage converter help?", "public": True})
    office.clock.advance(86_400)
    fourth = office.opened(by=office.agent, requester_id=office.customer.id, assignee_id=office.agent.id)
    office.write(fourth, status="solved", priority="urgent", email_ccs=[{"user_id": office.stranger.id}])
    office.clock.advance(86_400)
    value = {"id": office.field["tagger"], "value": "area_billing"}
    fifth = office.opened(assignee_id=office.agent.id, custom_fields=[value])
    office.write(fifth, status="closed")
    office.clock.advance(3_600)
    return office


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status:open", [2]),
        ("status:open status:pending", [2, 3]),
        ("status<solved", [1, 2, 3]),
        ("status<=solved", [1, 2, 3, 4]),
        ("status>pending status<closed", [4]),
        ("-status:closed", [1, 2, 3, 4]),
        ("priority>normal", [2, 4]),
        ("priority>=low priority<urgent", [2, 3]),
        ("priority:none", [1, 5]),
        ("tags:vip", [2, 3]),
        ('tags:"vip refund"', [2]),
        ("tags:refund tags:area_billing", [2, 5]),
        ("tags:none", [1, 4]),
        ("assignee:none", [1]),
        ("assignee:olga@acme.example", [2, 4, 5]),
        ('assignee:"Pedro Agent"', [3]),
        ("assignee:pedro", [3]),
        ("assignee:agent -assignee:pedro", [2, 4, 5]),
        ("requester:sofia", [2]),
        ("submitter:olga", [2, 4]),
        ("cc:sofia@acme.example", [4]),
        ("commenter:olga", [2, 3, 4]),
        ('organization:"hill house"', [1, 3, 4, 5]),
        ("organization:none", [2]),
        ("group:Billing", [3]),
        ("subject:lamp", [1, 3, 4, 5]),
        ("subject:lam*", [1, 3, 4, 5]),
        ("subject:lam", []),
        ("description:bulb", [1]),
        ("comment:converter", [3]),
        ("converter", [3]),
        ('"voltage converter"', [3]),
        ('"converter voltage"', []),
        ("voltage -lamp", []),
        ("lamp converter", [3]),
        ("external_id:EXT-1", [1]),
        ("ticket_type:problem", [2]),
        ("satisfaction:unoffered status:closed", [5]),
        ("via:api created:2026-03-03", [2]),
        ("created<2026-03-03", [1]),
        ("created<=2026-03-03", [1, 2]),
        ("created>2026-03-04", [4, 5]),
        ("created>=2026-03-04T10:00:00Z", [3, 4, 5]),
        ("created_at:2026-03-02T10:00:00Z", [1]),
        ("updated>2hours", [5]),
        ("updated<2hours", [1, 2, 3, 4]),
        ("solved>2days", [4, 5]),
        ("solved:2026-03-05", [4]),
        ("fieldvalue:area_billing", [5]),
        ("no_such_property:lamp", []),
        ("id:3", [3]),
    ],
)
def test_a_query_finds(shop: Office, query: str, ids: list[int]) -> None:
    assert found(shop, f"type:ticket {query}") == ids


def test_custom_fields_are_asked_by_their_id(shop: Office) -> None:
    field = f"custom_field_{shop.field['tagger']}"
    assert found(shop, f"{field}:area_billing") == [5]
    assert found(shop, f"{field}:*") == [5]
    assert found(shop, f"{field}:none status<solved") == [1, 2, 3]


def test_an_unknown_property_is_text(office: Office) -> None:
    ticket = office.opened(comment={"body": "it says error:timeout on the screen"})
    assert found(office, "error:timeout") == [ticket.id]
    assert found(office, "error:other") == []


def test_me_is_whoever_asks(shop: Office) -> None:
    reply = shop.call("GET", "search", by=shop.other_agent, params={"query": "assignee:me"})
    assert [row["id"] for row in reply.body["results"]] == [3]


def test_people_and_homes_are_found_too(office: Office) -> None:
    assert found(office, "type:user email:remy@acme.example") == [office.customer.id]
    assert found(office, "type:user role:agent olga") == [office.agent.id]
    assert found(office, "type:user organization:hill") == [office.customer.id]
    assert found(office, "type:organization hill") == [office.home.id]
    assert found(office, "type:group name:billing") == [office.billing.id]
    assert found(office, "type:user status:open") == []
    rows = office.call("GET", "search", params={"query": "name:Remy"}).body["results"]
    assert [row["result_type"] for row in rows] == ["user"]


@pytest.mark.parametrize(
    ("query", "params", "ids"),
    [
        ("type:ticket", {"sort_by": "created_at"}, [5, 4, 3, 2, 1]),
        ("type:ticket", {"sort_by": "created_at", "sort_order": "asc"}, [1, 2, 3, 4, 5]),
        ("type:ticket order_by:priority sort:asc", {}, [1, 5, 3, 2, 4]),
        ("type:ticket order_by:status", {}, [5, 4, 3, 2, 1]),
        ("type:ticket", {}, [5, 4, 3, 2, 1]),
    ],
)
def test_results_come_in_the_order_asked(shop: Office, query: str, params: dict[str, str], ids: list[int]) -> None:
    reply = shop.call("GET", "search", params={"query": query, **params})
    assert [row["id"] for row in reply.body["results"]] == ids


def test_a_bad_date_and_a_missing_query_are_refused(office: Office) -> None:
    for params in ({"query": "created>yesterday"}, {}):
        reply = office.call("GET", "search", params=params)
        assert (reply.status, reply.body["error"]) == (422, "invalid")


def test_a_thousand_results_and_no_more(office: Office) -> None:
    for _ in range(1_001):
        office.opened()
    reply = office.call("GET", "search", params={"query": "type:ticket", "page": "10"})
    assert (len(reply.body["results"]), reply.body["count"]) == (100, 1_001)
    reply = office.call("GET", "search", params={"query": "type:ticket", "page": "11"})
    assert (reply.status, reply.body["error"]) == (422, "invalid")
    assert office.call("GET", "search", params={"query": "lamp", "page[size]": "10"}).status == 400
    assert office.call("GET", "search/count", params={"query": "lamp"}).body == {"count": 1_001}


def test_an_export_goes_through_everything_newest_first(shop: Office) -> None:
    params: dict[str, str] = {"query": "lamp", "filter[type]": "ticket", "page[size]": "2"}
    seen: list[int] = []
    for _ in range(5):
        body = shop.call("GET", "search/export", params=params).body
        assert (body["facets"], body["links"]["prev"], "count" in body) == (None, None, False)
        seen += [row["id"] for row in body["results"]]
        if not body["meta"]["has_more"]:
            break
        params["page[after]"] = body["meta"]["after_cursor"]
    assert seen == [5, 4, 3, 1]
    assert shop.call("GET", "search/export", params={"query": "lamp"}).status == 400


def test_side_loads_are_asked_for_by_type(shop: Office) -> None:
    params = {"query": "status:open", "include": "tickets(users,groups)"}
    body = shop.call("GET", "search", params=params).body
    assert {user["id"] for user in body["users"]} == {shop.stranger.id, shop.agent.id}
    assert [group["id"] for group in body["groups"]] == [shop.support.id]


def test_a_lagging_index_knows_the_past(office: Office) -> None:
    old = office.opened(subject="Old words")
    office.desk.search_lag = 60.0
    office.clock.advance(120)
    office.write(old, by=office.agent, subject="Fresh words", tags=["seen"], status="open")
    new = office.opened(subject="Fresh words")
    office.call("POST", "users", json={"user": {"name": "Newly Made"}})
    assert (found(office, "subject:old"), found(office, "fresh"), found(office, "newly")) == ([old.id], [], [])
    assert (found(office, "status:new"), found(office, "status:open")) == ([old.id], [])
    office.clock.advance(59)
    assert found(office, "tags:seen") == []
    office.clock.advance(1)
    assert found(office, "fresh") == [old.id, new.id]
    assert len(found(office, "newly")) == 1


def test_a_deleted_ticket_is_not_found(office: Office) -> None:
    ticket = office.opened()
    office.desk.search_lag = 60.0
    delete_ticket(office.desk, ticket, act=office.act())
    assert found(office, "lamp") == []


@given(st.text(max_size=60))
def test_any_text_can_be_parsed(text: str) -> None:
    query = parse(text)
    assert all(term.name is None or term.name == term.name.lower() for term in query.terms)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,7}(hour|day|year)s?", fullmatch=True))
def test_any_text_is_a_span_or_refused(text: str) -> None:
    try:
        span = read_span(text, now=NOW)
    except Refusal:
        return
    assert span.start <= span.end


def test_what_a_day_and_a_length_of_time_stand_for() -> None:
    day = read_span("2026-03-01", now=NOW)
    assert (day.start, day.end) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert [day.accepts(midnight, sign) for sign in (":", "<", "<=", ">", ">=")] == [False, False, False, True, True]
    assert read_span("30minutes", now=NOW).start == NOW - timedelta(minutes=30)
    assert read_span("2months", now=NOW).start == NOW - timedelta(days=60)
