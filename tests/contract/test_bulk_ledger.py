"""Where bulk runs are written down: the same contract in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.bulk_ledger import StoredRuns
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.desk.bulk.memory import MemoryLedger
from atom_zendesk_plugin.desk.bulk.model import (
    BulkLedger,
    Item,
    Lease,
    LeaseLost,
    NewItem,
    NoSuchRun,
    Outcome,
    Run,
    RunState,
)  # fmt: skip
from atom_zendesk_plugin.errors import NotFound
from atom_zendesk_plugin.host import DatabaseSource
from atom_zendesk_plugin.keyring import Key, KeyRing, Unsealable
from atom_zendesk_plugin.storage import Storage
from atom_zendesk_plugin.store import bulk, resealing
from atom_zendesk_plugin.store.accounts import find_account, remove_account
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import NewDatabase

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
RING = KeyRing([Key("k1", b"1" * 32)])
MINE = Lease(holder="me", until=NOW + timedelta(seconds=60))
FACTS = AccountFacts(
    tenant_id="t", name="acme", url="https://acme.zendesk.com", id=None, client=None, service="access_token", stored=False,
    is_default=True, configured=True,
)  # fmt: skip
SECRET = "Ada's s3cret"


@pytest.fixture
def storage(new_database: NewDatabase) -> Iterator[Storage]:
    yield from opened_storage(new_database())


def opened_storage(url: str) -> Iterator[Storage]:
    made = Storage(lambda: DatabaseSource(origin="a test", url=url), clock=ManualClock(NOW))
    assert made.migrate()
    yield made
    made.close()


def stored(storage: Storage, *, user: str = "u", tenant: str = "t", ring: KeyRing = RING) -> StoredRuns:
    return StoredRuns(storage, tenancy=Tenancy(tenant, user), account=FACTS, keys=lambda: ring, clock=ManualClock(NOW))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Iterator[BulkLedger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    url = request.getfixturevalue(f"new_{request.param}")()
    for storage in opened_storage(url):
        yield stored(storage)


@pytest.fixture
def rows(storage: Storage) -> Any:
    """Read raw rows of a table."""

    def read(table: str) -> list[Any]:
        with storage.operator_unit() as operator:
            return list(operator.session.execute(text(f"SELECT * FROM {table}")).mappings())

    return read


def new(run_id: int = 7, **values: Any) -> Run:
    facts: dict[str, Any] = {"kind": "tickets", "verb": "create", "state": "loading", "total": 0, "created_at": NOW, "updated_at": NOW}
    return Run(id=run_id, **facts | values)


def item(position: int) -> NewItem:
    return NewItem(position=position, fields={"subject": SECRET, "n": position}, external_id=f"case-{position}")


def opened(ledger: BulkLedger, number: int = 250, **values: Any) -> Run:
    run = new(**values)
    assert ledger.begin(run) is None
    ledger.add(run.id, [item(position) for position in range(number)])
    return ledger.open(run.id, now=NOW)


def positions(items: Any) -> list[int]:
    return [one.position for one in items]


def done(record_id: int) -> Outcome:
    return Outcome(state="done", record_id=record_id)


def test_a_run_is_cut_into_chunks_of_a_hundred_in_order(ledger: BulkLedger) -> None:
    run = opened(ledger, 250, changes={"status": "open"})
    assert (run.state, run.total, run.waiting, run.changes) == ("running", 250, 250, {"status": "open"})
    chunks = ledger.chunks(7, "waiting", limit=10)
    assert [chunk.number for chunk in chunks] == [0, 1, 2]
    assert [positions(ledger.items(7, number)) for number in range(3)] == [
        list(range(100)), list(range(100, 200)), list(range(200, 250)),
    ]  # fmt: skip
    assert ledger.items(7, 0)[3] == Item(position=3, target_id=None, fields={"subject": SECRET, "n": 3}, tries=0)


def test_an_item_that_cannot_be_sent_has_failed_and_is_in_no_chunk(ledger: BulkLedger) -> None:
    ledger.begin(new())
    failed = Outcome(state="failed", code="VALIDATION_ERROR", upstream="x")
    ledger.add(7, [item(0), NewItem(position=1, failed=failed), item(2)])
    run = ledger.open(7, now=NOW)
    assert (run.failed, run.waiting) == (1, 2)
    assert positions(ledger.items(7, 0)) == [0, 2]
    assert ledger.results(7, after=-1, limit=10)[1].outcome == failed


def test_the_same_id_is_the_same_run(ledger: BulkLedger) -> None:
    opened(ledger, 1)
    there = ledger.begin(new(verb="delete"))
    assert there is not None
    assert (there.verb, there.state) == ("create", "running")


def test_a_chunk_from_the_mark_to_the_result(ledger: BulkLedger) -> None:
    opened(ledger, 3)
    assert ledger.take(7, MINE, now=NOW)
    ledger.sending(7, 0, MINE, now=NOW)
    (chunk,) = ledger.chunks(7, "sending", limit=5)
    assert (chunk.sent_at, chunk.job_id) == (NOW, None)
    assert [one.tries for one in ledger.items(7, 0)] == [1, 1, 1]
    ledger.sent(7, 0, MINE, job_id="V3-1")
    assert [chunk.job_id for chunk in ledger.chunks(7, "sent", limit=5)] == ["V3-1"]
    failed = Outcome(state="failed", code="CONFLICT", zendesk_code="Dup", upstream="Ada is taken")
    ledger.settle(7, 0, MINE, {0: done(11), 1: failed, 2: Outcome(state="unknown", code="X")}, now=LATER)
    run = ledger.get(7)
    assert (run.done, run.failed, run.unknown, run.waiting, run.updated_at) == (1, 1, 1, 0, LATER)
    assert [result.outcome for result in ledger.results(7, after=-1, limit=9)] == [done(11), failed, Outcome(state="unknown", code="X")]
    assert ledger.items(7, 0) == []


def test_what_was_not_carried_out_waits_again_and_counts_no_try(ledger: BulkLedger) -> None:
    opened(ledger, 2)
    ledger.take(7, MINE, now=NOW)
    ledger.sending(7, 0, MINE, now=NOW)
    ledger.unsent(7, 0, MINE)
    assert [chunk.number for chunk in ledger.chunks(7, "waiting", limit=5)] == [0]
    assert [one.tries for one in ledger.items(7, 0)] == [0, 0]


def test_a_result_is_never_written_over(ledger: BulkLedger) -> None:
    opened(ledger, 2)
    ledger.take(7, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {0: done(11)}, again=[[1]], now=NOW)
    ledger.settle(7, None, MINE, {0: Outcome(state="failed", code="X"), 1: done(12)}, now=NOW)
    run = ledger.get(7)
    assert (run.done, run.failed) == (2, 0)
    assert [result.outcome.record_id for result in ledger.results(7, after=-1, limit=9)] == [11, 12]


def test_rows_go_on_in_new_chunks_or_wait_in_the_pool(ledger: BulkLedger) -> None:
    opened(ledger, 5)
    ledger.take(7, MINE, now=NOW)
    ledger.sending(7, 0, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {}, again=[[0, 1], [2]], pool=[4, 3], now=NOW)
    assert [chunk.number for chunk in ledger.chunks(7, "waiting", limit=5)] == [1, 2]
    assert [positions(ledger.items(7, number)) for number in (1, 2)] == [[0, 1], [2]]
    assert positions(ledger.pooled(7, limit=9)) == [3, 4]
    assert positions(ledger.pooled(7, limit=1)) == [3]
    ledger.settle(7, None, MINE, {3: done(1)}, again=[[4]], now=NOW)
    assert ledger.pooled(7, limit=9) == []
    assert [(one.position, one.tries) for one in ledger.items(7, 3)] == [(4, 1)]


def test_results_come_piece_by_piece_and_by_state(ledger: BulkLedger) -> None:
    opened(ledger, 6)
    ledger.take(7, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {n: done(n) if n % 2 else Outcome(state="failed", code="X") for n in range(5)}, now=NOW)
    assert positions(ledger.results(7, after=-1, limit=2)) == [0, 1]
    assert positions(ledger.results(7, after=1, limit=9)) == [2, 3, 4, 5]
    assert positions(ledger.results(7, after=0, limit=9, states=["failed"])) == [2, 4]
    assert ledger.results(7, after=4, limit=9)[0].outcome.state == "waiting"


def test_a_lease_is_one_holders_until_it_ends(ledger: BulkLedger) -> None:
    opened(ledger, 1)
    other = Lease(holder="other", until=NOW + timedelta(seconds=90))
    assert ledger.take(7, MINE, now=NOW)
    assert not ledger.take(7, other, now=NOW + timedelta(seconds=59))
    assert ledger.take(7, MINE, now=NOW + timedelta(seconds=59))
    assert ledger.take(7, other, now=NOW + timedelta(seconds=60))
    ledger.release(7, "me")
    assert not ledger.take(7, MINE, now=NOW)
    ledger.release(7, "other")
    assert ledger.take(7, MINE, now=NOW)


def test_who_has_lost_the_lease_changes_nothing(ledger: BulkLedger) -> None:
    opened(ledger, 1)
    ledger.take(7, MINE, now=NOW)
    ledger.take(7, Lease(holder="other", until=LATER), now=NOW + timedelta(seconds=61))
    tries: tuple[Callable[[], None], ...] = (
        lambda: ledger.sending(7, 0, MINE, now=NOW),
        lambda: ledger.unsent(7, 0, MINE),
        lambda: ledger.sent(7, 0, MINE, job_id="V3-2"),
        lambda: ledger.settle(7, 0, MINE, {0: done(1)}, now=NOW),
        lambda: ledger.close(7, MINE, "done", now=NOW),
    )
    for change in tries:
        with pytest.raises(LeaseLost):
            change()
    run = ledger.get(7)
    assert (run.state, run.done, [chunk.number for chunk in ledger.chunks(7, "waiting", limit=5)]) == ("running", 0, [0])
    assert [one.tries for one in ledger.items(7, 0)] == [0]


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_an_ended_run_leaves_nothing_waiting(ledger: BulkLedger, state: RunState) -> None:
    opened(ledger, 3)
    ledger.take(7, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {0: done(1)}, again=[[1, 2]], now=NOW)
    ledger.close(7, MINE, state, now=LATER)
    run = ledger.get(7)
    assert (run.state, run.finished_at, run.done, run.cancelled, run.waiting) == (state, LATER, 1, 2, 0)
    assert ledger.results(7, after=1, limit=1)[0].outcome == Outcome(state="cancelled", code="CANCELLED")
    assert ledger.cancel(7, now=LATER).state == state


def test_pausing_cancelling_and_going_on(ledger: BulkLedger) -> None:
    opened(ledger, 1)
    ledger.take(7, MINE, now=NOW)
    ledger.close(7, MINE, "paused", reason="No scope.", now=NOW)
    assert (ledger.get(7).state, ledger.get(7).reason) == ("paused", "No scope.")
    resumed = ledger.resume(7, now=NOW)
    assert (resumed.state, resumed.reason) == ("running", None)
    assert ledger.cancel(7, now=NOW).state == "cancelling"
    assert ledger.resume(7, now=NOW).state == "cancelling"


def test_imports_are_remembered_by_external_id(ledger: BulkLedger) -> None:
    opened(ledger, 3, verb="import")
    ledger.take(7, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {0: done(11), 1: Outcome(state="failed", code="X")}, again=[[2]], now=NOW)
    assert ledger.imported(["case-0", "case-1", "case-2", "case-9"]) == {"case-0": 11}


def test_a_run_that_is_not_there(ledger: BulkLedger) -> None:
    for look in (ledger.get, lambda run_id: ledger.cancel(run_id, now=NOW), lambda run_id: ledger.items(run_id, 0)):
        with pytest.raises(NoSuchRun):
            look(404)
    opened(ledger, 1)
    ledger.discard(7)
    with pytest.raises(NoSuchRun):
        ledger.get(7)
    assert list(ledger.runs(limit=5)) == []


def test_the_latest_runs_come_first(ledger: BulkLedger) -> None:
    for number in range(3):
        ledger.begin(new(run_id=number + 1, created_at=NOW + timedelta(seconds=number)))
    assert [run.id for run in ledger.runs(limit=2)] == [3, 2]


def test_everything_survives_in_the_database(storage: Storage) -> None:
    opened(stored(storage), 3, changes={"priority": "low"})
    again = stored(storage)
    assert again.get(7).changes == {"priority": "low"}
    assert again.items(7, 0)[2].fields == {"subject": SECRET, "n": 2}


@pytest.mark.parametrize(("user", "tenant"), [("v", "t"), ("u", "o")])
def test_nobody_reaches_another_ones_run(storage: Storage, rows: Any, user: str, tenant: str) -> None:
    opened(stored(storage), 2)
    before = rows("zendesk_bulk_runs"), rows("zendesk_bulk_items"), rows("zendesk_bulk_chunks")
    other = stored(storage, user=user, tenant=tenant)
    with pytest.raises(NoSuchRun):
        other.get(7)
    assert not other.take(7, MINE, now=NOW)
    assert list(other.chunks(7, "waiting", limit=5)) == []
    assert list(other.runs(limit=5)) == []
    other.discard(7)
    with pytest.raises(NotFound):
        other.begin(new())
    assert (rows("zendesk_bulk_runs"), rows("zendesk_bulk_items"), rows("zendesk_bulk_chunks")) == before


def test_people_s_data_is_sealed_and_goes_with_the_result(storage: Storage, rows: Any) -> None:
    ledger = stored(storage)
    opened(ledger, 2, changes={"subject": SECRET})
    ledger.take(7, MINE, now=NOW)
    ledger.settle(7, 0, MINE, {0: Outcome(state="failed", code="X", upstream=SECRET)}, again=[[1]], now=NOW)
    found = repr((rows("zendesk_bulk_runs"), rows("zendesk_bulk_items")))
    assert SECRET not in found
    assert "case-0" not in found
    assert [row["payload"] is None for row in rows("zendesk_bulk_items")] == [True, False]
    ledger.close(7, MINE, "cancelled", now=NOW)
    assert [row["payload"] for row in rows("zendesk_bulk_items")] == [None, None]
    assert ledger.results(7, after=-1, limit=1)[0].outcome.upstream == SECRET


def test_a_payload_moved_to_another_row_does_not_open(storage: Storage) -> None:
    opened(stored(storage), 2)
    with storage.operator_unit() as operator:
        operator.session.execute(
            text("UPDATE zendesk_bulk_items SET payload = (SELECT payload FROM zendesk_bulk_items WHERE position = 0) WHERE position = 1")
        )
    with pytest.raises(Unsealable):
        stored(storage).items(7, 0)


def test_a_change_of_keys_touches_one_row_a_run(storage: Storage) -> None:
    opened(stored(storage), 2)
    both = KeyRing([Key("k2", b"2" * 32), Key("k1", b"1" * 32)])
    with storage.operator_unit() as operator:
        assert resealing.count_by_key(operator) == {"k1": 1}
        mark: resealing.Mark | None = resealing.Mark()
        while mark is not None:
            mark = resealing.reseal(operator, keys=both, limit=10, mark=mark).mark
        assert resealing.count_by_key(operator) == {"k2": 1}
    assert len(stored(storage, ring=KeyRing([Key("k2", b"2" * 32)])).items(7, 0)) == 2
    with pytest.raises(Unsealable):
        stored(storage, ring=RING).items(7, 0)


def test_old_runs_go_when_a_new_one_begins(storage: Storage, rows: Any) -> None:
    ledger = stored(storage)
    opened(ledger, 1)
    ledger.take(7, MINE, now=NOW)
    ledger.close(7, MINE, "done", now=NOW)
    opened(ledger, 1, run_id=8, created_at=NOW + timedelta(days=30))
    assert len(ledger.runs(limit=5)) == 2
    ledger.begin(new(run_id=9, created_at=NOW + timedelta(days=61)))
    assert [run.id for run in ledger.runs(limit=5)] == [9, 8]  # 8 still runs
    assert {row["run_id"] for row in rows("zendesk_bulk_items")} == {8}


def test_abandoned_runs_are_those_that_should_go_on_and_that_nobody_holds(storage: Storage) -> None:
    ledger = stored(storage)
    for run_id in (1, 2, 3, 4):
        opened(ledger, 1, run_id=run_id)
    ledger.take(2, MINE, now=NOW)
    ledger.take(3, MINE, now=NOW)
    ledger.close(3, MINE, "paused", now=NOW)
    ledger.cancel(4, now=NOW)
    with storage.operator_unit() as operator:
        assert {row.id for row in bulk.list_abandoned(operator, now=NOW, limit=9)} == {1, 4}
        assert {row.id for row in bulk.list_abandoned(operator, now=MINE.until, limit=9)} == {1, 2, 4}


def test_an_account_takes_its_runs_along(storage: Storage, rows: Any) -> None:
    opened(stored(storage), 2)
    with storage.unit(Tenancy("t")) as unit:
        account = find_account(unit, subdomain="acme")
        assert account is not None
        remove_account(unit, account_id=account.id)
    assert [rows(f"zendesk_bulk_{name}") for name in ("runs", "chunks", "items")] == [[], [], []]


def test_the_database_itself_keeps_runs_apart(postgres_server: Any, new_postgres: NewDatabase) -> None:
    """Raw SQL, as the role, with somebody else's tenancy."""
    import psycopg

    url = new_postgres()
    storage = Storage(lambda: DatabaseSource(origin="a test", url=url), clock=ManualClock(NOW))
    assert storage.migrate()
    opened(stored(storage), 1)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE zendesk_app")
        for tenant, user, seen in (("t", "u", 1), ("t", "v", 0), ("o", "u", 0), ("", "", 0)):
            connection.execute("SELECT set_config('zendesk.tenant', %s, false)", (tenant,))
            connection.execute("SELECT set_config('zendesk.user', %s, false)", (user,))
            for table in ("runs", "chunks", "items"):
                found = connection.execute(f"SELECT count(*) FROM zendesk_bulk_{table}".encode()).fetchone()
                assert found == (seen,)
    storage.close()
