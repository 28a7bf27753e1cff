"""Tickets over the wire: the shapes, the lists, the refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

KEYS = {
    "url", "id", "external_id", "via", "created_at", "updated_at", "generated_timestamp", "type", "subject",
    "raw_subject", "description", "priority", "status", "recipient", "requester_id", "submitter_id", "assignee_id",
    "organization_id", "group_id", "collaborator_ids", "follower_ids", "email_cc_ids", "forum_topic_id", "problem_id",
    "has_incidents", "is_public", "due_at", "tags", "custom_fields", "satisfaction_rating", "sharing_agreement_ids",
    "custom_status_id", "encoded_id", "fields", "followup_ids", "ticket_form_id", "brand_id", "allow_channelback",
    "allow_attachments", "from_messaging_channel", "support_type",
}  # fmt: skip


def test_a_creation_answers_ticket_audit_and_location(office: Office) -> None:
    data = {"subject": "Hi", "comment": {"body": "One\n\nTwo <b>", "public": True}, "tags": ["x"]}
    reply = office.call("POST", "tickets.json", json={"ticket": data}, headers={"User-Agent": "tests/1"})
    ticket, audit = reply.body["ticket"], reply.body["audit"]
    assert reply.status == 201
    assert reply.headers["location"] == ticket["url"] == f"https://acme.zendesk.com/api/v2/tickets/{ticket['id']}.json"
    assert set(ticket) == KEYS
    assert (ticket["generated_timestamp"], ticket["via"]["channel"]) == (0, "api")
    assert ticket["custom_fields"] == ticket["fields"]
    assert ticket["satisfaction_rating"] == {"score": "unoffered"}
    assert audit["metadata"]["system"]["client"] == "tests/1"
    comment = audit["events"][0]
    assert comment["html_body"] == (
        '<div class="zd-comment" dir="auto"><p dir="auto">One</p>\n\n<p dir="auto">Two &lt;b&gt;</p></div>'
    )
    told = {event["field_name"]: event["value"] for event in audit["events"] if event["type"] == "Create"}
    assert told["subject"] == "Hi"
    assert told["requester_id"] == str(office.admin.id)
    assert (told["priority"], told["tags"]) == (None, ["x"])


def test_an_update_answers_ticket_and_audit(office: Office) -> None:
    ticket = office.opened()
    office.clock.advance(5)
    reply = office.call("PUT", f"tickets/{ticket.id}", json={"ticket": {"status": "open", "metadata": {"k": 1}}})
    assert reply.status == 200
    assert set(reply.body["ticket"]) == KEYS
    assert reply.body["audit"]["metadata"]["custom"] == {"k": 1}
    shown = office.call("GET", f"tickets/{ticket.id}").body["ticket"]
    assert shown == reply.body["ticket"]
    assert shown["updated_at"] == "2026-03-02T10:00:05Z"
    assert shown["generated_timestamp"] == int(office.desk.now().timestamp())


@pytest.mark.parametrize("body", [{}, {"ticket": None}, {"ticket": []}, {"ticket": "x"}, {"tickets": []}])
def test_a_body_without_a_ticket_is_400(office: Office, body: Any) -> None:
    assert office.call("POST", "tickets", json=body).status == 400
    assert office.call("PUT", f"tickets/{office.opened().id}", json=body).status == 400


def test_one_key_makes_one_ticket(office: Office) -> None:
    data = {"ticket": {"comment": {"body": "x"}}}
    headers = {"Idempotency-Key": "k-1"}
    first = office.call("POST", "tickets", json=data, headers=headers)
    second = office.call("POST", "tickets", json=data, headers=headers)
    assert (first.headers["x-idempotency-lookup"], second.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert (second.status, second.body) == (201, first.body)
    assert len(office.desk.tickets) == 1
    other = office.call("POST", "tickets", json={"ticket": {"comment": {"body": "y"}}}, headers=headers)
    assert (other.status, other.body["error"]) == (400, "IdempotentRequestError")
    office.clock.advance(2 * 3_600)
    third = office.call("POST", "tickets", json=data, headers=headers)
    assert (third.headers["x-idempotency-lookup"], len(office.desk.tickets)) == ("miss", 2)
    assert office.call("POST", "tickets", json=data, headers={"Idempotency-Key": "k" * 256}).status == 400
    assert "x-idempotency-lookup" not in office.call("POST", "tickets", json=data).headers


def test_deleted_tickets_can_be_listed_restored_and_forgotten(office: Office) -> None:
    ticket = office.opened()
    assert office.call("DELETE", f"tickets/{ticket.id}").status == 204
    assert office.call("GET", f"tickets/{ticket.id}").status == 404
    assert office.call("GET", "tickets").body["count"] == 0
    rows = office.call("GET", "deleted_tickets").body["deleted_tickets"]
    assert rows == [
        {
            "id": ticket.id,
            "subject": "Lamp",
            "actor": {"id": office.admin.id, "name": office.admin.name},
            "deleted_at": "2026-03-02T10:00:00Z",
            "previous_state": "new",
        }
    ]
    reply = office.call("PUT", f"deleted_tickets/{ticket.id}/restore")
    assert (reply.status, reply.body) == (200, {})
    assert office.call("PUT", f"deleted_tickets/{ticket.id}/restore").status == 404
    office.call("DELETE", f"tickets/{ticket.id}")
    job = office.call("DELETE", f"deleted_tickets/{ticket.id}").body["job_status"]
    assert (job["status"], job["total"]) == ("queued", None)
    assert office.call("GET", "deleted_tickets").body["count"] == 0
    office.clock.advance(3)
    assert office.call("GET", f"job_statuses/{job['id']}").body["job_status"]["results"] == {"success": True}


def test_spam_goes_and_takes_its_sender_along(office: Office) -> None:
    ticket = office.opened()
    assert office.call("PUT", f"tickets/{ticket.id}/mark_as_spam").status == 200
    assert (ticket.id in office.desk.deleted_tickets, office.customer.suspended) == (True, True)
    assert office.call("PUT", f"tickets/{office.opened(by=office.agent).id}/mark_as_spam").status == 422


def test_the_lists_of_a_person_and_of_a_home(office: Office) -> None:
    mine = office.opened(assignee_id=office.agent.id, email_ccs=[{"user_id": office.stranger.id}])
    office.opened(by=office.stranger)

    def ids(path: str) -> list[int]:
        reply = office.call("GET", path)
        if not path.endswith("requested"):
            assert office.call("GET", f"{path}/count").body["count"]["value"] == reply.body["count"]
        return [row["id"] for row in reply.body["tickets"]]

    assert ids(f"users/{office.customer.id}/tickets/requested") == [mine.id]
    assert ids(f"users/{office.agent.id}/tickets/assigned") == [mine.id]
    assert ids(f"users/{office.stranger.id}/tickets/ccd") == [mine.id]
    assert ids(f"organizations/{office.home.id}/tickets") == [mine.id]
    related = office.call("GET", f"users/{office.stranger.id}/related").body["user_related"]
    assert (related["requested_tickets"], related["ccd_tickets"]) == (1, 1)
    assert office.call("GET", "users/1/tickets/requested").status == 404


def test_archived_tickets_leave_some_lists_only(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="closed")
    office.clock.advance(120 * 86_400)
    for path in ("tickets", f"organizations/{office.home.id}/tickets", "ticket_metrics", "ticket_audits"):
        assert office.call("GET", path).body["count"] == 0, path
    assert office.call("GET", f"users/{office.customer.id}/tickets/requested").body["count"] == 1
    assert office.call("GET", f"tickets/{ticket.id}").status == 200
    assert office.call("GET", "search", params={"query": "lamp"}).body["count"] == 1
    assert office.call("GET", f"tickets/{ticket.id}/related").body["from_archive"] is True


def test_show_many_leaves_out_what_is_not_there(office: Office) -> None:
    first, second = office.opened(), office.opened()
    params = {"ids": f"{second.id},{first.id},999,{first.id}"}
    assert [row["id"] for row in office.call("GET", "tickets/show_many", params=params).body["tickets"]] == [1, 2]
    many = ",".join(str(number) for number in range(101))
    reply = office.call("GET", "tickets/show_many", params={"ids": many})
    assert (reply.status, reply.body["error"]) == (400, "TooManyValues")
    assert reply.body["description"] == "Parameter  cannot specify more than 100 values"
    assert office.call("GET", "tickets/show_many").status == 400


def test_an_external_id_filters(office: Office) -> None:
    ticket = office.opened(external_id="a")
    office.opened(external_id="b")
    assert [row["id"] for row in office.call("GET", "tickets?external_id=a").body["tickets"]] == [ticket.id]
    assert office.call("GET", "tickets?external_id=c").body["tickets"] == []


def test_tags_one_by_one(office: Office) -> None:
    ticket = office.opened(tags=["a", "b"])
    path = f"tickets/{ticket.id}/tags"
    assert office.call("PUT", path, json={"tags": ["c"]}).body == {"tags": ["a", "b", "c"]}
    assert office.call("DELETE", path, json={"tags": ["a", "x"]}).body == {"tags": ["b", "c"]}
    reply = office.call("POST", path, json={"tags": ["z"]})
    assert (reply.status, reply.body) == (201, {"tags": ["z"]})
    stale = {"tags": ["q"], "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    assert office.call("PUT", path, json=stale).status == 409
    assert office.call("GET", path).body == {"tags": ["z"]}
    assert office.call("GET", "tags").body["tags"] == [{"name": "z", "count": 1}]
    assert [event.field for event in ticket.audits[-1].events] == ["tags"]


def test_comments_and_their_order(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, comment={"body": "second", "public": False})
    rows = office.call("GET", f"tickets/{ticket.id}/comments").body["comments"]
    assert [row["body"] for row in rows] == ["It is dark", "second"]
    assert [row["public"] for row in rows] == [True, False]
    assert rows[1]["audit_id"] == ticket.audits[1].id
    for params in ({"sort": "-created_at", "page[size]": "5"}, {"sort_order": "desc"}):
        turned = office.call("GET", f"tickets/{ticket.id}/comments", params=params).body["comments"]
        assert [row["body"] for row in turned] == ["second", "It is dark"]
    body = office.call("GET", f"tickets/{ticket.id}/comments?include=users").body
    assert {user["id"] for user in body["users"]} == {office.customer.id, office.agent.id}


def test_a_comment_made_private_is_private_everywhere(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, comment={"body": "oops", "public": True})
    path = f"tickets/{ticket.id}/comments/{ticket.comments[1].id}/make_private"
    assert office.call("PUT", path).status == 200
    assert [row["public"] for row in office.call("GET", f"tickets/{ticket.id}/comments").body["comments"]] == [
        True,
        False,
    ]
    audits = office.call("GET", f"tickets/{ticket.id}/audits").body["audits"]
    assert audits[1]["events"][0]["public"] is False
    assert office.call("PUT", f"tickets/{ticket.id}/comments/1/make_private").status == 404


def test_side_loads_beside_and_inside(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    params = {"include": "users,groups,organizations,comment_count,metric_sets,custom_statuses"}
    for path, key in (("tickets", "tickets"), (f"tickets/{ticket.id}", "ticket")):
        body = office.call("GET", path, params=params).body
        row = body[key][0] if key == "tickets" else body[key]
        assert {user["id"] for user in body["users"]} == {office.customer.id, office.agent.id}
        assert [group["id"] for group in body["groups"]] == [office.support.id]
        assert [home["id"] for home in body["organizations"]] == [office.home.id]
        assert (row["comment_count"], row["metric_set"]["ticket_id"]) == (1, ticket.id)
        assert [status["id"] for status in body["custom_statuses"]] == [ticket.custom_status_id]


def test_orders_of_both_styles(office: Office) -> None:
    first, second = office.opened(subject="b"), office.opened(subject="A")
    office.write(first, priority="low")
    for params, ids in (
        ({"sort_by": "subject", "sort_order": "asc"}, [second.id, first.id]),
        ({"sort_by": "updated_at", "sort_order": "desc"}, [first.id, second.id]),
        ({"page[size]": "9", "sort": "-updated_at"}, [first.id, second.id]),
        ({"page[size]": "9", "sort_by": "updated_at"}, [first.id, second.id]),
    ):
        assert [row["id"] for row in office.call("GET", "tickets", params=params).body["tickets"]] == ids
    assert office.call("GET", "tickets", params={"page[size]": "9", "sort": "subject"}).status == 400


def test_metrics_are_what_happened(office: Office) -> None:
    ticket = office.opened()
    office.clock.advance(600)
    office.write(ticket, assignee_id=office.agent.id, comment={"body": "Hi", "public": True}, status="pending")
    office.clock.advance(1_140)
    office.write(ticket, by=office.customer, comment={"body": "Well"})
    office.clock.advance(3_540)
    office.write(ticket, status="solved")
    office.clock.advance(540)
    office.write(ticket, by=office.customer, comment={"body": "No"})
    office.clock.advance(540)
    office.write(ticket, status="solved", comment={"body": "Yes", "public": True})
    row = office.call("GET", f"tickets/{ticket.id}/metrics").body["ticket_metric"]
    minutes = {name: row[f"{name}_in_minutes"]["calendar"] for name in (
        "reply_time", "first_resolution_time", "full_resolution_time", "agent_wait_time", "requester_wait_time",
        "on_hold_time",
    )}  # fmt: skip
    assert minutes == {
        "reply_time": 11,
        "first_resolution_time": 91,
        "full_resolution_time": 111,
        "agent_wait_time": 20,
        "requester_wait_time": 11 + 60 + 10,
        "on_hold_time": 0,
    }
    assert (row["reopens"], row["replies"], row["assignee_stations"], row["group_stations"]) == (1, 2, 1, 1)
    assert office.call("GET", f"ticket_metrics/{row['id']}").body["ticket_metric"] == row
    assert row["solved_at"] == row["status_updated_at"] == "2026-03-02T11:51:00Z"


def test_nothing_is_zero_before_it_happened(office: Office) -> None:
    row = office.call("GET", f"tickets/{office.opened().id}/metrics").body["ticket_metric"]
    assert row["reply_time_in_minutes"] == {"calendar": None, "business": None}
    assert (row["solved_at"], row["assigned_at"], row["replies"]) == (None, None, 0)
    assert row["on_hold_time_in_minutes"] == {"calendar": 0, "business": 0}


def test_the_words_that_made_a_ticket_are_no_reply(office: Office) -> None:
    ticket = office.opened(by=office.agent, requester_id=office.customer.id, comment={"body": "Hello", "public": True})
    office.write(ticket, comment={"body": "a note", "public": False})
    row = office.call("GET", f"tickets/{ticket.id}/metrics").body["ticket_metric"]
    assert (row["replies"], row["reply_time_in_minutes"]["calendar"]) == (0, None)
    office.write(ticket, comment={"body": "Hello again", "public": True})
    row = office.call("GET", f"tickets/{ticket.id}/metrics").body["ticket_metric"]
    assert (row["replies"], row["reply_time_in_minutes"]["calendar"]) == (1, 2)
