"""The minimal host: settings, plugins that are broken, one health page, errors in ATOM's shape."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest

from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.health import HealthCheckResult
from atom_zendesk_plugin.hookspecs import hookimpl
from atom_zendesk_plugin.standalone import call_each, create_app
from tests.integration.door.hosts import JWT_SECRET


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ZENDESK_", "JWT_", "FLASK_SECRET", "SECRET_KEY", "DATABASE_URL")):
            monkeypatch.delenv(name)


@pytest.fixture
def new_host(tmp_path: Path, clean_environment: None) -> Iterator[Any]:
    made: list[flask.Flask] = []

    def new(config: dict[str, Any] | None = None, env: str | None = None) -> flask.Flask:
        file = tmp_path / ".env.zendesk"
        if env is not None:
            file.write_text(env)
        made.append(create_app(config, env_file=file, instance_path=tmp_path / "instance"))
        return made[-1]

    yield new
    for app in made:
        plugin.atom_shutdown(app)


def test_it_starts_with_nothing_configured(new_host: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = new_host()
    health = app.test_client().get("/health")
    assert health.status_code == 200
    assert health.json["status"] == "degraded"
    assert health.json["services"]["zendesk"]["status"] == "degraded"
    assert app.extensions["atom.services"]["zendesk_service"]["status"] == "disconnected"
    assert app.integrations["zendesk"]["configured"] is False
    assert "atom.secret_key_made" in caplog.text
    assert app.config["SECRET_KEY"] not in caplog.text
    assert (Path(app.instance_path) / "zendesk.db").exists()


def test_settings_come_from_arguments_then_environment_then_file(
    new_host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENDESK_SUBDOMAIN", "from-environment")
    env = "ZENDESK_SUBDOMAIN=from-file\nZENDESK_EMAIL='file@x.example'\nJWT_SECRET=from-file\nSECRET_KEY=file\n"
    app = new_host({"JWT_SECRET": JWT_SECRET}, env)
    settings = app.extensions["zendesk"].settings
    assert (settings.subdomain, settings.email, settings.jwt_secret) == (
        "from-environment",
        "file@x.example",
        JWT_SECRET,
    )
    assert settings.identity == "jwt"
    assert app.config["SECRET_KEY"] == "file"


def test_a_broken_settings_file_stops_the_host_without_showing_it(new_host: Any) -> None:
    with pytest.raises(ConfigError, match="line 2") as caught:
        new_host(env="A=1\nmy-secret-value\n")
    assert "my-secret-value" not in str(caught.value)


def test_errors_have_atoms_shape_and_keep_their_headers(new_host: Any) -> None:
    app = new_host()

    @app.get("/broken")  # type: ignore[untyped-decorator]  # the fixture's app is untyped
    def broken() -> str:
        raise RuntimeError("secret detail")

    http = app.test_client()
    missing = http.get("/nowhere")
    assert missing.json == {
        "success": False,
        "error": "Not Found",
        "message": missing.json["message"],
        "status_code": 404,
    }
    wrong = http.post("/health")
    assert (wrong.status_code, wrong.json["error"]) == (405, "Method Not Allowed")
    assert "GET" in wrong.headers["Allow"]
    failed = http.get("/broken")
    assert (failed.status_code, "secret detail" in failed.text) == (500, False)


class Broken:
    """A neighbour whose every hook raises."""

    @hookimpl
    def atom_check_dependencies(self) -> dict[str, Any]:
        raise RuntimeError("neighbour")

    @hookimpl
    def atom_register(self, app: flask.Flask, services: Any) -> bool:
        raise RuntimeError("neighbour")

    @hookimpl
    def atom_health_checks(self, app: flask.Flask) -> dict[str, Any]:
        async def bad() -> HealthCheckResult:
            raise RuntimeError("neighbour")

        return {"neighbour": bad}


def test_a_raising_neighbour_costs_only_itself(new_host: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = new_host()
    manager = app.extensions["atom.plugins"]
    manager.register(Broken(), name="neighbour")
    answers = call_each(manager, "atom_register", app=app, services={})
    assert answers == [True]
    assert len(call_each(manager, "atom_check_dependencies")) == 1
    assert "plugin='neighbour'" in caplog.text


RAISING = """
from atom_zendesk_plugin.hookspecs import hookimpl

@hookimpl
def atom_register(app, services):
    raise RuntimeError("mine")

async def check():
    raise RuntimeError("mine")

@hookimpl
def atom_health_checks(app):
    return {"neighbour": check}
"""


def test_broken_distributions_are_left_out(
    tmp_path: Path, clean_environment: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two installed plugins of others: one cannot be imported, one raises in its hooks. Ours is loaded and the host starts."""
    site = tmp_path / "site"
    for name, code in {"broken_import": "raise RuntimeError('cannot be imported')", "broken_hooks": RAISING}.items():
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[atom]\n{name} = {name}\n")
        (site / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(site)
    app = create_app({"SECRET_KEY": "x"}, env_file=None, instance_path=tmp_path / "instance")
    assert "plugin='broken_import'" in caplog.text
    assert "plugin='broken_hooks'" in caplog.text
    health = app.test_client().get("/health")
    assert health.json is not None
    assert health.json["services"]["neighbour"]["status"] == "error"
    assert health.status_code == 503
    assert health.json["services"]["zendesk"]["status"] == "degraded"
    plugin.atom_shutdown(app)
