"""The service account of a Zendesk account: its credentials, and what has to be done about them before a day comes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.accounts.facts import AccountFacts
from atom_zendesk_plugin.accounts.model import Level, Notice
from atom_zendesk_plugin.client.api import client_credentials, configured_credentials
from atom_zendesk_plugin.client.credentials import Credentials
from atom_zendesk_plugin.config import API_TOKENS_END
from atom_zendesk_plugin.errors import ConfigError

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.transport import Transport
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.config import Settings

IDLE: Final = timedelta(days=20)
IDLE_END: Final = timedelta(days=30)
"""Zendesk deactivates an API token that was not used for this long (retirement notice of 2026)."""

_LEVELS: tuple[tuple[int, Level], ...] = ((7, "urgent"), (30, "urgent"), (90, "warning"))


def service_credentials(
    account: AccountFacts, settings: Settings, *, transport: Transport, clock: Clock, rng: random.Random
) -> Credentials:
    """Return the credentials of the service account: those a person stored, else those of the settings. Raises ConfigError."""
    if not account.service_stored:
        if not account.configured:
            raise ConfigError("This Zendesk account has no service account: an administrator adds one, or people connect.")
        return configured_credentials(settings, transport, clock=clock, rng=rng)
    client = account.client
    if client is None or client.secret is None:
        why = account.trouble or "The service account needs a confidential OAuth client."
        raise ConfigError(f"{why} An administrator can enter the client again, or run `atom-zendesk keys check`.")
    return client_credentials(
        client.id, client.secret, settings=settings, transport=transport, clock=clock, rng=rng
    )


def token_notices(account: AccountFacts, *, today: date, used_at: datetime | None = None) -> Iterator[Notice]:
    """Yield what to do about a legacy API token: nothing for any other credentials. ``used_at`` None: not known when it was used."""
    if account.service != "api_token":
        return
    left = (API_TOKENS_END - today).days
    level: Level = next((level for days, level in _LEVELS if left <= days), "info")
    when = f"in {left} days" if left > 1 else "tomorrow" if left == 1 else "today" if left == 0 else "no longer"
    text = f"API tokens work {when}" if left < 0 else f"API tokens stop working {when}"
    yield Notice(level=level, day=API_TOKENS_END.isoformat(), text=f"{text}: move this account to an OAuth client.")
    if used_at is not None and today - used_at.date() > IDLE:
        ends = (used_at + IDLE_END).date().isoformat()
        yield Notice(
            level="warning", day=ends, text="Zendesk deactivates an API token that is not used for 30 days: use it, or move to OAuth."
        )  # fmt: skip
