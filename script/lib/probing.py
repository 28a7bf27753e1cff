"""Which call each method of the client makes: found by calling it, on an adapter that notes the request and answers nothing.

A new method is found without being listed. Arguments are made up by their types; a method whose calls can't be found this way raises.
"""

from __future__ import annotations

import inspect
import io
import random
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from atom_zendesk_plugin.client.api import ZendeskClient, build_client
from atom_zendesk_plugin.client.resources.export_pages import Place
from atom_zendesk_plugin.client.resources.families import Families, Family
from atom_zendesk_plugin.clock import ManualClock
from atom_zendesk_plugin.config import load_settings
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import AttachedFile, Attachment

BASE = "https://example.zendesk.com"
RESOURCES = "atom_zendesk_plugin.client.resources."
NUMBER, TEXT = 7, "key"
_MADE_UP = re.compile(rf"(?<=/)({NUMBER}|{TEXT})(?=/|$)")


@dataclass(frozen=True, slots=True, order=True)
class Made:
    """A call that a method makes: ``method`` of the client as ``tickets.get``, and where it goes."""

    name: str
    verb: str
    path: str

    @property
    def template(self) -> str:
        """The path with ``{}`` for each made-up argument."""
        return _MADE_UP.sub("{}", self.path)


class _Noted(Exception):
    """No error: the way out of a call whose request is known."""

    def __init__(self, verb: str, path: str) -> None:
        super().__init__(verb, path)
        self.verb, self.path = verb, path


class _Ear(BaseAdapter):
    """Notes a request instead of sending it."""

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        raise _Noted(request.method or "", urlsplit(request.url or "").path)

    def close(self) -> None:
        """Nothing is held."""


def calls() -> list[Made]:
    """Return every call of every method of the client, in the order of the names."""
    return sorted({made for name in families() for made in _of_resource(name, getattr(_client(), name))})


def families() -> list[str]:
    """Return the names of the client's resources."""
    listed = [name for name, value in vars(Families).items() if isinstance(value, Family)]
    return [*listed, *(name for name, value in vars(ZendeskClient).items() if _is_resource_property(value))]


def methods(resource: object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods of a resource."""
    for name, value in inspect.getmembers(resource, callable):
        if not name.startswith("_") and not inspect.isclass(value):
            yield name, value


def _of_resource(name: str, resource: object) -> Iterator[Made]:
    for verb, method in methods(resource):
        found = [*_of_method(f"{name}.{verb}", method)]
        if not found:
            raise LookupError(f"no call of {name}.{verb} was found")
        yield from found


def _of_method(name: str, method: Callable[..., Any]) -> Iterator[Made]:
    for arguments in _variants(method):
        try:
            result = method(**arguments)
            if type(result).__module__.startswith(RESOURCES):
                yield from _of_resource(f"{name}()", result)
            elif isinstance(result, Iterator):
                next(result)
        except _Noted as noted:
            yield Made(name, noted.verb, noted.path)
        except InvalidInput:
            continue  # these arguments don't go together; others will


def _variants(method: Callable[..., Any]) -> Iterator[dict[str, object]]:
    """Yield arguments: the required ones, with every choice of each; and once more with each optional id or name."""
    hints = get_type_hints(method)
    given = inspect.signature(method).parameters.values()
    needed = {one.name: _values(hints[one.name]) for one in given if one.default is one.empty}
    options = {one.name: hints[one.name] for one in given if one.default is None}
    base = {name: values[0] for name, values in needed.items()}
    yield base
    yield from ({**base, name: value} for name, values in needed.items() for value in values[1:])
    for name, hint in options.items():
        if name.endswith("_id") or name == "name":
            yield {**base, name: _values(hint)[0]}


def _values(hint: Any) -> list[Any]:
    """Return values of a type, one or all of a closed choice."""
    if get_origin(hint) is Literal:
        return [*get_args(hint)]
    if isinstance(hint, types.UnionType) or get_origin(hint) is typing.Union:
        return _values(next(part for part in get_args(hint) if part is not type(None)))
    if get_origin(hint) in (Sequence, Iterable):
        return [[_values(get_args(hint)[0])[0]]]
    if get_origin(hint) is Mapping:
        return [{"id": NUMBER}]
    return [_SIMPLE[hint]()]


_SIMPLE: Mapping[Any, Callable[[], object]] = {
    int: lambda: NUMBER,
    str: lambda: TEXT,
    bool: lambda: True,
    object: lambda: NUMBER,
    BinaryIO: lambda: io.BytesIO(b"x"),
    Place: lambda: Place(start_time=1),
    Attachment: lambda: Attachment(content_url=f"{BASE}/attachments/token/{TEXT}"),
    AttachedFile: lambda: AttachedFile(content_url=f"{BASE}/attachments/token/{TEXT}"),
}


def _is_resource_property(value: object) -> bool:
    if not isinstance(value, property) or value.fget is None:
        return False
    hint = get_type_hints(value.fget).get("return")
    return inspect.isclass(hint) and hint.__module__.startswith(RESOURCES)


def _client() -> ZendeskClient:
    settings = load_settings({"ZENDESK_SUBDOMAIN": "example", "ZENDESK_ACCESS_TOKEN": "t"}, {})
    return build_client(
        settings, account_key="default/example", clock=ManualClock(), rng=random.Random(1), adapter=_Ear()
    )
