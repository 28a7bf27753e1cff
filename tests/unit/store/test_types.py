"""Moments keep their instant and their order on both databases, and naive ones are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.engine import make_url

from atom_zendesk_plugin.store.types import UtcDateTime

SQLITE: Dialect = make_url("sqlite://").get_dialect()()
POSTGRESQL: Dialect = make_url("postgresql+psycopg://").get_dialect()()
ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12)), timezone(timedelta(minutes=345))]
)
MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001  # hypothesis adds the zone


def stored(moment: datetime) -> str:
    text = UtcDateTime().process_bind_param(moment, SQLITE)
    assert isinstance(text, str)
    return text


@given(MOMENTS)
def test_sqlite_gives_back_the_same_instant_in_utc(moment: datetime) -> None:
    back = UtcDateTime().process_result_value(stored(moment), SQLITE)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_text_in_sqlite_sorts_as_the_moments_do(one: datetime, other: datetime) -> None:
    assert (stored(one) < stored(other)) == (one < other)
    assert len(stored(one)) == len(stored(other)) == 27


def test_postgresql_is_given_and_gives_moments_in_utc() -> None:
    moment = datetime(2026, 1, 5, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    sent = UtcDateTime().process_bind_param(moment, POSTGRESQL)
    assert sent == moment
    back = UtcDateTime().process_result_value(moment, POSTGRESQL)
    assert back is not None
    assert back.isoformat() == "2026-01-06T04:30:00+00:00"


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
def test_a_moment_without_zone_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 5), dialect)  # noqa: DTZ001  # the mistake under test


def test_null_stays_null() -> None:
    assert UtcDateTime().process_bind_param(None, SQLITE) is None
    assert UtcDateTime().process_result_value(None, SQLITE) is None
