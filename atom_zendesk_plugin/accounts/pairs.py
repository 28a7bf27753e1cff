"""What the token endpoint granted, made into the pair that is stored: both tokens, both ends, and what they may do.

A life that was not told is found out, from the token's own record or from inside the token. It is never taken for endless, and never
invented long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.client.credentials import CURRENT, bearer
from atom_zendesk_plugin.client.grants import ASSUMED_LIFE, Granted, life_of
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.store.grants import TokenPair

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.transport import Transport
    from atom_zendesk_plugin.clock import Clock

SHORTEST: Final = 60.0
"""Seconds of life that a token found out to have less is not believed to have: Zendesk gives 300 at least."""


def pair_of(
    granted: Granted,
    *,
    asked: Sequence[str],
    transport: Transport,
    clock: Clock,
    deadline: float | None,
    refresh_token: str | None = None,
) -> TokenPair:
    """Return the pair; asks Zendesk for the token's record only when the answer does not tell how long it lives.

    ``refresh_token`` is the one that was used, which goes on when no new one came. Raises ConfigError for a token that no header
    can carry.
    """
    header = bearer(granted.access_token, setting="The token Zendesk answered")
    now, life = clock.now(), granted.life
    scopes = None if granted.scope is None else tuple(granted.scope.split())
    renewable = granted.refresh_life
    if life is None:
        shown = transport.send("GET", CURRENT, authorization=header, deadline=deadline)
        now = clock.now()
        found = life_of(granted, shown if isinstance(shown, Reply) else None, now)
        # A moment that is past for us is one of two clocks that differ: the token was given just now.
        life = ASSUMED_LIFE if found.seconds is not None and found.seconds < SHORTEST else found.seconds
        renewable = renewable if renewable is not None else found.refresh_seconds
        scopes = found.scopes if scopes is None else scopes
    return TokenPair(
        access_token=granted.access_token,
        refresh_token=granted.refresh_token or refresh_token,
        access_expires_at=_after(now, life),
        refresh_expires_at=_after(now, renewable),
        scopes=tuple(asked) if scopes is None else scopes,
    )


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
