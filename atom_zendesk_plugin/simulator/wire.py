"""What a request says and how an answer is written down: the JSON dialect of the service, without its rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal
from atom_zendesk_plugin.simulator.tokens import Caller

ZENDESK_HOSTS: Final = ".zendesk.com"


class HeaderMap(Mapping[str, str]):
    """Request headers, whatever their case."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._rows = {name.lower(): value for name, value in rows}

    def __getitem__(self, name: str) -> str:
        return self._rows[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def plain_path(path: str) -> str:
    """Return the path as routes know it: without ``.json`` and without a slash at its end."""
    return path.rstrip("/").removesuffix(".json") or "/"


def is_elsewhere(host: str, *, subdomain: str) -> bool:
    """Tell whether a host name is the service's, but another account's; hosts of nobody's are this account's."""
    host = host.lower()
    return host.endswith(ZENDESK_HOSTS) and host != f"{subdomain}{ZENDESK_HOSTS}"


def read_call(request: Request, path: str, raw: bytes, ids: Mapping[str, str], caller: Caller) -> Call:
    return Call(
        method=request.method,
        path=path,
        base_url=request.host_url.rstrip("/"),
        params=_params(request),
        headers=HeaderMap(request.headers),
        raw=raw,
        body={},
        actor_id=caller.user_id,
        scopes=caller.scopes,
        ids=ids,
    )


def _params(request: Request) -> MultiDict[str, str]:
    """Read the query; bytes that are no UTF-8 become replacement characters, where the library's own reading gives up."""
    query = request.query_string.decode("utf-8", errors="replace")
    return MultiDict(parse_qsl(query, keep_blank_values=True))


def parsed_body(call: Call) -> Json:
    """Return the JSON object of the body; no body, or one that doesn't call itself JSON, is an empty object."""
    if not call.raw or "json" not in call.headers.get("Content-Type", "").lower():
        return {}
    try:
        told: Any = json.loads(call.raw)
    except (ValueError, RecursionError) as error:
        refused = {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}
        raise Refusal(Answer(422, refused)) from error
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise Refusal(Answer(400, titled("Invalid attribute", "The body must be a JSON object")))
    return told


def parameters(call: Call) -> Mapping[str, Any]:
    """Return what a JSON object or a form in the body says; a name that comes twice counts once, the last time."""
    if isinstance(call.body, dict) and call.body:
        return call.body
    if "form" in call.headers.get("Content-Type", ""):
        return dict(parse_qsl(call.raw.decode("utf-8", errors="replace"), keep_blank_values=True))
    return {}


def rendered(answer: Answer) -> tuple[bytes, str | None]:
    """Return bytes and their content type; a type among the answer's headers wins over it."""
    if answer.body is None:
        return b"", None
    if isinstance(answer.body, bytes):
        return answer.body, "application/octet-stream"
    if isinstance(answer.body, str):
        return answer.body.encode("utf-8", errors="replace"), "text/plain; charset=UTF-8"
    return json.dumps(answer.body, separators=(",", ":")).encode(), "application/json; charset=utf-8"


def titled(title: str, message: str) -> Json:
    return {"error": {"title": title, "message": message}}
