"""Reading a long list takes no more memory at its end than at its beginning; the million rows are ``script/bench``'s."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

import pytest

from atom_zendesk_plugin.client.api import ZendeskClient
from atom_zendesk_plugin.client.resources.export_pages import Place
from atom_zendesk_plugin.records import Ticket
from benchmarks.static_pages import Pages
from tests.unit.client.wire import Answer, Rig, Sent, rig

ROWS, SETTLED = 20_000, 4_000
MOST_GROWTH = 256 * 1024


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(ROWS, seeded=1400)


def reading(pages: Pages) -> Rig:
    def handler(sent: Sent) -> Answer:
        # The rig keeps what it sees, which would count here.
        there.wire.sent.clear()
        there.events.clear()
        parts = urlsplit(sent.url)
        body = pages.page(f"{parts.path}?{parts.query}", host=parts.netloc)
        assert body is not None
        return Answer(200, body)

    there = rig(handler=handler)
    return there


def exported(client: ZendeskClient) -> Iterator[Ticket]:
    for page in client.within().exports.tickets(Place(start_time=1)):
        yield from page


@pytest.mark.parametrize("read", [lambda client: client.within().tickets.list(), exported], ids=["list", "export"])
def test_memory_stays_flat(pages: Pages, read: Callable[[ZendeskClient], Iterable[Ticket]]) -> None:
    count, held = 0, []
    tracemalloc.start()
    try:
        for ticket in read(reading(pages).client):
            count += 1
            assert ticket.id is not None
            # At the end of a page of either size, so that like is compared with like.
            if count % 1000 == 0 and count >= SETTLED:
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert count == ROWS
    assert max(held) - held[0] < MOST_GROWTH
