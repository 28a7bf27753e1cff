"""Two people on one ticket: who is second is told both versions, or is merged; what no stamp tells is found in the audits."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

import pytest

from atom_zendesk_plugin.desk.conflicts import FieldDifference, TicketConflict
from atom_zendesk_plugin.desk.desk import Desk
from atom_zendesk_plugin.desk.updating import ROUNDS, Updated
from atom_zendesk_plugin.errors import Code, InvalidInput, ZendeskConflict
from atom_zendesk_plugin.records import Ticket
from atom_zendesk_plugin.simulator.faults import FaultKind
from tests.integration.desk.conftest import Office


def changed(office: Office, ticket: Ticket, user: str = "bob", **changes: Any) -> Updated:
    """Let somebody change the ticket, five seconds before what comes next."""
    done = office.desk(user).tickets.update(ticket.id, changes)
    office.clock.advance(5)
    return done


def refused(desk: Desk, seen: Ticket, changes: dict[str, object], merge: str = "fail") -> TicketConflict:
    with pytest.raises(TicketConflict) as caught:
        desk.tickets.update(seen.id, changes, expected_updated_at=seen.updated_at, merge=merge)
    return caught.value


def test_a_conflict_tells_both_versions_and_what_there_was_before(office: Office) -> None:
    seen = office.ticket(priority="low", tags=["a", "b"])
    changed(office, seen, priority="high")
    changed(office, seen, priority="urgent", status="pending", comment="Customer called", public=False)
    office.calls()
    conflict = refused(office.desk(), seen, {"priority": "normal", "subject": "Fire", "comment": "I know it", "public": True})
    assert office.calls() == [f"PUT /api/v2/tickets/{seen.id}", f"GET /api/v2/tickets/{seen.id}", f"GET /api/v2/tickets/{seen.id}/audits"]
    assert conflict.code is Code.CONFLICT
    assert conflict.ticket.priority == "urgent"
    told = {row.field: row for row in conflict.differences}
    assert told["priority"] == FieldDifference(
        field="priority", before="low", theirs="urgent", yours="normal", by_them=True, by_you=True
    )  # fmt: skip
    assert told["status"] == FieldDifference(field="status", before="new", theirs="pending", by_them=True, by_you=False)
    assert told["subject"] == FieldDifference(
        field="subject", before="Printer", theirs="Printer", yours="Fire", by_them=False, by_you=True
    )  # fmt: skip
    assert [len(change.comments) for change in conflict.changes] == [0, 1]
    assert not conflict.changes[1].comments[0].public
    assert conflict.changes[1].comments[0].id == office.simulator.desk.tickets[seen.id].comments[-1].id
    assert office.simulator.desk.tickets[seen.id].priority == "urgent"
    assert len(office.simulator.desk.tickets[seen.id].comments) == 2


def test_what_clients_are_told_is_json_without_what_comments_say(office: Office) -> None:
    seen = office.ticket(assignee_id=None)
    agent = next(user.id for user in office.simulator.desk.users.values() if user.is_staff and user.default_group_id)
    changed(office, seen, assignee_id=agent, comment="Their secret words")
    conflict = refused(office.desk(), seen, {"comment": "My secret words", "tags": ["x"]})
    told = json.loads(json.dumps(conflict.public))
    assert "secret words" not in json.dumps(told)
    assert "It burns" not in json.dumps(told)
    assert "outdated" not in json.dumps(told)  # Zendesk's own words
    assert told["ticket"]["id"] == seen.id
    assert told["wanted"] == {"tags": ["x"]}
    assert told["complete"] is True
    assert {"field": "assignee_id", "before": None, "theirs": agent, "changed_by_them": True} in told["differences"]
    assert {"field": "tags", "before": [], "theirs": [], "changed_by_them": False, "yours": ["x"]} in told["differences"]
    assert [set(row) for row in told["comments"]] == [{"id", "author_id", "public"}]


def test_custom_fields_are_told_by_their_ids(office: Office) -> None:
    rows = office.simulator.desk.config.ticket_fields.values()
    one, two = [next(row["id"] for row in rows if row["type"] == kind) for kind in ("text", "checkbox")]
    seen = office.ticket(custom_fields=[{"id": one, "value": "1"}])
    changed(office, seen, custom_fields=[{"id": one, "value": "2"}])
    conflict = refused(office.desk(), seen, {"custom_fields": [{"id": one, "value": "3"}, {"id": two, "value": True}]})
    told = {row.field: (row.before, row.theirs, row.yours) for row in conflict.differences}
    assert told == {f"custom_fields.{one}": ("1", "2", "3"), f"custom_fields.{two}": (False, False, True)}
    other = {"custom_fields": [{"id": two, "value": True}]}
    done = office.desk().tickets.update(seen.id, other, expected_updated_at=seen.updated_at, merge="disjoint")
    assert {row.id: row.value for row in done.ticket.custom_fields or []}[one] == "2"


def test_disjoint_changes_are_merged_and_said_to_be(office: Office) -> None:
    seen = office.ticket()
    theirs = changed(office, seen, priority="high", comment="Theirs")
    office.calls()
    done = office.desk().tickets.update(
        seen.id, {"subject": "Fire", "comment": "Mine"}, expected_updated_at=seen.updated_at, merge="disjoint"
    )  # fmt: skip
    assert len(office.calls()) == 5
    assert (done.ticket.subject, done.ticket.priority) == ("Fire", "high")
    assert theirs.audit is not None
    assert [change.audit_id for change in done.merged] == [theirs.audit.id]
    assert done.unseen == ()
    assert [comment.body for comment in office.simulator.desk.tickets[seen.id].comments] == ["It burns", "Theirs", "Mine"]


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ({"priority": "high"}, {"priority": "low"}),
        ({"priority": "high"}, {"priority": "high"}),
        ({"status": "pending"}, {"status": "solved"}),
        ({"type": "task"}, {"type": "task", "due_at": "2026-02-01"}),
        ({"group_id": "one"}, {"assignee_id": None}),
    ],
)
def test_a_field_that_both_changed_or_that_decides_about_it_is_not_merged(
    office: Office, theirs: dict[str, object], mine: dict[str, object]
) -> None:
    seen = office.ticket()
    group = next(iter(office.simulator.desk.groups))
    others: dict[str, Any] = {name: group if value == "one" else value for name, value in theirs.items()}
    changed(office, seen, **others)
    before = office.simulator.desk.tickets[seen.id].updated_at
    refused(office.desk(), seen, mine, merge="disjoint")
    assert office.simulator.desk.tickets[seen.id].updated_at == before


@pytest.mark.parametrize(
    ("theirs", "mine", "together"),
    [
        (["a", "b", "c"], ["a", "d"], {"a", "c", "d"}),  # they added c, I took b away and added d
        (["a"], ["a", "b", "d"], {"a", "d"}),  # they took b away
        ([], [], set()),
        (["a", "b", "d"], ["a", "b", "d"], {"a", "b", "d"}),
    ],
)
def test_tags_are_merged_as_what_was_added_and_taken_away(
    office: Office, theirs: list[str], mine: list[str], together: set[str]
) -> None:
    seen = office.ticket(tags=["a", "b"])
    changed(office, seen, tags=theirs)
    done = office.desk().tickets.update(
        seen.id, {"tags": mine}, expected_updated_at=seen.updated_at, merge="disjoint"
    )  # fmt: skip
    assert set(done.ticket.tags) == together


def test_mine_wins_when_it_is_told_to(office: Office) -> None:
    seen = office.ticket(tags=["a"])
    changed(office, seen, priority="high", tags=["a", "theirs"])
    done = office.desk().tickets.update(
        seen.id, {"priority": "low", "tags": ["mine"]}, expected_updated_at=seen.updated_at, merge="mine"
    )  # fmt: skip
    assert (done.ticket.priority, done.ticket.tags) == ("low", ["mine"])
    assert [change.fields for change in done.merged] == [("priority", "tags")]


@pytest.mark.parametrize("merge", ["disjoint", "mine"])
def test_who_is_always_too_late_is_told_after_a_few_rounds(office: Office, merge: str) -> None:
    seen = office.ticket()
    office.clock.advance(5)
    other, mine = office.desk("bob"), f"/api/v2/tickets/{seen.id}"
    count = 0

    def hurry(method: str, path: str) -> None:
        nonlocal count
        if method == "PUT" and path == mine and not hurry_on:
            count += 1
            hurry_on.append(True)
            other.tickets.update(seen.id, {"comment": f"{count}", "public": False})
            hurry_on.clear()
            office.clock.advance(2)

    hurry_on: list[bool] = []
    desk = office.desk()
    office.hurry(desk, hurry, [])
    conflict = refused(desk, seen, {"subject": "Fire"}, merge=merge)
    assert count == ROUNDS + 1
    assert len(conflict.changes) == ROUNDS + 1
    assert office.simulator.desk.tickets[seen.id].subject == "Printer"


def test_a_merge_needs_a_stamp_and_a_policy(office: Office) -> None:
    seen = office.ticket()
    with pytest.raises(InvalidInput, match="expected_updated_at"):
        office.desk().tickets.update(seen.id, {"subject": "x"}, merge="mine")
    with pytest.raises(InvalidInput, match="merge"):
        office.desk().tickets.update(seen.id, {"subject": "x"}, merge="theirs", expected_updated_at=seen.updated_at)


def test_without_a_stamp_a_conflict_is_told_as_zendesk_tells_it(office: Office) -> None:
    seen = office.ticket()
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{seen.id}", status=409, body="text")
    with pytest.raises(ZendeskConflict) as caught:
        office.desk().tickets.update(seen.id, {"subject": "x"})
    assert not isinstance(caught.value, TicketConflict)


def test_a_conflict_that_cannot_be_looked_into_stays_one(office: Office) -> None:
    seen = office.ticket()
    changed(office, seen, priority="high")
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{seen.id}", status=404, method="GET", body="json")
    with pytest.raises(ZendeskConflict) as caught:
        office.desk().tickets.update(seen.id, {"subject": "x"}, expected_updated_at=seen.updated_at)
    assert not isinstance(caught.value, TicketConflict)


def test_a_history_too_long_to_read_is_not_merged_into(office: Office) -> None:
    seen = office.ticket()
    for number in range(205):
        office.desk("bob").tickets.add_tags(seen.id, [f"t{number}"])
        office.clock.advance(1)
    conflict = refused(office.desk(), seen, {"subject": "Fire"}, merge="disjoint")
    assert not conflict.complete
    assert len(conflict.changes) == 200
    done = office.desk().tickets.update(
        seen.id, {"subject": "Fire"}, expected_updated_at=seen.updated_at, merge="mine"
    )  # fmt: skip
    assert done.ticket.subject == "Fire"


def test_a_change_in_the_second_of_the_stamp_is_reported(office: Office) -> None:
    office.ticket()
    desk, bob = office.desk(), office.desk("bob")
    seen = desk.tickets.create(subject="Now", comment="x")
    theirs = bob.tickets.update(seen.id, {"subject": "Theirs", "comment": "y", "public": False})
    office.calls()
    done = desk.tickets.update(seen.id, {"subject": "Mine"}, expected_updated_at=seen.updated_at)
    assert office.calls() == [f"PUT /api/v2/tickets/{seen.id}", f"GET /api/v2/tickets/{seen.id}/audits"]
    assert done.ticket.subject == "Mine"
    assert done.unseen is not None
    assert theirs.audit is not None
    assert [(change.audit_id, change.fields, len(change.comments)) for change in done.unseen] == [(theirs.audit.id, ("subject",), 1)]
    office.clock.advance(1)
    again = desk.tickets.update(seen.id, {"subject": "Later"}, expected_updated_at=done.ticket.updated_at)
    assert again.unseen is not None  # mine of that second: whoever comes with this stamp need not have seen all of it
    assert {change.audit_id for change in again.unseen} >= {theirs.audit.id}


def test_alone_in_its_second_nothing_is_unseen(office: Office) -> None:
    seen = office.ticket()
    assert office.desk().tickets.update(seen.id, {"subject": "Fire"}, expected_updated_at=seen.updated_at).unseen == ()


def test_that_nothing_could_be_looked_for_does_not_hide_the_success(office: Office) -> None:
    seen = office.ticket()
    office.fail(FaultKind.STATUS, f"/api/v2/tickets/{seen.id}/audits", status=403, method="GET", body="json")
    done = office.desk().tickets.update(seen.id, {"subject": "Fire"}, expected_updated_at=seen.updated_at)
    assert (done.ticket.subject, done.unseen) == ("Fire", None)


def test_without_a_stamp_there_is_one_call(office: Office) -> None:
    seen = office.ticket()
    office.calls()
    assert office.desk().tickets.update(seen.id, {"subject": "Fire"}).unseen is None
    assert office.calls() == [f"PUT /api/v2/tickets/{seen.id}"]


@dataclass
class Writer:
    """Somebody who adds one to the number in a ticket's subject again and again, from what they last saw."""

    desk: Desk
    seen: Ticket
    seen_audits: frozenset[int]
    left: int = 1000
    conflicts: int = 0

    def look(self, office: Office) -> None:
        self.seen = self.desk.tickets.get(self.seen.id, comments=0).ticket
        self.seen_audits = audits(office, self.seen.id)

    def write(self, office: Office) -> list[int]:
        """Add one, and return which unseen writes were not reported; looking again first when that is needed."""
        wanted = {"subject": str(int(self.seen.subject or "0") + 1)}
        before = audits(office, self.seen.id)
        try:
            done = self.desk.tickets.update(self.seen.id, wanted, expected_updated_at=self.seen.updated_at)
        except TicketConflict:
            self.conflicts += 1
            self.look(office)
            return []
        self.left -= 1
        reported = {change.audit_id for change in done.unseen or ()}
        missed = before - self.seen_audits - reported
        assert done.audit is not None
        self.seen, self.seen_audits = done.ticket, audits(office, self.seen.id)
        return sorted(missed)


