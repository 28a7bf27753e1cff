"""The order of changes stays right however it is touched and read."""

from __future__ import annotations

import random

import pytest

from atom_zendesk_plugin.simulator.change_log import AuditLog, ChangeOrder


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_the_order_is_that_of_the_latest_changes(batch: int) -> None:
    """Small batches are mended in place, large ones by sorting anew; both must agree with a plain sort."""
    chance = random.Random(batch)
    order = ChangeOrder()
    latest: dict[int, int] = {}
    for _ in range(60):
        for _ in range(batch):
            number, second = chance.randrange(400), chance.randrange(1_000)
            order.touch(number, second)
            latest[number] = second
        expected = sorted((second, number) for number, second in latest.items())
        assert list(order.after((0, -1))) == expected
        mark = chance.choice(expected)
        assert list(order.after(mark)) == [row for row in expected if row > mark]


def test_a_change_back_to_the_same_second_is_one_row() -> None:
    order = ChangeOrder()
    order.touch(1, 5)
    assert list(order.after((0, -1))) == [(5, 1)]
    order.touch(1, 9)
    order.touch(1, 5)
    assert list(order.after((0, -1))) == [(5, 1)]


def test_audits_stay_sorted_when_an_earlier_one_comes_late() -> None:
    log = AuditLog()
    for second, ticket, place in ((10, 1, 0), (20, 2, 0), (15, 1, 1), (20, 1, 2), (5, 3, 0)):
        log.add(second, ticket, place)
    assert list(log.since(0)) == [(5, 3, 0), (10, 1, 0), (15, 1, 1), (20, 2, 0), (20, 1, 2)]
    assert list(log.since(16)) == [(20, 2, 0), (20, 1, 2)]
