"""A desk with three people and a few routes of its own behind the simulator's shell, reached over ``requests``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.app import Shell
from atom_zendesk_plugin.simulator.calls import CallLog
from atom_zendesk_plugin.simulator.codes import CodeStore
from atom_zendesk_plugin.simulator.consent import Consent
from atom_zendesk_plugin.simulator.control import Control
from atom_zendesk_plugin.simulator.control_tokens import TokenControl
from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.faults import FaultPlan
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.oauth import OAuth
from atom_zendesk_plugin.simulator.objects import Role, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.token_admin import Quirks, TokenAdmin
from atom_zendesk_plugin.simulator.tokens import TokenStore

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOST = "https://acme.zendesk.com"
ADMIN, AGENT, CUSTOMER = 11, 12, 13
CALLBACK = "https://app.example/callback?from=desk"


class Bench:
    """The shell with small things to list, make and read, and a session per caller."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.desk = Desk(clock=self.clock, seed=7)
        for user_id, role in ((ADMIN, Role.ADMIN), (AGENT, Role.AGENT), (CUSTOMER, Role.END_USER)):
            email = f"{role.value}@acme.example"
            user = User(id=user_id, name=role.value, role=role, created_at=START, updated_at=START, email=email)
            self.desk.users[user_id] = user
            self.desk.user_by_email[email] = user_id
        self.desk.admin_id = ADMIN
        self.things: dict[int, str] = {number: f"thing {number}" for number in range(1, 251)}
        self.tokens = TokenStore(clock=self.clock, seed=7)
        self.client = self.tokens.register_client("plugin", user_id=ADMIN, redirect_uris=[CALLBACK])
        self.public = self.tokens.register_client("app", user_id=ADMIN, kind="public", redirect_uris=[CALLBACK])
        self.limits = Limits(clock=self.clock)
        self.faults = FaultPlan(seed=7)
        self.calls = CallLog()
        self.quirks = Quirks()
        codes = CodeStore(clock=self.clock, seed=7)
        oauth = OAuth(self.tokens, codes)
        consent = Consent(self.tokens, codes, clock=self.clock, seed=7)
        admin = TokenAdmin(self.tokens, self.quirks)
        control = Control(faults=self.faults, limits=self.limits, calls=self.calls)
        self.shell = Shell(
            desk=self.desk,
            routes=(*self._routes(), *consent.routes(), *oauth.routes(), *admin.routes()),
            tokens=self.tokens,
            limits=self.limits,
            faults=self.faults,
            calls=self.calls,
            control=(*control.routes(), *TokenControl(self.tokens, oauth, self.quirks).routes()),
        )

    def token(self, user_id: int = ADMIN, *scopes: str, expires_in: float | None = None) -> str:
        told = scopes or ("read", "write")
        return self.tokens.issue(user_id, client_id=self.client.id, scopes=told, expires_in=expires_in).value

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        host: str = HOST,
        anonymous: bool = False,
        **more: Any,
    ) -> requests.Response:
        """Send one request; as an admin unless told otherwise. ``more`` goes to requests."""
        headers = dict(more.pop("headers", {}))
        if not anonymous and "Authorization" not in headers and "auth" not in more:
            headers["Authorization"] = f"Bearer {token or self.token()}"
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", SimulatorAdapter(self.shell))
            session.mount("http://", SimulatorAdapter(self.shell))
            return session.request(
                method, f"{host}{path}", headers=headers, timeout=more.pop("timeout", (3, 5)), **more
            )

    def _routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                template="/api/v2/things",
                handler=self._list,
                scope="things:read",
                agents_only=False,
                bucket="tickets-index",
            ),
            Route(method="POST", template="/api/v2/things", handler=self._make, bucket="tickets-update"),
            Route(method="GET", template="/api/v2/things/{id}", handler=self._show, bucket="search-export"),
            Route(method="PUT", template="/api/v2/things/{id}", handler=self._echo, bucket="tickets-update"),
            Route(method="GET", template="/api/v2/things/newest", handler=self._newest),
            Route(method="GET", template="/api/v2/boxes/{box}/things/{id}", handler=self._ids),
            Route(method="GET", template="/api/v2/vault", handler=self._newest, admins_only=True),
            Route(method="GET", template="/api/v2/broken", handler=self._broken),
            Route(method="GET", template="/api/v2/note", handler=self._note),
            Route(method="DELETE", template="/api/v2/things/{id}", handler=self._drop),
            Route(
                method="GET", template="/api/v2/incremental/things", handler=self._newest, bucket="incremental-exports"
            ),
            Route(method="GET", template="/api/v2/users/me", handler=self._me, agents_only=False, anonymous=True),
        )

    def _list(self, desk: Desk, call: Call) -> Answer:
        rows = list(self.things.items())
        return paginate(call, rows, key="things", render=_thing, identity=lambda row: row[0])

    def _make(self, desk: Desk, call: Call) -> Answer:
        number = len(self.things) + 1
        self.things[number] = str(call.body)
        return Answer(201, {"thing": {"id": number, "told": call.body}}, {"location": f"{call.base_url}/x.json"})

    def _show(self, desk: Desk, call: Call) -> Answer:
        number = call.id()
        if number not in self.things:
            raise Refusal.not_found()
        return Answer(200, {"thing": _thing((number, self.things[number]))})

    def _echo(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"told": call.body, "bytes": len(call.raw)})

    def _newest(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"thing": "newest"})

    def _ids(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, dict(call.ids))

    def _note(self, desk: Desk, call: Call) -> Answer:
        return Answer(409, "Please try again")

    def _broken(self, desk: Desk, call: Call) -> Answer:
        return Answer(1 // 0)

    def _drop(self, desk: Desk, call: Call) -> Answer:
        self.things.pop(call.id(), None)
        return Answer(204)

    def _me(self, desk: Desk, call: Call) -> Answer:
        return Answer(200, {"user": {"id": call.actor_id, "scopes": sorted(call.scopes)}})


def _thing(row: tuple[int, str]) -> Json:
    return {"id": row[0], "name": row[1]}


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def ask(bench: Bench) -> Callable[..., requests.Response]:
    return bench.ask
