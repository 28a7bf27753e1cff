"""Which operations of Zendesk's official document are spoken by the client, the routes, the command line and the simulator.

Written to ``docs/reference/coverage.md`` by ``script/coverage``, from the document in ``ZENDESK_RECORDINGS`` and from the code itself.
Calls the document doesn't know are listed with the reason in ``BEYOND``; a test holds both lists to the truth.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from atom_zendesk_plugin.cli.root import COMMANDS
from atom_zendesk_plugin.simulator.routes import ALL_ROUTES
from atom_zendesk_plugin.web.operations import API
from atom_zendesk_plugin.web.routes import every_operation
from atom_zendesk_plugin.web.tools import tools
from script.lib.probing import Made, calls

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/coverage.md"
REQUEST = "`request()`"
COLUMNS = ("| operation | client | route | command | simulator | recorded |", "|---|---|---|---|---|---|")

BEYOND: Mapping[str, str] = {
    "/agent_availabilities": "agent availability has a document of its own",
    "/attachments": "files lie outside the API; their address comes with the attachment",
    "/business_hours": "schedules are documented on their own page only",
    "/guide/survey_responses": "survey responses are in the Help Center's document",
    "/tickets/{}/side_conversations": "side conversations have a document of their own",
    "/webhooks": "webhooks have a document of their own; the calls were recorded",
}
"""Calls that the official document doesn't have, by the beginning of their path, and why they are made all the same."""

ROUTES_BY_ANOTHER_NAME: Mapping[tuple[str, str], tuple[str, str]] = {
    ("GET", f"{API}/me"): ("GET", "/users/me"),
    ("GET", f"{API}/search/tickets"): ("GET", "/search"),
    ("POST", f"{API}/search"): ("GET", "/search"),
    ("POST", f"{API}/tickets/{{ticket_id}}/comments"): ("PUT", "/tickets/{}"),
    ("PUT", f"{API}/users/{{user_id}}/suspension"): ("PUT", "/users/{}"),
    ("POST", f"{API}/tickets/{{ticket_id}}/macros/{{macro_id}}/apply"): ("PUT", "/tickets/{}"),
    ("GET", f"{API}/analytics/tickets"): ("GET", "/search/count"),
    ("POST", f"{API}/views/{{view_id}}/export"): ("GET", "/views/{}/export"),
}
"""Routes whose path is not the one they ask Zendesk for."""


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """One operation of the official document; ``path`` without ``/api/v2``, its variables by name."""

    family: str
    path: str
    verb: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by: the names of variables differ from place to place."""
        return self.verb, bare(self.path)


def official(folder: Path) -> list[Operation]:
    """Return the operations of the document, by family and path."""
    document = json.loads((folder / "zendesk-oas.min.json").read_text(encoding="utf-8"))
    return sorted(
        Operation((told.get("tags") or ["Other"])[0], path.removeprefix("/api/v2"), verb.upper())
        for path, item in document["paths"].items()
        for verb, told in item.items()
        if verb in {"get", "post", "put", "patch", "delete"}
    )


def recorded(folder: Path, operations: Iterable[Operation]) -> set[tuple[str, str]]:
    """Return which operations have a recorded success."""
    known = Finder(operations)
    found: set[tuple[str, str]] = set()
    for file in sorted((folder / "recorded").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["response"]["status"] < 300:
                path = re.split(r"[?&]", row["request"]["path"])[0].removesuffix(".json")
                operation = known.find(row["request"]["method"], path.removeprefix("/api/v2"))
                if operation is not None:
                    found.add(operation.key)
    return found


class Finder:
    """Finds the operation a path belongs to: the one with the most words of its own."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_size: Mapping[tuple[str, int], list[tuple[list[str], Operation]]] = defaultdict(list)
        for operation in operations:
            parts = operation.path.split("/")
            self._by_size[operation.verb, len(parts)].append((parts, operation))

    def find(self, verb: str, path: str) -> Operation | None:
        """Return the operation, or None."""
        asked = path.split("/")
        fitting = [
            (sum("{" not in part for part in parts), operation)
            for parts, operation in self._by_size.get((verb, len(asked)), [])
            if all("{" in part or part == word for part, word in zip(parts, asked, strict=True))
        ]
        return max(fitting)[1] if fitting else None


def bare(path: str) -> str:
    """Return a path with ``{}`` for each variable."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def beyond(made: Made) -> str | None:
    """Return why a call is made that the document doesn't have; None when there is no reason."""
    path = made.template.removeprefix("/api/v2")
    return next((reason for start, reason in BEYOND.items() if path.startswith(start)), None)


