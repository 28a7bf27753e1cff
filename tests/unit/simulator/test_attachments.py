"""Files over the wire: sent ahead, attached to a comment, fetched by whoever may, and emptied for good."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from atom_zendesk_plugin.simulator.adapter import SimulatorAdapter
from atom_zendesk_plugin.simulator.files import MALWARE_SIGN

if TYPE_CHECKING:
    from tests.unit.simulator.conftest import Office

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 32, 16) + b"rest"


def sent(office: Office, name: str = "note.txt", content: bytes = b"hello", kind: str = "text/plain", **more: str) -> Any:
    reply = office.call(
        "POST", "uploads", data=content, params={"filename": name, **more}, headers={"Content-Type": kind}
    )
    assert reply.status == 201, reply.body
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    return json.loads(reply.body)["upload"]


def fetched(office: Office, url: str, *, token: str | None = None) -> requests.Response:
    """Fetch an address as it stands, by default as nobody, without following redirects."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", SimulatorAdapter(office.simulator.wsgi_app))
        return session.get(url, headers=headers, timeout=(1, 1), allow_redirects=False)


def with_files(office: Office, *tokens: str, **comment: Any) -> Any:
    """Write a comment that carries the files of the tokens; returns the comment as listed."""
    ticket = office.opened()
    said = {"body": "see the file", "uploads": list(tokens), **comment}
    reply = office.call("PUT", f"tickets/{ticket.id}", json={"ticket": {"comment": said}})
    assert reply.status == 200, reply.body
    return office.call("GET", f"tickets/{ticket.id}/comments").body["comments"][-1] | {"ticket": ticket.id}


def test_a_token_gathers_files_and_goes_to_one_comment(office: Office) -> None:
    first = sent(office)
    both = sent(office, "b.bin", b"\x00\xff", "application/octet-stream", token=first["token"])
    assert [file["file_name"] for file in both["attachments"]] == ["note.txt", "b.bin"]
    assert both["attachment"] == both["attachments"][1]
    assert both["expires_at"] == "2026-03-02T11:00:00Z"
    comment = with_files(office, first["token"])
    assert comment["attachments"] == both["attachments"]
    audit = office.call("GET", f"tickets/{comment['ticket']}/audits").body["audits"][-1]
    assert audit["events"][0]["attachments"] == both["attachments"]
    again = {"ticket": {"comment": {"body": "again", "uploads": [first["token"]]}}}
    refused = office.call("PUT", f"tickets/{comment['ticket']}", json=again)
    assert (refused.status, list(refused.body["details"])) == (422, ["uploads"])


def test_a_file_comes_back_byte_for_byte_to_anybody(office: Office) -> None:
    content = bytes(range(256)) * 40
    file = sent(office, "b y\u00fc.bin", content, "application/octet-stream")["attachment"]
    found = fetched(office, file["content_url"])
    assert (found.status_code, found.content, found.headers["content-type"]) == (
        200,
        content,
        "application/octet-stream",
    )
    assert file["size"] == len(content)
    shown = office.call("GET", f"attachments/{file['id']}").body["attachment"]
    assert shown == file


@pytest.mark.parametrize("content", [b"[1, 2]", b"{not json", b""])
def test_a_file_of_json_is_a_file_like_any_other(office: Office, content: bytes) -> None:
    file = sent(office, "list.json", content, "application/json")["attachment"]
    assert fetched(office, file["content_url"]).content == content


def test_uploads_expire_and_can_be_taken_back(office: Office) -> None:
    kept, dropped = sent(office), sent(office)
    assert office.call("DELETE", f"uploads/{dropped['token']}").status == 204
    assert office.call("DELETE", f"uploads/{dropped['token']}").status == 404
    assert fetched(office, dropped["attachment"]["content_url"]).status_code == 404
    office.clock.advance(3_599)
    assert sent(office, token=kept["token"])["token"] == kept["token"]
    office.clock.advance(1)
    reply = office.call("POST", "uploads", data=b"x", params={"filename": "a", "token": kept["token"]})
    assert (reply.status, reply.body["error"]) == (422, "RecordInvalid")
    assert not office.desk.attachments


def test_attached_files_outlive_their_token(office: Office) -> None:
    upload = sent(office)
    with_files(office, upload["token"])
    office.clock.advance(86_400)
    assert fetched(office, upload["attachment"]["content_url"]).content == b"hello"


def test_too_large_and_nameless_files_are_refused(office: Office) -> None:
    office.desk.switches.attachment_limit = 10
    sent(office, content=b"x" * 10)
    reply = office.call("POST", "uploads", data=b"x" * 11, params={"filename": "a"})
    assert (reply.status, reply.body["error"]["title"]) == (413, "Attachment too large")
    assert office.call("POST", "uploads", data=b"x").status == 400


