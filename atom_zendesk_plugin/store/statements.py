"""The one statement both databases spell alike but SQLAlchemy does not: ``INSERT ... ON CONFLICT``."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from atom_zendesk_plugin.store.base import Base

Insert = sqlite.Insert | postgresql.Insert


def table_of(model: type[Base]) -> Table:
    """Return a model's table."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def insert_into(model: type[Base], *, on: Session | Connection) -> Insert:
    """Start an insert that can say what happens on a conflict, in the dialect of the connection."""
    bind = on.get_bind() if isinstance(on, Session) else on
    if bind.dialect.name == "sqlite":
        return sqlite.insert(table_of(model))
    return postgresql.insert(table_of(model))
