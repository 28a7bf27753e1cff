"""Zendesk inside ATOM: a Flask plugin that also runs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"

__all__ = ["__version__", "register_zendesk_integration"]


def register_zendesk_integration(app: Flask, db_pool: object | None = None) -> bool:
    """Put the plugin on a Flask app, in the call style of ATOM's other integrations.

    ``db_pool`` is accepted for that call style and may be None; the plugin finds its database by itself.
    Returns True when routes are served, also when they were already; False when nothing could be registered,
    in which case the log names the cause. Never raises.
    """
    from atom_zendesk_plugin.plugin import register

    return register(app, services=None, db_pool=db_pool)
