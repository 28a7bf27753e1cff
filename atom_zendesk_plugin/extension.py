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
from atom_zendesk_plugin.capabilities import Capability, identity_of, list_capabilities, needed_for
from atom_zendesk_plugin.chat import Command, run_command
from atom_zendesk_plugin.clock import Clock, SystemClock
from atom_zendesk_plugin.config import ConfigReport, Settings, load_settings, validate
from atom_zendesk_plugin.errors import Code, ConfigError, NotConnected
from atom_zendesk_plugin.health import SERVICE, Health, HealthCheckResult, for_host
from atom_zendesk_plugin.host import Host
from atom_zendesk_plugin.identity import Resolver, build_resolver
from atom_zendesk_plugin.once import Once
from atom_zendesk_plugin.probes import ZendeskProbe
from atom_zendesk_plugin.storage import Storage, StoredCreations, account_name
from atom_zendesk_plugin.workers import Workers

if TYPE_CHECKING:
    from flask import Flask, Request
    from requests.adapters import BaseAdapter

    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.observe import Observer
    from atom_zendesk_plugin.desk.desk import Desk

KEY = "zendesk"
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
        self._client: Once[ZendeskClient] = Once(self._build_client)
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

    def desk(self, caller: Caller) -> Desk:
        """Return the desk of a caller, with a deadline of its own: make one per request or job.

        Callers of the account's tenant with a role of ``ZENDESK_SERVICE_ROLES`` work through the service account; everybody else
        raises NotConnected. Raises ConfigError or DependencyMissing when nobody can work.
        """
        report = self.config_report()
        if not report.configured:
            raise ConfigError(issues=list(report.issues))
        if not self._may_use_service_account(caller):
            raise NotConnected
        with needed_for("Everything that talks to Zendesk"):
            from atom_zendesk_plugin.desk.desk import Desk
        client = self.client()
        journal = (
            StoredCreations(self._storage, settings=self.settings, clock=self.clock) if self._storage.find() else None
        )
        within = client.within(seconds=self.settings.deadline)
        return Desk(within, caller=caller, journal=journal, clock=self.clock, agent_url=client.account.base_url)

    def client(self) -> ZendeskClient:
        """Return the client of the service account, one per process. Raises ConfigError or DependencyMissing."""
        return self._client.get()

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
            self.settings, self.config_report(), host_identifies=self._host.identifies(), storage=self._storage.known()
        )

    def create_tables(self) -> bool:
        """Make or migrate the plugin's tables; False when the database cannot be used now."""
        return self._storage.migrate()

    def actions(self) -> dict[str, Runner]:
        """Return the workflow actions, by name."""
        return build_actions(self.desk, caller=self.workflow_caller, workers=self._workers)

    def run_command(self, command: Command, rest: str, *, caller: object) -> dict[str, Any]:
        """Run a chat command. Blocks."""
        return run_command(command, rest, caller=caller, desk=self.desk)

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
        client = self._client.take()
        if client is not None:
            client.close()
        self._storage.close()

    def _may_use_service_account(self, caller: Caller) -> bool:
        if caller.tenant_id != self.settings.tenant:
            return False
        allowed = self.settings.service_roles
        return "*" in allowed or not caller.roles.isdisjoint(allowed)

    def _load(self) -> Settings:
        config = self._app.config
        known = {**self._environ, **{name: value for name, value in config.items() if value}}
        return load_settings(config, {**self._environ, **self._host.secrets(known)})

    def _build_client(self) -> ZendeskClient:
        with needed_for("Everything that talks to Zendesk"):
            from atom_zendesk_plugin.client.api import build_client

            pace = self._storage.pace()
        settings = self.settings
        key = f"{settings.tenant}/{account_name(settings.account_url or '')}"
        return build_client(
            settings,
            account_key=key,
            clock=self.clock,
            rng=self._rng,
            pace=pace,
            adapter=self._adapter,
            observer=self._observer,
        )

    def _build_health(self) -> Health:
        zendesk = ZendeskProbe(self.client, clock=self.clock, settings=self.settings, report=self.config_report)
        return Health(
            settings=self.settings, clock=self.clock, config=self.config_report, database=self._storage.check, zendesk=zendesk,
            identity=lambda: identity_of(self.settings, host_identifies=self._host.identifies()),
            capabilities=self.capabilities, failure=lambda: self.failure,
        )  # fmt: skip


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


def install(app: Flask) -> ZendeskExtension:
    """Put the plugin's routes on the app. Raises what stands in the way; opens no socket and no database."""
    extension = build_extension(app)
    from atom_zendesk_plugin.mounting import mount, served_by
    from atom_zendesk_plugin.web.blueprint import build_blueprints

    blueprints, taken = build_blueprints(extension), served_by(app)
    for blueprint in blueprints:
        mount(app, blueprint, taken=taken)
    return extension


def install_fallback(app: Flask, error: BaseException) -> bool:
    """Put the routes on the app that say why the real ones are not there. Returns whether this is a problem an operator can mend."""
    from atom_zendesk_plugin.fallback import build_fallback, describe
    from atom_zendesk_plugin.mounting import mount, served_by

    problem = describe(error)
    mendable = problem.code is not Code.INTERNAL_ERROR
    held = app.extensions.get(KEY)
    report = None
    if isinstance(held, ZendeskExtension):
        held.failure = None if mendable else problem.message
        report = held.health
    mount(app, build_fallback(problem, report=report), taken=served_by(app))
    return mendable
