"""The connection page and its forms. Each form answers with a redirect, so that reloading sends nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Code, Forbidden, InvalidInput, ZendeskCallFailed, ZendeskPluginError
from atom_zendesk_plugin.web import banners
from atom_zendesk_plugin.web.browser import find_secret, keep_secret, new_secret
from atom_zendesk_plugin.web.connection_page import (
    ADD_ACCOUNT,
    DISCONNECT,
    REMOVE_ACCOUNT,
    AccountForm,
    connection_facts,
)
from atom_zendesk_plugin.web.csrf import require_form
from atom_zendesk_plugin.web.failures import status_of
from atom_zendesk_plugin.web.fields import account_name
from atom_zendesk_plugin.web.identity import confirm, known_caller
from atom_zendesk_plugin.web.navigation import on_host, send_to
from atom_zendesk_plugin.web.operations import PAGES
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.rendering import Renderer
from atom_zendesk_plugin.web.routes.connecting import NewAccount
from atom_zendesk_plugin.web.validation import check_form, read_form
from atom_zendesk_plugin.web.views import guarded

PAGE = f"{PAGES}/connection"
HOST_PAGE = "/integrations/zendesk"
_NOT_ASKED = frozenset({Code.UPSTREAM_ERROR, Code.RATE_LIMITED, Code.CONFIG_ERROR, Code.ZENDESK_NOT_CONNECTED})
_ASKED_FOR = {"subdomain": "Enter the subdomain.", "client_id": "Enter the client's unique identifier."}


def connection_blueprint(parts: Parts, render: Renderer) -> Blueprint:
    """Return the blueprint of the page, its forms, and the address ATOM's own page has, for hosts without one."""
    blueprint = Blueprint("atom_zendesk_connection", __name__)

    def view_of(name: str, respond: Callable[[], Response]) -> Callable[[], Response]:
        return lambda: guarded(respond, parts, name, failed=render.failure)

    for rule, method, name, respond in (
        (PAGE, "GET", "page", lambda: _page(parts, render, known_caller(parts, request), AccountForm())),
        (f"{PAGE}/disconnect", "POST", "disconnect", lambda: _disconnect(parts)),
        (f"{PAGE}/accounts", "POST", "add_account", lambda: _add_account(parts, render)),
        (f"{PAGE}/accounts/remove", "POST", "remove_account", lambda: _remove_account(parts)),
        (HOST_PAGE, "GET", "host_page", _host_page),
    ):
        blueprint.add_url_rule(rule, name, view_of(f"connection_{name}", respond), methods=[method])
    return blueprint


def _page(parts: Parts, render: Renderer, caller: Caller, form: AccountForm, *, status: int = 200) -> Response:
    confirm(caller, request.args.getlist("user_id"))
    secret = find_secret(request, parts.settings) or new_secret()
    facts = connection_facts(parts, caller, asked=request.args.to_dict(), secret=secret, form=form)
    response = render("connection.html", facts, status=status)
    keep_secret(response, secret, parts.settings)
    return response


def _host_page() -> Response:
    query = urlencode(list(request.args.items(multi=True)))
    return send_to(on_host(f"{PAGE}?{query}" if query else PAGE, request))


def _disconnect(parts: Parts) -> Response:
    caller = _poster(parts, DISCONNECT)
    account = _account()
    try:
        gone = parts.connections.disconnect(caller, account=account, anyway="anyway" in request.form)
    except ZendeskPluginError as error:
        if not isinstance(error, ZendeskCallFailed) and error.code not in _NOT_ASKED:
            raise
        return _see(banners.NOT_REVOKED, account=account)
    return _see(banners.DISCONNECTED if gone.revoked else banners.DISCONNECTED_HERE)


def _add_account(parts: Parts, render: Renderer) -> Response:
    caller = _administrator(parts, ADD_ACCOUNT)
    sent = request.form
    form = AccountForm(
        subdomain=sent.get("subdomain", "").strip(),
        client_id=sent.get("client_id", "").strip(),
        service="service" in sent,
    )
    try:
        new = _new_account(form, secret=sent.get("client_secret", "").strip())
        parts.connections.add_account(
            caller,
            subdomain=new.subdomain,
            client_id=new.client_id,
            client_secret=new.client_secret,
            service=new.service,
        )
    except ZendeskPluginError as error:
        return _page(parts, render, caller, _with_problem(form, error), status=status_of(error))
    return _see(banners.ACCOUNT_ADDED)


def _remove_account(parts: Parts) -> Response:
    caller = _administrator(parts, REMOVE_ACCOUNT)
    parts.connections.remove_account(caller, account=_account())
    return _see(banners.ACCOUNT_REMOVED)


def _poster(parts: Parts, purpose: str) -> Caller:
    """Return who sent the form. Raises AuthRequired, InvalidInput, and Forbidden for a form that is not from our page."""
    caller = known_caller(parts, request)
    check_form(request)
    require_form(request, caller, secret=find_secret(request, parts.settings), purpose=purpose)
    confirm(caller, [*request.args.getlist("user_id"), *request.form.getlist("user_id")])
    return caller


def _administrator(parts: Parts, purpose: str) -> Caller:
    caller = _poster(parts, purpose)
    if not parts.connections.may_administer(caller):
        raise Forbidden("Accounts are set up by administrators of ATOM.")
    return caller


def _account() -> str:
    account = account_name(request.form.get("account"))
    if account is None:
        raise InvalidInput("The form does not say which account: open the page again.", field="account")
    return account


def _new_account(form: AccountForm, *, secret: str) -> NewAccount:
    for field, sentence in _ASKED_FOR.items():
        if not getattr(form, field):
            raise InvalidInput(sentence, field=field)
    values = {
        "subdomain": form.subdomain,
        "client_id": form.client_id,
        "client_secret": secret or None,
        "service": form.service,
    }
    return read_form(values, NewAccount)


def _with_problem(form: AccountForm, error: ZendeskPluginError) -> AccountForm:
    field = error.field if isinstance(error, InvalidInput) else None
    return AccountForm(
        subdomain=form.subdomain,
        client_id=form.client_id,
        service=form.service,
        problem=error.message,
        field=field if field in ("subdomain", "client_id", "client_secret", "service") else None,
    )


def _see(outcome: str, **more: str) -> Response:
    return send_to(on_host(f"{PAGE}?{urlencode({'outcome': outcome, **more})}", request), status=303)
