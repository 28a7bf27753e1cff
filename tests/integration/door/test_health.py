"""The health report: the shape its readers want, real probes, seldom made, and never a secret."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import JWT_SECRET, Stand

FIELDS = {
    "ok", "success", "service", "name", "status", "health", "message", "timestamp", "last_checked", "version", "configured",
    "oauth_configured", "api_accessible", "database_connected", "response_time", "checks", "capabilities", "data",
}  # fmt: skip


def probes(stand: Stand) -> int:
    return sum(call == "GET /api/v2/users/me" for call in stand.asked())


def test_a_working_host_is_healthy_in_the_shape_that_readers_want(stand: Stand) -> None:
    report = stand.health()
    assert set(report) == FIELDS
    assert (report["ok"], report["status"], report["health"]) == (True, "healthy", "healthy"), report["message"]
    assert set(report["checks"]) == {"dependencies", "config", "oauth", "database", "zendesk_api", "webhook"}
    assert all(set(check) == {"status", "message"} for check in report["checks"].values())
    assert set(report["data"]) == {"service", "status", "configured", "database_connected", "timestamp"}
    assert report["api_accessible"] is report["database_connected"] is report["configured"] is True
    assert stand.app.test_client().get("/api/services/zendesk/health").status_code == 200


def test_zendesk_is_probed_at_most_once_in_the_configured_time(stand: Stand) -> None:
    for _ in range(3):
        stand.health()
    stand.clock.advance(299)
    stand.health()
    assert probes(stand) == 1
    stand.clock.advance(2)
    stand.health()
    assert probes(stand) == 2


def test_a_real_call_replaces_the_probe(stand: Stand) -> None:
    assert stand.get("/api/zendesk/groups").status_code == 200
    assert stand.health()["checks"]["zendesk_api"]["status"] == "healthy"
    assert probes(stand) == 0


def test_a_failing_call_shows_at_once_and_so_does_recovery(stand: Stand) -> None:
    assert stand.health()["status"] == "healthy"
    stand.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503, body="html"))
    assert stand.get("/api/zendesk/groups").status_code == 502
    down = stand.health()
    assert (down["status"], down["api_accessible"]) == ("degraded", False)
    assert "zendesk_api" in down["message"]
    stand.simulator.faults.clear()
    assert stand.get("/api/zendesk/groups").status_code == 200
    assert stand.health()["status"] == "healthy"


def test_refused_credentials_say_so(new_stand: NewStand) -> None:
    report = new_stand(ZENDESK_ACCESS_TOKEN="revoked-long-ago").health()
    assert (report["status"], report["api_accessible"]) == ("degraded", False)
    assert "credentials" in report["checks"]["zendesk_api"]["message"]


def test_a_refusal_of_one_request_is_no_outage(stand: Stand) -> None:
    assert stand.get("/api/zendesk/tickets/999999").status_code == 404
    assert stand.health()["status"] == "healthy"


def test_a_silent_zendesk_costs_the_probe_five_seconds_at_most(new_stand: NewStand) -> None:
    stand = new_stand(silent=True)
    report = stand.health()
    assert report["checks"]["zendesk_api"]["status"] == "degraded"
    assert 1 < report["response_time"] <= 5
    assert stand.health()["response_time"] == 0


def test_other_probes_are_kept_for_half_a_minute(stand: Stand) -> None:
    first = stand.health()["last_checked"]
    stand.clock.advance(29)
    assert stand.health()["last_checked"] == first
    stand.clock.advance(2)
    second = stand.health()["last_checked"]
    assert second > first
    stand.clock.advance(1)
    assert stand.extension.health(refresh=True)["last_checked"] > second


def test_health_holds_no_secret(new_stand: NewStand) -> None:
    stand = new_stand(
        ZENDESK_CLIENT_ID="client", ZENDESK_CLIENT_SECRET="a-client-secret", ZENDESK_EMAIL="a@b.example", ZENDESK_TOKEN="an-api-token",
        ZENDESK_DATABASE_URL="postgresql://somebody:their-password@127.0.0.1:1/nowhere",
    )  # fmt: skip
    told = json.dumps(stand.health()) + stand.app.test_client().get("/zendesk/").text
    for secret in (
        JWT_SECRET,
        stand.simulator.credentials.access_token,
        "a-client-secret",
        "an-api-token",
        "their-password",
        "somebody",
    ):
        assert secret not in told


def test_the_legacy_token_is_warned_about_without_degrading(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_CREDENTIALS="api_token", ZENDESK_EMAIL="x@y.example", ZENDESK_TOKEN="t")
    api = stand.simulator.credentials.api_token
    stand = new_stand(ZENDESK_CREDENTIALS="api_token", ZENDESK_EMAIL=api.email, ZENDESK_TOKEN=api.token)
    report = stand.health()
    assert "2027-04-30" in report["checks"]["config"]["message"]


def test_the_host_is_told_degraded_at_worst(stand: Stand) -> None:
    stand.extension.failure = "made to fail"
    assert stand.extension.health()["status"] == "unhealthy"
    result = asyncio.run(plugin.atom_health_checks(stand.app)["zendesk"]())
    assert (result.name, result.status, result.message) == ("zendesk", "degraded", "made to fail")
    assert result.last_check.tzinfo is not None


def test_the_registry_lives(stand: Stand) -> None:
    entry = stand.services["zendesk_service"]
    assert (entry["status"], entry["health"]) == ("available", "degraded")
    stand.health()
    assert (entry["status"], entry["health"]) == ("connected", "healthy")
    stand.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503))
    stand.get("/api/zendesk/groups")
    stand.health()
    assert (entry["status"], entry["health"]) == ("error", "degraded")


def test_a_registry_entry_of_the_host_is_updated_in_place(tmp_path: Path, new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_SUBDOMAIN="")
    theirs: dict[str, Any] = {"zendesk_service": {"name": "old", "colour": "theirs"}}
    held = theirs["zendesk_service"]
    assert plugin.register(stand.app, theirs)
    assert theirs["zendesk_service"] is held
    assert (held["name"], held["colour"], held["status"]) == ("Zendesk", "theirs", "disconnected")


@pytest.mark.parametrize("services", [None, [], "registry", 7])
def test_a_registry_that_is_no_mapping_is_left_alone(stand: Stand, services: Any) -> None:
    assert plugin.register(stand.app, services) is True
