"""The fields of a ticket as a person gives them, made into what Zendesk is sent.

Absent is untouched, None clears. Extend by adding a row to ``_CHECKS``; whether it can be cleared is said in ``_CLEARED``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from atom_zendesk_plugin.desk import checks
from atom_zendesk_plugin.desk.vocabulary import PRIORITIES, STATUS_CHANGES, STATUSES, TYPES, one_of
from atom_zendesk_plugin.errors import InvalidInput

Fields = dict[str, object]

_CHECKS: Mapping[str, Callable[[object, str], object]] = {
    "subject": checks.line,
    "status": lambda value, field: one_of(value, STATUSES, field),
    "priority": lambda value, field: one_of(value, PRIORITIES, field),
    "type": lambda value, field: one_of(value, TYPES, field),
    "assignee_id": checks.identifier,
    "group_id": checks.identifier,
    "requester_id": checks.identifier,
    "organization_id": checks.identifier,
    "tags": checks.tags,
    "custom_fields": checks.custom_fields,
    "custom_status": checks.line,
    "custom_status_id": checks.identifier,
    "external_id": checks.line,
}
_CLEARED: Mapping[str, object] = {
    "type": None, "assignee_id": None, "group_id": None, "organization_id": None, "due_at": None, "external_id": None, "tags": [],
}  # fmt: skip
"""What is sent for a field that is cleared; a field that is not here cannot be."""
_WHY_NOT_CLEARED: Mapping[str, str] = {
    "priority": "Zendesk never takes a priority back to none: choose low instead.",
    "status": "A ticket always has a status: choose another one.",
    "custom_fields": "To clear custom fields, send each with a value of null.",
}
_COMMENT_PARTS = ("comment", "comment_html", "public", "author_id", "uploads")


def new_ticket(given: Mapping[str, object], *, time_zone: str | None = None) -> Fields:
    """Return the fields of a ticket to create; a value of None counts as absent. Raises InvalidInput."""
    present = {name: value for name, value in given.items() if value is not None}
    comment = _comment(present)
    if comment is None:
        raise InvalidInput("comment is missing: a ticket begins with what the requester wrote.", field="comment")
    fields = _plain(present)
    fields |= _requester(present)
    if "due_at" in present:
        _only_for_tasks(present.get("type"))
        fields["due_at"] = checks.instant(present["due_at"], "due_at", time_zone=time_zone)
    return fields | {"comment": comment}


def changes_of(given: Mapping[str, object], *, time_zone: str | None = None) -> Fields:
    """Return what an update sends: absent fields are left out, None clears where Zendesk can. Raises InvalidInput."""
    given = {name: value for name, value in given.items() if value is not None or name not in _COMMENT_PARTS}
    fields = {name: _cleared(name) for name, value in given.items() if value is None}
    present = {name: value for name, value in given.items() if value is not None}
    comment = _comment(present)
    fields |= _plain(present) | _requester(present)
    if "status" in fields:
        one_of(fields["status"], STATUS_CHANGES, "status")
    if "due_at" in present:
        if "type" in given:
            _only_for_tasks(given["type"])
        fields["due_at"] = checks.instant(present["due_at"], "due_at", time_zone=time_zone)
    if comment is not None:
        fields["comment"] = comment
    if not fields:
        raise InvalidInput(
            "Nothing to change: give at least one field or a comment.", accepted=sorted({*_CHECKS, "comment", "due_at"})
        )
    return fields


def _plain(present: Mapping[str, object]) -> Fields:
    known = {*_CHECKS, *_COMMENT_PARTS, "due_at", "requester_email", "requester_name"}
    for name in present:
        if name not in known:
            raise InvalidInput(
                f"{name} is not a field of a ticket that can be set here.", field=name, accepted=sorted(known)
            )
    return {name: check(present[name], name) for name, check in _CHECKS.items() if name in present}


def _cleared(name: str) -> object:
    if name in _CLEARED:
        return _CLEARED[name]
    raise InvalidInput(
        _WHY_NOT_CLEARED.get(name, f"{name} cannot be cleared: leave it out to keep it as it is."), field=name
    )


def _comment(present: Mapping[str, object]) -> Fields | None:
    """Return the comment object; ``public`` is always said, because what Zendesk takes without it depends on the ticket."""
    text, html = present.get("comment"), present.get("comment_html")
    if text is not None and html is not None:
        raise InvalidInput("Give comment or comment_html, not both.", field="comment_html")
    if text is None and html is None:
        for part in ("author_id", "uploads"):
            if part in present:
                raise InvalidInput(f"{part} belongs to a comment, and there is none.", field=part)
        return None
    body: Fields = (
        {"body": checks.prose(text, "comment")} if html is None else {"html_body": checks.prose(html, "comment_html")}
    )
    body["public"] = checks.switch(present.get("public", True), "public")
    if "author_id" in present:
        body["author_id"] = checks.identifier(present["author_id"], "author_id")
    if "uploads" in present:
        body["uploads"] = checks.uploads(present["uploads"], "uploads")
    return body


def _requester(present: Mapping[str, object]) -> Fields:
    """Return the requester by e-mail: Zendesk finds the user or makes one, and needs a name to make one."""
    address, name = present.get("requester_email"), present.get("requester_name")
    if address is None and name is None:
        return {}
    if address is None:
        raise InvalidInput(
            "requester_name needs requester_email: a person is found by address.", field="requester_email"
        )
    if "requester_id" in present:
        raise InvalidInput("Give requester_id or requester_email, not both.", field="requester_email")
    email = checks.email(address, "requester_email")
    shown = checks.line(name, "requester_name") if name is not None else email.partition("@")[0]
    return {"requester": {"email": email, "name": shown}}


def _only_for_tasks(kind: object) -> None:
    if kind != "task":
        raise InvalidInput(
            "due_at is only for tickets of type task: set type to task, or leave due_at out.", field="due_at"
        )
