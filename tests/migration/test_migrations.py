"""The history of our tables: up, down, beside a host's, against the models, and through accidents; on both databases."""

from __future__ import annotations

import io
import logging
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Inspector, event, inspect, text

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import ConfigError, InvalidInput
from atom_zendesk_plugin.keyring import Key, KeyRing
from atom_zendesk_plugin.store import bulk, bulk_items, creations, grants, migrate, states, writes
from atom_zendesk_plugin.store.accounts import ensure_account
from atom_zendesk_plugin.store.database import adopt_engine
from atom_zendesk_plugin.store.engines import Dialect, make_engine
from atom_zendesk_plugin.store.models import Account
from atom_zendesk_plugin.store.pace import SqlPace
from atom_zendesk_plugin.store.tenancy import Tenancy
from atom_zendesk_plugin.write_log import Write
from tests.databases import NewDatabase, PostgresServer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
METADATA = Account.metadata
RING = KeyRing([Key("k1", b"1" * 32)])
GRANT = grants.NewGrant(
    client_id="atom", zendesk_user_id=7, zendesk_role="agent", name="Ada", email="ada@example.com",
    scopes=("read",), asked_scopes=("read",),
    pair=grants.TokenPair(
        access_token="a", refresh_token="r", access_expires_at=NOW, refresh_expires_at=NOW, scopes=("read",)
    ),
)  # fmt: skip
TABLES = {*METADATA.tables, "zendesk_alembic_version"}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def engine(new_database: NewDatabase) -> Iterator[Engine]:
    made = make_engine(new_database())
    yield made
    made.dispose()


def names(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


WRITE = Write(
    method="PUT", endpoint="/tickets/{id}", record_id="7", fields=("status",), key_hash=None, began_at=NOW
)  # fmt: skip


def fill(engine: Engine) -> None:
    """Put a row into every table."""
    database = adopt_engine(engine, clock=ManualClock())
    with database.unit(Tenancy("t", "u")) as unit:
        account = ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=NOW)
        creations.begin(unit, account_id=account.id, client_key="k", zendesk_key="z", fingerprint="f" * 64, now=NOW)
        grants.save_grant(unit, account_id=account.id, grant=GRANT, keys=RING, now=NOW)
        states.issue(
            unit, state="s", account_id=account.id, browser="b", code_verifier="v", redirect_uri="https://atom.example/back",
            scopes=("read",), via="cookie", client_id="atom", keys=RING, now=NOW, expires_at=NOW + timedelta(minutes=10),
        )  # fmt: skip
        writes.begin(unit, WRITE, account="acme", via="internal")
        new = bulk.NewRun(id=7, kind="tickets", verb="create", own=False, changes={})
        bulk.begin(unit, account_id=account.id, run=new, keys=RING, random=lambda size: b"r" * size, now=NOW)
        opened = bulk.open_vault(unit, run_id=7, keys=RING)
        assert opened is not None
        row = bulk_items.NewRow(position=0, target_id=None, fields={"subject": "x"}, external_id="e", failed=None)
        bulk_items.add(unit, account_id=account.id, run_id=7, rows=[row], vault=opened[0], keys=RING)
        bulk_items.open_run(unit, account_id=account.id, run_id=7, now=NOW)
    SqlPace(database).learn("t/acme account", limit=700, remaining=699, resets_in=60, now=NOW.timestamp())


def shape(inspector: Inspector) -> dict[str, object]:
    """Return all that the database itself says about our tables."""
    return {
        table: (
            # The order of columns means nothing: a column that came later is the last one.
            sorted(
                (column["name"], str(column["type"]), column["nullable"], str(column.get("default")))
                for column in inspector.get_columns(table)
            ),
            inspector.get_pk_constraint(table),
            *(sorted(map(repr, look(table))) for look in (
                inspector.get_foreign_keys, inspector.get_unique_constraints, inspector.get_check_constraints, inspector.get_indexes,
            )),
        )
        for table in METADATA.tables
    }  # fmt: skip


def start(engine: Engine, *more: str) -> subprocess.Popen[str]:
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("migrate_process.py")), url, *more],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip


def test_up_up_again_and_down(engine: Engine) -> None:
    assert migrate.current(engine) is None
    assert migrate.upgrade(engine) == migrate.Move(None, migrate.head())
    assert names(engine) == TABLES
    assert migrate.current(engine) == migrate.head()
    assert migrate.upgrade(engine) == migrate.Move(migrate.head(), migrate.head())
    assert migrate.downgrade(engine, "base") == migrate.Move(migrate.head(), None)
    assert names(engine) == set()
    assert migrate.downgrade(engine, "base") == migrate.Move(None, None)
    assert names(engine) == set()


