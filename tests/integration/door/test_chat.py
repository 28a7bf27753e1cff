"""Chat commands: only ours, only for somebody the host vouches for, and always with an answer a person can read."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any

import pytest

from atom_zendesk_plugin import plugin
from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.chat import COMMANDS
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from tests.integration.door.hosts import Stand

ADMIN = Caller(user_id="u-1", roles=frozenset({"admin"}), via="internal")


def say(stand: Stand, message: str, caller: Any = ADMIN) -> dict[str, Any]:
    answer = plugin.atom_run_chat_command(message, {"app": stand.app, "caller": caller})
    assert isinstance(answer, dict)
    return answer


def test_the_commands_that_use_tools(stand: Stand) -> None:
    views = say(stand, "zendesk views")
    assert views["success"] is True, views
    number = views["data"]["views"][0]["id"]
    assert f"#{number} " in views["message"]
    assert say(stand, f"zendesk view #{number}")["success"] is True
    missing = say(stand, "zendesk view")
    assert (missing["success"], missing["message"]) == (False, "Something is missing: zendesk view <number>")
    assert say(stand, "zendesk view twelve")["code"] == "VALIDATION_ERROR"
    user = next(user for user in stand.simulator.desk.users.values() if user.role == "agent")
    found = say(stand, f"zendesk user {user.name}")
    assert f"#{user.id} {user.name}" in found["message"]
    assert say(stand, "zendesk organization qqqq")["message"] == "Nothing found."
    assert say(stand, "zendesk macros")["success"] is True


def test_each_command_answers(stand: Stand) -> None:
    number = next(iter(stand.simulator.desk.tickets))
    assert "zendesk search" in say(stand, "use zendesk")["message"]
    assert say(stand, "Access   ZENDESK")["success"] is True
    assert say(stand, "zendesk help")["data"]["commands"]
    assert say(stand, "zendesk me")["data"]["own"] is False
    listed = say(stand, "zendesk tickets")
    assert (listed["success"], len(listed["data"]["tickets"])) == (True, 10)
    one = say(stand, f"zendesk ticket #{number}")
    assert f"https://acme.zendesk.com/agent/tickets/{number}" in one["message"]
    assert say(stand, "zendesk search qqqqq")["message"].startswith("No ticket")
    assert say(stand, "zendesk tickets open")["success"] is True


def test_every_listed_command_is_found(stand: Stand) -> None:
    listed = plugin.atom_chat_commands()
    assert [row["command"] for row in listed] == [command.command for command in COMMANDS]
    assert stand.services["zendesk_service"]["chat_commands"] == [row["command"] for row in listed]
    for row in listed:
        assert say(stand, row["command"])["message"]


@pytest.mark.parametrize(
    "message", ["", "hello", "use slack", "zendesk", "zendeskticket 1", "use zendesks", "zendesk fly", None, 7]
)
def test_what_is_not_ours_is_left_to_others(stand: Stand, message: Any) -> None:
    assert plugin.atom_run_chat_command(message, {"app": stand.app, "caller": ADMIN}) is None


@pytest.mark.parametrize("caller", [None, "u-1", {"user_id": "u-1", "roles": ["admin"]}])
def test_without_a_caller_nothing_is_shown(stand: Stand, caller: Any) -> None:
    answer = say(stand, "zendesk tickets", caller)
    assert (answer["success"], answer["code"]) == (False, "AUTH_REQUIRED")
    assert stand.asked() == []


def test_a_caller_without_the_role_is_told_so(stand: Stand) -> None:
    answer = say(stand, "zendesk tickets", Caller(user_id="u-2", roles=frozenset({"guest"})))
    assert (answer["success"], answer["code"]) == (False, "ZENDESK_NOT_CONNECTED")


@pytest.mark.parametrize(
    "message",
    [
        "zendesk ticket twelve",
        "zendesk ticket",
        "zendesk ticket " + "9" * 50,
        "zendesk search",
        "zendesk tickets purple",
    ],
)
def test_a_command_that_cannot_be_read_says_how_to_write_it(stand: Stand, message: str) -> None:
    answer = say(stand, message)
    assert (answer["success"], answer["code"]) == (False, "VALIDATION_ERROR")


def test_search_words_never_become_a_query(stand: Stand) -> None:
    say(stand, 'zendesk search type:user OR -status:open "x')
    query = next(call.query for call in stand.simulator.calls if "search" in call.path)
    assert "type:ticket" in str(query) or "type%3Aticket" in str(query)


def test_zendesk_down_is_an_answer(stand: Stand) -> None:
    stand.simulator.faults.add(FaultRule(kind=FaultKind.STATUS, status=503))
    assert say(stand, "zendesk tickets")["code"] == "UPSTREAM_ERROR"


def test_the_current_app_is_used_when_the_context_names_none(stand: Stand) -> None:
    with stand.app.app_context():
        answer = plugin.atom_run_chat_command("zendesk me", {"caller": ADMIN})
    assert isinstance(answer, dict)
    assert answer["success"] is True


def test_in_an_event_loop_the_answer_is_awaited(stand: Stand) -> None:
    async def chat() -> dict[str, Any]:
        answer = plugin.atom_run_chat_command("zendesk me", {"app": stand.app, "caller": ADMIN})
        assert isinstance(answer, Awaitable)
        assert inspect.isawaitable(answer)
        return await answer

    assert asyncio.run(chat())["success"] is True
