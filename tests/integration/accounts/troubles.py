"""What the hard times are staged with: lines on which something goes wrong, and a database that is away."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.extension import ZendeskExtension
from tests.integration.accounts.staging import BOSS, Stage

LIFE = 1800
RENEW = "POST /oauth/tokens"


def agent(stage: Stage) -> int:
    return next(user.id for user in stage.zendesk.desk.users.values() if user.is_staff and user.id != stage.zendesk.desk.admin_id)


def alive(stage: Stage) -> int:
    """Count the pairs of people of which anything still works."""
    now = stage.clock.now()
    return sum(
        token.refresh_token is not None and (token.works_at(now) or token.refreshable_at(now))
        for token in stage.zendesk.tokens.tokens()
    )


def use(extension: ZendeskExtension, caller: Caller) -> int | None:
    return extension.desk(caller).me().user.id


def add_globex(stage: Stage, **changes: Any) -> None:
    client = stage.other.credentials.oauth
    told = {"subdomain": "globex", "client_id": client.client_id, "client_secret": client.client_secret, "service": False}
    stage.connections.add_account(BOSS, **{**told, **changes})


@contextmanager
def away(stage: Stage) -> Iterator[None]:
    """Make the database unusable meanwhile: the tables that connections are in are gone. SQLite only."""
    file = stage.url.removeprefix("sqlite:///")

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            for name in ("zendesk_grants", "zendesk_accounts"):
                connection.execute(f"ALTER TABLE {name}{old} RENAME TO {name}{new}")

    rename("", "_away")
    try:
        yield
    finally:
        rename("_away", "")


class Fixed:
    """A line on which every answer is this one."""

    def __init__(self, status: int, body: bytes) -> None:
        self._status, self._body = status, body

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        return answered(request, self._status, self._body)


class Eavesdropped:
    """A line on which everything that is sent is written down."""

    def __init__(self, line: Any, seen: list[str]) -> None:
        self._line, self._seen = line, seen

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        self._seen.append(f"{request.url} {dict(request.headers)} {request.body!r}")
        return self._line.send(request, *args, **options)


class Meanwhile:
    """A line on which something happens between the first token request and the arrival of its answer."""

    def __init__(self, line: Any, work: Any) -> None:
        self._line, self._work = line, work

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        answer = self._line.send(request, *args, **options)
        if "/oauth/tokens" in request.url and request.method == "POST" and self._work is not None:
            work, self._work = self._work, None
            work()
        return answer


class Hanging:
    """A line whose token endpoint does not answer before the gate opens; ``reached`` is set when somebody asks it."""

    def __init__(self, line: Any, gate: threading.Event) -> None:
        self._line, self._gate = line, gate
        self.reached = threading.Event()

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        if "/oauth/tokens" in request.url:
            self.reached.set()
            self._gate.wait(30)
        return self._line.send(request, *args, **options)


def answered(request: Any, status: int, body: bytes) -> Any:
    import io

    import urllib3
    from requests.adapters import HTTPAdapter

    raw = urllib3.HTTPResponse(io.BytesIO(body), headers={"content-type": "application/json"}, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)


class Interrupted(ManualClock):
    """A clock of somebody who waits: before the time passes, something happens."""

    def __init__(self, start: datetime, work: Callable[[], object]) -> None:
        super().__init__(start)
        self._work = work

    def sleep(self, seconds: float) -> None:
        self._work()
        super().sleep(seconds)
