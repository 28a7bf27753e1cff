"""Which call carries a chunk of each verb. Every call here starts a job of up to a hundred rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from atom_zendesk_plugin.desk.bulk.differences import COMMENT
from atom_zendesk_plugin.desk.bulk.model import MAKING, Fields, Item, Run
from atom_zendesk_plugin.desk.bulk.rows import MARKER
from atom_zendesk_plugin.desk.vocabulary import Kind
from atom_zendesk_plugin.records import JobStatus, Organization, Ticket, User

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.client.resources.bulk import Bulk


def send(client: ZendeskClient, run: Run, items: Sequence[Item]) -> JobStatus:
    """Start the job of these items. Raises what the client raises; OutcomeUnknown when the answer was lost."""
    if run.verb == "import":
        return client.imports.create_many([item.fields for item in items])
    records = _records(client, run.kind)
    if run.verb == "create":
        return records.create_many([item.fields for item in items])
    if run.verb == "update_each":
        return records.update_batch([{**marked(run, item.fields), "id": item.target_id} for item in items])
    ids = [item.target_id for item in items if item.target_id is not None]
    if run.verb == "delete":
        return records.delete_many(ids)
    return records.update_many(ids, marked(run, run.changes))


def marked(run: Run, fields: Fields) -> Fields:
    """Return changes with the mark by which a comment is found again in the ticket's audits."""
    return {**fields, "metadata": {MARKER: str(run.id)}} if COMMENT in fields else fields


def is_repeatable(run: Run, item: Item) -> bool:
    """Tell whether sending an item twice does what sending it once does."""
    return run.verb not in MAKING and COMMENT not in wanted(run, item)


def wanted(run: Run, item: Item) -> Fields:
    """Return the changes an item is to get; empty for what makes or deletes."""
    return item.fields if run.verb == "update_each" else run.changes


def _records(client: ZendeskClient, kind: Kind) -> Bulk[Ticket] | Bulk[User] | Bulk[Organization]:
    if kind == "tickets":
        return client.tickets
    return client.users if kind == "users" else client.organizations
