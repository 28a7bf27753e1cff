"""``bulk`` on the command line against a served Zendesk: files in, results out, honest exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.keyring import Key
from atom_zendesk_plugin.options import OPTIONS
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule

KEYS = Key("k1", b"1" * 32).line


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(tickets=0, users=5)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    for row in OPTIONS:
        for name in (row.name, *row.aliases):
            monkeypatch.delenv(name, raising=False)
    with simulator.serve() as running:
        env = {
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_ACCESS_TOKEN": simulator.credentials.access_token,
            "ZENDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'bulk.db'}", "ZENDESK_ENCRYPTION_KEYS": KEYS,
        }  # fmt: skip

        def call(*arguments: str, stdin: str | None = None, **more: str) -> Result:
            return CliRunner().invoke(root_group("atom-zendesk"), ["bulk", *arguments], env=env | more, input=stdin)

        yield call


def told(done: Result, *, code: int = 0) -> Any:
    assert done.exit_code == code, done.output
    return json.loads(done.stdout.splitlines()[-1])


def lines(number: int) -> str:
    return "".join(json.dumps({"subject": f"Case {place}", "comment": "x"}) + "\n" for place in range(number))


def test_from_a_csv_file_to_results(run: Any, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("subject,comment,tags\nOne,x,a b\nTwo,y,\n", encoding="utf-8-sig")
    done = told(run("run", "tickets", "create", "new.csv", "--json"))
    assert (done["ok"], done["run"]["done"], done["run"]["durable"]) == (True, 2, True)
    number = str(done["run"]["id"])
    rows = [json.loads(line) for line in run("results", number, "--json").stdout.splitlines()]
    made = [simulator.desk.tickets[row["record_id"]] for row in rows]
    assert [(ticket.subject, set(ticket.tags)) for ticket in made] == [("One", {"a", "b"}), ("Two", set())]
    assert told(run("status", "--json"))["runs"][0]["id"] == done["run"]["id"]
    assert number in run("status", number).output


def test_a_failed_row_ends_with_1_and_says_where_to_look(run: Any, simulator: Simulator) -> None:
    told(run("run", "tickets", "create", "-", "--json", stdin=lines(3)))
    ids = "\n".join(map(str, [*simulator.desk.tickets, 999_999_999]))
    done = run("run", "tickets", "add_tags", "-", "--tag", "recall", stdin=ids)
    assert done.exit_code == 1
    assert "bulk results" in done.stderr
    assert all("recall" in ticket.tags for ticket in simulator.desk.tickets.values())
    number = told(run("status", "--json"))["runs"][0]["id"]
    (row,) = [json.loads(line) for line in run("results", str(number), "--state", "failed", "--json").stdout.splitlines()]
    assert (row["code"], "upstream" in row) == ("NOT_FOUND", False)
    (full,) = [json.loads(line) for line in run("results", str(number), "--state", "failed", "--upstream", "--json").stdout.splitlines()]
    assert full["upstream"]


def test_a_plan_changes_nothing_and_ends_with_1_for_invalid_items(run: Any, simulator: Simulator) -> None:
    told(run("run", "tickets", "create", "-", "--json", stdin=lines(3)))
    ids = "\n".join(map(str, simulator.desk.tickets))
    plan = told(run("plan", "tickets", "update", "-", "--changes", '{"priority": "high"}', "--json", stdin=ids))["plan"]
    assert (plan["total"], plan["jobs"], plan["minutes"]) == (3, 1, None)
    shown = run("plan", "tickets", "update", "-", "--changes", '{"priority": "high"}', stdin=ids + "\n0\n")
    assert shown.exit_code == 1
    assert "priority: None becomes 'high'" in shown.output.replace("\n", " ").replace("  ", " ")
    assert "Item 4" in shown.stderr
    assert {ticket.priority for ticket in simulator.desk.tickets.values()} == {None}


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (("run", "tickets", "create", "-"), '{"subject": "no comment"}\n', 2),
        (("run", "tickets", "create", "-"), "not json\n", 2),
        (("run", "tickets", "update", "-", "--changes", "x"), "5\n", 2),
        (("run", "cats", "update", "-"), "5\n", 2),
        (("status", "12345"), None, 4),
        (("results", "12345"), None, 4),
    ],
)
def test_what_is_wrong_has_its_exit_code(run: Any, arguments: tuple[str, ...], stdin: str | None, code: int) -> None:
    assert run(*arguments, stdin=stdin).exit_code == code


def test_a_paused_run_says_so_and_goes_on(run: Any, simulator: Simulator) -> None:
    path = "/api/v2/tickets/create_many"
    simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=403, path=path, count=1, body="json"))
    done = run("run", "tickets", "create", "-", "--json", stdin=lines(3))
    assert told(done, code=1)["run"]["state"] == "paused"
    number = str(told(run("status", "--json"))["runs"][0]["id"])
    assert f"bulk resume {number}" in done.stderr
    assert told(run("resume", number, "--json"))["run"]["done"] == 3
    assert told(run("resume", "--json"))["taken"] == 0
    assert told(run("cancel", number, "--json"))["run"]["state"] == "done"


def test_without_a_key_it_says_that_nothing_is_kept(run: Any) -> None:
    done = run("run", "tickets", "create", "-", "--json", stdin=lines(2), ZENDESK_ENCRYPTION_KEYS="")
    assert "memory" in done.stderr
    assert told(done)["run"]["durable"] is False
