"""A change whose answer says nothing was most likely made: it ends as an unknown outcome, a read as an unexpected answer."""

from __future__ import annotations

import io
import random

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from atom_zendesk_plugin.client.api import build_client
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.errors import OutcomeUnknown, ZendeskUnexpected


class Says(BaseAdapter):
    """Answers every call with 200 and one body."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        headers = {"content-type": "application/json"}
        raw = HTTPResponse(body=io.BytesIO(self._body), headers=headers, status=200, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        self._body = b""


@pytest.mark.parametrize(
    "body", [b"{}", b'{"ticket":null}', b'{"ticket":{"id":7,"via":5}}', b'{"ticket":{"id":9223372036854775808}}']
)
def test_an_unreadable_answer_to_a_change_is_an_unknown_outcome(body: bytes) -> None:
    settings = load_settings({}, {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_ACCESS_TOKEN": "t"})
    client = build_client(settings, account_key="k", clock=ManualClock(), rng=random.Random(1), adapter=Says(body))
    with pytest.raises(OutcomeUnknown):
        client.tickets.update(7, {"comment": {"body": "hello", "public": True}})
    with pytest.raises(OutcomeUnknown):
        client.tickets.create({"comment": {"body": "hello"}}, idempotency_key="k")
    with pytest.raises(ZendeskUnexpected):
        client.tickets.get(7)
