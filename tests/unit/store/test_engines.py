"""Which database URLs are taken, and what the others are told; never the URL itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.store.database import adopt_engine, open_database

SECRET = "s3cret-pw"


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://bob:{SECRET}@db/desk",
        f"postgresql://bob:{SECRET}@db/desk",
        f"postgresql+psycopg2://bob:{SECRET}@db/desk?sslmode=require",
        f"postgresql+asyncpg://bob:{SECRET}@db/desk",
    ],
)
def test_every_spelling_of_postgresql_goes_through_psycopg_3(url: str) -> None:
    database = open_database(url, clock=ManualClock())
    assert database.dialect == "postgresql"
    assert database.engine.driver == "psycopg"
    assert SECRET not in repr(database.engine)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:x.db?mode=memory&uri=true",
        f"mysql://bob:{SECRET}@db/desk",
        f"bob:{SECRET}@db/desk",
        f"nonsense://bob:{SECRET}@db/desk",
        f"postgresql://bob:{SECRET}@db:notaport/desk",
        "\0",
    ],
)
def test_a_url_that_cannot_be_used_is_a_config_error_that_hides_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_database(url, clock=ManualClock())
    assert SECRET not in f"{caught.value} {caught.value.public} {caught.value.__cause__} {caught.value.__context__}"


def test_a_host_engine_whose_one_connection_is_shared_is_refused(tmp_path: Path) -> None:
    for engine in (
        create_engine("sqlite://"),
        create_engine(f"sqlite:///{tmp_path / 'host.db'}", poolclass=StaticPool),
    ):
        with pytest.raises(ConfigError, match="in-memory"):
            adopt_engine(engine, clock=ManualClock())


def test_making_a_database_opens_nothing(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'later.db'}", clock=ManualClock())
    open_database("postgresql://nobody@127.0.0.1:9/none", clock=ManualClock())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_psycopg_is_named() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from atom_zendesk_plugin.clock import ManualClock\n"
        "from atom_zendesk_plugin.errors import DependencyMissing\n"
        "from atom_zendesk_plugin.store.database import open_database\n"
        "try: open_database('postgresql://bob:s3cret-pw@db/desk', clock=ManualClock())\n"
        "except DependencyMissing as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert "psycopg" in run.stdout
    assert SECRET not in run.stdout + run.stderr
