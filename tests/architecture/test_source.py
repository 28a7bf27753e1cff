"""The form of the source: small files and functions, docstrings, nothing that belongs elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, files, python_files

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

FORBIDDEN = {
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
    "a path of one machine": re.compile(r"(?<![\w.])/(work|root|opt|home)/"),
    "material beside the checkout": re.compile(r"\bshared/"),
    "the number of an issue": re.compile(r"\b(issue|ticket|PR|pull request) #\d+", re.IGNORECASE),
    "the address of a package index": re.compile(r"pypi\.org/simple|files\.pythonhosted|--(extra-)?index-url http"),
}
# .ci/run alone knows where recorded answers lie beside a checkout.
ALLOWED = {("material beside the checkout", ".ci/run")}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", list(python_files()), ids=relative)
def test_python_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    if text.strip():
        assert ast.get_docstring(tree), "the module has no docstring"
        code = [node for node in tree.body if not isinstance(node, ast.Expr)]
        if code:
            assert "from __future__ import annotations" in text
    assert len(text.splitlines()) <= MOST_LINES
    for function in functions(tree):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= MOST_LINES_OF_A_FUNCTION, f"{function.name} has {lines} lines"


@pytest.mark.parametrize("path", list(files(PACKAGE)), ids=relative)
def test_no_file_is_named_for_a_drawer(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc", "enhanced"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_has(what: str) -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in files()
        if path != Path(__file__) and (what, relative(path)) not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert not found, f"{what}: {', '.join(found)}"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("unfinished work", "# TODO later"),
        ("a path of one machine", 'open("/home/me/x")'),
        ("material beside the checkout", "../shared/x"),
        ("the number of an issue", "see issue #12"),
        ("the address of a package index", "--index-url https://example.org"),
    ],
)
def test_each_pattern_finds_what_it_is_for(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-oldest.lock"])
def test_lock_files_have_versions_and_hashes_only(lock: str) -> None:
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+.*\\$|    --hash=sha256:[0-9a-f]{64}( \\)?$| *#|$", line), line
        assert "://" not in line