def sorted_out(
    made: Iterable[Made], operations: Iterable[Operation]
) -> tuple[dict[tuple[str, str], list[str]], list[Made]]:
    """Return the methods for each operation, and the calls that belong to none."""
    known = Finder(operations)
    spoken: dict[tuple[str, str], list[str]] = defaultdict(list)
    unknown: list[Made] = []
    for one in made:
        operation = known.find(one.verb, one.path.removeprefix("/api/v2"))
        if operation is None:
            unknown.append(one)
        elif one.name not in spoken[operation.key]:
            spoken[operation.key].append(one.name)
    return spoken, unknown


def routes() -> dict[tuple[str, str], str]:
    """Return our route for each operation that has one."""
    found: dict[tuple[str, str], str] = {("POST", "/uploads"): f"`POST {API}/uploads`"}
    for row in every_operation():
        key = ROUTES_BY_ANOTHER_NAME.get((row.method, row.path), (row.method, bare(row.path.removeprefix(API))))
        if row.path.startswith(f"{API}/"):
            found.setdefault(key, f"`{row.method} {row.path}`")
            if row.method == "PUT":  # ATOM's pages may not send PATCH
                found.setdefault(("PATCH", key[1]), f"`{row.method} {row.path}`")
    return found


def simulated() -> set[tuple[str, str]]:
    """Return the operations the simulator answers."""
    return {(row.method, bare(row.template.removeprefix("/api/v2"))) for row in ALL_ROUTES}


def commands() -> dict[tuple[str, str], str]:
    """Return the command for each operation that has one; those that set an account up lie under ``admin``."""
    found = {("GET", "/search"): "`search`", ("POST", "/uploads"): "`attachments upload`"}
    for tool in tools().values():
        path = tool.operation.path
        key = ROUTES_BY_ANOTHER_NAME.get((tool.operation.method, path), (tool.operation.method, bare(path.removeprefix(API))))
        everyday = tool.command.partition(" ")[0] in COMMANDS
        found.setdefault(key, f"`{tool.command}`" if everyday else f"`admin {tool.command}`")
    return found


def page(folder: Path) -> Iterator[str]:
    """Yield the lines of the page."""
    operations = official(folder)
    spoken, unknown = sorted_out(calls(), operations)
    yield from _head(operations, spoken)
    seen, ours, ready, words = recorded(folder, operations), routes(), simulated(), commands()
    family = ""
    for row in operations:
        if row.family != family:
            family = row.family
            yield from ("", f"## {family}", "", *COLUMNS)
        names = spoken.get(row.key, [])
        cells = (
            f"`{row.verb} {row.path}`",
            ", ".join(f"`{name}`" for name in names) or REQUEST,
            ours.get(row.key, "") if names else "",
            words.get(row.key, ""),
            "yes" if row.key in ready else "",
            "yes" if row.key in seen else "",
        )
        yield f"| {' | '.join(cells)} |"
    yield from _beyond(unknown, ready)


def _head(operations: list[Operation], spoken: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    yield "# Coverage of Zendesk's API"
    yield ""
    yield "Every operation of the official document, and who of us speaks it: the client by a method of its own or by `request()`, which"
    yield "makes any call with the same promises; our routes and commands; the simulator. *recorded*: an answer of the real service was"
    yield "recorded. Written by `script/coverage`; a test compares it with the code."
    yield ""
    yield f"{sum(row.key in spoken for row in operations)} of {len(operations)} operations have a method of their own."


def _beyond(unknown: Iterable[Made], ready: set[tuple[str, str]]) -> Iterator[str]:
    yield from ("", "## Not in the document", "", "| call | client | simulator | why |", "|---|---|---|---|")
    rows: dict[tuple[str, str], list[Made]] = defaultdict(list)
    for one in unknown:
        rows[one.verb, one.template.removeprefix("/api/v2")].append(one)
    for (verb, path), made in sorted(rows.items(), key=lambda row: (row[0][1], row[0][0])):
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(one.name for one in made))
        shown = path.replace("{}", "{id}")
        yield f"| `{verb} {shown}` | {names} | {'yes' if (verb, path) in ready else ''} | {beyond(made[0]) or ''} |"


if __name__ == "__main__":
    told = os.environ.get("ZENDESK_RECORDINGS")
    if not told:
        raise SystemExit("Set ZENDESK_RECORDINGS to the folder with the official document.")
    PAGE.write_text("\n".join(page(Path(told))) + "\n", encoding="utf-8")
