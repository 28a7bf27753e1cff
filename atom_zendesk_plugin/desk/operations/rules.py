"""Views, macros, triggers, automations and service level agreements: how the desk is arranged, and what is done by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.operations.macros import AppliedMacro, MacroPreview, apply_macro, preview_macro
from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Many,
    Nothing,
    One,
    Takes,
    Told,
)
from atom_zendesk_plugin.desk.operations.resource import reorder, resource, takes
from atom_zendesk_plugin.desk.searching import NAMES
from atom_zendesk_plugin.desk.values import Fields, Id, Ids, Line, QueryText, Rows
from atom_zendesk_plugin.records import Rule, SlaPolicy, Ticket, View

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.resources.views import ViewCount

VIEWS, MACROS, RULES, SLAS = "Views", "Macros", "Rules", "Service levels"

ACTIVE = {"active": (bool | None, None)}
_SORTS = Literal["alphabetical", "created_at", "updated_at", "position"]


class CountedView(msgspec.Struct, kw_only=True, frozen=True):
    """How many tickets a view has. ``value`` null: Zendesk is still counting (``fresh`` is false then), ask again later."""

    view_id: int | None
    value: int | None
    fresh: bool


class CountedViews(msgspec.Struct, kw_only=True, frozen=True):
    """The counts of several views."""

    view_counts: list[CountedView]


class Several(Takes, kw_only=True, frozen=True):
    ids: Ids


class UpToTwenty(Takes, kw_only=True, frozen=True):
    ids: Annotated[list[Id], Meta(min_length=1, max_length=20, description="1 to 20 ids of views.")]


class Named(Takes, kw_only=True, frozen=True):
    query: QueryText


class ViewFields(Takes, kw_only=True, frozen=True):
    view: Fields


class TableOrder(Takes, kw_only=True, frozen=True):
    sort_by: Line | None = None
    sort_order: Literal["asc", "desc"] | None = None


class Draft(Takes, kw_only=True, frozen=True):
    """What a new macro begins as: another macro, or what was done to a ticket."""

    macro_id: Id | None = None
    ticket_id: Id | None = None


class Moves(Takes, kw_only=True, frozen=True):
    trigger_categories: Rows | None = None
    triggers: Rows | None = None


class Apply(Takes, kw_only=True, frozen=True):
    expected_updated_at: (
        Annotated[str, Meta(max_length=40, description="Only apply it if the ticket still has this `updated_at`.")]
        | None
    ) = None


def _counted(count: ViewCount) -> CountedView:
    return CountedView(view_id=count.view_id, value=count.value, fresh=count.fresh)


def _ordered(plural: str, tag: str, family: str) -> tuple[AnyDeskOperation, ...]:
    """Return what the four families of rules have in common beside the usual verbs."""
    return (
        DeskOperation(
            name=f"list_active_{plural}", command=f"{plural} active", method="GET", path=f"/{plural}/active", tag=tag, takes=Nothing,
            gives=Many(plural, View if plural == "views" else Rule), everyday=plural in ("views", "macros"),
            summary=f"List the active {plural}",
            do=lambda zendesk, _: getattr(zendesk, family).active(),
        ),
        DeskOperation(
            name=f"search_{plural}", command=f"{plural} search", method="GET", path=f"/{plural}/search", tag=tag, takes=Named,
            gives=Many(plural, View if plural == "views" else Rule), everyday=plural in ("views", "macros"),
            summary=f"Find {plural} by their title",
            do=lambda zendesk, asked: getattr(zendesk, family).search(asked.query),
        ),
        DeskOperation(
            name=f"delete_{plural}", command=f"{plural} delete-many", method="DELETE", path=f"/{plural}/destroy_many", tag=tag,
            takes=Several,
            gives=Done(), destroys=True, summary=f"Delete up to 100 {plural}",
            do=lambda zendesk, asked: getattr(zendesk, family).delete_many(asked.ids),
        ),
        DeskOperation(
            name=f"update_{plural}", command=f"{plural} update-many", method="PUT", path=f"/{plural}/update_many", tag=tag,
            takes=takes(f"{plural.capitalize()}Rows", **{plural: Rows}), gives=Many(plural, View if plural == "views" else Rule),
            summary=f"Change up to 100 {plural}: their position, or whether they are active",
            example={plural: [{"id": 25, "active": False}]},
            do=lambda zendesk, asked: getattr(zendesk, family).update_many(getattr(asked, plural)),
        ),
    )  # fmt: skip


_VIEWS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "view", family=lambda zendesk: zendesk.views, path="/views", tag=VIEWS, kind=View, verbs="get create update delete", everyday=True,
        example={"title": "Unsolved printers", "all": [{"field": "status", "operator": "less_than", "value": "solved"}]},
    ),
    *_ordered("views", VIEWS, "views"),
    DeskOperation(
        name="get_views", command="views get-many", method="GET", path="/views/show_many", tag=VIEWS, takes=Several,
        gives=Many("views", View), summary="Show up to 100 views by id", do=lambda zendesk, asked: zendesk.views.show_many(asked.ids),
    ),
    DeskOperation(
        name="list_compact_views", command="views compact", method="GET", path="/views/compact", tag=VIEWS, takes=Nothing,
        gives=Many("views", View), summary="List the views in the order agents see them",
        do=lambda zendesk, _: zendesk.views.compact(),
    ),
    DeskOperation(
        name="list_view_tickets", command="views tickets", method="GET", path="/views/{view_id}/tickets", tag=VIEWS, takes=Nothing,
        gives=Many("tickets", Ticket), everyday=True, summary="List the tickets of a view",
        description="Zendesk allows five such calls a minute for each view, and may answer from a memory of some minutes.",
        do=lambda zendesk, _, view_id: zendesk.views.tickets(view_id, include=NAMES),
    ),
    DeskOperation(
        name="execute_view", command="views execute", method="GET", path="/views/{view_id}/execute", tag=VIEWS, takes=TableOrder,
        gives=One("view_table"), everyday=True, summary="Show a view as its table: columns and rows",
        do=lambda zendesk, asked, view_id: zendesk.views.execute(view_id, sort_by=asked.sort_by, sort_order=asked.sort_order),
    ),
    DeskOperation(
        name="count_view", command="views count", method="GET", path="/views/{view_id}/count", tag=VIEWS, takes=Nothing,
        gives=Told(CountedView), everyday=True, summary="Count the tickets of a view", description="Zendesk's number can be an hour old.",
        do=lambda zendesk, _, view_id: _counted(zendesk.views.count(view_id)),
    ),
    DeskOperation(
        name="count_views", command="views count-many", method="GET", path="/views/count_many", tag=VIEWS, takes=UpToTwenty,
        gives=Told(CountedViews), everyday=True, summary="Count the tickets of up to 20 views",
        do=lambda zendesk, asked: CountedViews(view_counts=[_counted(one) for one in zendesk.views.count_many(asked.ids)]),
    ),
    DeskOperation(
        name="how_many_views", command="views how-many", method="GET", path="/views/count", tag=VIEWS, takes=Nothing, gives=Count(),
        summary="Count the views", do=lambda zendesk, _: zendesk.views.how_many(),
    ),
    DeskOperation(
        name="preview_view", command="views preview", method="POST", path="/views/preview", tag=VIEWS, takes=ViewFields,
        gives=One("view_table"), summary="Show the table a view would have, without making it",
        example={"view": {"all": [{"field": "status", "operator": "is", "value": "open"}], "output": {"columns": ["subject"]}}},
        do=lambda zendesk, asked: zendesk.views.preview(asked.view),
    ),
    DeskOperation(
        name="preview_view_count", command="views preview-count", method="POST", path="/views/preview/count", tag=VIEWS, takes=ViewFields,
        gives=Told(CountedView), summary="Count the tickets a view would have, without making it",
        example={"view": {"all": [{"field": "status", "operator": "is", "value": "open"}]}},
        do=lambda zendesk, asked: _counted(zendesk.views.preview_count(asked.view)),
    ),
    DeskOperation(
        name="export_view", command="views export", method="POST", path="/views/{view_id}/export", tag=VIEWS, takes=Nothing,
        gives=One("export"), summary="Ask Zendesk to mail a view's tickets as CSV to the connected agent",
        do=lambda zendesk, _, view_id: zendesk.views.export(view_id),
    ),
)  # fmt: skip

_MACROS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "macro", family=lambda zendesk: zendesk.macros, path="/macros", tag=MACROS, kind=Rule, everyday=True,
        filters={**ACTIVE, "access": (Line | None, None), "category": (Line | None, None), "sort_by": (_SORTS | None, None)},
        example={"title": "Close as spam", "actions": [{"field": "status", "value": "closed"}]},
    ),
    *_ordered("macros", MACROS, "macros"),
    DeskOperation(
        name="preview_macro", command="macros preview", method="GET", path="/tickets/{ticket_id}/macros/{macro_id}/apply", tag=MACROS,
        takes=Nothing, gives=Told(MacroPreview), everyday=True, summary="Show what a macro would change in a ticket",
        description="Nothing is saved. `changes` lists each field with its value now and after; `comment` is what would be said.",
        do=lambda zendesk, _, ticket_id, macro_id: preview_macro(zendesk, ticket_id, macro_id),
    ),
    DeskOperation(
        name="apply_macro", command="macros apply", method="POST", path="/tickets/{ticket_id}/macros/{macro_id}/apply", tag=MACROS,
        takes=Apply, gives=Told(AppliedMacro), everyday=True, summary="Change a ticket as a macro says, and add its comment",
        description="Changed only if nobody changed the ticket since it was looked at for this, or since `expected_updated_at`.",
        example={"expected_updated_at": "2026-01-31T09:00:00Z"},
        do=lambda zendesk, asked, ticket_id, macro_id: apply_macro(
            zendesk, ticket_id, macro_id, expected_updated_at=asked.expected_updated_at
        ),
    ),
    DeskOperation(
        name="get_macro_effect", command="macros effect", method="GET", path="/macros/{macro_id}/apply", tag=MACROS, takes=Nothing,
        gives=One("result"), summary="Show what a macro would change in any ticket",
        do=lambda zendesk, _, macro_id: zendesk.macros.apply(macro_id),
    ),
    DeskOperation(
        name="draft_macro", command="macros draft", method="GET", path="/macros/new", tag=MACROS, takes=Draft, gives=One("macro"),
        summary="Show the beginning of a new macro, made from another one or from a ticket",
        do=lambda zendesk, asked: zendesk.macros.draft(macro_id=asked.macro_id, ticket_id=asked.ticket_id),
    ),
    DeskOperation(
        name="list_macro_categories", command="macros categories", method="GET", path="/macros/categories", tag=MACROS, takes=Nothing,
        gives=One("macro_categories"), summary="List the first parts of macros' titles", do=lambda zendesk, _: zendesk.macros.categories(),
    ),
    DeskOperation(
        name="list_macro_actions", command="macros actions", method="GET", path="/macros/actions", tag=MACROS, takes=Nothing,
        gives=Many("actions"), summary="List what macros can do", do=lambda zendesk, _: zendesk.macros.actions(),
    ),
    DeskOperation(
        name="list_macro_attachments", command="macros attachments", method="GET", path="/macros/{macro_id}/attachments", tag=MACROS,
        takes=Nothing, gives=Many("macro_attachments"), summary="List the files a macro adds to a comment",
        do=lambda zendesk, _, macro_id: zendesk.macros.attachments(macro_id),
    ),
)  # fmt: skip


def _definitions(plural: str, path: str, family: str, tag: str) -> AnyDeskOperation:
    return DeskOperation(
        name=f"get_{plural}_definitions", command=f"{plural.replace('_', '-')} definitions", method="GET", path=f"{path}/definitions",
        tag=tag,
        takes=Nothing, gives=One("definitions"), summary=f"Show what {plural.replace('_', ' ')} can be made of",
        do=lambda zendesk, _: getattr(zendesk, family).definitions(),
    )  # fmt: skip


_RULES: tuple[AnyDeskOperation, ...] = (
    *resource(
        "trigger", family=lambda zendesk: zendesk.triggers, path="/triggers", tag=RULES, kind=Rule,
        filters={**ACTIVE, "category_id": (Line | None, None), "sort_by": (_SORTS | None, None)},
        example={"title": "Tell the second line", "conditions": {"all": [{"field": "status", "operator": "is", "value": "open"}]},
                 "actions": [{"field": "group_id", "value": "20455932"}]},
    ),
    *_ordered("triggers", RULES, "triggers"),
    _definitions("triggers", "/triggers", "triggers", RULES),
    _definitions("macros", "/macros", "macros", MACROS),
    _definitions("views", "/views", "views", VIEWS),
    reorder("triggers", "/triggers", RULES),
    DeskOperation(
        name="list_trigger_revisions", command="triggers revisions", method="GET", path="/triggers/{trigger_id}/revisions", tag=RULES,
        takes=Nothing, gives=Many("trigger_revisions"), summary="List how a trigger was changed",
        do=lambda zendesk, _, trigger_id: zendesk.triggers.revisions(trigger_id),
    ),
    DeskOperation(
        name="get_trigger_revision", command="triggers revision", method="GET", path="/triggers/{trigger_id}/revisions/{revision_id}",
        tag=RULES, takes=Nothing, gives=One("trigger_revision"), summary="Show one change of a trigger",
        do=lambda zendesk, _, trigger_id, revision_id: zendesk.triggers.revision(trigger_id, revision_id),
    ),
    *resource(
        "trigger_category", plural="trigger_categories", family=lambda zendesk: zendesk.trigger_categories, path="/trigger_categories",
        tag=RULES, variable="category_id", example={"name": "Notifications"},
    ),
    DeskOperation(
        name="move_triggers", command="trigger-categories move", method="POST", path="/trigger_categories/jobs", tag=RULES, takes=Moves,
        gives=One("result"), summary="Change positions of categories and triggers, or the category of triggers, all at once",
        example={"triggers": [{"id": "25", "category_id": "10026", "position": 1}]},
        do=lambda zendesk, asked: zendesk.trigger_categories.move(categories=asked.trigger_categories or (), triggers=asked.triggers or ()),
    ),
    *resource(
        "automation", family=lambda zendesk: zendesk.automations, path="/automations", tag=RULES, kind=Rule, filters=ACTIVE,
        example={"title": "Close after four days", "all": [{"field": "status", "operator": "is", "value": "solved"},
                                                           {"field": "SOLVED", "operator": "greater_than", "value": "96"}],
                 "actions": [{"field": "status", "value": "closed"}]},
    ),
    *_ordered("automations", RULES, "automations"),
    *resource(
        "sla_policy", plural="sla_policies", called="SLA policy", family=lambda zendesk: zendesk.sla_policies, path="/slas/policies",
        tag=SLAS,
        kind=SlaPolicy, variable="policy_id",
        example={"title": "Urgent", "filter": {"all": [{"field": "priority", "operator": "is", "value": "urgent"}]},
                 "policy_metrics": [{"priority": "urgent", "metric": "first_reply_time", "target": 30, "business_hours": False}]},
    ),
    _definitions("sla_policies", "/slas/policies", "sla_policies", SLAS),
    reorder("sla_policies", "/slas/policies", SLAS, called="SLA policies"),
    *resource(
        "group_sla_policy", plural="group_sla_policies", called="group SLA policy", family=lambda zendesk: zendesk.group_sla_policies,
        path="/group_slas/policies", tag=SLAS, kind=SlaPolicy, variable="policy_id",
        example={"title": "Second line", "filter": {"all": [{"field": "group_id", "operator": "includes", "value": [20455932]}]},
                 "policy_metrics": [{"priority": "high", "metric": "group_ownership_time", "target": 3600, "business_hours": False}]},
    ),
    _definitions("group_sla_policies", "/group_slas/policies", "group_sla_policies", SLAS),
    reorder(
        "group_sla_policies", "/group_slas/policies", SLAS, called="group SLA policies", example=["01J1", "01J2"],
    ),
)  # fmt: skip

OPERATIONS: tuple[AnyDeskOperation, ...] = (*_VIEWS, *_MACROS, *_RULES)
