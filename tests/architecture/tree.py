"""The checkout as these tests see it: its files, without what tools leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "atom_zendesk_plugin"
LEFT_BY_TOOLS = {".git", "__pycache__", "build", "dist", "instance"}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield every file that belongs to the project."""
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_BY_TOOLS or path.name.startswith(".venv") or path.name.endswith((".egg-info", "_cache")):
            continue
        if path.is_dir():
            if path.name not in {".hypothesis", ".idea", ".vscode"}:
                yield from files(path)
        elif path.suffix not in {".pyc", ".db"} and path.name not in {".env.zendesk", ".coverage"}:
            yield path


def python_files() -> Iterator[Path]:
    """Yield every Python file of the project."""
    return (path for path in files() if path.suffix == ".py")


def module_name(path: Path) -> str:
    """Return the name a file of the package, or of the migrations, is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "migrations":
        parts = ("atom_zendesk_plugin", *parts)
    return ".".join(parts).removesuffix(".__init__")
