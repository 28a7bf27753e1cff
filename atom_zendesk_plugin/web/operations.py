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
AUTH = "/auth/zendesk"
SERVICES = "/api/services/zendesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Q, B]):
    """One request, checked: what a handler works with. What people sent is in no representation.

    ``ids`` and ``keys`` are the variables of its path, numbers and texts. ``caller`` is None only where an operation
    is open to everybody. ``account`` is the one the path or the query names. ``browser`` is the secret of the browser's cookie, None
    without one.
    """

    parts: Parts
    caller: Caller | None
    query: Q = field(repr=False)
    body: B = field(repr=False)
    ids: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    browser: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None

    def who(self) -> Caller:
        """Return the caller of an operation that is not open to everybody."""
        if self.caller is None:
            raise AuthRequired
        return self.caller

    def desk(self) -> Desk:
        """Return the caller's desk on the account. Raises NotConnected, NotFound, ConfigError or DependencyMissing."""
        return self.parts.desk(self.who(), self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler returns. ``bare`` ones are sent as they are, without the envelope; ``browser`` is the secret to give the browser."""

    data: object = field(repr=False)
    status: int = 200
    message: str | None = None
    bare: bool = False
    browser: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Q, B]):
    """One method on one path.

    ``path`` has its variables in braces: ``{account}`` is the short name of an account, every other the id or the key of a record.
    ``reply`` is the struct under ``data`` (or the whole body when ``bare``); ``lifted`` are fields of it that older readers look for
    beside ``data``, by the name they have there. ``also``: further statuses of an answer that worked. ``starts``: a sign-in, which a
    browser that opens the path as a page begins at once.
    """

    method: Method
    path: str
    handler: Callable[[Call[Q, B]], Answer]
    summary: str
    tag: str
    reply: type[msgspec.Struct]
    query: type[Q]
    body: type[B]
    status: int = 200
    also: tuple[int, ...] = ()
    identified: bool = True
    bare: bool = False
    keyed: bool = False
    starts: bool = False
    lifted: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    example: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """A name no other operation has, such as ``get_api_zendesk_tickets``; endpoint and operation id."""
        slug = self.path.translate(str.maketrans("/-", "__", "{}")).strip("_")
        return f"{self.method.lower()}_{slug}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


AnyOperation = Operation[Any, Any]
