"""A comparison shows a peer's result for what it is, insists that ours is right, and says which column is missing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from atom_zendesk_plugin.simulator import Simulator
from benchmarks import node
from benchmarks.programs_ours import Ours
from benchmarks.programs_zenpy import ZenpyPrograms
from benchmarks.side_by_side import TASKS, Scene, Task, compare

BY_METHOD = {task.method: task for task in TASKS}


class Careless:
    """A peer that makes a call, and finds less than there is."""

    name = "zenpy"

    def __init__(self, simulator: Simulator) -> None:
        self._ours = Ours(simulator)

    def search(self, query: str) -> object:
        found = self._ours.search(query)
        assert isinstance(found, list)
        return found[1:]

    def search_thrifty(self, query: str) -> object:
        self._ours.search(query)
        raise RuntimeError("it gave up")


@pytest.fixture(scope="module")
def scene() -> Scene:
    simulator = Simulator(tickets=12)
    return Scene(
        simulator, tuple(ticket.id for ticket in simulator.desk.listed_tickets() if ticket.status != "closed"), 12
    )


def search(wanted: object) -> Task:
    task = BY_METHOD["search"]
    return Task("a search", task.method, task.scene, task.arguments, task.outcome, wanted=wanted)


def test_a_peers_shortfall_and_failure_are_shown(scene: Scene) -> None:
    told = compare(search(12), scene, [partial(Ours, scene.simulator), partial(Careless, scene.simulator)])
    assert (told.ours, told.zenpy, told.node_zendesk) == ("1", "1 for 11 of them; 1, then it gave up", "not measured")


def test_ours_must_be_right(scene: Scene) -> None:
    with pytest.raises(AssertionError, match="ours came to 12"):
        compare(search(13), scene, [partial(Ours, scene.simulator)])


@pytest.mark.parametrize("method", ["names", "one", "tags", "creates", "people"])
def test_both_come_to_the_same(scene: Scene, method: str) -> None:
    given = BY_METHOD[method]
    known = {"tags": len(scene.changeable), "creates": 100, "people": 500}
    task = Task(given.title, method, given.scene, given.arguments, given.outcome, wanted=known.get(method))
    told = compare(task, scene, [partial(Ours, scene.simulator), partial(ZenpyPrograms, scene.simulator)])
    assert told.ours.isdecimal()
    assert all(text.isdecimal() for text in told.zenpy.split("; "))


def test_a_machine_without_node_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(node.Missing) as caught, node.installed():
        pass
    node.complain(caught.value)
    assert capsys.readouterr().err == "NODE-ZENDESK IS NOT MEASURED: node and npm are not installed\n"
