"""The operations of a family that can be listed, read, made, changed and deleted, from one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    DeskOperation,
    Done,
    Gives,
    Many,
    Method,
    Nothing,
    One,
    Takes,
    given,
)
from atom_zendesk_plugin.desk.values import Fields
from atom_zendesk_plugin.records import Record

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient

ALL = "list get create update delete"


def takes(name: str, /, **fields: Any) -> type[Takes]:
    """Return a struct of what an operation takes: each field by its type, or by type and default."""
    rows = [(field, *told) if isinstance(told, tuple) else (field, told) for field, told in fields.items()]
    made = msgspec.defstruct(name, rows, bases=(Takes,), kw_only=True, frozen=True, forbid_unknown_fields=True)
    return cast(type[Takes], made)


class Order(Takes, kw_only=True, frozen=True):
    ids: Annotated[list[str | int], Meta(min_length=1, max_length=1000, description="All ids, in their new order.")]


def reorder(plural: str, path: str, tag: str, *, called: str = "", example: Sequence[object] = (25, 23, 27)) -> AnyDeskOperation:
    """Return the operation that puts a family into another order; ``plural`` is its name on the client."""
    return DeskOperation(
        name=f"reorder_{plural}", command=f"{plural.replace('_', '-')} reorder", method="PUT", path=f"{path}/reorder", tag=tag,
        takes=Order, gives=Done(), summary=f"Put all {called or plural.replace('_', ' ')} into another order",
        example={"ids": list(example)}, do=lambda zendesk, asked: getattr(zendesk, plural).reorder(asked.ids),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Resource:
    """One family of the client: what ``resource`` takes, completed."""

    single: str
    plural: str
    called: str
    group: str
    family: Callable[..., Any]
    path: str
    tag: str
    kind: type[Record]
    variable: str
    root: str
    key: str
    filters: Mapping[str, Any]
    example: Mapping[str, Any] | None
    everyday: bool

    def row(self, verb: str) -> AnyDeskOperation:
        """Return the operation of one verb."""
        row: AnyDeskOperation = getattr(self, f"_{verb}")()
        return row

    def _list(self) -> AnyDeskOperation:
        taken = takes(f"{_camel(self.plural)}Filter", **self.filters) if self.filters else Nothing
        many = self.called.removesuffix(self.single.replace("_", " ")) + self.plural.replace("_", " ")
        if self.called.endswith("policy"):
            many = f"{self.called.removesuffix('policy')}policies"

        def do(zendesk: ZendeskClient, asked: Takes, *ids: object) -> object:
            family = self.family(zendesk, *ids)
            return family.list(filters=given(asked)) if self.filters else family.list()

        return self._made("list", "GET", self.path, f"List {many}", taken, Many(self.root, self.kind), do)

    def _get(self) -> AnyDeskOperation:
        def do(zendesk: ZendeskClient, _: Takes, *ids: object) -> object:
            return self.family(zendesk, *ids[:-1]).get(ids[-1])

        return self._made("get", "GET", self._one, f"Show {self._a}", Nothing, One(self.key, self.kind), do)

    def _create(self) -> AnyDeskOperation:
        def do(zendesk: ZendeskClient, asked: Takes, *ids: object) -> object:
            return self.family(zendesk, *ids).create(getattr(asked, self.key))

        gives, example = One(self.key, self.kind), self._example(self.example)
        return self._made("create", "POST", self.path, f"Make {self._a}", self._body, gives, do, example=example)

    def _update(self) -> AnyDeskOperation:
        def do(zendesk: ZendeskClient, asked: Takes, *ids: object) -> object:
            return self.family(zendesk, *ids[:-1]).update(ids[-1], getattr(asked, self.key))

        example = self._example(dict(list((self.example or {}).items())[:1]))
        told = "Fields left out stay as they are; lists inside are replaced whole."
        gives = One(self.key, self.kind)
        return self._made("update", "PUT", self._one, f"Change {self._a}", self._body, gives, do, example=example, description=told)

    def _delete(self) -> AnyDeskOperation:
        def do(zendesk: ZendeskClient, _: Takes, *ids: object) -> object:
            return self.family(zendesk, *ids[:-1]).delete(ids[-1])

        return self._made("delete", "DELETE", self._one, f"Delete {self._a}", Nothing, Done(), do, destroys=True)

    @property
    def _one(self) -> str:
        return f"{self.path}/{{{self.variable}}}"

    @property
    def _a(self) -> str:
        return f"{'an' if self.called[0] in 'aeioS' else 'a'} {self.called}"

    @property
    def _body(self) -> type[Takes]:
        return takes(f"{_camel(self.single)}Fields", **{self.key: Fields})

    def _example(self, fields: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        return {self.key: dict(fields)} if fields else None

    def _made(
        self, verb: str, method: Method, path: str, summary: str, taken: type[Takes], gives: Gives, do: Callable[..., object], **more: Any
    ) -> AnyDeskOperation:
        name = f"{verb}_{self.plural if verb == 'list' else self.single}"
        return DeskOperation(
            name=name, command=f"{self.group} {verb}", method=method, path=path, summary=summary, tag=self.tag, takes=taken, gives=gives,
            do=do, everyday=self.everyday, **more,
        )  # fmt: skip


def resource(
    single: str,
    *,
    family: Callable[..., Any],
    path: str,
    tag: str,
    plural: str = "",
    called: str = "",
    kind: type[Record] = Record,
    verbs: str = ALL,
    variable: str = "",
    group: str = "",
    root: str = "",
    key: str = "",
    filters: Mapping[str, Any] | None = None,
    example: Mapping[str, Any] | None = None,
    everyday: bool = False,
) -> tuple[AnyDeskOperation, ...]:
    """Return the operations of one family of the client.

    ``single`` and ``plural`` name it; ``called`` is how a sentence does. ``family`` takes the client and the ids in ``path``, the place of
    the list. ``root`` and ``key`` are Zendesk's names of a list and of one record where they differ. ``filters`` are what the list takes.
    ``example`` holds the fields of one to make.
    """
    plural = plural or f"{single}s"
    told = _Resource(
        single=single, plural=plural, called=called or single.replace("_", " "), group=group or plural.replace("_", "-"), family=family,
        path=path, tag=tag, kind=kind, variable=variable or f"{single}_id", root=root or plural, key=key or single,
        filters=filters or {}, example=example, everyday=everyday,
    )  # fmt: skip
    return tuple(told.row(verb) for verb in verbs.split())


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
