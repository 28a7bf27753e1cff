"""The blueprints of one app, made from the table of operations; they carry full paths, so a host's prefix never doubles them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from atom_zendesk_plugin.web.connection_forms import connection_blueprint
from atom_zendesk_plugin.web.files import files_blueprint
from atom_zendesk_plugin.web.operations import API, UI, AnyOperation
from atom_zendesk_plugin.web.pages import pages_blueprint
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.redirects import redirects_blueprint, start_view
from atom_zendesk_plugin.web.rendering import Renderer
from atom_zendesk_plugin.web.router import desk_router
from atom_zendesk_plugin.web.routes import CORE, HIDING
from atom_zendesk_plugin.web.unrouted import keep_json, unrouted
from atom_zendesk_plugin.web.views import view_of


def build_blueprints(parts: Parts) -> list[Blueprint]:
    """Return new blueprints for one app: ATOM's API, the API of its pages, the way to Zendesk and back, and our own pages.

    Nothing is shared between apps.
    """
    render = Renderer()
    api = Blueprint("atom_zendesk_api", __name__)
    ui = Blueprint("atom_zendesk_ui", __name__)
    for path in dict.fromkeys(operation.path for operation in CORE if operation.path not in HIDING):
        _add(ui if path.startswith(f"{UI}/") else api, [row for row in CORE if row.path == path], parts, render)
    _add_whole_desk(api, parts)
    # Only requests under our own prefixes are looked at; an unrouted one belongs to no blueprint, hence the app-wide hook.
    api.after_app_request(keep_json(parts))
    return [
        api,
        ui,
        redirects_blueprint(parts, render),
        files_blueprint(parts),
        pages_blueprint(parts, render),
        connection_blueprint(parts, render),
    ]


def _add(blueprint: Blueprint, operations: Sequence[AnyOperation], parts: Parts, render: Renderer) -> None:
    """Add the operations of one path as one rule: Werkzeug compiles every rule, and that is what registration costs."""
    views: dict[str, Callable[..., Response]] = {
        row.method: start_view(row, parts, render) if row.starts else view_of(row, parts) for row in operations
    }

    def view(**variables: str) -> Response:
        return views["GET" if request.method == "HEAD" else request.method](**variables)

    rule = operations[0].path.replace("{", "<").replace("}", ">")
    blueprint.add_url_rule(rule, operations[0].name, view, methods=list(views))


def _add_whole_desk(blueprint: Blueprint, parts: Parts) -> None:
    """Add one rule for everything that has none of its own; what the host serves under this prefix is more exact, and stays the host's."""

    def view(path: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        found, allowed = desk_router().find(path, method)
        if found is not None:
            return view_of(found.methods[method], parts)(**found.variables(method))
        if request.method == "OPTIONS" and allowed:
            return Response(headers={"Allow": ", ".join((*allowed, "OPTIONS"))})
        return unrouted(allowed, parts)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # PATCH too, so that it is told what the path takes
    blueprint.add_url_rule(f"{API}/<path:path>", "whole_desk", view, methods=methods)
