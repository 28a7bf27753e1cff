"""The unit of work: our own short transactions, on an engine of our own or on the host's, never in the host's session.

Nothing is opened before the first use, which also sees to it that the tables are there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing
from atom_zendesk_plugin.store import isolation, models
from atom_zendesk_plugin.store.engines import CONNECT_WAIT, Dialect, check_engine, make_engine
from atom_zendesk_plugin.store.failures import DatabaseBusy, DatabaseUnavailable, only_reads, translated
from atom_zendesk_plugin.store.quiet import quiet
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Tenancy, Unit, bind, bind_operator
from atom_zendesk_plugin.store.transactions import begun, begun_reading, connect

RETRY_AFTER = 5.0  # seconds in which a database that could not be reached is not tried again


def open_database(url: str, *, clock: Clock) -> Database:
    """Use a database of our own. Raises ``ConfigError`` or ``DependencyMissing`` for a URL that cannot be used; opens nothing."""
    return Database(make_engine(url), clock=clock, owns_engine=True)


def adopt_engine(engine: Engine, *, clock: Clock) -> Database:
    """Use the host's engine, which is left as it is. Raises ``ConfigError`` when it cannot hold our tables; opens nothing."""
    return Database(engine, clock=clock, owns_engine=False)


class Database:
    """Where the plugin's tables are. Safe to share between threads; a forked process gets connections of its own."""

    def __init__(self, engine: Engine, *, clock: Clock, owns_engine: bool) -> None:
        check_engine(engine)
        self._engine = engine
        self._clock = clock
        self._owns_engine = owns_engine
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._ready = threading.Event()
        self._down_until = float("-inf")
        self._pid = os.getpid()
        self._role = isolation.OWN  # until ``ready`` has looked

    @property
    def dialect(self) -> Dialect:
        return cast(Dialect, self._engine.dialect.name)

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def unit(self, tenancy: Tenancy) -> Iterator[Unit]:
        """Yield a unit of work in one transaction of ours: committed at the end, rolled back when the block raises.

        On PostgreSQL it sees the rows of this tenancy only, whatever is asked. Keep it short and never nest it: on SQLite everybody
        who writes waits for it. Raises ``DatabaseUnavailable`` when the database cannot be reached or is busy for too long, and
        what ``ready`` raises.
        """
        with self._session() as session:
            unit = Unit(session, tenancy, self._role)
            bind(unit)
            yield unit

    @contextmanager
    def reading(self, tenancy: Tenancy) -> Iterator[Unit]:
        """Do the same for what only reads; on SQLite it waits for nobody who writes. Writing in it raises ``RuntimeError``."""
        with self._reading_session() as session:
            unit = Unit(session, tenancy, self._role)
            bind(unit)
            yield unit

    @contextmanager
    def operator_unit(self) -> Iterator[OperatorUnit]:
        """Do the same across all tenants and users, for what an operator does."""
        with self._session() as session:
            unit = OperatorUnit(session)
            bind_operator(unit)
            yield unit

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a plain connection in a transaction of its own, for the tables that belong to nobody: ``zendesk_pace``."""
        self.ready()
        with translated(), self._turn(), self._connected() as connection, begun(connection):
            yield connection

    def ready(self) -> None:
        """See to it, once per process, that the tables are there.

        SQLite is migrated here. PostgreSQL is only looked at: ``ConfigError`` says what to run when its tables are behind.
        """
        if self._ready.is_set():
            return
        with self._lock:
            if self._ready.is_set():
                return
            with translated(), self._connected():
                pass  # a database that is away is told apart here, before anything else waits for it
            try:
                with quiet():  # Alembic logs a page when it is imported
                    from atom_zendesk_plugin.store import migrate
            except ImportError:
                raise DependencyMissing("alembic", "Making the tables of the Zendesk integration") from None
            if self.dialect == "sqlite":
                migrate.upgrade(self._engine)
            else:
                migrate.require_current(self._engine)
                with translated(), self._connected() as connection:
                    self._role = isolation.find_role(connection)
            self._ready.set()

    def ping(self) -> None:
        """Ask the database for a sign of life, also right after a failure; raises ``DatabaseUnavailable``.

        Tables that were there and are gone (somebody removed the file, or dropped them) are a ConfigError, and made again at the next
        use where that is possible.
        """
        self._down_until = float("-inf")
        with translated(), self._connected() as connection:
            connection.execute(text("SELECT 1"))
            gone = self._ready.is_set() and not set(inspect(connection).get_table_names()).issuperset(
                models.TicketCreation.metadata.tables
            )
        if gone:
            self._ready.clear()
            raise ConfigError(
                "Tables of the Zendesk integration have disappeared from the database: run `atom-zendesk db downgrade base`, "
                "then `atom-zendesk db upgrade`."
            )

    def bypasses_isolation(self) -> str | None:
        """Return a sentence, with the cure, when row-level security does not bind our transactions; None when it does, and on SQLite.

        Raises what ``ready`` raises.
        """
        self.ready()
        if self.dialect == "sqlite":
            return None
        with translated(), self._connected() as connection:
            return isolation.find_gap(connection, role=self._role)

    def close(self) -> None:
        """Close our own engine's connections; the host's engine is left alone."""
        if self._owns_engine:
            self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with self.connection() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.flush()

    @contextmanager
    def _reading_session(self) -> Iterator[Session]:
        self.ready()
        with (
            translated(),
            self._connected() as connection,
            begun_reading(connection),
            only_reads(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()  # what was changed all the same is refused, not forgotten

    def _connected(self) -> Connection:
        # A dead server costs its timeout once, not in every thread and every call.
        if self._clock.monotonic() < self._down_until:
            raise DatabaseUnavailable
        self._leave_parent()
        try:
            with translated():
                return connect(self._engine)
        except DatabaseUnavailable as error:
            if not isinstance(error, DatabaseBusy):
                self._down_until = self._clock.monotonic() + RETRY_AFTER
            raise

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let this process's threads write to SQLite one after another: its own waiting sleeps blindly, and the unlucky wait for ever."""
        if self.dialect != "sqlite":
            yield
            return
        self._leave_parent()
        turn = self._writing
        if not turn.acquire(timeout=CONNECT_WAIT):
            raise DatabaseBusy
        try:
            yield
        finally:
            turn.release()

    def _leave_parent(self) -> None:
        """After a fork, forget the connections that the parent goes on using, and who of its threads was writing."""
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()
        self._writing = threading.Lock()
        if self._owns_engine:
            self._engine.dispose(close=False)
