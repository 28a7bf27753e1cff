"""Units that only read: they wait for nobody who writes, see one moment, and the database itself refuses a write in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, event, text

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.store import accounts
from atom_zendesk_plugin.store.database import Database, adopt_engine
from atom_zendesk_plugin.store.failures import DatabaseBusy
from atom_zendesk_plugin.store.models import Account
from atom_zendesk_plugin.store.tenancy import Tenancy, Unit
from tests.databases import NewDatabase

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OURS = Tenancy("default", "u1")


def ensure(unit: Unit) -> accounts.AccountRow:
    return accounts.ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)


def put(database: Database, tenancy: Tenancy = OURS) -> None:
    with database.unit(tenancy) as unit:
        ensure(unit)


def names(unit: Unit) -> list[str]:
    return [row.subdomain for row in accounts.list_accounts(unit)]


def file_of(database: Database) -> str:
    return str(database.engine.url.database)


def test_what_is_stored_is_read_for_its_tenant_alone(database: Database) -> None:
    put(database)
    with database.reading(OURS) as unit:
        assert names(unit) == ["acme"]
        assert unit.tenancy == OURS
    with database.reading(Tenancy("other", "u1")) as unit:
        assert names(unit) == []
        if database.dialect == "postgresql":
            assert unit.session.execute(text("SELECT count(*) FROM zendesk_accounts")).scalar_one() == 0
            assert unit.session.execute(text("SELECT current_user")).scalar_one() == "zendesk_app"


def test_reading_does_not_wait_for_who_writes(sqlite_database: Database) -> None:
    put(sqlite_database)
    with closing(sqlite3.connect(file_of(sqlite_database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM zendesk_accounts")
        with sqlite_database.reading(OURS) as unit:
            assert names(unit) == ["acme"]
        other.execute("ROLLBACK")


def test_who_writes_does_not_wait_for_reading_and_one_unit_sees_one_moment(sqlite_database: Database) -> None:
    put(sqlite_database)
    with sqlite_database.reading(OURS) as unit:
        assert names(unit) == ["acme"]
        with closing(sqlite3.connect(file_of(sqlite_database), timeout=0)) as other, other:
            other.execute("DELETE FROM zendesk_accounts")
        assert names(unit) == ["acme"]
    with sqlite_database.reading(OURS) as unit:
        assert names(unit) == []


@pytest.mark.parametrize("way", ["statement", "object"])
def test_writing_in_it_is_a_mistake_of_ours_and_changes_nothing(database: Database, way: str) -> None:
    def write(unit: Unit) -> None:
        if way == "statement":
            ensure(unit)
        else:
            unit.session.add(Account(tenant_id="default", subdomain="acme", base_url="x", created_at=NOW, updated_at=NOW))

    with pytest.raises(RuntimeError, match="only reads"), database.reading(OURS) as unit:
        write(unit)
    with database.reading(OURS) as unit:
        assert names(unit) == []


@pytest.mark.parametrize("end", ["reads", "raises", "rolls back", "commits"])
def test_the_connection_writes_again_afterwards(new_database: NewDatabase, end: str) -> None:
    url = new_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), pool_size=1, max_overflow=0)
    database = adopt_engine(engine, clock=ManualClock())
    from atom_zendesk_plugin.store import migrate

    migrate.upgrade(engine)
    try:
        with database.reading(OURS) as unit:
            names(unit)
            if end == "raises":
                raise KeyError
            if end != "reads":
                (unit.session.rollback if end == "rolls back" else unit.session.commit)()
    except KeyError:
        pass
    put(database)
    with database.reading(OURS) as unit:
        assert names(unit) == ["acme"]
    engine.dispose()


def test_a_host_that_begins_transactions_by_a_listener_does_not_make_readers_wait(new_sqlite: NewDatabase) -> None:
    url = new_sqlite()
    engine = create_engine(url)
    database = adopt_engine(engine, clock=ManualClock())
    put(database)

    @event.listens_for(engine, "connect")
    def wait_for_nobody(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 0")

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]  # events are not typed

    engine.dispose()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with database.reading(OURS) as unit:
            assert names(unit) == ["acme"]
        with pytest.raises(DatabaseBusy):
            put(database)
    engine.dispose()
