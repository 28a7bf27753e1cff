"""What a database failure means to the rest of the package: SQLAlchemy's errors are translated here, once.

Neither the message nor the public data names the address, the user or a value; the driver's own error is chained for the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from atom_zendesk_plugin.errors import Code, ConfigError, ZendeskPluginError

_NOT_PERMITTED = "42501"  # PostgreSQL's insufficient_privilege


class DatabaseUnavailable(ZendeskPluginError):
    """The database of the Zendesk integration cannot be used right now: check that it runs, that its disk has room and that
    ZENDESK_DATABASE_URL is right."""

    code = Code.CONFIG_ERROR


@contextmanager
def translated() -> Iterator[None]:
    """Turn what only an operator can mend into ``DatabaseUnavailable`` or ``ConfigError``; our own mistakes pass as they are."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise DatabaseUnavailable from error
    except exc.DatabaseError as error:
        if (
            getattr(error.orig, "sqlstate", None) == _NOT_PERMITTED
            or getattr(error.orig, "pgcode", None) == _NOT_PERMITTED
        ):
            raise ConfigError(
                "The database refuses this to the user of ZENDESK_DATABASE_URL: grant CREATE and USAGE on the schema, or let the "
                "owner run the output of `atom-zendesk db upgrade --sql`."
            ) from error
        if type(error) is exc.DatabaseError:  # a file that is no database, or a broken one
            raise DatabaseUnavailable from error
        raise
