"""``tickets`` and ``search``: a person's desk on the command line, through the service account."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_zendesk_plugin.cli.attachments import send
from atom_zendesk_plugin.cli.desk_commands import DeskGroup
from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import operator_desk
from atom_zendesk_plugin.desk.merging import MERGES

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.desk.field_reading import FieldValue
    from atom_zendesk_plugin.desk.listing import TicketPage
    from atom_zendesk_plugin.desk.tickets import TicketDetail
    from atom_zendesk_plugin.records import Ticket

limit_option = click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
cursor_option = click.option("--cursor", help="Go on where an earlier list ended.")
private_option = click.option("--private", is_flag=True, help="An internal note, which the requester does not see.")
attach_option = click.option(
    "--attach", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file the comment takes; may be given several times.",
)
field_option = click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    help="A custom field by title or id; an empty value clears it. May be given several times.",
)


@click.group(name="tickets", cls=DeskGroup)
def tickets_group() -> None:
    """Tickets: list, show, create, comment, change, merge, tag, delete and more."""


@tickets_group.command(name="list")
@click.option("--status", help="new, open, pending, hold, solved or closed.")
@click.option("--priority", help="low, normal, high or urgent.")
@click.option("--assigned", help="me, none, a user's id or an e-mail address.")
@click.option("--sort", help="For instance -updated_at.")
@limit_option
@cursor_option
@json_option
@click.pass_context
def list_command(ctx: click.Context, /, as_json: bool, **wanted: Any) -> None:
    """List tickets, latest change first."""
    with operator_desk(ctx) as desk:
        _show_page(desk.tickets.list(**wanted), as_json=as_json)


@tickets_group.command(name="show")
@click.argument("ticket_id", type=int)
@json_option
@click.pass_context
def show_command(ctx: click.Context, as_json: bool, ticket_id: int) -> None:
    """Show one ticket with its conversation."""
    with operator_desk(ctx) as desk:
        _show_detail(desk.tickets.get(ticket_id), desk.ticket_url(ticket_id), as_json=as_json)


@tickets_group.command(name="create")
@click.option("--subject", required=True)
@click.option("--comment", required=True, help="The first comment; - reads it from standard input.")
@private_option
@attach_option
@click.option("--priority")
@click.option("--type", "type_", help="question, incident, problem or task.")
@click.option("--status")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@field_option
@click.option("--requester-email")
@click.option("--requester-name")
@click.option("--idempotency-key", help="Repeating the command with the same key makes no second ticket.")
@json_option
@click.pass_context
def create_command(
    ctx: click.Context,
    /,
    as_json: bool,
    comment: str,
    private: bool,
    type_: str | None,
    tags: Sequence[str],
    fields: Sequence[str],
    files: Sequence[Path],
    **given: Any,
) -> None:
    """Create a ticket."""
    custom = custom_fields(fields)
    with operator_desk(ctx) as desk:
        ticket = desk.tickets.create(
            comment=_text(comment), public=not private, type=type_, tags=list(tags) or None, custom_fields=custom,
            uploads=attached(desk, files), **given,
        )  # fmt: skip
        _show_written(ticket, desk.ticket_url(ticket.id), as_json=as_json)


@tickets_group.command(name="update")
@click.argument("ticket_id", type=int)
@click.option("--subject")
@click.option("--status", help="open, pending, hold, solved or closed.")
@click.option("--custom-status", help="The label agents see of one of the account's custom statuses.")
@click.option("--priority", help="low, normal, high or urgent.")
@click.option("--type", help="question, incident, problem or task.")
@click.option("--assignee", "assignee_id", type=int, help="A user's id.")
@click.option("--group", "group_id", type=int, help="A group's id.")
@click.option("--tag", "tags", multiple=True, help="May be given several times; together they replace all tags.")
@click.option("--add-tag", "add_tags", multiple=True, help="Leaves the others alone; may be given several times.")
@click.option("--remove-tag", "remove_tags", multiple=True, help="Leaves the others alone; may be given several times.")
@field_option
@click.option("--comment", help="- reads it from standard input.")
@private_option
@attach_option
@click.option(
    "--expect", "expected", metavar="UPDATED_AT", type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"]),
    help="Only change the ticket if this is still its updated_at, as `tickets show --json` tells it.",
)
@click.option(
    "--merge", type=click.Choice(MERGES), default="fail", show_default=True,
    help="When somebody changed it since: disjoint goes on if they changed other fields, mine writes over theirs.",
)
@json_option
@click.pass_context
def update_command(
    ctx: click.Context,
    /,
    as_json: bool,
    ticket_id: int,
    comment: str | None,
    private: bool,
    fields: Sequence[str],
    files: Sequence[Path],
    expected: datetime | None,
    merge: str,
    **given: Any,
) -> None:
    """Change a ticket, or comment on it; what is left out stays as it is."""
    if comment is None and (private or files):
        raise click.UsageError("--private and --attach are about a comment: give --comment too.")
    told = {name: list(value) or None if isinstance(value, tuple) else value for name, value in given.items()}
    told["custom_fields"] = custom_fields(fields)
    changes = {name: value for name, value in told.items() if value is not None}
    if comment is not None:
        changes |= {"comment": _text(comment), "public": not private}
    stamp = expected.replace(tzinfo=expected.tzinfo or UTC) if expected is not None else None
    with operator_desk(ctx) as desk:
        if files:
            changes["uploads"] = attached(desk, files)
        updated = desk.tickets.update(ticket_id, changes, expected_updated_at=stamp, merge=merge)
        _show_written(updated.ticket, desk.ticket_url(ticket_id), as_json=as_json)
    for change in updated.unseen or ():
        about = f"audit {change.audit_id} by user {change.author_id}: {', '.join(change.fields) or 'a comment'}"
        click.echo(f"Somebody changed the ticket in the same second, look at it: {about}", err=True)


@tickets_group.command(name="comment")
@click.argument("ticket_id", type=int)
@click.argument("comment")
@private_option
@attach_option
@json_option
@click.pass_context
def comment_command(
    ctx: click.Context, as_json: bool, ticket_id: int, comment: str, private: bool, files: Sequence[Path]
) -> None:
    """Add COMMENT to a ticket; - reads it from standard input."""
    with operator_desk(ctx) as desk:
        ticket = desk.tickets.comment(ticket_id, _text(comment), public=not private, uploads=attached(desk, files))
        _show_written(ticket, desk.ticket_url(ticket.id), as_json=as_json)


@click.command(name="search")
@click.argument("query")
@click.option("--zendesk-syntax", is_flag=True, help="QUERY is Zendesk's search language: status:open tags:vip")
@click.option("--sort", help="For instance -updated_at; by relevance when left out.")
@limit_option
@cursor_option
@json_option
@click.pass_context
def search_command(ctx: click.Context, /, as_json: bool, query: str, zendesk_syntax: bool, **wanted: Any) -> None:
    """Search tickets for words, a part in double quotes as it stands."""
    with operator_desk(ctx) as desk:
        page = desk.search.tickets(query, syntax="zendesk" if zendesk_syntax else "text", **wanted)
        _show_page(page, as_json=as_json)


def custom_fields(given: Sequence[str]) -> dict[str, object] | None:
    """Return what ``--field`` options say, None without any: an empty value clears, and a name that comes again takes a list."""
    custom: dict[str, object] = {}
    for one in given:
        name, told, value = one.partition("=")
        if not told:
            raise click.BadParameter(f"{one} has no =: write it as NAME=VALUE.", param_hint="--field")
        earlier = custom.get(name)
        custom[name] = (
            (value or None) if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), value]
        )
    return custom or None


def attached(desk: Desk, files: Sequence[Path]) -> list[str] | None:
    """Send files for a comment to come and return the token it takes them by; None without files."""
    token: str | None = None
    for file in files:
        token = send(desk, file, token=token).token
    return None if token is None else [token]


def _text(given: str) -> str:
    return sys.stdin.read() if given == "-" else given


def _show_page(page: TicketPage, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    if as_json:
        tickets = [ticket.payload() for ticket in page.records]
        told = {"count": page.count, "has_more": page.has_more, "cursor": page.cursor, "source": page.source}
        print_json({"ok": True, "tickets": tickets, **told, "may_lag": page.may_lag})
        return
    rows = [
        (ticket.id, ticket.status, ticket.priority, _name(page, ticket.assignee_id), _day(ticket), ticket.subject)
        for ticket in page.records
    ]
    print_table(("id", "status", "priority", "assignee", "changed", "subject"), rows)
    if page.has_more:
        click.echo(f"There is more: --cursor {page.cursor}", err=True)
    if page.may_lag:
        click.echo("From Zendesk's search: changes of the last minutes may be missing.", err=True)


def _show_detail(detail: TicketDetail, url: str, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import plain, print_json, print_table

    ticket = detail.ticket
    if as_json:
        comments = [comment.payload() for comment in detail.comments]
        print_json(
            {
                "ok": True,
                "ticket": ticket.payload(),
                "comments": comments,
                "has_more_comments": detail.has_more_comments,
            }
        )
        return
    people = detail.names.people
    requester = people.get(ticket.requester_id or 0)
    assignee = people.get(ticket.assignee_id or 0)
    facts = {
        "status": _status(detail), "priority": ticket.priority, "type": ticket.type, "requester": requester and requester.name,
        "assignee": assignee and assignee.name, "tags": " ".join(ticket.tags), "link": url,
    }  # fmt: skip
    custom = [(name, _shown(field)) for name, field in detail.fields.items() if field.value not in (None, "", [])]
    print_table((f"#{ticket.id}", ticket.subject or ""), [*facts.items(), *custom])
    for comment in detail.comments:
        author = people.get(comment.author_id or 0)
        kind = "" if comment.public else ", internal note"
        click.echo(
            f"\n{plain(author.name or '') if author else comment.author_id} ({comment.created_at:%Y-%m-%d %H:%M}{kind})"
        )
        click.echo(plain(comment.body or ""))
    if detail.has_more_comments:
        click.echo("\nThere are more comments: open the link.")


def _status(detail: TicketDetail) -> str | None:
    custom, status = detail.custom_status, detail.ticket.status
    if custom is None or not custom.agent_label or custom.agent_label.lower() == status:
        return status
    return f"{custom.agent_label} ({status})"


def _shown(field: FieldValue) -> str:
    label = field.label if field.label is not None else field.value
    return ", ".join(label) if isinstance(label, tuple) else str(label)


def _show_written(ticket: Ticket, url: str, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json

    if as_json:
        print_json({"ok": True, "ticket": ticket.payload(), "url": url})
    else:
        click.echo(f"#{ticket.id} ({ticket.status}) {url}")


def _name(page: TicketPage, user_id: int | None) -> str | None:
    found = page.people.get(user_id) if user_id is not None else None
    return found.name if found is not None else None


def _day(ticket: Ticket) -> str:
    return f"{ticket.updated_at:%Y-%m-%d %H:%M}" if ticket.updated_at else ""
