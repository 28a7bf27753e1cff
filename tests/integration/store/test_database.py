"""Units of work on an engine of our own and on the host's."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.accounts import ensure_account, find_account
from atom_zendesk_plugin.store.database import RETRY_AFTER, Database, adopt_engine, open_database
from atom_zendesk_plugin.store.failures import DatabaseUnavailable
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import NewDatabase

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def put(database: Database, tenant: str = "default") -> None:
    with database.unit(Tenancy(tenant)) as unit:
        ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)


def put_and_raise(database: Database, *, commit: bool = False) -> None:
    with database.unit(Tenancy("default")) as unit:
        ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)
        if commit:
            unit.session.commit()
        raise KeyError


def stored(database: Database, tenant: str = "default") -> bool:
    with database.unit(Tenancy(tenant)) as unit:
        return find_account(unit, subdomain="acme") is not None


@pytest.fixture
def host_engine(new_database: NewDatabase) -> Iterator[Engine]:
    """An engine as a host makes it, with a table of its own."""
    url = make_url(new_database())
    engine = create_engine(url.set(drivername=url.drivername.replace("postgresql", "postgresql+psycopg")))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host_notes (note TEXT)"))
    yield engine
    engine.dispose()


def test_a_unit_commits_at_its_end(database: Database) -> None:
    put(database)
    assert stored(database)


def test_a_unit_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError):
        put_and_raise(database)
    assert not stored(database)


def test_a_commit_in_the_middle_does_not_end_the_unit(database: Database) -> None:
    with pytest.raises(KeyError):
        put_and_raise(database, commit=True)
    assert not stored(database)


def test_units_that_read_before_they_write_never_fail_for_others(database: Database) -> None:
    """With a plain BEGIN, SQLite fails the later writer at once, whatever the timeout."""
    put(database, "counter")
    lock = " FOR UPDATE" if database.dialect == "postgresql" else ""

    def count(_: int) -> None:
        with database.unit(Tenancy("counter")) as unit:
            value = unit.session.execute(text(f"SELECT base_url FROM zendesk_accounts{lock}")).scalar_one()
            number = int(value.rpartition("#")[2]) if "#" in value else 0
            unit.session.execute(text("UPDATE zendesk_accounts SET base_url = :url"), {"url": f"u#{number + 1}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(60)))
    with database.unit(Tenancy("counter")) as unit:
        assert unit.session.execute(text("SELECT base_url FROM zendesk_accounts")).scalar_one() == "u#60"


def test_the_host_engine_is_used_and_left_as_it_is(host_engine: Engine) -> None:
    migrate.upgrade(host_engine)
    database = adopt_engine(host_engine, clock=ManualClock())
    put(database)
    assert stored(database)
    database.close()
    with host_engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM host_notes")).scalar_one() == 0
        if database.dialect == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 0
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "delete"
        else:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


def test_a_host_in_autocommit_keeps_it_and_our_units_stay_atomic(host_engine: Engine) -> None:
    migrate.upgrade(host_engine)
    engine = host_engine.execution_options(isolation_level="AUTOCOMMIT")
    database = adopt_engine(engine, clock=ManualClock())
    with pytest.raises(KeyError):
        put_and_raise(database)
    assert not stored(database)
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO host_notes VALUES ('kept without a commit')"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM host_notes")).scalar_one() == 1


def test_an_open_transaction_of_the_host_is_not_ours(host_engine: Engine) -> None:
    """The host's session has written nothing yet; what it does later is its own to keep or to undo."""
    migrate.upgrade(host_engine)
    database = adopt_engine(host_engine, clock=ManualClock())
    with Session(host_engine) as host_session:
        host_session.execute(text("SELECT count(*) FROM host_notes"))
        put(database)
        host_session.rollback()
    assert stored(database)


def test_a_host_that_begins_transactions_by_a_listener_goes_on_doing_so(new_sqlite: NewDatabase) -> None:
    """SQLAlchemy's recipe for SQLite savepoints turns the driver's own BEGIN off and sends one from an event."""
    engine = create_engine(new_sqlite())

    @event.listens_for(engine, "connect")
    def no_begin_of_the_driver(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    begun: list[str] = []

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        begun.append("BEGIN")
        connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]  # events are not typed

    database = adopt_engine(engine, clock=ManualClock())
    put(database)
    assert stored(database)
    before = len(begun)
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    assert len(begun) == before + 1
    engine.dispose()


