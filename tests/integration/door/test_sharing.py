"""Where rate limits are shared: which Redis is chosen, and that a dead or a missing one stops nobody's work and costs one wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask
import pytest
import redis
import redis.asyncio

from atom_zendesk_plugin.clock import SystemClock
from atom_zendesk_plugin.errors import ConfigError
from atom_zendesk_plugin.extension import ZendeskExtension
from atom_zendesk_plugin.hookspecs import hookimpl
from atom_zendesk_plugin.host import Host, RedisSource
from atom_zendesk_plugin.store.pace_fallback import ASK_AGAIN
from atom_zendesk_plugin.store.pace_redis import PATIENCE, RedisPace, RedisUnavailable, adopt_redis, open_redis
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import Stand, new_app, with_manager
from tests.redis_servers import running_redis

DEAD = "redis://127.0.0.1:1/0"
NOW = 1_767_600_000.0


class HasRedis:
    """A host that answers the Redis hook with one thing."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def atom_get_redis(self, app: flask.Flask) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def source(app: flask.Flask) -> RedisSource | None:
    return Host(app).redis(ZendeskExtension(app, environ={}).settings)


def pacing(stand: Stand) -> dict[str, Any]:
    row: dict[str, Any] = next(
        row for row in stand.health()["capabilities"] if row["name"] == "Pacing shared by all processes"
    )
    return row


def keys(url: str) -> set[str]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return set(client.keys("*"))


def test_the_order_of_redises(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    assert source(app) is None
    app.config["REDIS_URL"] = "redis://:secret@configured:6379/0"
    assert source(app) == RedisSource(origin="REDIS_URL", url="redis://:secret@configured:6379/0")
    client = redis.Redis()
    app.extensions["redis"] = client
    assert source(app) == RedisSource(origin="the host's extension", client=client)
    with_manager(app, HasRedis("redis://hooked"))
    assert source(app) == RedisSource(origin="the host's hook", url="redis://hooked")
    app.config["ZENDESK_REDIS_URL"] = "redis://own"
    assert source(app) == RedisSource(origin="ZENDESK_REDIS_URL", url="redis://own")
    assert "secret" not in repr(RedisSource(origin="x", url="redis://:secret@h"))


@pytest.mark.parametrize("answer", [7, object(), ValueError("theirs"), redis.asyncio.Redis()])
def test_a_useless_answer_of_the_hook_is_passed_over(tmp_path: Path, answer: object) -> None:
    app = new_app(tmp_path, REDIS_URL="redis://configured")
    with_manager(app, HasRedis(answer))
    found = source(app)
    assert found is not None
    assert found.origin == "REDIS_URL"


def test_calls_are_counted_in_redis_and_health_says_so(new_stand: NewStand) -> None:
    with running_redis() as url:
        stand = new_stand(ZENDESK_REDIS_URL=url)
        stand.simulator.limits.configure(plan="suite-team")
        assert stand.get("/api/zendesk/tickets").status_code == 200
        assert "zendesk:pace:default/acme|account" in keys(url)
        assert pacing(stand) == {
            "name": "Pacing shared by all processes", "on": True, "why": "in Redis, from ZENDESK_REDIS_URL", "cure": "",
        }  # fmt: skip
        stand.extension.close()


@pytest.mark.parametrize("text", [False, True])
def test_a_client_of_the_hosts_is_used_whatever_it_answers_with(new_stand: NewStand, text: bool) -> None:
    with running_redis() as url, redis.Redis.from_url(url, decode_responses=text) as client:
        stand = new_stand(HasRedis(client))
        stand.simulator.limits.configure(plan="suite-team")
        for _ in range(2):
            assert stand.get("/api/zendesk/tickets").status_code == 200
        assert "zendesk:pace:default/acme|account" in keys(url)
        assert client.ping()  # the host's own connections are left alone
        stand.extension.close()


def test_while_redis_is_away_the_database_counts(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_REDIS_URL=DEAD)
    stand.simulator.limits.configure(plan="suite-team")
    assert stand.get("/api/zendesk/tickets").status_code == 200
    row = pacing(stand)
    assert row["on"]
    assert "while Redis, from ZENDESK_REDIS_URL, does not answer" in row["why"]


def test_without_redis_and_database_each_process_counts_alone(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_REDIS_URL=DEAD, ZENDESK_DATABASE_URL="postgresql://u:p@127.0.0.1:1/nowhere")
    assert stand.get("/api/zendesk/tickets").status_code == 200
    row = pacing(stand)
    assert not row["on"]
    assert "ZENDESK_REDIS_URL" in row["cure"]


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="ZENDESK_REDIS_URL"):
        open_redis("http://somewhere")


def test_a_dead_redis_is_told_as_such() -> None:
    pace = RedisPace(open_redis(DEAD))
    with pytest.raises(RedisUnavailable, match="check that it runs"):
        pace.take("k", floor=0.0, now=NOW)


def test_a_silent_redis_costs_one_short_wait_also_with_the_hosts_patient_client(new_stand: NewStand) -> None:
    import socket

    clock = SystemClock()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        patient = redis.Redis(port=silent.getsockname()[1], socket_timeout=60)
        adopted = adopt_redis(patient)
        assert adopted.connection_pool.connection_kwargs["socket_timeout"] == PATIENCE
        stand = new_stand(HasRedis(patient))
        began = clock.monotonic()
        for _ in range(8):
            assert stand.get("/api/zendesk/tickets").status_code == 200
        assert clock.monotonic() - began < 20
        asked = len(list(_backlog(silent)))
        assert asked == 1
        stand.clock.advance(ASK_AGAIN)
        stand.get("/api/zendesk/tickets")
        assert len(list(_backlog(silent))) == 1


def _backlog(server: Any) -> Any:
    server.settimeout(0.01)
    while True:
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return
        connection.close()
        yield connection
