"""What a host gets: the package with its data, the migrations under it, the manifest, and nothing else."""

from __future__ import annotations

import ast
import configparser
import sys
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from atom_zendesk_plugin import __version__
from tests.architecture.tree import PACKAGE, ROOT, files

DIST_INFO = f"atom_zendesk_plugin-{__version__}.dist-info"
DATA = f"atom_zendesk_plugin-{__version__}.data/data/share/atom/plugins/zendesk"

# What is imported, and what it is called where it is installed from.
DISTRIBUTIONS = {"jwt": "pyjwt", "psycopg": "psycopg", "flask_sqlalchemy": "flask-sqlalchemy"}
# Used only where the host has it; never required.
HOST_OWN = {"loguru"}


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def expected() -> Iterator[str]:
    for path in (*files(PACKAGE), *files(ROOT / "migrations")):
        parts = path.relative_to(ROOT).parts
        yield "/".join(("atom_zendesk_plugin", *parts) if parts[0] == "migrations" else parts)
    yield f"{DATA}/plugin.toml"
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt", "licenses/LICENSE"):
        yield f"{DIST_INFO}/{name}"


def test_it_holds_the_package_and_nothing_else(names: set[str]) -> None:
    assert names == set(expected())


def test_it_is_typed(names: set[str]) -> None:
    assert "atom_zendesk_plugin/py.typed" in names


def test_its_metadata(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        told = Parser().parsestr(archive.read(f"{DIST_INFO}/METADATA").decode())
        entries = archive.read(f"{DIST_INFO}/entry_points.txt").decode()
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("atom-zendesk-plugin", __version__, ">=3.11")
    assert str(told.get_payload()).startswith("# atom_zendesk_plugin")
    assert "Typing :: Typed" in told.get_all("Classifier", [])
    assert "zendesk = atom_zendesk_plugin.plugin" in entries
    assert "atom-zendesk = atom_zendesk_plugin.cli:main" in entries


def test_the_list_of_packages_is_the_list_of_folders(setup: configparser.ConfigParser) -> None:
    folders = {path.parent for path in (*files(PACKAGE), *files(ROOT / "migrations")) if path.suffix == ".py"}
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    there = {name if name.startswith("atom") else f"atom_zendesk_plugin.{name}" for name in found}
    assert set(setup["options"]["packages"].split()) == there


def test_what_is_imported_is_required(setup: configparser.ConfigParser) -> None:
    required = {Requirement(line).name for line in setup["options"]["install_requires"].split("\n") if line}
    extras = setup["options.extras_require"]
    optional = {
        Requirement(line).name
        for extra in ("postgres", "redis", "serve", "zenpy")
        for line in extras[extra].split("\n")
        if line and not line.startswith("#")
    }
    known = {canonicalize_name(name) for name in required | optional} | HOST_OWN
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files(PACKAGE)
        if path.suffix == ".py"
        for name in imported(path)
        if canonicalize_name(DISTRIBUTIONS.get(name, name)) not in known
    }
    assert not unknown


def imported(path: Path) -> set[str]:
    """Return the top-level names a file imports that are neither of the standard library nor ours, type checking left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"atom_zendesk_plugin"}
