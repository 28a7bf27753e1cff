"""Somebody else's requests session carried over our transport: the same one host, the same bounds, nothing followed.

Authlib brings a session of its own; mounted on this adapter it can reach nothing but the account, and no longer than its deadline.
"""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.transport import Request, Sender
from atom_zendesk_plugin.errors import ZendeskCallFailed

_KNOWN = frozenset(HTTPStatus)


class Unanswered(requests.ConnectionError):
    """No whole answer came; ``lost`` says whether the request may have been worked on."""

    def __init__(self, lost: NoReply) -> None:
        super().__init__(f"{lost.kind}: {lost.reason}")
        self.lost = lost


class CarriedResponse(requests.Response):
    """A response of requests with the reply it was made of, and what a call makes of that reply when it is no success."""

    reply: Reply
    failure: ZendeskCallFailed | None = None


class TransportAdapter(BaseAdapter):
    """Sends what a session prepared through ``transport``. ``deadline`` is on the clock's monotonic scale.

    ``send`` raises Unanswered when no answer came, ForeignHost for any address but the account's.
    """

    def __init__(self, transport: Sender, *, deadline: float | None) -> None:
        super().__init__()
        self._transport, self._deadline = transport, deadline

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = self._transport.exchange(
            Request(
                method="POST" if request.method == "POST" else "GET",
                path=request.url or "",
                body=request.body.encode() if isinstance(request.body, str) else request.body,
                headers={name: str(value) for name, value in request.headers.items() if name.lower() == "content-type"},
                deadline=self._deadline,
            )
        )
        if isinstance(answer, NoReply):
            raise Unanswered(answer)
        return response_of(request, answer)

    def close(self) -> None:
        """Leave the transport open: it is shared."""


def response_of(request: requests.PreparedRequest, reply: Reply) -> CarriedResponse:
    """Return a reply as requests would give it, its text read as the UTF-8 that Zendesk sends."""
    response = CarriedResponse()
    response.status_code = reply.status
    response.reason = HTTPStatus(reply.status).phrase if reply.status in _KNOWN else ""
    response.headers = CaseInsensitiveDict(reply.headers)
    response.raw, response.encoding = io.BytesIO(reply.body), "utf-8"
    response.url, response.request, response.reply = request.url or "", request, reply
    return response
