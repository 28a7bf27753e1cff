"""What is told of a call while it is made: one event for each attempt and for what lies between, and never a secret."""

from __future__ import annotations

import logging
import random

import pytest

from atom_zendesk_plugin import errors
from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.observe import CallEvent, Observer
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from tests.unit.client.wire import LOST, TOKEN, Answer, Wire, rig, script

TICKETS = "/api/v2/tickets"
OK = Answer(body={"tickets": []})


class TestEvents:
    def test_one_for_each_attempt_and_what_lies_between(self) -> None:
        headers = {"retry-after": "7", "ratelimit-limit": "400", "ratelimit-remaining": "0", "ratelimit-reset": "7"}
        there = rig(LOST, Answer(429, b"", headers), Answer(200, {}, {"x-request-id": "r9"}))
        there.client.request("GET", "/api/v2/tickets?x=secret-query")
        told = [(event.kind, event.attempt, event.status) for event in there.events]
        assert told == [
            ("attempt", 1, None), ("retry", 1, None), ("attempt", 2, 429), ("limit", 2, 429), ("retry", 2, 429), ("attempt", 3, 200),
        ]  # fmt: skip
        assert there.events[3].wait == 7.0
        assert there.events[3].remaining == 0
        assert there.events[-1].request_id == "r9"
        assert {event.endpoint for event in there.events} == {TICKETS}
        assert {event.lane for event in there.events} == {"foreground"}
        assert there.events[0].reason == "lost: ReadTimeout"

    def test_a_pacing_wait_is_told(self) -> None:
        headers = {"ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "5"}
        there = rig(Answer(body={}, headers=headers))
        there.client.request("GET", TICKETS)
        there.client.request("GET", TICKETS)
        assert [(event.kind, event.wait) for event in there.events] == [
            ("attempt", None),
            ("wait", 5.0),
            ("attempt", None),
        ]

    def test_an_observer_that_raises_breaks_nothing_and_is_reported_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(_: CallEvent) -> None:
            raise RuntimeError("observer fault")

        client = _client(Wire(script(OK)), observer=broken)
        with caplog.at_level(logging.DEBUG, "atom_zendesk_plugin"):
            for _ in range(3):
                client.request("GET", TICKETS)
        assert [record.message.split()[0] for record in caplog.records] == ["zendesk.observer_failed"]

    def test_the_log_tells_retries_and_limits_but_no_secrets(self, caplog: pytest.LogCaptureFixture) -> None:
        body = {"error": "x", "description": "secret-words ann@example.com"}
        client = _client(Wire(script(LOST, Answer(429, body, {"retry-after": "1"}), Answer(422, body))))
        with caplog.at_level(logging.DEBUG, "atom_zendesk_plugin"), pytest.raises(errors.ZendeskInvalid) as caught:
            client.request(
                "POST", TICKETS, params={"q": "secret-query"}, json={"a": "secret-body"}, idempotency_key="secret-key"
            )
        levels = {(record.message.split()[0], record.levelname) for record in caplog.records}
        assert ("zendesk.limit", "WARNING") in levels
        assert ("zendesk.retry", "WARNING") in levels
        assert ("zendesk.attempt", "DEBUG") in levels
        shown = f"{caplog.text} {caught.value} {caught.value!r} {caught.value.public} {client!r} {client.credentials!r}"
        assert "secret" not in shown
        assert "ann@example.com" not in shown

    def test_events_hold_no_secrets(self) -> None:
        there = rig(LOST, LOST, OK)
        there.client.request("GET", "/api/v2/search", params={"query": "secret-query"})
        assert "secret" not in repr(there.events)


def _client(wire: Wire, *, observer: Observer | None = None) -> ZendeskClient:
    return build_client(
        load_settings({"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": TOKEN}, {}),
        account_key="default/acme",
        clock=ManualClock(),
        rng=random.Random(1),
        adapter=wire,
        observer=observer,
    )
