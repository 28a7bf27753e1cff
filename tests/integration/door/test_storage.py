"""The database under the assembly: which one is chosen, and that a missing or dying one stops nobody's work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import flask
import flask_sqlalchemy
import pytest
import sqlalchemy

from atom_zendesk_plugin.errors import StorageAway
from atom_zendesk_plugin.extension import ZendeskExtension
from atom_zendesk_plugin.hookspecs import hookimpl
from atom_zendesk_plugin.host import DatabaseSource, Host
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.storage import ASK_AGAIN, Storage
from atom_zendesk_plugin.store import creations
from atom_zendesk_plugin.store.accounts import list_accounts
from atom_zendesk_plugin.store.tenancy import Tenancy
from tests.databases import NewDatabase, PostgresServer
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import Stand, new_app, with_manager

OURS = Tenancy("default", "u1")
TICKET = {"subject": "Once", "comment": "and only once"}


class HasDatabase:
    """A host that answers the database hook with one thing."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def atom_get_db(self, app: flask.Flask) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def source(app: flask.Flask) -> DatabaseSource:
    return Host(app).database(ZendeskExtension(app, environ={}).settings)


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def test_the_order_of_databases(tmp_path: Path) -> None:
    app = new_app(tmp_path, DATABASE_URL="sqlite:///later.db")
    instance = tmp_path / "instance"
    assert source(app).url == f"sqlite:///{instance / 'later.db'}"
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'host.db'}"
    assert source(app).url == f"sqlite:///{tmp_path / 'host.db'}"
    database = flask_sqlalchemy.SQLAlchemy(app)
    with app.app_context():
        engine = database.engine
    assert source(app).engine is engine
    hooked = sqlalchemy.create_engine("sqlite://")
    with_manager(app, HasDatabase(hooked))
    assert source(app).engine is hooked
    app.config["ZENDESK_DATABASE_URL"] = "postgresql://u:p@h/d"
    assert source(app).url == "postgresql://u:p@h/d"
    assert "u:p" not in repr(source(app))


def test_without_any_it_is_a_file_of_our_own(tmp_path: Path) -> None:
    assert source(new_app(tmp_path)).url == f"sqlite:///{tmp_path / 'instance' / 'zendesk.db'}"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_of_the_hosts_configuration_is_passed_over(tmp_path: Path, url: str) -> None:
    assert "instance folder" in source(new_app(tmp_path, SQLALCHEMY_DATABASE_URI=url)).origin


@pytest.mark.parametrize("answer", [None, 7, object(), ValueError("theirs"), {}])
def test_a_useless_answer_of_the_hook_is_passed_over(tmp_path: Path, answer: object) -> None:
    app = new_app(tmp_path)
    with_manager(app, HasDatabase(answer))
    assert "instance folder" in source(app).origin


def test_the_hook_may_answer_with_a_url_or_an_extension(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    with_manager(app, HasDatabase(f"sqlite:///{tmp_path / 'x.db'}"))
    assert source(app).url == f"sqlite:///{tmp_path / 'x.db'}"
    other = new_app(tmp_path, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'y.db'}")
    extension = flask_sqlalchemy.SQLAlchemy(other)
    with_manager(other, HasDatabase(extension))
    assert source(other).engine is not None


def test_the_hosts_flask_sqlalchemy_carries_our_tables_beside_its_own(new_stand: NewStand, tmp_path: Path) -> None:
    file = tmp_path / "host.db"

    def prepare(app: flask.Flask) -> None:
        flask_sqlalchemy.SQLAlchemy(app)

    stand = new_stand(prepare=prepare, SQLALCHEMY_DATABASE_URI=f"sqlite:///{file}")
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("a")).status_code == 201
    with sqlite3.connect(file) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = connection.execute(
            "SELECT state, ticket_id IS NOT NULL, tenant_id FROM zendesk_ticket_creations"
        ).fetchall()
    connection.close()
    assert {name for name in names if not name.startswith("sqlite_")} >= {
        "zendesk_accounts",
        "zendesk_ticket_creations",
    }
    assert all(name.startswith(("zendesk_", "sqlite_")) for name in names)
    assert rows == [("done", 1, "default")]
    assert "Flask-SQLAlchemy" in stand.health()["checks"]["database"]["message"]
    with stand.app.app_context():
        stand.app.extensions["sqlalchemy"].engine.dispose()


