"""One item of a bulk run as a person gives it, made into what Zendesk is sent: by the checks that the single verbs have.

An item is an id, or an object; which fields it may have is the kind's own matter. Extend by adding a row to ``_MAKING`` or ``_CHANGING``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.bulk.model import KINDS, MAKING, VERBS, Fields, NewItem, Verb
from atom_zendesk_plugin.desk.people import new_user, user_changes
from atom_zendesk_plugin.desk.places import new_organization, organization_changes
from atom_zendesk_plugin.desk.ticket_fields import changes_of, new_ticket
from atom_zendesk_plugin.desk.vocabulary import STATUSES, Kind, one_of
from atom_zendesk_plugin.errors import InvalidInput

MARKER: Final = "atom_bulk"
"""The key in an audit's metadata under which a change with a comment names its run."""
MOST_COMMENTS: Final = 5_000

Named = Callable[[Kind, Fields], Fields]
"""Makes ids of custom fields that are told by name."""

_MAKING: Mapping[Kind, Callable[[Mapping[str, object]], Fields]] = {
    "tickets": new_ticket, "users": new_user, "organizations": new_organization,
}  # fmt: skip
_CHANGING: Mapping[Kind, Callable[[Mapping[str, object]], Fields]] = {
    "tickets": changes_of, "users": user_changes, "organizations": organization_changes,
}  # fmt: skip
_NEEDED: Mapping[Kind, str] = {"tickets": "subject", "users": "name", "organizations": "name"}
_MOMENTS: Final = ("created_at", "updated_at", "solved_at")
_SAID: Final = ("value", "html_body", "author_id", "created_at", "public")


def check_kind(kind: object, verb: object) -> tuple[Kind, Verb]:
    """Return kind and verb when there is such a run. Raises InvalidInput."""
    known: Kind = one_of(kind, KINDS, "kind")  # type: ignore[assignment]  # one of them
    done: Verb = one_of(verb, VERBS, "verb")  # type: ignore[assignment]  # one of them
    if known != "tickets" and done in ("add_tags", "remove_tags", "import"):
        raise InvalidInput(f"{done} is for tickets only.", field="verb", accepted=["tickets"])
    return known, done


def shared_changes(kind: Kind, verb: Verb, changes: Mapping[str, object] | None, *, named: Named) -> Fields:
    """Return what every record of the run gets, empty for verbs whose items say it themselves. Raises InvalidInput."""
    given = dict(changes or {})
    if verb == "update":
        return named(kind, _CHANGING[kind](given))
    if verb in ("add_tags", "remove_tags"):
        if set(given) != {"tags"} or not (tags := checks.tags(given["tags"], "tags")):
            raise InvalidInput(f"{verb} takes changes with tags alone, at least one.", field="changes")
        return {"additional_tags" if verb == "add_tags" else "remove_tags": tags}
    if given:
        raise InvalidInput(f"{verb} takes no changes: each item says its own.", field="changes")
    return {}


class Rows:
    """Makes the items of one run, in order, and refuses what would hit one record twice."""

    def __init__(self, kind: Kind, verb: Verb, *, run_id: int, named: Named) -> None:
        self._kind, self._verb, self._run_id, self._named = kind, verb, run_id, named
        self._seen: set[bytes | int] = set()

    def item(self, position: int, given: object) -> NewItem:
        """Return an item as it will be sent. Raises InvalidInput that names the field."""
        if self._verb in MAKING:
            return self._new(position, _object(given))
        if self._verb == "update_each":
            row = _object(given)
            target = self._target(row.pop("id", None))
            return NewItem(position=position, target_id=target, fields=self._named(self._kind, _CHANGING[self._kind](row)))
        if isinstance(given, Mapping):
            row = _object(given)
            if set(row) != {"id"}:
                raise InvalidInput(f"An item of {self._verb} is an id alone.", field="id")
            given = row["id"]
        return NewItem(position=position, target_id=self._target(given))

    def _new(self, position: int, row: dict[str, object]) -> NewItem:
        if row.get(_NEEDED[self._kind]) is None:
            raise InvalidInput(f"{_NEEDED[self._kind]} is missing.", field=_NEEDED[self._kind])
        made = imported_ticket(row) if self._verb == "import" else _MAKING[self._kind](row)
        fields = dict(self._named(self._kind, made))
        own = fields.get("external_id")
        if isinstance(own, str):
            # Two rows with one external id could not be told apart when an answer is lost.
            self._once(blake2b(own.lower().encode("utf-8", "surrogatepass"), digest_size=12).digest(), "external_id")
        else:
            fields["external_id"] = f"atom-bulk-{self._run_id}-{position}"
        remembered = str(fields["external_id"]) if self._verb == "import" else None
        return NewItem(position=position, fields=fields, external_id=remembered)

    def _target(self, given: object) -> int:
        target = checks.identifier(given, "id")
        self._once(target, "id")
        return target

    def _once(self, key: bytes | int, field: str) -> None:
        if key in self._seen:
            raise InvalidInput(f"An earlier item of this run has the same {field}: keep one of the two.", field=field)
        self._seen.add(key)


def imported_ticket(given: Mapping[str, object]) -> Fields:
    """Return the fields of an old ticket: those of any ticket, its moments, and ``comments`` as Zendesk's import takes them.

    Each comment has ``value`` or ``html_body``, and ``created_at``, ``author_id`` and ``public`` as they were.
    """
    row = {name: value for name, value in given.items() if value is not None}
    if "comment" in row or "comment_html" in row:
        raise InvalidInput("An imported ticket takes comments, a list, each with its date.", field="comments")
    said = row.pop("comments", None)
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_COMMENTS:
        raise InvalidInput(
            f"comments takes a list of 1 to {MOST_COMMENTS} comments, the oldest first.", field="comments"
        )
    special = {name: row.pop(name) for name in ("status", *_MOMENTS) if name in row}
    fields = dict(changes_of(row))
    if "status" in special:
        fields["status"] = one_of(special["status"], STATUSES, "status")
    for name in _MOMENTS:
        if name in special:
            fields[name] = checks.instant(special[name], name)
    fields["comments"] = [_said_earlier(comment, f"comments[{place}]") for place, comment in enumerate(said)]
    return fields


def _said_earlier(given: object, where: str) -> Fields:
    if not isinstance(given, Mapping) or not set(given) <= set(_SAID):
        raise InvalidInput(f"{where} takes {', '.join(_SAID)}.", field=where)
    texts = [name for name in ("value", "html_body") if given.get(name) is not None]
    if len(texts) != 1:
        raise InvalidInput(f"{where} takes value or html_body.", field=where)
    comment: dict[str, object] = {texts[0]: checks.prose(given[texts[0]], f"{where}.{texts[0]}")}
    comment["public"] = checks.switch(given.get("public", True), f"{where}.public")
    if given.get("author_id") is not None:
        comment["author_id"] = checks.identifier(given["author_id"], f"{where}.author_id")
    if given.get("created_at") is not None:
        comment["created_at"] = checks.instant(given["created_at"], f"{where}.created_at")
    return comment


def _object(given: object) -> dict[str, object]:
    if isinstance(given, Mapping) and all(isinstance(name, str) for name in given):
        return dict(given)
    raise InvalidInput("An item is an object of fields.", field="items")
