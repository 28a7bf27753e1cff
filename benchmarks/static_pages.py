"""A Zendesk of pre-rendered pages: real tickets of the local Zendesk, over and over, so that a reader is measured and not the server.

``python -m benchmarks.static_pages ROWS`` serves until it is ended and prints its address. Pages differ from their neighbours, and every
one names the next.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import msgspec
import requests

from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator

SEEDED = 3000
SIZES = {"/api/v2/tickets": 100, "/api/v2/incremental/tickets/cursor": 1000}
EXPORT = "/api/v2/incremental/tickets/cursor"


class Pages:
    """The pages of a list and of an export of ``rows`` tickets, rendered once."""

    def __init__(self, rows: int, *, seeded: int = SEEDED) -> None:
        self._rows = rows
        tickets = _tickets(seeded)
        self._bodies = {
            where: [_joined(tickets[start : start + size]) for start in range(0, len(tickets) - size + 1, size)]
            for where, size in SIZES.items()
        }

    def page(self, address: str, *, host: str) -> bytes | None:
        """Return the answer to a path with query, as JSON; None for what is not served. ``host`` is what its links lead to."""
        parts = urlsplit(address)
        path, query = parts.path.removesuffix(".json"), parse_qs(parts.query)
        if path not in self._bodies:
            return None
        number = int(query.get("page[after]", query.get("cursor", ["0"]))[0])
        bodies = self._bodies[path]
        return b'{"tickets":[%b],%b}' % (bodies[number % len(bodies)], self._end(path, number, host))

    def _end(self, path: str, number: int, host: str) -> bytes:
        more, following = (number + 1) * SIZES[path] < self._rows, f"{number + 1:040d}"
        link = f"http://{host}{path}.json?cursor={following}&page%5Bafter%5D={following}"
        end = (
            {"after_cursor": following, "after_url": link, "end_of_stream": not more}
            if path == EXPORT
            else {"meta": {"has_more": more, "after_cursor": following}, "links": {"next": link if more else None}}
        )
        return msgspec.json.encode(end)[1:-1]


def _tickets(seeded: int) -> list[msgspec.Raw]:
    simulator = Simulator(tickets=seeded, clock=ManualClock())
    session = requests.Session()
    session.mount("https://", SimulatorAdapter(simulator.wsgi_app))
    session.headers["Authorization"] = f"Bearer {simulator.credentials.access_token}"
    found: list[msgspec.Raw] = []
    address: str | None = "https://acme.zendesk.com/api/v2/tickets?page[size]=100"
    while address:
        answer = session.get(address, timeout=30).content
        found += msgspec.json.decode(answer, type=_Page).tickets
        address = msgspec.json.decode(answer, type=_Page).links.next
    return found


class _Links(msgspec.Struct):
    next: str | None = None


class _Page(msgspec.Struct):
    tickets: list[msgspec.Raw]
    links: _Links


def _joined(rows: list[msgspec.Raw]) -> bytes:
    return b",".join(bytes(row) for row in rows)


async def _answer(pages: Pages, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").split("\r\n")
            host = next(line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:"))
            body = pages.page(lines[0].split(" ")[1], host=host)
            status, body = ("200 OK", body) if body is not None else ("404 Not Found", b"{}")
            told = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(told.encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve(rows: int) -> None:
    """Serve on a free port of this machine until cancelled; print the address first."""
    pages = Pages(rows)
    server = await asyncio.start_server(lambda reader, writer: _answer(pages, reader, writer), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    (count,) = islice(map(int, sys.argv[1:]), 1)
    asyncio.run(serve(count))
