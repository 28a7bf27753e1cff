"""Ending tokens at Zendesk and making sure that they have ended: read the number, delete by that, see the token refused.

Deleting ``current`` is documented too, but accounts have reported tokens that went on working; it is the second choice. A refresh token
outlives its access token, so a pair whose access token has ended is renewed once more, only to be revoked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.client.credentials import CURRENT, bearer
from atom_zendesk_plugin.client.grants import Granted, token_number
from atom_zendesk_plugin.client.reply import NoReply
from atom_zendesk_plugin.errors import ZendeskPluginError

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.oauth import TokenEndpoint
    from atom_zendesk_plugin.client.transport import Transport

ONE: Final = "/api/v2/oauth/tokens/{}.json"
ENDED_CODES: Final = frozenset({"invalid_grant", "invalid_token"})
"""What the token endpoint says of a refresh token that does not work any more."""


def revoke(access_token: str, *, transport: Transport, deadline: float | None) -> bool:
    """Revoke a token with its own power; True when Zendesk was seen to refuse it afterwards, or already did.

    False: it may still work, because Zendesk was not reached or did not do it. The refresh token ends with a token that was alive; what
    becomes of that of a token which had ended before, is not known here: see ``retire``.
    """
    header = bearer(access_token, setting="The stored token")
    shown = transport.send("GET", CURRENT, authorization=header, deadline=deadline)
    if isinstance(shown, NoReply):
        return False
    if shown.status == 401:
        return True
    number = token_number(shown) if shown.ok else None
    ways = [CURRENT] if number is None else [ONE.format(number), CURRENT]
    for way in ways:
        transport.send("DELETE", way, authorization=header, deadline=deadline)
        after = transport.send("GET", CURRENT, authorization=header, deadline=deadline)
        if not isinstance(after, NoReply) and after.status == 401:
            return True
    return False


def retire(
    access_token: str, refresh_token: str | None, *, endpoint: TokenEndpoint, scopes: tuple[str, ...], transport: Transport, deadline: float
) -> bool:
    """End a whole pair, whether its access token is alive or not; True when nothing of it works any more. Never raises.

    For pairs that nobody may keep: of a connection that was replaced, or that could not be stored.
    """
    try:
        shown = transport.send(
            "GET", CURRENT, authorization=bearer(access_token, setting="The stored token"), deadline=deadline
        )
        if isinstance(shown, NoReply):
            return False
        if shown.status != 401:
            return revoke(access_token, transport=transport, deadline=deadline)
        if refresh_token is None:
            return True
        renewed = endpoint.refresh(refresh_token, scopes=scopes, deadline=deadline)
        if isinstance(renewed, Granted):
            return revoke(renewed.access_token, transport=transport, deadline=deadline)
        return renewed.code in ENDED_CODES
    except ZendeskPluginError as error:
        logs.event("zendesk.pair_not_retired", "warning", error=error)
        return False
