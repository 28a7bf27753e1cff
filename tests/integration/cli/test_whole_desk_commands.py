"""The commands that are made from tools: tables for people, JSON for programs, a question before what does not come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from atom_zendesk_plugin.cli.root import COMMANDS


def told(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])


def test_help_is_there_for_every_group_without_a_set_up(run: Any) -> None:
    for name in COMMANDS:
        done = run(name, "--help")
        assert done.exit_code == 0, (name, done.output)
    listed = run("admin", "--help").stdout
    assert "ticket-fields" in listed
    assert "sla-policies" in listed
    assert run("admin", "triggers", "create", "--help").exit_code == 0


def test_people_are_found_and_changed(run: Any) -> None:
    made = told(run("users", "create", "--name", "Ann", "--email", "ann@example.com", "--tags", "a", "--tags", "b", "--json"))["user"]
    assert made["tags"] == ["a", "b"]
    changed = told(run("users", "update", str(made["id"]), "--phone", "+49 30 1", "--json"))["user"]
    assert changed["phone"] == "+49 30 1"
    assert "Ann" in run("users", "find", "--name", "Ann").stdout
    assert told(run("users", "suspend", str(made["id"]), "--json"))["user"]["suspended"] is True
    assert told(run("users", "suspend", str(made["id"]), "--no-suspended", "--json"))["user"]["suspended"] is False
    body = json.dumps({"name": "Ann B.", "email": "ann@example.com"})
    assert told(run("users", "create-or-update", "--user", body, "--json"))["user"]["id"] == made["id"]
    assert told(run("users", "create-or-update", "--user", "-", "--json", stdin=body))["user"]["name"] == "Ann B."


def test_json_may_come_from_a_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "macro.json").write_text('{"title": "Close", "actions": [{"field": "status", "value": "pending"}]}', encoding="utf-8")
    macro = told(run("macros", "create", "--macro", "@macro.json", "--json"))["macro"]
    assert "Close" in run("macros", "list").stdout
    for bad in ("@none.json", "{", "@."):
        refused = run("macros", "create", "--macro", bad)
        assert (refused.exit_code, "Traceback" in refused.output) == (2, False)
    ticket = str(told(run("tickets", "create", "--subject", "A", "--comment", "b", "--json"))["ticket"]["id"])
    preview = run("macros", "preview", ticket, str(macro["id"])).stdout
    assert "pending" in preview
    assert told(run("macros", "apply", ticket, str(macro["id"]), "--json"))["status"] == "pending"


def test_what_does_not_come_back_is_asked_for(run: Any) -> None:
    one, two = (str(told(run("tickets", "create", "--subject", "A", "--comment", "b", "--json"))["ticket"]["id"]) for _ in range(2))
    asked = run("tickets", "merge", one, "--sources", two)
    assert (asked.exit_code, "--yes" in asked.output) == (2, True)
    job = told(run("tickets", "merge", one, "--sources", two, "--yes", "--json"))["job"]
    assert run("jobs", "get", job["id"]).exit_code == 0
    assert run("tickets", "delete", one, "--yes").exit_code == 0
    assert one in run("deleted-tickets", "list").stdout


def test_lists_go_on_where_they_ended(run: Any) -> None:
    first = told(run("admin", "ticket-fields", "list", "--limit", "2", "--json"))
    assert len(first["ticket_fields"]) == 2
    second = told(run("admin", "ticket-fields", "list", "--limit", "2", "--cursor", first["cursor"], "--json"))
    assert not {row["id"] for row in first["ticket_fields"]} & {row["id"] for row in second["ticket_fields"]}
    assert "--cursor" in run("admin", "ticket-fields", "list", "--limit", "2").stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("users", "get", "x"), 2), (("users", "get", "999999"), 4), (("users", "get"), 2), (("users", "list", "--limit", "many"), 2),
        (("users", "list", "--limit", "0"), 2), (("views", "tickets", "999999"), 4), (("users", "update", "7"), 2), (("users", "fly"), 2),
    ],
)  # fmt: skip
def test_refusals_end_with_their_codes(run: Any, arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


def test_files_are_sent_and_saved(run: Any, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"p" * 70_000)
    token = run("attachments", "upload", "photo.png").stdout.strip()
    assert token
    assert told(run("attachments", "upload", "photo.png", "--token", token, "--json"))["files"] == 2
    made = told(run("tickets", "create", "--subject", "A", "--comment", "b", "--attach", "photo.png", "--attach", "photo.png", "--json"))
    (said,) = told(run("comments", "list", str(made["ticket"]["id"]), "--json"))["comments"]
    (first, _) = said["attachments"]
    saved = told(run("attachments", "download", str(first["id"]), "--to", "copy.png", "--json"))
    assert (saved["size"], (tmp_path / "copy.png").read_bytes()) == (70_000, b"p" * 70_000)
    assert run("attachments", "download", str(first["id"])).exit_code == 2, "photo.png is there already"
    assert run("attachments", "download", str(first["id"]), "--to", "nowhere/x.png").exit_code == 2
    assert run("attachments", "download", "999999").exit_code == 4
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert left == ["copy.png", "photo.png"], "nothing half is left"
