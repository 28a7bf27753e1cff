"""Commands run against a served Zendesk, with nothing of this machine's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.options import OPTIONS
from atom_zendesk_plugin.simulator.facade import Simulator


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return Simulator(tickets=40)


@pytest.fixture(scope="module")
def address(simulator: Simulator) -> Iterator[str]:
    with simulator.serve() as running:
        yield running.base_url


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulator: Simulator, address: str) -> Any:
    """Return what runs a command, in a folder of its own, through the service account; ``more`` is further environment."""
    monkeypatch.chdir(tmp_path)
    for row in OPTIONS:
        for name in (row.name, *row.aliases):
            monkeypatch.delenv(name, raising=False)
    env = {
        "ZENDESK_BASE_URL": address,
        "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token,
        "ZENDESK_DEADLINE": "3",
    }

    def run(*arguments: str, stdin: str | None = None, **more: str) -> Result:
        return CliRunner().invoke(root_group("atom-zendesk"), list(arguments), env=env | more, input=stdin)

    return run
