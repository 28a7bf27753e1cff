"""Stages for the tests of connections, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import NewDatabase
from tests.integration.accounts.staging import NewStage, Stage, stages


@pytest.fixture
def new_stage(tmp_path: Path, new_database: NewDatabase) -> Iterator[NewStage]:
    yield from stages(tmp_path, new_database)


@pytest.fixture
def stage(new_stage: NewStage) -> Stage:
    return new_stage()


@pytest.fixture
def new_sqlite_stage(tmp_path: Path, new_sqlite: NewDatabase) -> Iterator[NewStage]:
    """The same on SQLite only, where the database makes no difference."""
    yield from stages(tmp_path, new_sqlite)
