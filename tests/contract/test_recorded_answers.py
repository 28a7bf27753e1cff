"""The client reads everything the real service was recorded to answer, without losing a field, and names every refusal."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter

from atom_zendesk_plugin import errors, records
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.records import Record
from script.lib.probing import calls
from tests.contract.recorded_calls import CALLS, PLAIN, template
from tests.recordings import Exchange, OneAnswer, exchanges

KINDS: Mapping[str, type[Record]] = {
    "ticket": records.Ticket,
    "tickets": records.Ticket,
    "comment": records.Comment,
    "comments": records.Comment,
    "audit": records.Audit,
    "audits": records.Audit,
    "user": records.User,
    "users": records.User,
    "organization": records.Organization,
    "organizations": records.Organization,
    "group": records.Group,
    "groups": records.Group,
    "group_membership": records.GroupMembership,
    "group_memberships": records.GroupMembership,
    "organization_membership": records.OrganizationMembership,
    "organization_memberships": records.OrganizationMembership,
    "view": records.View,
    "views": records.View,
    "job_status": records.JobStatus,
    "job_statuses": records.JobStatus,
    "ticket_metric": records.TicketMetric,
    "ticket_metrics": records.TicketMetric,
    "identity": records.Identity,
    "identities": records.Identity,
    "macro": records.Rule,
    "macros": records.Rule,
    "trigger": records.Rule,
    "triggers": records.Rule,
    "automation": records.Rule,
    "automations": records.Rule,
    "ticket_field": records.FieldDefinition,
    "ticket_fields": records.FieldDefinition,
    "user_field": records.FieldDefinition,
    "organization_field": records.FieldDefinition,
    "ticket_form": records.TicketForm,
    "custom_status": records.CustomStatus,
    "brand": records.Named,
    "brands": records.Named,
    "webhook": records.Named,
    "webhooks": records.Named,
    "satisfaction_rating": records.SatisfactionRating,
    "upload": records.Upload,
    "signing_secret": records.SigningSecret,
}

REFUSALS: Mapping[int, type[errors.ZendeskCallFailed]] = {
    400: errors.ZendeskBadRequest,
    401: errors.ZendeskUnauthorized,
    403: errors.ZendeskForbidden,
    404: errors.ZendeskNotFound,
    406: errors.ZendeskInvalid,
    409: errors.ZendeskConflict,
    413: errors.ZendeskTooLarge,
    422: errors.ZendeskInvalid,
    429: errors.ZendeskRateLimited,
}

def client_on(exchange: Exchange) -> ZendeskClient:
    settings = load_settings(
        {}, {"ZENDESK_SUBDOMAIN": "example", "ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_MAX_ATTEMPTS": "1"}
    )
    return build_client(
        settings, account_key="default/example", clock=ManualClock(), rng=random.Random(1), adapter=OneAnswer(exchange)
    )


def is_json(exchange: Exchange) -> bool:
    return isinstance(exchange.body, dict) and "_binary_bytes" not in exchange.body


def test_every_recorded_success_arrives_whole_and_every_record_in_it_survives() -> None:
    seen: Counter[str] = Counter()
    for exchange in exchanges():
        if exchange.status >= 300 or not is_json(exchange):
            continue
        reply = client_on(exchange).request(exchange.method, exchange.path)  # type: ignore[arg-type]  # as recorded
        assert reply.json() == exchange.body, exchange.name
        for key, kind in KINDS.items():
            found = exchange.body.get(key)
            for sent in found if isinstance(found, list) else [found] if isinstance(found, dict) else []:
                record = kind.parse(json.dumps(sent).encode())
                assert record.payload() == sent, exchange.name
                assert record.merged({}).payload() == sent, exchange.name
                seen[key] += 1
    assert min(seen[key] for key in ("tickets", "ticket", "users", "comments", "audits", "views", "job_status")) >= 5, (
        seen
    )


def test_every_recorded_success_of_a_modelled_call_comes_out_of_that_call() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for exchange in exchanges():
        asked = exchange.method, template(exchange)
        if asked not in CALLS or exchange.status >= 300 or not is_json(exchange) or CALLS[asked][0] not in exchange.body:
            continue
        key, read = CALLS[asked]
        if key == "user" and exchange.body["user"].get("id") is None:
            continue
        sent = exchange.body[key] if isinstance(exchange.body[key], list) else [exchange.body[key]]
        found = read(client_on(exchange), exchange)
        # An iterator would go on to a next page, which was not recorded.
        got = [record.payload() for record in (islice(found, len(sent)) if isinstance(found, Iterator) else found)]
        if asked[1].endswith("/show_many"):  # in the order asked, not in the service's
            got, sent = sorted(got, key=itemgetter("id")), sorted(sent, key=itemgetter("id"))
        assert got == sent, exchange.name
        seen[asked] += 1
    assert len(seen) >= 120, len(seen)


def test_every_recorded_success_without_a_record_is_taken_for_one() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for exchange in exchanges():
        asked = exchange.method, template(exchange)
        if asked in PLAIN and exchange.status < 300:
            PLAIN[asked](client_on(exchange), exchange)
            seen[asked] += 1
    assert len(seen) >= 30, len(seen)


def test_no_recorded_success_of_a_modelled_call_is_left_out() -> None:
    modelled = {(made.verb, made.template.replace("{}", "{id}")) for made in calls()}
    recorded = {(exchange.method, template(exchange)) for exchange in exchanges() if exchange.status < 300}
    assert (modelled & recorded) - set(CALLS) - set(PLAIN) == set()


def test_side_loaded_records_and_the_next_place_come_with_a_recorded_page() -> None:
    pages = [
        e
        for e in exchanges()
        if e.template == "/api/v2/tickets" and e.method == "GET" and e.status == 200 and is_json(e)
    ]
    sided = [e for e in pages if e.body.get("users")]
    assert sided
    for exchange in pages:
        page = client_on(exchange).tickets.page()
        assert isinstance(page, Page)
        more = (
            exchange.body["meta"]["has_more"] if "meta" in exchange.body else exchange.body.get("next_page") is not None
        )
        assert page.has_more is more, exchange.name
        assert bool(page.cursor) or not more, exchange.name
    for exchange in sided:
        assert len(client_on(exchange).tickets.page().sides["users"]) == len(
            {user["id"] for user in exchange.body["users"]}
        )


def test_every_recorded_refusal_is_the_right_error_with_its_facts() -> None:
    seen: Counter[int] = Counter()
    for exchange in exchanges():
        if exchange.status < 400:
            continue
        error = refused(exchange)
        assert type(error) is REFUSALS.get(exchange.status, errors.ZendeskBadRequest), f"{exchange.name}: {error!r}"
        assert error.status == exchange.status
        known = exchange.headers.get("x-request-id")
        if known:
            assert error.request_id in (known if isinstance(known, list) else [*known.split(", "), known]), (
                exchange.name
            )
        if exchange.status == 429:
            assert error.retry_after == float(str(exchange.headers["retry-after"])), exchange.name
        if is_json(exchange) and isinstance(exchange.body.get("error"), str):
            assert error.zendesk_code == exchange.body["error"], exchange.name
        if is_json(exchange) and isinstance(exchange.body.get("details"), dict):
            named = {name.strip(": ") for name in exchange.body["details"]}  # one recorded name is "Subdomain: "
            assert set(error.fields) == named, exchange.name
        shown = " ".join([error.message, repr(error.public)])
        if (
            is_json(exchange)
            and isinstance(exchange.body.get("description"), str)
            and len(exchange.body["description"]) > 12
        ):
            assert exchange.body["description"] not in shown, exchange.name
        seen[exchange.status] += 1
    assert {400, 404, 409, 422, 429} <= set(seen), seen


def refused(exchange: Exchange) -> errors.ZendeskCallFailed:
    try:
        client_on(exchange).request(exchange.method, exchange.path)  # type: ignore[arg-type]  # as recorded
    except errors.ZendeskCallFailed as error:
        return error
    raise AssertionError(f"{exchange.name}: a {exchange.status} was taken for a success")
