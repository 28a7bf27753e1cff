"""Zendesk in ATOM's chat: one table of commands, each a text that a message starts with and a function of a desk, or a tool to use.

Commands only read. They act for the ``Caller`` the host vouches for, with that person's rights. Extend by adding a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin.actions import ticket_fields
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.records import Ticket
    from atom_zendesk_plugin.web.parts import Parts

SHOWN = 10


Run = Callable[["Desk", str], tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """A tool that only reads, and the argument that the rest of the message is for (None: it takes nothing)."""

    tool: str
    argument: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. ``run`` takes the desk and the rest of the message and returns the text to show and its data, or is a tool."""

    command: str
    usage: str
    description: str
    run: Run | Uses

    def as_dict(self) -> dict[str, Any]:
        return {"command": self.command, "usage": self.usage, "description": self.description}


def find_command(message: object) -> tuple[Command, str] | None:
    """Return the command a message starts with, and the rest of it; None when it is nobody's of ours. Case does not matter."""
    words = message.split() if isinstance(message, str) else []
    for command in COMMANDS:
        size = len(command.command.split())
        if [word.lower() for word in words[:size]] == command.command.split():
            return command, " ".join(words[size:])
    return None


def run_command(
    command: Command, rest: str, *, caller: object, desk: Callable[[Caller], Desk], parts: Parts
) -> dict[str, Any]:
    """Run a command for a caller. Blocks; never raises: a failure is an answer for the person who typed."""
    if not isinstance(caller, Caller):
        return answer("The host did not say who you are: sign in to ATOM and try again.", code="AUTH_REQUIRED")
    try:
        if isinstance(command.run, Uses):
            message, data = _used(command, command.run, rest, caller=caller, parts=parts)
        else:
            message, data = command.run(desk(caller), rest)
    except ZendeskPluginError as error:
        return answer(error.message, code=str(error.code))
    except Exception as error:  # the boundary to the chat, which shows an answer, not an exception
        event("zendesk.chat_failed", "error", command=command.command, kind=type(error).__name__)
        return answer(
            "Something went wrong in the Zendesk integration; the host's log says where.", code="INTERNAL_ERROR"
        )
    return answer(message, data=data)


def answer(message: str, *, data: Mapping[str, Any] | None = None, code: str | None = None) -> dict[str, Any]:
    """Return what the chat shows. With a ``code`` it is a failure."""
    return {"success": code is None, "message": message, "data": dict(data or {}), **({"code": code} if code else {})}


def _used(command: Command, uses: Uses, rest: str, *, caller: Caller, parts: Parts) -> tuple[str, dict[str, Any]]:
    """Use a tool and return what it found, a line for each."""
    from atom_zendesk_plugin.web.tools import find_tool

    if uses.argument is not None and not rest:
        raise InvalidInput(f"Something is missing: {command.usage}")
    arguments = {} if uses.argument is None else {uses.argument: rest.removeprefix("#")}
    data = find_tool(uses.tool).run(parts, caller, arguments)
    rows = next((value for value in data.values() if isinstance(value, list)), [])
    shown = [_named(row) for row in rows[:SHOWN]]
    more = f"\n... and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return "\n".join(shown) + more if shown else "Nothing found.", data


def _named(row: Mapping[str, Any]) -> str:
    state = f" [{row['status']}]" if isinstance(row.get("status"), str) else ""
    name = next((row[key] for key in ("subject", "title", "name", "email") if row.get(key)), "(no name)")
    address = f" <{row['email']}>" if row.get("email") else ""
    return f"#{row.get('id')}{state} {name}{address}"


def _ticket(desk: Desk, rest: str) -> tuple[str, dict[str, Any]]:
    number = rest.removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise InvalidInput("Write the number of the ticket: zendesk ticket 123")
    ticket = desk.tickets.get(int(number), comments=0).ticket
    fields = ticket_fields(ticket, desk=desk)
    return f"{_line(ticket)}\n{fields['url']}", {"ticket": fields}


def _search(desk: Desk, rest: str) -> tuple[str, dict[str, Any]]:
    if not rest:
        raise InvalidInput("Write what to look for: zendesk search printer on fire")
    found = desk.search.tickets(rest, limit=SHOWN)
    nothing = "No ticket has these words. New tickets appear in the search after a few minutes."
    return _listed(found.records, nothing), _data(found.records, desk)


def _recent(desk: Desk, rest: str) -> tuple[str, dict[str, Any]]:
    found = desk.tickets.list(limit=SHOWN, status=rest.lower() or None)
    return _listed(found.records, "There are no such tickets."), _data(found.records, desk)


def _me(desk: Desk, _: str) -> tuple[str, dict[str, Any]]:
    me = desk.me()
    how = "you" if me.own else "the service account"
    return f"Zendesk answers; it knows {how} as {me.user.name}.", {"user_id": me.user.id, "own": me.own}


def _help(_: Desk, __: str) -> tuple[str, dict[str, Any]]:
    told = "\n".join(f"{command.usage}: {command.description}" for command in COMMANDS)
    return f"Zendesk is ready.\n{told}", {"commands": [command.as_dict() for command in COMMANDS]}


def _listed(tickets: tuple[Ticket, ...], nothing: str) -> str:
    return "\n".join(_line(ticket) for ticket in tickets) or nothing


def _data(tickets: tuple[Ticket, ...], desk: Desk) -> dict[str, Any]:
    return {"tickets": [ticket_fields(ticket, desk=desk) for ticket in tickets]}


def _line(ticket: Ticket) -> str:
    return f"#{ticket.id} [{ticket.status}] {ticket.subject or '(no subject)'}"


COMMANDS: tuple[Command, ...] = (
    Command(command="use zendesk", usage="use zendesk", description="what Zendesk can do here", run=_help),
    Command(command="access zendesk", usage="access zendesk", description="the same", run=_help),
    Command(command="zendesk help", usage="zendesk help", description="the same", run=_help),
    Command(command="zendesk me", usage="zendesk me", description="whether Zendesk answers, and as whom", run=_me),
    Command(
        command="zendesk search",
        usage="zendesk search <words>",
        description="tickets with all of these words",
        run=_search,
    ),
    Command(
        command="zendesk tickets",
        usage="zendesk tickets [<status>]",
        description="the tickets changed last",
        run=_recent,
    ),
    Command(
        command="zendesk ticket", usage="zendesk ticket <number>", description="one ticket with its link", run=_ticket
    ),
    Command(
        command="zendesk views", usage="zendesk views", description="the views, with their numbers", run=Uses(tool="list_active_views")
    ),
    Command(
        command="zendesk view", usage="zendesk view <number>", description="the tickets of a view",
        run=Uses(tool="list_view_tickets", argument="view_id"),
    ),
    Command(
        command="zendesk user", usage="zendesk user <name>", description="users whose name begins so",
        run=Uses(tool="find_users", argument="name"),
    ),
    Command(
        command="zendesk organization", usage="zendesk organization <name>", description="organizations whose name begins so",
        run=Uses(tool="find_organizations", argument="name"),
    ),
    Command(
        command="zendesk macros", usage="zendesk macros", description="the active macros, with their numbers",
        run=Uses(tool="list_active_macros"),
    ),
    Command(
        command="zendesk suspended", usage="zendesk suspended", description="mails that Zendesk held back",
        run=Uses(tool="list_suspended_tickets"),
    ),
)  # fmt: skip
