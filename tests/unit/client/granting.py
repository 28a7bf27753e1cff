"""A Zendesk that grants numbered tokens, and a service account that fetches them: what the tests of credentials share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from atom_zendesk_plugin.client.credentials import ClientCredentials
from atom_zendesk_plugin.clock import ManualClock
from tests.unit.client.wire import Answer, Handler, Rig, Sent, Wire, rig

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "very-secret-client-secret"
DEAD = Answer(401, {"error": "invalid_token", "error_description": "The access token provided is expired or revoked"})


class Zendesk:
    """Grants numbered tokens and knows which of them are alive."""

    def __init__(self, clock: ManualClock, *, life: int | None = 1800, tell: bool = True) -> None:
        self.clock, self.life, self.tell = clock, life, tell
        self.minted = 0
        self.asked: list[dict[str, object]] = []
        self.alive: dict[str, datetime | None] = {}
        self.spoilt: list[Answer | Exception] = []
        self.current: Answer | Exception | None = None
        self.scope: str | None = "read write"
        self.lock = threading.Lock()

    def __call__(self, sent: Sent) -> Answer | Exception:
        with self.lock:
            if sent.path == "/oauth/tokens":
                return self._mint(sent)
            token = sent.headers["Authorization"].removeprefix("Bearer ")
            if token not in self.alive or ((until := self.alive[token]) is not None and until <= self.clock.now()):
                return DEAD
            if sent.path.startswith("/api/v2/oauth/tokens/current"):
                return self.current or Answer(
                    200, {"token": {"expires_at": until and until.isoformat(), "scopes": ["read"]}}
                )
            return Answer(200, {"ticket": {"id": 1}})

    def _mint(self, sent: Sent) -> Answer | Exception:
        self.minted += 1
        self.asked.append(sent.json)
        if self.spoilt:
            return self.spoilt.pop(0)
        token = f"secret-token-{self.minted}"
        self.alive[token] = None if self.life is None else self.clock.now() + timedelta(seconds=self.life)
        body: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        if self.scope is not None:
            body["scope"] = self.scope
        if self.tell:
            body["expires_in"] = self.life
        return Answer(201, body)


def service(zendesk: Handler, clock: ManualClock, *, adapter: Wire | None = None, scopes: str = "read write") -> Rig:
    return rig(
        handler=zendesk, clock=clock, client_id="atom", client_secret=SECRET, scopes=scopes, token_ttl=1800, deadline=60
    )


def credentials(there: Rig) -> ClientCredentials:
    found = there.client.credentials
    assert isinstance(found, ClientCredentials)
    return found


def granting(token: str, shown: Answer | Exception, **more: object) -> Handler:
    def zendesk(sent: Sent) -> Answer | Exception:
        if sent.path == "/oauth/tokens":
            return Answer(200, {"access_token": token, "scope": "read write", **more})
        return shown if "current" in sent.path else Answer(200, {"ticket": {"id": 1}})

    return zendesk


def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not come to pass")
