"""``writes``: the log of what was changed at Zendesk, listed and shortened."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.cli.failures import json_option


@click.group(name="writes")
def writes_group() -> None:
    """List what was changed at Zendesk, and by whom; delete old entries."""


@writes_group.command(name="list")
@click.option("--account", metavar="NAME", help="Only what was done on this account.")
@click.option("--user", metavar="ID", help="Only what was done for this ATOM user.")
@click.option("--endpoint", metavar="START", help="Only endpoints that begin so, such as /tickets.")
@click.option("--outcome", metavar="WORD", help="sent, done, refused, unknown or not_sent.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]), help="In UTC.")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
@click.option("--cursor", help="Go on where an earlier list ended.")
@click.option("--tenant", metavar="NAME", help="ATOM tenant; that of ZENDESK_TENANT when left out.")
@json_option
@click.pass_context
def list_command(
    ctx: click.Context,
    as_json: bool,
    account: str | None,
    user: str | None,
    endpoint: str | None,
    outcome: str | None,
    since: datetime | None,
    limit: int,
    cursor: str | None,
    tenant: str | None,
) -> None:
    """List every call that could change something, the latest first. Names of fields only, no values."""
    from atom_zendesk_plugin.cli.host import operator_extension
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    with operator_extension(ctx) as extension:
        operator = Caller(user_id="operator", tenant_id=tenant or extension.settings.tenant, via="internal")
        page = extension.writes.list(
            operator, account=account, limit=limit, user=user, endpoint=endpoint, outcome=outcome, since=_utc(since), cursor=cursor
        )
    if as_json:
        print_json({"ok": True, "writes": [asdict(entry) for entry in page.entries], "cursor": page.cursor})
        return
    columns = ("began (UTC)", "account", "user", "call", "record", "fields", "outcome", "status", "request id")
    rows = (
        (f"{entry.began_at:%Y-%m-%d %H:%M:%S}", entry.account, entry.user_id, f"{entry.method} {entry.endpoint}", entry.record_id,
         " ".join(entry.fields), entry.outcome, entry.status or entry.error, entry.request_id)
        for entry in page.entries
    )  # fmt: skip
    print_table(columns, rows)
    if page.cursor is not None:
        click.echo(f"There is more: --cursor {page.cursor}", err=True)


@writes_group.command(name="purge")
@click.option("--days", type=click.IntRange(1, 36500), help="Keep so many days; as ZENDESK_WRITE_LOG_DAYS says when left out.")
@json_option
@click.pass_context
def purge_command(ctx: click.Context, days: int | None, as_json: bool) -> None:
    """Delete the entries of all tenants that are older than they are kept. Run it once a day or so."""
    from atom_zendesk_plugin.cli.host import operator_extension
    from atom_zendesk_plugin.cli.printing import print_json

    with operator_extension(ctx) as extension:
        gone = extension.writes.purge(days=days)
    if as_json:
        print_json({"ok": True, "deleted": gone})
    else:
        click.echo(f"{gone} {'entry' if gone == 1 else 'entries'} deleted")


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
