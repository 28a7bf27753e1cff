"""What health looks at: one function or class per check, each answering status, cause and cure, and never a secret."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import cleandoc
from typing import TYPE_CHECKING, Literal

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.capabilities import Capability
from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.storage import StorageState

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import ConfigReport, Settings

Status = Literal["healthy", "degraded", "unhealthy", "unknown"]

PROBE_LIMIT = 5.0
"""Seconds a probe of Zendesk may take in all."""

ANSWERED = frozenset(
    {"ZendeskBadRequest", "ZendeskInvalid", "ZendeskTooLarge", "ZendeskForbidden", "ZendeskNotFound", "ZendeskConflict"}
)
"""Errors that prove a working connection: Zendesk understood who asks, and said no to what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one check. ``message`` names cause and cure."""

    status: Status
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"status": self.status, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How Zendesk was found: when, and the name of the error class; None for success."""

    at: datetime
    error: str | None


def check_dependencies(missing: Mapping[str, str]) -> Check:
    if not missing:
        return Check(status="healthy", message="All required packages are installed.")
    told = "; ".join(f"{package} ({feature[0].lower()}{feature[1:]})" for package, feature in missing.items())
    return Check(
        status="degraded",
        message=f"Not installed: {told}. Install them into the host's environment and restart the host.",
    )


def check_config(report: ConfigReport, identity: Capability) -> Check:
    nobody = [] if identity.on else [f"Nobody can be identified, {identity.why}: {identity.cure}"]
    told = [*report.issues, *nobody, *report.warnings]
    if not told:
        return Check(status="healthy", message="Account, credentials and identity are configured.")
    healthy = report.valid and report.configured and not report.issues and not nobody
    return Check(status="healthy" if healthy else "degraded", message="; ".join(told))


def check_oauth(settings: Settings, connecting: Capability) -> Check:
    if connecting.on and settings.has_oauth_client:
        return Check(status="healthy", message="People can connect, and what is stored of that is encrypted.")
    off = "" if connecting.on else f"People cannot connect, {connecting.why}: {connecting.cure}"
    if settings.credentials_kind() == "client_credentials":
        return Check(status="healthy", message=f"The service account uses an OAuth client. {off}".rstrip())
    if not settings.has_oauth_client:
        return Check(status="unknown", message=off or "No OAuth client is configured; administrators may enter accounts.")
    return Check(status="degraded", message=off)


def check_database(state: StorageState) -> Check:
    if state.usable and state.warning:
        return Check(status="degraded", message=state.warning)
    if state.usable:
        return Check(status="healthy", message=f"Connected to {state.origin}; the tables are current.")
    return Check(status="degraded", message=f"{state.reason} Until then calls are paced in each process alone.")


def check_webhook() -> Check:
    return Check(status="unknown", message="This version receives no webhooks.")


class ZendeskProbe:
    """Whether Zendesk answers: by the last real call, or by asking who we are when there was none for ``settings.probe_seconds``."""

    def __init__(
        self,
        client: Callable[[], ZendeskClient],
        *,
        clock: Clock,
        settings: Settings,
        report: Callable[[], ConfigReport],
    ) -> None:
        self._client, self._clock, self._report = client, clock, report
        self._kind = settings.credentials_kind()
        self._patience = timedelta(seconds=settings.probe_seconds)
        self._probing = threading.Lock()
        self._probed: Outcome | None = None

    def check(self) -> Check:
        """Return what is known; asks Zendesk when that is too old and nobody else is asking. Takes five seconds at most."""
        if not self._report().configured:
            return Check(
                status="degraded", message="Zendesk cannot be asked: account or credentials are not configured."
            )
        if self._kind is None:
            return Check(status="unknown", message="There is no service account: Zendesk is asked with people's own connections.")
        try:
            client = self._client()
        except ZendeskPluginError as error:
            return Check(status="degraded", message=error.message)
        known = self._known(client)
        if (known is None or self._clock.now() - known.at >= self._patience) and self._probing.acquire(blocking=False):
            try:
                known = self._probed = self._probe(client)
            finally:
                self._probing.release()
        return _judge(known)

    def accessible(self) -> bool | None:
        """Tell whether Zendesk answered when it was last asked; None when it has not been asked."""
        try:
            known = self._known(self._client()) if self._report().configured and self._kind is not None else None
        except ZendeskPluginError:
            return None
        return None if known is None else known.error is None or known.error in ANSWERED

    def _known(self, client: ZendeskClient) -> Outcome | None:
        """Return the newest outcome. A probe refused before it was sent (no budget left) is not among the client's calls."""
        last, probed = client.last_call, self._probed
        seen = Outcome(at=last.at, error=last.error) if last is not None else None
        if seen is None or probed is None:
            return seen or probed
        return seen if seen.at > probed.at else probed

    def _probe(self, client: ZendeskClient) -> Outcome:
        try:
            client.within(seconds=PROBE_LIMIT).users.me()
        except ZendeskPluginError as error:
            return Outcome(at=self._clock.now(), error=type(error).__name__)
        return Outcome(at=self._clock.now(), error=None)


def _judge(known: Outcome | None) -> Check:
    if known is None:
        return Check(status="unknown", message="Zendesk is being asked for the first time.")
    at = known.at.isoformat(timespec="seconds")
    if known.error is None or known.error in ANSWERED:
        return Check(status="healthy", message=f"Zendesk answered at {at}.")
    kind = getattr(errors, known.error, ZendeskPluginError)
    advice = " ".join(cleandoc(kind.__doc__ or "").split())
    return Check(status="degraded", message=f"{advice} (Seen at {at}.)")
