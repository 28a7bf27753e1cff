"""Replaying a ticket's audits gives the ticket: nothing changes without saying so, and the index agrees with the tickets."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.exchange import Refusal
from atom_zendesk_plugin.simulator.history import AUDITED
from atom_zendesk_plugin.simulator.lifecycle import delete_ticket, restore_ticket
from atom_zendesk_plugin.simulator.objects import ID_STEP, Status, Ticket
from atom_zendesk_plugin.simulator.seed import populate
from atom_zendesk_plugin.simulator.state import Desk

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office


def replayed(ticket: Ticket) -> dict[str, Any]:
    """Play the audits and return what the fields are in the end, as audits write values."""
    fields: dict[str, Any] = {}
    for audit in ticket.audits:
        for event in audit.events:
            if event.type == "Create":
                assert event.field not in fields
                fields[str(event.field)] = event.value
            elif event.type == "Change":
                if not str(event.field).startswith("satisfaction"):
                    # No tags are [] in a change and no event at all in a creation.
                    assert (fields.get(str(event.field)) or None) == (event.previous or None)
                fields[str(event.field)] = event.value
            elif event.type in ("EmailCcChange", "FollowerChange"):
                assert fields.get(event.type, ()) == event.previous
                fields[event.type] = event.value
    return fields


def written(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return list(value) if isinstance(value, tuple) else str(value)


def check(ticket: Ticket) -> None:
    fields = replayed(ticket)
    for name in AUDITED:
        assert (fields.get(name) or None) == (written(getattr(ticket, name)) or None), name
    numbers = {key: value for key, value in fields.items() if key.isdecimal() and value is not None}
    assert numbers == {str(key): written(value) for key, value in ticket.custom.items()}
    assert fields.get("EmailCcChange", ()) == ticket.email_cc_ids
    assert fields.get("FollowerChange", ()) == ticket.follower_ids
    assert ticket.audits[-1].created_at == ticket.updated_at
    assert ticket.audits[0].created_at == ticket.created_at
    told = [event.comment for audit in ticket.audits for event in audit.events if event.comment is not None]
    assert told == ticket.comments
    stamps = [audit.created_at for audit in ticket.audits]
    assert stamps == sorted(stamps)
    assert all(stamp.microsecond == 0 for stamp in stamps)


def check_index(desk: Desk) -> None:
    tickets = list(desk.tickets.values())
    for name, kind in (("requester_id", "requester"), ("assignee_id", "assignee"), ("organization_id", "organization")):
        for value in {getattr(ticket, name) for ticket in tickets} - {None}:
            assert desk.index.having(kind, value) == [row for row in tickets if getattr(row, name) == value]
    for status in Status:
        assert desk.index.in_states([status]) == [ticket for ticket in tickets if ticket.status is status]
    assert +desk.index.tag_counts == Counter(tag for ticket in tickets for tag in ticket.tags)
    now = desk.now()
    assert desk.listed_tickets() == [row for row in tickets if not desk.index.is_archived(row, now)]


@pytest.fixture(scope="module")
def seeded() -> Desk:
    desk = Desk(clock=ManualClock(), seed=11)
    populate(desk, tickets=400)
    return desk


def test_every_seeded_ticket_is_the_sum_of_its_history(seeded: Desk) -> None:
    for ticket in seeded.tickets.values():
        check(ticket)
    check_index(seeded)


def test_no_id_is_given_out_twice(seeded: Desk) -> None:
    ids: list[int] = [*seeded.users, *seeded.organizations, *seeded.groups, *seeded.ratings]
    ids += [*seeded.group_memberships.all, *seeded.organization_memberships.all]
    ids += [key for rows in seeded.config.tables().values() for key in rows]
    ids += [one.id for user in seeded.users.values() for one in user.identities]
    for ticket in seeded.tickets.values():
        for audit in ticket.audits:
            ids += [audit.id, *(audit.event_id(position) for position in range(len(audit.events)))]
            first = audit.events[0].comment
            assert first is None or first.id == audit.event_id(0) == audit.id + ID_STEP
    assert len(set(ids)) == len(ids)


WRITES = st.dictionaries(
    st.sampled_from(
        ["status", "priority", "type", "subject", "tags", "assignee", "group", "requester", "cc", "custom", "comment"]
    ),
    st.integers(0, 5),
    max_size=4,
)


def as_write(office: Office, told: dict[str, int]) -> dict[str, Any]:
    """Turn small numbers into a write that a client could send."""
    agents = [None, office.agent.id, office.other_agent.id, office.admin.id]
    people = [office.customer.id, office.stranger.id, office.agent.id]
    areas = ["area_billing", "area_reports", None]
    makers: dict[str, Any] = {
        "status": lambda n: {"status": list(Status)[n]},
        "priority": lambda n: {"priority": [None, "low", "normal", "high", "urgent", "none such"][n]},
        "type": lambda n: {"type": [None, "task", "question", "problem", "incident", ""][n]},
        "subject": lambda n: {"subject": f"Subject {n}" if n else None},
        "tags": lambda n: {"tags": [f"t{k}" for k in range(n)]},
        "assignee": lambda n: {"assignee_id": agents[n % 4]},
        "group": lambda n: {"group_id": [None, office.support.id, office.billing.id][n % 3]},
        "requester": lambda n: {"requester_id": people[n % 3]},
        "cc": lambda n: {"email_ccs": [{"user_id": people[n % 3], "action": "put" if n > 2 else "delete"}]},
        "custom": lambda n: {
            "custom_fields": [
                {"id": office.field["tagger"], "value": areas[n % 3]},
                {"id": office.field["checkbox"], "value": n > 2},
            ]
        },
        "comment": lambda n: {"comment": {"body": f"Words {n}", "public": n > 2}},
    }
    data: dict[str, Any] = {}
    for name, number in told.items():
        data |= makers[name](number)
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=WRITES, later=st.lists(st.tuples(st.booleans(), WRITES), max_size=8))
def test_any_writes_leave_a_true_history(
    office: Office, first: dict[str, int], later: list[tuple[bool, dict[str, int]]]
) -> None:
    try:
        ticket = office.opened(by=office.agent, **{"requester_id": office.customer.id, **as_write(office, first)})
    except Refusal:
        return
    for by_customer, told in later:
        with suppress(Refusal):
            office.write(ticket, by=office.customer if by_customer else office.agent, **as_write(office, told))
        check(ticket)
        assert (ticket.status is Status.SOLVED) <= (ticket.assignee_id is not None)
    delete_ticket(office.desk, ticket, act=office.act())
    restore_ticket(office.desk, ticket, act=office.act())
    check(ticket)
    check_index(office.desk)
