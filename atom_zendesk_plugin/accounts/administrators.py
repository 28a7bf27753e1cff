"""Who administers: sees and changes the Zendesk accounts of a tenant, and reads what was done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.config import Settings


def administers(caller: Caller, settings: Settings) -> bool:
    """Tell whether somebody is an administrator of their tenant. ``*`` lets everybody work, but nobody administer.

    Code of the host itself is: who runs commands there has the settings in hand.
    """
    return caller.via == "internal" or not caller.roles.isdisjoint(set(settings.service_roles) - {"*"})
