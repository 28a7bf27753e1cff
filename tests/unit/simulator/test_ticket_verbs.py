"""What else can happen to a ticket: merged, imported, called spam, its words taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_zendesk_plugin.simulator.merging import merge_into
from atom_zendesk_plugin.simulator.objects import Status

if TYPE_CHECKING:
    from atom_zendesk_plugin.simulator.objects import Ticket
    from tests.unit.simulator.conftest import Office, Reply


def results_of(office: Office, reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    office.clock.advance(2)
    return office.call("GET", f"job_statuses/{reply.body['job_status']['id']}").body["job_status"]["results"]


def comments_of(office: Office, ticket: Ticket) -> list[Any]:
    return list(office.call("GET", f"tickets/{ticket.id}/comments").body["comments"])


def test_a_merge_closes_the_source_and_brings_its_customer(office: Office) -> None:
    target, source = office.opened(), office.opened(by=office.stranger, followers=[{"user_id": office.agent.id}])
    body = {"ids": [source.id], "target_comment": "one more", "source_comment": "see there", "target_comment_is_public": True}
    results = results_of(office, office.call("POST", f"tickets/{target.id}/merge", json=body))
    assert results == [{"action": "update", "id": source.id, "status": "Updated", "success": True}]
    assert (source.status, source.tags) == (Status.CLOSED, ("closed_by_merge",))
    assert target.email_cc_ids == (office.stranger.id,)
    assert target.follower_ids == (office.agent.id,)
    into, about = comments_of(office, source)[-1], comments_of(office, target)[-1]
    assert [(into["body"], into["public"]), (about["body"], about["public"])] == [("see there", False), ("one more", True)]
    assert into["via"]["source"] == {
        "from": {"ticket_id": target.id, "subject": "Lamp", "channel": "api"},
        "to": {},
        "rel": "merge",
    }
    change = office.call("GET", f"tickets/{source.id}/audits").body["audits"][-1]["events"]
    assert {"status", "tags"} <= {event.get("field_name") for event in change}
    reopened = office.call("PUT", f"tickets/{source.id}", json={"ticket": {"status": "open"}})
    assert reopened.status == 422


def test_an_impossible_merge_changes_nothing(office: Office) -> None:
    target, source, closed = office.opened(), office.opened(), office.opened(assignee_id=office.agent.id)
    office.write(closed, status="closed")
    for ids, status in (([source.id, closed.id], 422), ([target.id], 422), ([source.id, 99], 404), ([], 400)):
        assert office.call("POST", f"tickets/{target.id}/merge", json={"ids": ids}).status == status
    assert office.call("POST", f"tickets/{closed.id}/merge", json={"ids": [source.id]}).status == 422
    assert [len(ticket.comments) for ticket in (target, source, closed)] == [1, 1, 1]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(talk=st.lists(st.integers(0, 3), min_size=2, max_size=5), plan=st.data())
def test_a_merge_keeps_every_word(office: Office, talk: list[int], plan: st.DataObject) -> None:
    tickets = [office.opened() for _ in talk]
    for ticket, more in zip(tickets, talk, strict=True):
        for number in range(more):
            office.write(ticket, comment={"body": f"word {number} on {ticket.id}"})
    said = {comment.id: comment.body for ticket in tickets for comment in ticket.comments}
    target, *sources = plan.draw(st.permutations(tickets))
    for source in sources:
        merge_into(office.desk, target, source, {}, act=office.act())
    kept = {comment.id: comment.body for ticket in tickets for comment in ticket.comments}
    assert said.items() <= kept.items()
    assert len(kept) == len(said) + 2 * len(sources)
    assert [ticket.status is Status.CLOSED for ticket in sources] == [True] * len(sources)


def test_an_imported_ticket_keeps_its_dates_and_authors(office: Office) -> None:
    told = {
        "subject": "From before",
        "requester_id": office.customer.id,
        "status": "closed",
        "created_at": "2019-05-01T08:00:00Z",
        "updated_at": "2019-05-09T08:00:00Z",
        "solved_at": "2019-05-08T08:00:00Z",
        "tags": ["old"],
        "comments": [
            {"author_id": office.agent.id, "body": "second", "created_at": "2019-05-02T08:00:00Z", "public": False},
            {"author_id": office.customer.id, "value": "first", "created_at": "2019-05-01T08:00:00Z"},
        ],
    }
    reply = office.call("POST", "imports/tickets", json={"ticket": told})
    assert reply.status == 201, reply.body
    row = reply.body["ticket"]
    assert [row[name] for name in ("created_at", "updated_at", "status", "description")] == [
        "2019-05-01T08:00:00Z",
        "2019-05-09T08:00:00Z",
        "closed",
        "first",
    ]
    ticket = office.desk.tickets[row["id"]]
    words = [(row["author_id"], row["body"], row["public"], row["created_at"]) for row in comments_of(office, ticket)]
    assert words == [
        (office.customer.id, "first", True, "2019-05-01T08:00:00Z"),
        (office.agent.id, "second", False, "2019-05-02T08:00:00Z"),
    ]
    assert ticket.solved_at is not None
    assert f"{ticket.solved_at:%F}" == "2019-05-08"
    events = office.call("GET", f"tickets/{ticket.id}/audits").body["audits"][0]["events"]
    assert "Notification" not in {event["type"] for event in events}
    assert office.call("GET", "tickets").body["count"] == 0


def test_a_bad_import_leaves_nothing_behind(office: Office) -> None:
    good = {"comments": [{"value": "first"}]}
    bad = {"comments": [{"value": "first"}, {"value": "second", "author_id": 5}]}
    wrong: list[dict[str, Any]] = [bad, {"comments": []}, {"comments": [{"value": ""}]}, {"comments": 5}, {"comments": [5]}]
    for data in wrong:
        assert office.call("POST", "imports/tickets", json={"ticket": data}).status == 422
    assert not office.desk.tickets
    reply = office.call("POST", "imports/tickets/create_many", json={"tickets": [good, bad]})
    first, second = results_of(office, reply)
    assert (first["index"], second["error"]) == (0, "TicketImportFailed")
    assert len(office.desk.tickets) == 1
    assert office.call("POST", "imports/tickets", by=office.agent, json={"ticket": good}).status == 403


def test_many_are_spam_and_agents_are_not(office: Office) -> None:
    spam, ours = office.opened(by=office.stranger), office.opened(by=office.agent)
    reply = office.call("PUT", f"tickets/mark_many_as_spam?ids={spam.id},{ours.id}")
    first, second = results_of(office, reply)
    assert (first["success"], second["error"]) == (True, "TicketUpdateFailed")
    assert office.stranger.suspended
    assert list(office.desk.deleted_tickets) == [spam.id]


def test_words_are_blacked_out_everywhere(office: Office) -> None:
    ticket = office.opened(comment={"body": "my card is 4111 1111"})
    path = f"tickets/{ticket.id}/comments/{ticket.comments[0].id}/redact"
    reply = office.call("PUT", path, json={"text": "4111 1111"})
    black = "my card is " + "\u2587" * 9
    assert (reply.status, reply.body["comment"]["body"]) == (200, black)
    assert ticket.description == black
    first, last = office.call("GET", f"tickets/{ticket.id}/audits").body["audits"]
    assert "4111" not in str(first)
    assert last["events"][0]["type"] == "CommentRedactionEvent"
    assert office.call("PUT", path, json={"text": "4111 1111"}).status == 422
    assert office.call("PUT", path, json={}).status == 400


def test_marked_words_are_blacked_out_on_closed_tickets_too(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id, comment={"html_body": "<p>call <b>Ann</b> now</p>"})
    office.write(ticket, status="closed")
    path = f"comment_redactions/{ticket.comments[0].id}"
    marked = {"ticket_id": ticket.id, "html_body": "<p>call <redact><b>Ann</b></redact> now</p>"}
    reply = office.call("PUT", path, json=marked)
    assert (reply.status, reply.body["comment"]["body"]) == (200, "call \u2587\u2587\u2587 now")
    assert "<b>\u2587\u2587\u2587</b>" in reply.body["comment"]["html_body"]
    for wrong in ("<p>call Ann now</p>", "<p>somebody <redact>else</redact></p>"):
        assert office.call("PUT", path, json={**marked, "html_body": wrong}).status == 422
    assert office.call("PUT", path, json={**marked, "ticket_id": 99}).status == 404


@pytest.mark.parametrize("way", ["comments", "audits"])
def test_a_hidden_word_stays_hidden_and_is_told(office: Office, way: str) -> None:
    ticket = office.opened()
    comment = ticket.comments[0]
    number = comment.id if way == "comments" else comment.audit_id
    for _ in range(2):
        assert office.call("PUT", f"tickets/{ticket.id}/{way}/{number}/make_private").status == 200
    assert [row["public"] for row in comments_of(office, ticket)] == [False]
    assert not ticket.is_public
    events = [event.type for audit in ticket.audits for event in audit.events]
    assert events.count("CommentPrivacyChange") == 1


TAGS = st.sets(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1)


@pytest.mark.parametrize("home", ["tickets", "users", "organizations"])
def test_adders_in_any_order_give_the_union(office: Office, home: str) -> None:
    numbers = {"tickets": office.opened().id, "users": office.customer.id, "organizations": office.home.id}
    path = f"{home}/{numbers[home]}/tags"

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(adders=st.lists(TAGS, min_size=1, max_size=4), dropped=TAGS)
    def check(adders: list[set[str]], dropped: set[str]) -> None:
        office.call("POST", path, json={"tags": []})
        for tags in adders:
            office.call("PUT", path, json={"tags": sorted(tags)})
        everything = set().union(*adders)
        assert office.call("GET", path).body["tags"] == sorted(everything)
        left = office.call("DELETE", path, json={"tags": sorted(dropped)}).body["tags"]
        assert left == sorted(everything - dropped)

    check()


def test_tags_can_be_written_safely(office: Office) -> None:
    ticket = office.opened(tags=["a"])
    stale = {"tags": ["b"], "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    for method in ("POST", "PUT", "DELETE"):
        assert office.call(method, f"tickets/{ticket.id}/tags", json=stale).status == 409
    assert ticket.tags == ("a",)
    fresh = {**stale, "updated_stamp": f"{ticket.updated_at:%Y-%m-%dT%H:%M:%SZ}"}
    assert office.call("PUT", f"tickets/{ticket.id}/tags", json=fresh).body["tags"] == ["a", "b"]
