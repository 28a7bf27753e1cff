"""The page that says what is spoken of Zendesk's API is true, and every call we make is one that Zendesk documents."""

from __future__ import annotations

import re

import pytest

from atom_zendesk_plugin.cli.root import root_group
from atom_zendesk_plugin.web.routes import every_operation
from script.lib.coverage import (
    BEYOND,
    PAGE,
    ROUTES_BY_ANOTHER_NAME,
    Finder,
    Operation,
    bare,
    beyond,
    commands,
    official,
    page,
    routes,
    sorted_out,
)
from script.lib.probing import Made, calls
from tests.recordings import folder


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == "\n".join(page(folder())) + "\n", "run script/coverage"


def test_every_call_is_in_the_official_document_or_has_a_reason() -> None:
    _, unknown = sorted_out(calls(), official(folder()))
    assert [made for made in unknown if beyond(made) is None] == []


def test_every_reason_is_needed() -> None:
    _, unknown = sorted_out(calls(), official(folder()))
    given = {beyond(made) for made in unknown}
    assert given == set(BEYOND.values())


def test_most_of_the_document_is_spoken_by_a_method() -> None:
    operations = official(folder())
    spoken, _ = sorted_out(calls(), operations)
    assert len(spoken) >= 460
    for family in ("Tickets", "Users", "Organizations", "Groups", "Views", "Macros", "Triggers", "Automations", "Search"):
        named = {row.key for row in operations if row.family == family}
        assert named, family
        silent = named - set(spoken)
        assert silent <= SILENT, (family, silent)


SILENT = {
    ("GET", "/tickets/messaging/conversations/{}/ticket"),
    ("GET", "/users/me/settings"), ("PUT", "/users/me/settings"), ("POST", "/users/request_create"),
    ("POST", "/users/autocomplete"), ("POST", "/users/logout_many"), ("GET", "/users/{}/entitlements/full"),
    ("GET", "/macros/attachments/{}"), ("POST", "/macros/attachments"), ("POST", "/macros/{}/attachments"),
}  # fmt: skip
"""Operations of these families that are left to ``request()``."""


def test_a_path_belongs_to_the_operation_with_the_most_words_of_its_own() -> None:
    rows = [Operation("a", path, "GET") for path in ("/tickets/{ticket_id}", "/tickets/recent", "/{x}/{y}")]
    assert Finder(rows).find("GET", "/tickets/recent") == rows[1]
    assert Finder(rows).find("GET", "/tickets/7") == rows[0]
    assert Finder(rows).find("PUT", "/tickets/7") is None
    assert Finder(rows).find("GET", "/tickets/7/tags") is None


def test_a_call_beyond_the_document_needs_a_reason() -> None:
    assert beyond(Made("x.y", "GET", "/api/v2/unheard/of")) is None
    assert beyond(Made("x.y", "GET", "/api/v2/tickets/7/side_conversations/key")) is not None


def test_every_route_named_otherwise_is_a_route() -> None:
    assert set(ROUTES_BY_ANOTHER_NAME) <= {(row.method, row.path) for row in every_operation()}
    assert routes()["GET", "/users/me"] == "`GET /api/zendesk/me`"


def test_commands_are_found_by_what_they_ask() -> None:
    assert commands()["POST", "/tickets"] == "`tickets create`"
    assert commands()["POST", "/triggers"] == "`admin triggers create`"
    assert "tickets" in root_group("x").list_commands(None)  # type: ignore[arg-type]  # the list needs no context


@pytest.mark.parametrize("path", ["/users/{user_id}/tags", "/users/{id}/tags"])
def test_names_of_variables_do_not_matter(path: str) -> None:
    assert bare(path) == "/users/{}/tags"
    assert not re.search(r"\w\}", bare(path))
