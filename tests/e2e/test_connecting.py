"""The whole life of a connection in a real browser, on the demo: connect, use, expire, renew, revoke, reconnect, disconnect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from atom_zendesk_plugin.cli.demo import Stage, demo_stage
from atom_zendesk_plugin.clock import OffsetClock
from atom_zendesk_plugin.simulator.server import serve

LIFE = 1800


@dataclass
class Desk:
    """A served demo and somebody's browser on it."""

    stage: Stage
    base_url: str
    page: Page
    complaints: list[str]

    def advance(self, seconds: float) -> None:
        assert isinstance(self.stage.clock, OffsetClock)
        self.stage.clock.advance(seconds)

    def sign_in(self, name: str) -> None:
        self.page.goto(self.base_url)
        self.page.get_by_role("button", name=f"Be {name}").click()
        expect(self.page).to_have_url(f"{self.base_url}/zendesk/connection")

    def connect(self, *, allow: bool = True) -> None:
        self.page.locator("main").get_by_role("link", name=re.compile("^Connect")).first.click()
        expect(self.page).to_have_url(re.compile(r"/oauth/authorizations/new"))
        self.page.get_by_role("button", name="Allow" if allow else "Deny").click()
        expect(self.page).to_have_url(re.compile(rf"^{re.escape(self.base_url)}/zendesk/connection\?"))

    def whoami(self) -> tuple[int, dict[str, object]]:
        """Ask the API in the person's own browser, with its cookie."""
        answer = self.page.request.get(f"{self.base_url}/api/zendesk/status")
        return answer.status, answer.json()

    def token_calls(self) -> int:
        assert self.stage.simulator is not None
        calls = sum(call.path == "/oauth/tokens" for call in self.stage.simulator.calls)
        self.stage.simulator.calls.clear()
        return calls

    def revoke_at_zendesk(self) -> None:
        """Press the button that an administrator has in Zendesk."""
        assert self.stage.simulator is not None
        for token in self.stage.simulator.tokens.tokens():
            if token.refresh_token is not None:
                self.stage.simulator.tokens.revoke(token)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    with demo_stage(local=True) as stage, serve(stage.app, port=stage.port) as host:
        context = browser.new_context()
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Desk(stage, host.base_url, page, complaints)
        context.close()


def test_from_the_first_click_to_the_last(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("Alex Agent")
    expect(page.locator("main")).to_contain_text("You are not connected")
    assert desk.whoami()[0] == 401

    desk.connect()
    expect(page.get_by_role("status")).to_contain_text("connected")
    status, told = desk.whoami()
    assert (status, told["data"]["own"]) == (200, True)  # type: ignore[index]  # JSON
    desk.token_calls()

    desk.advance(LIFE + 1)
    page.goto(f"{desk.base_url}/zendesk/connection")
    expect(page.locator("main")).to_contain_text("next call renews")
    assert desk.whoami()[0] == 200
    assert desk.token_calls() == 1
    page.reload()
    expect(page.locator("main")).not_to_contain_text("next call renews")

    desk.revoke_at_zendesk()
    assert desk.whoami()[0] == 401
    page.reload()
    expect(page.locator("main")).to_contain_text("Zendesk no longer accepts the connection")

    desk.connect()
    assert desk.whoami()[0] == 200

    page.locator("main summary", has_text="Disconnect").click()
    page.get_by_role("button", name="Yes, disconnect").click()
    expect(page.locator("main")).to_contain_text("disconnected")
    assert desk.whoami()[0] == 401
    assert desk.complaints == []


def test_declining_is_understood(desk: Desk) -> None:
    desk.sign_in("Alex Agent")
    desk.connect(allow=False)
    expect(desk.page.get_by_role("alert")).to_contain_text("You declined")
    assert desk.whoami()[0] == 401


def test_an_answer_opened_in_another_browser_is_refused(desk: Desk, browser: Browser) -> None:
    desk.sign_in("Alex Agent")
    simulator = desk.stage.simulator
    assert simulator is not None
    start = desk.page.request.get(f"{desk.base_url}/api/zendesk/auth/start", headers={"Accept": "application/json"})
    back = simulator.consent(start.json()["auth_url"])
    stranger = browser.new_context()
    page = stranger.new_page()
    page.goto(back)
    assert "error=other_browser" in page.url
    stranger.close()
    desk.page.goto(back)
    expect(desk.page.get_by_role("status")).to_contain_text("connected")


def test_it_works_without_javascript(desk: Desk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = Desk(desk.stage, desk.base_url, context.new_page(), [])
    plain.sign_in("Robin Reader")
    plain.connect()
    assert plain.whoami()[0] == 200
    context.close()


def test_an_administrator_enters_a_client(desk: Desk) -> None:
    simulator = desk.stage.simulator
    assert simulator is not None
    client = simulator.credentials.oauth
    desk.sign_in("Sam Sample")
    page = desk.page
    page.get_by_label("Subdomain").fill(desk.stage.zendesk_url.removeprefix("http://"))
    page.get_by_label("identifier").fill(client.client_id)
    page.get_by_label("Secret").fill("a wrong one")
    page.get_by_role("button", name=re.compile("Store")).click()
    expect(page.locator("main")).to_contain_text("did not accept")
    assert "a wrong one" not in page.content()
    page.get_by_label("Secret").fill(client.client_secret)
    page.get_by_role("button", name=re.compile("Store")).click()
    expect(page.get_by_role("status")).to_be_visible()
