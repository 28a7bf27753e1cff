"""The door for Alembic's own commands, such as ``revision --autogenerate`` and ``check``; the package itself does not pass through here.

Alembic runs this file: it works on ``config.attributes["connection"]`` when its caller gives one, else on ``-x url=...``.
"""

from __future__ import annotations

from alembic import context
from alembic.operations import Operations

from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.store import models
from atom_zendesk_plugin.store.database import open_database
from atom_zendesk_plugin.store.migrate import options
from atom_zendesk_plugin.store.transactions import transaction


def run() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        context.configure(connection=given, target_metadata=models.Account.metadata, **options(given.dialect.name))
        context.run_migrations(op=Operations(context.get_context()))
        return
    database = open_database(context.get_x_argument(as_dictionary=True)["url"], clock=SystemClock())
    with transaction(database.engine) as connection:
        context.configure(connection=connection, target_metadata=models.Account.metadata, **options(database.dialect))
        context.run_migrations(op=Operations(context.get_context()))
    database.close()


run()
