"""The blueprints of one app, made from the table of operations; they carry full paths, so a host's prefix never doubles them."""

from __future__ import annotations

from flask import Blueprint

from atom_zendesk_plugin.web.operations import UI, AnyOperation
from atom_zendesk_plugin.web.pages import pages_blueprint
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.routes import OPERATIONS
from atom_zendesk_plugin.web.unrouted import keep_json
from atom_zendesk_plugin.web.views import view_of


def build_blueprints(parts: Parts) -> list[Blueprint]:
    """Return new blueprints for one app: ATOM's API, the API of its pages, and our own pages. Nothing is shared between apps."""
    api = Blueprint("atom_zendesk_api", __name__)
    ui = Blueprint("atom_zendesk_ui", __name__)
    for operation in OPERATIONS:
        _add(ui if operation.path.startswith(f"{UI}/") else api, operation, parts)
    # Only requests under our own prefixes are looked at; an unrouted one belongs to no blueprint, hence the app-wide hook.
    api.after_app_request(keep_json(parts))
    return [api, ui, pages_blueprint(parts, OPERATIONS)]


def _add(blueprint: Blueprint, operation: AnyOperation, parts: Parts) -> None:
    rule = operation.path.replace("{", "<").replace("}", ">")
    blueprint.add_url_rule(rule, operation.name, view_of(operation, parts), methods=[operation.method])
