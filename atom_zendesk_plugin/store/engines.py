"""Which databases can be used and how an engine of our own is made: SQLite files and PostgreSQL through psycopg 3.

Nothing is opened here; the file or the connection is made on first use. No message repeats the URL: it may hold a password.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from atom_zendesk_plugin.errors import ConfigError, DependencyMissing

Dialect = Literal["sqlite", "postgresql"]

LOCK_WAIT = (
    2.0  # seconds a SQLite connection waits for another's transaction; ours last milliseconds, and a person waits
)
CONNECT_WAIT = 5  # seconds to wait for PostgreSQL to answer, and for a connection of a busy pool


def make_engine(url: str) -> Engine:
    """Make an engine for ``sqlite:///FILE``, ``postgresql://`` or ``postgres://``; whatever driver the URL names, ours is used.

    Raises ``ConfigError`` for any other URL and ``DependencyMissing`` when psycopg is not installed.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed.set(drivername="sqlite+pysqlite"))
    return _postgresql(parsed.set(drivername="postgresql+psycopg"))


def dialect_of(url: str) -> Dialect:
    """Return which of the two databases a URL names; raises ``ConfigError`` for any other."""
    return "sqlite" if _parse(url).get_backend_name() == "sqlite" else "postgresql"


def check_engine(engine: Engine) -> None:
    """Raise ``ConfigError`` when this engine cannot hold our tables."""
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"The Zendesk integration works on SQLite and PostgreSQL, not on {engine.dialect.name}: set ZENDESK_DATABASE_URL."
        )
    # With these pools one connection serves several users at once: our transaction would be part of the host's.
    if engine.dialect.name == "sqlite" and (
        _in_memory(engine.url) or isinstance(engine.pool, StaticPool | SingletonThreadPool)
    ):
        raise ConfigError(
            "An in-memory database cannot be shared and is lost at the end: set ZENDESK_DATABASE_URL to sqlite:///FILE."
        )


def _parse(url: str) -> URL:
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    parsed = None
    with suppress(ArgumentError, ValueError):  # their text may hold the password: not even as a context of ours
        parsed = make_url(url)
    if parsed is None:
        raise ConfigError(
            "ZENDESK_DATABASE_URL is not a database URL: write sqlite:///FILE or postgresql://USER@HOST/DATABASE."
        )
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"ZENDESK_DATABASE_URL names {parsed.get_backend_name()}: write sqlite:///FILE or postgresql://USER@HOST/DATABASE."
        )
    return parsed


def _in_memory(url: URL) -> bool:
    name = url.database or ""
    return (
        name in ("", ":memory:")
        or name.startswith("file::memory:")
        or url.query.get("mode") == "memory"
        or "mode=memory" in name
    )


def _sqlite(url: URL) -> Engine:
    if _in_memory(url) or str(url.database).startswith("file:"):
        raise ConfigError("ZENDESK_DATABASE_URL must name a database file: write sqlite:///FILE.")
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT}, hide_parameters=True)
    event.listen(engine, "do_connect", _make_private_file)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _make_private_file(_dialect: object, _record: object, cargs: list[Any], _cparams: dict[str, Any]) -> None:
    """Make the file and its folder readable for their owner only; what exists keeps its mode. SQLite gives the mode to its log."""
    path = Path(cargs[0])
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise sqlite3.OperationalError(f"the database file cannot be opened or made: {error.strerror}") from None


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # A key that was written down before a call must outlive a power cut; this costs half a millisecond per transaction.
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # Another process is changing the mode of this new file at this moment; it holds for all, so there is nothing left to do.
        if "locked" not in str(error):
            raise


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401  # also fails when its libpq is missing
    except ImportError:
        raise DependencyMissing("psycopg", "A PostgreSQL database") from None
    return create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_WAIT, "application_name": "atom-zendesk-plugin"},
        pool_pre_ping=True,
        # Ours are short transactions: a few connections serve fifty threads, and eight processes stay below a server's usual hundred.
        pool_size=5,
        max_overflow=5,
        pool_timeout=CONNECT_WAIT,
        hide_parameters=True,
    )
