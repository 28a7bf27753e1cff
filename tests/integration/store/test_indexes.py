"""Each index is there for a statement of a repository, which the database runs by it. An index nobody uses fails here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, inspect, text
from sqlalchemy.orm import Session

from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import accounts, bulk, bulk_items, grants, resealing, states, writes
from atom_zendesk_plugin.store.bulk_rows import Vault
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.isolation import GUARDED
from atom_zendesk_plugin.store.models import BulkChunk, BulkItem, BulkRun, Grant, OAuthState, WriteEntry
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Tenancy, Unit

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
RING = KeyRing([Key("new", b"1" * 32), Key("old", b"2" * 32)])
OURS = Tenancy("t", "u7")
ROWS = 3000


def find_mine(unit: Unit) -> object:
    return grants.begin_renewal(unit, account_id=1, generation=1, holder="h", now=NOW, until=NOW)


def list_mine(unit: Unit) -> object:
    return grants.list_grants(unit)


def find_by_email(operator: OperatorUnit) -> object:
    return grants.find_user_grants_by_email(operator, tenant_id="t", account_id=1, email="a@example.com", keys=RING)


def find_stale(operator: OperatorUnit) -> object:
    return resealing.reseal(operator, keys=RING, limit=1)


def issue(unit: Unit) -> object:
    states.issue(
        unit, state="s", account_id=1, browser="b", code_verifier="v", redirect_uri="r", scopes=(), via="cookie", client_id="c",
        keys=RING, now=NOW, expires_at=NOW + timedelta(minutes=10),
    )  # fmt: skip
    return None


def consume(unit: Unit) -> object:
    return states.consume(unit, state="s", browser="b", now=NOW, keys=RING)


def purge(operator: OperatorUnit) -> object:
    return states.purge(operator, before=NOW - timedelta(days=180))


def list_writes(unit: Unit) -> object:
    return writes.list_entries(unit, writes.Wanted(), limit=30, cursor=f"{NOW.timestamp():.0f}000000-9")


def purge_writes(operator: OperatorUnit) -> object:
    return writes.purge(operator, before=NOW - timedelta(days=30), most=100)


def write(number: int) -> dict[str, object]:
    return {
        "tenant_id": f"t{number % 20}", "account": "acme", "user_id": f"u{number}", "via": "cookie", "method": "PUT",
        "endpoint": "/tickets/{id}", "fields": [], "began_at": NOW - timedelta(hours=number % 720), "outcome": "sent",
    }  # fmt: skip


def find_stale_runs(operator: OperatorUnit) -> object:
    return resealing.reseal(operator, keys=RING, limit=1, mark=resealing.Mark(2))


def list_runs(unit: Unit) -> object:
    return bulk.list_runs(unit, account_id=1, limit=5)


def next_chunk(unit: Unit) -> object:
    return bulk_items.chunks_in(unit, run_id=7, state="waiting", limit=1)


def items_of(unit: Unit) -> object:
    return bulk_items.items_of(unit, run_id=7, chunk=5, limit=100, vault=Vault(7, RING))


def imported(unit: Unit) -> object:
    return bulk_items.imported(unit, account_id=1, external_ids=["a", "b"], keys=RING)


def run(number: int) -> dict[str, object]:
    return {
        "id": number, "tenant_id": "t", "account_id": 1, "user_id": f"u{number}", "kind": "tickets", "verb": "create",
        "state": "running" if number == 7 else "done", "own": False, **dict.fromkeys(("total", "done", "failed", "unknown"), 0),
        "cancelled": 0, "chunks": 0, "changes": "x", "data_key": "x", "key_id": "old" if number == 7 else "new", "generation": 1,
        "created_at": NOW + timedelta(days=number), "updated_at": NOW,
    }  # fmt: skip


def chunk(number: int) -> dict[str, object]:
    whose = {"run_id": 7, "tenant_id": "t", "account_id": 1, "user_id": "u7"}
    return {**whose, "number": number, "state": "waiting" if number == 2900 else "settled"}


def item(number: int) -> dict[str, object]:
    whose = {"run_id": 7, "tenant_id": "t", "account_id": 1, "user_id": "u7"}
    return {
        **whose, "position": number, "chunk": number // 100, "state": "waiting", "tries": 0, "external_index": f"e{number}",
    }  # fmt: skip


def grant(number: int) -> dict[str, object]:
    return {
        "tenant_id": "t", "account_id": 1, "user_id": f"u{number}", "client_id": "c", "zendesk_user_id": number, "zendesk_role": "agent",
        "state": "connected", "scopes": [], "asked_scopes": [], "access_token": "x", "email_index": f"e{number}",
        "key_id": "old" if number == 7 else "new", "generation": 1, "connected_at": NOW, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def sign_in(number: int) -> dict[str, object]:
    return {
        "state_hash": f"h{number}", "tenant_id": "t", "account_id": 1, "user_id": f"u{number}", "browser_hash": "b", "code_verifier": "v",
        "redirect_uri": "r", "scopes": [], "via": "cookie", "client_id": "c", "created_at": NOW,
        "expires_at": NOW + timedelta(days=180 - number % 365),
    }  # fmt: skip


FORGET = "DELETE FROM zendesk_oauth_states WHERE zendesk_oauth_states"
USES: dict[str, tuple[str, Callable[..., object], str]] = {
    "uq_zendesk_grants_tenant_id_user_id_account_id": ("zendesk_grants", find_mine, "UPDATE zendesk_grants"),
    "uq_zendesk_grants_tenant_id_user_id_account_id, by its front": ("zendesk_grants", list_mine, "SELECT"),
    "ix_zendesk_grants_tenant_id_account_id_email_index": ("zendesk_grants", find_by_email, "SELECT"),
    "ix_zendesk_grants_key_id": ("zendesk_grants", find_stale, "SELECT (SELECT"),
    "ix_zendesk_oauth_states_tenant_id_user_id_created_at": ("zendesk_oauth_states", issue, f"{FORGET}.tenant_id"),
    "ix_zendesk_oauth_states_expires_at": ("zendesk_oauth_states", issue, f"{FORGET}.expires_at"),
    "ix_zendesk_oauth_states_expires_at, by the operator": ("zendesk_oauth_states", purge, FORGET),
    "ix_zendesk_writes_tenant_id_began_at_id": ("zendesk_writes", list_writes, "SELECT"),
    "ix_zendesk_writes_began_at": ("zendesk_writes", purge_writes, "DELETE FROM zendesk_writes"),
    "ix_zendesk_bulk_runs_key_id": ("zendesk_bulk_runs", find_stale_runs, "SELECT zendesk_bulk_runs.id"),
    "ix_zendesk_bulk_runs_tenant_id_user_id_account_id_created_at": ("zendesk_bulk_runs", list_runs, "SELECT"),
    "ix_zendesk_bulk_chunks_run_id_state_number": ("zendesk_bulk_chunks", next_chunk, "SELECT"),
    "ix_zendesk_bulk_items_run_id_chunk": ("zendesk_bulk_items", items_of, "SELECT"),
    "ix_zendesk_bulk_items_tenant_id_account_id_external_index": ("zendesk_bulk_items", imported, "SELECT"),
    "pk_zendesk_oauth_states": ("zendesk_oauth_states", consume, "UPDATE"),
}


@pytest.fixture
def full(database: Database) -> Database:
    with database.unit(Tenancy("t")) as unit:
        assert accounts.ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW).id == 1
    with database.operator_unit() as operator:
        operator.session.execute(insert(Grant), [grant(number) for number in range(ROWS)])
        operator.session.execute(insert(OAuthState), [sign_in(number) for number in range(ROWS)])
        operator.session.execute(insert(WriteEntry), [write(number) for number in range(ROWS)])
        operator.session.execute(insert(BulkRun), [run(number) for number in range(1, ROWS)])
        operator.session.execute(insert(BulkChunk), [chunk(number) for number in range(ROWS)])
        operator.session.execute(insert(BulkItem), [item(number) for number in range(ROWS)])
        operator.session.execute(text("ANALYZE"))
    return database


def plan(database: Database, use: Callable[..., object], beginning: str) -> str:
    """Run the function, catch the first statement that begins so, and return how the database runs it."""
    caught: list[tuple[str, Any]] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def catch(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(beginning) and not statement.startswith("SELECT set_config"):
            caught.append((statement, parameters))

    def explain(session: Session, unit: object) -> str:
        use(unit)
        event.remove(database.engine, "before_cursor_execute", catch)
        statement, parameters = next(row for row in caught if not row[0].startswith("SELECT zendesk_accounts."))
        how = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        return repr(session.connection().exec_driver_sql(f"{how} {statement}", parameters).all())

    if use in (find_by_email, find_stale, find_stale_runs, purge, purge_writes):
        with database.operator_unit() as operator:
            return explain(operator.session, operator)
    with database.unit(Tenancy.of_state(states.hash_of("s")) if use is consume else OURS) as unit:
        return explain(unit.session, unit)


@pytest.mark.parametrize("index", USES)
def test_an_index_is_used(full: Database, index: str) -> None:
    table, use, beginning = USES[index]
    found = plan(full, use, beginning)
    name = index.partition(",")[0]
    if full.dialect == "sqlite" and not name.startswith("ix_"):
        name = f"sqlite_autoindex_{table}_1"  # what SQLite calls the index of a constraint
    assert name in found


def test_every_index_has_its_use(database: Database) -> None:
    found = {index["name"] for table in GUARDED for index in inspect(database.engine).get_indexes(table)}
    named = {name for name in found if name is not None and name.startswith("ix_")}
    assert named == {index.partition(",")[0] for index in USES if index.startswith("ix_")}