def test_each_step_goes_down_and_up_with_data_in_place(engine: Engine) -> None:
    migrate.upgrade(engine)
    fill(engine)
    steps = [step.revision for step in migrate.history()]
    for revision in [*steps[1:], "base"]:
        migrate.downgrade(engine, revision)
        assert migrate.current(engine) == (None if revision == "base" else revision)
    migrate.upgrade(engine)
    fill(engine)


def test_an_upgrade_of_what_is_up_to_date_keeps_the_data(engine: Engine) -> None:
    migrate.upgrade(engine)
    fill(engine)
    migrate.upgrade(engine)
    with adopt_engine(engine, clock=ManualClock()).operator_unit() as operator:
        for table in METADATA.tables:
            assert operator.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1


def test_migrations_lead_to_the_models(engine: Engine, new_database: NewDatabase) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=migrate.options(engine.dialect.name))
        assert compare_metadata(context, METADATA) == []
    by_models = make_engine(new_database())
    METADATA.create_all(by_models)
    assert shape(inspect(engine)) == shape(inspect(by_models))
    by_models.dispose()


def test_every_table_is_named_as_ours() -> None:
    assert all(name.startswith("zendesk_") for name in METADATA.tables)


def test_the_host_keeps_its_tables_and_its_history(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('host42')"))
        connection.execute(text("CREATE TABLE tickets (id INTEGER PRIMARY KEY)"))
    migrate.upgrade(engine)
    assert names(engine) == TABLES | {"alembic_version", "tickets"}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=migrate.options(engine.dialect.name))
        assert compare_metadata(context, METADATA) == []
    migrate.downgrade(engine, "base")
    assert names(engine) == {"alembic_version", "tickets"}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "host42"


def test_the_script_for_a_dba_makes_the_same_tables(engine: Engine, new_database: NewDatabase) -> None:
    dialect: Dialect = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"
    script = migrate.script_sql(dialect)
    if dialect == "sqlite":
        connection = sqlite3.connect(str(engine.url.database))
        connection.executescript(script)
        connection.close()
    else:
        with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as server:
            server.execute(script.encode())
    assert migrate.current(engine) == migrate.head()
    migrated = make_engine(new_database())
    migrate.upgrade(migrated)
    assert shape(inspect(engine)) == shape(inspect(migrated))
    migrated.dispose()


