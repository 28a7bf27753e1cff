"""The database as the rest of the plugin meets it: there when it can be used, and never a reason to fail when it cannot.

Without it a creation is remembered by Zendesk only, and without Redis too calls are paced in this process alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from atom_zendesk_plugin.capabilities import needed_for
from atom_zendesk_plugin.errors import StorageAway, ZendeskPluginError
from atom_zendesk_plugin.host import DatabaseSource
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.once import Once

if TYPE_CHECKING:
    from datetime import datetime

    from atom_zendesk_plugin.accounts.facts import AccountFacts
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.desk.journal import Creation, CreationState
    from atom_zendesk_plugin.store.creations import Creation as StoredCreation
    from atom_zendesk_plugin.store.database import Database
    from atom_zendesk_plugin.store.tenancy import OperatorUnit, Tenancy, Unit
    from atom_zendesk_plugin.write_log import Write, WriteEnd, WriteLog

T = TypeVar("T")

FEATURE = "The plugin's own database"
ASK_AGAIN = 15.0  # seconds; looking whether the tables are current costs a connection, and a request should not pay it each time


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageState:
    """What is known of the database: ``usable`` or the reason why not, which says what to do. ``origin`` tells which one it is.

    ``warning``: it works, but people's rows are not separated by the database itself; only ``check`` looks for that.
    """

    usable: bool
    origin: str | None
    reason: str | None = None
    warning: str | None = None


class Storage:
    """The database of one app, found and opened at first use. Safe to share between threads."""

    def __init__(self, source: Callable[[], DatabaseSource], *, clock: Clock) -> None:
        self._clock = clock
        self._source = Once(source)
        self._database = Once(self._open)
        self._lock = threading.Lock()
        self._failure: ZendeskPluginError | None = None
        self._ask_from = float("-inf")

    def get(self) -> Database:
        """Return the database with its tables in place. Raises the typed error that says why it cannot be used now."""
        with self._lock:
            if self._failure is not None and self._clock.monotonic() < self._ask_from:
                raise self._failure.with_traceback(None)
        try:
            database = self._database.get()
            database.ready()
        except ZendeskPluginError as error:
            self._broke(error)
            raise
        self._recovered()
        return database

    def find(self) -> Database | None:
        """Return the database, None while it cannot be used; the log has said why, once."""
        try:
            return self.get()
        except ZendeskPluginError:
            return None

    @contextmanager
    def unit(self, tenancy: Tenancy) -> Iterator[Unit]:
        """Open a transaction for a tenancy. Raises StorageAway when the database cannot be used, at once for a while after it could not.

        One request makes several transactions; a database that is gone must cost it one wait, not one for each. One that others held
        for too long is asked again by the next call: it is there.
        """
        with self._usable() as database, database.unit(tenancy) as unit:
            yield unit

    @contextmanager
    def reading(self, tenancy: Tenancy) -> Iterator[Unit]:
        """Open a transaction that only reads, and so waits for nobody who writes. Raises StorageAway as ``unit`` does."""
        with self._usable() as database, database.reading(tenancy) as unit:
            yield unit

    @contextmanager
    def operator_unit(self) -> Iterator[OperatorUnit]:
        """Open a transaction across tenants and users, for what an operator does. Raises StorageAway."""
        with self._usable() as database, database.operator_unit() as unit:
            yield unit

    def migrate(self) -> bool:
        """Bring the tables up to date, on PostgreSQL too; False when that cannot be done now, which the log and ``check`` explain."""
        try:
            database = self._database.get()
            database.ping()
            with needed_for(FEATURE):
                from atom_zendesk_plugin.store import migrate
            migrate.upgrade(database.engine)
            database.ready()
        except ZendeskPluginError as error:
            self._broke(error)
            return False
        self._recovered()
        return True

    def check(self) -> StorageState:
        """Ask the database for a sign of life."""
        try:
            # The memory of the last failure is for requests; whoever asks for a sign of life gets a fresh one.
            database = self._database.get()
            database.ready()
            database.ping()
            warning = database.bypasses_isolation()
        except ZendeskPluginError as error:
            self._broke(error)
            return StorageState(usable=False, origin=self._origin(), reason=error.message)
        self._recovered()
        return StorageState(usable=True, origin=self._origin(), warning=warning)

    def known(self) -> StorageState:
        """Return what is known without waiting for a server: the tables were in place when they were last used."""
        try:
            self.get()
        except ZendeskPluginError as error:
            return StorageState(usable=False, origin=self._origin(), reason=error.message)
        return StorageState(usable=True, origin=self._origin())

    def close(self) -> None:
        database = self._database.take()
        if database is not None:
            database.close()

    @contextmanager
    def _usable(self) -> Iterator[Database]:
        try:
            database = self.get()
        except ZendeskPluginError as error:
            raise StorageAway from error
        from atom_zendesk_plugin.store.failures import DatabaseUnavailable

        try:
            yield database
        except DatabaseUnavailable as error:
            self._broke(error)
            raise StorageAway from error

    def _open(self) -> Database:
        source = self._source.get()
        with needed_for(FEATURE):
            from atom_zendesk_plugin.store.database import adopt_engine, open_database
        if source.engine is not None:
            return adopt_engine(source.engine, clock=self._clock)
        return open_database(source.url or "", clock=self._clock)

    def _origin(self) -> str | None:
        source = self._source.peek()
        return source.origin if source is not None else None

    def _broke(self, error: ZendeskPluginError) -> None:
        if _passes(error):
            event("zendesk.database_busy", "warning", error=error, cause=type(error.__cause__).__name__, origin=self._origin())
            return
        with self._lock:
            news, self._failure = self._failure is None, error
            self._ask_from = self._clock.monotonic() + ASK_AGAIN
        if news:
            event(
                "zendesk.database_away",
                "warning",
                error=error,
                cause=type(error.__cause__).__name__,
                origin=self._origin(),
            )

    def _recovered(self) -> None:
        with self._lock:
            news, self._failure = self._failure is not None, None
        if news:
            event("zendesk.database_back", origin=self._origin())


def _passes(error: ZendeskPluginError) -> bool:
    """Tell whether the next call may be served: the database is there, and others held it for too long."""
    try:
        from atom_zendesk_plugin.store.failures import DatabaseBusy
    except ImportError:  # the error says which package is missing
        return False
    return isinstance(error, DatabaseBusy)


class StoredWrites:
    """The write log of one app in its database. A write never fails for want of its entry; the log says once that entries are missing.

    Safe to share between threads.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._missing = False

    def of(self, account: AccountFacts, caller: Caller | None) -> WriteLog:
        """Return the log of a caller on an account; None is the plugin itself."""
        return _WritesOf(self, account=account, caller=caller)

    def run(self, tenant_id: str, user_id: str | None, work: Callable[[Unit], T]) -> T | None:
        """Do a piece of the log's work in a transaction of its own; None when the database does not let it be done."""
        try:
            from atom_zendesk_plugin.store.tenancy import Tenancy

            with self._storage.unit(Tenancy(tenant_id, user_id)) as unit:
                done = work(unit)
        except (ZendeskPluginError, LookupError, ImportError) as error:  # LookupError: the entry has gone meanwhile
            self._tell(error)
            return None
        self._tell(None)
        return done

    def _tell(self, error: Exception | None) -> None:
        with self._lock:
            news, self._missing = self._missing is not (error is not None), error is not None
        if news and error is not None:
            event("zendesk.write_unrecorded", "warning", error=error)
        elif news:
            event("zendesk.write_recorded_again")


