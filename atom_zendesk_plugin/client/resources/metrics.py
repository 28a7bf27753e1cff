"""Ticket metrics: the times and counts Zendesk computes for each ticket, in minutes of the calendar and of business hours."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from atom_zendesk_plugin.client.pagination import One, parse_record
from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.base import Key, path
from atom_zendesk_plugin.client.resources.verbs import Readable
from atom_zendesk_plugin.records import TicketMetric


class TicketMetrics(Readable[TicketMetric]):
    """``/api/v2/ticket_metrics``, without archived tickets; the events they are made from are in ``exports``."""

    root, single, kind = "ticket_metrics", "ticket_metric", TicketMetric

    def get(self, record_id: Key, *, include: Sequence[str] = ()) -> One[TicketMetric]:
        """Return metrics by their own id."""
        reply = self._caller.request("GET", self._path(record_id), params={"include": include})
        return One(_first(reply))

    def of_ticket(self, ticket_id: int) -> TicketMetric:
        """Return the metrics of one ticket, archived or not."""
        return _first(self._caller.request("GET", path("tickets", ticket_id, "metrics")))


class _Answer(msgspec.Struct, frozen=True):
    ticket_metric: msgspec.Raw


def _first(reply: Reply) -> TicketMetric:
    """Return the metrics in an answer: recorded as an object, documented as a list of one."""
    raw = reply.decode(_Answer).ticket_metric
    rows = msgspec.json.decode(raw, type=list[msgspec.Raw]) if bytes(raw)[:1] == b"[" else [raw]
    if not rows:
        raise reply.unexpected("it has no ticket_metric")
    return parse_record(reply, rows[0], TicketMetric.parse)
