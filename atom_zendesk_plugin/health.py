"""The health report: one object for every reader, from real probes, cached, and never with a secret in it.

``unhealthy`` is said only when the plugin's own registration failed; everything an operator can mend is ``degraded``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.capabilities import Capability, missing_packages
from atom_zendesk_plugin.probes import (
    Check,
    Status,
    ZendeskProbe,
    check_config,
    check_database,
    check_dependencies,
    check_oauth,
    check_webhook,
)

if TYPE_CHECKING:
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import ConfigReport, Settings
    from atom_zendesk_plugin.storage import StorageState

SERVICE = "zendesk"
KEPT = 30.0
"""Seconds for which the outcome of a probe is reused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckResult:
    """What a host's checker reads. ``status`` is ``degraded`` at worst; ``response_time`` is in seconds."""

    name: str
    status: str
    message: str
    response_time: float
    details: dict[str, Any]
    last_check: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probed:
    until: float
    at: datetime
    checks: dict[str, Check]


class Health:
    """The health of one app's plugin. ``report`` may be called by any number of threads; one of them probes."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        config: Callable[[], ConfigReport],
        database: Callable[[], StorageState],
        zendesk: ZendeskProbe,
        identity: Callable[[], Capability],
        connecting: Callable[[], Capability],
        capabilities: Callable[[], Sequence[Capability]],
        failure: Callable[[], str | None],
    ) -> None:
        """``failure`` tells why the plugin's own registration failed, None when it did not."""
        self._settings, self._clock, self._config = settings, clock, config
        self._database, self._zendesk, self._capabilities, self._failure = database, zendesk, capabilities, failure
        self._identity, self._connecting = identity, connecting
        self._probing = threading.Lock()
        self._probed: _Probed | None = None

    def report(self, *, refresh: bool = False) -> dict[str, Any]:
        """Return the report, ready for JSON.

        Zendesk's part tells the last real call; the others are up to half a minute old unless ``refresh`` is asked for. Takes some
        seconds at most, when a probe is due.
        """
        began = self._clock.monotonic()
        probed = self._recent(refresh=refresh)
        checks = {**probed.checks, "zendesk_api": self._zendesk.check(), "webhook": check_webhook()}
        return self._object(probed, checks, took=self._clock.monotonic() - began)

    def _recent(self, *, refresh: bool) -> _Probed:
        probed = self._probed
        if probed is not None and not refresh and self._clock.monotonic() < probed.until:
            return probed
        # Whoever comes while another thread probes is served from what there is, and waits only when there is nothing.
        if not self._probing.acquire(blocking=probed is None):
            assert probed is not None
            return probed
        try:
            if self._probed is not probed and self._probed is not None:
                return self._probed
            self._probed = self._probe()
            return self._probed
        finally:
            self._probing.release()

    def _probe(self) -> _Probed:
        checks = {
            "dependencies": check_dependencies(missing_packages()),
            "config": check_config(self._config(), self._identity()),
            "oauth": check_oauth(self._settings, self._connecting()),
            "database": check_database(self._database()),
        }
        return _Probed(until=self._clock.monotonic() + KEPT, at=self._clock.now(), checks=checks)

    def _object(self, probed: _Probed, checks: dict[str, Check], *, took: float) -> dict[str, Any]:
        status, message = self._verdict(checks)
        now, ok = self._clock.now().isoformat(), status != "unhealthy"
        configured = self._config().configured
        connected = checks["database"].status == "healthy"
        return {
            "ok": ok, "success": ok, "service": SERVICE, "name": "Zendesk", "status": status, "health": status, "message": message,
            "timestamp": now, "last_checked": probed.at.isoformat(), "version": __version__,
            "configured": configured, "oauth_configured": self._settings.has_oauth_client,
            "api_accessible": self._zendesk.accessible(), "database_connected": connected, "response_time": round(took, 4),
            "checks": {name: check.as_dict() for name, check in checks.items()},
            "capabilities": [row.as_dict() for row in self._capabilities()],
            "data": {"service": SERVICE, "status": status, "configured": configured, "database_connected": connected, "timestamp": now},
        }  # fmt: skip

    def _verdict(self, checks: dict[str, Check]) -> tuple[Status, str]:
        failure = self._failure()
        if failure is not None:
            return "unhealthy", failure
        worse = [f"{name}: {check.message}" for name, check in checks.items() if check.status == "degraded"]
        return ("degraded", " | ".join(worse)) if worse else ("healthy", "The Zendesk integration works.")


def for_host(report: dict[str, Any], *, at: datetime) -> HealthCheckResult:
    """Turn a report into what the host's checker reads, which must never take the host down."""
    status = "degraded" if report["status"] == "unhealthy" else report["status"]
    return HealthCheckResult(
        name=SERVICE, status=status, message=report["message"], response_time=report["response_time"],
        details={"checks": report["checks"], "configured": report["configured"], "version": report["version"]}, last_check=at,
    )  # fmt: skip
