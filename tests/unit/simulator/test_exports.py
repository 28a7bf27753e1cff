"""Incremental exports: what they tell, where a page ends, and how a client goes on."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.simulator.exporting import export, followed, later, numbers

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office, Reply

EXPORTS = (
    "tickets",
    "tickets/cursor",
    "ticket_events",
    "ticket_metric_events",
    "users",
    "users/cursor",
    "organizations",
    "tickets/sample",
)


@pytest.mark.parametrize("path", EXPORTS)
def test_only_admins_export(office: Office, path: str) -> None:
    office.opened()
    later(office)
    assert office.call("GET", f"incremental/{path}?start_time=0").status == 200
    for somebody in (office.agent, office.customer):
        assert office.call("GET", f"incremental/{path}?start_time=0", by=somebody).status == 403


def test_tickets_come_in_the_order_of_their_last_change(office: Office) -> None:
    first, second, third = (office.opened() for _ in range(3))
    office.write(first, priority="high")
    later(office)
    for path in ("tickets", "tickets/cursor"):
        body = export(office, path)
        assert numbers(body) == [second.id, third.id, first.id]
        stamps = [row["generated_timestamp"] for row in body["tickets"]]
        assert stamps == sorted(stamps)
        assert stamps[-1] == int(first.updated_at.timestamp())


def test_the_newest_minute_is_left_out(office: Office) -> None:
    ticket = office.opened()
    for seconds, seen in ((0, False), (60, False), (1, True)):
        office.clock.advance(seconds)
        assert (numbers(export(office, "tickets/cursor")) == [ticket.id]) is seen, seconds
        assert bool(export(office, "ticket_events")["ticket_events"]) is seen


@pytest.mark.parametrize("path", EXPORTS)
def test_a_start_in_the_newest_minute_is_refused(office: Office, path: str) -> None:
    now = int(office.desk.now().timestamp())
    assert office.call("GET", f"incremental/{path}?start_time={now - 60}").status == 200
    late = office.call("GET", f"incremental/{path}?start_time={now - 59}")
    if path == "ticket_metric_events":
        assert late.status == 200
    else:
        assert late.status == 422
        assert late.body == {
            "error": "InvalidValue",
            "description": "Too recent start_time. Use a start_time older than 60 seconds",
        }


def test_a_start_is_the_number_that_a_value_begins_with(office: Office) -> None:
    ticket = office.opened()
    opened = int(ticket.created_at.timestamp())
    later(office)
    assert numbers(export(office, "tickets", start_time=f"{opened}.75")) == [ticket.id]
    assert numbers(export(office, "tickets", start_time=f"{opened + 1}.0")) == []
    assert numbers(export(office, "tickets", start_time="2026-03-02T10:00:00Z")) == [ticket.id]
    for wrong in ({"start_time": "soon"}, {"start_time": "-5"}, {"start_time": None}):
        assert office.call("GET", "incremental/tickets", params=wrong).status == 400


def test_a_cursor_goes_on_where_the_page_ended(office: Office) -> None:
    tickets = [office.opened() for _ in range(5)]
    later(office)
    body = export(office, "tickets/cursor", per_page=2, include="users")
    assert (body["end_of_stream"], body["before_cursor"], body["before_url"]) == (False, None, None)
    seen = numbers(body)
    while not body["end_of_stream"]:
        asked = parse_qs(urlsplit(body["after_url"]).query)
        assert (asked["per_page"], asked["include"], "start_time" in asked) == (["2"], ["users"], False)
        assert asked["cursor"] == [body["after_cursor"]]
        body = followed(office, body["after_url"])
        seen += numbers(body)
    assert seen == [ticket.id for ticket in tickets]
    # The last page had a row, so it says where to go on although the stream ended.
    cursor = body["after_cursor"]
    assert cursor is not None
    again = export(office, "tickets/cursor", cursor=cursor)
    assert (again["tickets"], again["after_cursor"], again["after_url"]) == ([], None, None)
    assert again["end_of_stream"] is True
    office.write(tickets[2], priority="low")
    later(office)
    assert numbers(export(office, "tickets/cursor", cursor=cursor)) == [tickets[2].id]


def test_a_full_last_page_does_not_know_that_it_is_the_last(office: Office) -> None:
    office.opened()
    later(office)
    body = export(office, "tickets/cursor", per_page=1)
    assert body["end_of_stream"] is False
    assert followed(office, body["after_url"])["end_of_stream"] is True
    body = export(office, "tickets", per_page=1)
    assert body["end_of_stream"] is False
    last = followed(office, body["next_page"])
    assert (last["count"], last["end_of_stream"], last["end_time"], last["next_page"]) == (0, True, None, None)


def test_a_ticket_that_changes_between_pages_comes_twice(office: Office) -> None:
    tickets = [office.opened() for _ in range(3)]
    later(office)
    body = export(office, "tickets/cursor", per_page=1)
    office.write(tickets[0], priority="urgent")
    later(office)
    seen = numbers(body)
    while not body["end_of_stream"]:
        body = followed(office, body["after_url"])
        seen += numbers(body)
    assert seen == [tickets[0].id, tickets[1].id, tickets[2].id, tickets[0].id]


def test_by_time_a_page_ends_with_its_last_second(office: Office) -> None:
    together = [office.opened() for _ in range(4)]
    office.clock.advance(10)
    alone = office.opened()
    later(office)
    second = int(together[0].created_at.timestamp())
    body = export(office, "tickets", per_page=2)
    assert numbers(body) == [ticket.id for ticket in together]
    assert (body["count"], body["end_of_stream"], body["end_time"]) == (4, False, second + 1)
    body = followed(office, body["next_page"])
    assert (numbers(body), body["end_of_stream"]) == ([alone.id], True)
    # At the end of the stream the last second comes again next time.
    assert body["end_time"] == second + 10
    assert numbers(followed(office, body["next_page"])) == [alone.id]


def test_a_cursor_belongs_to_its_export_and_its_choice_of_rows(office: Office) -> None:
    office.opened()
    later(office)
    cursor = export(office, "tickets/cursor", exclude_deleted="true")["after_cursor"]
    assert base64.b64decode(cursor).decode().startswith(f"{int(office.desk.now().timestamp()) - 120}.0||")
    assert export(office, "tickets/cursor", exclude_deleted="true", cursor=cursor, per_page=7)["end_of_stream"]
    for path, params in (
        ("tickets/cursor", {}),
        ("tickets/cursor", {"exclude_deleted": "true", "support_type_scope": "all"}),
        ("users/cursor", {"exclude_deleted": "true"}),
    ):
        assert office.call("GET", f"incremental/{path}", params={**params, "cursor": cursor}).status == 400
    for wrong in ("x", "AAAA", base64.b64encode(b"1.0||1|").decode(), "ä", base64.b64encode(b"\xff\xfe").decode()):
        assert office.call("GET", "incremental/tickets/cursor", params={"cursor": wrong}).status == 400


def test_a_page_has_up_to_a_thousand_rows(office: Office) -> None:
    for _ in range(3):
        office.opened()
    later(office)
    assert len(export(office, "tickets", per_page=5000)["tickets"]) == 3
    for wrong in ("0", "-1", "many", "1.5"):
        answer = office.call("GET", "incremental/tickets", params={"start_time": 0, "per_page": wrong})
        assert answer.status == 400


def test_deleted_tickets_stay_in_the_stream_until_they_are_not_wanted(office: Office) -> None:
    kept, deleted, purged = (office.opened(subject=name) for name in ("kept", "deleted", "purged"))
    office.clock.advance(60)
    for ticket in (deleted, purged):
        assert office.call("DELETE", f"tickets/{ticket.id}").status == 204
    office.clock.advance(60)
    assert office.call("DELETE", f"deleted_tickets/{purged.id}").status == 200
    later(office)
    rows = {row["id"]: row for row in export(office, "tickets/cursor")["tickets"]}
    assert list(rows) == [kept.id, deleted.id, purged.id]
    assert [row["status"] for row in rows.values()] == ["new", "deleted", "deleted"]
    assert (rows[deleted.id]["subject"], rows[deleted.id]["description"]) == ("deleted", "It is dark")
    assert (rows[purged.id]["subject"], rows[purged.id]["description"]) == ("SCRUBBED", "X")
    # The purge moved the row, not the time of its last update.
    assert rows[purged.id]["generated_timestamp"] > int(purged.updated_at.timestamp())
    for path in ("tickets", "tickets/cursor"):
        assert numbers(export(office, path, exclude_deleted="true")) == [kept.id]
    told = export(office, "ticket_events", include="comment_events")["ticket_events"]
    assert {row["ticket_id"] for row in told} == {kept.id, deleted.id}
    events = export(office, "ticket_metric_events")["ticket_metric_events"]
    assert {row["ticket_id"] for row in events} == {kept.id, deleted.id}
    living = export(office, "ticket_metric_events", exclude_deleted="true")["ticket_metric_events"]
    assert {row["ticket_id"] for row in living} == {kept.id}


def test_tickets_of_ai_agents_come_when_asked_for(office: Office) -> None:
    people, machine = office.opened(), office.opened()
    machine.support_type = "ai_agent"
    later(office)
    for scope, wanted in (("agent", [people.id]), ("ai_agent", [machine.id]), ("all", [people.id, machine.id])):
        assert numbers(export(office, "tickets", support_type_scope=scope)) == wanted
        told = export(office, "ticket_events", support_type_scope=scope)["ticket_events"]
        assert [row["ticket_id"] for row in told] == wanted
    assert numbers(export(office, "tickets/cursor")) == [people.id]
    params = {"start_time": 0, "support_type_scope": "robots"}
    assert office.call("GET", "incremental/tickets", params=params).status == 400


def test_what_the_system_changes_moves_a_ticket_without_updating_it(office: Office) -> None:
    old, other = office.opened(), office.opened()
    office.write(old, status="closed", assignee_id=office.agent.id)
    updated = old.updated_at
    office.clock.advance(3600)
    office.opened(via_followup_source_id=old.id)
    later(office)
    rows = {row["id"]: row for row in export(office, "tickets/cursor")["tickets"]}
    assert next(iter(rows)) == other.id
    assert rows[old.id]["updated_at"] == f"{updated:%Y-%m-%dT%H:%M:%SZ}"
    assert rows[old.id]["generated_timestamp"] == int(updated.timestamp()) + 3600


def test_imported_history_is_exported_when_it_arrives(office: Office) -> None:
    start = later(office) - 60
    told = {
        "subject": "Old",
        "created_at": "2020-01-01T00:00:00Z",
        "requester": {"name": "Ida Import", "email": "ida@old.example"},
        "comments": [{"body": "first", "created_at": "2020-01-01T00:00:00Z"}, {"body": "second"}],
    }
    made = office.call("POST", "imports/tickets", json={"ticket": told})
    assert made.status == 201
    later(office)
    rows = export(office, "tickets/cursor", start_time=start)["tickets"]
    assert [(row["id"], row["created_at"]) for row in rows] == [(made.body["ticket"]["id"], "2020-01-01T00:00:00Z")]
    assert rows[0]["generated_timestamp"] >= start
    assert len(export(office, "ticket_events", start_time=start)["ticket_events"]) == 2
    assert [row["email"] for row in export(office, "users", start_time=start)["users"]] == ["ida@old.example"]


def test_tickets_bring_what_is_asked_for_beside_them(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, assignee_id=office.agent.id, comment={"body": "Here"})
    later(office)
    wanted = "users,groups,organizations,metric_sets,comment_count"
    for path in ("tickets", "tickets/cursor"):
        body = export(office, path, include=wanted)
        assert {row["id"] for row in body["users"]} == {office.customer.id, office.agent.id}
        assert [row["id"] for row in body["groups"]] == [office.support.id]
        assert [row["id"] for row in body["organizations"]] == [office.home.id]
        row = body["tickets"][0]
        assert (row["comment_count"], row["metric_set"]["ticket_id"]) == (2, ticket.id)
        assert set(export(office, path)) & {"users", "groups", "organizations"} == set()


def test_users_and_organizations_are_told_of_after_they_are_gone(office: Office) -> None:
    start = later(office) - 60
    user = office.call("POST", "users", json={"user": {"name": "Guy Gone", "email": "guy@gone.example"}}).body["user"]
    home = office.call("POST", "organizations", json={"organization": {"name": "Gone"}}).body["organization"]
    office.clock.advance(60)
    assert office.call("DELETE", f"users/{user['id']}").status == 200
    assert office.call("DELETE", f"organizations/{home['id']}").status == 204
    stamp = f"{office.desk.now():%Y-%m-%dT%H:%M:%SZ}"
    later(office)
    for path in ("users", "users/cursor"):
        rows = export(office, path, start_time=start)["users"]
        assert [(row["id"], row["active"], row["email"]) for row in rows] == [(user["id"], False, None)]
    rows = export(office, "organizations", start_time=start)["organizations"]
    assert [(row["id"], row["deleted_at"]) for row in rows] == [(home["id"], stamp)]
    kept = export(office, "organizations")["organizations"]
    assert [row["deleted_at"] for row in kept if row["id"] != home["id"]].count(None) == len(kept) - 1 > 0


def test_users_are_paged_by_cursor(office: Office) -> None:
    later(office)
    seen: list[int] = []
    body = export(office, "users/cursor", per_page=3)
    while True:
        seen += numbers(body, "users")
        if body["end_of_stream"]:
            break
        body = followed(office, body["after_url"])
    assert sorted(seen) == sorted(office.desk.users)


def test_an_event_tells_every_change_of_its_write(office: Office) -> None:
    ticket = office.opened(tags=["dark", "lamp"])
    office.write(
        ticket,
        status="pending",
        tags=["lamp", "urgent"],
        assignee_id=office.agent.id,
        custom_fields=[{"id": office.field["text"], "value": "A-1"}],
        comment={"body": "Is it plugged in?"},
    )
    later(office)
    opened, changed = export(office, "ticket_events")["ticket_events"]
    assert (opened["ticket_id"], opened["updater_id"], opened["event_type"]) == (
        ticket.id,
        office.customer.id,
        "Audit",
    )
    assert opened["timestamp"] == int(ticket.created_at.timestamp())
    children = changed["child_events"]
    status = next(row for row in children if "status" in row)
    assert (status["event_type"], status["status"], status["previous_value"]) == ("Change", "pending", "new")
    tags = next(row for row in children if "tags" in row)
    assert (tags["added_tags"], tags["removed_tags"]) == (["urgent"], ["dark"])
    assert {"custom_ticket_fields": {str(office.field["text"]): "A-1"}}.items() <= next(
        row for row in children if "custom_ticket_fields" in row
    ).items()
    comment = children[0]
    assert (comment["comment_present"], comment["comment_public"], "body" in comment) == (True, True, False)
    told = export(office, "ticket_events", include="comment_events")["ticket_events"][1]["child_events"][0]
    assert (told["event_type"], told["type"], told["body"]) == ("Comment", "Comment", "Is it plugged in?")
    assert told["id"] == ticket.comments[1].id


def test_redacted_words_are_in_no_export(office: Office) -> None:
    ticket = office.opened(comment={"body": "my number is 4711"})
    path = f"tickets/{ticket.id}/comments/{ticket.comments[0].id}/redact"
    assert office.call("PUT", path, json={"text": "4711"}).status == 200
    later(office)
    for name in ("tickets", "ticket_events"):
        assert "4711" not in str(export(office, name, include="comment_events"))


def test_a_sample_is_small(office: Office) -> None:
    for _ in range(60):
        office.opened()
        office.clock.advance(1)
    later(office)
    body = export(office, "tickets/sample", per_page=1000)
    assert (len(body["tickets"]), body["end_of_stream"]) == (50, False)
    assert len(export(office, "ticket_events/sample")["ticket_events"]) == 50
    assert export(office, "organizations/sample")["organizations"]
    assert export(office, "users/sample")["users"]
    assert office.call("GET", "incremental/views/sample?start_time=0").status == 404


LIMITED = (
    ("tickets", "incremental-exports", 10, 60),
    ("ticket_events", "incremental-exports", 10, 60),
    ("tickets/cursor", "incremental-exports-cursor", 10, 60),
    ("users/cursor", "incremental-users-cursor", 20, 60),
    ("tickets/sample", "incremental-sample", 10, 1200),
)


@pytest.mark.parametrize(("path", "bucket", "total", "seconds"), LIMITED)
def test_a_plan_limits_exports(office: Office, path: str, bucket: str, total: int, seconds: int) -> None:
    office.simulator.limits.configure(plan="suite-professional")

    def ask() -> Reply:
        return office.call("GET", f"incremental/{path}?start_time=0")

    answers = [ask() for _ in range(total + 1)]
    assert [answer.status for answer in answers] == [200] * total + [429]
    assert answers[-1].body == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed incremental export API requests per minute exceeded",
    }
    assert 0 < int(answers[-1].headers["retry-after"]) <= seconds
    assert f"total={total}; remaining=0" in answers[-2].headers[f"zendesk-ratelimit-{bucket}"]
    office.clock.advance(seconds)
    assert ask().status == 200
