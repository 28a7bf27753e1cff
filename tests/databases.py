"""A running PostgreSQL server for tests, and how new databases are asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.engine import URL, make_url

ROLE = "zendesk_test"
NewDatabase = Callable[[], str]


@dataclass(slots=True)
class PostgresServer:
    """A running server; ``execute`` works as its superuser."""

    admin: URL
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, *, owner: str = ROLE) -> str:
        """Make an empty database and return its URL for the test role."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} OWNER {owner}")
        return self.admin.set(database=name, username=ROLE).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")
