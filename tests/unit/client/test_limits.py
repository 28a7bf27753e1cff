"""Every form of the rate headers is read, and nothing senseless is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.client.limits import ACCOUNT, Limit, parse_limits


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "684"}, [Limit(ACCOUNT, 700, 684, None)]),
        (
            {"rate-limit": "700", "rate-limit-remaining": "536", "rate-limit-reset": "11"},
            [Limit(ACCOUNT, 700, 536, 11.0)],
        ),
        (
            {"ratelimit-limit": "400", "RateLimit-Remaining": "388", "ratelimit-reset": "17", "x-rate-limit": "400",
             "x-rate-limit-remaining": "387"},
            [Limit(ACCOUNT, 400, 388, 17.0)],
        ),
        (
            {"x-rate-limit": "400", "x-rate-limit-remaining": "387", "ratelimit-reset": "17"},
            [Limit(ACCOUNT, 400, 387, 17.0)],
        ),
        ({"x-rate-limit": "400, 400", "x-rate-limit-remaining": "387, 387"}, [Limit(ACCOUNT, 400, 387, None)]),
        (
            {"Zendesk-RateLimit-Tickets-Index": "total=100; remaining=99; resets=41"},
            [Limit("tickets-index", 100, 99, 41.0)],
        ),
        (
            {"zendesk-rate-limit-tags-index": "total=2000; remaining=1994; resets=14"},
            [Limit("tags-index", 2000, 1994, 14.0)],
        ),
        (
            {"zendesk-ratelimit-search-index": "remaining=0;resets=3;total=2500"},
            [Limit("search-index", 2500, 0, 3.0)],
        ),
        ({"zendesk-ratelimit-x": "limit: 10, remaining: 4"}, [Limit("x", 10, 4, None)]),
        ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4884", "x-ratelimit-reset": "1778057199"}, []),
        ({"x-rate-limit": "700", "x-rate-limit-remaining": "684", "ratelimit-reset": "1778057199"},
         [Limit(ACCOUNT, 700, 684, None)]),
        ({"x-rate-limit": "700"}, []),
        ({"x-rate-limit": "0", "x-rate-limit-remaining": "0"}, []),
        ({"x-rate-limit": "many", "x-rate-limit-remaining": "few"}, []),
        ({"x-rate-limit": "7", "x-rate-limit-remaining": "-3"}, []),
        ({"x-rate-limit": "7", "x-rate-limit-remaining": "9"}, []),
        ({"zendesk-ratelimit-x": "total=10; remaining=-1; resets=5"}, []),
        ({"zendesk-ratelimit-x": ""}, []),
        ({"zendesk-ratelimit-": "total=10; remaining=1; resets=5"}, []),
    ],
)  # fmt: skip
def test_forms_of_the_headers(headers: dict[str, str], expected: list[Limit]) -> None:
    assert parse_limits(headers) == expected


NAMES = st.sampled_from(
    ["x-rate-limit", "x-rate-limit-remaining", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
     "zendesk-ratelimit-a", "zendesk-rate-limit-b-c", "zendesk-ratelimit-"]
)  # fmt: skip


@given(
    st.dictionaries(
        NAMES, st.text(max_size=40) | st.from_regex(r"(total|remaining|resets)=[-0-9.]{1,12};? ?", fullmatch=True)
    )
)
def test_whatever_comes_is_read_into_something_possible(headers: dict[str, str]) -> None:
    for limit in parse_limits(headers):
        assert limit.limit > 0
        assert 0 <= limit.remaining <= limit.limit
        assert limit.resets_in is None or 0 <= limit.resets_in <= 3600
