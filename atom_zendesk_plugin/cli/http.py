"""The demo's own HTTP: one JSON request at a time to a host on this machine, without the client under demonstration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit


class NoAnswer(Exception):
    """The host gave no usable answer; the message says what came instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON object of one answer; ``cookie`` is what a browser would send back, empty when none was set."""

    status: int
    body: Mapping[str, Any]
    cookie: str = ""

    @property
    def data(self) -> Mapping[str, Any]:
        """What the envelope carries; empty for an error."""
        found = self.body.get("data")
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str | None:
        """The error code of the envelope, None for a success."""
        error = self.body.get("error")
        return error.get("code") if isinstance(error, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who asks the host; ``token`` None asks without identity. ``timeout`` is in seconds, for each read."""

    base_url: str
    token: str | None
    timeout: float

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. Raises NoAnswer when the answer is not JSON, or none comes."""
        sent = {"Accept": "application/json", **(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        address = urlsplit(self.base_url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=self.timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
            cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{method} {path}: no answer ({type(error).__name__})") from error
        finally:
            connection.close()
        return Answer(answer.status, _object(text, f"{method} {path} ({answer.status})"), cookie)


def _object(text: bytes, what: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NoAnswer(f"{what}: the answer is not JSON") from error
    if not isinstance(found, dict):
        raise NoAnswer(f"{what}: the answer is not a JSON object")
    return found
