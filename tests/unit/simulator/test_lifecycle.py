"""The rules of a ticket's life, each at the function that every write goes through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.lifecycle import (
    BODY_MAX,
    COMMENTS_MAX,
    create_ticket,
    delete_ticket,
    rate_ticket,
    restore_ticket,
)
from atom_zendesk_plugin.simulator.objects import Audit, Role, Status

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def refused(status: int, act: Callable[[], object]) -> dict[str, Any]:
    """Return the body of the refusal that an act must end in."""
    with pytest.raises(Refusal) as caught:
        act()
    assert caught.value.answer.status == status
    body: dict[str, Any] = caught.value.answer.body
    return body


def changes(audit: Audit) -> dict[str | None, tuple[Any, Any]]:
    return {event.field: (event.previous, event.value) for event in audit.events if event.type == "Change"}


def test_a_ticket_starts_new_with_its_first_comment_as_description(office: Office) -> None:
    ticket = office.opened()
    assert (ticket.status, ticket.description) == (Status.NEW, "It is dark")
    assert (ticket.requester_id, ticket.submitter_id) == (office.customer.id, office.customer.id)
    assert ticket.organization_id == office.home.id
    assert [comment.public for comment in ticket.comments] == [True]
    assert ticket.created_at == ticket.updated_at == office.clock.now()


@pytest.mark.parametrize("data", [{}, {"comment": {}}, {"comment": {"body": " "}}, {"description": ""}])
def test_a_ticket_needs_words(office: Office, data: dict[str, Any]) -> None:
    body = refused(422, lambda: create_ticket(office.desk, data, act=office.act()))
    assert body["details"] == {"base": [{"description": "Description: cannot be blank"}]}
    assert not office.desk.tickets


def test_numbers_of_tickets_count_and_other_ids_are_long(office: Office) -> None:
    first, second = office.opened(), office.opened()
    assert (first.id, second.id) == (1, 2)
    assert all(value > 10**12 for value in (first.audits[0].id, first.comments[0].id, office.customer.id))


def test_an_assignee_opens_a_new_ticket_and_brings_the_group(office: Office) -> None:
    ticket = office.opened()
    audit = office.write(ticket, assignee_id=office.agent.id)
    assert (ticket.status, ticket.group_id) == (Status.OPEN, office.support.id)
    assert changes(audit)["status"] == ("new", "open")
    assert changes(audit)["custom_status_id"] == (str(office.status["new"]), str(office.status["open"]))


def test_a_group_without_its_assignee_takes_the_assignee_away(office: Office) -> None:
    ticket = office.opened(by=office.agent, assignee_id=office.agent.id)
    office.write(ticket, group_id=office.billing.id)
    assert (ticket.group_id, ticket.assignee_id) == (office.billing.id, None)


def test_an_assignee_must_sit_in_the_named_group(office: Office) -> None:
    ticket = office.opened()
    data: dict[str, Any] = {"group_id": office.billing.id, "assignee_id": office.agent.id}
    assert "assignee_id" in refused(422, lambda: office.write(ticket, **data))["details"]
    assert "assignee_id" in refused(422, lambda: office.write(ticket, assignee_id=office.customer.id))["details"]
    assert ticket.assignee_id is None


@pytest.mark.parametrize("state", ["pending", "hold", "solved"])
def test_a_customers_word_opens_a_ticket_that_waits(office: Office, state: str) -> None:
    ticket = office.opened(by=office.agent, requester_id=office.customer.id, assignee_id=office.agent.id)
    office.write(ticket, status=state)
    audit = office.write(ticket, by=office.customer, comment={"body": "Still dark"})
    assert ticket.status is Status.OPEN
    assert ticket.solved_at is None
    assert changes(audit)["status"] == (state, "open")


def test_an_agents_word_does_not_reopen(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="solved")
    office.write(ticket, comment={"body": "A note", "public": False})
    office.write(ticket, comment={"body": "Bye", "public": True})
    assert ticket.status is Status.SOLVED


def test_a_status_that_is_sent_wins_over_reopening(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="pending")
    office.write(ticket, by=office.customer, comment={"body": "It works now"}, status="solved")
    assert ticket.status is Status.SOLVED


@pytest.mark.parametrize("assigned", [True, False])
def test_a_ticket_is_never_new_again(office: Office, assigned: bool) -> None:
    ticket = office.opened(assignee_id=office.agent.id if assigned else None)
    office.write(ticket, status="pending")
    office.write(ticket, status="new")
    assert ticket.status is Status.OPEN


def test_solving_needs_an_assignee(office: Office) -> None:
    ticket = office.opened()
    lines = refused(422, lambda: office.write(ticket, status="solved"))["details"]["base"]
    assert lines == [
        {
            "description": "Assignee: is required when solving a ticket",
            "error": None,
            "ticket_field_id": office.field["assignee"],
            "ticket_field_type": "FieldAssignee",
        }
    ]
    office.write(ticket, status="solved", assignee_id=office.agent.id)
    assert ticket.solved_at == office.clock.now()


def test_a_solved_ticket_keeps_an_assignee(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="solved")
    refused(422, lambda: office.write(ticket, assignee_id=None))
    refused(422, lambda: office.write(ticket, group_id=office.billing.id))
    assert ticket.assignee_id == office.agent.id


def test_a_required_custom_field_is_needed_for_solving(office: Office) -> None:
    office.desk.config.ticket_fields[office.field["text"]]["required"] = True
    ticket = office.opened(assignee_id=office.agent.id)
    refused(422, lambda: office.write(ticket, status="solved"))
    office.write(ticket, status="solved", custom_fields=[{"id": office.field["text"], "value": "A-1"}])
    assert ticket.status is Status.SOLVED


def test_closed_is_the_end(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="closed")
    before = ticket.updated_at
    body = refused(422, lambda: office.write(ticket, comment={"body": "One more"}))
    assert body["details"] == {"status": [{"description": "Status: closed prevents ticket update"}]}
    assert (len(ticket.comments), ticket.updated_at) == (1, before)


def test_a_follow_up_knows_its_closed_source(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    refused(422, lambda: office.opened(via_followup_source_id=ticket.id))
    office.write(ticket, status="closed")
    following = office.opened(via_followup_source_id=ticket.id)
    assert ticket.followup_ids == (following.id,)
    assert following.source is not None
    assert following.source["rel"] == "follow_up"


def test_priority_cannot_be_taken_back(office: Office) -> None:
    ticket = office.opened(priority=None)
    office.write(ticket, priority="high")
    assert "priority" in refused(422, lambda: office.write(ticket, priority=None))["details"]
    assert ticket.priority == "high"


def test_a_custom_status_decides_over_a_status(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="open", custom_status_id=office.status["hold"])
    assert (ticket.status, ticket.custom_status_id) == (Status.HOLD, office.status["hold"])
    office.write(ticket, status="pending")
    assert ticket.custom_status_id == office.status["pending"]


def test_tags_replace_and_only_bulk_adds(office: Office) -> None:
    ticket = office.opened(tags=["b", "A", "b"])
    assert list(ticket.tags) == ["a", "b"]
    office.write(ticket, tags=["c"], additional_tags=["ignored"])
    assert list(ticket.tags) == ["c"]
    assert office.desk.index.tag_counts == {"c": 1}


def test_custom_fields_merge_and_choices_show_as_tags(office: Office) -> None:
    tagger, text, box = (office.field[kind] for kind in ("tagger", "text", "checkbox"))
    ticket = office.opened(custom_fields=[{"id": tagger, "value": "area_billing"}, {"id": text, "value": 7}])
    office.write(ticket, custom_fields=[{"id": box, "value": True}])
    assert ticket.custom == {tagger: "area_billing", text: "7", box: True}
    assert list(ticket.tags) == ["area_billing", "escalated"]
    audit = office.write(ticket, custom_fields={str(tagger): "area_reports", "1": "nobody's"})
    assert list(ticket.tags) == ["area_reports", "escalated"]
    assert changes(audit)[str(tagger)] == ("area_billing", "area_reports")
    refused(422, lambda: office.write(ticket, custom_fields=[{"id": tagger, "value": "nowhere"}]))


def test_who_speaks_and_for_whom(office: Office) -> None:
    ticket = office.opened(by=office.agent, requester={"name": "Nova Caller", "email": "nova@mail.example"})
    made = office.desk.users[ticket.requester_id]
    assert (made.name, made.role, ticket.comments[0].author_id) == ("Nova Caller", Role.END_USER, office.agent.id)
    again = office.opened(by=office.agent, requester={"email": "NOVA@mail.example"})
    assert again.requester_id == made.id
    spoken = office.opened(by=office.agent, requester_id=made.id, comment={"body": "x", "author_id": made.id})
    assert spoken.comments[0].author_id == made.id


def test_a_refused_write_leaves_nobody_behind(office: Office) -> None:
    before = len(office.desk.users)
    newcomer = {"name": "Nova Caller", "email": "nova@mail.example"}
    refused(422, lambda: office.opened(by=office.agent, requester=newcomer, assignee_id=1))
    ccs = [{"user_email": "one@mail.example"}, {"user_email": "not an address"}]
    refused(422, lambda: office.opened(by=office.agent, email_ccs=ccs))
    assert len(office.desk.users) == before
    assert not office.desk.tickets


def test_a_customer_speaks_in_public_and_only_for_themselves(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, by=office.customer, comment={"body": "x", "public": False, "author_id": office.agent.id})
    assert (ticket.comments[-1].public, ticket.comments[-1].author_id) == (True, office.customer.id)


def test_a_light_agent_speaks_in_private(office: Office) -> None:
    office.agent.only_private_comments = True
    ticket = office.opened()
    office.write(ticket, comment={"body": "x", "public": True})
    assert not ticket.comments[-1].public


def test_the_first_comment_decides_what_is_public_by_default(office: Office) -> None:
    ticket = office.opened(by=office.agent, comment={"body": "internal", "public": False})
    assert not ticket.is_public
    office.write(ticket, comment={"body": "more"})
    assert not ticket.comments[-1].public
    office.write(ticket, comment={"body": "hello", "public": True})
    assert ticket.is_public


def test_html_gives_the_text_and_long_bodies_are_cut(office: Office) -> None:
    ticket = office.opened(comment={"html_body": "<p>One &amp; two</p><p>three<br>four</p>"})
    assert ticket.description == "One & two\nthree\nfour"
    office.write(ticket, comment={"body": "ä" * BODY_MAX})
    assert len(ticket.comments[-1].body.encode()) == BODY_MAX


def test_the_number_of_comments_ends(office: Office) -> None:
    ticket = office.opened()
    ticket.comments *= COMMENTS_MAX
    refused(422, lambda: office.write(ticket, comment={"body": "one too many"}))
    office.write(ticket, priority="low")


@pytest.mark.parametrize("flag", [True, False, None])
def test_a_safe_update_needs_the_last_stamp_whatever_its_flag_says(office: Office, flag: bool | None) -> None:
    ticket = office.opened()
    stamp = f"{ticket.updated_at:%Y-%m-%dT%H:%M:%SZ}"
    office.write(ticket, priority="low")
    body = refused(409, lambda: office.write(ticket, priority="high", safe_update=flag, updated_stamp=stamp))
    assert body["error"] == "UpdateConflict"
    fresh = f"{ticket.updated_at:%Y-%m-%dT%H:%M:%SZ}"
    office.write(ticket, priority="high", safe_update=flag, updated_stamp=fresh)
    assert ticket.priority == "high"


def test_ccs_and_followers_are_put_and_deleted(office: Office) -> None:
    ticket = office.opened(email_ccs=[{"user_id": office.stranger.id, "action": "put"}])
    assert ticket.email_cc_ids == (office.stranger.id,)
    office.write(ticket, followers=[{"user_email": office.agent.email}])
    assert ticket.collaborator_ids == (office.stranger.id, office.agent.id)
    audit = office.write(ticket, email_ccs=[{"user_id": office.stranger.id, "action": "delete"}])
    assert [(event.type, event.previous, event.value) for event in audit.events] == [
        ("EmailCcChange", (office.stranger.id,), ())
    ]
    office.write(ticket, collaborator_ids=[office.customer.id, office.other_agent.id])
    assert (ticket.email_cc_ids, ticket.follower_ids) == ((office.customer.id,), (office.other_agent.id,))
    refused(422, lambda: office.write(ticket, followers=[{"user_id": office.customer.id}]))


def test_another_requester_brings_their_organization(office: Office) -> None:
    ticket = office.opened()
    office.write(ticket, requester_id=office.stranger.id)
    assert (ticket.requester_id, ticket.organization_id) == (office.stranger.id, None)
    office.write(ticket, requester_id=office.customer.id, organization_id=office.home.id)
    assert ticket.organization_id == office.home.id


def test_nothing_changed_is_no_history(office: Office) -> None:
    ticket = office.opened()
    before = ticket.updated_at
    audit = office.write(ticket, subject="Lamp", comment={"body": ""}, unknown="ignored")
    assert (audit.events, len(ticket.audits), ticket.updated_at) == ((), 1, before)


def test_a_public_answer_notifies_and_a_private_one_does_not(office: Office) -> None:
    ticket = office.opened(email_ccs=[{"user_id": office.stranger.id}])
    audit = office.write(ticket, comment={"body": "Hello", "public": True})
    told = [event.value for event in audit.events if event.type == "Notification"]
    assert told == [(office.customer.id, office.stranger.id)]
    audit = office.write(ticket, comment={"body": "Hm", "public": False})
    assert [event.type for event in audit.events] == ["Comment"]


def test_deleted_and_back(office: Office) -> None:
    ticket = office.opened()
    office.clock.advance(1)
    delete_ticket(office.desk, ticket, act=office.act())
    assert ticket.id not in office.desk.tickets
    assert not office.desk.listed_tickets()
    restore_ticket(office.desk, ticket, act=office.act())
    assert office.desk.listed_tickets() == [ticket]
    told = [(event.previous, event.value) for audit in ticket.audits[1:] for event in audit.events]
    assert told == [("new", "deleted"), ("deleted", "new")]


def test_only_solved_tickets_are_rated(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    refused(422, lambda: rate_ticket(office.desk, ticket, {"score": "good"}, act=office.act(office.customer)))
    office.write(ticket, status="solved")
    first = rate_ticket(office.desk, ticket, {"score": "bad", "comment": "slow"}, act=office.act(office.customer))
    second = rate_ticket(office.desk, ticket, {"score": "good"}, act=office.act(office.customer))
    assert (first.id, second.score, list(office.desk.ratings)) == (second.id, "good", [first.id])


def test_tickets_leave_the_lists_120_days_after_they_closed(office: Office) -> None:
    ticket = office.opened(assignee_id=office.agent.id)
    office.write(ticket, status="closed")
    office.clock.advance(120 * 86_400 - 1)
    assert office.desk.listed_tickets() == [ticket]
    office.clock.advance(1)
    assert office.desk.listed_tickets() == []
    assert office.desk.index.having("requester", office.customer.id) == [ticket]
