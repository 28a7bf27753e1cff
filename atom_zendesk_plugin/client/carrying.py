"""Somebody else's requests session carried over our transport: the same one host, the same bounds, nothing followed.

Authlib brings a session of its own; mounted on this adapter it can reach nothing but the account, and no longer than its deadline.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from atom_zendesk_plugin.client.reply import NoReply, Reply
from atom_zendesk_plugin.client.transport import Transport


class Unanswered(requests.ConnectionError):
    """No whole answer came; ``lost`` says whether the request may have been worked on."""

    def __init__(self, lost: NoReply) -> None:
        super().__init__(f"{lost.kind}: {lost.reason}")
        self.lost = lost


class CarriedResponse(requests.Response):
    """A response of requests with the reply it was made of."""

    reply: Reply


class TransportAdapter(BaseAdapter):
    """Sends what a session prepared through ``transport``. ``deadline`` is on the clock's monotonic scale.

    ``send`` raises Unanswered when no answer came, ForeignHost for any address but the account's.
    """

    def __init__(self, transport: Transport, *, deadline: float | None) -> None:
        super().__init__()
        self._transport, self._deadline = transport, deadline

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        kept = {name: str(value) for name, value in request.headers.items() if name.lower() == "content-type"}
        answer = self._transport.send(
            "POST" if request.method == "POST" else "GET",
            request.url or "",
            authorization=None,
            body=body,
            headers=kept,
            deadline=self._deadline,
        )
        if isinstance(answer, NoReply):
            raise Unanswered(answer)
        return _response(request, answer)

    def close(self) -> None:
        """Leave the transport open: it is shared."""


def _response(request: requests.PreparedRequest, reply: Reply) -> CarriedResponse:
    response = CarriedResponse()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response._content = reply.body  # requests offers no public way to give a response its body
    response.url, response.request, response.reply = request.url or "", request, reply
    return response
