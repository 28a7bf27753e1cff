"""The routes that carry files as they are: one takes a file for a comment to come, one hands out a file of a comment.

Both pass through a temporary file, never whole through memory. What customers attach is handed out for saving, never to be run by the
browser; pictures may be shown in place.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from atom_zendesk_plugin.desk.files import LARGEST
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import AttachedFile
from atom_zendesk_plugin.web.envelope import json_response, success_body
from atom_zendesk_plugin.web.failures import BodyTooLarge
from atom_zendesk_plugin.web.fields import account_name
from atom_zendesk_plugin.web.identity import confirm, known_caller, require_own_site
from atom_zendesk_plugin.web.operations import API
from atom_zendesk_plugin.web.parts import Parts
from atom_zendesk_plugin.web.present.files import upload_data
from atom_zendesk_plugin.web.views import guarded, read_id

_IN_MEMORY = 512 * 1024
_PIECE = 64 * 1024
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}", re.ASCII)
_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def files_blueprint(parts: Parts) -> Blueprint:
    """Return the blueprint of the two routes."""
    blueprint = Blueprint("atom_zendesk_files", __name__)

    def upload() -> Response:
        return guarded(lambda: _upload(parts), parts, "upload_file")

    def download(attachment_id: str) -> Response:
        return guarded(lambda: _download(parts, attachment_id), parts, "download_file")

    blueprint.add_url_rule(f"{API}/uploads", "upload_file", upload, methods=["POST"])
    blueprint.add_url_rule(f"{API}/attachments/<attachment_id>/content", "download_file", download, methods=["GET"])
    return blueprint


def _upload(parts: Parts) -> Response:
    caller = known_caller(parts, request)
    if caller.via == "cookie":
        require_own_site(request)
    confirm(caller, request.args.getlist("user_id"))
    name = request.args.get("filename", "")
    if not name.strip():
        raise InvalidInput("filename is missing: send ?filename=photo.png and the file itself as the body.", field="filename")
    if (request.content_length or 0) > LARGEST:
        raise _too_large()
    if request.mimetype == "multipart/form-data":
        raise InvalidInput("Send the file itself as the body, not a form with the file in it.", field="Content-Type")
    account = account_name(request.args.get("account"))
    parts.desk(caller, account)  # who may not send is told before the file is taken
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        _receive(request.stream, file)
        desk = parts.desk(caller, account)  # anew: a desk has a deadline, and the file may have been long in coming
        kind = request.mimetype if _TYPE.fullmatch(request.mimetype or "") else "application/octet-stream"
        made = desk.files.upload(file, filename=name, content_type=kind, token=request.args.get("token") or None)  # type: ignore[arg-type]
    body = success_body(upload_data(made), service=parts.service_name, at=parts.clock.now(), message="The file was taken.")
    return json_response(body, status=201)


def _receive(stream: IO[bytes], file: IO[bytes]) -> None:
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > LARGEST:
            raise _too_large()
        file.write(piece)
    if size == 0:
        raise InvalidInput("The body is empty: send the file itself as the body of the request.")
    file.seek(0)


def _download(parts: Parts, attachment_id: str) -> Response:
    caller = known_caller(parts, request)
    confirm(caller, request.args.getlist("user_id"))
    number = read_id(attachment_id, "attachment_id")
    desk = parts.desk(caller, account_name(request.args.get("account")))
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed when the answer is sent
    try:
        found = desk.files.download(number, file)  # type: ignore[arg-type]  # it has all that a file has
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = Response(_pieces(file), headers={**_HEADERS, **_about(found), "Content-Length": str(size)})
    response.call_on_close(file.close)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _about(found: AttachedFile) -> dict[str, str]:
    """Return type and name of a file as headers; nothing of them is trusted further than a picture."""
    kind = (found.content_type or "").partition(";")[0].strip().lower()
    is_shown = kind in _PICTURES and request.args.get("inline") in ("1", "true")
    name = quote(found.file_name or "file", safe="")
    return {
        "Content-Type": kind if _TYPE.fullmatch(kind) else "application/octet-stream",
        "Content-Disposition": f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{name}",
    }


def _too_large() -> BodyTooLarge:
    return BodyTooLarge("The file is too large: Zendesk takes at most 50 mebibytes.", most_bytes=LARGEST)


def file_paths() -> dict[str, Any]:
    """Return the paths of the OpenAPI document for the two routes, whose bodies are files."""
    token: dict[str, list[str]] = {"bearer": []}
    name = {"type": "string", "minLength": 1, "maxLength": 255}
    return {
        f"{API}/uploads": {
            "post": {
                "summary": "Send a file, for a comment to take",
                "description": "The body is the file itself. `upload.token` goes into `uploads` of a ticket or comment, within the hour.",
                "operationId": "post_api_zendesk_uploads",
                "tags": ["Files"],
                "security": [token],
                "parameters": [
                    {"name": "filename", "in": "query", "required": True, "schema": name, "example": "photo.png"},
                    {
                        "name": "token", "in": "query", "required": False, "schema": name,
                        "description": "Of an earlier upload: one comment takes both.",
                    },
                    {"$ref": "#/components/parameters/account"},
                ],
                "requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
                "responses": {
                    "201": {
                        "description": "Created",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/UploadDataAnswer"}}},
                    },
                    **_failures("400", "401", "403", "413", "429", "500", "502", "503"),
                },
            }
        },
        f"{API}/attachments/{{attachment_id}}/content": {
            "get": {
                "summary": "Hand out a file of a comment",
                "description": "For saving; `inline=true` shows a picture in place. Never a file in which Zendesk found malware.",
                "operationId": "get_api_zendesk_attachments_attachment_id_content",
                "tags": ["Files"],
                "security": [token],
                "parameters": [
                    {
                        "name": "attachment_id", "in": "path", "required": True,
                        "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
                    },
                    {"name": "inline", "in": "query", "required": False, "schema": {"type": "boolean"}},
                    {"$ref": "#/components/parameters/account"},
                ],
                "responses": {
                    "200": {"description": "The file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
                    **_failures("400", "401", "403", "404", "429", "500", "502", "503"),
                },
            }
        },
    }  # fmt: skip


def _failures(*statuses: str) -> dict[str, dict[str, str]]:
    return {status: {"$ref": f"#/components/responses/Failure{status}"} for status in statuses}
