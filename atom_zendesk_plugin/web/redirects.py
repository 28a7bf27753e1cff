"""The way of a browser to Zendesk and back. These addresses write although they are opened like pages, so HEAD does nothing there."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from atom_zendesk_plugin.accounts.model import Connection, ConnectionRefused
from atom_zendesk_plugin.errors import InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.web.browser import find_secret, keep_secret, new_secret
from atom_zendesk_plugin.web.envelope import json_response, success_body
from atom_zendesk_plugin.web.fields import account_name
from atom_zendesk_plugin.web.identity import confirm, is_cross_site, require_caller
from atom_zendesk_plugin.web.navigation import on_host, opens_a_page, send_to, with_query
from atom_zendesk_plugin.web.operations import AUTH, AnyOperation
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.present.connections import connection_item
from atom_zendesk_plugin.web.rendering import Renderer
from atom_zendesk_plugin.web.routes.connecting import LONGEST_VALUE, REVOKE, START_PAGE
from atom_zendesk_plugin.web.views import guarded, view_of

View = Callable[..., Response]


def redirects_blueprint(parts: Parts, render: Renderer) -> Blueprint:
    """Return the blueprint of the addresses that are registered with Zendesk or known to browsers."""
    blueprint = Blueprint("atom_zendesk_auth", __name__)

    def callback() -> Response:
        if request.method == "HEAD":
            return _nothing()
        if opens_a_page(request):
            return guarded(lambda: _finish_as_page(parts), parts, "callback", failed=lambda error: _back(parts, error))
        return guarded(lambda: _finish_as_json(parts), parts, "callback")

    blueprint.add_url_rule(AUTH, "start", start_view(START_PAGE, parts, render), methods=["GET"])
    blueprint.add_url_rule(f"{AUTH}/callback", "callback", callback, methods=["GET"])
    blueprint.add_url_rule(f"{AUTH}/revoke", "revoke", view_of(REVOKE, parts), methods=["POST"])
    return blueprint


def start_view(operation: AnyOperation, parts: Parts, render: Renderer) -> View:
    """Return the view of an operation that begins a sign-in: programs get its answer, a browser is sent to Zendesk."""
    as_json = view_of(operation, parts)

    def view() -> Response:
        if request.method == "HEAD":
            return _nothing()
        if not opens_a_page(request):
            return as_json()
        return guarded(lambda: _begin(parts, render), parts, operation.name, failed=render.failure)

    return view


def _begin(parts: Parts, render: Renderer) -> Response:
    caller = require_caller(parts, request)
    confirm(caller, request.args.getlist("user_id"))
    account = account_name(request.args.get("account"))
    if is_cross_site(request):
        # Another site's link must not connect anybody unasked; a click on our own page says that it was meant.
        return render("ask.html", {"account": account})
    secret = find_secret(request, parts.settings) or new_secret()
    response = send_to(parts.connections.start(caller, browser=secret, account=account).url)
    keep_secret(response, secret, parts.settings)
    return response


def _finish(parts: Parts) -> Connection:
    caller = parts.identify(request)
    if caller is not None:
        confirm(caller, request.args.getlist("user_id"))
    return parts.connections.finish(
        browser=find_secret(request, parts.settings),
        caller=caller,
        state=_sent_back("state"),
        code=_sent_back("code"),
        error=_sent_back("error"),
        issuer=_sent_back("iss"),
        account=account_name(request.args.get("account")),
    )


def _finish_as_page(parts: Parts) -> Response:
    _finish(parts)
    return _after(parts, success="true")


def _finish_as_json(parts: Parts) -> Response:
    now = parts.clock.now()
    data = connection_item(_finish(parts), now=now)
    return json_response(
        success_body(data, service=parts.service_name, at=now, message="You are connected to Zendesk.")
    )


def _back(parts: Parts, error: ZendeskPluginError) -> Response:
    reason = str(error.reason) if isinstance(error, ConnectionRefused) else error.code.lower()
    return _after(parts, error=reason)


def _after(parts: Parts, **outcome: str) -> Response:
    return send_to(on_host(with_query(parts.settings.after_connect, outcome), request))


def _sent_back(name: str) -> str | None:
    value = request.args.get(name) or None
    if value is not None and len(value) > LONGEST_VALUE:
        takes = f"text of 1 to {LONGEST_VALUE} characters"
        raise InvalidInput(f"{name} takes {takes}.", field=name, takes=takes)
    return value


def _nothing() -> Response:
    return Response(status=204, headers={"Cache-Control": "no-store"})
