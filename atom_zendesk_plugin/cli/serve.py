"""``serve``: the plugin on its own, as a small service behind the best server that is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from flask import Flask

Server = Literal["gunicorn", "waitress", "werkzeug"]


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=5058, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 512), default=16, show_default=True, help="Requests at a time.")
@click.option(
    "--server",
    type=click.Choice(["gunicorn", "waitress", "werkzeug"]),
    help="The first that is installed when left out.",
)
def serve_command(host: str, port: int, threads: int, server: Server | None) -> None:
    """Serve the plugin in a minimal host until Ctrl-C.

    Each request holds a thread while Zendesk is asked: --threads is how many people can wait at the same time.
    """
    from atom_zendesk_plugin.standalone import create_app

    chosen = server or best_server()
    if chosen == "werkzeug" and server is None:
        click.echo(
            "Neither gunicorn nor waitress is installed (pip install 'atom-zendesk-plugin[serve]'): for trying only.",
            err=True,
        )
    try:
        {"gunicorn": _gunicorn, "waitress": _waitress, "werkzeug": _werkzeug}[chosen](create_app, host, port, threads)
    except OSError as error:
        raise click.UsageError(f"{host} port {port} cannot be used: {error.strerror or error}") from error


def best_server() -> Server:
    """Return the best server that can be imported here; gunicorn does not run on Windows."""
    if importlib.util.find_spec("fcntl") and importlib.util.find_spec("gunicorn"):
        return "gunicorn"
    return "waitress" if importlib.util.find_spec("waitress") else "werkzeug"


def _gunicorn(create: Callable[[], Flask], host: str, port: int, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Service(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            # One process: pacing and caches in memory are then shared by all requests, whatever the database.
            self.cfg.set("workers", 1)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", threads)
            self.cfg.set("accesslog", "-")
            if "control_socket_disable" in self.cfg.settings:
                # Newer versions open a socket in the home folder to be steered by; a service has a supervisor for that.
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Flask:
            # In the worker, not before the fork: no lock or connection is ever shared with the master process.
            return create()

    Service().run()


def _waitress(create: Callable[[], Flask], host: str, port: int, threads: int) -> None:
    from waitress import serve

    click.echo(f"Serving on http://{host}:{port} with {threads} threads; Ctrl-C stops.", err=True)
    serve(create(), host=host, port=port, threads=threads)


def _werkzeug(create: Callable[[], Flask], host: str, port: int, threads: int) -> None:
    from werkzeug.serving import make_server

    server = make_server(host, port, create(), threaded=True)
    click.echo(
        f"Serving on http://{host}:{server.server_port}, without a limit of {threads} threads; Ctrl-C stops.", err=True
    )
    try:
        server.serve_forever()
    finally:
        server.server_close()
