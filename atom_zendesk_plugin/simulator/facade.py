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
from atom_zendesk_plugin.simulator.clients import ClientKind, OAuthClient
from atom_zendesk_plugin.simulator.codes import CodeStore
from atom_zendesk_plugin.simulator.consent import Consent
from atom_zendesk_plugin.simulator.control import Control
from atom_zendesk_plugin.simulator.control_tokens import TokenControl
from atom_zendesk_plugin.simulator.faults import FaultPlan, FaultRule
from atom_zendesk_plugin.simulator.limits import Limits
from atom_zendesk_plugin.simulator.oauth import OAuth
from atom_zendesk_plugin.simulator.objects import User
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES
from atom_zendesk_plugin.simulator.routes.attachments import CONTENT_ROUTES
from atom_zendesk_plugin.simulator.seed import populate
from atom_zendesk_plugin.simulator.server import RunningServer, serve
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.token_admin import Quirks, TokenAdmin
from atom_zendesk_plugin.simulator.tokens import TokenStore

__all__ = ["ApiCredentials", "Credentials", "OAuthCredentials", "PublicOAuthCredentials", "Simulator"]

REDIRECT_URI = "http://localhost:5058/auth/zendesk/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthCredentials:
    """The simulator's own confidential OAuth client. ``redirect_uri`` is the first of those it may use."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOAuthCredentials:
    """The simulator's own public OAuth client: no secret, so PKCE is a must."""

    client_id: str
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
    public_oauth: PublicOAuthCredentials
    api_token: ApiCredentials


class Simulator:
    """A local Zendesk account. Equal arguments and equal times give equal accounts, credentials included.

    ``tickets``, ``users`` and ``organizations`` say how much to seed (None: a number that suits the tickets). ``plan``
    turns a plan's limits on, ``search_lag`` is how many seconds search is behind, ``faults`` what goes wrong. ``clock``
    defaults to running time that can be hurried along. ``redirect_uris`` are where the two ready-made OAuth clients may
    be answered (None: the address the plugin has by default), ``current_delete_lies`` makes deleting the current token
    answer 204 and do nothing. Raises ValueError for a redirect address that the service would not take.
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
        redirect_uris: Iterable[str] | None = None,
        current_delete_lies: bool = False,
    ) -> None:
        self.clock: Clock = clock or OffsetClock()
        self.limits = Limits(clock=self.clock, plan=plan)
        self.desk = Desk(clock=self.clock, seed=seed, subdomain=subdomain)
        populate(self.desk, tickets=tickets, users=users, organizations=organizations)
        # Set last: the seeded history counts as indexed long ago.
        self.desk.search_lag = search_lag
        self.faults = FaultPlan(faults or (), seed=seed)
        self.desk.spoils_row = self.faults.spoils_row
        self.calls = CallLog()
        self.tokens = TokenStore(clock=self.clock, seed=seed, subdomain=subdomain)
        self.quirks = Quirks(current_delete_lies=current_delete_lies)
        self.credentials, self._client = self._register((REDIRECT_URI,) if redirect_uris is None else redirect_uris)
        codes = CodeStore(clock=self.clock, seed=seed)
        self._consent = Consent(self.tokens, codes, clock=self.clock, seed=seed)
        oauth = OAuth(self.tokens, codes)
        admin = TokenAdmin(self.tokens, self.quirks)
        control = Control(faults=self.faults, limits=self.limits, calls=self.calls)
        self.wsgi_app = Shell(
            desk=self.desk,
            routes=(*ALL_ROUTES, *CONTENT_ROUTES, *self._consent.routes(), *oauth.routes(), *admin.routes()),
            tokens=self.tokens,
            limits=self.limits,
            faults=self.faults,
            calls=self.calls,
            control=(*control.routes(), *TokenControl(self.tokens, oauth, self.quirks).routes()),
            seed=seed,
        )

    def issue_token(self, user_id: int, scopes: Iterable[str], expires_in: float | None = None) -> str:
        """Return an access token for a user; ``expires_in`` None never expires. Raises KeyError for nobody."""
        user = self.desk.users[user_id]
        return self.tokens.issue(user.id, client_id=self._client.id, scopes=scopes, expires_in=expires_in).value

    def register_client(
        self,
        identifier: str,
        *,
        kind: ClientKind,
        redirect_uris: Iterable[str],
        allowed_scopes: Iterable[str] | None = None,
        user_id: int | None = None,
    ) -> OAuthClient:
        """Add an OAuth client, or replace the one with this identifier; its secret is on what is returned.

        ``allowed_scopes`` None lets it ask for any, ``user_id`` (None: the owner) is whom its client credentials act for.
        Raises KeyError for nobody, ValueError for a redirect address that the service would not take.
        """
        user = self.desk.users[self._owner.id if user_id is None else user_id]
        return self.tokens.register_client(
            identifier, user_id=user.id, kind=kind, redirect_uris=redirect_uris, allowed_scopes=allowed_scopes
        )

    def consent(self, authorize_url: str, *, user_id: int | None = None, deny: bool = False) -> str:
        """Answer the consent page without a browser; return the redirect address with code or error, and state.

        The rules are the page's own, but nothing is sent: no call is recorded and no fault hits. ``user_id`` is who signs
        in (None: whom ``as`` names in the address, else the owner). Raises ``authorizing.NoWayBack``, a ValueError, where
        the page would say 400.
        """
        named = None if user_id is None else str(user_id)
        with self.desk.lock:
            return self._consent.without_page(self.desk, authorize_url, named=named, allowed=not deny)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[RunningServer]:
        """Serve over HTTP while the block runs; port 0 takes a free one."""
        return serve(self.wsgi_app, host=host, port=port)

    @property
    def _owner(self) -> User:
        owner = None if self.desk.admin_id is None else self.desk.users[self.desk.admin_id]
        if owner is None or owner.email is None:
            raise LookupError(
                "the desk has no admin with an e-mail address: populate it before handing out credentials"
            )
        return owner

    def _register(self, redirect_uris: Iterable[str]) -> tuple[Credentials, OAuthClient]:
        owner, redirect_uris = self._owner, tuple(redirect_uris)
        if not redirect_uris:
            raise ValueError("redirect_uris: give at least one address")
        assert owner.email is not None
        client = self.tokens.register_client("atom_simulator", user_id=owner.id, redirect_uris=redirect_uris)
        access = self.tokens.issue(owner.id, client_id=client.id, scopes=("read", "write"))
        api_token = ApiCredentials(email=owner.email, token=self.tokens.new_api_token())
        public = self.tokens.register_client(
            "atom_simulator_public", user_id=owner.id, kind="public", redirect_uris=redirect_uris
        )
        credentials = Credentials(
            access_token=access.value,
            oauth=OAuthCredentials(
                client_id=client.identifier, client_secret=client.secret, redirect_uri=redirect_uris[0]
            ),
            public_oauth=PublicOAuthCredentials(client_id=public.identifier, redirect_uri=redirect_uris[0]),
            api_token=api_token,
        )
        return credentials, client
