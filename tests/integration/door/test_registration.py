"""Registration on every kind of host: it never raises, never breaks what was there, and happens once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import flask
import pytest

import atom_zendesk_plugin
from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import Stand, new_app, with_manager


def rules(app: flask.Flask) -> list[str]:
    return sorted(f"{rule.rule} {sorted(rule.methods or ())}" for rule in app.url_map.iter_rules())


def test_a_bare_flask_app_gets_routes_and_health(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    assert atom_zendesk_plugin.register_zendesk_integration(app, db_pool=object()) is True
    http = app.test_client()
    health = http.get("/api/zendesk/health")
    assert (health.status_code, health.json and health.json["status"]) == (200, "degraded")
    assert health.json
    assert "ZENDESK_SUBDOMAIN" in health.json["message"]
    assert http.get("/zendesk/").status_code == 200
    assert http.get("/api/zendesk/tickets").status_code == 401
    app.extensions["zendesk"].close()


def test_a_ticket_is_created_through_the_whole_house(stand: Stand) -> None:
    made = stand.post("/api/zendesk/tickets", {"subject": "Printer on fire", "comment": "It burns."})
    assert made.status_code == 201
    assert made.json
    number = made.json["data"]["ticket"]["id"]
    read = stand.get(f"/api/zendesk/tickets/{number}")
    assert read.json
    assert read.json["data"]["ticket"]["subject"] == "Printer on fire"


def test_the_second_registration_changes_nothing(stand: Stand) -> None:
    before, blueprints = rules(stand.app), list(stand.app.blueprints)
    entry = stand.services["zendesk_service"]
    stand.extension.health()
    live = dict(entry)
    assert plugin.register(stand.app, stand.services) is True
    assert plugin.atom_register_blueprints(stand.app) is True
    assert plugin.atom_register(stand.app, stand.services) is True
    assert rules(stand.app) == before
    assert list(stand.app.blueprints) == blueprints
    assert stand.app.extensions["zendesk"] is stand.extension
    assert stand.services["zendesk_service"] is entry
    assert entry == live


def test_two_apps_in_one_process_share_nothing(new_stand: NewStand) -> None:
    one, two = (
        new_stand(ZENDESK_SUBDOMAIN="acme"),
        new_stand(ZENDESK_SUBDOMAIN="other", ZENDESK_SERVICE_ROLES="manager"),
    )
    assert one.extension.settings.subdomain == "acme"
    assert two.extension.settings.subdomain == "other"
    assert one.get("/api/zendesk/tickets").status_code == 200
    assert two.get("/api/zendesk/tickets").status_code == 401
    assert two.asked() == []
    assert one.extension.client() is not two.extension.client()


BROKEN: list[dict[str, Any]] = [
    {"ZENDESK_SUBDOMAIN": "http://evil.example/#"},
    {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_DEADLINE": "soon", "ZENDESK_RESERVE": "-1"},
    {"ZENDESK_BASE_URL": "https://evil.example", "ZENDESK_IDENTITY": "telepathy"},
    {"ZENDESK_SUBDOMAIN": object(), "ZENDESK_SCOPES": {"read": 1}, "ZENDESK_SERVICE_ROLES": 7},
    {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_DATABASE_URL": "nonsense"},
    {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_DATABASE_URL": "mysql://u:pw-never-shown@h/d"},
    {
        "ZENDESK_SUBDOMAIN": "acme",
        "ZENDESK_ACCESS_TOKEN": "t",
        "ZENDESK_DATABASE_URL": "sqlite:////dev/null/no/folder.db",
    },
    {"ZENDESK_IDENTITY": "jwt"},
    {"ZENDESK_IDENTITY": "session", "SECRET_KEY": None},
]


@pytest.mark.parametrize("config", BROKEN, ids=[str(number) for number in range(len(BROKEN))])
def test_a_broken_configuration_is_told_and_hurts_nobody(
    config: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = new_app(tmp_path, **config)
    build_extension(app, environ={}, adapter=None)
    app.add_url_rule("/hello", "hello", lambda: "hello")
    with caplog.at_level(logging.DEBUG):
        assert plugin.register(app) is True
        http = app.test_client()
        assert http.get("/hello").text == "hello"
        answer = http.get("/api/zendesk/health")
        assert answer.status_code == 200
        assert answer.json
        assert answer.json["status"] == "degraded"
        assert http.get("/api/zendesk/tickets").status_code == 401
        assert plugin.atom_create_tables(app) in (True, False)
    app.extensions["zendesk"].close()
    assert "pw-never-shown" not in caplog.text + answer.text


def test_app_blueprints_replaced_by_a_dict_of_booleans(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    app.blueprints = {"tickets": True, "salesforce": True}  # type: ignore[dict-item]  # what one of ATOM's entry files does
    assert plugin.register(app) is True
    app.blueprints = {"tickets": True}  # type: ignore[dict-item]
    assert plugin.register(app) is True
    assert app.test_client().get("/zendesk/").status_code == 200
    assert app.test_client().get("/api/zendesk/health").status_code == 200
    app.extensions["zendesk"].close()


def test_routes_the_host_already_serves_stay_the_hosts(new_stand: NewStand, caplog: pytest.LogCaptureFixture) -> None:
    def prepare(app: flask.Flask) -> None:
        app.add_url_rule("/api/zendesk/tickets", "theirs", lambda: "theirs")
        app.add_url_rule("/api/zendesk/tickets/<int:number>", "one", lambda number: f"their {number}", methods=["GET"])
        app.add_url_rule("/api/zendesk/users/<path:who>", "user", lambda who: f"their {who}")  # lighter than our converter
        app.add_url_rule("/api/zendesk/<path:rest>", "rest", lambda rest: "the rest")

    stand = new_stand(prepare=prepare)
    assert stand.get("/api/zendesk/tickets").text == "theirs"
    assert stand.get("/api/zendesk/tickets/7").text == "their 7"
    assert stand.get("/api/zendesk/users/7").text == "their 7"
    assert stand.post("/api/zendesk/tickets", {"subject": "Ours", "comment": "is still served"}).status_code == 201
    assert stand.get("/api/zendesk/groups").json
    assert "zendesk.routes_kept_by_host" in caplog.text
    assert "GET /api/zendesk/tickets" in caplog.text


def test_the_hosts_error_pages_outside_our_paths_stay(new_stand: NewStand) -> None:
    def prepare(app: flask.Flask) -> None:
        app.register_error_handler(404, lambda error: ("their page", 404))

    stand = new_stand(prepare=prepare)
    assert stand.app.test_client().get("/nowhere").text == "their page"
    unknown = stand.app.test_client().get("/api/zendesk/nowhere")
    assert (unknown.status_code, unknown.is_json) == (404, True)


def test_a_name_taken_by_another_extension_is_left_alone_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = new_app(tmp_path)
    theirs = object()
    app.extensions["zendesk"] = theirs
    assert plugin.register(app) is True
    assert plugin.register(app) is True
    assert app.extensions["zendesk"] is theirs
    http = app.test_client()
    answer = http.get("/api/zendesk/health")
    assert answer.json
    assert "another extension" in answer.json["message"]
    assert http.get("/api/zendesk/tickets").status_code == 503
    assert plugin.atom_health_checks(app) == {}
    assert plugin.atom_shutdown(app) is None


def test_after_the_first_request_registration_fails_quietly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = new_app(tmp_path)
    app.add_url_rule("/hello", "hello", lambda: "hello")
    app.test_client().get("/hello")
    assert plugin.register(app) is False
    assert "zendesk.hook_failed" in caplog.text
    assert app.test_client().get("/hello").text == "hello"


@pytest.mark.parametrize("app", [None, object(), 7, "app"])
def test_what_is_no_flask_app_is_refused_without_raising(app: Any) -> None:
    assert plugin.register(app) is False
    assert plugin.atom_register(app, None) is False
    assert plugin.atom_create_tables(app) is False
    assert plugin.atom_service_registry_entries(app) == {}
    assert plugin.atom_workflow_actions(app) == {}
    assert plugin.atom_shutdown(app) is None


def test_a_failure_of_our_own_is_unhealthy_for_us_and_degraded_for_the_host(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    extension = build_extension(app, environ={})
    # Registering an endpoint twice makes Flask raise in the middle of our registration.
    app.register_blueprint(flask.Blueprint("atom_zendesk_api", __name__))
    assert plugin.register(app) is True
    http = app.test_client()
    answer = http.get("/api/zendesk/health")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["status"] == "unhealthy"
    assert http.post("/api/zendesk/tickets", json={}).status_code == 503
    assert extension.failure
    extension.close()


class Vault:
    """A host that keeps secrets in a vault, and answers everything else with nonsense."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, name: str) -> str | None:
        self.asked.append(name)
        return {"ZENDESK_ACCESS_TOKEN": "from the vault"}.get(name)


def test_secrets_come_from_the_hosts_vault_when_they_are_set_nowhere_else(tmp_path: Path) -> None:
    from atom_zendesk_plugin.hookspecs import hookimpl

    vault = Vault()

    class Host:
        @hookimpl
        def atom_get_secret(self, name: str) -> str | None:
            return vault(name)

    app = new_app(tmp_path, ZENDESK_SUBDOMAIN="acme", ZENDESK_API_TOKEN="set under its older name")
    with_manager(app, Host())
    extension = ZendeskExtension(app, environ={"JWT_SECRET": "set here"})
    assert extension.settings.access_token == "from the vault"
    assert extension.settings.token == "set under its older name"
    assert "ZENDESK_ACCESS_TOKEN" in vault.asked
    assert "JWT_SECRET" not in vault.asked
    assert "ZENDESK_TOKEN" not in vault.asked
    assert "from the vault" not in repr(extension) + repr(extension.settings)
