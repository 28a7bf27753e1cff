"""Tickets as a person works with them: lists and filters, one ticket with its conversation, and the writes.

Every method takes and returns plain values and records; nothing here knows about HTTP requests. Errors are those of ``errors.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from atom_zendesk_plugin.client import querytext
from atom_zendesk_plugin.desk import checks, cursors
from atom_zendesk_plugin.desk.creations import Creator
from atom_zendesk_plugin.desk.custom_fields import CustomFields
from atom_zendesk_plugin.desk.field_names import FieldTable
from atom_zendesk_plugin.desk.field_reading import FieldValues, status_of
from atom_zendesk_plugin.desk.listing import PER_CALL, Listing, Names, TicketPage, collect, names_of
from atom_zendesk_plugin.desk.people import Me
from atom_zendesk_plugin.desk.searching import NAMES, search_tickets
from atom_zendesk_plugin.desk.ticket_fields import changes_of, new_ticket
from atom_zendesk_plugin.desk.ticket_sets import SetChanges, checked_tags, taken
from atom_zendesk_plugin.desk.updating import Updated, Updater, with_tags
from atom_zendesk_plugin.desk.vocabulary import LISTED_SORTS, PRIORITIES, SORTS, STATUSES, one_of
from atom_zendesk_plugin.errors import InvalidInput, ZendeskCallFailed
from atom_zendesk_plugin.records import Comment, StatusChoice, Ticket

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

DEFAULT_SORT = "-updated_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDetail:
    """One ticket with its conversation, oldest comment first. ``names`` holds everybody the ticket and its comments mention.

    ``table`` is what is known of the account's ticket fields; it is empty when they could not be read.
    """

    ticket: Ticket
    comments: tuple[Comment, ...] = ()
    has_more_comments: bool = False
    names: Names = field(default_factory=Names)
    table: FieldTable = field(default_factory=lambda: FieldTable(()))

    @property
    def fields(self) -> FieldValues:
        """The ticket's custom fields by title: ``detail.fields["Region"].label``."""
        return FieldValues(self.ticket, self.table)

    @property
    def custom_status(self) -> StatusChoice | None:
        """The ticket's custom status; None where the account has none."""
        return status_of(self.ticket, self.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """The tickets of one caller's desk."""

    client: ZendeskClient
    creator: Creator
    me: Me
    custom: CustomFields

    def list(
        self,
        *,
        limit: int = 30,
        status: str | None = None,
        priority: str | None = None,
        assigned: str | None = None,
        sort: str | None = None,
        cursor: str | None = None,
    ) -> TicketPage:
        """Return up to ``limit`` (1..1000) tickets, latest change first, with the names they mention.

        Without a filter and for a sort by ``updated_at``, ``id`` or ``status`` Zendesk's list answers, which is current but leaves out
        tickets closed long ago. Otherwise Zendesk's search answers (``source`` and ``may_lag`` say so), up to 1,000 tickets in all:
        going on beyond them raises ResultTruncated. ``assigned`` is ``me``, ``none``, a user's id or an e-mail address;
        ``me`` is whom ``Desk.me`` names. Raises InvalidInput, naming the accepted values.
        """
        checks.limit(limit)
        order = one_of(sort or DEFAULT_SORT, SORTS, "sort")
        clauses = self._clauses(status, priority, assigned)
        if not clauses and order.removeprefix("-") in LISTED_SORTS:
            return collect(
                lambda size, after: self.client.tickets.page(size=size, cursor=after, sort=order, include=NAMES),
                limit=limit, cursor=cursor, scope=cursors.scope_of("tickets", sort=order),
            )  # fmt: skip
        return search_tickets(self.client, " ".join(clauses), limit=limit, sort=order, cursor=cursor)

    def get(self, ticket_id: int, *, comments: int = PER_CALL, newest: bool = False) -> TicketDetail:
        """Return one ticket with up to ``comments`` (0..1000) of its comments, oldest first, and its custom fields by title.

        ``newest``: of a long conversation the end instead of the beginning, at most a hundred comments. The titles cost one call when
        the account's fields are not remembered, otherwise none. Raises ZendeskNotFound.
        """
        checks.identifier(ticket_id, "ticket_id")
        one = self.client.tickets.get(ticket_id, include=NAMES)
        if comments == 0:
            table = self.custom.tickets(ask=True)
            return TicketDetail(ticket=one.record, names=names_of([one.sides]), has_more_comments=True, table=table)
        said = self._last_said(ticket_id, comments) if newest else self.comments(ticket_id, limit=comments)
        names = names_of([one.sides, {"users": tuple(said.people.values())}])
        return TicketDetail(
            ticket=one.record,
            comments=said.records,
            has_more_comments=said.has_more,
            names=names,
            table=self.custom.tickets(ask=True),
        )

    def comments(self, ticket_id: int, *, limit: int = PER_CALL, cursor: str | None = None) -> Listing[Comment]:
        """Return up to ``limit`` comments of a ticket, oldest first, with their authors. Public or not is said by each."""
        checks.identifier(ticket_id, "ticket_id")
        return collect(
            lambda size, after: self.client.tickets.comments_page(ticket_id, size=size, cursor=after, include=("users",)),
            limit=checks.limit(limit), cursor=cursor, scope=cursors.scope_of("comments", ticket=ticket_id),
        )  # fmt: skip

    def _last_said(self, ticket_id: int, limit: int) -> Listing[Comment]:
        page = self.client.tickets.comments_page(
            ticket_id, size=min(limit, PER_CALL), sort="-created_at", include=("users",)
        )
        return Listing(records=page.records[::-1], has_more=page.has_more, names=names_of([page.sides]))

    def create(
        self,
        *,
        subject: str | None = None,
        comment: str | None = None,
        comment_html: str | None = None,
        public: bool = True,
        author_id: int | None = None,
        uploads: Sequence[str] | None = None,
        priority: str | None = None,
        type: str | None = None,
        status: str | None = None,
        assignee_id: int | None = None,
        group_id: int | None = None,
        organization_id: int | None = None,
        requester_id: int | None = None,
        requester_email: str | None = None,
        requester_name: str | None = None,
        tags: Sequence[str] | None = None,
        due_at: str | datetime | None = None,
        time_zone: str | None = None,
        custom_fields: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
        custom_status: str | None = None,
        custom_status_id: int | None = None,
        external_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Ticket:
        """Create a ticket; its first comment (``comment`` text, or ``comment_html``) is required and becomes the description.

        ``requester_email`` finds the user or makes one, named ``requester_name`` (else after the address); without a requester the
        connected Zendesk user is it. ``due_at`` is for tickets of type task; without an offset it is in ``time_zone`` (an IANA name),
        else in UTC. ``custom_fields`` takes titles or ids and values, ``{"Region": "EU"}``, or a list of ``{"id", "value"}``;
        ``custom_status`` is the label agents see; both are checked against what the account has. Repeating a call with the same
        ``idempotency_key`` returns the same ticket; a key sets ``external_id`` when that is not given. Raises InvalidInput,
        IdempotencyKeyReused for a key used with other fields, OutcomeUnknown when the answer was lost: repeat with the same key then.
        """
        given = {
            "subject": subject, "comment": comment, "comment_html": comment_html, "public": public, "author_id": author_id,
            "uploads": uploads, "priority": priority, "type": type, "status": status, "assignee_id": assignee_id, "group_id": group_id,
            "organization_id": organization_id, "requester_id": requester_id, "requester_email": requester_email,
            "requester_name": requester_name, "tags": tags, "due_at": due_at, "custom_fields": custom_fields,
            "custom_status": custom_status, "custom_status_id": custom_status_id, "external_id": external_id,
        }  # fmt: skip
        if subject is None:
            raise InvalidInput("subject is missing: say in one line what the ticket is about.", field="subject")
        fields = self.custom.filled(new_ticket(given, time_zone=time_zone))
        with self.custom.explained():
            return self.creator.create(fields, client_key=idempotency_key)

    def update(
        self,
        ticket_id: int,
        changes: Mapping[str, object],
        *,
        expected_updated_at: datetime | None = None,
        merge: str = "fail",
        time_zone: str | None = None,
    ) -> Updated:
        """Change a ticket: fields left out stay as they are, None clears (Zendesk cannot clear a priority).

        ``tags`` replaces all tags; ``add_tags`` and ``remove_tags`` touch nobody else's, by calls of their own after the rest, and so
        do ``add_followers``, ``remove_followers``, ``add_email_ccs`` and ``remove_email_ccs`` (user ids or e-mail addresses) within
        it. ``comment`` or ``comment_html`` adds a comment, public unless ``public`` is False.

        With ``expected_updated_at``, the ticket's ``updated_at`` as the caller saw it, the change is only made if nobody changed the
        ticket since; otherwise TicketConflict, which tells both versions. ``merge`` is what to do then: ``fail``; ``disjoint``: make it
        all the same when others changed other fields only, tags being merged; ``mine``: write over theirs. ``Updated.unseen`` names
        changes in the very second of the stamp, which no conflict tells. ``custom_fields`` and ``custom_status`` are those of ``create``.

        An update is never repeated by itself. When its answer was lost, the ticket is looked at: success when the change is there, else
        OutcomeUnknown, which says that it was looked for. ``updating`` says what that costs in calls. Raises InvalidInput, and
        TicketFieldsRefused, naming the fields, when Zendesk wants others filled before it solves the ticket.
        """
        checks.identifier(ticket_id, "ticket_id")
        given, sets = taken(changes)
        only_tags = not given and not sets.people and bool(sets.add_tags or sets.remove_tags)
        if only_tags and expected_updated_at is not None:
            raise InvalidInput(
                "Adding and removing tags takes nobody else's away: leave expected_updated_at out.", field="expected_updated_at"
            )
        if only_tags:
            tags = self._updater.change_tags(ticket_id, sets)
            return with_tags(Updated(ticket=self.client.tickets.get(ticket_id).record), tags)
        fields = {**(changes_of(given, time_zone=time_zone) if given or not sets.people else {}), **sets.people}
        fields = self.custom.filled(fields)
        with self.custom.explained():
            updated = self._updater.update(ticket_id, fields, expected_updated_at=expected_updated_at, merge=merge)
        try:
            return with_tags(updated, self._updater.change_tags(ticket_id, sets))
        except ZendeskCallFailed as error:
            error.public["done"] = sorted(fields)  # all but the tags
            raise

    def add_tags(self, ticket_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Add tags and return all that there are then, with one call. Others' stay, those added at the same moment too."""
        wanted = SetChanges(add_tags=checked_tags(tags, "tags"), people={})
        return self._updater.change_tags(checks.identifier(ticket_id, "ticket_id"), wanted) or ()

    def remove_tags(self, ticket_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Take tags away and return those that are left, with one call."""
        wanted = SetChanges(remove_tags=checked_tags(tags, "tags"), people={})
        return self._updater.change_tags(checks.identifier(ticket_id, "ticket_id"), wanted) or ()

    def comment(
        self,
        ticket_id: int,
        body: str | None = None,
        *,
        html: str | None = None,
        public: bool = True,
        author_id: int | None = None,
        uploads: Sequence[str] | None = None,
    ) -> Ticket:
        """Add a comment (text or HTML) to a ticket; ``public`` False makes it an internal note. Returns the ticket.

        ``uploads`` are tokens that ``Desk.files`` gave: the comment takes those files.

        Never repeated by itself. When the answer was lost, the ticket is looked at: OutcomeUnknown means that the comment is not there,
        or not yet. Look before you repeat it.
        """
        if body is None and html is None:
            raise InvalidInput("comment takes text that is not blank.", field="comment")
        told = {"comment": body, "comment_html": html, "public": public, "author_id": author_id, "uploads": uploads}
        return self.update(ticket_id, told).ticket

    def delete(self, ticket_id: int) -> None:
        """Delete a ticket; Zendesk keeps it among the deleted ones for 30 days. Raises ZendeskNotFound."""
        self.client.tickets.delete(checks.identifier(ticket_id, "ticket_id"))

    @property
    def _updater(self) -> Updater:
        return Updater(client=self.client)

    def _clauses(self, status: str | None, priority: str | None, assigned: str | None) -> Sequence[str]:
        clauses: Sequence[str] = ()
        if status is not None:
            clauses = (*clauses, querytext.clause("status", one_of(status, STATUSES, "status")))
        if priority is not None:
            clauses = (*clauses, querytext.clause("priority", one_of(priority, PRIORITIES, "priority")))
        if assigned is not None:
            clauses = (*clauses, querytext.clause("assignee", self._assignee(assigned)))
        return clauses

    def _assignee(self, assigned: str) -> int | str | None:
        wanted = assigned.strip().lower()
        if wanted == "none":
            return None
        if wanted == "me":
            return checks.identifier(self.me.find().user.id, "assigned")
        if wanted.isascii() and wanted.isdecimal() and len(wanted) < 20:
            return checks.identifier(int(wanted), "assigned")
        if "@" in wanted:
            return checks.email(wanted, "assigned")
        raise InvalidInput("assigned takes me, none, a user's id or an e-mail address.", field="assigned")
