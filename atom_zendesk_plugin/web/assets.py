"""The files pages are made of: our own, and the two of Swagger UI that the ``offapi`` package carries. Nothing comes from a CDN."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Response, send_from_directory

from atom_zendesk_plugin.errors import DependencyMissing

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
SWAGGER_FILES = frozenset({"swagger_bundle.js", "swagger_style.css"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def swagger_folder() -> Path:
    """Return where Swagger UI's files are, without importing the package that has them. Raises DependencyMissing."""
    try:
        found = find_spec("offapi")
    except (ImportError, ValueError):
        found = None
    folder = Path(found.origin).parent if found is not None and found.origin is not None else None
    if folder is None or not all((folder / name).is_file() for name in SWAGGER_FILES):
        raise DependencyMissing("offapi", "The documentation page")
    return folder


def send_asset(folder: Path, name: str) -> Response:
    """Return a file of a folder, to be asked again at each visit whether it is still the same. Raises NotFound."""
    response = send_from_directory(folder, name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
