"""The contract with the host: one test per hook, and that specification, implementation and documentation say the same."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pluggy
import pytest
from authlib.integrations.flask_client import OAuth, OAuthError

from atom_zendesk_plugin import __version__, hookspecs, plugin
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import ReconnectNeeded
from atom_zendesk_plugin.extension import ZendeskExtension
from tests.integration.accounts.staging import ANN, build_stage
from tests.integration.door.hosts import Stand, build_stand

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "hooks.md"
SPECS = {name: function for name, function in vars(hookspecs).items() if name.startswith("atom_")}
OF_THE_HOST = {"atom_identify_user", "atom_get_db", "atom_get_redis", "atom_get_secret", "atom_notify"}
LATER = {
    "atom_get_client",
    "atom_publish_event",
    "atom_ingest_records",
}


class Host:
    """A host that implements all of its hooks, and counts how often each is asked."""

    def __init__(self, database: Path) -> None:
        self.asked: list[str] = []
        self._database = database

    @hookspecs.hookimpl
    def atom_identify_user(self, request: flask.Request) -> dict[str, Any] | None:
        self.asked.append("atom_identify_user")
        return {"user_id": "u-1", "roles": ["admin"], "via": "bearer"} if request.headers.get("X-User") else None

    @hookspecs.hookimpl
    def atom_get_db(self, app: flask.Flask) -> str:
        self.asked.append("atom_get_db")
        return f"sqlite:///{self._database}"

    @hookspecs.hookimpl
    def atom_get_redis(self, app: flask.Flask) -> None:
        self.asked.append("atom_get_redis")

    @hookspecs.hookimpl
    def atom_get_secret(self, name: str) -> str | None:
        self.asked.append(name)
        return None


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "of-the-host.db")


@pytest.fixture
def stand(tmp_path: Path, host: Host) -> Iterator[Stand]:
    made = build_stand(tmp_path, host, ZENDESK_IDENTITY="host")
    made.app.extensions[hookspecs.MANAGER].register(plugin)
    yield made
    made.extension.close()


@pytest.fixture
def hook(stand: Stand) -> Any:
    return stand.app.extensions[hookspecs.MANAGER].hook


def signature(function: Any) -> str:
    told = inspect.signature(function)
    parameters = ", ".join(f"{name}: {parameter.annotation}" for name, parameter in told.parameters.items())
    return f"{function.__name__}({parameters}) -> {told.return_annotation}"


def test_every_hook_has_its_entry_in_the_documentation_and_its_test() -> None:
    entries = re.findall(r"^### `(.+)`$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert entries == [signature(function) for function in SPECS.values()]
    assert {f"test_{name}" for name in SPECS} <= set(globals())


def test_every_specification_is_a_contract() -> None:
    for name, function in SPECS.items():
        assert len(inspect.getdoc(function) or "") > 150, name
        assert getattr(function, "atom_spec", None) is not None, name


def test_the_plugin_implements_its_hooks_with_the_specified_signature() -> None:
    implemented = {name: function for name, function in vars(plugin).items() if name.startswith("atom_")}
    assert set(implemented) == set(SPECS) - OF_THE_HOST
    for name, function in implemented.items():
        assert signature(function) == signature(SPECS[name])


def test_what_comes_later_is_not_promised() -> None:
    assert set(SPECS).isdisjoint(LATER)


def test_every_implementation_has_a_specification(stand: Stand) -> None:
    stand.app.extensions[hookspecs.MANAGER].check_pending()


def test_atom_plugin_info(hook: Any) -> None:
    (info,) = hook.atom_plugin_info()
    assert (info["id"], info["version"], info["health_path"]) == ("zendesk", __version__, "/api/zendesk/health")
    assert all(isinstance(value, str) for value in info.values())


def test_atom_check_dependencies(hook: Any) -> None:
    assert hook.atom_check_dependencies() == [{"plugin": "zendesk", "ok": True, "missing": []}]


def test_atom_validate_config(hook: Any) -> None:
    (bad,) = hook.atom_validate_config(
        config={"ZENDESK_SUBDOMAIN": "not a subdomain!", "ZENDESK_CLIENT_SECRET": "never shown"}
    )
    assert set(bad) == {"valid", "configured", "issues", "warnings", "has_oauth"}
    assert bad["valid"] is False
    assert "never shown" not in json.dumps(bad)
    (good,) = hook.atom_validate_config(config={"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": "t"})
    assert (good["valid"], good["configured"]) == (True, True)


def test_atom_register_blueprints(hook: Any, stand: Stand) -> None:
    before = len(list(stand.app.url_map.iter_rules()))
    assert hook.atom_register_blueprints(app=stand.app) == [True]
    assert len(list(stand.app.url_map.iter_rules())) == before
    fresh = flask.Flask("fresh", static_folder=None)
    assert hook.atom_register_blueprints(app=fresh) == [True]
    assert fresh.test_client().get("/api/zendesk/tickets").status_code == 401


def test_atom_register(hook: Any) -> None:
    fresh, services = flask.Flask("fresh", static_folder=None), {"slack_service": {"name": "Slack"}}
    assert hook.atom_register(app=fresh, services=services) == [True]
    assert hook.atom_register(app=fresh, services=None) == [True]
    assert set(services) == {"slack_service", "zendesk_service"}
    assert fresh.integrations["zendesk"]["available"] is True  # type: ignore[attr-defined]  # the host's own convention
    assert isinstance(fresh.extensions["zendesk"], ZendeskExtension)


def test_atom_register_oauth(hook: Any, stand: Stand) -> None:
    registry = OAuth(stand.app)
    hook.atom_register_oauth(app=stand.app, oauth=registry)
    first = registry.zendesk
    hook.atom_register_oauth(app=stand.app, oauth=registry)
    assert registry.zendesk is first
    with stand.app.test_request_context():
        sent = first.authorize_redirect(account="globex")
        with pytest.raises(OAuthError, match="callback"):
            first.authorize_access_token()
    assert (sent.status_code, sent.location) == (302, "/auth/zendesk?account=globex")


def test_a_registry_that_is_there_is_joined_by_atom_register(hook: Any) -> None:
    fresh = flask.Flask("fresh", static_folder=None)
    registry = OAuth(fresh)
    hook.atom_register(app=fresh, services=None)
    assert registry.create_client("zendesk") is not None
    assert fresh.extensions["authlib.integrations.flask_client"] is registry


def test_atom_create_tables(hook: Any, stand: Stand, tmp_path: Path) -> None:
    assert hook.atom_create_tables(app=stand.app) == [True]
    assert hook.atom_create_tables(app=stand.app) == [True]
    assert (tmp_path / "of-the-host.db").exists()


def test_atom_service_registry_entries(hook: Any, stand: Stand) -> None:
    (entries,) = hook.atom_service_registry_entries(app=stand.app)
    entry = entries["zendesk_service"]
    assert (entry["name"], entry["type"], entry["status"], entry["health"]) == (
        "Zendesk",
        "integration",
        "connected",
        "healthy",
    )
    assert entry["workflow_triggers"] == ["manual_trigger", "scheduled_trigger"]
    assert {"create_ticket", "update_ticket", "add_comment", "search_tickets"} <= set(entry["workflow_actions"])
    assert entry == stand.services["zendesk_service"]


def test_atom_health_checks(hook: Any, stand: Stand) -> None:
    (checks,) = hook.atom_health_checks(app=stand.app)
    assert asyncio.iscoroutinefunction(checks["zendesk"])
    result = asyncio.run(checks["zendesk"]())
    assert (result.name, result.status) == ("zendesk", "healthy")
    assert isinstance(result.response_time, float)
    assert result.last_check.tzinfo is not None
    assert result.details["checks"]["database"]["status"] == "healthy"


def test_atom_workflow_actions(hook: Any, stand: Stand) -> None:
    (actions,) = hook.atom_workflow_actions(app=stand.app)
    answer = asyncio.run(actions["zendesk"]["create_ticket"]({"subject": "x", "comment": "y"}))
    assert answer["status"] == "completed"
    assert answer["ticket_id"] in stand.simulator.desk.tickets


def test_atom_workflow_triggers(hook: Any) -> None:
    assert hook.atom_workflow_triggers() == [[]]


def test_atom_chat_commands(hook: Any) -> None:
    (commands,) = hook.atom_chat_commands()
    assert {"use zendesk", "access zendesk", "zendesk search"} <= {row["command"] for row in commands}
    documented = DOCS.read_text(encoding="utf-8")
    assert all(f"`{row['command']}`" in documented for row in commands)


def test_atom_run_chat_command(hook: Any, stand: Stand) -> None:
    context = {"app": stand.app, "caller": Caller(user_id="u-1", roles=frozenset({"admin"}))}
    answer = hook.atom_run_chat_command(command="zendesk me", context=context)
    assert answer["success"] is True
    assert hook.atom_run_chat_command(command="use slack", context=context) is None


def test_atom_shutdown(hook: Any, stand: Stand) -> None:
    asyncio.run(hook.atom_health_checks(app=stand.app)[0]["zendesk"]())
    client = stand.extension.client()
    assert hook.atom_shutdown(app=stand.app) == []
    assert hook.atom_shutdown(app=stand.app) == []
    assert stand.extension.client() is not client


def test_atom_identify_user(stand: Stand, host: Host) -> None:
    http = stand.app.test_client()
    assert http.get("/api/zendesk/me").status_code == 401
    assert http.get("/api/zendesk/me", headers={"X-User": "yes"}).status_code == 200
    assert host.asked.count("atom_identify_user") == 2


def test_atom_get_db(stand: Stand, host: Host) -> None:
    for _ in range(3):
        assert stand.extension.create_tables()
        stand.extension.health(refresh=True)
    assert host.asked.count("atom_get_db") == 1


def test_atom_get_redis(stand: Stand, host: Host) -> None:
    for _ in range(3):
        stand.extension.client()
        stand.extension.health(refresh=True)
    assert host.asked.count("atom_get_redis") == 1


def test_atom_get_secret(stand: Stand, host: Host) -> None:
    assert stand.extension.settings.client_secret is None
    assert host.asked.count("ZENDESK_CLIENT_SECRET") == 1
    assert "ZENDESK_ACCESS_TOKEN" not in host.asked
    assert "JWT_SECRET" not in host.asked


def test_atom_notify(tmp_path: Path) -> None:
    stage = build_stage(tmp_path, f"sqlite:///{tmp_path / 'zendesk.db'}")
    stage.connect()
    for token in stage.zendesk.tokens.tokens():
        stage.zendesk.tokens.revoke(token)
    for _ in range(2):
        with pytest.raises(ReconnectNeeded):
            stage.extension.desk(ANN).me()
    stage.close()
    ((user, message, metadata),) = stage.notebook.told
    assert (user, message.startswith("Zendesk (acme): ")) == ("ann", True)
    assert metadata == {
        "event": "zendesk.reconnect_needed", "account": "acme", "reason": "refused", "path": "/zendesk/connection",
    }  # fmt: skip


def test_a_plugin_manager_of_the_host_takes_the_plugin() -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name="zendesk")
    manager.check_pending()
    assert manager.hook.atom_plugin_info()[0]["id"] == "zendesk"
