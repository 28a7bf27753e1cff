"""What a workflow can do: one table of actions, run as the plugin's service account on behalf of the host.

An action is a row of ``ACTIONS``: its name, what it does, the parameters it takes, and a function of a desk. A parameter never says who
the caller is. Extend by adding a row.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from atom_zendesk_plugin.capabilities import needed_for
from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.errors import Code, DependencyMissing, Forbidden, InvalidInput, ZendeskPluginError
from atom_zendesk_plugin.logs import event
from atom_zendesk_plugin.workers import Workers

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.desk.history import ForeignChange
    from atom_zendesk_plugin.records import Ticket
    from atom_zendesk_plugin.web.parts import Parts
    from atom_zendesk_plugin.web.tools import Tool

Parameters = Mapping[str, Any]
Runner = Callable[[Parameters], Coroutine[Any, Any, dict[str, Any]]]

_FIELDS = frozenset(
    {
        "subject", "comment", "comment_html", "public", "author_id", "uploads", "priority", "type", "status", "assignee_id", "group_id",
        "organization_id", "requester_id", "tags", "due_at", "time_zone", "custom_fields", "custom_status",
        "custom_status_id", "external_id",
    }
)  # fmt: skip
_NEW = _FIELDS | {"requester_email", "requester_name", "idempotency_key"}
_CHANGES = (_FIELDS - {"time_zone"}) | frozenset(
    {"add_tags", "remove_tags", "add_followers", "remove_followers", "add_email_ccs", "remove_email_ccs"}
)
_HOW = frozenset({"time_zone", "expected_updated_at", "merge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One operation. ``required`` and ``optional`` are parameter names; ``run`` blocks and returns the fields of the answer."""

    name: str
    description: str
    required: frozenset[str]
    optional: frozenset[str]
    run: Callable[[Desk, Parameters], dict[str, Any]]


def ticket_fields(ticket: Ticket, *, desk: Desk) -> dict[str, Any]:
    """Return a ticket in the flat form that workflow steps and chat read; ``url`` is the agent's page."""
    return {
        "id": ticket.id, "subject": ticket.subject, "description": ticket.description, "status": ticket.status,
        "priority": ticket.priority, "type": ticket.type, "tags": list(ticket.tags), "requester_id": ticket.requester_id,
        "assignee_id": ticket.assignee_id, "group_id": ticket.group_id, "organization_id": ticket.organization_id,
        "created_at": _text(ticket.created_at), "updated_at": _text(ticket.updated_at), "url": desk.ticket_url(ticket.id),
    }  # fmt: skip


def build_actions(
    desk: Callable[[Caller], Desk], *, parts: Parts, caller: Callable[[], Caller], workers: Workers
) -> dict[str, Runner]:
    """Return every action as a coroutine function of one mapping of parameters; each blocks in a worker thread, never in the loop.

    Beside the rows of ``ACTIONS`` these are the everyday tools, whose answer is what the tool's route has under ``data``.
    ``execute_service`` runs any of the others: ``{"action": name, "parameters": {...}}``.
    """

    def runner(action: Action) -> Runner:
        async def run(parameters: Parameters) -> dict[str, Any]:
            return await _guarded(action, parameters, desk=desk, caller=caller, workers=workers)

        run.__name__, run.__doc__ = action.name, action.description
        return run

    runners = {action.name: runner(action) for action in ACTIONS}
    for tool in _everyday():
        if tool.name not in runners:
            runners[tool.name] = _tool_runner(tool, parts=parts, caller=caller, workers=workers)

    async def execute_service(parameters: Parameters) -> dict[str, Any]:
        """Run the action that the parameters name."""
        name, inner = _wrapped(parameters)
        wanted = runners.get(name) if isinstance(name, str) else None
        if wanted is None:
            return failed(InvalidInput(f"action takes one of {', '.join(sorted(runners))}.", field="action"))
        return await wanted(inner)

    return {**runners, "execute_service": execute_service}


def failed(error: ZendeskPluginError) -> dict[str, Any]:
    """Return the answer of an action that did not do what it was asked for."""
    return {"error": error.message, "code": str(error.code), "status": "failed", "details": error.public}


async def _guarded(
    action: Action,
    parameters: object,
    *,
    desk: Callable[[Caller], Desk],
    caller: Callable[[], Caller],
    workers: Workers,
) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        who = caller()
        return action.run(desk(who), _checked(action, parameters, caller=who))

    return await _answered(action.name, work, workers=workers)


async def _answered(name: str, work: Callable[[], dict[str, Any]], *, workers: Workers) -> dict[str, Any]:
    try:
        return {**await workers.run(work), "status": "completed"}
    except ZendeskPluginError as error:
        return failed(error)
    except Exception as error:  # the boundary to the workflow engine, which takes an answer, not an exception
        event("zendesk.action_failed", "error", action=name, kind=type(error).__name__)
        return {
            "error": "Something went wrong in the Zendesk integration; the host's log says where.",
            "code": str(Code.INTERNAL_ERROR), "status": "failed", "details": {},
        }  # fmt: skip


def _tool_runner(tool: Tool, *, parts: Parts, caller: Callable[[], Caller], workers: Workers) -> Runner:
    async def run(parameters: Parameters) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            who = caller()
            result: dict[str, Any] = tool.run(parts, who, _given(tool.name, parameters, caller=who))
            return result

        return await _answered(tool.name, work, workers=workers)

    run.__name__, run.__doc__ = tool.name, tool.description
    return run


