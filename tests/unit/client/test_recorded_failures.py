"""Every answer the real service was recorded refusing with becomes a typed error that lost nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from atom_zendesk_plugin.client.failures import error_class, failure
from atom_zendesk_plugin.client.limits import parse_limits
from tests.unit.client.wire import reply


@pytest.fixture(scope="module")
def exchanges() -> list[dict[str, Any]]:
    folder = os.environ.get("ZENDESK_RECORDINGS")
    if not folder:
        pytest.skip("NO RECORDINGS: set ZENDESK_RECORDINGS to the folder of recorded traffic")
    root = Path(folder)
    files = [*sorted((root / "recorded").glob("*.jsonl")), root / "samples" / "error-bodies.jsonl"]
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def _headers(exchange: dict[str, Any]) -> dict[str, str]:
    told = exchange["response"].get("headers") or {}
    return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in told.items()}


def test_every_refusal_is_understood(exchanges: list[dict[str, Any]]) -> None:
    seen = 0
    for exchange in exchanges:
        answer = exchange["response"]
        status, body = answer.get("status"), answer.get("body")
        if not isinstance(status, int) or status < 400:
            continue
        seen += 1
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        error = failure(reply(status, content, _headers(exchange)))
        assert type(error) is error_class(status)
        assert error.status == status
        assert error.upstream or error.zendesk_code
        if isinstance(body, dict) and isinstance(body.get("error"), str) and " " not in body["error"]:
            assert error.zendesk_code == body["error"]
        if isinstance(body, dict) and body.get("details"):
            assert len(error.fields) == len(body["details"])
        if "x-request-id" in _headers(exchange):
            assert error.request_id
            assert "," not in error.request_id
    assert seen > 50


def test_every_recorded_limit_is_read(exchanges: list[dict[str, Any]]) -> None:
    account = endpoint = 0
    for exchange in exchanges:
        headers = _headers(exchange)
        limits = {limit.bucket: limit for limit in parse_limits(headers)}
        if "x-rate-limit" in headers and "x-rate-limit-remaining" in headers:
            account += 1
            assert limits["account"].limit == int(headers["x-rate-limit"])
            assert 0 <= limits["account"].remaining <= limits["account"].limit
        for name in headers:
            if name.startswith(("zendesk-ratelimit-", "zendesk-rate-limit-")):
                endpoint += 1
                bucket = limits[name.replace("rate-limit", "ratelimit").removeprefix("zendesk-ratelimit-")]
                assert bucket.resets_in is not None
    assert account > 200
    assert endpoint > 20
