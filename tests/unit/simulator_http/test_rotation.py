"""Rotation under stress: any order of refreshing, replaying and revoking, races, and answers that get lost or spoilt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from atom_zendesk_plugin.simulator.faults import FaultRule
from atom_zendesk_plugin.simulator.tokens import AccessToken

from .conftest import ADMIN, Bench
from .flow import connect, refresh, works

HOUR, DAY = 3_600, 86_400

MOVES = st.one_of(
    st.just(("refresh", 0)),
    st.tuples(st.just("replay"), st.integers(0, 9)),
    st.just(("lose", 0)),
    st.just(("delete", 0)),
    st.just(("revoke", 0)),
    st.tuples(st.just("wait"), st.sampled_from([60, HOUR, 31 * DAY])),
)


class Grant:
    """One consent, every pair that came of it, and whether the newest should still be refreshed."""

    def __init__(self) -> None:
        self.bench = Bench()
        connect(self.bench)
        self.pairs: list[AccessToken] = self.bench.tokens.tokens()
        self.refreshable = True

    def make(self, move: str, number: int) -> None:
        newest = self.pairs[-1]
        assert newest.refresh_token is not None
        if move == "refresh":
            assert refresh(self.bench, newest.refresh_token).status_code == (201 if self.refreshable else 400)
        elif move == "replay":
            old = self.pairs[number % len(self.pairs)]
            assert old.refresh_token is not None
            if old is not newest:
                assert refresh(self.bench, old.refresh_token).json()["error"] == "invalid_grant"
        elif move == "lose":
            self._lose(newest.refresh_token)
        elif move == "delete":
            self.bench.ask("DELETE", f"/api/v2/oauth/tokens/{newest.id}")
            self.refreshable = False
        elif move == "revoke":
            self.bench.ask("POST", "/_simulator/tokens/revoke", json={"user_id": ADMIN})
            self.refreshable = False
        else:
            self.bench.clock.advance(number)
            self.refreshable = self.refreshable and newest.refreshable_at(self.bench.clock.now())
        self.pairs += [token for token in self._kept() if token.id not in {pair.id for pair in self.pairs}]

    def _lose(self, refresh_token: str) -> None:
        self.bench.faults.add(FaultRule.from_json({"kind": "reset-after", "path": "/oauth/tokens", "count": 1}))
        with pytest.raises(requests.ConnectionError):
            refresh(self.bench, refresh_token)
        self.bench.faults.clear()

    def _kept(self) -> list[AccessToken]:
        # Tokens without a refresh token are those that the bench asks with.
        return [token for token in self.bench.tokens.tokens() if token.refresh_token is not None]

    def check(self) -> None:
        """At most one pair is alive, and it is the newest one."""
        *spent, newest = self.pairs
        for pair in spent:
            assert not works(self.bench, pair.value)
            assert self.bench.tokens.find_refreshable(pair.refresh_token or "") is None
        assert (self.bench.tokens.find_refreshable(newest.refresh_token or "") is not None) == self.refreshable
        assert len(self._kept()) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=12))
def test_a_grant_never_has_two_live_pairs(moves: list[tuple[str, int]]) -> None:
    grant = Grant()
    for move, number in moves:
        grant.make(move, number)
        grant.check()


def test_of_many_refreshes_at_once_one_is_answered(bench: Bench) -> None:
    pair = connect(bench)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(bench, pair["refresh_token"]), range(24)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 23
    (winner,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert works(bench, winner["access_token"])
    counted = bench.ask("GET", "/_simulator/tokens", anonymous=True).json()
    assert (counted["granted"]["refresh_token"], counted["refused"]["refresh_token"]) == (1, 23)


def test_a_pair_is_rotated_once(bench: Bench) -> None:
    connect(bench)
    (old,) = (token for token in bench.tokens.tokens() if token.refresh_token is not None)
    lives: dict[str, Any] = {"scopes": ["read"], "expires_in": 300, "refresh_expires_in": 604_800}
    bench.tokens.rotate(old, **lives)
    with pytest.raises(KeyError):
        bench.tokens.rotate(old, **lives)


def spoil(bench: Bench, **told: Any) -> None:
    bench.faults.add(FaultRule.from_json({"path": "/oauth/tokens", "method": "POST", "count": 1, **told}))


def rotated(bench: Bench, pair: dict[str, Any]) -> bool:
    """Tell whether the pair was traded: then both of its halves are dead."""
    dead = not works(bench, pair["access_token"])
    assert (refresh(bench, pair["refresh_token"]).status_code == 400) == dead
    return dead


@pytest.mark.parametrize(("kind", "done"), [("reset-before", False), ("reset-after", True)])
def test_a_lost_answer_to_a_refresh_may_have_taken_effect(bench: Bench, kind: str, done: bool) -> None:
    pair = connect(bench)
    spoil(bench, kind=kind)
    with pytest.raises(requests.ConnectionError):
        refresh(bench, pair["refresh_token"])
    assert bench.ask("GET", "/_simulator/tokens", anonymous=True).json()["granted"]["refresh_token"] == int(done)
    assert rotated(bench, pair) == done


def test_an_answer_to_a_refresh_that_comes_too_late_took_effect(bench: Bench) -> None:
    pair = connect(bench)
    spoil(bench, kind="latency", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        refresh(bench, pair["refresh_token"])
    assert rotated(bench, pair)


def test_a_slow_answer_to_a_refresh_is_a_good_one(bench: Bench) -> None:
    pair = connect(bench)
    spoil(bench, kind="latency", seconds=4)
    before = bench.clock.monotonic()
    new = refresh(bench, pair["refresh_token"]).json()
    assert bench.clock.monotonic() - before == 4
    assert works(bench, new["access_token"])


@pytest.mark.parametrize(
    ("told", "status", "retry_after"),
    [
        ({"status": 429, "retry_after": 7}, 429, "7"),
        ({"status": 500}, 500, None),
        ({"status": 502}, 502, None),
        ({"status": 503, "retry_after": "date"}, 503, "Mon, 02 Mar 2026 10:00:10 GMT"),
    ],
)
def test_a_refresh_that_is_turned_away_changed_nothing(
    bench: Bench, told: dict[str, Any], status: int, retry_after: str | None
) -> None:
    pair = connect(bench)
    spoil(bench, kind="status", **told)
    answer = refresh(bench, pair["refresh_token"])
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry_after)
    assert not rotated(bench, pair)


def test_an_edge_page_instead_of_a_refresh_changed_nothing(bench: Bench) -> None:
    pair = connect(bench)
    spoil(bench, kind="html")
    answer = refresh(bench, pair["refresh_token"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert not rotated(bench, pair)


def test_a_truncated_answer_to_a_refresh_took_effect(bench: Bench) -> None:
    pair = connect(bench)
    spoil(bench, kind="truncate")
    answer = refresh(bench, pair["refresh_token"])
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert rotated(bench, pair)


def test_a_refresh_with_a_wrong_length_breaks_the_read_and_took_effect(bench: Bench) -> None:
    pair = connect(bench)
    spoil(bench, kind="wrong-length")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        refresh(bench, pair["refresh_token"])
    assert rotated(bench, pair)
