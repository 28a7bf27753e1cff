"""The whole flow against an OAuth provider that is not our simulator: Authlib's server, which speaks the standard to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import flask
import pytest

from atom_zendesk_plugin.accounts.model import ConnectionRefused, Refused
from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.errors import ReconnectNeeded
from atom_zendesk_plugin.extension import ZendeskExtension, build_extension
from atom_zendesk_plugin.simulator.server import serve
from tests.integration.accounts.other_provider import CLIENT, SECRET, Provider, redirect_of
from tests.integration.accounts.staging import ANN, BROWSER, KEYS, REDIRECT


class Place:
    def __init__(self, extension: ZendeskExtension, provider: Provider, clock: OffsetClock) -> None:
        self.extension, self.provider, self.clock = extension, provider, clock

    def back(self) -> dict[str, str]:
        url = self.extension.connections.start(ANN, browser=BROWSER).url
        found = redirect_of(self.provider.app, url)
        assert found.startswith(REDIRECT)
        return {name: values[0] for name, values in parse_qs(urlsplit(found).query).items()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # it runs on this machine, without TLS
    provider, clock = Provider(REDIRECT), OffsetClock()
    with serve(provider.app) as running:
        app = flask.Flask("host", static_folder=None, instance_path=str(tmp_path / "instance"))
        app.config.update({
            "ZENDESK_BASE_URL": running.base_url, "ZENDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'zendesk.db'}",
            "ZENDESK_ENCRYPTION_KEYS": KEYS, "ZENDESK_REDIRECT_URI": REDIRECT, "ZENDESK_CLIENT_ID": CLIENT,
            "ZENDESK_CLIENT_SECRET": SECRET, "ZENDESK_TOKEN_REQUEST": "form",
        })  # fmt: skip
        extension = build_extension(app, clock=clock, environ={})
        yield Place(extension, provider, clock)
        extension.close()


def test_connect_use_renew_and_lose(place: Place) -> None:
    back = place.back()
    made = place.extension.connections.finish(browser=BROWSER, caller=ANN, state=back["state"], code=back["code"])
    assert (made.state, made.name, made.zendesk_user_id) == ("connected", "Pat Provider", 77)
    assert made.access_expires_at is not None
    place.clock.advance((made.access_expires_at - place.clock.now()).total_seconds() + 1)
    assert place.extension.desk(ANN).me().user.name == "Pat Provider"
    assert len(place.provider.tokens) == 2
    assert [token.dead for token in place.provider.tokens] == [True, False]
    for token in place.provider.tokens:
        token.dead = True
    with pytest.raises(ReconnectNeeded):
        place.extension.desk(ANN).me()


def test_a_code_works_once_there_too(place: Place) -> None:
    back = place.back()
    place.provider.codes.clear()
    with pytest.raises(ConnectionRefused) as refused:
        place.extension.connections.finish(browser=BROWSER, caller=ANN, state=back["state"], code=back["code"])
    assert refused.value.reason is Refused.CODE_REFUSED


def test_it_checks_our_proof(place: Place) -> None:
    """The provider itself refuses an exchange whose verifier does not fit: ours fits."""
    back = place.back()
    (code,) = place.provider.codes.values()
    assert code.code_challenge_method == "S256"
    code.code_challenge = "A" * 43
    with pytest.raises(ConnectionRefused) as refused:
        place.extension.connections.finish(browser=BROWSER, caller=ANN, state=back["state"], code=back["code"])
    assert refused.value.reason is Refused.CODE_REFUSED