def test_a_repeated_creation_is_one_ticket_also_after_a_restart(new_stand: NewStand, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    stand = new_stand(ZENDESK_DATABASE_URL=url)
    first = stand.post("/api/zendesk/tickets", TICKET, headers=key("a"))
    stand.clock.advance(3 * 3600)  # Zendesk has forgotten the key; the journal has not
    stand.extension.close()
    second = stand.post("/api/zendesk/tickets", TICKET, headers=key("a"))
    assert first.json
    assert second.json
    assert first.json["data"]["ticket"]["id"] == second.json["data"]["ticket"]["id"]
    other = stand.post("/api/zendesk/tickets", {**TICKET, "subject": "Another"}, headers=key("a"))
    assert other.status_code == 409


def test_a_lost_answer_is_found_again(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_MAX_ATTEMPTS="1")
    before = len(stand.simulator.desk.tickets)
    stand.simulator.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, method="POST", path="/api/v2/tickets", count=1))
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("b")).status_code == 502
    again = stand.post("/api/zendesk/tickets", TICKET, headers=key("b"))
    assert again.status_code == 201
    assert len(stand.simulator.desk.tickets) == before + 1


DOWN = ["postgresql://u:p@127.0.0.1:1/nowhere", "sqlite:////dev/null/no/folder.db", "nonsense"]


@pytest.mark.parametrize("url", DOWN)
def test_without_a_database_the_desk_works(new_stand: NewStand, url: str, caplog: pytest.LogCaptureFixture) -> None:
    stand = new_stand(ZENDESK_DATABASE_URL=url)
    assert not stand.extension.create_tables()
    for number in range(3):
        assert stand.get("/api/zendesk/tickets").status_code == 200
        assert stand.post("/api/zendesk/tickets", TICKET, headers=key(str(number))).status_code == 201
    report = stand.health()
    assert (report["status"], report["database_connected"]) == ("degraded", False)
    assert stand.health()["checks"]["database"]["status"] == "degraded"
    assert caplog.text.count("zendesk.database_away") == 1
    assert "u:p" not in caplog.text


def test_a_database_that_dies_and_returns(
    new_stand: NewStand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    folder = tmp_path / "disk"
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{folder / 'z.db'}")
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("1")).status_code == 201
    stand.extension.close()
    folder.rename(tmp_path / "away")
    folder.write_text("no folder any more")
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("2")).status_code == 201
    assert stand.health()["database_connected"] in (True, False)
    stand.clock.advance(60)
    assert stand.health()["database_connected"] is False
    folder.unlink()
    (tmp_path / "away").rename(folder)
    stand.clock.advance(60)
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("3")).status_code == 201
    assert stand.health()["database_connected"] is True
    assert caplog.text.count("zendesk.database_away") == 1
    assert caplog.text.count("zendesk.database_back") == 1


