"""Hosts for the tests of the door; each is closed when its test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.door.hosts import Stand, build_stand

NewStand = Callable[..., Stand]


@pytest.fixture
def new_stand(tmp_path: Path) -> Iterator[NewStand]:
    """Make hosts with the plugin on them; each has an instance folder of its own."""
    made: list[Stand] = []

    def new(*hooks: object, **options: Any) -> Stand:
        made.append(build_stand(tmp_path / f"host{len(made)}", *hooks, **options))
        return made[-1]

    yield new
    for stand in made:
        stand.extension.close()


@pytest.fixture
def stand(new_stand: NewStand) -> Stand:
    return new_stand()
