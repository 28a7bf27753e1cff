"""What is served when the real routes cannot be made: a health page that says why, and 503 everywhere else.

Needs Flask and the standard library only, so that it works whatever is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from flask import Blueprint, Response

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.errors import Code, DependencyMissing, ZendeskPluginError

PREFIXES = ("/api/zendesk", "/api/integrations/zendesk", "/zendesk", "/auth/zendesk")
HEALTH = ("/api/zendesk/health", "/api/services/zendesk/health")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Report = Callable[[], Mapping[str, Any]]


def describe(error: BaseException) -> ZendeskPluginError:
    """Return what people are told about the reason why the routes could not be made; never the text of a foreign exception."""
    if isinstance(error, ZendeskPluginError):
        return error
    package = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if package and package != "atom_zendesk_plugin":
        return DependencyMissing(package, "The Zendesk integration")
    return ZendeskPluginError("The Zendesk integration could not be set up on this host: the host's log says why.")


def build_fallback(
    problem: ZendeskPluginError, *, report: Report | None = None, now: Callable[[], datetime] | None = None
) -> Blueprint:
    """Return the blueprint. ``report`` gives the full health report when the plugin got far enough to make one."""
    blueprint = Blueprint("atom_zendesk_fallback", __name__)
    clock = now or (lambda: datetime.now(UTC))

    def health() -> Response:
        found = report() if report is not None else _report(problem, at=clock())
        return _json(found, status=503 if found["status"] == "unhealthy" else 200)

    def page() -> Response:
        text = f"<!doctype html><html lang=en><meta charset=utf-8><title>Zendesk</title><h1>Zendesk</h1><p>{escape(problem.message)}</p>"
        return Response(
            text,
            status=200,
            headers={**_HEADERS, "Content-Security-Policy": "default-src 'none'"},
            content_type="text/html",
        )

    def refuse(**_: str) -> Response:
        return _json(_refusal(problem, at=clock()), status=503)

    for number, rule in enumerate(HEALTH):
        blueprint.add_url_rule(rule, f"health_{number}", health, methods=["GET"])
    blueprint.add_url_rule("/zendesk/", "page", page, methods=["GET"])
    for number, prefix in enumerate(PREFIXES):
        blueprint.add_url_rule(f"{prefix}/<path:rest>", f"refuse_{number}", refuse, methods=METHODS)
    blueprint.add_url_rule("/auth/zendesk", "refuse_sign_in", refuse, methods=["GET"])
    return blueprint


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _refusal(problem: ZendeskPluginError, *, at: datetime) -> dict[str, Any]:
    code = problem.code if problem.code in (Code.DEPENDENCY_MISSING, Code.CONFIG_ERROR) else Code.CONFIG_ERROR
    error = {"code": str(code), "message": problem.message, "details": problem.public}
    return {
        "ok": False, "success": False, "error": error, "message": problem.message, "service": "zendesk",
        "timestamp": at.isoformat(), "status_code": 503,
    }  # fmt: skip


def _report(problem: ZendeskPluginError, *, at: datetime) -> dict[str, Any]:
    """Return a report of the usual shape, for when nothing but the problem is known."""
    missing = problem.code is Code.DEPENDENCY_MISSING
    status, now = "degraded" if missing else "unhealthy", at.isoformat()
    unknown = {"status": "unknown", "message": "Not looked at: the integration is not running."}
    checks = dict.fromkeys(("dependencies", "config", "oauth", "database", "zendesk_api", "webhook"), unknown)
    checks["dependencies" if missing else "config"] = {"status": "degraded", "message": problem.message}
    return {
        "ok": missing, "success": missing, "service": "zendesk", "name": "Zendesk", "status": status, "health": status,
        "message": problem.message, "timestamp": now, "last_checked": now, "version": __version__, "configured": False,
        "oauth_configured": False, "api_accessible": None, "database_connected": False, "response_time": 0.0, "checks": checks,
        "capabilities": [],
        "data": {"service": "zendesk", "status": status, "configured": False, "database_connected": False, "timestamp": now},
    }  # fmt: skip


def _json(body: Mapping[str, Any], *, status: int) -> Response:
    return Response(json.dumps(body), status=status, headers=_HEADERS, mimetype="application/json")
