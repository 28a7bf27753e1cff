"""``accounts`` and ``connect``: a tenant's Zendesk accounts, their OAuth clients, and who is connected to them.

A secret is asked for on the terminal or read from standard input, never taken from the command line, which other users can see.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.cli.failures import json_option

if TYPE_CHECKING:
    from atom_zendesk_plugin.accounts.model import AccountStatus
    from atom_zendesk_plugin.extension import ZendeskExtension

_tenant_option = click.option("--tenant", metavar="NAME", help="ATOM tenant; that of ZENDESK_TENANT when left out.")


@contextmanager
def _administrator(ctx: click.Context, tenant: str | None) -> Iterator[tuple[ZendeskExtension, Caller]]:
    """Give the plugin and its operator: who has the settings in hand has the rights of an administrator."""
    from atom_zendesk_plugin.cli.host import operator_extension

    with operator_extension(ctx) as extension:
        settings = extension.settings
        roles = frozenset(settings.service_roles) | {"admin"}
        yield extension, Caller(
            user_id="operator", tenant_id=tenant or settings.tenant, roles=roles, via="internal"
        )


@click.group(name="accounts")
def accounts_group() -> None:
    """List, add and remove the Zendesk accounts of a tenant; see who is connected."""


@accounts_group.command(name="list")
@_tenant_option
@json_option
@click.pass_context
def list_command(ctx: click.Context, tenant: str | None, as_json: bool) -> None:
    """List the accounts: those of the settings and those entered here."""
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    with _administrator(ctx, tenant) as (extension, operator):
        found = extension.connections.accounts(operator)
    if as_json:
        print_json({"ok": True, "accounts": [asdict(account) for account in found]})
        return
    print_table(("account", "from", "people can connect", "service account", "to do"), map(_row, found))


@accounts_group.command(name="remove")
@click.argument("account")
@_tenant_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def remove_command(ctx: click.Context, account: str, tenant: str | None, yes: bool, as_json: bool) -> None:
    """Remove an account that was entered here, with all connections to it. Tokens at Zendesk end by themselves."""
    if not yes:
        click.confirm(f"Remove {account} and everybody's connection to it?", abort=True, err=True)
    with _administrator(ctx, tenant) as (extension, operator):
        gone = extension.connections.remove_account(operator, account=account)
    _tell({"account": account, "connections": gone}, _removed(account, gone), as_json=as_json)


@accounts_group.command(name="people")
@click.option("--account", metavar="NAME", help="Only those of this account.")
@click.option("--email", metavar="ADDRESS", help="Only whose Zendesk user has this address; needs --account.")
@_tenant_option
@json_option
@click.pass_context
def people_command(
    ctx: click.Context, account: str | None, email: str | None, tenant: str | None, as_json: bool
) -> None:
    """List who is connected and how the connections stand. Shows ids of ATOM and of Zendesk, no names, no tokens."""
    from atom_zendesk_plugin.cli.printing import print_json, print_table

    if email and not account:
        raise click.UsageError("--email needs --account: an address is looked for in one account")
    with _administrator(ctx, tenant) as (extension, operator):
        rows = extension.people(operator, account=account, email=email)
    if as_json:
        print_json({"ok": True, "people": [asdict(row) for row in rows]})
        return
    columns = ("account", "atom user", "zendesk user", "role", "state", "reason", "connected", "token ends")
    print_table(columns, ((row.account, row.user_id, row.zendesk_user_id, row.role, row.state, row.reason,
                           row.connected_at, row.access_expires_at) for row in rows))  # fmt: skip


@click.command(name="connect")
@click.option("--subdomain", prompt="Zendesk subdomain", help="The part of the address before .zendesk.com.")
@click.option("--client-id", prompt="OAuth client: unique identifier", help="Unique identifier of the OAuth client.")
@click.option("--public", is_flag=True, help="The client is a public one and has no secret; it serves people only.")
@click.option("--service/--no-service", default=True, show_default=True, help="Use the client for the service account too.")
@_tenant_option
@json_option
@click.pass_context
def connect_command(
    ctx: click.Context, subdomain: str, client_id: str, public: bool, service: bool, tenant: str | None, as_json: bool
) -> None:
    """Connect a Zendesk account: store its OAuth client, encrypted, after it has proved itself.

    Make the client in Zendesk first: Admin Center, Apps and integrations, APIs, OAuth clients. The secret is asked for, or read
    from standard input when that is no terminal. Replacing a client or an API token keeps everything that was stored of the account.
    """
    with _administrator(ctx, tenant) as (extension, operator):
        if not as_json:
            click.echo(f"Redirect URL to register with the client: {extension.settings.redirect_uri}", err=True)
        secret = None if public else _secret()
        status = extension.connections.add_account(
            operator, subdomain=subdomain, client_id=client_id, client_secret=secret, service=service and not public
        )
    _tell({"account": asdict(status)}, _connected(status), as_json=as_json)


def _secret() -> str:
    if sys.stdin.isatty():
        told: str = click.prompt("OAuth client: secret", hide_input=True, err=True)
        return told
    return sys.stdin.readline().strip()


def _connected(status: AccountStatus) -> str:
    people = "people can connect" if status.can_connect else f"people cannot connect: {status.why_not}"
    return f"{status.account}: stored; service account: {status.service.replace('_', ' ')}; {people}"


def _removed(account: str, gone: int) -> str:
    if not gone:
        return f"{account}: removed; nobody was connected to it"
    return (
        f"{account}: removed, with {gone} connection{'' if gone == 1 else 's'}. Their tokens end at Zendesk by themselves; to end them at "
        "once, delete the OAuth client in Admin Center."
    )


def _row(account: AccountStatus) -> tuple[object, ...]:
    todo = "; ".join([*([account.why_not] if account.why_not else []), *(notice.text for notice in account.notices)])
    source = "entered here" if account.stored else "settings"
    return account.account, source, "yes" if account.can_connect else "no", account.service.replace("_", " "), todo


def _tell(facts: dict[str, object], text: str, *, as_json: bool) -> None:
    from atom_zendesk_plugin.cli.printing import print_json

    if as_json:
        print_json({"ok": True, **facts})
    else:
        click.echo(text)
