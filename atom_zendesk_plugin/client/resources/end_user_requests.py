"""Requests: tickets as their end users see them."""

from __future__ import annotations

from typing import Literal

from atom_zendesk_plugin.client.pagination import One, Page, Reading, read_one
from atom_zendesk_plugin.client.resources.base import Fields, Key, listing, path
from atom_zendesk_plugin.client.resources.verbs import Readable
from atom_zendesk_plugin.records import Comment, Record


class Requests(Readable[Record]):
    """``/api/v2/requests``: what the connected user asked, or is copied on."""

    root, single, kind = "requests", "request", Record

    def create(self, fields: Fields) -> Record:
        """Make a request; it needs ``subject`` and ``comment``. Anonymous ones need a verified address. Not safe to repeat."""
        return self._read(self._create(fields))

    def update(self, request_id: Key, changes: Fields) -> Record:
        """Add a ``comment``, mark it ``solved``, or copy somebody. A change without a comment may be ZendeskInvalid."""
        return self._read(self._update(request_id, changes))

    def by_state(self, state: Literal["open", "solved", "ccd"]) -> Reading[Record]:
        """Read the requests that are open, are solved, or that the user is copied on."""
        return self._listing(self._path(state)).records(size=100)

    def search(self, query: str) -> Page[Record]:
        """Return the requests with the words of a query."""
        where = self._path("search")
        return self._listing(where).read(self._caller.request("GET", where, params={"query": query}))

    def comments(self, request_id: Key) -> Reading[Comment]:
        """Read the public comments of a request."""
        return listing(self._caller, self._path(request_id, "comments"), "comments", Comment).records(size=100)

    def comment(self, request_id: Key, comment_id: Key) -> One[Comment]:
        """Return one public comment."""
        where = self._path(request_id, "comments", comment_id)
        return read_one(self._caller.request("GET", where), "comment", Comment.parse)

    def of_user(self, user_id: int) -> Reading[Record]:
        """Read the requests of a user."""
        return self._listing(path("users", user_id, "requests")).records(size=100)

    def of_organization(self, organization_id: int) -> Reading[Record]:
        """Read the requests of an organization's users."""
        return self._listing(path("organizations", organization_id, "requests")).records(size=100)
