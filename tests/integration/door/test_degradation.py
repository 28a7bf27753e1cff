"""The degradation table, row by row: packages are really absent, the host starts, and each route answers as the table says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.simulator import Simulator

SCRIPT = Path(__file__).with_name("blocked_host.py")
ROOT = Path(__file__).parents[3]

Request = tuple[str, str, Any]

HEALTH: Request = ("GET", "/api/zendesk/health", None)
PAGE: Request = ("GET", "/zendesk/", None)
HELLO: Request = ("GET", "/hello", None)
TICKETS: Request = ("GET", "/api/zendesk/tickets", None)
UI: Request = ("POST", "/api/integrations/zendesk/tickets", {})
CREATE: Request = ("POST", "/api/zendesk/tickets", {"subject": "x", "comment": "y"})
OPENAPI: Request = ("GET", "/api/zendesk/openapi.json", None)
DOCS: Request = ("GET", "/zendesk/docs", None)
START: Request = ("GET", "/api/zendesk/auth/start", None)
STATUS: Request = ("GET", "/api/zendesk/auth/status", None)
CALLBACK: Request = ("POST", "/api/zendesk/auth/callback", {"code": "c", "state": "s"})
CONNECTION: Request = ("GET", "/zendesk/connection", None)
ALL = [HEALTH, PAGE, HELLO, TICKETS, UI, CREATE, OPENAPI, DOCS, START, STATUS, CALLBACK, CONNECTION]


class World:
    """A local Zendesk on a port, and hosts that are started against it in processes of their own."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.config = {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_BASE_URL": url, "ZENDESK_ACCESS_TOKEN": token}
        self.connecting = {**self.config, "ZENDESK_CLIENT_ID": "atom", "ZENDESK_ENCRYPTION_KEYS": "one:" + "A" * 43}
        self._folder = folder

    def host(self, *blocked: str, config: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Host:
        order = {
            "blocked": blocked, "instance": str(self._folder), "config": self.config if config is None else config, "requests": ALL,
            "headers": {"X-User": "yes"} if headers is None else headers,
        }  # fmt: skip
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ZENDESK_", "JWT_", "DATABASE_URL"))
        }
        done = subprocess.run(
            [sys.executable, str(SCRIPT), json.dumps(order)], capture_output=True, text=True, timeout=120, check=False,
            cwd=self._folder, env={**kept, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        told = json.loads(done.stdout)
        assert told["already"] == []
        assert told["imported"] == []
        assert told["registered"] == [True]
        host = Host(told)
        assert host.status(HELLO) == 200
        return host


class Host:
    """What one host answered."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.dependencies = told["dependencies"][0]
        self._answers = dict(zip([request[:2] for request in ALL], told["answers"], strict=True))

    def status(self, request: Request) -> int:
        return int(self._answers[request[:2]]["status"])

    def code(self, request: Request) -> tuple[int, str | None]:
        answer = self._answers[request[:2]]
        body = answer["body"] or {}
        return answer["status"], body.get("error", {}).get("code")

    def body(self, request: Request) -> Any:
        return self._answers[request[:2]]["body"]

    def text(self, request: Request) -> str:
        return str(self._answers[request[:2]]["text"])

    def works(self) -> bool:
        return [self.status(request) for request in (TICKETS, UI, CREATE, PAGE)] == [200, 200, 201, 200]

    def degraded_for(self, *packages: str) -> bool:
        health = self.body(HEALTH)
        named = {row["package"] for row in self.dependencies["missing"]}
        told = all(package in health["checks"]["dependencies"]["message"] for package in packages)
        return (
            (self.status(HEALTH), health["status"], self.dependencies["ok"]) == (200, "degraded", False)
            and told
            and named == {package.replace("_", "-") for package in packages}
        )


@pytest.fixture(scope="module")
def zendesk() -> Iterator[tuple[str, str]]:
    simulator = Simulator(seed=5, tickets=10)
    with simulator.serve() as server:
        yield server.base_url, simulator.credentials.access_token


@pytest.fixture
def world(zendesk: tuple[str, str], tmp_path: Path) -> World:
    return World(*zendesk, tmp_path)


def test_with_everything_all_routes_work_and_health_is_good(world: World) -> None:
    host = world.host()
    assert host.works()
    assert (host.status(OPENAPI), host.status(DOCS)) == (200, 200)
    assert host.body(HEALTH)["checks"]["dependencies"]["status"] == "healthy"
    assert host.body(HEALTH)["status"] == "healthy", host.body(HEALTH)["message"]


@pytest.mark.parametrize("package", ["authlib", "cryptography", "flask_sqlalchemy", "rich"])
def test_without_a_package_that_the_request_path_does_not_need_everything_works(world: World, package: str) -> None:
    host = world.host(package)
    assert host.works()
    assert host.degraded_for(package)


def test_with_everything_people_can_connect(world: World) -> None:
    host = world.host(config=world.connecting)
    assert host.works()
    assert host.status(START) == 200
    assert host.body(START)["auth_url"].startswith(world.config["ZENDESK_BASE_URL"])
    assert (host.status(STATUS), host.body(STATUS)["data"]["state"]) == (200, "not_connected")
    assert host.body(HEALTH)["checks"]["oauth"]["status"] == "healthy"


@pytest.mark.parametrize(
    ("packages", "named"),
    [
        (("authlib",), "authlib"), (("cryptography",), "cryptography"), (("sqlalchemy",), "sqlalchemy"),
        (("sqlalchemy", "flask_sqlalchemy", "alembic"), "sqlalchemy"),
    ],
)  # fmt: skip
def test_without_what_connecting_needs_it_says_so_and_the_rest_works(
    world: World, packages: tuple[str, ...], named: str
) -> None:
    host = world.host(*packages, config=world.connecting)
    assert host.works()
    assert host.code(START) == (503, "DEPENDENCY_MISSING")
    assert named in host.body(START)["message"]
    assert host.status(CONNECTION) == 200
    assert named in host.text(CONNECTION) or "cannot" in host.text(CONNECTION)
    assert host.body(HEALTH)["checks"]["oauth"]["status"] == "degraded"


def test_without_a_key_nobody_connects_and_the_cure_is_named(world: World) -> None:
    host = world.host(config={**world.connecting, "ZENDESK_ENCRYPTION_KEYS": ""})
    assert host.works()
    assert host.code(START) == (503, "CONFIG_ERROR")
    assert "atom-zendesk keys generate" in host.body(START)["message"]


def test_with_the_database_down_connecting_waits_and_the_desk_works(world: World) -> None:
    host = world.host(config={**world.connecting, "ZENDESK_DATABASE_URL": "sqlite:////dev/null/no/folder.db"})
    assert host.works()
    for request in (START, CALLBACK):
        assert host.status(request) in (403, 503), host.body(request)
    assert host.code(START) == (503, "CONFIG_ERROR")


def test_without_the_optional_packages_nothing_is_missing(world: World) -> None:
    host = world.host("loguru", "psycopg", "zenpy", "redis", "huey", "stripe", "simple_salesforce", "pydantic")
    assert host.works()
    assert host.body(HEALTH)["status"] == "healthy"
    assert host.dependencies == {"plugin": "zendesk", "ok": True, "missing": []}


def test_without_msgspec_a_plain_health_page_says_so_and_all_else_is_503(world: World) -> None:
    host = world.host("msgspec")
    for request in (TICKETS, UI, CREATE, OPENAPI, DOCS):
        assert host.code(request) == (503, "DEPENDENCY_MISSING")
        assert "msgspec" in host.body(request)["message"]
    assert host.degraded_for("msgspec")
    assert set(host.body(HEALTH)) >= {"ok", "checks", "capabilities", "data"}
    assert host.status(PAGE) == 200
    assert "msgspec" in host.text(PAGE)


def test_without_spectree_only_the_api_documents_are_missing(world: World) -> None:
    host = world.host("spectree")
    assert host.works()
    assert host.code(OPENAPI) == (503, "DEPENDENCY_MISSING")
    assert host.degraded_for("spectree")


def test_without_offapi_only_the_docs_page_is_poorer(world: World) -> None:
    host = world.host("offapi")
    assert host.works()
    assert host.status(OPENAPI) == 200
    assert host.degraded_for("offapi")


@pytest.mark.parametrize("packages", [("sqlalchemy", "flask_sqlalchemy", "alembic"), ("sqlalchemy",), ("alembic",)])
def test_without_the_database_packages_the_desk_works(world: World, packages: tuple[str, ...]) -> None:
    host = world.host(*packages)
    assert host.works()
    assert host.degraded_for(*packages)
    assert host.body(HEALTH)["database_connected"] is False
    assert packages[0] in host.body(HEALTH)["checks"]["database"]["message"]


def test_without_requests_health_and_documents_are_served(world: World) -> None:
    host = world.host("requests")
    for request in (TICKETS, UI, CREATE):
        assert host.code(request) == (503, "DEPENDENCY_MISSING")
        assert "requests" in host.body(request)["message"]
    assert (host.status(PAGE), host.status(OPENAPI), host.status(DOCS)) == (200, 200, 200)
    assert host.degraded_for("requests")


@pytest.mark.parametrize("package", ["joserfc", "cryptography"])
def test_without_the_token_package_nobody_gets_in_by_token(world: World, package: str) -> None:
    config = {
        "ZENDESK_SUBDOMAIN": "acme",
        "ZENDESK_ACCESS_TOKEN": "t",
        "ZENDESK_IDENTITY": "jwt",
        "JWT_SECRET": "k" * 32,
    }
    host = world.host(package, config=config, headers={"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"})
    assert host.code(TICKETS) == (401, "AUTH_REQUIRED")
    assert host.degraded_for(package)
    assert package in host.body(HEALTH)["checks"]["config"]["message"]


def test_without_any_configuration_the_host_starts_and_is_told(world: World) -> None:
    host = world.host(config={})
    for request in (TICKETS, UI, CREATE):
        assert host.code(request) == (503, "CONFIG_ERROR")
    assert (host.status(HEALTH), host.body(HEALTH)["status"], host.body(HEALTH)["configured"]) == (
        200,
        "degraded",
        False,
    )
    assert "ZENDESK_SUBDOMAIN" in host.text(PAGE)
    assert (host.status(OPENAPI), host.status(DOCS)) == (200, 200)


@pytest.mark.parametrize("url", ["postgresql://u:p@127.0.0.1:1/nowhere", "sqlite:////dev/null/no/folder.db"])
def test_with_the_database_down_the_desk_works(world: World, url: str) -> None:
    host = world.host(config={**world.config, "ZENDESK_DATABASE_URL": url})
    assert host.works()
    health = host.body(HEALTH)
    assert (health["status"], health["database_connected"]) == ("degraded", False)


def test_without_psycopg_a_postgresql_database_is_down(world: World) -> None:
    host = world.host(
        "psycopg", config={**world.config, "ZENDESK_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/nowhere"}
    )
    assert host.works()
    assert "psycopg" in host.body(HEALTH)["checks"]["database"]["message"]


def test_with_everything_gone_the_host_still_starts(world: World) -> None:
    core, documents = ("msgspec", "requests"), ("spectree", "offapi", "rich")
    gone = (*core, *documents, "sqlalchemy", "flask_sqlalchemy", "alembic", "authlib", "cryptography", "joserfc")
    host = world.host(*gone)
    assert host.code(TICKETS) == (503, "DEPENDENCY_MISSING")
    assert host.status(HEALTH) == 200
    assert host.degraded_for(*gone)
