"""An answer that never came: the change is looked for by its mark, told as made when it is there, and never sent twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from atom_zendesk_plugin.desk.read_back import OWN_TIME
from atom_zendesk_plugin.errors import OutcomeUnknown, ZendeskInvalid
from atom_zendesk_plugin.simulator.faults import FaultKind
from tests.integration.desk.conftest import Office

COMMENT: dict[str, Any] = {"comment": "On my way", "public": True}
CHANGE: dict[str, Any] = {"priority": "high"}
LOST_AFTER = (FaultKind.RESET_AFTER, FaultKind.TRUNCATE, FaultKind.WRONG_LENGTH)
LOST_BEFORE = (FaultKind.RESET_BEFORE, FaultKind.HTML)


def comments(office: Office, ticket_id: int) -> list[str]:
    return [comment.body for comment in office.simulator.desk.tickets[ticket_id].comments]


@pytest.mark.parametrize("changes", [COMMENT, CHANGE, {**COMMENT, **CHANGE}], ids=["comment", "field", "both"])
@pytest.mark.parametrize("kind", LOST_AFTER)
def test_a_change_that_was_made_is_a_success(office: Office, kind: FaultKind, changes: dict[str, Any]) -> None:
    ticket = office.ticket()
    office.fail(kind, f"/api/v2/tickets/{ticket.id}", count=1)
    office.calls()
    done = office.desk().tickets.update(ticket.id, changes)
    assert done.read_back
    assert done.audit is not None
    assert done.ticket.priority == changes.get("priority")
    assert comments(office, ticket.id) == ["It burns", *([COMMENT["comment"]] if "comment" in changes else [])]
    where = f"/api/v2/tickets/{ticket.id}"
    assert office.calls() == [f"PUT {where}", f"GET {where}/audits", f"GET {where}"]


@pytest.mark.parametrize("kind", LOST_BEFORE)
def test_a_change_that_was_not_made_is_unknown_and_says_that_it_was_looked_for(office: Office, kind: FaultKind) -> None:
    ticket = office.ticket()
    office.fail(kind, f"/api/v2/tickets/{ticket.id}", count=1)
    office.calls()
    with pytest.raises(OutcomeUnknown, match="most likely it was not made") as caught:
        office.desk().tickets.comment(ticket.id, "On my way")
    assert [call.partition(" ")[0] for call in office.calls()] == ["PUT", "GET", "GET"]  # nothing is repeated
    assert caught.value.public["looked_for_at"] == office.clock.now().isoformat()
    assert caught.value.public["found"] is False
    json.dumps(caught.value.public)
    assert comments(office, ticket.id) == ["It burns"]


def test_another_change_is_not_taken_for_the_lost_one(office: Office) -> None:
    ticket = office.ticket()
    office.desk("bob").tickets.update(ticket.id, COMMENT)
    office.fail(FaultKind.RESET_BEFORE, f"/api/v2/tickets/{ticket.id}", count=1)
    with pytest.raises(OutcomeUnknown):
        office.desk().tickets.update(ticket.id, COMMENT)
    assert comments(office, ticket.id) == ["It burns", "On my way"]


def test_what_is_still_at_work_is_found_at_the_second_look(office: Office) -> None:
    ticket = office.ticket()
    where = f"/api/v2/tickets/{ticket.id}"
    desk = office.desk()
    seen: list[str] = []

    def late(method: str, path: str) -> None:
        # Zendesk comes to the change between the two looks.
        if path == f"{where}/audits" and len(seen) == 1:
            office.simulator.faults.clear()
            replay = {"ticket": json.loads(sent[0])["ticket"]}
            desk.tickets.client.request("PUT", where, json=replay)
        if path == f"{where}/audits":
            seen.append(path)

    sent: list[bytes] = []
    office.fail(FaultKind.RESET_BEFORE, where, count=1)
    office.hurry(desk, late, sent)
    assert desk.tickets.update(ticket.id, COMMENT).read_back
    assert comments(office, ticket.id) == ["It burns", "On my way"]


def test_when_nothing_can_be_read_it_stays_unknown_and_says_so(office: Office) -> None:
    ticket = office.ticket()
    office.fail(FaultKind.RESET_AFTER, f"/api/v2/tickets/{ticket.id}", count=1)
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{ticket.id}/audits", method="GET", status=403, body="json")
    with pytest.raises(OutcomeUnknown, match="may or may not") as caught:
        office.desk().tickets.update(ticket.id, COMMENT)
    assert (caught.value.public["looked_for_at"], caught.value.public["found"]) == (None, False)


def test_a_change_that_is_there_while_its_ticket_cannot_be_read_says_that_it_is(office: Office) -> None:
    ticket = office.ticket()
    office.fail(FaultKind.RESET_AFTER, f"/api/v2/tickets/{ticket.id}", count=1)
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{ticket.id}", method="GET", status=403, body="json")
    with pytest.raises(OutcomeUnknown, match="was made") as caught:
        office.desk().tickets.update(ticket.id, COMMENT)
    assert caught.value.public["found"] is True


def test_a_request_whose_time_is_over_still_looks_for_a_little(office: Office) -> None:
    ticket = office.ticket()
    desk = office.desk(seconds=20)
    where = f"/api/v2/tickets/{ticket.id}"
    office.hurry(desk, lambda method, path: office.clock.advance(20.5) if method == "PUT" else None, [])
    office.fail(FaultKind.RESET_AFTER, where, count=1)
    began = office.clock.monotonic()
    assert desk.tickets.update(ticket.id, COMMENT).read_back
    assert office.clock.monotonic() - began < 20.5 + OWN_TIME


def test_looking_ends_with_its_own_time(office: Office) -> None:
    ticket = office.ticket()
    desk = office.desk(seconds=20)
    office.hurry(desk, lambda method, path: office.clock.advance(20.5 if method == "PUT" else 3), [])
    office.fail(FaultKind.RESET_BEFORE, f"/api/v2/tickets/{ticket.id}", count=1)
    began = office.clock.monotonic()
    with pytest.raises(OutcomeUnknown):
        desk.tickets.update(ticket.id, COMMENT)
    assert office.clock.monotonic() - began < 20.5 + OWN_TIME + 3


def test_a_refusal_is_not_looked_into(office: Office) -> None:
    ticket = office.ticket()
    office.calls()
    with pytest.raises(ZendeskInvalid):
        office.desk().tickets.update(ticket.id, {"assignee_id": 4_611_686_018_427_387_904})
    assert len(office.calls()) == 1


def test_with_a_stamp_a_lost_answer_is_read_back_too(office: Office) -> None:
    ticket = office.ticket()
    office.fail(FaultKind.RESET_AFTER, f"/api/v2/tickets/{ticket.id}", count=1)
    done = office.desk().tickets.update(ticket.id, COMMENT, expected_updated_at=ticket.updated_at)
    assert (done.read_back, done.unseen) == (True, ())


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
def test_a_lost_change_of_tags_is_read_back(office: Office, kind: FaultKind) -> None:
    ticket = office.ticket(tags=["a"])
    tickets = office.desk().tickets
    for method, change, there in (("PUT", tickets.add_tags, {"a", "B"}), ("DELETE", tickets.remove_tags, {"a"})):
        office.fail(kind, f"/api/v2/tickets/{ticket.id}/tags", method=method, count=1)
        office.calls()
        if kind is FaultKind.RESET_AFTER:
            assert set(map(str.lower, change(ticket.id, ["B"]))) == set(map(str.lower, there))
        else:
            before = office.simulator.desk.tickets[ticket.id].tags
            with pytest.raises(OutcomeUnknown):
                change(ticket.id, ["B" if method == "PUT" else "a"])
            assert office.simulator.desk.tickets[ticket.id].tags == before
        assert [call.partition(" ")[0] for call in office.calls()] == [method, "GET"]
