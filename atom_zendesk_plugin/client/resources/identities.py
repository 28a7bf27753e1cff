"""Identities: the e-mail addresses, phone numbers and accounts by which Zendesk knows one user."""

from __future__ import annotations

from atom_zendesk_plugin.client.resources.base import Key, page_in
from atom_zendesk_plugin.client.resources.verbs import Nested
from atom_zendesk_plugin.records import Identity


class Identities(Nested[Identity]):
    """Those of one user. ``create`` takes ``type`` and ``value``; an address somebody else has is ZendeskInvalid."""

    root, single, kind = "identities", "identity", Identity

    def make_primary(self, identity_id: Key) -> tuple[Identity, ...]:
        """Make an address the one Zendesk writes to, and return all identities as they are then."""
        reply = self._caller.request("PUT", self._path(identity_id, "make_primary"), json={})
        return page_in(self._listing(), reply).records

    def verify(self, identity_id: Key) -> Identity:
        """Declare an identity verified, without asking its owner."""
        return self._read(self._caller.request("PUT", self._path(identity_id, "verify"), json={}))

    def request_verification(self, identity_id: Key) -> None:
        """Send the owner a mail with a link that verifies the address."""
        self._caller.request("PUT", self._path(identity_id, "request_verification"), json={})
