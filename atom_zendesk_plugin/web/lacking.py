"""What has to be set before anybody can connect, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass

from atom_zendesk_plugin.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that is missing; ``lines`` are for the host's environment or configuration."""

    what: str
    how: str
    lines: tuple[str, ...] = ()


def lacking(settings: Settings) -> tuple[Lack, ...]:
    """Return what these settings lack for connecting people, in the order to mend it."""
    return tuple(lack for lack in (_account(settings), _client(settings), lacking_key(settings)) if lack is not None)


def lacking_key(settings: Settings) -> Lack | None:
    """Return what to do about a missing key, without which nobody can connect to any account; None when there is one."""
    if settings.encryption_keys or settings.encryption_keys_file or settings.atom_oauth_encryption_key:
        return None
    return Lack(
        what="No encryption key is set.",
        how="Tokens are stored encrypted or not at all. Run `atom-zendesk keys generate` and give the host what it prints.",
        lines=("ZENDESK_ENCRYPTION_KEYS=the printed key",),
    )


def _account(settings: Settings) -> Lack | None:
    if settings.account_url is not None:
        return None
    return Lack(
        what="No Zendesk account is set.",
        how="Give the part of your Zendesk address before .zendesk.com.",
        lines=("ZENDESK_SUBDOMAIN=acme",),
    )


def _client(settings: Settings) -> Lack | None:
    if settings.has_oauth_client:
        return None
    return Lack(
        what="No OAuth client is set.",
        how="In Zendesk's Admin Center make an OAuth client with the redirect URL below, and give the host its identifier and secret.",
        lines=("ZENDESK_CLIENT_ID=the client's unique identifier", "ZENDESK_CLIENT_SECRET=the client's secret"),
    )
