"""Tags, followers and copies are added and taken away one by one: nobody else's get lost, whoever writes at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from atom_zendesk_plugin.errors import InvalidInput, ZendeskCallFailed
from atom_zendesk_plugin.simulator.faults import FaultKind
from tests.integration.desk.conftest import Office


def test_fifty_adders_at_once_leave_the_union(office: Office) -> None:
    ticket = office.ticket(tags=["first"])
    desks = [office.desk(f"u{number}") for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda row: row[1].tickets.add_tags(ticket.id, [f"t{row[0]}", "all"]), enumerate(desks)))
    assert set(office.simulator.desk.tickets[ticket.id].tags) == {"first", "all", *(f"t{number}" for number in range(50))}
    assert all({f"t{number}", "first"} <= set(tags) for number, tags in enumerate(answers))


def test_adders_and_removers_at_once(office: Office) -> None:
    ticket = office.ticket(tags=[f"old{number}" for number in range(25)])
    tickets = office.desk().tickets

    def change(number: int) -> None:
        if number % 2:
            tickets.add_tags(ticket.id, [f"new{number}"])
        else:
            tickets.remove_tags(ticket.id, [f"old{number // 2}"])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(change, range(50)))
    assert set(office.simulator.desk.tickets[ticket.id].tags) == {f"new{number}" for number in range(1, 50, 2)}


def test_tags_in_a_change_of_other_fields(office: Office) -> None:
    ticket = office.ticket(tags=["a", "b"])
    office.calls()
    done = office.desk().tickets.update(ticket.id, {"priority": "high", "add_tags": ["c"], "remove_tags": ["a"]})
    assert (done.ticket.priority, set(done.ticket.tags)) == ("high", {"b", "c"})
    assert [call.partition(" ")[0] for call in office.calls()] == ["PUT", "PUT", "DELETE"]


def test_tags_alone_are_one_change(office: Office) -> None:
    ticket = office.ticket(tags=["a"])
    done = office.desk().tickets.update(ticket.id, {"add_tags": ["b"]})
    assert set(done.ticket.tags) == {"a", "b"}
    assert len(office.simulator.desk.tickets[ticket.id].audits) == 2


def test_what_was_done_is_told_when_the_tags_fail(office: Office) -> None:
    ticket = office.ticket()
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{ticket.id}/tags", status=403, body="json")
    with pytest.raises(ZendeskCallFailed) as caught:
        office.desk().tickets.update(ticket.id, {"priority": "high", "add_tags": ["c"]})
    assert caught.value.public["done"] == ["priority"]
    assert office.simulator.desk.tickets[ticket.id].priority == "high"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tags": ["a"], "add_tags": ["b"]}, "add_tags"),
        ({"tags": None, "remove_tags": ["b"]}, "remove_tags"),
        ({"add_tags": ["two words"]}, "add_tags"),
        ({"add_tags": "word"}, "add_tags"),
        ({"add_tags": []}, None),
        ({"add_followers": None}, None),
        ({"add_followers": [0]}, "add_followers[0]"),
        ({"add_followers": ["ann"]}, "add_followers[0]"),
        ({"add_followers": 7}, "add_followers"),
        ({"add_followers": [True]}, "add_followers[0]"),
        ({"add_email_ccs": list(range(1, 50))}, "add_email_ccs"),
        ({"add_email_ccs": ["a@example.com"], "remove_email_ccs": ["A@example.com"]}, "remove_email_ccs"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    office: Office, changes: dict[str, object], field: str | None
) -> None:
    ticket = office.ticket()
    office.calls()
    with pytest.raises(InvalidInput) as caught:
        office.desk().tickets.update(ticket.id, changes)
    assert caught.value.field == field
    assert office.calls() == []


def test_tags_alone_take_no_stamp(office: Office) -> None:
    ticket = office.ticket()
    with pytest.raises(InvalidInput, match="expected_updated_at"):
        office.desk().tickets.update(ticket.id, {"add_tags": ["a"]}, expected_updated_at=ticket.updated_at)
    for change in (office.desk().tickets.add_tags, office.desk().tickets.remove_tags):
        with pytest.raises(InvalidInput, match="at least one"):
            change(ticket.id, [])


def test_followers_and_copies_come_and_go_one_by_one(office: Office) -> None:
    staff = [user for user in office.simulator.desk.users.values() if user.is_staff and user.active][:3]
    ticket, tickets = office.ticket(), office.desk().tickets
    tickets.update(ticket.id, {"add_followers": [staff[0].id, staff[1].email], "add_email_ccs": ["new@example.com"]})
    held = office.simulator.desk.tickets[ticket.id]
    assert set(held.follower_ids) == {staff[0].id, staff[1].id}
    assert [office.simulator.desk.users[number].email for number in held.email_cc_ids] == ["new@example.com"]
    done = tickets.update(
        ticket.id,
        {"remove_followers": [staff[0].id], "add_followers": [staff[2].id], "remove_email_ccs": ["NEW@example.com"], "priority": "low"},
    )
    held = office.simulator.desk.tickets[ticket.id]
    assert (set(held.follower_ids), held.email_cc_ids, done.ticket.priority) == ({staff[1].id, staff[2].id}, (), "low")


def test_people_are_in_nobodys_way(office: Office) -> None:
    seen = office.ticket()
    staff = next(user.id for user in office.simulator.desk.users.values() if user.is_staff and user.active)
    office.desk("bob").tickets.update(seen.id, {"add_email_ccs": ["a@example.com"], "comment": "x"})
    office.clock.advance(5)
    done = office.desk().tickets.update(
        seen.id, {"add_followers": [staff]}, expected_updated_at=seen.updated_at, merge="disjoint"
    )  # fmt: skip
    assert [change.fields for change in done.merged] == [("email_ccs",)]
    assert office.simulator.desk.tickets[seen.id].follower_ids == (staff,)
