"""Which operation a path has, without a rule of Flask for each: Werkzeug compiles every rule anew for every app, and there are hundreds.

The table is made once per process, at the first request for it. Words win over variables, as in Flask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from atom_zendesk_plugin.web.operations import API, AnyOperation

Methods = Mapping[str, AnyOperation]


@dataclass(frozen=True, slots=True)
class Match:
    """What a path has: its operations by method, and the texts of the variables by name, for each method its own names."""

    methods: Methods
    texts: tuple[str, ...]

    def variables(self, method: str) -> dict[str, str]:
        """Return the variables as the operation of this method names them."""
        return dict(zip(self.methods[method].variables, self.texts, strict=True))


@dataclass(slots=True)
class _Node:
    words: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    methods: dict[str, AnyOperation] = field(default_factory=dict)

    def grow(self, part: str) -> _Node:
        if not part.startswith("{"):
            return self.words.setdefault(part, _Node())
        self.variable = self.variable or _Node()
        return self.variable

    def find(self, parts: tuple[str, ...], method: str) -> tuple[list[Match], Match | None]:
        """Return every node that fits, and the first of them that takes the method."""
        fitting = list(self._fitting(parts, ()))
        return fitting, next((match for match in fitting if method in match.methods), None)

    def _fitting(self, parts: tuple[str, ...], texts: tuple[str, ...]) -> Iterable[Match]:
        if not parts:
            if self.methods:
                yield Match(self.methods, texts)
            return
        if parts[0] in self.words:
            yield from self.words[parts[0]]._fitting(parts[1:], texts)
        if self.variable is not None and parts[0]:
            yield from self.variable._fitting(parts[1:], (*texts, parts[0]))


class Router:
    """The operations of a table by path and method."""

    def __init__(self, operations: Iterable[AnyOperation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for part in operation.path.removeprefix(f"{API}/").split("/"):
                node = node.grow(part)
            node.methods.setdefault(operation.method, operation)

    def find(self, path: str, method: str) -> tuple[Match | None, tuple[str, ...]]:
        """Return what answers a method on a path under ``/api/zendesk/``, and the methods the path takes; none: there is no such path."""
        fitting, found = self._root.find(tuple(path.split("/")), method)
        return found, tuple(sorted({name for match in fitting for name in match.methods}))


@cache
def desk_router() -> Router:
    """Return the router of all operations under ``/api/zendesk``; most of the core's are reached by rules of their own before."""
    from atom_zendesk_plugin.web.routes import every_operation

    return Router(operation for operation in every_operation() if operation.path.startswith(f"{API}/"))
