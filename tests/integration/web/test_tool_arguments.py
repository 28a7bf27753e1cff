"""What tools take for the ids of records, and that a repeated use of one does not do its work twice."""

from __future__ import annotations

import pytest

from tests.integration.web.staging import Stage, data, failure

TOOLS = "/api/zendesk/tools"


def use(stage: Stage, name: str, /, **arguments: object) -> object:
    return data(stage.post(f"{TOOLS}/{name}", {"arguments": arguments}))["result"]


def test_an_id_is_taken_as_a_list_gave_it(stage: Stage) -> None:
    made = use(stage, "create_schedule", schedule={"name": "East", "time_zone": "Eastern Time (US & Canada)"})
    assert isinstance(made, dict)
    number = made["schedule"]["id"]
    assert isinstance(number, int)
    assert use(stage, "get_schedule", schedule_id=number) == use(stage, "get_schedule", schedule_id=str(number))


@pytest.mark.parametrize("text", ["1e1", "1.0", "1.0e1", " 1", "+1", "-1", "0", "true", "1_0", True, 1.5, [1], {"a": 1}])
def test_what_only_resembles_an_id_reaches_no_record(stage: Stage, text: object) -> None:
    stage.simulator.calls.clear()
    failure(stage.post(f"{TOOLS}/delete_ticket", {"arguments": {"ticket_id": text}}), 400, "VALIDATION_ERROR")
    assert stage.calls() == []


def test_the_header_that_keeps_a_ticket_from_being_made_twice_counts_for_its_tool(stage: Stage) -> None:
    made = {"arguments": {"subject": "Once", "comment": "Please."}}
    first, second = (data(stage.post(f"{TOOLS}/create_ticket", made, Idempotency_Key="key-1")) for _ in range(2))
    assert first["result"]["ticket"]["id"] == second["result"]["ticket"]["id"]
    third = data(stage.post(f"{TOOLS}/create_ticket", made, Idempotency_Key="key-2"))
    assert third["result"]["ticket"]["id"] != first["result"]["ticket"]["id"]
    told = data(stage.post(f"{TOOLS}/get_ticket", {"arguments": {"ticket_id": 1}}, Idempotency_Key="key-3"))
    assert told["tool"] == "get_ticket"


@pytest.mark.parametrize("field", ["tags", "assignee_id", "due_at"])
def test_the_text_null_clears_nothing(stage: Stage, field: str) -> None:
    ticket = stage.ticket(tags=["vip"])
    stage.simulator.calls.clear()
    failure(stage.post(f"{TOOLS}/update_ticket", {"arguments": {"ticket_id": ticket["id"], field: "null"}}), 400, "VALIDATION_ERROR")
    assert not [call for call in stage.calls() if call.startswith("PUT")]
    named = use(stage, "update_ticket", ticket_id=str(ticket["id"]), subject="null")
    assert isinstance(named, dict)
    assert (named["ticket"]["subject"], named["ticket"]["tags"]) == ("null", ["vip"])


def test_numbers_and_switches_may_be_texts(stage: Stage) -> None:
    user = use(stage, "create_user", name="Ann", email="ann@example.com")
    assert isinstance(user, dict)
    done = use(stage, "suspend_user", zendesk_user_id=str(user["user"]["id"]), suspended="true")
    assert isinstance(done, dict)
    assert done["user"]["suspended"] is True
