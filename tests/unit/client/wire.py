"""A wire for tests: real requests sessions, prepared requests and response objects, with a script where the network would be."""

from __future__ import annotations

import io
import json
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.observe import CallEvent
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.clock import Clock, ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.pace import PaceStore

BASE = "https://acme.zendesk.com"
TOKEN = "secret-access-token-of-acme"


@dataclass(frozen=True)
class Answer:
    """What the server says. ``body`` is JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Sent:
    """What the client sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: tuple[float, float]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def params(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Handler = Callable[[Sent], "Answer | Exception"]


class Wire(BaseAdapter):
    """Gives every request to a handler; an exception it returns is raised, as the network would. ``sent`` keeps the requests."""

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self.handler = handler
        self.sent: list[Sent] = []
        self.closed = 0
        self._lock = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        assert timeout is not None
        assert all(part is not None and part > 0 for part in timeout)
        sent = Sent(request.method or "", request.url or "", dict(request.headers), _all_of(request.body), tuple(timeout))
        with self._lock:
            self.sent.append(sent)
        answer = self.handler(sent)
        if isinstance(answer, Exception):
            raise answer
        content = answer.content()
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(content),
            headers={"x-request-id": "req-1", **answer.headers},
            status=answer.status,
            preload_content=False,
            request_method=request.method,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is held; it is counted."""
        self.closed += 1


def _all_of(body: object) -> bytes:
    """Return a body whole; one that comes in pieces is read as the network would read it."""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body) if isinstance(body, Iterable) else b""


def script(*answers: Answer | Exception) -> Handler:
    """Answer one after the other; the last one again and again."""
    left = list(answers)
    lock = threading.Lock()

    def handler(_: Sent) -> Answer | Exception:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return handler


@dataclass
class Rig:
    """A client on a scripted wire, with all its parts at hand."""

    client: ZendeskClient
    wire: Wire
    clock: ManualClock
    events: list[CallEvent]

    @property
    def paths(self) -> list[str]:
        return [sent.path for sent in self.wire.sent]


def rig(
    *answers: Answer | Exception,
    handler: Handler | None = None,
    pace: PaceStore | None = None,
    clock: Clock | None = None,
    **settings: object,
) -> Rig:
    """Build a client with an access token; ``settings`` are names of settings without their prefix."""
    wire = Wire(handler or script(*answers))
    events: list[CallEvent] = []
    told = {"ZENDESK_SUBDOMAIN": "acme"} | {f"ZENDESK_{name.upper()}": str(value) for name, value in settings.items()}
    if "client_id" not in settings and "token" not in settings:
        told["ZENDESK_ACCESS_TOKEN"] = TOKEN
    manual = clock or ManualClock()
    client = build_client(
        load_settings(told, {}),
        account_key="default/acme",
        clock=manual,
        rng=random.Random(1),
        pace=pace,
        adapter=wire,
        observer=events.append,
    )
    assert isinstance(manual, ManualClock)
    return Rig(client, wire, manual, events)


def reply(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None, **where: str) -> Reply:
    """Make an answer as the transport would hand it over."""
    told = requests.structures.CaseInsensitiveDict(headers or {})
    return Reply(
        method=where.get("method", "GET"),
        endpoint=where.get("endpoint", "/api/v2/tickets"),
        status=status,
        headers=told,
        body=body,
    )


LOST = requests.ReadTimeout("read timed out")
NOT_SENT = requests.ConnectTimeout("connect timed out")
