"""What a connection of one's own costs: finding it for a request, handing out its token, renewing it; and what a day of it takes.

Everything runs against a local Zendesk in this process, on SQLite, so that the figures are our own share.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlsplit

from flask import Flask

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.keyring import generate_key
from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.facade import Simulator
from benchmarks.figures import Figure, milliseconds

CALLBACK = "https://atom.example/auth/zendesk/callback"
OWN = Caller(user_id="own", via="bearer")
SERVICE = Caller(user_id="service", roles=frozenset({"admin"}), via="bearer")
SHORTEST, MARGIN, DAY = 300, 60, 86_400
MOST_RENEWALS = DAY // (SHORTEST - MARGIN) + 1
ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A host with one connected person, and the Zendesk behind it."""

    extension: ZendeskExtension
    simulator: Simulator
    clock: ManualClock

    def renewals(self) -> int:
        """Return how often the token endpoint was asked since this was last asked."""
        asked = sum(call.path == "/oauth/tokens" for call in self.simulator.calls)
        self.simulator.calls.clear()
        return asked


@contextmanager
def connected(*, life: int = 1800) -> Iterator[Place]:
    """Give a host on which somebody has connected with tokens of this life."""
    clock = ManualClock()
    simulator = Simulator(tickets=20, clock=clock, redirect_uris=[CALLBACK])
    with TemporaryDirectory() as folder:
        app = Flask("bench", instance_path=folder)
        app.config.update(
            ZENDESK_SUBDOMAIN="acme", ZENDESK_CLIENT_ID=simulator.credentials.oauth.client_id, ZENDESK_REDIRECT_URI=CALLBACK,
            ZENDESK_CLIENT_SECRET=simulator.credentials.oauth.client_secret, ZENDESK_ENCRYPTION_KEYS=generate_key().line,
            ZENDESK_DATABASE_URL=f"sqlite:///{Path(folder) / 'bench.db'}", ZENDESK_TOKEN_TTL=str(life),
        )  # fmt: skip
        adapter = SimulatorAdapter(simulator.wsgi_app)
        extension = build_extension(app, clock=clock, adapter=adapter, environ={}, rng=random.Random(1))
        started = extension.connections.start(OWN, browser="b" * 43)
        back = dict(parse_qsl(urlsplit(simulator.consent(started.url)).query))
        extension.connections.finish(browser="b" * 43, caller=OWN, state=back["state"], code=back["code"])
        place = Place(extension, simulator, clock)
        place.renewals()
        yield place
        extension.close()


def measure() -> Iterator[Figure]:
    """Measure a request's share of a connection, each beside what it is to be compared with."""
    with connected() as place:
        extension = place.extension
        own = milliseconds(lambda: extension.desk(OWN), times=ROUNDS)
        service = milliseconds(lambda: extension.desk(SERVICE), times=ROUNDS)
        yield Figure(
            "desk of a connected person over that of the service account", own / service, "times",
            f"{own:.2f} ms against {service:.2f} ms; the grant is read each time",
        )  # fmt: skip
        facts = extension.connections.find(OWN.tenant_id, None)
        assert facts is not None
        held = extension.connections.credentials(OWN, facts)
        assert held is not None
        memory = milliseconds(lambda: held.authorization(deadline=None), times=ROUNDS) * 1000
        yield Figure("a token from memory", memory, "µs")

        def renewed() -> None:
            place.clock.advance(1801)
            held.authorization(deadline=None)

        whole = milliseconds(renewed, times=60)
        yield Figure("a renewal, from the row to the commit", whole, "ms", "four transactions around one call")


def a_day() -> Iterator[Figure]:
    """Work through a day on tokens of the shortest life: nothing fails, and no more is asked than must be."""
    with connected(life=SHORTEST) as place:
        calls, step = 0, 30
        for _ in range(DAY // step):
            place.clock.advance(step)
            place.extension.desk(OWN).me()
            calls += 1
        asked = place.renewals()
        assert asked <= MOST_RENEWALS, f"{asked} renewals, {MOST_RENEWALS} are enough"
        assert place.extension.connections.one(OWN).works
    yield Figure("a day of calls on five-minute tokens", calls, "calls", "none failed, nobody had to connect again")
    yield Figure("renewals for them", asked, "calls", f"at most {MOST_RENEWALS} are allowed")
