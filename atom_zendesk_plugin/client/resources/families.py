"""The resources of a client, by the name they have on it: the table of contents of this package.

A new resource is a class in a module of its family and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, overload

from atom_zendesk_plugin.client.pagination import Caller
from atom_zendesk_plugin.client.resources.account_records import (
    Activities,
    AuditLogs,
    Bookmarks,
    DeletionSchedules,
    Queues,
    SharingAgreements,
    Tags,
    Workspaces,
)
from atom_zendesk_plugin.client.resources.agents import AgentAvailability, Skills
from atom_zendesk_plugin.client.resources.audits import Audits
from atom_zendesk_plugin.client.resources.brands import AccountSettings, Brands, CustomRoles, Locales, SupportAddresses
from atom_zendesk_plugin.client.resources.comments import Comments
from atom_zendesk_plugin.client.resources.custom_objects import CustomObjects
from atom_zendesk_plugin.client.resources.deleted_tickets import DeletedTickets
from atom_zendesk_plugin.client.resources.deleted_users import DeletedUsers
from atom_zendesk_plugin.client.resources.dynamic_content import DynamicContent
from atom_zendesk_plugin.client.resources.end_user_requests import Requests
from atom_zendesk_plugin.client.resources.exports import Exports
from atom_zendesk_plugin.client.resources.groups import Groups
from atom_zendesk_plugin.client.resources.imports import TicketImports
from atom_zendesk_plugin.client.resources.memberships import GroupMemberships, OrganizationMemberships
from atom_zendesk_plugin.client.resources.metrics import TicketMetrics
from atom_zendesk_plugin.client.resources.oauth import GlobalOAuthClients, OAuthClients, OAuthTokens
from atom_zendesk_plugin.client.resources.organizations import Organizations
from atom_zendesk_plugin.client.resources.rules import Macros
from atom_zendesk_plugin.client.resources.satisfaction import SatisfactionRatings, SatisfactionReasons, SurveyResponses
from atom_zendesk_plugin.client.resources.search import Search
from atom_zendesk_plugin.client.resources.slas import GroupSlaPolicies, Schedules, SlaPolicies
from atom_zendesk_plugin.client.resources.suspended_tickets import SuspendedTickets
from atom_zendesk_plugin.client.resources.ticket_fields import OrganizationFields, TicketFields, UserFields
from atom_zendesk_plugin.client.resources.ticket_forms import CustomStatuses, TicketForms
from atom_zendesk_plugin.client.resources.tickets import Tickets
from atom_zendesk_plugin.client.resources.triggers import Automations, TriggerCategories, Triggers
from atom_zendesk_plugin.client.resources.users import Users
from atom_zendesk_plugin.client.resources.views import Views
from atom_zendesk_plugin.client.resources.webhooks import Targets, Webhooks

F = TypeVar("F")


class Family(Generic[F]):
    """A resource as an attribute of a client; on the class, the family itself."""

    def __init__(self, make: Callable[[Caller], F]) -> None:
        self.make = make

    @overload
    def __get__(self, client: None, owner: type) -> Family[F]: ...
    @overload
    def __get__(self, client: Caller, owner: type) -> F: ...
    def __get__(self, client: Caller | None, owner: type) -> F | Family[F]:
        return self if client is None else self.make(client)


class Families:
    """What can be asked of Zendesk; everything else goes through ``request``."""

    tickets = Family(Tickets)
    deleted_tickets = Family(DeletedTickets)
    suspended_tickets = Family(SuspendedTickets)
    imports = Family(TicketImports)
    requests = Family(Requests)
    comments = Family(Comments)
    audits = Family(Audits)
    ticket_metrics = Family(TicketMetrics)
    exports = Family(Exports)
    search = Family(Search)

    users = Family(Users)
    deleted_users = Family(DeletedUsers)
    organizations = Family(Organizations)
    groups = Family(Groups)
    group_memberships = Family(GroupMemberships)
    organization_memberships = Family(OrganizationMemberships)
    agent_availability = Family(AgentAvailability)
    skills = Family(Skills)

    views = Family(Views)
    macros = Family(Macros)
    triggers = Family(Triggers)
    trigger_categories = Family(TriggerCategories)
    automations = Family(Automations)
    sla_policies = Family(SlaPolicies)
    group_sla_policies = Family(GroupSlaPolicies)
    schedules = Family(Schedules)
    satisfaction_ratings = Family(SatisfactionRatings)
    satisfaction_reasons = Family(SatisfactionReasons)
    survey_responses = Family(SurveyResponses)

    ticket_fields = Family(TicketFields)
    user_fields = Family(UserFields)
    organization_fields = Family(OrganizationFields)
    ticket_forms = Family(TicketForms)
    custom_statuses = Family(CustomStatuses)
    custom_objects = Family(CustomObjects)
    dynamic_content = Family(DynamicContent)
    tags = Family(Tags)

    brands = Family(Brands)
    locales = Family(Locales)
    account_settings = Family(AccountSettings)
    custom_roles = Family(CustomRoles)
    support_addresses = Family(SupportAddresses)
    activities = Family(Activities)
    sharing_agreements = Family(SharingAgreements)
    audit_logs = Family(AuditLogs)
    bookmarks = Family(Bookmarks)
    workspaces = Family(Workspaces)
    queues = Family(Queues)
    deletion_schedules = Family(DeletionSchedules)

    webhooks = Family(Webhooks)
    targets = Family(Targets)
    oauth_clients = Family(OAuthClients)
    global_oauth_clients = Family(GlobalOAuthClients)
    oauth_tokens = Family(OAuthTokens)
