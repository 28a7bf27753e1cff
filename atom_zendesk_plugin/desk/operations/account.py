"""What an account is set up with, and what its administrators look at: brands, languages, roles, schedules, queues, logs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Many,
    Nothing,
    One,
    Takes,
)
from atom_zendesk_plugin.desk.operations.resource import reorder, resource
from atom_zendesk_plugin.desk.values import Id, Line
from atom_zendesk_plugin.records import Named

ACCOUNT = "Account"


class Beginning(Takes, kw_only=True, frozen=True):
    name: Annotated[Line, Meta(description="How the name begins.")]


class Hours(Takes, kw_only=True, frozen=True):
    intervals: Annotated[
        list[dict[str, int]],
        Meta(max_length=100, description="`start_time` and `end_time` in minutes from Sunday, 00:00."),
    ]


class Bookmark(Takes, kw_only=True, frozen=True):
    ticket_id: Id


OPERATIONS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "brand", family=lambda zendesk: zendesk.brands, path="/brands", tag=ACCOUNT, kind=Named,
        example={"name": "Second brand", "subdomain": "second"},
    ),
    DeskOperation(
        name="list_brand_agents", command="brands agents", method="GET", path="/brands/{brand_id}/agents", tag=ACCOUNT, takes=Nothing,
        gives=Many("brand_agents"), summary="List the agents of a brand", do=lambda zendesk, _, brand_id: zendesk.brands.agents(brand_id),
    ),
    *resource("locale", family=lambda zendesk: zendesk.locales, path="/locales", tag=ACCOUNT, verbs="list get"),
    DeskOperation(
        name="list_agent_locales", command="locales agent", method="GET", path="/locales/agent", tag=ACCOUNT, takes=Nothing,
        gives=Many("locales"), summary="List the languages agents can have", do=lambda zendesk, _: zendesk.locales.for_agents(),
    ),
    DeskOperation(
        name="list_public_locales", command="locales public", method="GET", path="/locales/public", tag=ACCOUNT, takes=Nothing,
        gives=Many("locales"), summary="List all languages Zendesk has", do=lambda zendesk, _: zendesk.locales.public(),
    ),
    DeskOperation(
        name="get_current_locale", command="locales current", method="GET", path="/locales/current", tag=ACCOUNT, takes=Nothing,
        gives=One("locale"), summary="Show the language of the connected user", do=lambda zendesk, _: zendesk.locales.current(),
    ),
    DeskOperation(
        name="get_account_settings", command="account-settings get", method="GET", path="/account/settings", tag=ACCOUNT, takes=Nothing,
        gives=One("settings"), summary="Show the settings of the account", do=lambda zendesk, _: zendesk.account_settings.get(),
    ),
    *resource(
        "custom_role", family=lambda zendesk: zendesk.custom_roles, path="/custom_roles", tag=ACCOUNT,
        example={"name": "Night shift", "configuration": {"ticket_access": "within-groups"}},
    ),
    *resource(
        "recipient_address", plural="recipient_addresses", called="support address", family=lambda zendesk: zendesk.support_addresses,
        path="/recipient_addresses", tag=ACCOUNT, group="support-addresses", example={"name": "Sales", "email": "sales@example.com"},
    ),
    DeskOperation(
        name="verify_recipient_address", command="support-addresses verify", method="PUT",
        path="/recipient_addresses/{recipient_address_id}/verify", tag=ACCOUNT, takes=Nothing, gives=Done(),
        summary="Have Zendesk test that mail to a support address arrives",
        do=lambda zendesk, _, address_id: zendesk.support_addresses.verify(address_id),
    ),
    *resource(
        "schedule", family=lambda zendesk: zendesk.schedules, path="/business_hours/schedules", tag=ACCOUNT, kind=Named,
        example={"name": "East coast", "time_zone": "Eastern Time (US & Canada)"},
    ),
    DeskOperation(
        name="set_schedule_hours", command="schedules set-hours", method="PUT", path="/business_hours/schedules/{schedule_id}/workweek",
        tag=ACCOUNT, takes=Hours, gives=One("workweek"), summary="Set the hours of a week in a schedule",
        example={"intervals": [{"start_time": 1920, "end_time": 2460}]},
        do=lambda zendesk, asked, schedule_id: zendesk.schedules.set_hours(schedule_id, asked.intervals),
    ),
    *resource(
        "holiday", family=lambda zendesk, schedule_id: zendesk.schedules.holidays(schedule_id),
        path="/business_hours/schedules/{schedule_id}/holidays", tag=ACCOUNT,
        example={"name": "New Year", "start_date": "2027-01-01", "end_date": "2027-01-01"},
    ),
    *resource("activity", plural="activities", family=lambda zendesk: zendesk.activities, path="/activities", tag=ACCOUNT,
        verbs="list get"),
    DeskOperation(
        name="count_activities", command="activities count", method="GET", path="/activities/count", tag=ACCOUNT, takes=Nothing,
        gives=Count(), summary="Count the activities", do=lambda zendesk, _: zendesk.activities.count(),
    ),
    *resource("audit_log", family=lambda zendesk: zendesk.audit_logs, path="/audit_logs", tag=ACCOUNT, verbs="list get"),
    *resource(
        "sharing_agreement", family=lambda zendesk: zendesk.sharing_agreements, path="/sharing_agreements", tag=ACCOUNT,
        example={"remote_subdomain": "partner"},
    ),
    *resource(
        "workspace", family=lambda zendesk: zendesk.workspaces, path="/workspaces", tag=ACCOUNT,
        example={"title": "Returns", "conditions": {"all": [{"field": "ticket_form_id", "operator": "is", "value": "25"}]}},
    ),
    reorder("workspaces", "/workspaces", ACCOUNT),
    *resource("queue", family=lambda zendesk: zendesk.queues, path="/queues", tag=ACCOUNT, variable="queue_id", example={"name": "VIP"}),
    *resource(
        "deletion_schedule", family=lambda zendesk: zendesk.deletion_schedules, path="/deletion_schedules", tag=ACCOUNT,
        example={"title": "After ten years", "object": "zen:ticket", "conditions": {"all": []}},
    ),
    *resource("bookmark", family=lambda zendesk: zendesk.bookmarks, path="/bookmarks", tag=ACCOUNT, verbs="list delete"),
    DeskOperation(
        name="add_bookmark", command="bookmarks add", method="POST", path="/bookmarks", tag=ACCOUNT, takes=Bookmark, gives=One("bookmark"),
        summary="Keep a ticket among the connected agent's bookmarks", example={"ticket_id": 35436},
        do=lambda zendesk, asked: zendesk.bookmarks.add(asked.ticket_id),
    ),
    DeskOperation(
        name="list_tags", command="tags list", method="GET", path="/tags", tag=ACCOUNT, takes=Nothing, gives=Many("tags"), everyday=True,
        summary="List the tags used most, with how often", do=lambda zendesk, _: zendesk.tags.list(),
    ),
    DeskOperation(
        name="count_tags", command="tags count", method="GET", path="/tags/count", tag=ACCOUNT, takes=Nothing, gives=Count(),
        summary="Count the tags", do=lambda zendesk, _: zendesk.tags.count(),
    ),
    DeskOperation(
        name="find_tags", command="tags find", method="GET", path="/autocomplete/tags", tag=ACCOUNT, takes=Beginning, gives=One("found"),
        summary="List the tags that begin so", do=lambda zendesk, asked: zendesk.tags.autocomplete(asked.name),
    ),
)  # fmt: skip
