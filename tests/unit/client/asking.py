"""Tables of calls: what a method of the client sends, by the method's own name, so that none can be left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.client.wire import Answer, Rig, rig

JOB = {"job_status": {"id": "V3-0123456789abcdef0123456789abcdef", "status": "queued", "results": None}}
CURSOR: Mapping[str, str] = {"page[size]": "100"}
NUMBER: Mapping[str, str] = {"page": "1", "per_page": "100"}


@dataclass(frozen=True, slots=True)
class Case:
    """One call: ``name`` as ``tickets.merge``, ``asked`` as ``POST /tickets/1/merge``.

    ``within`` are the arguments of a ``()`` in the name.
    """

    name: str
    args: tuple[Any, ...]
    asked: str
    answer: object = None
    body: object = None
    params: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Usual:
    """A resource with the usual verbs: ``verbs`` are letters of list, get, create, update, delete and all."""

    name: str
    path: str
    root: str
    single: str
    verbs: str = "lgcud"
    params: Mapping[str, str] = field(default_factory=lambda: CURSOR)
    changes_by: str = "PUT"
    within: tuple[Any, ...] = ()

    def cases(self) -> Iterator[Case]:
        """Yield one case for each verb."""
        empty: object = {self.root: []}
        one: object = {self.single: {"id": "9"} if self.name in TEXT_IDS else {"id": 9}}
        for letter, verb, args, asked, answer, body in (
            ("l", "page", (), f"GET {self.path}", empty, None),
            ("l", "pages", (), f"GET {self.path}", empty, None),
            ("l", "list", (), f"GET {self.path}", empty, None),
            ("a", "all", (), f"GET {self.path}", empty, None),
            ("g", "get", (9,), f"GET {self.path}/9", one, None),
            ("c", "create", ({"a": 1},), f"POST {self.path}", one, {self.single: {"a": 1}}),
            ("u", "update", (9, {"a": 1}), f"{self.changes_by} {self.path}/9", one, {self.single: {"a": 1}}),
            ("d", "delete", (9,), f"DELETE {self.path}/9", None, None),
        ):
            if letter in self.verbs:
                params = self.params if letter in "la" else {}
                yield Case(f"{self.name}.{verb}", args, asked, answer, body, params, within=self.within)


TEXT_IDS = frozenset({"custom_objects.records()"})


def ask(case: Case) -> Rig:
    """Make the call and return what it was made on."""
    there = rig(Answer(204 if case.answer is None else 200, case.answer))
    target: Any = there.client
    for word in case.name.split("."):
        target = getattr(target, word.removesuffix("()"))
        if word.endswith("()"):
            target = target(*case.within)
    result = target(*case.args, **case.named)
    if isinstance(result, Iterator):
        for _ in result:
            assert case.answer is not None
    return there


def check(case: Case) -> None:
    """Fail unless exactly this was sent, once."""
    there = ask(case)
    sent = there.wire.sent[0]
    assert f"{sent.method} {sent.path.removeprefix('/api/v2')}" == case.asked
    assert sent.params == dict(case.params)
    assert (sent.json if sent.body else None) == case.body
    assert len(there.wire.sent) == 1


def name_of(case: Case) -> str:
    """Return what a test of this case is called."""
    return re.sub(r"\W+", "-", f"{case.name} {case.asked}")


def names(cases: Iterable[Case]) -> set[str]:
    """Return which methods these cases call."""
    return {case.name for case in cases}
