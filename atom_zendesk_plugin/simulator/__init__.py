"""A local, stateful Zendesk for tests and development.

``Simulator(...).wsgi_app`` goes behind a ``requests`` session (``adapter.SimulatorAdapter``) or on a port (``serve``).
"""

from __future__ import annotations

from atom_zendesk_plugin.simulator.facade import (
    ApiCredentials,
    Credentials,
    OAuthCredentials,
    PublicOAuthCredentials,
    Simulator,
)

__all__ = ["ApiCredentials", "Credentials", "OAuthCredentials", "PublicOAuthCredentials", "Simulator"]
