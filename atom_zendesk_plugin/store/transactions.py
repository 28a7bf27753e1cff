"""How a transaction of ours begins on an engine that may be the host's: writable from its first statement, or never; and atomic.

SQLite fails a transaction that reads first and writes later as soon as somebody else writes in between, whatever the timeout;
and Python's driver leaves DDL outside. Both are cured by beginning with ``BEGIN IMMEDIATE``, on our connection alone: the host's
engine, its settings and its listeners stay as they are. One that only reads begins plainly, and waits for nobody who writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, exc

from atom_zendesk_plugin.store.failures import DatabaseUnavailable


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside a new transaction: committed at the end, rolled back when the block raises.

    Not to be nested on SQLite: the inner one waits for the outer one's lock until the timeout.
    """
    with connect(engine) as connection, begun(connection):
        yield connection


def connect(engine: Engine) -> Connection:
    """Take a connection from the pool, ready for ``begun``; the caller closes it."""
    try:
        connection = engine.connect()
    except exc.ProgrammingError as error:  # psycopg says so of a URL parameter it does not know
        raise DatabaseUnavailable from error
    if engine.dialect.name == "postgresql":
        # The host may have chosen AUTOCOMMIT or SERIALIZABLE for itself; the pool takes this back when the connection returns.
        connection = connection.execution_options(isolation_level="READ COMMITTED")
    return connection


@contextmanager
def begun(connection: Connection) -> Iterator[None]:
    """Run the block in one transaction of a connection that has none yet."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            _begin_anew(connection, "BEGIN IMMEDIATE")
        yield


@contextmanager
def begun_reading(connection: Connection) -> Iterator[None]:
    """Run the block in one transaction that only reads, of a connection that has none yet: the database refuses what writes."""
    with connection.begin():
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield
            return
        _begin_anew(connection, "BEGIN")
        with _refusing_writes(connection):
            yield


@contextmanager
def _refusing_writes(connection: Connection) -> Iterator[None]:
    # Past SQLAlchemy, which says no more statements once the block has ended its transaction itself.
    driver = connection.connection.driver_connection
    assert driver is not None
    before = driver.execute("PRAGMA query_only").fetchone()[0]
    driver.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        # The pool gives this connection to somebody who writes next.
        driver.execute(f"PRAGMA query_only = {before}")


def _begin_anew(connection: Connection, statement: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None and driver.in_transaction:
        # A listener of the host's engine has begun one of its own kind already. Nobody else shares this connection: replace it.
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql(statement)
