"""Tags: of one ticket, user or organization, and all that the account uses."""

from __future__ import annotations

from collections.abc import Callable

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Handler, Json, Method, Route
from atom_zendesk_plugin.simulator.intake import read_tags
from atom_zendesk_plugin.simulator.lifecycle import update_ticket
from atom_zendesk_plugin.simulator.objects import Organization, Ticket, User
from atom_zendesk_plugin.simulator.paging import paginate
from atom_zendesk_plugin.simulator.routes.frame import API, act_of, counted, found
from atom_zendesk_plugin.simulator.state import Desk
from atom_zendesk_plugin.simulator.visibility import get_ticket

Tagged = Ticket | User | Organization
Finder = Callable[[Desk, Call], Tagged]


def list_tags(desk: Desk, call: Call) -> Answer:
    rows = sorted(desk.index.tag_counts.items(), key=lambda row: (-row[1], row[0]))
    ranks = {name: rank for rank, (name, _) in enumerate(rows)}
    return paginate(
        call,
        rows,
        key="tags",
        render=lambda row: {"name": row[0], "count": row[1]},
        identity=lambda row: ranks[row[0]],
        presorted=True,
    )


def count_tags(desk: Desk, call: Call) -> Answer:
    return counted(desk, len(desk.index.tag_counts))


def autocomplete_tags(desk: Desk, call: Call) -> Answer:
    """Return the tags that begin with the text, from two letters on."""
    start = call.params.get("name", "").strip().lower()
    matching = sorted(tag for tag in desk.index.tag_counts if tag.startswith(start)) if len(start) > 1 else []
    return Answer(200, {"tags": matching[:100]})


def _ticket(desk: Desk, call: Call) -> Tagged:
    return get_ticket(desk, call, call.id())


def _user(desk: Desk, call: Call) -> Tagged:
    return found(desk.users.get(call.id()))


def _organization(desk: Desk, call: Call) -> Tagged:
    return found(desk.organizations.get(call.id()))


def _showing(find: Finder) -> Handler:
    return lambda desk, call: Answer(200, {"tags": list(find(desk, call).tags)})


def _changing(find: Finder, plan: Callable[[set[str], set[str]], set[str]], status: int) -> Handler:
    def handler(desk: Desk, call: Call) -> Answer:
        row = find(desk, call)
        body: Json = call.body if isinstance(call.body, dict) else {}
        sent = body.get("tags", call.params.getlist("tags") or None)
        tags = tuple(sorted(plan(set(row.tags), set(read_tags(sent)))))
        _write(desk, call, row, tags, body)
        return Answer(status, {"tags": list(row.tags)})

    return handler


def _write(desk: Desk, call: Call, row: Tagged, tags: tuple[str, ...], body: Json) -> None:
    if isinstance(row, Ticket):
        guards = ("safe_update", "updated_stamp")
        safe: Json = {name: body[name] for name in guards if name in body}
        update_ticket(desk, row, {"tags": list(tags), **safe}, act=act_of(desk, call))
    elif tags != row.tags:
        desk.keep_earlier(row)
        row.tags, row.updated_at = tags, desk.now()


def _tagged(home: str, find: Finder) -> tuple[Route, ...]:
    template = f"{API}/{home}/{{id}}/tags"
    changes: tuple[tuple[Method, Callable[[set[str], set[str]], set[str]], int], ...] = (
        ("POST", lambda _, sent: sent, 201),
        ("PUT", lambda held, sent: held | sent, 200),
        ("DELETE", lambda held, sent: held - sent, 200),
    )
    return (
        Route(method="GET", template=template, handler=_showing(find), scope=f"{home}:read"),
        *(
            Route(method=method, template=template, handler=_changing(find, plan, status), scope=f"{home}:write")
            for method, plan, status in changes
        ),
    )


ROUTES: tuple[Route, ...] = (
    *_tagged("tickets", _ticket),
    *_tagged("users", _user),
    *_tagged("organizations", _organization),
    Route(method="GET", template=f"{API}/tags", handler=list_tags, bucket="tags-index"),
    Route(method="GET", template=f"{API}/tags/count", handler=count_tags),
    Route(method="GET", template=f"{API}/autocomplete/tags", handler=autocomplete_tags),
)
