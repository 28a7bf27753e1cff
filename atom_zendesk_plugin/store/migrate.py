"""How the plugin's tables come up to date: its own Alembic history, in one transaction, beside whatever history the host has.

Alembic keeps the context of a running migration in module globals, and a host may be in the middle of one of its own when it
builds the app. So nothing here touches them: steps are given their ``op``, as ``upgrade(op)`` and ``downgrade(op)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

import atom_zendesk_plugin
from atom_zendesk_plugin import logs
from atom_zendesk_plugin.errors import ConfigError, InvalidInput
from atom_zendesk_plugin.store.engines import Dialect, check_engine
from atom_zendesk_plugin.store.failures import translated
from atom_zendesk_plugin.store.quiet import quiet
from atom_zendesk_plugin.store.transactions import connect, transaction

VERSION_TABLE = "zendesk_alembic_version"
_LOCK_KEY = 0x7A656E6465736B  # "zendesk": one migration at a time in a PostgreSQL database

Steps = Callable[[Any, MigrationContext], Any]


@dataclass(frozen=True, slots=True)
class Move:
    """The revision before and after; None is a database without our tables."""

    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def migrations_folder() -> Path:
    """Find the history: inside the package (wheel), else beside it (checkout and editable install)."""
    package = Path(atom_zendesk_plugin.__file__).parent
    for folder in (package / "migrations", package.parent / "migrations"):
        if (folder / "script.py.mako").is_file() and (folder / "versions").is_dir():
            return folder
    raise ConfigError("The installation is incomplete, its migrations are missing: install atom-zendesk-plugin again.")


def options(dialect: str) -> dict[str, Any]:
    """Return what every Alembic context of ours is configured with."""
    return {"version_table": VERSION_TABLE, "render_as_batch": dialect == "sqlite", "include_name": _is_ours}


def head() -> str:
    """Return the newest revision this package knows."""
    newest = _script().get_current_head()
    assert newest is not None
    return newest


def history() -> list[Script]:
    """Return the steps, the newest first."""
    return list(_script().walk_revisions())


def current(engine: Engine) -> str | None:
    """Return the revision the database is at, None when it has none of our tables."""
    check_engine(engine)
    with translated(), connect(engine) as connection, quiet():
        return _context(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Raise ``ConfigError``, with the command that mends it, when the tables are not those this package needs."""
    found = current(engine)
    if found == head():
        return
    _known(_script(), found)
    raise ConfigError(
        "The tables of the Zendesk integration are not up to date: run `atom-zendesk db upgrade`.",
        revision=found,
        needed=head(),
    )


def upgrade(engine: Engine) -> Move:
    """Bring the tables to the newest revision; safe from any number of processes at once, all or nothing, nothing when up to date."""
    script, found = _script(), current(engine)
    if found == head():
        return Move(found, found)
    return _move(engine, script, lambda revision, _: script._upgrade_revs("head", revision))


def downgrade(engine: Engine, revision: str) -> Move:
    """Take the tables back to a revision; ``base`` removes them and what they hold. An unknown revision is ``InvalidInput``."""
    script = _script()
    if revision != "base" and revision not in {step.revision for step in history()}:
        raise InvalidInput(
            f"{revision!r} is not a revision: give base or one of the names in the migrations folder.", field="revision"
        )
    check_engine(engine)
    return _move(engine, script, lambda found, _: script._downgrade_revs(revision, found))


def script_sql(dialect: Dialect) -> str:
    """Return the SQL that makes the tables from nothing, for a person to run: one transaction, the version table included."""
    script, written = _script(), StringIO()
    settings = {**options(dialect), "as_sql": True, "output_buffer": written, "transactional_ddl": True}
    with quiet():
        context = MigrationContext.configure(
            dialect_name=dialect, opts={**settings, "fn": lambda revision, _: script._upgrade_revs("head", revision)}
        )
        with context.begin_transaction():
            context.run_migrations(op=Operations(context))
    return written.getvalue()


def _move(engine: Engine, script: ScriptDirectory, steps: Steps) -> Move:
    with translated(), transaction(engine) as connection, quiet():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            # A step that changes rows would find none of them otherwise: row-level security binds the owner too.
            connection.execute(text("SELECT set_config('zendesk.operator', 'on', true)"))
        # Only now nobody else moves: what was read before the lock may be out of date.
        before = _context(connection).get_current_revision()
        _known(script, before)
        context = _context(connection, fn=steps)
        context.run_migrations(op=Operations(context))
        after = context.get_current_revision()
        if after is None:  # Alembic leaves its table behind, empty
            connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
    move = Move(before, after)
    if move.changed:
        logs.event("zendesk.database.migrated", before=before, after=after, dialect=engine.dialect.name)
    return move


def _known(script: ScriptDirectory, revision: str | None) -> None:
    try:
        script.get_revisions(revision or "base")
    except CommandError as error:
        raise ConfigError(
            "The tables of the Zendesk integration were made by a newer version of it: install that version or a later one.",
            revision=revision,
        ) from error


def _script() -> ScriptDirectory:
    with quiet():
        return ScriptDirectory(str(migrations_folder()))


def _context(connection: Connection, **more: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={**options(connection.dialect.name), **more})


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or (name is not None and name.startswith("zendesk_"))
