"""Ending a token at Zendesk and making sure that it has ended: read its number, delete it by that, see it refused.

Deleting ``current`` is documented too, but accounts have reported tokens that went on working; it is the second choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atom_zendesk_plugin.client.credentials import CURRENT, bearer
from atom_zendesk_plugin.client.grants import token_number
from atom_zendesk_plugin.client.reply import NoReply

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.transport import Transport

ONE: Final = "/api/v2/oauth/tokens/{}.json"


def revoke(access_token: str, *, transport: Transport, deadline: float | None) -> bool:
    """Revoke a token with its own power; True when Zendesk was seen to refuse it afterwards, or already did.

    False: it may still work, because Zendesk was not reached or did not do it. The refresh token ends with it.
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
