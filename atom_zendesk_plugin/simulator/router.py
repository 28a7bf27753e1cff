"""Which route answers a path: templates compiled once into a tree of path segments.

A literal segment wins over a parameter (``users/me`` over ``users/{id}``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from atom_zendesk_plugin.simulator.exchange import Route


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for a path. ``route`` is None when the path exists only for the methods in ``allowed``."""

    route: Route | None
    ids: Mapping[str, str]
    allowed: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """Finds routes by method and path; raises ValueError for two routes with one method and template."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> Match | None:
        """Return the match, None for a path nobody knows. HEAD is answered by the route for GET."""
        wanted = "GET" if method == "HEAD" else method
        found = self._walk(self._root, path.strip("/").split("/"), ())
        allowed: set[str] = set()
        for node, values in found:
            if wanted in node.routes:
                route, names = node.routes[wanted]
                return Match(route, dict(zip(names, values, strict=True)), ())
            allowed |= set(node.routes)
        return Match(None, {}, tuple(sorted(allowed))) if allowed else None

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in route.template.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        if route.method in node.routes:
            raise ValueError(f"two routes for {route.method} {route.template}: remove one of them")
        node.routes[route.method] = (route, tuple(names))

    def _walk(
        self, node: _Node, segments: list[str], values: tuple[str, ...]
    ) -> Iterable[tuple[_Node, tuple[str, ...]]]:
        """Yield the end nodes of a path, literal ways first."""
        if not segments:
            if node.routes:
                yield node, values
            return
        first, rest = segments[0], segments[1:]
        if first in node.literal:
            yield from self._walk(node.literal[first], rest, values)
        if node.parameter is not None and first:
            yield from self._walk(node.parameter, rest, (*values, first))
