"""What the operations of the whole desk answer with: our own shapes for tickets, people and places, and Zendesk's own object for the rest.

An object of Zendesk goes out as it came in, byte for byte: the OpenAPI document has the fields we know, and the others are there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.desk.listing import Listing, Names
from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, Count, Done, Job, Many, One, Told, Words
from atom_zendesk_plugin.records import Comment, JobStatus, Organization, Record, Ticket, User
from atom_zendesk_plugin.web.present.lists import ListData, facts_of
from atom_zendesk_plugin.web.present.people import UserItem, user_item
from atom_zendesk_plugin.web.present.places import OrganizationItem, organization_item
from atom_zendesk_plugin.web.present.tickets import CommentItem, TicketItem, comment_item, ticket_item

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.desk.operations.performing import Outcome

OURS: Mapping[type[Record], type[msgspec.Struct]] = {
    Ticket: TicketItem, User: UserItem, Organization: OrganizationItem, Comment: CommentItem,
}  # fmt: skip
"""The kinds that have a shape of our own, the same in every answer."""

NO_NAMES = Names()


class JobData(msgspec.Struct, kw_only=True, frozen=True):
    """A job of Zendesk: ``status`` is queued, working, completed, failed or killed; ``results`` has a row per record when it is done."""

    job: JobStatus


class CountData(msgspec.Struct, kw_only=True, frozen=True):
    count: int


class DoneData(msgspec.Struct, kw_only=True, frozen=True):
    done: bool = True


_PLAIN: Mapping[type[object], type[msgspec.Struct]] = {Job: JobData, Count: CountData, Done: DoneData}


def data_of(operation: AnyDeskOperation, outcome: Outcome, desk: Desk) -> object:
    """Return what is under ``data``."""
    gives = operation.gives
    if isinstance(gives, Many):
        assert isinstance(outcome, Listing)
        show = _shower(gives.kind, outcome.names, desk)
        return {gives.key: [show(record) for record in outcome.records], **facts_of(outcome, outcome.records)}
    if isinstance(gives, One):
        return {gives.key: _shower(gives.kind, NO_NAMES, desk)(outcome)}
    if isinstance(gives, Job):
        assert isinstance(outcome, Record)
        return {"job": msgspec.Raw(outcome.raw)}
    if isinstance(gives, Count):
        return {"count": outcome}
    if isinstance(gives, Words):
        return {gives.key: outcome}
    return outcome if isinstance(gives, Told) else DoneData()


def reply_of(operation: AnyDeskOperation) -> type[msgspec.Struct]:
    """Return the struct that describes ``data``; its name is the operation's own, so that no two are alike in the document."""
    gives = operation.gives
    name = "".join(part.capitalize() for part in operation.name.split("_")) + "Data"
    if isinstance(gives, Many):
        fields: list[Any] = [(gives.key, list[OURS.get(gives.kind, gives.kind)])]  # type: ignore[misc]  # a type made at run time
        return msgspec.defstruct(name, fields, bases=(ListData,), kw_only=True, frozen=True)
    if isinstance(gives, One):
        return msgspec.defstruct(name, [(gives.key, OURS.get(gives.kind, gives.kind))], kw_only=True, frozen=True)
    if isinstance(gives, Words):
        return msgspec.defstruct(name, [(gives.key, list[str])], kw_only=True, frozen=True)
    if isinstance(gives, Told):
        return gives.kind
    return _PLAIN[type(gives)]


def _shower(kind: type[Record], names: Names, desk: Desk) -> Callable[[Any], object]:
    """Return what turns one record of a kind into what is shown of it."""
    if kind is Ticket:
        table = desk.tickets.custom.tickets()
        return lambda ticket: ticket_item(ticket, names if names != NO_NAMES else None, table, desk)
    if kind is User:
        return lambda user: user_item(user, names.organizations)
    if kind is Organization:
        return organization_item
    if kind is Comment:
        return lambda comment: comment_item(comment, names)
    return lambda record: msgspec.Raw(record.raw)
