"""What failures of a database mean: away, busy for a moment, or a mistake of ours."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import exc, text
from sqlalchemy.engine import make_url

from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.store.accounts import ensure_account, find_account
from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.failures import DatabaseBusy, DatabaseUnavailable, translated
from atom_zendesk_plugin.store.tenancy import Tenancy, Unit
from tests.databases import PostgresServer

OURS = Tenancy("default")


def met(state: str) -> type[BaseException]:
    """Return the type that a failure with this state of PostgreSQL is translated to."""
    failure = psycopg.errors.lookup(state)()
    wrapped = exc.DBAPIError.instance("SELECT 1", {}, failure, psycopg.Error)
    with pytest.raises(Exception) as caught, translated():  # noqa: PT011  # which one, the caller compares
        raise wrapped
    return caught.type


@pytest.mark.parametrize("state", ["25006", "57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006", "08P01", "53100", "53300"])
def test_a_server_that_stops_or_lost_its_rank_is_away(state: str) -> None:
    assert met(state) is DatabaseUnavailable


@pytest.mark.parametrize("state", ["40P01", "55P03", "57014"])
def test_waiting_in_vain_is_being_busy(state: str) -> None:
    assert met(state) is DatabaseBusy


def test_what_is_not_permitted_is_the_operators_to_grant() -> None:
    assert met("42501") is ConfigError


@pytest.mark.parametrize(("state", "kind"), [("23503", exc.IntegrityError), ("42P01", exc.ProgrammingError), ("XX000", exc.InternalError)])
def test_our_own_mistakes_pass_as_they_are(state: str, kind: type[exc.DBAPIError]) -> None:
    assert met(state) is kind


def test_a_server_that_only_reads_any_more_is_away_for_who_writes(postgres_database: Database, postgres_server: PostgresServer) -> None:
    """After a failover the old address may lead to a standby."""
    name = make_url(str(postgres_database.engine.url)).database
    with postgres_database.unit(OURS) as unit:
        find_account(unit, subdomain="acme")
    postgres_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres_database.engine.dispose()
    with pytest.raises(DatabaseUnavailable), postgres_database.unit(OURS) as unit:
        ensure_account(unit, subdomain="acme", base_url="https://acme.zendesk.com", now=datetime(2026, 1, 5, tzinfo=UTC))
    with postgres_database.reading(OURS) as unit:
        assert find_account(unit, subdomain="acme") is None


def test_a_connection_that_the_server_ended_is_away(postgres_database: Database, postgres_server: PostgresServer) -> None:

    def lose_it(unit: Unit) -> None:
        own = unit.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        postgres_server.execute(f"SELECT pg_terminate_backend({own}, 5000)")
        unit.session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable), postgres_database.unit(OURS) as unit:
        lose_it(unit)


@pytest.mark.parametrize("held", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_file_that_another_one_holds_is_busy(sqlite_database: Database, held: str) -> None:
    sqlalchemy.event.listen(
        sqlite_database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0")
    )
    sqlite_database.ready()
    sqlite_database.engine.dispose()
    other = sqlite3.connect(str(sqlite_database.engine.url.database), isolation_level=None)
    other.execute(f"BEGIN {held}")
    with pytest.raises(DatabaseBusy), sqlite_database.unit(OURS):
        pass
    other.execute("ROLLBACK")
    other.close()
    with sqlite_database.unit(OURS):
        pass