def test_pictures_have_a_size_and_a_thumbnail_and_may_sit_in_the_text(office: Office) -> None:
    upload = sent(office, "lamp.png", PNG, "image/png")
    file = upload["attachment"]
    assert (file["width"], file["height"]) == (32, 16)
    assert [thumb["file_name"] for thumb in file["thumbnails"]] == ["lamp_thumb.png"]
    assert fetched(office, file["thumbnails"][0]["content_url"]).content == PNG
    comment = with_files(office, upload["token"], html_body=f'<p>here</p><img src="{file["content_url"]}">')
    assert comment["attachments"] == []
    path = f"tickets/{comment['ticket']}/comments?include_inline_images=true"
    inline = office.call("GET", path).body["comments"][-1]["attachments"]
    assert [(row["id"], row["inline"]) for row in inline] == [(file["id"], True)]


def test_malware_is_held_back_until_an_admin_says_otherwise(office: Office) -> None:
    file = sent(office, content=b"x" + MALWARE_SIGN)["attachment"]
    assert file["malware_scan_result"] == "malware_found"
    assert fetched(office, file["content_url"]).status_code == 403
    allowed = {"attachment": {"malware_access_override": True}}
    assert office.call("PUT", f"attachments/{file['id']}", by=office.agent, json=allowed).status == 403
    assert office.call("PUT", f"attachments/{file['id']}", json=allowed).body["attachment"]["malware_access_override"]
    assert fetched(office, file["content_url"]).status_code == 200


def test_private_files_need_somebody_who_sees_the_ticket(office: Office) -> None:
    upload = sent(office)
    with_files(office, upload["token"])
    office.desk.switches.private_attachments = True
    url = upload["attachment"]["content_url"]
    mine, strange = (office.simulator.issue_token(user.id, ["read"]) for user in (office.customer, office.stranger))
    statuses = [fetched(office, url, token=token).status_code for token in (None, strange, mine)]
    assert statuses == [401, 404, 200]


def test_files_elsewhere_are_behind_a_redirect_that_takes_no_credentials(office: Office) -> None:
    office.desk.switches.attachment_origin = "https://files.example"
    url = sent(office)["attachment"]["content_url"]
    token = office.simulator.issue_token(office.admin.id, ["read"])
    moved = fetched(office, url, token=token)
    there = moved.headers["location"]
    assert (moved.status_code, urlsplit(there).netloc) == (302, "files.example")
    assert fetched(office, there).content == b"hello"
    assert fetched(office, there, token=token).status_code == 400
    assert fetched(office, there[:-1]).status_code == 403
    office.clock.advance(601)
    assert fetched(office, there).status_code == 403


def test_a_redacted_file_is_empty_for_good(office: Office) -> None:
    upload = sent(office, "lamp.png", PNG, "image/png")
    comment = with_files(office, upload["token"])
    file = comment["attachments"][0]
    path = f"tickets/{comment['ticket']}/comments/{comment['id']}/attachments/{file['id']}/redact"
    shown = office.call("PUT", path).body["attachment"]
    assert (shown["file_name"], shown["size"], shown["thumbnails"]) == ("redacted.txt", 0, [])
    assert fetched(office, file["content_url"]).status_code == 404
    assert fetched(office, shown["content_url"]).content == b""
    assert office.call("PUT", path.replace(str(comment["id"]), "1")).status == 404


def test_a_purged_ticket_takes_its_files_along(office: Office) -> None:
    comment = with_files(office, sent(office)["token"])
    office.call("DELETE", f"tickets/{comment['ticket']}")
    office.call("DELETE", f"deleted_tickets/{comment['ticket']}")
    assert not office.desk.attachments


@pytest.mark.parametrize("uploads", [["nobody"], {"a": 1}, [1], 5])
def test_uploads_that_are_none_are_refused(office: Office, uploads: Any) -> None:
    data = {"ticket": {"comment": {"body": "x", "uploads": uploads}}}
    assert office.call("POST", "tickets", json=data).status == 422
    assert not office.desk.tickets


def test_content_has_its_own_limits(office: Office) -> None:
    loose = sent(office)["attachment"]["content_url"]
    carried = sent(office)
    with_files(office, carried["token"])
    office.simulator.limits.configure(plan="suite-team")
    statuses = [fetched(office, loose).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    found = [fetched(office, carried["attachment"]["content_url"]) for _ in range(11)]
    assert {reply.status_code for reply in found} == {200}
    assert "x-rate-limit" not in found[0].headers
    assert found[0].headers["zendesk-ratelimit-attachment-content"].startswith("total=2500;")


def test_an_upload_is_answered_as_json_to_who_asks_for_it(office: Office) -> None:
    """Recorded: plain text for a client that takes anything, JSON for one that asks for JSON."""
    for accept, told in (("*/*", "text/plain"), ("application/json", "application/json")):
        reply = office.call("POST", "uploads?filename=a.txt", data=b"a", headers={"Accept": accept})
        assert (reply.status, reply.headers["content-type"]) == (201, f"{told}; charset=utf-8")
