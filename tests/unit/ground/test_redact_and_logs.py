"""No secret in a log line, whichever way it came in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from atom_zendesk_plugin import logs
from atom_zendesk_plugin.redact import HIDDEN, redact, redact_text, redact_url


@pytest.mark.parametrize(
    "key", ["access_token", "Authorization", "ZENDESK_CLIENT_SECRET", "Set-Cookie", "ZENDESK_ENCRYPTION_KEYS", "code"]
)
def test_values_under_secret_keys_are_hidden_at_any_depth(key: str) -> None:
    assert redact({"a": [{key: "sekret"}]}) == {"a": [{key: HIDDEN}]}


def test_an_empty_secret_is_shown_as_empty() -> None:
    assert redact({"token": "", "secret": None}) == {"token": "", "secret": None}


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer sekret-sekret",
        "sent basic c2VrcmV0OnNla3JldA== to the host",
        "POST /x?access_token=sekret&y=1",
        "postgresql://me:sekret@db/zendesk",
        "client_secret=sekret",
    ],
)
def test_credentials_in_text_are_hidden(text: str) -> None:
    shown = redact_text(text)
    assert HIDDEN in shown
    assert "sekret" not in shown
    assert "c2VrcmV0" not in shown


def test_an_address_loses_user_password_and_query() -> None:
    assert redact_url("https://u:p@acme.zendesk.com:8443/api?token=x#y") == "https://acme.zendesk.com:8443/api"


def test_ordinary_fields_stay_readable() -> None:
    assert redact({"endpoint": "/api/v2/tickets", "wait": 1.5, "ids": (1, 2)}) == {
        "endpoint": "/api/v2/tickets",
        "wait": 1.5,
        "ids": [1, 2],
    }


def test_the_word_that_zendesk_refuses_with_is_shown_and_a_code_is_not() -> None:
    assert redact({"oauth_error": "invalid_grant", "code": "c0de"}) == {"oauth_error": "invalid_grant", "code": HIDDEN}


@pytest.fixture
def loguru() -> Iterator[ModuleType]:
    """Load Loguru as a host does that uses it, and take it away again: its presence alone decides where lines go."""
    yield import_module("loguru")
    del sys.modules["loguru"]


def test_the_host_with_loguru_gets_the_line_there(loguru: ModuleType) -> None:
    lines: list[str] = []
    sink = loguru.logger.add(lambda message: lines.append(str(message)), format="{level} {extra[event]} {message}")
    try:
        failure = ValueError("Bearer sekret-sekret")
        logs.event("zendesk.retry", "warning", endpoint="/api/v2/tickets", access_token="sekret", error=failure)
    finally:
        loguru.logger.remove(sink)
    assert len(lines) == 1
    assert lines[0].startswith("WARNING zendesk.retry zendesk.retry endpoint='/api/v2/tickets'")
    assert "sekret" not in lines[0]


def test_without_loguru_the_standard_library_gets_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "loguru", raising=False)
    with caplog.at_level(logging.INFO, logger="atom_zendesk_plugin"):
        logs.event("zendesk.call", status=200, curly="{braces}", percent="%s")
    assert caplog.messages == ["zendesk.call status=200 curly='{braces}' percent='%s'"]
