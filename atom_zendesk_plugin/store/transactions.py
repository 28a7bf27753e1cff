"""How a transaction of ours begins on an engine that may be the host's: writable from its first statement, and atomic.

SQLite fails a transaction that reads first and writes later as soon as somebody else writes in between, whatever the timeout;
and Python's driver leaves DDL outside. Both are cured by beginning with ``BEGIN IMMEDIATE``, on our connection alone: the host's
engine, its settings and its listeners stay as they are.
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
            _take_write_lock(connection)
        yield


def _take_write_lock(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if driver is not None and driver.in_transaction:
        # A listener of the host's engine has begun a plain one already. Nobody else shares this connection: replace it.
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