def test_a_database_that_dies_under_an_open_connection(new_stand: NewStand, tmp_path: Path) -> None:
    file = tmp_path / "z.db"
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{file}")
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("1")).status_code == 201
    with sqlite3.connect(file) as connection:
        for table in ("zendesk_ticket_creations", "zendesk_pace", "zendesk_accounts"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    made = stand.post("/api/zendesk/tickets", TICKET, headers=key("2"))
    assert made.status_code == 201
    assert stand.get("/api/zendesk/tickets").status_code == 200


def impatient(storage: Storage) -> None:
    """Let SQLite not wait at all."""
    engine = storage.get().engine
    sqlalchemy.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0"))
    engine.dispose()


def test_a_database_that_is_held_for_too_long_fails_one_call_and_is_not_away(
    new_stand: NewStand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "held.db"
    storage = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{file}").extension._storage
    impatient(storage)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(StorageAway), storage.unit(OURS):
                pass
        with storage.reading(OURS) as unit:  # readers are not kept out, before and after
            assert list_accounts(unit) == ()
        assert storage.known().usable
    with storage.unit(OURS) as unit:
        assert list_accounts(unit) == ()
    assert caplog.text.count("zendesk.database_busy") == 2
    assert "zendesk.database_away" not in caplog.text


def test_a_pool_that_is_used_up_fails_one_call_and_is_not_away(new_stand: NewStand, tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'host.db'}", pool_size=1, max_overflow=0, pool_timeout=0.01)
    storage = new_stand(HasDatabase(engine)).extension._storage
    storage.get()
    with engine.connect(), pytest.raises(StorageAway), storage.reading(OURS):
        pass
    with storage.reading(OURS) as unit:
        assert list_accounts(unit) == ()
    engine.dispose()


def test_a_database_that_is_gone_is_not_asked_again_for_a_while(new_stand: NewStand, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{folder / 'z.db'}")
    storage = stand.extension._storage
    storage.get().engine.dispose()
    folder.rename(tmp_path / "away")
    folder.write_text("no folder any more")
    with pytest.raises(StorageAway), storage.reading(OURS):
        pass
    folder.unlink()
    (tmp_path / "away").rename(folder)
    stand.clock.advance(ASK_AGAIN - 1)
    with pytest.raises(StorageAway), storage.reading(OURS):
        pass
    stand.clock.advance(1)
    with storage.reading(OURS) as unit:
        assert list_accounts(unit) == ()


def test_a_creation_that_could_not_be_written_down_is_not_looked_for_either(new_stand: NewStand, tmp_path: Path) -> None:
    """Each look would wait for the database once more."""
    file = tmp_path / "held.db"
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{file}")
    assert stand.get("/api/zendesk/tickets").status_code == 200
    impatient(stand.extension._storage)
    begun: list[str] = []

    @sqlalchemy.event.listens_for(stand.extension._storage.get().engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        begun.append(statement)

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert stand.post("/api/zendesk/tickets", TICKET, headers=key("1")).status_code == 201
        tried = begun.count("BEGIN IMMEDIATE")
    assert tried == 3  # pacing, which remembers it, the creation, and the log of writes: each begun, none ended


def test_a_connection_that_row_level_security_does_not_bind_is_told(
    new_stand: NewStand, postgres_server: PostgresServer
) -> None:
    url = postgres_server.create(owner="postgres", user="postgres")
    stand = new_stand(ZENDESK_DATABASE_URL=url)
    assert stand.extension.create_tables()
    assert stand.extension._storage.check().warning is None
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE zendesk_grants NO FORCE ROW LEVEL SECURITY"))
    engine.dispose()
    state = stand.extension._storage.check()
    assert state.usable
    assert "Row-level security" in str(state.warning)
    stand.extension.close()
    postgres_server.drop(url)


def test_a_creation_belongs_to_its_user(new_stand: NewStand, tmp_path: Path) -> None:
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{tmp_path / 'own.db'}")
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("a")).status_code == 201
    with stand.extension._storage.operator_unit() as operator:
        owner, state = operator.session.execute(
            sqlalchemy.text("SELECT user_id, state FROM zendesk_ticket_creations")
        ).one()
    assert (bool(owner), state) == (True, "done")
    with stand.extension._storage.unit(Tenancy("default", "somebody-else")) as unit:
        assert creations.find_by_client_key(unit, account_id=1, client_key="a") is None
    with stand.extension._storage.unit(Tenancy("default", owner)) as unit:
        assert creations.find_by_client_key(unit, account_id=1, client_key="a") is not None


def test_budgets_are_shared_through_the_database(new_stand: NewStand, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    stand = new_stand(ZENDESK_DATABASE_URL=url)
    assert stand.get("/api/zendesk/groups").status_code == 200
    with sqlite3.connect(tmp_path / "shared.db") as connection:
        keys = [row[0] for row in connection.execute("SELECT * FROM zendesk_pace")]
    connection.close()
    assert all("default/acme" in str(name) for name in keys)


def test_what_is_closed_can_be_used_again(stand: Stand) -> None:
    assert stand.get("/api/zendesk/groups").status_code == 200
    client = stand.extension.client()
    stand.extension.close()
    stand.extension.close()
    assert stand.get("/api/zendesk/groups").status_code == 200
    assert stand.extension.client() is not client


def test_the_tables_are_made_on_postgresql_when_the_host_asks(new_stand: NewStand, new_postgres: NewDatabase) -> None:
    stand = new_stand(ZENDESK_DATABASE_URL=new_postgres())
    report = stand.health()
    assert report["database_connected"] is False
    assert "atom-zendesk db upgrade" in report["checks"]["database"]["message"]
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("1")).status_code == 201
    assert stand.extension.create_tables()
    stand.clock.advance(31)
    assert stand.health()["database_connected"] is True
    assert stand.post("/api/zendesk/tickets", TICKET, headers=key("2")).status_code == 201
    with stand.extension._storage.operator_unit() as operator:
        assert operator.session.execute(sqlalchemy.text("SELECT count(*) FROM zendesk_ticket_creations")).scalar() == 1
