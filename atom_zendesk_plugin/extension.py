"""The assembly: every object of one app, built once, when it is first needed. It lives at ``app.extensions["zendesk"]``.

Making it opens no socket, no file and no database, and imports neither the HTTP client nor the database packages.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin import registry
from atom_zendesk_plugin.actions import Runner, build_actions
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.capabilities import Capability, connecting_of, identity_of, list_capabilities, needed_for
from atom_zendesk_plugin.chat import Command, run_command
from atom_zendesk_plugin.clients import FEATURE, Clients
from atom_zendesk_plugin.clock import Clock, SystemClock
from atom_zendesk_plugin.config import ConfigReport, Settings, load_settings, validate
from atom_zendesk_plugin.errors import ConfigError, DependencyMissing
from atom_zendesk_plugin.health import SERVICE, Health, HealthCheckResult, for_host
from atom_zendesk_plugin.host import Host
from atom_zendesk_plugin.identity import Resolver, build_resolver
from atom_zendesk_plugin.keyring import Keys
from atom_zendesk_plugin.once import Once
from atom_zendesk_plugin.probes import ZendeskProbe
from atom_zendesk_plugin.sharing import Sharing
from atom_zendesk_plugin.storage import Storage, StoredCreations, StoredWrites
from atom_zendesk_plugin.workers import Workers

if TYPE_CHECKING:
    from flask import Flask, Request
    from requests.adapters import BaseAdapter

    from atom_zendesk_plugin.accounts.connections import Connections
    from atom_zendesk_plugin.accounts.lines import Lines
    from atom_zendesk_plugin.accounts.people import ConnectedPerson
    from atom_zendesk_plugin.accounts.threads import Threads
    from atom_zendesk_plugin.accounts.write_history import WriteHistory
    from atom_zendesk_plugin.bulk_runs import BulkRunner
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.observe import Observer
    from atom_zendesk_plugin.clients import Access
    from atom_zendesk_plugin.desk.bulk.service import Seats
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.keyring import KeyRing
    from atom_zendesk_plugin.store.bulk import RunRow

KEY = "zendesk"
START = "/auth/zendesk"
WORKFLOW_USER = "atom-workflow"


class ZendeskExtension:
    """The plugin on one app, for routes, commands and other plugins: ``app.extensions["zendesk"].desk(caller).tickets.list()``.

    Settings come from ``app.config``, then the environment, then the host's ``atom_get_secret`` hook; ``options.py`` lists them. The
    arguments replace single parts, for tests and for hosts that bring their own. Safe to share between threads.
    """

    service_name = SERVICE

    def __init__(
        self,
        app: Flask,
        *,
        settings: Settings | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        adapter: BaseAdapter | None = None,
        observer: Observer | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """``adapter`` carries the HTTP calls instead of the network; ``environ`` replaces the process's environment."""
        self.clock: Clock = clock or SystemClock()
        self._app, self._host = app, Host(app)
        self._rng, self._adapter, self._observer = rng or random.Random(), adapter, observer
        self._environ = environ if environ is not None else os.environ
        self._settings = Once(lambda: settings if settings is not None else self._load())
        self._identify: Once[Resolver] = Once(lambda: build_resolver(self.settings, host=self._host, clock=self.clock))
        self._storage = Storage(lambda: self._host.database(self.settings), clock=self.clock)
        self._write_log = StoredWrites(self._storage)
        self._sharing = Sharing(self._storage, source=lambda: self._host.redis(self.settings))
        self._keys = Once(self._build_keys)
        self._lines: Once[Lines] = Once(self._build_lines)
        self._connections: Once[Connections] = Once(self._build_connections)
        self._clients = Once(self._build_clients)
        self._threads: Once[Threads] = Once(self._build_threads)
        self._runner: Once[BulkRunner] = Once(self._build_runner)
        self._health = Once(self._build_health)
        self._workers = Workers()
        self._services: MutableMapping[str, Any] | None = None
        self._services_lock = threading.Lock()
        self._announced = False
        self.failure: str | None = None
        """Why the plugin's own registration failed; None when it did not."""

    def __repr__(self) -> str:
        return f"ZendeskExtension({self._app.name!r})"

    @property
    def settings(self) -> Settings:
        """The settings of this app, read once."""
        return self._settings.get()

    def config_report(self) -> ConfigReport:
        """Judge the settings, as of today."""
        return validate(self.settings, self.clock.now().date())

    def identify(self, request: Request) -> Caller | None:
        """Return who sends the request, as the host vouches for them; None when nobody does. Never raises."""
        return self._identify.get()(request)

    def desk(self, caller: Caller, account: str | None = None) -> Desk:
        """Return the desk of a caller on an account of their tenant, with a deadline of its own: make one per request or job.

        Who has connected works as that Zendesk user. Others work through the service account when they have a role of
        ``ZENDESK_SERVICE_ROLES``, and raise NotConnected when they have not. ``account`` is a short name, None the default one.
        Raises ReconnectNeeded, NotFound for an account the tenant does not have, ConfigError or DependencyMissing.
        """
        with needed_for(FEATURE):
            from atom_zendesk_plugin.desk.desk import Desk
        access = self._clients.get().of(caller, account)
        journal = None
        if self._storage.find() is not None:
            journal = StoredCreations(self._storage, caller=caller, account=access.account, clock=self.clock)
        writes = self._write_log.of(access.account, caller)
        within = access.client.within(seconds=self.settings.deadline, writes=writes)
        return Desk(
            within, caller=caller, journal=journal, clock=self.clock, agent_url=access.account.url, own=access.own,
            seats=lambda: self._seats(caller, access),
        )  # fmt: skip

    @property
    def bulk_runner(self) -> BulkRunner:
        """What moves bulk runs on in this process. Raises DependencyMissing without the packages it needs."""
        return self._runner.get()

    def client(self) -> ZendeskClient:
        """Return the client of the configured service account, one per process. Raises ConfigError or DependencyMissing."""
        return self._clients.get().service()

    @property
    def connections(self) -> Connections:
        """What connects people. Raises DependencyMissing without the packages it needs."""
        return self._connections.get()

    @property
    def writes(self) -> WriteHistory:
        """The log of what was changed at Zendesk. Raises DependencyMissing without the packages it needs."""
        with needed_for("The log of writes"):
            from atom_zendesk_plugin.accounts.write_history import WriteHistory
        return WriteHistory(self.settings, units=self._storage, clock=self.clock)

    def people(
        self, operator: Caller, *, account: str | None = None, email: str | None = None
    ) -> list[ConnectedPerson]:
        """Return who of the operator's tenant is connected, for the command line. Raises Forbidden, NotFound, StorageAway."""
        connections = self.connections
        from atom_zendesk_plugin.accounts.people import list_people

        facts = connections.administered(operator, account)
        return list_people(
            self._storage, facts, tenant_id=operator.tenant_id, email=email, keys=self._keys.get().ring()
        )

    def register_oauth(self, registry: object | None = None) -> None:
        """Put the OAuth client into the host's Authlib registry (None: the one on the app, if there is one)."""
        found = registry if registry is not None else self._host.oauth_registry()
        if found is None:
            return
        from atom_zendesk_plugin.accounts.oauth import register_client

        settings = self.settings
        register_client(
            found, start=_start_path, client_id=settings.client_id, base_url=settings.account_url
        )  # the registry is Authlib's, which has no types

    def workflow_caller(self) -> Caller:
        """Return the caller that workflow actions act as: the service account, on behalf of the host."""
        roles = frozenset(self.settings.service_roles)
        return Caller(user_id=WORKFLOW_USER, tenant_id=self.settings.tenant, roles=roles, via="internal")

    def health(self, *, refresh: bool = False) -> dict[str, Any]:
        """Return the health report, and bring the host's service registry up to date with it. May take seconds when a probe is due."""
        report = self._health.get().report(refresh=refresh)
        with self._services_lock:
            registry.update(self._services, registry.entry(report))
        return report

    async def health_check(self) -> HealthCheckResult:
        """Return the health for the host's checker, without holding its event loop."""
        report = await self._workers.run(self.health)
        return for_host(report, at=self.clock.now())

    def capabilities(self) -> Sequence[Capability]:
        """Return one row per feature: on or off, why, and what to do."""
        return list_capabilities(
            self.settings, self.config_report(), host_identifies=self._host.identifies(), storage=self._storage.known(),
            pacing=self._sharing.known(), connecting=self._connecting(),
        )  # fmt: skip

    def _connecting(self) -> Capability:
        return connecting_of(
            self.settings, require_keys=lambda: self._keys.get().ring(), storage=self._storage.known()
        )

    def create_tables(self) -> bool:
        """Make or migrate the plugin's tables; False when the database cannot be used now."""
        return self._storage.migrate()

    def actions(self) -> dict[str, Runner]:
        """Return the workflow actions, by name."""
        return build_actions(self.desk, parts=self, caller=self.workflow_caller, workers=self._workers)

    def run_command(self, command: Command, rest: str, *, caller: object) -> dict[str, Any]:
        """Run a chat command. Blocks."""
        return run_command(command, rest, caller=caller, desk=self.desk, parts=self)

    async def run_command_later(self, command: Command, rest: str, *, caller: object) -> dict[str, Any]:
        """Run a chat command without holding the event loop."""
        return await self._workers.run(lambda: self.run_command(command, rest, caller=caller))

    def join(self, services: object) -> None:
        """Enter ``app.integrations`` and the host's service registry (None: it has none), once each; probes nothing yet."""
        report = self.config_report()
        with self._services_lock:
            if not self._announced:
                registry.announce(self._app, configured=report.configured, available=self.failure is None)
                self._announced = True
            if isinstance(services, MutableMapping) and services is not self._services:
                self._services = services
                registry.update(services, registry.first_entry(report, at=self.clock.now().isoformat()))

    def close(self) -> None:
        """Let go of threads and connections. What is used again afterwards is built again."""
        self._workers.close()
        runner = self._runner.take()
        if runner is not None:
            runner.close()
        threads = self._threads.peek()
        if threads is not None:
            threads.close()
        clients, lines = self._clients.take(), self._lines.take()
        if clients is not None:
            clients.close()
        if lines is not None:
            lines.close()
        self._storage.close()

    def _load(self) -> Settings:
        config = self._app.config
        known = {**self._environ, **{name: value for name, value in config.items() if value}}
        return load_settings(config, {**self._environ, **self._host.secrets(known)})

    def _build_keys(self) -> Keys:
        settings = self.settings
        return Keys(
            settings.encryption_keys, settings.encryption_keys_file, atom_key=settings.atom_oauth_encryption_key
        )

    def _build_runner(self) -> BulkRunner:
        with needed_for("Bulk runs"):
            from atom_zendesk_plugin.bulk_runs import BulkRunner

        def caller_of(row: RunRow) -> Caller:
            # What its beginning was allowed with: an own grant is looked up anew, the service account needs a role of its.
            roles = frozenset[str]() if row.own else frozenset(self.settings.service_roles)
            return Caller(user_id=row.user_id, tenant_id=row.tenant_id, roles=roles, via="internal")

        return BulkRunner(
            lambda caller, account: self.desk(caller, account).bulk, storage=self._storage, caller_of=caller_of,
            clock=self.clock,
        )  # fmt: skip

    def _seats(self, caller: Caller, access: Access) -> Seats:
        """Say where a caller's bulk runs are written down: in the database when there is one and a key, else in memory."""
        runner = self._runner.get()
        from atom_zendesk_plugin.bulk_ledger import StoredRuns
        from atom_zendesk_plugin.bulk_runs import Started
        from atom_zendesk_plugin.desk.bulk.service import Seats
        from atom_zendesk_plugin.store.tenancy import Tenancy

        account = access.account
        durable = None
        if self._storage.find() is not None and self._find_ring() is not None:
            durable = StoredRuns(
                self._storage, tenancy=Tenancy(account.tenant_id, caller.user_id), account=account,
                keys=self._keys.get().ring, clock=self.clock,
            )  # fmt: skip
        return Seats(
            durable=durable,
            memory=runner.memory_of(account.tenant_id, account.name, caller.user_id),
            begun=lambda run: runner.begun(Started(caller, account.name, run.id, run.own)),
            most_jobs=self.settings.bulk_jobs,
            reserve=self.settings.reserve,
        )

    def _find_ring(self) -> KeyRing | None:
        try:
            return self._keys.get().find()
        except (ConfigError, DependencyMissing):
            return None

    def _build_threads(self) -> Threads:
        from atom_zendesk_plugin.accounts.threads import Threads

        return Threads()

    def _build_lines(self) -> Lines:
        with needed_for(FEATURE):
            from atom_zendesk_plugin.accounts.lines import Lines
        return Lines(self.settings, clock=self.clock, adapter=self._adapter)

    def _build_connections(self) -> Connections:
        with needed_for("Connecting people"):
            from atom_zendesk_plugin.accounts.connections import Connections
            from atom_zendesk_plugin.accounts.directory import Directory

        keys = self._keys.get()
        return Connections(
            self.settings,
            units=self._storage,
            keys=keys,
            directory=Directory(self.settings, self._storage, keys=keys, clock=self.clock),
            lines=self._lines.get(),
            clock=self.clock,
            rng=self._rng,
            threads=self._threads.get(),
            notify=self._host.notify,
        )

    def _build_clients(self) -> Clients:
        with needed_for(FEATURE):
            pace = self._sharing.pace()
        return Clients(
            self.settings,
            report=self.config_report,
            connections=self._connections.get,
            lines=self._lines.get,
            pace=lambda: pace,
            clock=self.clock,
            rng=self._rng,
            observer=self._observer,
            writes=self._write_log,
        )

    def _build_health(self) -> Health:
        zendesk = ZendeskProbe(self.client, clock=self.clock, settings=self.settings, report=self.config_report)
        return Health(
            settings=self.settings, clock=self.clock, config=self.config_report, database=self._storage.check, zendesk=zendesk,
            identity=lambda: identity_of(self.settings, host_identifies=self._host.identifies()), connecting=self._connecting,
            capabilities=self.capabilities, failure=lambda: self.failure,
        )  # fmt: skip


def _start_path() -> str:
    """Return where sign-ins begin, as the browser of this request sees it."""
    from flask import request

    return f"{request.script_root}{START}"


def build_extension(app: Flask, **parts: Any) -> ZendeskExtension:
    """Return the app's extension, making it with these parts (see ``ZendeskExtension``) when there is none yet.

    Call it before ``plugin.register`` to replace parts. Raises ConfigError when the name is taken by something else.
    """
    held = app.extensions.get(KEY)
    if held is None:
        held = app.extensions[KEY] = ZendeskExtension(app, **parts)
    if not isinstance(held, ZendeskExtension):
        raise ConfigError(f"app.extensions[{KEY!r}] belongs to another extension of this host: remove one of the two.")
    return held
