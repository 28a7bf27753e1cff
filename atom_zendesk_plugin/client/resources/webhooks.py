"""Webhooks: where Zendesk sends what happened, the secret it signs with, and what became of each delivery."""

from __future__ import annotations

from atom_zendesk_plugin.client.resources.base import Fields, Key, numbered, path, record_in
from atom_zendesk_plugin.client.resources.verbs import Editable, NestedList, Readable
from atom_zendesk_plugin.records import Named, Record, SigningSecret


class Invocations(NestedList[Record]):
    """The deliveries of one webhook, kept for seven days; filter ``filter[status]``."""

    root, single, kind = "invocations", "invocation", Record

    def attempts(self, invocation_id: Key) -> tuple[Record, ...]:
        """Return every try of a delivery, with the answer's status."""
        where = self._path(invocation_id, "attempts")
        return numbered(self._caller, where, "attempts", Record).page(size=100, cursor=None).records


class Webhooks(Readable[Named]):
    """``/api/v2/webhooks``, for admins; ids are texts. What kind a webhook is can't be changed later."""

    root, single, kind = "webhooks", "webhook", Named

    def create(self, fields: Fields) -> Named:
        """Make a webhook. Its ``authentication`` is never shown again."""
        return self._read(self._create(fields))

    def replace(self, webhook_id: str, fields: Fields) -> None:
        """Set all fields of a webhook; what is left out is emptied."""
        self._update(webhook_id, fields)

    def update(self, webhook_id: str, changes: Fields) -> None:
        """Change some fields of a webhook. Zendesk answers without it."""
        self._caller.request("PATCH", self._path(webhook_id), json={"webhook": dict(changes)})

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook. Zendesk refuses while a trigger or automation uses it."""
        self._delete(webhook_id)

    def test(self, *, webhook_id: str | None = None, request: Fields | None = None) -> Record:
        """Send one request now, of a webhook, or of one not yet made, and return what came back."""
        told = {} if request is None else {"request": dict(request)}
        reply = self._caller.request("POST", self._path("test"), params={"webhook_id": webhook_id}, json=told)
        return record_in(reply, "response", Record.parse)

    def signing_secret(self, webhook_id: str) -> SigningSecret:
        """Return the secret a webhook's deliveries are signed with."""
        reply = self._caller.request("GET", self._path(webhook_id, "signing_secret"))
        return record_in(reply, "signing_secret", SigningSecret.parse)

    def rotate_secret(self, webhook_id: str) -> SigningSecret:
        """Make a new secret and return it. No overlap is promised: take the old one too for some minutes."""
        reply = self._caller.request("POST", self._path(webhook_id, "signing_secret"), json={})
        return record_in(reply, "signing_secret", SigningSecret.parse)

    def invocations(self, webhook_id: str) -> Invocations:
        """Return the deliveries of a webhook."""
        return Invocations(self._caller, "webhooks", webhook_id, "invocations")


class Targets(Editable[Record]):
    """``/api/v2/targets``: the older way of telling others; new ones of most types are refused, webhooks took their place."""

    root, single, kind, paged = "targets", "target", Record, "number"

    def failures(self) -> tuple[Record, ...]:
        """Return the latest failures, at most 25."""
        where = path("target_failures")
        return numbered(self._caller, where, "target_failures", Record).page(size=100, cursor=None).records
