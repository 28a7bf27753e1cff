"""What is done to tickets besides reading and changing them: merging, spam, the bin, tags, who is on them, what hangs together."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Job,
    Many,
    Nothing,
    One,
    Takes,
    Words,
)
from atom_zendesk_plugin.desk.operations.resource import resource
from atom_zendesk_plugin.desk.searching import NAMES
from atom_zendesk_plugin.desk.values import Fields, Ids, Line, Prose, QueryText, Tags
from atom_zendesk_plugin.records import JobStatus, SatisfactionRating, Ticket, TicketMetric, User

TAG = "Tickets"


class Merge(Takes, kw_only=True, frozen=True):
    sources: Ids
    target_comment: Prose | None = None
    source_comment: Prose | None = None
    target_comment_is_public: bool = False
    source_comment_is_public: bool = False


class Several(Takes, kw_only=True, frozen=True):
    ids: Ids


class Wanted(Takes, kw_only=True, frozen=True):
    query: QueryText
    type: Literal["ticket", "user", "organization", "group"] = "ticket"


class Jobs(Takes, kw_only=True, frozen=True):
    ids: Annotated[list[Line], Meta(min_length=1, max_length=100, description="1 to 100 ids of jobs.")]


class Tagging(Takes, kw_only=True, frozen=True):
    tags: Annotated[Tags, Meta(min_length=1)]


class AllTags(Takes, kw_only=True, frozen=True):
    tags: Tags


class Rating(Takes, kw_only=True, frozen=True):
    score: Literal["good", "bad"]
    comment: Prose | None = None


class Beginning(Takes, kw_only=True, frozen=True):
    text: Line


class Import(Takes, kw_only=True, frozen=True):
    ticket: Fields
    archive: Annotated[bool, Meta(description="Put a closed ticket straight among the archived ones.")] = False


class RatingsFilter(Takes, kw_only=True, frozen=True):
    score: (
        Annotated[
            str, Meta(max_length=40, description="good, bad, offered, unoffered, received, good_with_comment ...")
        ]
        | None
    ) = None
    start_time: Annotated[int, Meta(ge=0, description="Unix seconds.")] | None = None
    end_time: Annotated[int, Meta(ge=0, description="Unix seconds.")] | None = None


def tags_of(family: str, single: str, tag: str) -> tuple[AnyDeskOperation, ...]:
    """Return the operations on the tags of one record of a family: each gives all the tags there are then."""
    path, noun = f"/{family}/{{{single}_id}}/tags", f"{single}_tags"
    return (
        DeskOperation(
            name=f"list_{noun}", command=f"{family} tags", method="GET", path=path, tag=tag, everyday=True, takes=Nothing,
            gives=Words("tags"), summary=f"List the tags of a {single}" if single != "organization" else "List the tags of an organization",
            do=lambda zendesk, _, record_id: getattr(zendesk, family).tags(record_id),
        ),
        DeskOperation(
            name=f"add_{noun}", command=f"{family} add-tags", method="PUT", path=path, tag=tag, everyday=True, takes=Tagging,
            gives=Words("tags"), summary="Add tags; those of others stay, also when they are added at the same moment",
            example={"tags": ["vip"]},
            do=lambda zendesk, asked, record_id: getattr(zendesk, family).add_tags(record_id, asked.tags),
        ),
        DeskOperation(
            name=f"remove_{noun}", command=f"{family} remove-tags", method="DELETE", path=path, tag=tag, everyday=True, takes=Tagging,
            gives=Words("tags"), summary="Remove tags; those of others stay",
            do=lambda zendesk, asked, record_id: getattr(zendesk, family).remove_tags(record_id, asked.tags),
        ),
        DeskOperation(
            name=f"set_{noun}", command=f"{family} set-tags", method="POST", path=path, tag=tag, takes=AllTags, destroys=True,
            gives=Words("tags"),
            summary="Replace all tags", description="Tags that somebody added meanwhile are lost: prefer adding and removing.",
            example={"tags": ["vip", "printer"]},
            do=lambda zendesk, asked, record_id: getattr(zendesk, family).set_tags(record_id, asked.tags),
        ),
    )  # fmt: skip


OPERATIONS: tuple[AnyDeskOperation, ...] = (
    DeskOperation(
        name="get_tickets", command="tickets get-many", method="GET", path="/tickets/show_many", tag=TAG, takes=Several, everyday=True,
        gives=Many("tickets", Ticket), summary="Show up to 100 tickets by id; those you may not see are left out",
        do=lambda zendesk, asked: zendesk.tickets.show_many(asked.ids, include=NAMES),
    ),
    DeskOperation(
        name="export_search", command="tickets export-search", method="GET", path="/search/export", tag="Search", takes=Wanted,
        everyday=True,
        gives=Many("results"), summary="Search without the limit of 1,000 hits, newest first",
        description="By Zendesk's search language, without `type:`. A cursor is good for an hour.",
        do=lambda zendesk, asked: zendesk.search.export(asked.query, type=asked.type),
    ),
    DeskOperation(
        name="count_tickets", command="tickets count", method="GET", path="/tickets/count", tag=TAG, takes=Nothing, gives=Count(),
        everyday=True, summary="Count the tickets; above 100,000 the number can be a day old",
        do=lambda zendesk, _: zendesk.tickets.count(),
    ),
    DeskOperation(
        name="list_recent_tickets", command="tickets recent", method="GET", path="/tickets/recent", tag=TAG, takes=Nothing, everyday=True,
        gives=Many("tickets", Ticket), summary="List the tickets the connected agent looked at last",
        do=lambda zendesk, _: zendesk.tickets.recent(),
    ),
    DeskOperation(
        name="merge_tickets", command="tickets merge", method="POST", path="/tickets/{ticket_id}/merge", tag=TAG, takes=Merge, gives=Job(),
        everyday=True, destroys=True, summary="Merge other tickets into one",
        description="The sources are closed, which cannot be undone. Comments are private unless told otherwise: what one requester wrote "
        "must not reach another by accident.",
        example={"sources": [35437, 35438], "target_comment": "Merged: the same printer."},
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.merge(
            ticket_id, asked.sources, target_comment=asked.target_comment, source_comment=asked.source_comment,
            target_comment_is_public=asked.target_comment_is_public, source_comment_is_public=asked.source_comment_is_public,
        ),
    ),
    DeskOperation(
        name="mark_ticket_as_spam", command="tickets mark-as-spam", method="PUT", path="/tickets/{ticket_id}/mark_as_spam", tag=TAG,
        takes=Nothing, gives=Done(), everyday=True, destroys=True, summary="Delete a ticket as spam and suspend its requester",
        do=lambda zendesk, _, ticket_id: zendesk.tickets.mark_as_spam(ticket_id),
    ),
    DeskOperation(
        name="mark_tickets_as_spam", command="tickets mark-many-as-spam", method="PUT", path="/tickets/mark_many_as_spam", tag=TAG,
        takes=Several, gives=Job(), destroys=True, summary="Delete up to 100 tickets as spam and suspend their requesters",
        example={"ids": [35436, 35437]}, do=lambda zendesk, asked: zendesk.tickets.mark_many_as_spam(asked.ids),
    ),
    DeskOperation(
        name="get_ticket_relations", command="tickets related", method="GET", path="/tickets/{ticket_id}/related", tag=TAG, takes=Nothing,
        gives=One("related"), everyday=True, summary="Show what a ticket hangs together with",
        do=lambda zendesk, _, ticket_id: zendesk.tickets.related(ticket_id),
    ),
    DeskOperation(
        name="list_incidents", command="tickets incidents", method="GET", path="/tickets/{ticket_id}/incidents", tag=TAG, takes=Nothing,
        gives=Many("tickets", Ticket), everyday=True, summary="List the incidents of a problem",
        do=lambda zendesk, _, ticket_id: zendesk.tickets.incidents(ticket_id),
    ),
    DeskOperation(
        name="list_problems", command="tickets problems", method="GET", path="/problems", tag=TAG, takes=Nothing,
        gives=Many("tickets", Ticket), everyday=True, summary="List the tickets of type problem",
        do=lambda zendesk, _: zendesk.tickets.problems(),
    ),
    DeskOperation(
        name="find_problems", command="tickets find-problems", method="POST", path="/problems/autocomplete", tag=TAG, takes=Beginning,
        gives=Many("tickets", Ticket), summary="List the problems whose subject begins with a text", example={"text": "Printer"},
        do=lambda zendesk, asked: zendesk.tickets.find_problems(asked.text),
    ),
    *(
        DeskOperation(
            name=f"list_ticket_{which}", command=f"tickets {which.replace('_', '-')}", method="GET", path=f"/tickets/{{ticket_id}}/{which}",
            tag=TAG, takes=Nothing, gives=Many("users", User), everyday=which != "collaborators", summary=f"List {who}",
            do=lambda zendesk, _, ticket_id, which=which: zendesk.tickets.people(ticket_id, which),
        )
        for which, who in (
            ("followers", "the agents who follow a ticket"), ("email_ccs", "who gets a ticket's mails as a copy"),
            ("collaborators", "the collaborators of a ticket, as older accounts have them"),
        )
    ),
    *tags_of("tickets", "ticket", TAG),
    DeskOperation(
        name="rate_ticket", command="tickets rate", method="POST", path="/tickets/{ticket_id}/satisfaction_rating", tag=TAG, takes=Rating,
        gives=One("satisfaction_rating"), summary="Leave the requester's rating of a solved ticket",
        description="Only the requester may, so it needs the requester's own connection.", example={"score": "good"},
        do=lambda zendesk, asked, ticket_id: zendesk.tickets.rate(ticket_id, asked.score, comment=asked.comment),
    ),
    DeskOperation(
        name="get_ticket_metrics", command="tickets metrics", method="GET", path="/tickets/{ticket_id}/metrics", tag=TAG, takes=Nothing,
        gives=One("ticket_metric", TicketMetric), everyday=True, summary="Show a ticket's times and counts, as Zendesk measured them",
        description="Minutes, in calendar and in business time; null until known.",
        do=lambda zendesk, _, ticket_id: zendesk.ticket_metrics.of_ticket(ticket_id),
    ),
    *resource(
        "ticket_metric", family=lambda zendesk: zendesk.ticket_metrics, path="/ticket_metrics", tag=TAG, kind=TicketMetric,
        verbs="list get", group="ticket-metrics",
    ),
    DeskOperation(
        name="import_ticket", command="tickets import", method="POST", path="/imports/tickets", tag=TAG, takes=Import,
        gives=One("ticket", Ticket), summary="Bring in a ticket of another system, with its own dates and authors",
        description="No trigger runs and no mail is sent. Give `external_id`, so that it can be found again: importing twice makes two.",
        example={"ticket": {"subject": "From the old desk", "status": "closed", "external_id": "old-1",
                            "comments": [{"value": "It smokes.", "created_at": "2019-06-01T10:00:00Z"}]}},
        do=lambda zendesk, asked: zendesk.imports.create(asked.ticket, archive=asked.archive),
    ),
    DeskOperation(
        name="list_deleted_tickets", command="deleted-tickets list", method="GET", path="/deleted_tickets", tag=TAG, takes=Nothing,
        gives=Many("deleted_tickets"), everyday=True, summary="List the deleted tickets; Zendesk keeps them for 30 days",
        do=lambda zendesk, _: zendesk.deleted_tickets.list(),
    ),
    DeskOperation(
        name="restore_ticket", command="deleted-tickets restore", method="PUT", path="/deleted_tickets/{ticket_id}/restore", tag=TAG,
        takes=Nothing, gives=Done(), everyday=True, summary="Bring a deleted ticket back",
        do=lambda zendesk, _, ticket_id: zendesk.deleted_tickets.restore(ticket_id),
    ),
    DeskOperation(
        name="restore_tickets", command="deleted-tickets restore-many", method="PUT", path="/deleted_tickets/restore_many", tag=TAG,
        takes=Several, gives=Done(), summary="Bring up to 100 deleted tickets back", example={"ids": [35436, 35437]},
        do=lambda zendesk, asked: zendesk.deleted_tickets.restore_many(asked.ids),
    ),
    DeskOperation(
        name="purge_ticket", command="deleted-tickets purge", method="DELETE", path="/deleted_tickets/{ticket_id}", tag=TAG, takes=Nothing,
        gives=Job(), destroys=True, summary="Delete a deleted ticket for good",
        do=lambda zendesk, _, ticket_id: zendesk.deleted_tickets.purge(ticket_id),
    ),
    DeskOperation(
        name="purge_tickets", command="deleted-tickets purge-many", method="DELETE", path="/deleted_tickets/destroy_many", tag=TAG,
        takes=Several, gives=Job(), destroys=True, summary="Delete up to 100 deleted tickets for good",
        do=lambda zendesk, asked: zendesk.deleted_tickets.purge_many(asked.ids),
    ),
    *resource(
        "suspended_ticket", family=lambda zendesk: zendesk.suspended_tickets, path="/suspended_tickets", tag=TAG,
        verbs="list get delete", everyday=True,
    ),
    DeskOperation(
        name="recover_suspended_ticket", command="suspended-tickets recover", method="PUT",
        path="/suspended_tickets/{suspended_ticket_id}/recover", tag=TAG, takes=Nothing, gives=Many("tickets", Ticket), everyday=True,
        summary="Make a ticket of a suspended mail", do=lambda zendesk, _, suspended_id: zendesk.suspended_tickets.recover(suspended_id),
    ),
    DeskOperation(
        name="recover_suspended_tickets", command="suspended-tickets recover-many", method="PUT", path="/suspended_tickets/recover_many",
        tag=TAG, takes=Several, gives=Many("tickets", Ticket), summary="Make tickets of up to 100 suspended mails",
        example={"ids": [3436, 3437]},
        do=lambda zendesk, asked: zendesk.suspended_tickets.recover_many(asked.ids),
    ),
    DeskOperation(
        name="delete_suspended_tickets", command="suspended-tickets delete-many", method="DELETE", path="/suspended_tickets/destroy_many",
        tag=TAG, takes=Several, gives=Done(), destroys=True, summary="Delete up to 100 suspended mails",
        do=lambda zendesk, asked: zendesk.suspended_tickets.delete_many(asked.ids),
    ),
    DeskOperation(
        name="list_jobs", command="jobs list", method="GET", path="/job_statuses", tag="Jobs", takes=Nothing,
        gives=Many("job_statuses", JobStatus), summary="List the jobs of the last hour or so", do=lambda zendesk, _: zendesk.jobs.list(),
    ),
    DeskOperation(
        name="get_jobs", command="jobs get-many", method="GET", path="/job_statuses/show_many", tag="Jobs", takes=Jobs,
        gives=Many("job_statuses", JobStatus), summary="Show up to 100 jobs", do=lambda zendesk, asked: zendesk.jobs.show_many(asked.ids),
    ),
    DeskOperation(
        name="get_job", command="jobs get", method="GET", path="/job_statuses/{job_id}", tag="Jobs", takes=Nothing, gives=Job(),
        everyday=True,
        summary="Show what became of a job", description="A completed job can have rows that failed: look at each of `results`.",
        do=lambda zendesk, _, job_id: zendesk.jobs.get(job_id),
    ),
    *resource(
        "satisfaction_rating", family=lambda zendesk: zendesk.satisfaction_ratings, path="/satisfaction_ratings", tag=TAG,
        kind=SatisfactionRating, verbs="get", everyday=True,
    ),
    DeskOperation(
        name="list_satisfaction_ratings", command="satisfaction-ratings list", method="GET", path="/satisfaction_ratings", tag=TAG,
        takes=RatingsFilter, gives=Many("satisfaction_ratings", SatisfactionRating), everyday=True, summary="List what requesters thought",
        do=lambda zendesk, asked: zendesk.satisfaction_ratings.list(
            filters={"score": asked.score, "start_time": asked.start_time, "end_time": asked.end_time}
        ),
    ),
    DeskOperation(
        name="count_satisfaction_ratings", command="satisfaction-ratings count", method="GET", path="/satisfaction_ratings/count", tag=TAG,
        takes=Nothing, gives=Count(), summary="Count the ratings", do=lambda zendesk, _: zendesk.satisfaction_ratings.count(),
    ),
    *resource(
        "satisfaction_reason", family=lambda zendesk: zendesk.satisfaction_reasons, path="/satisfaction_reasons", tag=TAG,
        verbs="list get", root="reasons", key="reason",
    ),
    *resource(
        "survey_response", family=lambda zendesk: zendesk.survey_responses, path="/guide/survey_responses", tag=TAG, verbs="list get",
        variable="response_id",
    ),
)  # fmt: skip
