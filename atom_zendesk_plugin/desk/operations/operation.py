"""What can be done at the desk: one row from which its route, its command, its workflow action and its agent tool are made.

A row says what an operation is called, where it is among the routes, what it takes and gives, and how it is done with a client. Extend by
adding a row to the module of its family; see ``resource`` for families that only list, read, make, change and delete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.desk.values import Id
from atom_zendesk_plugin.records import Record

Method = Literal["GET", "POST", "PUT", "DELETE"]


class Takes(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What an operation takes beside the ids in its path. Its representation shows none of it: most are people's words."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Nothing(Takes, kw_only=True, frozen=True):
    """What an operation takes that needs only the ids in its path."""


@dataclass(frozen=True, slots=True)
class One:
    """One record, under this key."""

    key: str
    kind: type[Record] = Record


@dataclass(frozen=True, slots=True)
class Many:
    """A list of records, under this key: up to a limit, with a cursor that leads on."""

    key: str
    kind: type[Record] = Record


@dataclass(frozen=True, slots=True)
class Job:
    """A job that Zendesk works on by itself; ``get_job`` tells what became of it."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are."""


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words, under this key."""

    key: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing but that it was done."""


@dataclass(frozen=True, slots=True)
class Told:
    """A value with fields of its own."""

    kind: type[msgspec.Struct]


Gives = One | Many | Job | Count | Words | Done | Told

T = TypeVar("T", bound=Takes)

_VARIABLE = re.compile(r"\{([a-z_]+)\}")
TextId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,128}$", description="The key or id, as Zendesk gave it.")]
TEXT_IDS = frozenset(
    {"job_id", "object_key", "record_id", "conversation_id", "skill_id", "value_id", "policy_id", "category_id", "webhook_id",
     "invocation_id", "tool", "upload_token", "merge_id", "option_id", "field_key", "trigger_key", "response_id", "schedule_id", "queue_id"}
)  # fmt: skip
"""The variables of paths that are no whole numbers, or not always."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeskOperation(Generic[T]):
    """One thing that can be done.

    ``name`` is what actions and tools call it, such as ``merge_tickets``; ``command`` its words on the command line. ``path`` lies
    under ``/api/zendesk`` and has its variables in braces, in the order ``do`` takes them after the client and what was given.
    ``everyday``: agents and workflows are offered it; the others set an account up. ``destroys``: what it takes away does not come back.
    """

    name: str
    command: str
    method: Method
    path: str
    summary: str
    tag: str
    gives: Gives
    do: Callable[..., object] = field(repr=False)
    takes: type[T]
    description: str = ""
    example: Mapping[str, Any] | None = None
    everyday: bool = False
    destroys: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the ids in the path, in their order."""
        return tuple(_VARIABLE.findall(self.path))

    @property
    def pages(self) -> bool:
        """Whether it gives a list that is read up to a limit, from a cursor on. A change gives its records all at once."""
        return self.method == "GET" and isinstance(self.gives, Many)

    @property
    def reads(self) -> bool:
        """Whether nothing is changed by it. Zendesk has a few questions that are asked by POST; ``path`` tells those."""
        return self.method == "GET" or self.path.endswith(("/preview", "/preview/count", "/autocomplete", "/search"))


AnyDeskOperation = DeskOperation[Any]


def id_type(variable: str) -> Any:
    """Return the type of a variable in a path."""
    return TextId if variable in TEXT_IDS else Id


def given(takes: Takes) -> dict[str, Any]:
    """Return the fields that were given, without those left out (None: the default of an optional one)."""
    pairs = ((name, getattr(takes, name)) for name in takes.__struct_fields__)
    return {name: value for name, value in pairs if value is not None}

