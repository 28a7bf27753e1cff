"""What SQLAlchemy does not say alike for both databases: ``INSERT ... ON CONFLICT``, and how many rows a statement has changed."""

from __future__ import annotations

from sqlalchemy import Connection, CursorResult, Delete, Table, Update
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


def affected(session: Session, statement: Update | Delete) -> int:
    """Run a change past the session's own objects and return how many rows it has changed."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
