"""What the connection page says first, after something was done: one sentence for each outcome an address can carry.

Addresses can be made up by anybody, so nothing of them is shown, and success is only told when it is true. Extend by a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from atom_zendesk_plugin.accounts.model import SENTENCES, Refused

DISCONNECTED, DISCONNECTED_HERE, NOT_REVOKED = "disconnected", "disconnected_here", "not_revoked"
ACCOUNT_ADDED, ACCOUNT_REMOVED = "account_added", "account_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """``tone`` is good, fair or bad; ``hint`` says what may help."""

    tone: str
    text: str
    hint: str | None = None


_OUTCOMES: dict[str, Banner] = {
    DISCONNECTED: Banner(tone="good", text="You are disconnected. Zendesk confirmed that ATOM's token is dead."),
    DISCONNECTED_HERE: Banner(
        tone="fair",
        text="You are disconnected here, but Zendesk did not confirm that the token is dead.",
        hint="Until the token ends, it may still work. In Zendesk, your profile lists the apps you allowed: take ATOM off there.",
    ),
    NOT_REVOKED: Banner(
        tone="bad",
        text="You are still connected: Zendesk could not be asked to make the token invalid.",
        hint="Try again in a minute, or disconnect anyway, below.",
    ),
    ACCOUNT_ADDED: Banner(tone="good", text="The account was stored. People can connect to it now."),
    ACCOUNT_REMOVED: Banner(
        tone="good",
        text="The account was removed, with all connections to it.",
        hint="Tokens that people had end by themselves; to end them at once, delete the OAuth client in Zendesk's Admin Center.",
    ),
}
_CONNECTED = Banner(tone="good", text="You are connected to Zendesk.")
_REFUSED = Banner(
    tone="bad",
    text="You were not connected to Zendesk. Start again below.",
    hint="If it happens again, ask an administrator of ATOM to look at the set-up page.",
)


def banner_of(asked: Mapping[str, str], *, works: bool, home: str) -> Banner | None:
    """Return the banner of a query; ``works``: somebody is connected, ``home``: where sign-ins come back to."""
    if "error" in asked:
        return _refusal(asked["error"], home)
    if asked.get("success") == "true":
        return _CONNECTED if works else None
    return _OUTCOMES.get(asked.get("outcome", ""))


def _refusal(reason: str, home: str) -> Banner:
    if reason not in SENTENCES:
        return _REFUSED
    known = Refused(reason)
    # A cookie of one host is not sent to another, although both may lead to the same ATOM.
    lost = known is Refused.OTHER_BROWSER
    hint = f"If it happens again: sign-ins come back to {home}, so open ATOM under that address." if lost else None
    return Banner(tone="fair" if known is Refused.DENIED else "bad", text=SENTENCES[known], hint=hint)
