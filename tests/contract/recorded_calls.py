"""Which call of the client a recorded exchange belongs to, and how its answer is read by that call.

Resources with the usual verbs are taken from the tables of the unit tests; the others have a row of their own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from atom_zendesk_plugin.client.api import ZendeskClient
from atom_zendesk_plugin.client.resources.export_pages import Place
from atom_zendesk_plugin.records import Record
from tests.recordings import Exchange
from tests.unit.client import calls_of_account, calls_of_people, calls_of_rules, calls_of_tickets
from tests.unit.client.asking import Usual

Read = Callable[[ZendeskClient, Exchange], Iterable[Record]]
Rows = Mapping[tuple[str, str], tuple[str, Read]]

_ID = re.compile(r"\d+|V3-[0-9a-f]+|[0-9a-f]{32}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACE = Place(start_time=1)
USUAL = (*calls_of_tickets.USUAL, *calls_of_people.USUAL, *calls_of_rules.USUAL, *calls_of_account.USUAL)


def parts(exchange: Exchange) -> list[str]:
    """Return the parts of a path; some recorded ones go on with ``&`` where the query should begin."""
    return re.split(r"[?&]", exchange.path)[0].removesuffix(".json").removesuffix(".json").split("/")


def template(exchange: Exchange) -> str:
    """Return the path with ``{id}`` for each id."""
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in parts(exchange))


def ids(exchange: Exchange) -> list[Any]:
    """Return the ids in a path, numbers as such."""
    return [int(part) if part.isdecimal() else part for part in parts(exchange) if _ID.fullmatch(part)]


def wrapped(exchange: Exchange, key: str) -> dict[str, Any]:
    """Return what was sent under a key, or something that could have been."""
    told = exchange.sent.get(key) if isinstance(exchange.sent, dict) else None
    return told if isinstance(told, dict) and told else {"name": "x"}


def asked_ids(exchange: Exchange) -> list[int]:
    """Return the ids in a query."""
    told = parse_qs(urlsplit(exchange.path).query).get("ids", [""])[0]
    return [int(one) for one in told.split(",") if one.isdecimal()] or [1]


def resource(client: ZendeskClient, usual: Usual, exchange: Exchange) -> Any:
    """Return the resource an exchange belongs to."""
    found: Any = client
    for word in usual.name.split("."):
        found = getattr(found, word.removesuffix("()"))
        if word.endswith("()"):
            found = found(*ids(exchange)[: len(usual.within)])
    return found


def _usual(usual: Usual) -> Iterator[tuple[tuple[str, str], tuple[str, Read]]]:
    where = "/api/v2" + "/".join("{id}" if part.isdecimal() or part == "01W" else part for part in usual.path.split("/"))
    if "l" in usual.verbs:
        yield ("GET", where), (usual.root, lambda c, e: resource(c, usual, e).page())
    if "g" in usual.verbs:
        yield ("GET", f"{where}/{{id}}"), (usual.single, lambda c, e: [resource(c, usual, e).get(ids(e)[-1]).record])
    if "c" in usual.verbs:
        yield ("POST", where), (usual.single, lambda c, e: [resource(c, usual, e).create(wrapped(e, usual.single))])
    if "u" in usual.verbs:
        yield (usual.changes_by, f"{where}/{{id}}"), (
            usual.single, lambda c, e: [resource(c, usual, e).update(ids(e)[-1], wrapped(e, usual.single))],
        )  # fmt: skip


def _bulk(root: str, single: str) -> Iterator[tuple[tuple[str, str], tuple[str, Read]]]:
    def of(client: ZendeskClient) -> Any:
        return getattr(client, root)

    yield ("POST", f"/api/v2/{root}/create_many"), ("job_status", lambda c, e: [of(c).create_many([{}])])
    yield ("PUT", f"/api/v2/{root}/update_many"), ("job_status", lambda c, e: [of(c).update_many([1], {})])
    yield ("DELETE", f"/api/v2/{root}/destroy_many"), ("job_status", lambda c, e: [of(c).delete_many([1])])
    yield ("GET", f"/api/v2/{root}/show_many"), (root, lambda c, e: of(c).show_many(asked_ids(e)))


def _exported(key: str, use: Callable[[ZendeskClient], Iterator[Iterable[Record]]]) -> tuple[str, Read]:
    return key, lambda c, e: next(use(c))


def _deleting(usual: Usual) -> Callable[[ZendeskClient, Exchange], object]:
    return lambda c, e: resource(c, usual, e).delete(ids(e)[-1])


_OWN: Rows = {
    ("GET", "/api/v2/tickets"): ("tickets", lambda c, e: c.tickets.page()),
    ("GET", "/api/v2/tickets/{id}"): ("ticket", lambda c, e: [c.tickets.get(ids(e)[0]).record]),
    ("POST", "/api/v2/tickets"): ("ticket", lambda c, e: [c.tickets.create(wrapped(e, "ticket"), idempotency_key="k").ticket]),
    ("PUT", "/api/v2/tickets/{id}"): ("ticket", lambda c, e: [c.tickets.update(ids(e)[0], wrapped(e, "ticket")).ticket]),
    ("GET", "/api/v2/tickets/recent"): ("tickets", lambda c, e: c.tickets.recent()),
    ("GET", "/api/v2/tickets/{id}/comments"): ("comments", lambda c, e: c.tickets.comments_page(ids(e)[0])),
    ("GET", "/api/v2/tickets/{id}/audits"): ("audits", lambda c, e: c.tickets.audits_page(ids(e)[0])),
    ("GET", "/api/v2/tickets/{id}/metrics"): ("ticket_metric", lambda c, e: [c.ticket_metrics.of_ticket(ids(e)[0])]),
    ("DELETE", "/api/v2/deleted_tickets/{id}"): ("job_status", lambda c, e: [c.deleted_tickets.purge(ids(e)[0])]),
    ("PUT", "/api/v2/comment_redactions/{id}"): ("comment", lambda c, e: [c.comments.redact(1, ids(e)[0], html_body="")]),
    ("POST", "/api/v2/imports/tickets"): ("ticket", lambda c, e: [c.imports.create(wrapped(e, "ticket"))]),
    ("POST", "/api/v2/users/create_or_update"): ("user", lambda c, e: [c.users.create_or_update(wrapped(e, "user"))]),
    ("GET", "/api/v2/users/search"): ("users", lambda c, e: c.users.search(query="x")),
    ("GET", "/api/v2/users/me"): ("user", lambda c, e: [c.users.me()]),
    ("GET", "/api/v2/users/{id}/groups"): ("groups", lambda c, e: c.users.groups(ids(e)[0])),
    ("GET", "/api/v2/users/{id}/group_memberships"): (
        "group_memberships", lambda c, e: c.group_memberships.page(user_id=ids(e)[0]),
    ),
    ("GET", "/api/v2/users/{id}/requests"): ("requests", lambda c, e: c.requests.of_user(ids(e)[0])),
    ("GET", "/api/v2/users/{id}/tickets/ccd"): ("tickets", lambda c, e: c.users.tickets_page(ids(e)[0], "ccd")),
    ("GET", "/api/v2/users/{id}/tickets/requested"): ("tickets", lambda c, e: c.users.tickets_page(ids(e)[0], "requested")),
    ("GET", "/api/v2/organizations/autocomplete"): ("organizations", lambda c, e: c.organizations.autocomplete("x")),
    ("GET", "/api/v2/organizations/search"): ("organizations", lambda c, e: c.organizations.search(external_id="x")),
    ("GET", "/api/v2/organizations/{id}/users"): ("users", lambda c, e: c.organizations.users(ids(e)[0])),
    ("GET", "/api/v2/organizations/{id}/tickets"): ("tickets", lambda c, e: c.organizations.tickets(ids(e)[0])),
    ("GET", "/api/v2/groups/assignable"): ("groups", lambda c, e: c.groups.assignable()),
    ("GET", "/api/v2/group_memberships"): ("group_memberships", lambda c, e: c.group_memberships.page()),
    ("GET", "/api/v2/organization_memberships"): ("organization_memberships", lambda c, e: c.organization_memberships.page()),
    ("GET", "/api/v2/views/active"): ("views", lambda c, e: c.views.active()),
    ("GET", "/api/v2/views/compact"): ("views", lambda c, e: c.views.compact()),
    ("GET", "/api/v2/views/{id}/tickets"): ("tickets", lambda c, e: c.views.tickets_page(ids(e)[0])),
    ("GET", "/api/v2/macros/active"): ("macros", lambda c, e: c.macros.active()),
    ("GET", "/api/v2/macros/actions"): ("actions", lambda c, e: c.macros.actions()),
    ("GET", "/api/v2/macros/definitions"): ("definitions", lambda c, e: [c.macros.definitions()]),
    ("GET", "/api/v2/macros/{id}/apply"): ("result", lambda c, e: [c.macros.apply(ids(e)[0])]),
    ("GET", "/api/v2/macros/{id}/attachments"): ("macro_attachments", lambda c, e: c.macros.attachments(ids(e)[0])),
    ("GET", "/api/v2/triggers/active"): ("triggers", lambda c, e: c.triggers.active()),
    ("GET", "/api/v2/triggers/definitions"): ("definitions", lambda c, e: [c.triggers.definitions()]),
    ("GET", "/api/v2/automations/active"): ("automations", lambda c, e: c.automations.active()),
    ("GET", "/api/v2/locales/current"): ("locale", lambda c, e: [c.locales.current()]),
    ("GET", "/api/v2/account/settings"): ("settings", lambda c, e: [c.account_settings.get()]),
    ("GET", "/api/v2/tags"): ("tags", lambda c, e: c.tags.list()),
    ("POST", "/api/v2/bookmarks"): ("bookmark", lambda c, e: [c.bookmarks.add(1)]),
    ("GET", "/api/v2/search"): ("results", lambda c, e: c.search.page("x", type=None)),
    ("GET", "/api/v2/search/export"): ("results", lambda c, e: c.search.export("x", type="ticket")),
    ("GET", "/api/v2/job_statuses/{id}"): ("job_status", lambda c, e: [c.jobs.get(e.ids[0])]),
    ("POST", "/api/v2/uploads"): ("upload", lambda c, e: [c.attachments.upload(io.BytesIO(b"x"), filename="x")]),
    ("POST", "/api/v2/webhooks/test"): ("response", lambda c, e: [c.webhooks.test()]),
    ("GET", "/api/v2/webhooks/{id}/signing_secret"): ("signing_secret", lambda c, e: [c.webhooks.signing_secret(ids(e)[0])]),
    ("POST", "/api/v2/webhooks/{id}/signing_secret"): ("signing_secret", lambda c, e: [c.webhooks.rotate_secret(ids(e)[0])]),
    ("GET", "/api/v2/webhooks/{id}/invocations/{id}/attempts"): (
        "attempts", lambda c, e: c.webhooks.invocations(ids(e)[0]).attempts(ids(e)[1]),
    ),
    ("GET", "/api/v2/incremental/tickets"): _exported("tickets", lambda c: c.exports.tickets_by_time(_PLACE)),
    ("GET", "/api/v2/incremental/tickets/cursor"): _exported("tickets", lambda c: c.exports.tickets(_PLACE)),
    ("GET", "/api/v2/incremental/users"): _exported("users", lambda c: c.exports.users_by_time(_PLACE)),
    ("GET", "/api/v2/incremental/users/cursor"): _exported("users", lambda c: c.exports.users(_PLACE)),
    ("GET", "/api/v2/incremental/organizations"): _exported("organizations", lambda c: c.exports.organizations(_PLACE)),
}  # fmt: skip

CALLS: Rows = {
    **dict(row for usual in USUAL for row in _usual(usual)),
    **dict(row for root in ("tickets", "users", "organizations") for row in _bulk(root, root.removesuffix("s"))),
    **_OWN,
}

PLAIN: Mapping[tuple[str, str], Callable[[ZendeskClient, Exchange], object]] = {
    ("GET", "/api/v2/views/{id}/count"): lambda c, e: c.views.count(ids(e)[0]),
    ("GET", "/api/v2/views/count"): lambda c, e: c.views.how_many(),
    ("GET", "/api/v2/organizations/{id}/tags"): lambda c, e: c.organizations.tags(ids(e)[0]),
    ("POST", "/api/v2/organizations/{id}/tags"): lambda c, e: c.organizations.set_tags(ids(e)[0], ["x"]),
    ("PUT", "/api/v2/organizations/{id}/tags"): lambda c, e: c.organizations.add_tags(ids(e)[0], ["x"]),
    ("DELETE", "/api/v2/organizations/{id}/tags"): lambda c, e: c.organizations.remove_tags(ids(e)[0], ["x"]),
    ("PUT", "/api/v2/deleted_tickets/{id}/restore"): lambda c, e: c.deleted_tickets.restore(ids(e)[0]),
    ("PUT", "/api/v2/webhooks/{id}"): lambda c, e: c.webhooks.replace(ids(e)[0], {}),
    ("PATCH", "/api/v2/webhooks/{id}"): lambda c, e: c.webhooks.update(ids(e)[0], {}),
    ("DELETE", "/api/v2/uploads/{id}"): lambda c, e: c.attachments.delete_upload("x"),
    ("DELETE", "/api/v2/tickets/{id}"): lambda c, e: c.tickets.delete(ids(e)[0]),
    ("DELETE", "/api/v2/webhooks/{id}"): lambda c, e: c.webhooks.delete(ids(e)[0]),
    **{
        ("DELETE", f"/api/v2{usual.path}/{{id}}"): _deleting(usual)
        for usual in USUAL if "d" in usual.verbs and not usual.within
    },
    ("DELETE", "/api/v2/views/destroy_many"): lambda c, e: c.views.delete_many([1]),
    ("DELETE", "/api/v2/macros/destroy_many"): lambda c, e: c.macros.delete_many([1]),
    ("DELETE", "/api/v2/automations/destroy_many"): lambda c, e: c.automations.delete_many([1]),
    ("DELETE", "/api/v2/users/{id}/identities/{id}"): lambda c, e: c.users.identities(ids(e)[0]).delete(ids(e)[1]),
    ("DELETE", "/api/v2/dynamic_content/items/{id}/variants/{id}"): (
        lambda c, e: c.dynamic_content.variants(ids(e)[0]).delete(ids(e)[1])
    ),
}  # fmt: skip
"""Calls that answer with something else than records, or with nothing."""