class _WritesOf:
    """One caller's ``WriteLog``."""

    def __init__(self, log: StoredWrites, *, account: AccountFacts, caller: Caller | None) -> None:
        self._log, self._on = log, account
        self._user = caller.user_id if caller is not None else None
        self._via = caller.via if caller is not None else "internal"

    def begin(self, write: Write) -> int | None:
        def work(unit: Unit) -> int:
            from atom_zendesk_plugin.store import writes

            return writes.begin(unit, write, account=self._on.name, via=self._via)

        return self._log.run(self._on.tenant_id, self._user, work)

    def end(self, number: int | None, end: WriteEnd) -> None:
        def work(unit: Unit) -> None:
            from atom_zendesk_plugin.store import writes

            assert number is not None
            writes.end(unit, number, end)

        if number is not None:  # else there is no entry, and looking for the database again may cost another wait
            self._log.run(self._on.tenant_id, self._user, work)


class StoredCreations:
    """One caller's ``CreationJournal`` in the database, for one account.

    When the database fails at the moment of a creation, the creation goes on as if there were none: Zendesk itself knows a key for
    two hours. When it fails afterwards, the ticket exists all the same, and the row stays ``pending``, which a repeat can resolve.
    """

    def __init__(self, storage: Storage, *, caller: Caller, account: AccountFacts, clock: Clock) -> None:
        self._storage, self._caller, self._on, self._clock = storage, caller, account, clock
        self._unrecorded = set[str]()

    def begin(self, *, caller: Caller, client_key: str | None, zendesk_key: str, fingerprint: str) -> Creation:
        from atom_zendesk_plugin.desk.journal import Creation

        now = self._clock.now()
        try:
            row = self._begin(client_key, zendesk_key, fingerprint, now)
        except StorageAway as error:
            event("zendesk.creation_unrecorded", "warning", error=error)
            self._unrecorded.add(zendesk_key)
            return Creation(zendesk_key=zendesk_key, fingerprint=fingerprint, state="pending", created_at=now)
        return Creation(
            zendesk_key=row.zendesk_key,
            fingerprint=row.fingerprint,
            state=row.state,
            created_at=row.created_at,
            ticket_id=row.ticket_id,
        )

    def finish(self, zendesk_key: str, *, state: CreationState, ticket_id: int | None = None) -> None:
        if zendesk_key in self._unrecorded:  # there is no row to finish, and looking for it may cost another wait
            self._unrecorded.discard(zendesk_key)
            event("zendesk.creation_unrecorded", "warning", outcome=state, ticket_id=ticket_id)
            return
        try:
            self._finish(zendesk_key, state, ticket_id)
        except (StorageAway, LookupError) as error:  # LookupError: its row has gone meanwhile
            event("zendesk.creation_unrecorded", "warning", error=error, outcome=state, ticket_id=ticket_id)

    def _begin(self, client_key: str | None, zendesk_key: str, fingerprint: str, now: datetime) -> StoredCreation:
        from atom_zendesk_plugin.store import creations

        with self._storage.unit(self._tenancy()) as unit:
            return creations.begin(
                unit, account_id=self._account(unit), client_key=client_key, zendesk_key=zendesk_key,
                fingerprint=fingerprint, now=now,
            )  # fmt: skip

    def _finish(self, zendesk_key: str, state: CreationState, ticket_id: int | None) -> None:
        from atom_zendesk_plugin.store import creations

        with self._storage.unit(self._tenancy()) as unit:
            account_id = self._account(unit)
            creations.finish(
                unit, account_id=account_id, zendesk_key=zendesk_key, state=state, ticket_id=ticket_id, now=self._clock.now()
            )

    def _tenancy(self) -> Tenancy:
        from atom_zendesk_plugin.store.tenancy import Tenancy

        return Tenancy(self._on.tenant_id, self._caller.user_id)

    def _account(self, unit: Unit) -> int:
        from atom_zendesk_plugin.store.accounts import ensure_account

        return ensure_account(unit, subdomain=self._on.name, base_url=self._on.url, now=self._clock.now()).id