def audits(office: Office, ticket_id: int) -> frozenset[int]:
    return frozenset(audit.id for audit in office.simulator.desk.tickets[ticket_id].audits)


def writers(office: Office) -> list[Writer]:
    seen = office.desk().tickets.create(subject="0", comment="x")
    office.clock.advance(1)
    return [Writer(office.desk(user), seen, audits(office, seen.id)) for user in ("ann", "bob")]


@pytest.mark.slow
def test_two_writers_a_thousand_times_each_lose_nothing(office: Office) -> None:
    rng = random.Random(7)
    pair = writers(office)
    while any(writer.left for writer in pair):
        writer = rng.choice([writer for writer in pair if writer.left])
        writer.write(office)
        office.clock.advance(1)
    assert office.simulator.desk.tickets[pair[0].seen.id].subject == "2000"
    assert min(writer.conflicts for writer in pair) > 100


@pytest.mark.slow
def test_of_two_writers_in_the_same_seconds_every_pair_is_reported(office: Office) -> None:
    """Seconds pass now and then: whatever a writer wrote over without having seen it, they are told."""
    rng = random.Random(11)
    pair = writers(office)
    silent: list[int] = []
    for writer in pair:
        writer.left = 400
    while any(writer.left for writer in pair):
        writer = rng.choice([writer for writer in pair if writer.left])
        silent += writer.write(office)
        if rng.random() < 0.5:
            office.clock.advance(rng.choice((0.3, 0.7, 1.0)))
    assert silent == []
    lost = 800 - int(office.simulator.desk.tickets[pair[0].seen.id].subject or "0")
    assert lost > 50  # such pairs are what this test is about
