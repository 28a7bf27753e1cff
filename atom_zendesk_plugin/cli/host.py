"""Which host a command works in: the application of ``flask zendesk``, or a small one of its own."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from atom_zendesk_plugin.caller import Caller

if TYPE_CHECKING:
    from flask import Flask

    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.extension import ZendeskExtension


def host_app(ctx: click.Context) -> Flask | None:
    """Return the application that ``flask`` runs the command for; None outside ``flask``, or when it names none."""
    from flask.cli import NoAppException, ScriptInfo

    info = ctx.find_object(ScriptInfo)
    if info is None:
        return None
    try:
        return info.load_app()
    except NoAppException:
        return None


def host_config(ctx: click.Context) -> Mapping[str, object]:
    """Return the host's configuration; empty outside ``flask``, where only the environment counts."""
    app = host_app(ctx)
    return app.config if app is not None else {}


@contextmanager
def operator_extension(ctx: click.Context) -> Iterator[ZendeskExtension]:
    """Give the plugin of the host's application, or of a small host made for this command and closed after it."""
    from atom_zendesk_plugin.plugin import register
    from atom_zendesk_plugin.standalone import create_app

    app = host_app(ctx)
    if app is not None:
        register(app)
        with app.app_context():
            yield _extension(app)
        return
    with _quiet():
        # No session outlives this command, so its key may be made up.
        app = create_app({"SECRET_KEY": secrets.token_urlsafe(48)})
        with app.app_context():
            extension = _extension(app)
            try:
                yield extension
            finally:
                extension.close()


@contextmanager
def operator_desk(ctx: click.Context) -> Iterator[Desk]:
    """Give the desk of the person at this terminal, who has the service account's settings in hand and so its rights.

    Raises the typed error that says what is missing.
    """
    with operator_extension(ctx) as extension:
        yield extension.desk(operator_caller(extension))


def operator_caller(extension: ZendeskExtension) -> Caller:
    """Return the person at this terminal."""
    settings = extension.settings
    return Caller(
        user_id="operator", tenant_id=settings.tenant, roles=frozenset(settings.service_roles), via="internal"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep advice to operators of a host out of a command's output; the commands tell what matters themselves."""
    logger = logging.getLogger("atom_zendesk_plugin")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _extension(app: Flask) -> ZendeskExtension:
    extension = app.extensions.get("zendesk")
    if extension is None:
        raise click.ClickException("the plugin could not be registered: the lines before this one say why")
    found: ZendeskExtension = extension
    return found
