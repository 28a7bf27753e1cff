"""Making the plugin's tables when the host asks for it at startup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from atom_zendesk_plugin.extension import ZendeskExtension


def create_tables(extension: ZendeskExtension) -> bool:
    """Bring the tables up to date. False when the database cannot be used now; the log and health say why."""
    try:
        database = extension.database()
        database.ping()
        from atom_zendesk_plugin.store import migrate

        migrate.upgrade(database.engine)
        database.ready()
    except ZendeskPluginError as error:
        event("zendesk.tables_not_made", "warning", error=error)
        return False
    except ImportError as error:
        event("zendesk.tables_not_made", "warning", error=error, package=error.name)
        return False
    return True
