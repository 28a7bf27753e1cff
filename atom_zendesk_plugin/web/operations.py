"""What an operation of the API is: one row from which its route, its checks and its documentation are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

from atom_zendesk_plugin.errors import AuthRequired
from atom_zendesk_plugin.web.fields import Body, Query

if TYPE_CHECKING:
    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.desk.desk import Desk
    from atom_zendesk_plugin.web.parts import Parts

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)
Method = Literal["GET", "POST", "PUT", "DELETE"]

API = "/api/zendesk"
UI = "/api/integrations/zendesk"
PAGES = "/zendesk"
SERVICES = "/api/services/zendesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Q, B]):
    """One request, checked: what a handler works with. ``caller`` is None only where an operation is open to everybody."""

    parts: Parts
    caller: Caller | None
    query: Q
    body: B
    ids: Mapping[str, int] = field(default_factory=dict)
    idempotency_key: str | None = None

    def desk(self) -> Desk:
        """Return the caller's desk. Raises NotConnected, ConfigError or DependencyMissing."""
        if self.caller is None:
            raise AuthRequired
        return self.parts.desk(self.caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler returns. ``bare`` answers are sent as they are, without the envelope."""

    data: object
    status: int = 200
    message: str | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Q, B]):
    """One method on one path. ``path`` names ids in braces; ``reply`` is the struct under ``data`` (or the whole body when ``bare``)."""

    method: Method
    path: str
    handler: Callable[[Call[Q, B]], Answer]
    summary: str
    tag: str
    reply: type[msgspec.Struct]
    query: type[Q]
    body: type[B]
    status: int = 200
    identified: bool = True
    bare: bool = False
    keyed: bool = False
    description: str = ""
    example: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """A name no other operation has, such as ``get_api_zendesk_tickets``; endpoint and operation id."""
        slug = self.path.translate(str.maketrans("/-", "__", "{}")).strip("_")
        return f"{self.method.lower()}_{slug}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the ids in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


AnyOperation = Operation[Any, Any]
