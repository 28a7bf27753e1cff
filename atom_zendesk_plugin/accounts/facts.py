"""What is known of one Zendesk account: where it is, which OAuth client people use, and what the service account works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from atom_zendesk_plugin.accounts.model import ServiceKind
from atom_zendesk_plugin.accounts.terms import OAuthClient

if TYPE_CHECKING:
    from atom_zendesk_plugin.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One account of a tenant. ``client`` None: people cannot connect. ``id`` None: not in the database yet, nobody ever connected.

    ``service`` is what the service account works with: ``client`` where a person stored it so, else what the settings hold
    (``service_stored`` tells which). ``trouble`` says why its stored secret cannot be opened, None when it can.
    """

    tenant_id: str
    name: str
    url: str
    id: int | None
    client: OAuthClient | None
    service: ServiceKind
    stored: bool
    is_default: bool
    configured: bool
    service_stored: bool = False
    service_used_at: datetime | None = None
    trouble: str | None = None

    @property
    def in_use(self) -> bool:
        """Whether it is configured or was entered here; else it is what a changed setting has left behind."""
        return self.configured or self.stored


def configured_facts(settings: Settings) -> AccountFacts | None:
    """Return the account of the settings, as the default one of their tenant; None when they name none."""
    if settings.account_url is None:
        return None
    return AccountFacts(
        tenant_id=settings.tenant,
        name=settings.account_name,
        url=settings.account_url,
        id=None,
        client=OAuthClient(id=settings.client_id, secret=settings.client_secret) if settings.client_id else None,
        service=settings.credentials_kind() or "none",
        stored=False,
        is_default=True,
        configured=True,
    )
