"""The one object that holds a local Zendesk: a desk, its rules and its front door.

``Simulator(...).wsgi_app`` goes behind a ``requests`` session (``adapter.SimulatorAdapter``) or on a port (``serve``).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from atom_zendesk_plugin.clock import Clock, OffsetClock
from atom_zendesk_plugin.simulator.app import Shell
from atom_zendesk_plugin.simulator.calls import CallLog
from atom_zendesk_plugin.simulator.control import Control
from atom_zendesk_plugin.simulator.faults import FaultPlan, FaultRule
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.oauth import OAuth
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES
from atom_zendesk_plugin.simulator.seed import populate
from atom_zendesk_plugin.simulator.server import RunningServer, serve
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.tokens import OAuthClient, TokenStore

__all__ = ["ApiCredentials", "Credentials", "OAuthCredentials", "Simulator"]

REDIRECT_URI = "http://localhost:5000/api/zendesk/oauth/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthCredentials:
    """The simulator's own confidential OAuth client."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCredentials:
    """An API token with the e-mail address of an admin."""

    email: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a client needs to get in. The access token may read and write and does not expire; all act for an admin."""

    access_token: str = field(repr=False)
    oauth: OAuthCredentials
    api_token: ApiCredentials


class Simulator:
    """A local Zendesk account. Equal arguments and equal times give equal accounts, credentials included.

    ``tickets``, ``users`` and ``organizations`` say how much to seed (None: a number that suits the tickets). ``plan``
    turns a plan's limits on, ``search_lag`` is how many seconds search is behind, ``faults`` what goes wrong. ``clock``
    defaults to running time that can be hurried along.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        tickets: int = 100,
        users: int | None = None,
        organizations: int | None = None,
        plan: str | None = None,
        search_lag: float = 0.0,
        clock: Clock | None = None,
        subdomain: str = "acme",
        faults: Iterable[FaultRule] | None = None,
    ) -> None:
        self.clock: Clock = clock or OffsetClock()
        self.limits = Limits(clock=self.clock, plan=plan)
        self.desk = Desk(clock=self.clock, seed=seed, subdomain=subdomain)
        populate(self.desk, tickets=tickets, users=users, organizations=organizations)
        # Set last: the seeded history counts as indexed long ago.
        self.desk.search_lag = search_lag
        self.faults = FaultPlan(faults or (), seed=seed)
        self.calls = CallLog()
        self.tokens = TokenStore(clock=self.clock, seed=seed, subdomain=subdomain)
        self.credentials, self._client = self._register()
        self.wsgi_app = Shell(
            desk=self.desk,
            routes=(*ALL_ROUTES, *OAuth(self.tokens).routes()),
            tokens=self.tokens,
            limits=self.limits,
            faults=self.faults,
            calls=self.calls,
            control=Control(faults=self.faults, limits=self.limits, calls=self.calls).routes(),
            seed=seed,
        )

    def issue_token(self, user_id: int, scopes: Iterable[str], expires_in: float | None = None) -> str:
        """Return an access token for a user; ``expires_in`` None never expires. Raises KeyError for nobody."""
        user = self.desk.users[user_id]
        return self.tokens.issue(user.id, client_id=self._client.id, scopes=scopes, expires_in=expires_in).value

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[RunningServer]:
        """Serve over HTTP while the block runs; port 0 takes a free one."""
        return serve(self.wsgi_app, host=host, port=port)

    def _register(self) -> tuple[Credentials, OAuthClient]:
        admin = self.desk.users[self.desk.admin_id] if self.desk.admin_id is not None else None
        if admin is None or admin.email is None:
            raise LookupError(
                "the desk has no admin with an e-mail address: populate it before handing out credentials"
            )
        client = self.tokens.register_client("atom_simulator", user_id=admin.id, redirect_uris=[REDIRECT_URI])
        access = self.tokens.issue(admin.id, client_id=client.id, scopes=("read", "write"))
        credentials = Credentials(
            access_token=access.value,
            oauth=OAuthCredentials(client_id=client.identifier, client_secret=client.secret, redirect_uri=REDIRECT_URI),
            api_token=ApiCredentials(email=admin.email, token=self.tokens.new_api_token()),
        )
        return credentials, client
