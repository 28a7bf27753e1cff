"""What a database failure means to the rest of the package: SQLAlchemy's errors are translated here, once.

Neither the message nor the public data names the address, the user or a value; the driver's own error is chained for the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from atom_zendesk_plugin.errors import Code, ConfigError, NotFound, ZendeskPluginError

# PostgreSQL's states, as its appendix A lists them
_NOT_PERMITTED = "42501"
_ONLY_READS = "25006"  # also what a server says that has become a standby
_NO_SUCH_ROW = "23503"
_BUSY = frozenset({"40P01", "55P03", "57014"})  # a deadlock, a lock or a statement that took too long
_AWAY = ("08", "57P")  # the connection is lost or refused; the server stops, starts or was told to hang up

# SQLite's codes; the low byte is the kind
_SQLITE_BUSY = frozenset({5, 6})
_SQLITE_ONLY_READS = 8  # as it stands: with more in the upper bytes it is about the file
_SQLITE_NO_SUCH_ROW = 787


class DatabaseUnavailable(ZendeskPluginError):
    """The database of the Zendesk integration cannot be used right now: check that it runs, that its disk has room and that
    ZENDESK_DATABASE_URL is right."""

    code = Code.CONFIG_ERROR


class DatabaseBusy(DatabaseUnavailable):
    """The database of the Zendesk integration was held by others for too long: try again."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what only an operator can mend into ``DatabaseUnavailable`` or ``ConfigError``; our own mistakes pass as they are.

    ``DatabaseBusy`` is the part of it that passes by itself.
    """
    try:
        yield
    except exc.TimeoutError as error:  # a pool whose connections are all in use
        raise DatabaseBusy from error
    except exc.DBAPIError as error:
        if _state(error) == _NOT_PERMITTED:
            raise ConfigError(
                "The database refuses this to the user of ZENDESK_DATABASE_URL: grant CREATE and USAGE on the schema, or let the "
                "owner run the output of `atom-zendesk db upgrade --sql`."
            ) from error
        if _state(error) in _BUSY or _sqlite_code(error) & 0xFF in _SQLITE_BUSY:
            raise DatabaseBusy from error
        if _is_away(error):
            raise DatabaseUnavailable from error
        raise


@contextmanager
def only_reads() -> Iterator[None]:
    """Turn a refused write into ``RuntimeError``: in a unit that only reads it is our own mistake, not the database's state."""
    try:
        yield
    except exc.DBAPIError as error:
        if _state(error) == _ONLY_READS or _sqlite_code(error) == _SQLITE_ONLY_READS:
            raise RuntimeError("this unit of work only reads: what writes needs another one") from error
        raise


def account_removed() -> NotFound:
    """Return the error of whoever works with an account that is not there any more."""
    return NotFound("This Zendesk account was removed meanwhile.", field="account")


@contextmanager
def account_kept() -> Iterator[None]:
    """Raise NotFound when what is written belongs to an account that somebody has removed since it was looked at."""
    try:
        yield
    except exc.IntegrityError as error:
        if _state(error) == _NO_SUCH_ROW or _sqlite_code(error) == _SQLITE_NO_SUCH_ROW:
            raise account_removed() from error
        raise


def _is_away(error: exc.DBAPIError) -> bool:
    state = _state(error)
    if state == _ONLY_READS or state.startswith(_AWAY) or error.connection_invalidated:
        return True
    # The bare class is that of a file that is no database, or a broken one.
    return isinstance(error, exc.OperationalError | exc.InterfaceError) or type(error) is exc.DatabaseError


def _state(error: exc.DBAPIError) -> str:
    """Return PostgreSQL's five letters, under the name that psycopg 3 or 2 gives them; empty when there are none."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")


def _sqlite_code(error: exc.DBAPIError) -> int:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code if isinstance(code, int) else 0
