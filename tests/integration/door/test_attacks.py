"""Things a hostile or unlucky world once got away with, each held by a test."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin import hookspecs, plugin
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.standalone import call_each, create_app
from tests.integration.door.hosts import Stand, build_stand

TICKETS = "/api/zendesk/tickets"
NEW = {"subject": "Printer on fire", "comment": "Third floor."}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Stand]:
    stand = build_stand(tmp_path)
    yield stand
    plugin.atom_shutdown(stand.app)


def lose_the_answer(stand: Stand) -> None:
    """Make a ticket whose answer never comes, whatever is tried."""
    stand.simulator.faults.add(FaultRule(kind=FaultKind.RESET_AFTER, method="POST"))
    answer = stand.post(TICKETS, NEW, headers={"Idempotency-Key": "k"})
    stand.simulator.faults.clear()
    assert answer.status_code == 502, answer.json


def test_a_lost_creation_is_found_again_after_hours_although_its_subject_was_changed(made: Stand) -> None:
    before = len(made.simulator.desk.tickets)
    lose_the_answer(made)
    assert len(made.simulator.desk.tickets) == before + 1
    number = max(made.simulator.desk.tickets)
    changed = made.app.test_client().put(
        f"{TICKETS}/{number}", json={"subject": "Printer is well again"}, headers=_headers(made)
    )
    assert changed.status_code == 200, changed.json
    made.clock.advance(3 * 3600)
    again = made.post(TICKETS, NEW, headers={"Idempotency-Key": "k"})
    assert again.status_code in (200, 201), again.json
    assert again.json is not None
    assert again.json["data"]["ticket"]["id"] == number
    assert len(made.simulator.desk.tickets) == before + 1


@pytest.mark.parametrize(
    "header", [{"alg": "HS256", "crit": 5}, {"alg": "HS256", "crit": [7]}, {"alg": ["HS256"]}, {"alg": None}]
)
def test_a_token_of_wrong_types_is_nobody(made: Stand, header: dict[str, Any]) -> None:
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, {"sub": "u"})
    )
    answer = made.app.test_client().get(TICKETS, headers={"Authorization": f"Bearer {token}.AA"})
    assert answer.status_code == 401, answer.json


@pytest.mark.parametrize("tenant", [["other"], 2.5, True, {"id": "default"}, "other"])
def test_an_unusable_or_foreign_tenant_never_becomes_the_default_one(made: Stand, tenant: object) -> None:
    assert made.get(TICKETS, tenant_id=tenant).status_code == 401


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_beyond_the_calendar_is_a_bad_request(made: Stand, moment: str) -> None:
    answer = made.app.test_client().put(
        f"{TICKETS}/1", json={"subject": "q", "expected_updated_at": moment}, headers=_headers(made)
    )
    assert answer.status_code == 400, answer.json


def test_a_locked_database_costs_one_short_wait_and_no_ticket(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite3"
    stand = build_stand(tmp_path, ZENDESK_DATABASE_URL=f"sqlite:///{file}")
    assert stand.post(TICKETS, NEW).status_code == 201
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = stand.post(TICKETS, NEW)
    assert answer.status_code == 201, answer.json
    plugin.atom_shutdown(stand.app)


def test_a_removed_database_file_is_noticed_and_made_again(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite3"
    stand = build_stand(tmp_path, ZENDESK_DATABASE_URL=f"sqlite:///{file}")
    assert stand.extension.health(refresh=True)["checks"]["database"]["status"] == "healthy"
    with closing(sqlite3.connect(file)) as other:
        for table in ("zendesk_ticket_creations", "zendesk_pace"):
            other.execute(f"DROP TABLE {table}")
    told = stand.extension.health(refresh=True)["checks"]["database"]
    assert told["status"] == "degraded"
    assert "disappeared" in told["message"]
    plugin.atom_shutdown(stand.app)


class Odd:
    """A plugin that keeps no contract."""

    @hookspecs.hookimpl
    def atom_check_dependencies(self) -> Any:
        return ["x"]

    @hookspecs.hookimpl
    def atom_health_checks(self, app: object) -> Any:
        return [1]


def test_a_neighbour_that_answers_nonsense_stops_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Point:
        name = "odd"

        @staticmethod
        def load() -> object:
            return Odd()

    # The list of installed plugins is the only thing replaced: it belongs to the interpreter, not to this package.
    monkeypatch.setattr("atom_zendesk_plugin.standalone.entry_points", lambda group: [Point] if group == "atom" else [])
    app = create_app({"SECRET_KEY": "k"}, env_file=None, instance_path=tmp_path)
    assert call_each(app.extensions["atom.plugins"], "atom_check_dependencies")
    assert app.test_client().get("/health").status_code == 200


def _headers(stand: Stand) -> dict[str, str]:
    from tests.integration.door.hosts import bearer

    return bearer(stand.clock)
