"""Whatever address is given, nothing and no credentials leave the account's own host."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atom_zendesk_plugin.client.account import Account
from atom_zendesk_plugin.client.transport import Transport
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.errors import ConfigError, ForeignHost, ZendeskUnexpected
from tests.unit.client.wire import BASE, TOKEN, Answer, Wire, rig, script


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.zendesk.com",
        "https://acme.zendesk.com:443",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:9",
    ],
)
def test_addresses_of_accounts(url: str) -> None:
    assert Account(key="k", base_url=url).owns(f"{url}/api/v2/tickets")


@pytest.mark.parametrize(
    "url",
    [
        "", "acme", "http://acme.zendesk.com", "https://zendesk.com", "https://.zendesk.com", "https://a.b.zendesk.com",
        "https://acme.zendesk.com/", "https://acme.zendesk.com?x", "https://acme.zendesk.com#", "https://acme.zendesk.com:8443",
        "https://acme.zendesk.com.evil.example", "https://evil.example/acme.zendesk.com", "https://u:p@acme.zendesk.com",
        "https://acme.zendesk.com@evil.example", "https://evilzendesk.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example",
        "http://10.0.0.1", "https://acme.zendesk.com\\@evil.example", "https://ac me.zendesk.com", "https://acme.zendesk.com\n",
        "https://-acme.zendesk.com", "http://127.0.0.1:99999", "https://[acme.zendesk.com",
    ],
)  # fmt: skip
def test_addresses_that_are_no_account(url: str) -> None:
    with pytest.raises(ConfigError):
        Account(key="k", base_url=url)


def test_an_account_needs_a_key() -> None:
    with pytest.raises(ConfigError):
        Account(key="", base_url=BASE)


def test_an_own_absolute_address_is_taken() -> None:
    there = rig(Answer(body={"ok": 1}))
    for path in (
        "https://acme.zendesk.com/api/v2/tickets?page=2",
        "https://ACME.zendesk.com:443/api/v2/tickets?page=2",
    ):
        assert there.client.request("GET", path).status == 200
        assert there.wire.sent[-1].params == {"page": "2"}
        assert there.events[-1].endpoint == "/api/v2/tickets"


LEAVING = [
    "//evil.example/x", "https://evil.example/", "http://acme.zendesk.com/api", "https://other.zendesk.com/api/v2/x",
    "https://acme.zendesk.com@evil.example/", "https://acme.zendesk.com.evil.example/", "\\\\evil.example", "/\\evil.example",
    "@evil.example/x", ".evil.example/x", ":8443/x", "", "api/v2/tickets", "/api/v2/../../x", "/api/v2/%2e%2e/x",
    "/api/v2/tickets#x", "/api\r\nHost: evil.example", "/a b", "https://acme.zendesk.com:8443/x", "javascript:alert(1)",
    "https:/evil.example", "https:evil.example", "/api/v2/..%5cx", "?x=https://evil.example/", "///evil.example/x",
]  # fmt: skip


@pytest.mark.parametrize("path", LEAVING)
def test_paths_that_lead_away_are_refused_before_anything_is_sent(path: str) -> None:
    there = rig(Answer(body={}))
    with pytest.raises(ForeignHost) as caught:
        there.client.request("GET", path)
    assert there.wire.sent == []
    assert "evil" not in f"{caught.value} {caught.value.public}"


PIECES = st.sampled_from(
    ["https:", "http:", "//", "/", "\\", "acme.zendesk.com", "evil.example", "@", ":", "443", "80", "?", "#", "%2f", "%2e%2e", "..",
     "api", "v2", ".", "\t", "\n", " ", "[", "]", "::1", "127.0.0.1", "\u2215", "\uff0f", "\u3002", "\x00", "tickets", "=", "&"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=40))
@example("https://acme.zendesk.com:443")
def test_no_text_whatever_makes_a_request_leave(path: str) -> None:
    there = rig(Answer(body={}))
    try:
        there.client.request("GET", path)
    except ForeignHost:
        assert there.wire.sent == []
    for sent in there.wire.sent:
        parts = urlsplit(sent.url)
        assert (parts.scheme, parts.hostname, parts.port) in {
            ("https", "acme.zendesk.com", None),
            ("https", "acme.zendesk.com", 443),
        }
        assert parts.username is None
        assert not {".", ".."} & set(unquote(parts.path).split("/"))


@pytest.mark.parametrize(
    "target", ["https://evil.example/login", "//evil.example/x", "http://acme.zendesk.com/api/v2/tickets"]
)
def test_a_redirect_to_another_host_is_not_followed(target: str) -> None:
    there = rig(Answer(302, headers={"location": target}))
    with pytest.raises(ForeignHost):
        there.client.request("GET", "/api/v2/tickets")
    assert len(there.wire.sent) == 1


def test_a_redirect_at_home_is_not_followed_either() -> None:
    there = rig(Answer(301, headers={"location": f"{BASE}/api/v2/other"}))
    with pytest.raises(ZendeskUnexpected):
        there.client.request("GET", "/api/v2/tickets")
    assert len(there.wire.sent) == 1


def test_what_every_request_carries() -> None:
    there = rig(Answer(body={}, headers={"set-cookie": "_zendesk_session=abc; Path=/"}))
    for _ in range(2):
        there.client.request("POST", "/api/v2/users", json={"user": {"name": "Ann"}})
    headers = there.wire.sent[-1].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/json"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("atom-zendesk-plugin/")
    assert "Cookie" not in headers


def test_netrc_is_never_used(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("home") / "netrc"
    file.write_text("machine acme.zendesk.com login ann password from-netrc\n")
    monkeypatch.setenv("NETRC", str(file))
    wire = Wire(script(Answer(body={})))
    transport = Transport(Account(key="k", base_url=BASE), clock=ManualClock(), adapter=wire)
    transport.send("POST", "/oauth/tokens", authorization=None, body=b"{}")
    transport.send("GET", "/api/v2/tickets", authorization="Bearer x")
    assert "Authorization" not in wire.sent[0].headers
    assert wire.sent[1].headers["Authorization"] == "Bearer x"


def test_timeouts_never_exceed_what_is_left_of_the_deadline() -> None:
    there = rig(Answer(body={}), connect_timeout=5, read_timeout=30)
    there.client.within().request("GET", "/api/v2/tickets")
    there.client.within(seconds=12).request("GET", "/api/v2/tickets")
    there.client.within(seconds=2).request("GET", "/api/v2/tickets")
    assert [sent.timeout for sent in there.wire.sent] == [(5, 30), (5, 12), (2, 2)]


def test_parameters_as_zendesk_takes_them() -> None:
    there = rig(Answer(body={}))
    params = {
        "ids": [1, 2],
        "include": (),
        "sort": None,
        "all": True,
        "off": False,
        "page[size]": 100,
        "role[]": ["agent", "admin"],
    }
    there.client.request("GET", "/api/v2/users", params=params)
    assert urlsplit(there.wire.sent[0].url).query == (
        "ids=1%2C2&all=true&off=false&page%5Bsize%5D=100&role%5B%5D=agent&role%5B%5D=admin"
    )


def test_an_answer_beyond_all_measure_is_not_read_to_the_end() -> None:
    wire = Wire(script(Answer(body=b"[" + b"1," * 100_000 + b"1]")))
    transport = Transport(Account(key="k", base_url=BASE), clock=ManualClock(), adapter=wire, largest_answer=100_000)
    with pytest.raises(ZendeskUnexpected, match="larger than 100000 bytes"):
        transport.send("GET", "/api/v2/tickets", authorization="Bearer x")
