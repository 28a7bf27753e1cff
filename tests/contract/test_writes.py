"""The write log's table, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.store import writes
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.tenancy import Tenancy
from atom_zendesk_plugin.store.writes import Entry, Wanted
from atom_zendesk_plugin.write_log import WRITE_OUTCOMES, Write, WriteEnd

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DONE = WriteEnd(
    outcome="done", status=200, error=None, request_id="r-1", record_id=None, duration=0.25, attempts=2
)  # fmt: skip


def write(*, at: datetime = NOW, endpoint: str = "/tickets/{id}", record_id: str | None = "7") -> Write:
    return Write(
        method="PUT", endpoint=endpoint, record_id=record_id, fields=("status", "comment"), key_hash=None, began_at=at
    )  # fmt: skip


def begin(database: Database, *, tenant: str = "t", user: str | None = "ann", told: Write | None = None) -> int:
    with database.unit(Tenancy(tenant, user)) as unit:
        return writes.begin(unit, told or write(), account="acme", via="bearer")


def end(database: Database, number: int, ended: WriteEnd = DONE, *, tenant: str = "t", user: str | None = "ann") -> None:
    with database.unit(Tenancy(tenant, user)) as unit:
        writes.end(unit, number, ended)


def entries(database: Database, *, tenant: str = "t", user: str | None = None, **wanted: object) -> list[Entry]:
    with database.reading(Tenancy(tenant, user)) as unit:
        return writes.list_entries(unit, Wanted(**wanted), limit=1000)[0]  # type: ignore[arg-type]  # names of Wanted


def test_a_write_is_there_before_its_end(database: Database) -> None:
    number = begin(database)
    (entry,) = entries(database)
    assert entry == Entry(
        id=number, account="acme", user_id="ann", via="bearer", method="PUT", endpoint="/tickets/{id}", record_id="7",
        fields=("status", "comment"), key_hash=None, began_at=NOW, outcome="sent", status=None, error=None, request_id=None,
        duration=None, attempts=None,
    )  # fmt: skip


def test_its_end_is_written_once(database: Database) -> None:
    number = begin(database)
    end(database, number)
    (entry,) = entries(database)
    assert (entry.outcome, entry.status, entry.request_id, entry.duration, entry.attempts) == ("done", 200, "r-1", 0.25, 2)
    assert entry.record_id == "7"
    with pytest.raises(LookupError):
        end(database, number)


def test_what_was_made_is_named_at_the_end(database: Database) -> None:
    number = begin(database, told=write(endpoint="/tickets", record_id=None))
    made = WriteEnd(outcome="done", status=201, error=None, request_id=None, record_id="99", duration=1, attempts=1)
    end(database, number, made)
    assert entries(database)[0].record_id == "99"


@pytest.mark.parametrize(("tenant", "user"), [("t", "bob"), ("other", "ann"), ("other", None)])
def test_nobody_ends_what_another_began(database: Database, tenant: str, user: str | None) -> None:
    number = begin(database)
    with pytest.raises(LookupError):
        end(database, number, tenant=tenant, user=user)
    assert entries(database)[0].outcome == "sent"


def test_a_tenant_sees_all_of_its_own_and_a_user_theirs(database: Database) -> None:
    for tenant, user in (("t", "ann"), ("t", "bob"), ("t", None), ("other", "ann")):
        begin(database, tenant=tenant, user=user)
    assert [entry.user_id for entry in entries(database)] == [None, "bob", "ann"]
    assert [entry.user_id for entry in entries(database, user="ann")] == ["ann"]
    assert len(entries(database, tenant="other")) == 1


def test_entries_are_filtered(database: Database) -> None:
    for number in range(6):
        at = NOW + timedelta(minutes=number)
        told = write(at=at, endpoint="/users/{id}" if number % 2 else "/tickets/{id}/tags")
        begun = begin(database, user="ann" if number < 3 else "bob", told=told)
        if number == 4:
            end(database, begun, user="bob")
    assert len(entries(database, user_id="ann")) == 3
    assert {entry.endpoint for entry in entries(database, endpoint="/tickets")} == {"/tickets/{id}/tags"}
    assert entries(database, account="other") == []
    assert len(entries(database, account="acme")) == 6
    assert entries(database, endpoint="/%") == entries(database, endpoint="/ticket_") == []
    assert [entry.began_at for entry in entries(database, outcome="done")] == [NOW + timedelta(minutes=4)]
    assert len(entries(database, since=NOW + timedelta(minutes=4))) == 2


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_hold_every_entry_once_the_latest_first(database: Database, size: int) -> None:
    begun = [begin(database, told=write(at=NOW + timedelta(seconds=number // 3))) for number in range(7)]
    found: list[int] = []
    cursor: str | None = None
    while True:
        with database.reading(Tenancy("t")) as unit:
            page, cursor = writes.list_entries(unit, Wanted(), limit=size, cursor=cursor)
        found += [entry.id for entry in page]
        if cursor is None:
            break
    assert found == begun[::-1]


def test_old_entries_are_deleted_a_few_at_a_time(database: Database) -> None:
    for days in range(10):
        begin(database, tenant=f"t{days % 2}", told=write(at=NOW - timedelta(days=days)))
    gone = []
    for _ in range(3):
        with database.operator_unit() as operator:
            gone.append(writes.purge(operator, before=NOW - timedelta(days=3), most=4))
    assert gone == [4, 2, 0]
    kept = entries(database, tenant="t0") + entries(database, tenant="t1")
    assert {entry.began_at for entry in kept} == {NOW - timedelta(days=days) for days in range(4)}


@pytest.mark.parametrize("outcome", WRITE_OUTCOMES)
def test_every_outcome_has_its_place(database: Database, outcome: str) -> None:
    number = begin(database)
    told = WriteEnd(
        outcome=outcome, status=None, error="E", request_id=None, record_id=None, duration=0, attempts=0  # type: ignore[arg-type]
    )  # fmt: skip
    end(database, number, told)
    assert entries(database)[0].outcome == outcome


@pytest.mark.parametrize("cursor", ["", "-", "1", "1-", "-1", "x-1", "1-x", "9" * 18 + "-1", "9" * 40 + "-1", "\u0661-1", "1-2-3"])
def test_a_cursor_that_is_none_is_refused(sqlite_database: Database, cursor: str) -> None:
    with sqlite_database.reading(Tenancy("t")) as unit, pytest.raises(InvalidInput, match="cursor"):
        writes.list_entries(unit, Wanted(), limit=1, cursor=cursor)
