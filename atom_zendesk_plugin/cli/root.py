"""The table of commands. A command's module is imported when the command runs, so that ``--help`` costs nothing.

Extend by adding a row to ``COMMANDS``: the name, the module in this package, the click object in it, and its line in the help.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from atom_zendesk_plugin import __version__
from atom_zendesk_plugin.cli.failures import AS_JSON, tell
from atom_zendesk_plugin.envfile import read_env_file
from atom_zendesk_plugin.errors import DependencyMissing, ZendeskPluginError

ENV_FILE = Path(".env.zendesk")


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is and what the list of commands says about it."""

    module: str
    attribute: str
    summary: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A group of commands that is made from the table of tools."""

    summary: str


COMMANDS: Mapping[str, Lazy | Desk] = {
    "accounts": Lazy("accounts", "accounts_group", "List and remove Zendesk accounts; see who is connected."),
    "bulk": Lazy("bulk", "bulk_group", "Make, change or delete many records, from a file."),
    "config": Lazy("config", "config_group", "Write a settings template; check the settings."),
    "connect": Lazy("accounts", "connect_command", "Connect a Zendesk account by its OAuth client."),
    "db": Lazy("db", "db_group", "Bring the plugin's own tables up to date, or take them back."),
    "demo": Lazy("demo", "demo_command", "Run the plugin in a small host against a local Zendesk."),
    "doctor": Lazy("doctor", "doctor_command", "Look for what is missing or wrong, and say what to do about it."),
    "keys": Lazy("keys", "keys_group", "Make, check and change the encryption keys."),
    "search": Lazy("tickets", "search_command", "Search tickets."),
    "serve": Lazy("serve", "serve_command", "Serve the plugin on its own, as a small service."),
    "simulator": Lazy("simulator", "simulator_command", "Serve a local Zendesk to develop and test against."),
    "tickets": Lazy("tickets", "tickets_group", "List, show, create, change, merge, tag tickets."),
    "admin": Lazy("desk_commands", "admin_group", "Set the account up: fields, forms, rules, hours."),
    "agents": Desk("Who of the agents is available, and their statuses."),
    "attachments": Lazy("attachments", "attachments_group", "Files of tickets: send, show, save."),
    "comments": Desk("Read, hide and redact comments."),
    "deleted-tickets": Desk("List, bring back and purge deleted tickets."),
    "group-memberships": Desk("Who is in which group."),
    "groups": Desk("The groups agents work in."),
    "identities": Desk("The addresses and phone numbers of a user."),
    "jobs": Desk("What became of Zendesk's jobs."),
    "macros": Desk("Macros: list, preview on a ticket, apply."),
    "object-records": Desk("The records of custom objects."),
    "organization-memberships": Desk("Who is in which organization."),
    "organizations": Desk("Organizations: list, find, make, change, merge."),
    "satisfaction-ratings": Desk("What requesters thought."),
    "side-conversations": Desk("What is asked of others about a ticket."),
    "skills": Desk("What agents are good at, and tickets ask for."),
    "suspended-tickets": Desk("Mails that Zendesk held back."),
    "tags": Desk("The tags used most."),
    "users": Desk("Users: list, find, make, change, merge, suspend."),
    "views": Desk("Views: list, count, show their tickets."),
    "writes": Lazy("writes", "writes_group", "List what was changed at Zendesk, and by whom."),
}


class CommandGroup(click.Group):
    """A group that imports a command when it runs it, and tells each error of ours in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        if isinstance(row, Desk):
            from atom_zendesk_plugin.cli.desk_commands import desk_group

            return desk_group(cmd_name)
        command: click.Command = getattr(import_module(f"{__package__}.{row.module}"), row.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.summary) for name, row in sorted(COMMANDS.items())])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ZendeskPluginError as error:
            raise _told(ctx, error) from error
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == __package__.partition(".")[0]:
                raise
            raise _told(ctx, DependencyMissing(error.name, f"{ctx.info_name} {ctx.invoked_subcommand}")) from error


def _told(ctx: click.Context, error: ZendeskPluginError) -> click.exceptions.Exit:
    return click.exceptions.Exit(tell(error, as_json=bool(ctx.meta.get(AS_JSON))))


def root_group(name: str) -> CommandGroup:
    """Make the group of all commands; ``name`` is what it is called where it is mounted."""

    @click.group(name=name, cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(__version__, message="%(version)s")
    def group() -> None:
        """Zendesk inside ATOM.

        Settings come from the environment and from .env.zendesk in the current folder; the environment wins.
        """
        for key, value in read_env_file(ENV_FILE).items():
            os.environ.setdefault(key, value)

    return group
