"""``attachments``: files sent for a comment to come, and files of comments saved on this machine."""

from __future__ import annotations

import mimetypes
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.cli.desk_commands import DeskGroup
from atom_zendesk_plugin.cli.failures import json_option
from atom_zendesk_plugin.cli.host import operator_desk
from atom_zendesk_plugin.errors import InvalidInput

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.records import Upload


@click.group(name="attachments", cls=DeskGroup)
def attachments_group() -> None:
    """Files of tickets: send, show, save."""


@attachments_group.command(name="upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="What it is called at Zendesk; its own name when left out.")
@click.option("--content-type", help="Such as image/png; guessed from the name when left out.")
@click.option("--token", help="Of an earlier upload, so that one comment takes both.")
@json_option
@click.pass_context
def upload_command(
    ctx: click.Context, as_json: bool, file: Path, name: str | None, content_type: str | None, token: str | None
) -> None:
    """Send FILE and print the token by which a comment takes it, within the hour."""
    from atom_zendesk_plugin.cli.printing import print_json

    with operator_desk(ctx) as desk:
        made = send(desk, file, name=name, content_type=content_type, token=token)
    if as_json:
        print_json({"ok": True, "token": made.token, "expires_at": made.expires_at, "files": len(made.attachments) or 1})
    else:
        click.echo(made.token)


@attachments_group.command(name="download")
@click.argument("attachment_id", type=int)
@click.option("--to", "target", type=click.Path(path_type=Path), help="A file, or a folder; the present one when left out.")
@json_option
@click.pass_context
def download_command(ctx: click.Context, as_json: bool, attachment_id: int, target: Path | None) -> None:
    """Save a file of a comment. An existing file is not overwritten; half a file is never left."""
    from atom_zendesk_plugin.cli.printing import plain, print_json

    folder = target if target is not None and target.is_dir() else target.parent if target is not None else Path()
    with operator_desk(ctx) as desk, tempfile.NamedTemporaryFile(dir=_made(folder), delete=False) as part:
        try:
            found = desk.files.download(attachment_id, part)  # type: ignore[arg-type]  # it has all that a file has
            part.flush()
            saved = target if target is not None and not target.is_dir() else folder / _safe(found.file_name)
            _keep(Path(part.name), saved)
        finally:
            Path(part.name).unlink(missing_ok=True)
    size = saved.stat().st_size
    if as_json:
        print_json({"ok": True, "file": str(saved), "size": size, "content_type": found.content_type})
    else:
        click.echo(f"{plain(str(saved))} ({size} bytes)")


def send(
    desk: Desk, file: Path, *, name: str | None = None, content_type: str | None = None, token: str | None = None
) -> Upload:
    """Send a file of this machine for a comment to come."""
    kind = content_type or mimetypes.guess_type(name or file.name)[0] or "application/octet-stream"
    with file.open("rb") as opened:
        return desk.files.upload(opened, filename=name or file.name, content_type=kind, token=token)


def _made(folder: Path) -> Path:
    if not folder.is_dir():
        raise InvalidInput("--to names a folder that is not there: make it first.", field="to")
    return folder


def _safe(name: str | None) -> str:
    """Return the name of a file as one part of a path: what a customer called it must not choose where it lies."""
    kept = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in name or "").strip(". ")
    return kept[:200] or "file"


def _keep(part: Path, saved: Path) -> None:
    try:
        os.link(part, saved)  # unlike a rename, this fails when the name is taken
    except FileExistsError:
        raise InvalidInput("A file of this name is there already: say --to with another one.", field="to") from None
