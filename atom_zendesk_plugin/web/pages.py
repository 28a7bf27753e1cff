"""The pages that are open to everybody: how the integration stands and how to set it up, and the API's documentation."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, abort, request

from atom_zendesk_plugin.errors import DependencyMissing
from atom_zendesk_plugin.web.assets import STATIC, SWAGGER_FILES, send_asset, swagger_folder
from atom_zendesk_plugin.web.envelope import json_response
from atom_zendesk_plugin.web.openapi import Document, build_document
from atom_zendesk_plugin.web.operations import API, PAGES
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.rendering import Renderer
from atom_zendesk_plugin.web.routes import every_operation
from atom_zendesk_plugin.web.setup_page import setup_facts
from atom_zendesk_plugin.web.views import guarded


def pages_blueprint(parts: Parts, render: Renderer) -> Blueprint:
    """Return the blueprint of the pages, with the OpenAPI document of all operations."""
    blueprint = Blueprint("atom_zendesk_pages", __name__)
    def openapi() -> Response:
        return guarded(lambda: json_response(_served_at(_document(), request.script_root)), parts, "openapi")

    def setup() -> Response:
        return guarded(lambda: render("setup.html", setup_facts(parts)), parts, "setup_page")

    def docs() -> Response:
        return guarded(lambda: _docs(render), parts, "docs_page")

    def static(name: str) -> Response:
        return send_asset(STATIC, name)

    def swagger(name: str) -> Response:
        if name not in SWAGGER_FILES:
            abort(404)
        return guarded(lambda: send_asset(swagger_folder(), name), parts, "docs_assets")

    for rule, view in (
        (f"{API}/openapi.json", openapi),
        (f"{PAGES}/", setup),
        (f"{PAGES}/docs", docs),
        (f"{PAGES}/static/<name>", static),
        (f"{PAGES}/docs/assets/<name>", swagger),
    ):
        blueprint.add_url_rule(rule, view.__name__, view)
    return blueprint


@cache
def _document() -> Document:
    """Return the document, the same for every app; making it takes seconds, once per process."""
    return build_document(every_operation())


def _docs(render: Renderer) -> Response:
    try:
        swagger_folder()
        _document()
    except DependencyMissing as missing:
        return render("missing.html", {"missing": missing}, status=503)
    return render("docs.html", {})


def _served_at(document: Document, root: str) -> Document:
    """Return the document with the path the host is mounted at, so that "try it out" finds the API there."""
    return document if not root else document | {"servers": [{"url": root}]}
