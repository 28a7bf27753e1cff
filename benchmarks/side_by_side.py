"""Calls to Zendesk for the same task: ours beside Zenpy's and node-zendesk's, on the same simulator, and only when the result is right.

A task that a client has two ways for is shown with both: as its manual shows it first, then the thriftier one. Calls do not depend on
the machine; jobs are done at the second look. Extend by adding a ``Task`` and a method of its name to the programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.facade import Simulator
from benchmarks import node
from benchmarks.figures import Comparison
from benchmarks.programs_ours import Ours
from benchmarks.programs_zenpy import ZenpyPrograms

LISTED, HITS, TAGGED, MADE, PEOPLE = 1000, 12_345, 5000, 100, 500
SEEDED = 1300
"""Tickets of which a few more than ``LISTED`` are listed: closed ones are left out after some time."""


class Programs(Protocol):
    """Who does the tasks: a method for each."""

    name: str


New = Callable[[], Programs]
"""Makes the programs anew, so that no task profits from what a client remembers of another."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A simulator and what the tasks are about. ``changeable`` are tickets that are not closed."""

    simulator: Simulator
    changeable: tuple[int, ...]
    talked: int


@dataclass(frozen=True, slots=True)
class Task:
    """``arguments`` and ``outcome`` take the scene and who does it; ``outcome`` returns what came of it, equal for all who did it well."""

    title: str
    method: str
    scene: str
    arguments: Callable[[Scene, str], tuple[object, ...]]
    outcome: Callable[[Scene, str, object], object]
    conditions: str = ""
    wanted: object = None


def _rows(_scene: Scene, _name: str, found: object) -> object:
    assert isinstance(found, list)
    return sorted(found)


TASKS = (
    Task("1,000 tickets with the names of requester, assignee, organization and group", "names", "small",
         lambda scene, name: (), _rows, "as attributes; asked for beside the tickets"),
    Task("one ticket with its comments and everybody's names", "one", "small",
         lambda scene, name: (scene.talked,), lambda scene, name, found: found),
    Task("a search with 12,345 hits", "search", "large",
         lambda scene, name: ("",), lambda scene, name, found: len(set(found)) if isinstance(found, list) else 0,
         "the search call; the export call", HITS),
    Task("100 tickets created", "creates", "small",
         lambda scene, name: (f"Made by {name}",),
         lambda scene, name, found: sum(t.subject == f"Made by {name}" for t in scene.simulator.desk.tickets.values()),
         "one job", MADE),
    Task("5,000 tickets tagged", "tags", "large",
         lambda scene, name: (scene.changeable, f"by_{name}"),
         lambda scene, name, found: sum(f"by_{name}" in t.tags for t in scene.simulator.desk.tickets.values()),
         "50 jobs; the peers' programs cut the list and ask for each job by itself", TAGGED),
    Task("500 users created or updated", "people", "small",
         lambda scene, name: (f"{name}.example",),
         lambda scene, name, found: sum((u.email or "").endswith(f"@{name}.example") for u in scene.simulator.desk.users.values()),
         "5 jobs; as above", PEOPLE),
)  # fmt: skip


def measure() -> Iterator[Comparison]:
    """Do every task with every client."""
    with ExitStack() as stack:
        try:
            binary, folder = stack.enter_context(node.installed())
        except node.Missing as missing:
            node.complain(missing)
            binary, folder = "", None
        scenes = {"small": small(), "large": large()}
        programs: dict[str, list[New]] = {}
        for key, scene in scenes.items():
            programs[key] = [partial(Ours, scene.simulator), partial(ZenpyPrograms, scene.simulator)]
            if folder is not None:
                running = stack.enter_context(scene.simulator.serve())
                token = scene.simulator.credentials.access_token
                programs[key].append(partial(node.NodePrograms, binary, folder, running.base_url, token))
        for task in TASKS:
            yield compare(task, scenes[task.scene], programs[task.scene])


def compare(task: Task, scene: Scene, programs: Iterable[New]) -> Comparison:
    """Do one task with these clients. Ours comes first, and must be right; another's result is shown for what it is."""
    cells: dict[str, list[str]] = {}
    wanted = task.wanted
    for new in programs:
        for method in (task.method, f"{task.method}_thrifty"):
            one = new()
            work: Callable[..., object] | None = getattr(one, method, None)
            if work is None:
                continue
            scene.simulator.calls.clear()
            try:
                came = task.outcome(scene, one.name, work(*task.arguments(scene, one.name)))
            except RuntimeError as error:
                cells.setdefault(one.name, []).append(f"{_calls(scene)}, then {error}")
                continue
            wanted = came if wanted is None else wanted
            assert cells or came == wanted, f"{task.title}: ours came to {came!r:.80}"
            cells.setdefault(one.name, []).append(f"{_calls(scene)}{'' if came == wanted else _short(came)}")
    told = {name: "; ".join(texts) for name, texts in cells.items()}
    return Comparison(task.title, told["ours"], told["zenpy"], told.get("node", "not measured"), task.conditions)


def _calls(scene: Scene) -> str:
    return f"{len(list(scene.simulator.calls)):,}"


def _short(came: object) -> str:
    return f" for {came:,} of them" if isinstance(came, int) else " for another result"


def small() -> Scene:
    """Return a desk whose list has 1,000 tickets, and one of them with the longest conversation."""
    simulator = Simulator(tickets=SEEDED, clock=ManualClock())
    client = Ours(simulator)
    surplus = [ticket.id for ticket in simulator.desk.listed_tickets()][LISTED:]
    client.remove(surplus)
    listed = simulator.desk.listed_tickets()
    assert len(listed) == LISTED
    talked = max(listed, key=lambda ticket: (len(ticket.comments), ticket.id))
    return Scene(simulator, (), talked.id)


def large() -> Scene:
    """Return a desk with 12,345 tickets to be found, 5,000 of them fresh."""
    simulator = Simulator(tickets=HITS - TAGGED, clock=ManualClock())
    client, before = Ours(simulator), set(simulator.desk.tickets)
    for _ in range(TAGGED // MADE):
        client.creates("To be tagged")
    fresh = tuple(sorted(set(simulator.desk.tickets) - before))
    assert (len(fresh), len(simulator.desk.tickets)) == (TAGGED, HITS)
    return Scene(simulator, fresh, fresh[0])
