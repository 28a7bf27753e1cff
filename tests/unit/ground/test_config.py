"""Reading settings never raises, says what is wrong, and never shows a secret."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_zendesk_plugin.config import LOOPBACK, ConfigReport, Settings, load_settings, validate
from atom_zendesk_plugin.options import OPTIONS

TODAY = date(2026, 11, 23)


def settings(**environ: str) -> Settings:
    return load_settings({}, environ)


def test_every_option_is_one_attribute() -> None:
    assert {row.attribute for row in OPTIONS} == {field.name for field in fields(Settings)} - {"issues"}


def test_defaults_alone_are_valid_and_not_configured() -> None:
    report = validate(settings(), TODAY)
    assert report.valid
    assert not report.configured
    assert any("ZENDESK_SUBDOMAIN" in issue for issue in report.issues)
    assert any("ZENDESK_CLIENT_ID" in issue for issue in report.issues)


def test_the_host_configuration_wins_over_the_environment() -> None:
    read = load_settings({"ZENDESK_SUBDOMAIN": "inside"}, {"ZENDESK_SUBDOMAIN": "outside"})
    assert read.subdomain == "inside"
    assert read.account_url == "https://inside.zendesk.com"


def test_an_empty_value_counts_as_unset_and_older_names_are_read() -> None:
    read = settings(ZENDESK_TOKEN="  ", ZENDESK_API_TOKEN="abc", ZENDESK_USERNAME="a@example.com")
    assert (read.email, read.token) == ("a@example.com", "abc")
    assert read.credentials_kind() == "api_token"


def test_a_new_name_in_the_environment_wins_over_an_old_one_in_the_host() -> None:
    read = load_settings({"ZENDESK_API_TOKEN": "old"}, {"ZENDESK_TOKEN": "new"})
    assert read.token == "new"


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        ({"ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_CLIENT_ID": "c", "ZENDESK_CLIENT_SECRET": "s"}, "access_token"),
        (
            {"ZENDESK_CLIENT_ID": "c", "ZENDESK_CLIENT_SECRET": "s", "ZENDESK_EMAIL": "e", "ZENDESK_TOKEN": "t"},
            "client_credentials",
        ),
        ({"ZENDESK_CLIENT_ID": "c"}, None),
        (
            {
                "ZENDESK_ACCESS_TOKEN": "t",
                "ZENDESK_EMAIL": "e",
                "ZENDESK_TOKEN": "t",
                "ZENDESK_CREDENTIALS": "api_token",
            },
            "api_token",
        ),
        ({"ZENDESK_ACCESS_TOKEN": "t", "ZENDESK_CREDENTIALS": "client_credentials"}, None),
    ],
)
def test_the_first_complete_credentials_are_used(given_: dict[str, str], kind: str | None) -> None:
    assert settings(**given_).credentials_kind() == kind


def test_a_chosen_but_incomplete_kind_is_an_issue() -> None:
    report = validate(settings(ZENDESK_SUBDOMAIN="acme", ZENDESK_CREDENTIALS="api_token"), TODAY)
    assert any(issue.startswith("ZENDESK_CREDENTIALS: api_token is chosen") for issue in report.issues)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ZENDESK_SUBDOMAIN", "acme.evil.com", "letters, digits and hyphens"),
        ("ZENDESK_SUBDOMAIN", "-acme", "letters, digits and hyphens"),
        ("ZENDESK_DEADLINE", "soon", "must be a number"),
        ("ZENDESK_DEADLINE", "nan", "between 1 and 600"),
        ("ZENDESK_TOKEN_TTL", "60", "between 300 and 172800"),
        ("ZENDESK_MAX_ATTEMPTS", "2.5", "whole number"),
        ("ZENDESK_IDENTITY", "query", "host, jwt, session"),
        ("ZENDESK_BASE_URL", "http://acme.zendesk.com", "only https"),
        ("ZENDESK_BASE_URL", "https://acme.zendesk.com.evil.com", "only https"),
        ("ZENDESK_BASE_URL", "https://user:pass@acme.zendesk.com", "scheme and host only"),
        ("ZENDESK_BASE_URL", "https://127.0.0.1:99999", "ZENDESK_BASE_URL"),
    ],
)
def test_a_bad_value_becomes_an_issue_and_the_default_holds(name: str, value: str, told: str) -> None:
    read = settings(**{name: value})
    row = next(row for row in OPTIONS if row.name == name)
    assert getattr(read, row.attribute) == getattr(settings(), row.attribute)
    assert any(issue.startswith(name) and told in issue for issue in read.issues), read.issues
    assert not validate(read, TODAY).valid


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://Acme.zendesk.com/", "https://acme.zendesk.com"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_account_addresses_that_are_accepted(value: str, url: str) -> None:
    assert settings(ZENDESK_BASE_URL=value).account_url == url


@given(st.text())
def test_no_address_leads_anywhere_but_zendesk_or_this_machine(text: str) -> None:
    url = settings(ZENDESK_BASE_URL=text, ZENDESK_SUBDOMAIN=text).account_url
    assert (
        url is None
        or url.endswith(".zendesk.com")
        or url.split("//")[1].split(":")[0] in ("127.0.0.1", "localhost", "[")
    )


@given(
    st.dictionaries(
        st.sampled_from([row.name for row in OPTIONS]),
        st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text())),
    )
)
def test_reading_never_raises(config: dict[str, object]) -> None:
    validate(load_settings(config, {}), TODAY)


def test_an_api_token_brings_its_dated_warning() -> None:
    read = settings(ZENDESK_SUBDOMAIN="acme", ZENDESK_EMAIL="a@example.com", ZENDESK_TOKEN="t")
    report = validate(read, TODAY)
    assert report.configured
    assert any("2027-04-30" in text and "in 158 days" in text for text in report.warnings)
    assert any("already" in text for text in validate(read, date(2027, 5, 1)).warnings)


def test_opening_the_desk_to_everybody_is_warned_about() -> None:
    assert any(
        "ZENDESK_SERVICE_ROLES" in text for text in validate(settings(ZENDESK_SERVICE_ROLES="*"), TODAY).warnings
    )


def test_no_secret_in_repr_or_report() -> None:
    secret = {row.name: f"sekret-{index}" for index, row in enumerate(OPTIONS) if row.secret}
    read = settings(**secret)
    assert "sekret-" not in repr(read)
    assert "sekret-" not in repr(validate(read, TODAY).as_dict())


BAD_REDIRECTS = [
    "http://atom.example/callback", "ftp://atom.example/callback", "//atom.example/callback", "/callback", "https://", "https:///callback",
    "https://user@atom.example/callback", "https://atom.example/call back", "https://atom.example/callback#x", "javascript:alert(1)",
    "https://atom.example\\@evil.example/", "https://atom.example:0/x", "https://[::1", "http://localhost.evil.example/callback",
    "https://atom.example/\nX: y",
]  # fmt: skip


@pytest.mark.parametrize("told", BAD_REDIRECTS)
def test_a_redirect_address_that_zendesk_would_not_take_is_an_issue(told: str) -> None:
    settings = load_settings({"ZENDESK_REDIRECT_URI": told}, {})
    assert settings.redirect_uri == "http://localhost:5058/auth/zendesk/callback"
    assert [issue for issue in settings.issues if issue.startswith("ZENDESK_REDIRECT_URI: ")]


@pytest.mark.parametrize(
    "told", ["https://atom.example/auth/zendesk/callback", "http://127.0.0.1:8000/cb?x=1", "http://localhost/cb", "https://ATOM.example/CB"]
)
def test_a_redirect_address_stays_exactly_as_it_is_written(told: str) -> None:
    settings = load_settings({"ZENDESK_REDIRECT_URI": told}, {})
    assert (settings.redirect_uri, settings.issues) == (told, ())


@given(st.text(max_size=60))
def test_whatever_is_told_people_are_sent_to_https_or_to_this_machine(told: str) -> None:
    settings = load_settings({"ZENDESK_REDIRECT_URI": told, "ZENDESK_AFTER_CONNECT": told}, {})
    parts = urlsplit(settings.redirect_uri)
    assert parts.scheme == "https" or parts.hostname in LOOPBACK
    assert settings.after_connect.startswith("https:") or re.match(r"/(?![/\\])", settings.after_connect)
    assert not re.search(r"[\x00-\x20\x7f]", settings.redirect_uri + settings.after_connect)


def report_of(**settings: str) -> ConfigReport:
    return validate(load_settings({f"ZENDESK_{name}": value for name, value in settings.items()}, {}), date(2026, 11, 25))


def test_people_alone_are_enough_to_be_configured() -> None:
    report = report_of(SUBDOMAIN="acme", CLIENT_ID="atom", ENCRYPTION_KEYS="one:x", REDIRECT_URI="https://atom.example/cb")
    assert (report.configured, report.issues, report.warnings) == (True, (), ())


def test_a_client_without_a_key_is_told() -> None:
    alone = report_of(SUBDOMAIN="acme", CLIENT_ID="atom")
    assert any("atom-zendesk keys generate" in issue for issue in alone.issues)
    beside = report_of(SUBDOMAIN="acme", CLIENT_ID="atom", ACCESS_TOKEN="t")
    assert any("atom-zendesk keys generate" in warning for warning in beside.warnings)
    service = report_of(SUBDOMAIN="acme", CLIENT_ID="atom", CLIENT_SECRET="s")
    assert not any("keys generate" in text for text in (*service.issues, *service.warnings))


def test_two_places_for_keys_and_a_callback_on_this_machine_are_told() -> None:
    report = report_of(SUBDOMAIN="acme", CLIENT_ID="atom", ENCRYPTION_KEYS="one:x", ENCRYPTION_KEYS_FILE="/k")
    assert any("keep one of them" in warning for warning in report.warnings)
    assert any(warning.startswith("ZENDESK_REDIRECT_URI") for warning in report.warnings)
    local = report_of(BASE_URL="http://127.0.0.1:8080", CLIENT_ID="atom", ENCRYPTION_KEYS="one:x")
    assert not any(warning.startswith("ZENDESK_REDIRECT_URI") for warning in local.warnings)
