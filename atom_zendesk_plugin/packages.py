"""Which Python packages the plugin uses, and what each of them is for. Found without importing them: some take a third of a second.

Extend by adding a row when a feature needs another package.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """``module`` is what is imported, ``install`` what is installed. ``required`` packages come with the plugin."""

    module: str
    install: str
    feature: str
    required: bool = True


PACKAGES: tuple[Package, ...] = (
    Package(module="msgspec", install="msgspec", feature="every route except health"),
    Package(module="requests", install="requests", feature="talking to Zendesk"),
    Package(module="sqlalchemy", install="sqlalchemy", feature="remembering creations and sharing the rate limit"),
    Package(module="alembic", install="alembic", feature="making the plugin's tables"),
    Package(module="spectree", install="spectree", feature="the OpenAPI document"),
    Package(module="offapi", install="offapi", feature="the API pages"),
    Package(module="joserfc", install="joserfc", feature="identifying users by ATOM's tokens"),
    Package(module="authlib", install="authlib", feature="connecting accounts of single users", required=False),
    Package(module="cryptography", install="cryptography", feature="storing secrets", required=False),
    Package(module="psycopg", install="atom-zendesk-plugin[postgres]", feature="PostgreSQL", required=False),
    Package(module="loguru", install="loguru", feature="log lines in Loguru", required=False),
)


def is_there(module: str) -> bool:
    """Tell whether a package can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        # An import hook that refuses, or a module put into sys.modules by hand.
        return False


def missing() -> Iterator[Package]:
    """Yield the packages that are not there."""
    return (package for package in PACKAGES if not is_there(package.module))


def cure(package: Package) -> str:
    """Say how a missing package is installed."""
    return f"install {package.install} into the host's environment (pip install {package.install!r}) and restart the host"
