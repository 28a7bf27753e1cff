"""Every write leaves its entry, whoever makes it; administrators of the tenant read it; nothing is held up when it cannot be kept."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.errors import Forbidden
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.databases import NewDatabase
from tests.integration.door.conftest import NewStand
from tests.integration.door.hosts import Stand, bearer

WRITES = "/api/zendesk/writes"
TICKET = {"subject": "Router", "comment": "Nothing answers, says Ann Secret."}


def writes(stand: Stand, query: str = "", **claims: Any) -> list[dict[str, Any]]:
    answer = stand.get(f"{WRITES}?limit=100{query}", **claims)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    found: list[dict[str, Any]] = answer.json["data"]["writes"]
    return found


def facts(entry: dict[str, Any]) -> tuple[object, ...]:
    return tuple(entry[name] for name in ("user_id", "via", "method", "endpoint", "outcome", "status"))


def put(stand: Stand, number: int, body: object, **claims: Any) -> int:
    return stand.app.test_client().put(
        f"/api/zendesk/tickets/{number}", json=body, headers=bearer(stand.clock, **claims)
    ).status_code  # fmt: skip


@pytest.fixture
def placed(new_stand: NewStand, new_database: NewDatabase) -> Stand:
    stand = new_stand(ZENDESK_DATABASE_URL=new_database())
    assert stand.extension.create_tables()
    return stand


def test_every_way_in_leaves_an_entry(placed: Stand) -> None:
    made = placed.post("/api/zendesk/tickets", TICKET, headers={"Idempotency-Key": "k-1"})
    assert made.json is not None
    number = made.json["data"]["ticket"]["id"]
    assert put(placed, number, {"status": "pending", "comment": "Words of Ann Secret"}, sub="u-2") == 200
    actions = plugin.atom_workflow_actions(placed.app)["zendesk"]
    ended = asyncio.run(actions["add_comment"]({"ticket_id": number, "comment": "More words"}))
    assert ended["status"] == "completed"
    placed.extension.client().tickets.add_tags(number, ["vip"])
    service, workflow, bob, ann = writes(placed)
    assert facts(ann) == ("u-1", "bearer", "POST", "/tickets", "done", 201)
    assert facts(bob) == ("u-2", "bearer", "PUT", "/tickets/{id}", "done", 200)
    assert facts(workflow) == ("atom-workflow", "internal", "PUT", "/tickets/{id}", "done", 200)
    assert facts(service) == (None, "internal", "PUT", "/tickets/{id}/tags", "done", 200)
    assert {entry["record_id"] for entry in (ann, bob, workflow, service)} == {str(number)}
    assert bob["fields"] == ["status", "comment", "metadata"]
    assert ann["key_hash"] is not None
    assert bob["request_id"]
    assert {entry["account"] for entry in (ann, bob)} == {"acme"}
    assert "Secret" not in str(writes(placed))


def test_reading_leaves_none(placed: Stand) -> None:
    assert placed.get("/api/zendesk/tickets").status_code == 200
    assert writes(placed) == []


def test_how_it_ended_is_told(placed: Stand) -> None:
    number = next(iter(placed.simulator.desk.tickets))
    where = f"/api/v2/tickets/{number}"
    assert put(placed, number, {"assignee_id": 4_611_686_018_427_387_904}) == 400
    placed.simulator.faults.add(FaultRule(kind=FaultKind.RESET_BEFORE, method="PUT", path=where, count=1))
    assert put(placed, number, {"priority": "low"}) == 502
    unknown, refused = writes(placed)
    assert (refused["outcome"], refused["status"], refused["error"]) == ("refused", 422, "ZendeskInvalid")
    assert (unknown["outcome"], unknown["status"], unknown["error"]) == ("unknown", None, "OutcomeUnknown")
    assert writes(placed, "&outcome=refused") == [refused]


def test_the_switch_lets_nothing_be_done(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_READ_ONLY="true")
    number = next(iter(stand.simulator.desk.tickets))
    assert put(stand, number, {"priority": "low"}) == 403
    assert stand.post("/api/zendesk/tickets", TICKET).status_code == 403
    assert stand.get("/api/zendesk/tickets").status_code == 200
    assert writes(stand, "&outcome=done") == writes(stand) == []
    assert [call for call in stand.asked() if not call.startswith("GET ")] == []


def test_administrators_read_their_own_tenant(placed: Stand) -> None:
    placed.post("/api/zendesk/tickets", TICKET)
    placed.post("/api/zendesk/tickets", TICKET, sub="u-2")
    placed.clock.advance(60)
    placed.post("/api/zendesk/tickets", TICKET, sub="u-2")
    assert placed.get(WRITES, roles=["agent"]).status_code == 403
    assert placed.get(WRITES, roles=[]).status_code == 403
    assert placed.app.test_client().get(WRITES).status_code == 401
    assert writes(placed, tenant_id="other") == []
    assert len(writes(placed)) == 3
    assert [entry["user_id"] for entry in writes(placed, "&user=u-1")] == ["u-1"]
    since = placed.clock.now().isoformat().replace("+", "%2B")
    assert [entry["user_id"] for entry in writes(placed, f"&since={since}")] == ["u-2"]
    assert len(writes(placed, "&endpoint=/tickets")) == 3
    assert writes(placed, "&endpoint=/users") == []


def test_pages_follow_each_other(placed: Stand) -> None:
    for _ in range(5):
        placed.post("/api/zendesk/tickets", TICKET)
    found: list[int] = []
    cursor = ""
    while True:
        answer = placed.get(f"{WRITES}?limit=2&cursor={cursor}")
        assert answer.json is not None
        page = answer.json["data"]
        found += [entry["id"] for entry in page["writes"]]
        assert page["has_more"] is (page["cursor"] is not None)
        if not page["has_more"]:
            break
        cursor = page["cursor"]
    assert found == [entry["id"] for entry in writes(placed)]
    assert len(set(found)) == 5


@pytest.mark.parametrize("query", ["&outcome=perhaps", "&since=soon", "&cursor=x", "&limit=0", "&limit=1001"])
def test_a_question_that_is_none_is_refused(stand: Stand, query: str) -> None:
    assert stand.get(f"{WRITES}?{query}").status_code == 400


def test_who_administers_is_asked_in_process_too(stand: Stand) -> None:
    with pytest.raises(Forbidden):
        stand.extension.writes.list(Caller(user_id="u-9", roles=frozenset({"agent"})))


def test_everybody_working_does_not_make_everybody_administer(new_stand: NewStand) -> None:
    stand = new_stand(ZENDESK_SERVICE_ROLES="*")
    assert stand.post("/api/zendesk/tickets", TICKET, roles=["agent"]).status_code == 201
    for roles in (["agent"], ["*"]):
        assert stand.get(WRITES, roles=roles).status_code == 403


def test_old_entries_are_forgotten_when_told(placed: Stand) -> None:
    placed.post("/api/zendesk/tickets", TICKET)
    placed.clock.advance(399 * 86_400)
    placed.post("/api/zendesk/tickets", TICKET)
    assert placed.extension.writes.purge() == 0
    placed.clock.advance(2 * 86_400)
    assert placed.extension.writes.purge() == 1
    assert len(writes(placed)) == 1
    assert placed.extension.writes.purge(days=1) == 1


def test_a_write_goes_on_without_its_entry(
    new_stand: NewStand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    folder = tmp_path / "disk"
    stand = new_stand(ZENDESK_DATABASE_URL=f"sqlite:///{folder / 'z.db'}")
    assert stand.post("/api/zendesk/tickets", TICKET).status_code == 201
    stand.extension.close()
    folder.rename(tmp_path / "away")
    folder.write_text("no folder any more")
    for _ in range(3):
        assert stand.post("/api/zendesk/tickets", TICKET).status_code == 201
    assert stand.get(WRITES).status_code == 503
    assert caplog.text.count("zendesk.write_unrecorded") == 1
    assert "zendesk.write_recorded_again" not in caplog.text
    folder.unlink()
    (tmp_path / "away").rename(folder)
    stand.clock.advance(60)
    for _ in range(2):
        assert stand.post("/api/zendesk/tickets", TICKET).status_code == 201
    assert caplog.text.count("zendesk.write_recorded_again") == 1
    assert len(writes(stand)) == 3


def test_a_table_that_is_gone_holds_up_nothing(placed: Stand, caplog: pytest.LogCaptureFixture) -> None:
    placed.post("/api/zendesk/tickets", TICKET)
    with placed.extension._storage.operator_unit() as operator:
        operator.session.connection().exec_driver_sql("DROP TABLE zendesk_writes")
    assert placed.post("/api/zendesk/tickets", TICKET).status_code == 201
    assert caplog.text.count("zendesk.write_unrecorded") == 1


def test_an_entry_that_vanished_holds_up_nothing(stand: Stand) -> None:
    made = stand.post("/api/zendesk/tickets", TICKET)
    assert made.json is not None
    number = made.json["data"]["ticket"]["id"]
    file = Path(stand.app.instance_path) / "zendesk.db"

    class Vanishing:
        def __call__(self, environ: Any, start_response: Any) -> Any:
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("DELETE FROM zendesk_writes")
            return wsgi(environ, start_response)

    wsgi = stand.simulator.wsgi_app
    transport = stand.extension.client()._caller.transport
    transport.connections._session.mount("https://", SimulatorAdapter(Vanishing()))
    assert put(stand, number, {"priority": "low"}) == 200
    assert writes(stand) == []
