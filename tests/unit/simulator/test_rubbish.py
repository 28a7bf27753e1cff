"""Whatever a client sends, the desk answers: a refusal perhaps, never a failure of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.exchange import Route
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

NAMES = (
    "subject comment body public author_id requester requester_id submitter_id assignee_id assignee_email group_id "
    "organization_id status custom_status_id priority type tags additional_tags custom_fields due_at problem_id "
    "external_id email_ccs followers collaborator_ids collaborators safe_update updated_stamp via_followup_source_id "
    "brand_id metadata name email phone role suspended user_fields organization_fields domain_names ticket_restriction "
    "title all any conditions output active agent_label end_user_label status_category custom_field_options required "
    "user_id default value score solved id conditions actions field operator category_id position filter policy_metrics "
    "metric target business_hours intervals start_time end_time start_date end_date time_zone endpoint http_method "
    "request_format authentication data subscriptions custom_headers key title_pluralized custom_object_fields locale_id "
    "content variants comments uploads html_body created_at message to state regexp_for_validation restriction "
    "ticket_field_ids subdomain display_name winner_id ids text default_locale_id default_group_id malware_access_override"
)
WRAPPERS = (
    "ticket tickets user users organization organizations group view custom_status ticket_field group_membership "
    "organization_membership identity satisfaction_rating request tags trigger triggers automation automations macro macros "
    "trigger_category ticket_form brand user_field organization_field sla_policy group_sla_policy schedule holiday workweek "
    "message side_conversation webhook custom_object custom_object_field custom_object_record attribute attribute_value "
    "item variant organization_merge attachment custom_field_option job attribute_value_ids ticket_ids trigger_ids ids text"
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["open", "solved", "closed", "remy@acme.example", "me", "2026-01-01", "9999-12-31T23:59:59+14:00"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES.split()), VALUES, max_size=5)
FITTING = OBJECTS.map(
    lambda told: {name: [told] if name.endswith("s") and name != "custom_status" else told for name in WRAPPERS.split()}
)
BODIES = FITTING | st.dictionaries(st.sampled_from(WRAPPERS.split()), VALUES, max_size=2)
PARAMETERS = (
    "page",
    "per_page",
    "page[size]",
    "page[after]",
    "sort",
    "sort_by",
    "sort_order",
    "include",
    "query",
    "ids",
)
QUERIES = st.dictionaries(
    st.sampled_from([*PARAMETERS, "name", "role", "external_id", "filter[type]", "start_time", "score"]),
    st.text(max_size=8) | st.sampled_from(["2", "-updated_at", "created>4hours", "status<solved", "users,groups"]),
    max_size=3,
)


def paths(office: Office, route: Route) -> list[str]:
    """Return addresses of the route: of something that is there and of nothing."""
    ticket = next(iter(office.desk.tickets.values()), None)
    numbers = {
        "tickets": ticket.id if ticket else 1,
        "users": office.customer.id,
        "organizations": office.home.id,
        "groups": office.billing.id,
        "views": next(iter(office.desk.config.views), 1),
        "ticket_fields": next(iter(office.desk.config.ticket_fields)),
        "custom_statuses": office.status["hold"],
        "macros": next(iter(office.desk.config.macros), 1),
        "brands": office.desk.default_brand_id(),
        "ticket_forms": office.desk.default_form_id(),
        "user_fields": next(iter(office.desk.config.user_fields), 1),
        "organization_fields": next(iter(office.desk.config.organization_fields), 1),
        **{name: next(iter(rows), 1) for name, rows in office.desk.shelves.items()},
    }
    home = route.template.split("/")[3]
    real = re.sub(r"\{\w+\}", str(numbers.get(home, 1)), route.template)
    return [real, *(re.sub(r"\{\w+\}", odd, route.template) for odd in ("abc", "9" * 5_000, "٣", "-1"))]


@pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_every_route_survives_rubbish(office: Office, route: Route) -> None:
    token = office.simulator.credentials.access_token
    office.opened(assignee_id=office.agent.id)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(body=BODIES, query=QUERIES, place=st.integers(0, 4), tidy=st.booleans())
    def ask(body: Any, query: dict[str, str], place: int, tidy: bool) -> None:
        path = paths(office, route)[0 if tidy else place]
        with requests.Session() as session:
            session.mount("https://", SimulatorAdapter(office.simulator.wsgi_app))
            reply = session.request(
                route.method,
                f"https://acme.zendesk.com{path}",
                params=query,
                data=None if route.method == "GET" else json.dumps(body),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=(1, 1),
            )
        assert reply.status_code < 500
        if reply.status_code >= 400:
            assert "error" in reply.text

    ask()
