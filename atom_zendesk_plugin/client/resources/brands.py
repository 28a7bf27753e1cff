"""What an account is made of: brands, languages, settings, roles and the addresses mail comes in by."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Caller, Reading
from atom_zendesk_plugin.client.resources.base import Key, numbered, path, record_in, whole
from atom_zendesk_plugin.client.resources.verbs import Editable, Readable, SlowMoving
from atom_zendesk_plugin.records import Named, Record


class Brands(Editable[Named], SlowMoving[Named]):
    """``/api/v2/brands``."""

    root, single, kind = "brands", "brand", Named

    def agents(self, brand_id: int) -> Reading[Record]:
        """Read who may work on a brand's tickets."""
        return numbered(self._caller, self._path(brand_id, "agents"), "brand_agents", Record).records(size=100)

    def check_host_mapping(self, brand_id: int) -> Record:
        """Return whether the brand's own address points to Zendesk, and what is wrong if not."""
        return whole(self._caller.request("GET", self._path(brand_id, "check_host_mapping")))


class Locales(Readable[Record], SlowMoving[Record]):
    """``/api/v2/locales``: the languages of the account, all in one answer."""

    root, single, kind, paged = "locales", "locale", Record, "number"

    def for_agents(self) -> Reading[Record]:
        """Read the languages agents can work in."""
        return self._listing(self._path("agent")).records(size=100)

    def public(self) -> Reading[Record]:
        """Read all languages Zendesk has."""
        return self._listing(self._path("public")).records(size=100)

    def current(self) -> Record:
        """Return the language of the connected user."""
        return self._read(self._caller.request("GET", self._path("current")))

    def best(self, available: Sequence[str]) -> Record:
        """Return which of these languages suits the connected user best."""
        reply = self._caller.request("GET", self._path("detect_best_locale"), params={"available_locales[]": available})
        return self._read(reply)


class AccountSettings:
    """``/api/v2/account/settings``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> Record:
        """Return the account's settings; agents see fewer of them than admins."""
        return record_in(self._caller.request("GET", path("account", "settings")), "settings", Record.parse)


class CustomRoles(Editable[Record], SlowMoving[Record]):
    """``/api/v2/custom_roles``, on plans that have them, all in one answer."""

    root, single, kind, paged = "custom_roles", "custom_role", Record, "number"


class SupportAddresses(Editable[Record]):
    """``/api/v2/recipient_addresses``: where mail becomes tickets."""

    root, single, kind = "recipient_addresses", "recipient_address", Record

    def verify(self, address_id: Key) -> None:
        """Ask Zendesk to check that an address forwards its mail; the result appears in the record."""
        self._caller.request("PUT", self._path(address_id, "verify"), json={"type": "forwarding"})
