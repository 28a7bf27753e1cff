"""Recorded traffic of the real service, found through ``ZENDESK_RECORDINGS``; tests that need it skip with a reason where it is unset."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

_IDENTIFIER = re.compile(r"^(\d+|V3-[0-9a-f]+|[0-9a-f]{32})$")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and the real service's answer."""

    file: str
    line: int
    method: str
    path: str
    status: int
    headers: Mapping[str, str | list[str]]
    body: Any
    sent: Any

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def template(self) -> str:
        """The path without query and ``.json``, every identifier replaced by ``{id}``."""
        path = self.path.partition("?")[0].removesuffix(".json")
        return "/".join("{id}" if _IDENTIFIER.match(part) else part for part in path.split("/"))

    @property
    def ids(self) -> list[str]:
        path = self.path.partition("?")[0].removesuffix(".json")
        return [part for part in path.split("/") if _IDENTIFIER.match(part)]

    @property
    def content(self) -> bytes:
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()


def folder() -> Path:
    """Return the folder of recordings, or skip the test."""
    told = os.environ.get("ZENDESK_RECORDINGS")
    if not told:
        pytest.skip(
            "ZENDESK_RECORDINGS is not set: recorded traffic of the real service is not part of this repository"
        )
    return Path(told)


def exchanges() -> Iterator[Exchange]:
    """Yield every recorded exchange."""
    for file in sorted((folder() / "recorded").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            row = json.loads(line)
            request, response = row["request"], row["response"]
            yield Exchange(
                file.name, number, request["method"], request["path"],
                response["status"], response["headers"], response["body"], request["body"],
            )  # fmt: skip


class OneAnswer(BaseAdapter):
    """Answers every call with one recorded answer, and remembers what was asked."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        self.asked.append(request)
        headers = HTTPHeaderDict()
        for name, value in self.exchange.headers.items():
            for item in value if isinstance(value, list) else [value]:
                headers.add(name, item)
        if not isinstance(self.exchange.body, str) and "content-type" not in headers:
            headers.add("content-type", "application/json; charset=utf-8")
        raw = HTTPResponse(
            body=io.BytesIO(self.exchange.content), headers=headers, status=self.exchange.status, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        self.asked.clear()


class ByPath(BaseAdapter):
    """Answers a GET with what was recorded for the same path, whatever the query; an unrecorded path is a 404 of its own.

    Our queries differ from the recorded ones (page size, side-loads); the answers are the real service's all the same.
    """

    def __init__(self, recorded: Mapping[str, Exchange]) -> None:
        super().__init__()
        self._recorded = recorded
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        path = (request.path_url or "").partition("?")[0].removesuffix(".json")
        self.asked.append(path)
        found = self._recorded.get(path)
        if found is None:
            raise AssertionError(f"nothing was recorded for {path}")
        return OneAnswer(found).send(request)

    def close(self) -> None:
        self.asked.clear()
