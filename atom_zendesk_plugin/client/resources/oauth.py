"""The OAuth clients of an account, and the tokens that were given out; admins see all, others their own."""

from __future__ import annotations

from atom_zendesk_plugin.client.pagination import Reading
from atom_zendesk_plugin.client.resources.base import Fields, Key, listing
from atom_zendesk_plugin.client.resources.verbs import Editable, Readable
from atom_zendesk_plugin.records import OAuthToken, Record


class OAuthClients(Editable[Record]):
    """``/api/v2/oauth/clients``."""

    root, single, kind, at = "clients", "client", Record, ("oauth", "clients")

    def generate_secret(self, client_id: int) -> Record:
        """Make a new secret and return the client with it, this once. The old secret is dead at once."""
        return self._read(self._caller.request("PUT", self._path(client_id, "generate_secret"), json={}))

    def mine(self) -> Reading[Record]:
        """Read the clients the connected user has given access to."""
        where = "/api/v2/users/me/oauth/clients"
        return listing(self._caller, where, "clients", Record).records(size=100)


class GlobalOAuthClients(Readable[Record]):
    """``/api/v2/oauth/global_clients``: clients of other companies that this account uses."""

    root, single, kind, at = "global_clients", "global_client", Record, ("oauth", "global_clients")


class OAuthTokens(Readable[OAuthToken]):
    """``/api/v2/oauth/tokens``; filters ``client_id`` and ``all``. Of a token only its first letters are shown."""

    root, single, kind, at = "tokens", "token", OAuthToken, ("oauth", "tokens")

    def current(self) -> OAuthToken:
        """Return the token this call was made with: its id, scopes and end."""
        return self._read(self._caller.request("GET", self._path("current")))

    def create(self, fields: Fields) -> OAuthToken:
        """Make a token; ``client_id`` is the number of the client, ``scopes`` a list. Only this answer has all of it."""
        return self._read(self._create(fields))

    def revoke(self, token_id: Key) -> None:
        """End a token. To end the current one, read its id first: ending it as ``current`` was seen to have no effect."""
        self._delete(token_id)