def _given(name: str, parameters: object, *, caller: Caller) -> dict[str, Any]:
    if not isinstance(parameters, Mapping):
        raise InvalidInput(f"{name} takes a mapping of parameters.")
    if parameters.get("user_id") not in (None, "", "current", caller.user_id):
        raise Forbidden("A workflow acts as the service account: leave user_id out.", field="user_id")
    return {name: value for name, value in parameters.items() if name != "user_id"}


def _checked(action: Action, parameters: object, *, caller: Caller) -> Parameters:
    given = _given(action.name, parameters, caller=caller)
    for name in sorted(action.required - given.keys()):
        raise InvalidInput(f"{name} is missing: {action.name} needs it.", field=name)
    for name in sorted(str(name) for name in given.keys() - action.required - action.optional):
        known = ", ".join(sorted(action.required | action.optional))
        raise InvalidInput(f"{action.name} takes no parameter of this name; it takes {known}.", field=name[:80])
    return given


def _wrapped(parameters: object) -> tuple[object, Any]:
    if not isinstance(parameters, Mapping):
        return None, {}
    return parameters.get("action"), parameters.get("parameters") or {}


def _with_ids(given: Parameters) -> dict[str, Any]:
    """Return the parameters with every Zendesk id that came as digits as a number. An external id is text of the caller's own."""
    numbered = {name for name in given if name.endswith("_id") and name != "external_id"}
    return {
        name: _identifier(value) if name in numbered and isinstance(value, str) else value
        for name, value in given.items()
    }


def _identifier(value: object) -> int:
    """Read an id. Workflow templates turn every value into text, so digits count."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidInput("ticket_id takes the id of a ticket: a whole number above zero.", field="ticket_id")


def _whole(value: object, field: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidInput(f"{field} takes a whole number.", field=field)


def _create(desk: Desk, given: Parameters) -> dict[str, Any]:
    return _one(desk.tickets.create(**_with_ids(given)), desk)


def _update(desk: Desk, given: Parameters) -> dict[str, Any]:
    changes = {name: value for name, value in _with_ids(given).items() if name in _CHANGES}
    seen = given.get("expected_updated_at")
    updated = desk.tickets.update(
        _identifier(given["ticket_id"]),
        changes,
        expected_updated_at=checks.stamp(seen, "expected_updated_at") if seen else None,
        merge=given.get("merge") or "fail",
        time_zone=given.get("time_zone"),
    )
    others = {"unseen": _changes(updated.unseen or ()), "merged": _changes(updated.merged), "read_back": updated.read_back}
    return _one(updated.ticket, desk) | others


def _comment(desk: Desk, given: Parameters) -> dict[str, Any]:
    ticket = desk.tickets.comment(
        _identifier(given["ticket_id"]),
        given["comment"],
        public=given.get("public", True),
        author_id=_with_ids(given).get("author_id"),
    )
    return _one(ticket, desk)


def _search(desk: Desk, given: Parameters) -> dict[str, Any]:
    query = given["query"]
    if not isinstance(query, str):
        raise InvalidInput("query takes text.", field="query")
    found = desk.search.tickets(
        query, limit=_whole(given.get("limit", 30), "limit"), syntax=given.get("syntax", "text")
    )
    tickets = [ticket_fields(ticket, desk=desk) for ticket in found.records]
    return {"tickets": tickets, "count": found.count, "has_more": found.has_more, "may_lag": found.may_lag}


def _one(ticket: Ticket, desk: Desk) -> dict[str, Any]:
    fields = ticket_fields(ticket, desk=desk)
    return {"ticket_id": ticket.id, "url": fields["url"], "ticket": fields}


def _changes(changes: Sequence[ForeignChange]) -> list[dict[str, Any]]:
    return [{**asdict(change), "at": _text(change.at)} for change in changes]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


ACTIONS: tuple[Action, ...] = (
    Action(
        name="create_ticket", description="Create a ticket; the comment becomes its description.",
        required=frozenset({"subject", "comment"}), optional=_NEW - {"subject", "comment"}, run=_create,
    ),
    Action(
        name="update_ticket", description="Change fields of a ticket; what is left out stays, null clears.",
        required=frozenset({"ticket_id"}), optional=_CHANGES | _HOW, run=_update,
    ),
    Action(
        name="add_comment", description="Add a comment to a ticket; public false makes it an internal note.",
        required=frozenset({"ticket_id", "comment"}), optional=frozenset({"public", "author_id"}), run=_comment,
    ),
    Action(
        name="search_tickets", description="Find tickets by words, or with syntax zendesk by Zendesk's search language.",
        required=frozenset({"query"}), optional=frozenset({"limit", "syntax"}), run=_search,
    ),
)  # fmt: skip

CORE_NAMES: tuple[str, ...] = (*(action.name for action in ACTIONS), "execute_service")


def action_names() -> tuple[str, ...]:
    """Return the names of all actions; the first call loads the table of operations."""
    return (*CORE_NAMES, *(tool.name for tool in _everyday() if tool.name not in CORE_NAMES))


def _everyday() -> Iterator[Tool]:
    """Yield the tools of every day; none when a package they need is missing, which health says."""
    try:
        with needed_for("Workflow actions"):
            from atom_zendesk_plugin.web.tools import tools
    except DependencyMissing:
        return
    yield from (tool for tool in tools().values() if tool.everyday)
