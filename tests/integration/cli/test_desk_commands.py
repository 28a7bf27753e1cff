"""The commands of an operator against a served Zendesk: what they print, what they end with, what they leave behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from atom_zendesk_plugin.cli.serve import best_server
from atom_zendesk_plugin.simulator.facade import Simulator
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule


def told(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])


def test_a_ticket_from_creation_to_comment(run: Any) -> None:
    made = told(
        run("tickets", "create", "--subject", "Door stuck", "--comment", "-", "--tag", "a", "--json", stdin="It is.")
    )
    number = str(made["ticket"]["id"])
    assert made["url"].endswith(f"/agent/tickets/{number}")
    assert run("tickets", "comment", number, "For us.", "--private").exit_code == 0
    shown = told(run("tickets", "show", number, "--json"))
    assert [(comment["body"], comment["public"]) for comment in shown["comments"]] == [
        ("It is.", True),
        ("For us.", False),
    ]
    text = run("tickets", "show", number).output
    assert "Door stuck" in text
    assert ", internal note)" in text


def test_custom_fields_and_statuses_are_given_by_name(run: Any) -> None:
    fields = ("--field", "Product area=billing", "--field", "Order number=A=1")
    made = told(run("tickets", "create", "--subject", "x", "--comment", "y", *fields, "--json"))
    number = str(made["ticket"]["id"])
    shown = run("tickets", "show", number).output
    assert re.search(r"Product area +Billing", shown)
    assert re.search(r"Order number +A=1", shown)
    update = ("tickets", "update", number, "--json")
    changed = told(run(*update, "--field", "order number=", "--custom-status", "on-hold", "--priority", "high", "--tag", "a", "--tag", "b"))
    ticket = changed["ticket"]
    assert (ticket["status"], ticket["priority"], ticket["tags"]) == ("hold", "high", ["a", "b"])
    assert "Order number" not in run("tickets", "show", number).output
    told(run(*update, "--status", "open", "--comment", "-", "--private", stdin="For us."))
    comments = told(run("tickets", "show", number, "--json"))["comments"]
    assert [(comment["body"], comment["public"]) for comment in comments] == [("y", True), ("For us.", False)]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--field", "Regio=x"), "There is no field called Regio"),
        (("--field", "Product area=Mars"), "takes one of: Billing"),
        (("--field", "Product area"), "NAME=VALUE"),
        (("--private", "--priority", "high"), "give --comment too"),
        ((), "Nothing to change"),
    ],
)
def test_a_change_that_cannot_be_is_said_in_one_line(run: Any, arguments: tuple[str, ...], text: str) -> None:
    done = run("tickets", "update", "1", *arguments)
    assert done.exit_code == 2, done.output
    assert text in done.stderr


def test_repeating_a_creation_makes_no_second_ticket(run: Any) -> None:
    command = ("tickets", "create", "--subject", "Once", "--comment", "x", "--idempotency-key", "k", "--json")
    assert told(run(*command))["ticket"]["id"] == told(run(*command))["ticket"]["id"]


def test_a_list_goes_on_where_it_ended(run: Any) -> None:
    first = told(run("tickets", "list", "--limit", "3", "--json"))
    second = told(run("tickets", "list", "--limit", "3", "--cursor", first["cursor"], "--json"))
    numbers = [ticket["id"] for part in (first, second) for ticket in part["tickets"]]
    assert len(set(numbers)) == 6


def test_a_filter_and_a_table(run: Any) -> None:
    listed = told(run("tickets", "list", "--status", "closed", "--limit", "5", "--json"))
    assert {ticket["status"] for ticket in listed["tickets"]} == {"closed"}
    table = run("tickets", "list", "--limit", "5").output
    assert table.splitlines()[0].split() == ["id", "status", "priority", "assignee", "changed", "subject"]


def test_words_are_searched_and_clauses_only_on_request(run: Any) -> None:
    assert told(run("search", "status:open", "--json"))["tickets"] == []
    found = told(run("search", "status:closed", "--zendesk-syntax", "--json"))["tickets"]
    assert {ticket["status"] for ticket in found} == {"closed"}


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("tickets", "show", "999999"), 4, "no such record"),
        (("tickets", "list", "--status", "opened"), 2, "status takes one of"),
        (("tickets", "list", "--cursor", "rubbish"), 2, "cursor"),
        (("tickets", "list", "--limit", "0"), 2, "limit"),
        (("tickets", "create", "--subject", "x", "--comment", " "), 2, "comment"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_code(
    run: Any, arguments: tuple[str, ...], code: int, text: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert text in done.stderr
    assert "Traceback" not in done.output


def test_an_outage_has_a_code_of_its_own(run: Any, simulator: Simulator) -> None:
    simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503, body="html"))
    try:
        done = run("tickets", "list", "--json", ZENDESK_MAX_ATTEMPTS="1")
    finally:
        simulator.faults.clear()
    assert done.exit_code == 5
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "UPSTREAM_ERROR"


def test_without_an_account_the_set_up_is_named(run: Any) -> None:
    assert run("tickets", "list", ZENDESK_BASE_URL="").exit_code == 3


def test_doctor_is_content_and_doctor_finds_a_dead_token(run: Any, simulator: Simulator) -> None:
    well = run("doctor", "--json")
    assert told(well)["ok"] is True
    assert simulator.credentials.access_token not in well.output
    ill = run("doctor", ZENDESK_ACCESS_TOKEN="dead")
    assert ill.exit_code == 1
    assert "error: zendesk_api" in ill.output
    bare = run("doctor", ZENDESK_BASE_URL="")
    assert bare.exit_code == 1
    assert "hint: give the part of your Zendesk address" in bare.output


def test_the_same_commands_work_inside_a_host(run: Any, simulator: Simulator, address: str, tmp_path: Path) -> None:
    """``flask zendesk`` takes the host's configuration, not the environment's."""
    (tmp_path / "host.py").write_text(
        "from flask import Flask\napp = Flask('host', instance_path=__file__ + '.d')\n"
        f"app.config.update(ZENDESK_BASE_URL={address!r}, ZENDESK_ACCESS_TOKEN={simulator.credentials.access_token!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "host", "zendesk", "tickets", "list", "--limit", "2", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout.splitlines()[-1])["tickets"]) == 2


def test_the_best_server_here_is_gunicorn() -> None:
    assert best_server() == ("gunicorn" if sys.platform != "win32" else "waitress")


def test_a_change_with_a_stamp_and_its_entry_in_the_log(run: Any, simulator: Simulator) -> None:
    made = told(run("tickets", "create", "--subject", "Door", "--comment", "x", "--tag", "a", "--json"))["ticket"]
    number, stamp = str(made["id"]), made["updated_at"]
    simulator.clock.advance(5)  # type: ignore[attr-defined]  # an OffsetClock
    changed = told(run("tickets", "update", number, "--priority", "high", "--add-tag", "b", "--expect", stamp, "--json"))
    assert (changed["ticket"]["priority"], set(changed["ticket"]["tags"])) == ("high", {"a", "b"})
    simulator.clock.advance(5)  # type: ignore[attr-defined]
    refused = run("tickets", "update", number, "--priority", "low", "--expect", stamp, "--json")
    assert refused.exit_code == 1
    error = json.loads(refused.stdout.splitlines()[-1])["error"]
    assert (error["code"], error["details"]["ticket"]["priority"]) == ("CONFLICT", "high")
    assert "differences" not in refused.stderr  # too much for a line
    merged = told(run("tickets", "update", number, "--subject", "Gate", "--expect", stamp, "--merge", "disjoint", "--json"))
    assert (merged["ticket"]["subject"], merged["ticket"]["priority"]) == ("Gate", "high")
    entries = told(run("writes", "list", "--json"))["writes"]
    assert {entry["user_id"] for entry in entries} == {"operator"}
    assert [entry["outcome"] for entry in entries].count("refused") == 2
    assert number in run("writes", "list", "--endpoint", "/tickets").output
    assert told(run("writes", "list", "--user", "nobody", "--json"))["writes"] == []
    assert told(run("writes", "purge", "--json"))["deleted"] == 0
    assert "0 entries deleted" in run("writes", "purge", "--days", "1").output
