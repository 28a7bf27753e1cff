"""Putting the plugin on an app: its routes, or in their place those that say why the real ones are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_zendesk_plugin.errors import Code
from atom_zendesk_plugin.extension import KEY, ZendeskExtension, build_extension

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> ZendeskExtension:
    """Put the plugin's routes on the app. Raises what stands in the way; opens no socket and no database."""
    extension = build_extension(app)
    from atom_zendesk_plugin.mounting import mount, served_by
    from atom_zendesk_plugin.web.blueprint import build_blueprints

    blueprints, taken = build_blueprints(extension), served_by(app)
    for blueprint in blueprints:
        mount(app, blueprint, taken=taken)
    return extension


def install_fallback(app: Flask, error: BaseException) -> bool:
    """Put the routes on the app that say why the real ones are not there. Returns whether this is a problem an operator can mend."""
    from atom_zendesk_plugin.fallback import build_fallback, describe
    from atom_zendesk_plugin.mounting import mount, served_by

    problem = describe(error)
    mendable = problem.code is not Code.INTERNAL_ERROR
    held = app.extensions.get(KEY)
    report = None
    if isinstance(held, ZendeskExtension):
        held.failure = None if mendable else problem.message
        report = held.health
    mount(app, build_fallback(problem, report=report), taken=served_by(app))
    return mendable
