"""The long loops: answers lost in the middle of creating tickets, a day of renewals, an hour beside
a foreign app, and mixed traffic while Zendesk misbehaves.

Each loop states what must hold and fails when it does not. Results are written to ``docs/campaign.md``.
"""

from __future__ import annotations

import random
import resource
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from atom_zendesk_plugin.cli.demo import Stage, demo_stage
from atom_zendesk_plugin.cli.http import Caller, NoAnswer
from atom_zendesk_plugin.clock import ManualClock, SystemClock
from atom_zendesk_plugin.errors import OutcomeUnknown
from atom_zendesk_plugin.simulator.faults import FaultKind, FaultRule
from atom_zendesk_plugin.simulator.server import serve
from benchmarks.budgets import Outcome, share, stores, varying
from benchmarks.connections import a_day
from benchmarks.figures import Figure, machine, table
from benchmarks.tasks import Bench, build

PAGE = Path(__file__).resolve().parent.parent / "docs" / "campaign.md"
CREATES = 1000
THREADS = 16
MISBEHAVIOUR = (
    FaultRule(kind=FaultKind.STATUS, status=429, retry_after=1, probability=0.03),
    FaultRule(kind=FaultKind.STATUS, status=503, body="html", probability=0.03),
    FaultRule(kind=FaultKind.RESET_BEFORE, probability=0.02),
    FaultRule(kind=FaultKind.RESET_AFTER, probability=0.02),
    FaultRule(kind=FaultKind.TRUNCATE, probability=0.02),
    FaultRule(kind=FaultKind.HTML, probability=0.01),
    FaultRule(kind=FaultKind.LATENCY, seconds=0.2, probability=0.05),
)
# A closed ticket refuses changes: VALIDATION_ERROR.
CODES = {None, "VALIDATION_ERROR", "NOT_FOUND", "RATE_LIMITED", "UPSTREAM_ERROR", "CONFLICT"}


def lost_answers(bench: Bench) -> Iterator[Figure]:
    """Lose every third answer to a creation, after Zendesk made the ticket: each subject must exist exactly once."""
    bench.simulator.faults.add(
        FaultRule(kind=FaultKind.RESET_AFTER, method="POST", path="/api/v2/tickets", probability=0.33)
    )
    before, failed = len(bench.simulator.desk.tickets), 0
    for number in range(CREATES):
        try:
            bench.desk.tickets.create(
                subject=f"Lost answer {number}", comment="Once, please.", idempotency_key=f"lost-{number}"
            )
        except OutcomeUnknown:
            failed += 1
    made = Counter(
        ticket.subject for ticket in bench.simulator.desk.tickets.values() if "Lost answer" in (ticket.subject or "")
    )
    assert max(made.values()) == 1, f"{made.most_common(3)}: a ticket was made twice"
    assert len(bench.simulator.desk.tickets) - before >= CREATES - failed
    yield Figure(
        "creations with every third answer lost", CREATES, "creations", f"{bench.simulator.faults.fired} answers lost"
    )
    yield Figure("of them made twice", 0, "tickets")
    yield Figure(
        "of them given up after four attempts", failed, "creations", "each with the outcome said to be unknown"
    )


def shared_budget() -> Iterator[Figure]:
    """Share an account for a simulated hour, on every store, beside a foreign app of steady habits and one without."""
    with stores() as urls:
        for name, url in urls.items():
            outcome = share(url, minutes=60, seed=1)
            assert outcome.refused == 0, f"{outcome.refused} of our calls were refused on {name}"
            assert outcome.used >= 0.95, f"only {outcome.used:.1%} of what the foreign app left was used on {name}"
            assert outcome.person_p95 < 0.25, f"a person waited {outcome.person_p95:.2f} s on {name}"
            yield from _shared(outcome, f"{name}, foreign app with 3 calls a minute")
    with stores() as urls:
        outcome = share(urls["Redis"], minutes=60, seed=2, demand=varying)
        yield from _shared(outcome, "Redis, foreign app with 1 to 4 calls a minute")


def _shared(outcome: Outcome, conditions: str) -> Iterator[Figure]:
    yield Figure("export calls used of those the foreign app left", 100 * outcome.used, "%", conditions)
    yield Figure("calls of ours refused", outcome.refused, "calls", f"of {outcome.calls}")
    yield Figure("refusals, ours or the foreign app's, because of us", outcome.self_made, "calls", f"of its {outcome.foreign}")
    yield Figure("a person's wait, 95 of 100", outcome.person_p95, "s", f"{len(outcome.person_waits)} calls beside it")


def soak(stage: Stage, *, minutes: float) -> Iterator[Figure]:
    """Let many people work while Zendesk misbehaves: every answer is typed, in time, and memory stays flat."""
    assert stage.simulator is not None
    clock, seen, late, odd = SystemClock(), Counter[str | None](), [0.0], list[str]()
    with serve(stage.app) as host:
        caller = Caller(base_url=host.base_url, token=stage.token, timeout=60)
        ids = [ticket["id"] for ticket in caller.call("GET", "/api/zendesk/tickets?limit=50").data["tickets"]]
        stage.simulator.faults.add(*MISBEHAVIOUR)
        end = clock.monotonic() + minutes * 60

        def work(seed: int) -> None:
            rng = random.Random(seed)
            while clock.monotonic() < end:
                method, path, body = _something(rng, ids)
                began = clock.monotonic()
                try:
                    code = caller.call(method, path, body=body).code
                except NoAnswer as error:
                    code = str(error)
                late[0] = max(late[0], clock.monotonic() - began)
                seen[code] += 1
                if code not in CODES:
                    odd.append(f"{method} {path}: {code}")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        clock.sleep(min(30.0, minutes * 20))
        settled = _memory()
        for thread in threads:
            thread.join()
    assert not odd, odd[:5]
    assert late[0] <= stage.deadline + 2, f"an answer took {late[0]:.1f} s"
    yield Figure(
        "requests while Zendesk misbehaves", seen.total(), "requests", f"{minutes:g} minutes, {THREADS} at a time"
    )
    yield Figure(
        "answered well", 100 * seen[None] / seen.total(), "%", "others typed: " + ", ".join(sorted(filter(None, seen)))
    )
    yield Figure("longest answer", late[0], "s", f"the deadline was {stage.deadline:g} s")
    yield Figure("memory gained after the first third", _memory() - settled, "MiB", "host and simulator in one process")


def _something(rng: random.Random, ids: list[int]) -> tuple[str, str, object | None]:
    one = rng.choice(ids)
    return rng.choice([
        ("GET", "/api/zendesk/tickets?limit=30", None),
        ("GET", "/api/zendesk/tickets?status=open", None),
        ("GET", f"/api/zendesk/tickets/{one}", None),
        ("GET", "/api/zendesk/health", None),
        ("PUT", f"/api/zendesk/tickets/{one}", {"tags": [rng.choice(["red", "blue"])]}),
        ("POST", "/api/zendesk/tickets", {"subject": "Soak", "comment": "One of many."}),
    ])  # fmt: skip


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    """Run every loop and write the page; the first argument is the length of the soak in minutes."""
    minutes = float(arguments[0]) if arguments else 10.0
    figures = [*lost_answers(build(ManualClock())), *a_day(), *shared_budget()]
    with demo_stage(local=True) as stage:
        figures += soak(stage, minutes=minutes)
    page = f"# Campaign\n\nThe long loops of `script/campaign`, run on {machine()}.\n\n{table(figures)}\n"
    print(page)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