def test_a_new_sqlite_file_is_private_and_its_folder_too(tmp_path: Path) -> None:
    file = tmp_path / "data" / "desk" / "zendesk.db"
    database = open_database(f"sqlite:///{file}", clock=ManualClock())
    put(database)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(log.stat().st_mode) for log in file.parent.glob("zendesk.db-*")} == {0o600}
    database.close()


def test_a_sqlite_file_of_ours_is_safe_and_fast_to_share(sqlite_database: Database) -> None:
    with sqlite_database.connection() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert pragmas == ["wal", 1, 2]


def test_sqlite_is_migrated_at_first_use(new_sqlite: NewDatabase) -> None:
    database = open_database(new_sqlite(), clock=ManualClock())
    put(database)
    assert migrate.current(database.engine) == migrate.head()
    database.close()


def test_postgresql_without_tables_says_what_to_run_and_recovers(new_postgres: NewDatabase) -> None:
    database = open_database(new_postgres(), clock=ManualClock())
    with pytest.raises(ConfigError, match="atom-zendesk db upgrade"):
        put(database)
    migrate.upgrade(database.engine)
    put(database)
    assert stored(database)
    database.close()


@pytest.mark.parametrize(
    "content", [b"this is not a database, but long enough to look like one" * 4, b"SQLite format 3\0" + b"\xff" * 200]
)
def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "zendesk.db"
    file.write_bytes(content)
    database = open_database(f"sqlite:///{file}", clock=ManualClock())
    with pytest.raises(DatabaseUnavailable):
        put(database)
    assert file.read_bytes() == content
    database.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = open_database(f"sqlite:///{tmp_path / 'file' / 'zendesk.db'}", clock=ManualClock())
    with pytest.raises(DatabaseUnavailable) as caught:
        database.ping()
    assert str(tmp_path) not in f"{caught.value} {caught.value.public}"


def test_a_parameter_the_driver_does_not_know_is_unavailable() -> None:
    database = open_database("postgresql://bob@127.0.0.1:1/desk?ssl=require", clock=ManualClock())
    with pytest.raises(DatabaseUnavailable):
        database.ping()


def test_a_dead_server_is_asked_again_after_a_while_only() -> None:
    clock = ManualClock()
    database = open_database("postgresql://bob:s3cret-pw@127.0.0.1:1/desk", clock=clock)
    asked: list[int] = []

    @event.listens_for(database.engine, "do_connect")
    def connecting(*_: object) -> None:
        asked.append(1)

    for _ in range(3):
        with pytest.raises(DatabaseUnavailable) as caught:
            put(database)
        assert "s3cret-pw" not in f"{caught.value} {caught.value.__cause__}"
    assert len(asked) == 1
    clock.advance(RETRY_AFTER)
    with pytest.raises(DatabaseUnavailable):
        put(database)
    assert len(asked) == 2
    with pytest.raises(DatabaseUnavailable):
        database.ping()
    assert len(asked) == 3


def test_a_pool_whose_connections_are_all_busy_is_not_a_dead_server(new_sqlite: NewDatabase) -> None:
    engine = create_engine(new_sqlite(), pool_size=1, max_overflow=0, pool_timeout=0.01)
    database = adopt_engine(engine, clock=ManualClock())
    database.ready()
    with engine.connect(), pytest.raises(DatabaseUnavailable):
        put(database)
    put(database)
    engine.dispose()


def test_ping_needs_no_tables(new_database: NewDatabase) -> None:
    database = open_database(new_database(), clock=ManualClock())
    database.ping()
    assert migrate.current(database.engine) is None
    database.close()


def test_many_threads_at_first_use(new_sqlite: NewDatabase) -> None:
    database = open_database(new_sqlite(), clock=ManualClock())
    start = threading.Barrier(8)

    def use(number: int) -> bool:
        start.wait()
        put(database, f"tenant{number}")
        return stored(database, f"tenant{number}")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(8)))
    database.close()


def in_child(work: Callable[[], str]) -> str:
    """Do the work in a forked process and return what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as said:
        return said.read()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_goes_on_with_connections_of_its_own(postgres_database: Database) -> None:
    def server_process() -> str:
        with postgres_database.connection() as connection:
            return str(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    ours = server_process()
    assert in_child(server_process) not in ("", ours)
    assert server_process() == ours


def test_a_new_file_that_another_process_is_writing_can_be_opened(new_sqlite: NewDatabase) -> None:
    """SQLite refuses to change the journal mode at once then, without waiting."""
    url = new_sqlite()
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = open_database(url, clock=ManualClock())
    database.ping()
    other.execute("ROLLBACK")
    other.close()
    put(database)
    assert stored(database)
    database.close()