def test_several_processes_at_once(engine: Engine) -> None:
    workers = [start(engine) for _ in range(4)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [worker.communicate(timeout=60) for worker in workers]
    assert sorted(out.strip() for out, _ in told) == ["False", "False", "False", "True"], told
    assert migrate.current(engine) == migrate.head()


def test_who_comes_second_waits_for_the_first_and_finds_nothing_to_do(engine: Engine) -> None:
    """Seen at the worst moment: the second has looked, found no tables, and the first is in the middle of making them."""
    half_done, second_is_here = threading.Event(), threading.Event()
    second = make_engine(engine.url.render_as_string(hide_password=False))

    @event.listens_for(engine, "before_cursor_execute")
    def wait_for_the_second(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE zendesk_pace" in statement:
            half_done.set()
            assert second_is_here.wait(20)

    @event.listens_for(second, "before_cursor_execute")
    def announce(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if any(first in statement for first in ("BEGIN IMMEDIATE", "pg_advisory_xact_lock", "CREATE TABLE")):
            second_is_here.set()

    with ThreadPoolExecutor(2) as pool:
        first_move = pool.submit(migrate.upgrade, engine)
        assert half_done.wait(20)
        second_move = pool.submit(migrate.upgrade, second)
        assert first_move.result(20).changed
        assert not second_move.result(20).changed
    second.dispose()


def test_a_kill_at_any_statement_leaves_nothing_half_done(engine: Engine, new_database: NewDatabase) -> None:
    killed = 0
    for statement in range(1, 120, 5):
        target = make_engine(new_database())
        worker = start(target, str(statement))
        _, errors = worker.communicate("go\n", timeout=60)
        if worker.returncode == 0:
            break
        assert worker.returncode == -signal.SIGKILL, errors
        killed += 1
        assert names(target) in (set(), TABLES)
        assert migrate.current(target) in (None, migrate.head())
        migrate.upgrade(target)
        fill(target)
        target.dispose()
    assert killed >= 4


@pytest.mark.parametrize("revision", ["", "0099", "head", "heads", "-1", "base'; DROP TABLE x; --"])
def test_a_downgrade_to_nowhere_is_refused(engine: Engine, revision: str) -> None:
    migrate.upgrade(engine)
    with pytest.raises(InvalidInput, match="base"):
        migrate.downgrade(engine, revision)
    assert names(engine) == TABLES


@pytest.mark.parametrize("lost", sorted(METADATA.tables))
def test_a_database_that_has_lost_a_table_is_made_again_as_the_message_says(engine: Engine, lost: str) -> None:
    database = adopt_engine(engine, clock=ManualClock())
    migrate.upgrade(engine)
    database.ready()
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {lost}" + (" CASCADE" if engine.dialect.name == "postgresql" else "")))
    with pytest.raises(ConfigError, match=r"db downgrade base.*db upgrade"):
        database.ping()
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    fill(engine)
    database.ping()


def test_tables_of_a_newer_version_are_left_alone(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE zendesk_alembic_version SET version_num = '9999'"))
    for touch in (migrate.upgrade, migrate.require_current, lambda engine: migrate.downgrade(engine, "base")):
        with pytest.raises(ConfigError, match="newer version"):
            touch(engine)
    assert migrate.current(engine) == "9999"


def test_a_user_who_may_not_make_tables_is_told_so(postgres_server: PostgresServer) -> None:
    url = postgres_server.create(owner="postgres")
    engine = make_engine(url)
    with pytest.raises(ConfigError, match="grant CREATE"):
        migrate.upgrade(engine)
    engine.dispose()
    postgres_server.drop(url)


def test_a_host_in_the_middle_of_its_own_migration_is_not_disturbed(engine: Engine, tmp_path: Path) -> None:
    """Many a host's env.py builds the app, which brings our tables up to date, before it configures its own migration."""
    from alembic import command
    from alembic.config import Config

    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(
        "from alembic import context\n"
        "from atom_zendesk_plugin.store import migrate\n"
        "engine = context.config.attributes['engine']\n"
        "migrate.upgrade(engine)\n"
        "with engine.begin() as connection:\n"
        "    context.configure(connection=connection)\n"
        "    context.run_migrations()\n"
    )
    (tmp_path / "script.py.mako").write_text(
        "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
    )
    (tmp_path / "versions" / "host1.py").write_text(
        "from alembic import op\n"
        "revision = 'host1'\n"
        "down_revision = None\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE host_table (id INTEGER)')\n"
    )
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")
    assert names(engine) == TABLES | {"alembic_version", "host_table"}


def test_alembic_writes_nothing_into_the_hosts_log(
    engine: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="alembic")
    caplog.set_level(logging.INFO)
    migrate.upgrade(engine)
    migrate.downgrade(engine, "base")
    assert {record.name for record in caplog.records} <= {"atom_zendesk_plugin"}
    assert capfd.readouterr() == ("", "")
    logging.getLogger("alembic.runtime.migration").info("the host's own")
    assert "the host's own" in caplog.text


def test_alembics_own_commands_find_no_difference_and_write_steps_that_run(engine: Engine, tmp_path: Path) -> None:
    """The door for developers: env.py and the template of new steps."""
    import shutil

    from alembic import command
    from alembic.config import Config

    folder = tmp_path / "history"
    shutil.copytree(migrate.migrations_folder(), folder)
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(folder))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE zendesk_pace"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message="make it again", autogenerate=True, rev_id="9000")
    written = (folder / "versions" / "9000_make_it_again.py").read_text()
    assert "def upgrade(op: Operations)" in written
    compile(written, "9000", "exec")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert "zendesk_pace" in names(engine)


def test_the_url_of_alembics_own_commands_comes_from_x(engine: Engine) -> None:
    from alembic import command
    from alembic.config import CommandLine, Config

    migrate.upgrade(engine)
    options = CommandLine().parser.parse_args(
        ["-x", f"url={engine.url.render_as_string(hide_password=False)}", "check"]
    )
    config = Config(stdout=io.StringIO(), cmd_opts=options)
    config.set_main_option("script_location", str(migrate.migrations_folder()))
    command.check(config)


def test_no_step_imports_the_package() -> None:
    for file in (migrate.migrations_folder() / "versions").glob("*.py"):
        assert "atom_zendesk_plugin" not in file.read_text(), file.name
