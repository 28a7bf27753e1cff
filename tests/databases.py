"""A running PostgreSQL server for tests, and how new databases are asked for.

``ROLE`` owns its databases and may take the role ``zendesk_app``; ``BARE_ROLE`` may not take it. Neither is a superuser.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from atom_zendesk_plugin.store.database import Database
from atom_zendesk_plugin.store.tenancy import Tenancy, Unit

ROLE = "zendesk_test"
BARE_ROLE = "zendesk_bare"
NewDatabase = Callable[[], str]
Done = TypeVar("Done")


@dataclass(slots=True)
class PostgresServer:
    """A running server; ``execute`` works as its superuser."""

    admin: URL
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, *, owner: str = ROLE, user: str = ROLE) -> str:
        """Make an empty database and return its URL for a user, mostly the test role."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} OWNER {owner}")
        return self.admin.set(database=name, username=user).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def cut_off(database: Database, tenancy: Tenancy, work: Callable[[Unit], Done]) -> Done:
    """Do the work in a unit that never comes to its end, as if the process were stopped, and return what the work returned."""
    done: list[Done] = []
    with suppress(KeyboardInterrupt), database.unit(tenancy) as unit:
        done.append(work(unit))
        raise KeyboardInterrupt
    return done[0]


def wait_long(database: Database) -> None:
    """Let SQLite wait as long as it takes: many threads without a pause starve each other on a busy machine."""
    if database.dialect == "sqlite":
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 60000"))
        database.engine.dispose()
