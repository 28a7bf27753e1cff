"""Users: end users, agents and admins. Their identities and deletion for good are in ``identities`` and ``deleted_users``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, count_in, job_in, path, record_in, within_bulk
from atom_zendesk_plugin.client.resources.bulk import Bulk
from atom_zendesk_plugin.client.resources.identities import Identities
from atom_zendesk_plugin.client.resources.search import numbered_page
from atom_zendesk_plugin.client.resources.tagging import Tagged
from atom_zendesk_plugin.client.resources.user_lists import UserLists
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import ZendeskUnauthorized
from atom_zendesk_plugin.records import JobStatus, Record, User

Role = str | Sequence[str]


class Users(UserLists, Bulk[User], Tagged[User]):
    """``/api/v2/users``. ``role`` is ``end-user``, ``agent`` or ``admin``, or several of them."""

    root, single, kind = "users", "user", User

    def page(
        self, *, size: int = 100, cursor: str | None = None, role: Role | None = None, include: Sequence[str] = ()
    ) -> Page[User]:
        """Return one page."""
        return self._listing().page(size=size, cursor=cursor, params=_filter(role, include))

    def pages(self, *, size: int = 100, role: Role | None = None, include: Sequence[str] = ()) -> Iterator[Page[User]]:
        """Read all users a page at a time."""
        return self._listing().pages(size=size, params=_filter(role, include))

    def list(self, *, size: int = 100, role: Role | None = None, include: Sequence[str] = ()) -> Reading[User]:
        """Read all users, one at a time."""
        return self._listing().records(size=size, params=_filter(role, include))

    def show_many(self, ids: Iterable[int], *, include: Sequence[str] = ()) -> Page[User]:
        """Return the users with these ids, any number of them, in this order; those Zendesk doesn't show are left out."""
        return self._show_many(ids, include)

    def me(self) -> User:
        """Return who the credentials belong to. Raises ZendeskUnauthorized for the anonymous user Zendesk shows to strangers."""
        reply = self._caller.request("GET", path("users", "me"))
        user = record_in(reply, "user", User.parse)
        if user.id is None:
            raise ZendeskUnauthorized(
                method=reply.method, endpoint=reply.endpoint, status=reply.status, request_id=reply.request_id
            )
        return user

    def create(self, fields: Fields) -> User:
        """Make a user; ``fields`` needs ``name``. Raises ZendeskInvalid (``DuplicateValue``) when the e-mail address is taken."""
        return self._read(self._create(fields))

    def update(self, user_id: int, changes: Fields) -> User:
        """Change a user. An ``email`` becomes a further address; it doesn't replace the primary one."""
        return self._read(self._update(user_id, changes))

    def suspend(self, user_id: int, *, suspended: bool = True) -> User:
        """Suspend a user, whose mail then becomes suspended tickets; ``suspended=False`` lifts it."""
        return self.update(user_id, {"suspended": suspended})

    def delete(self, user_id: int) -> None:
        """Deactivate a user. Agents with open tickets can't be deleted: ZendeskInvalid."""
        self._delete(user_id)

    def create_or_update(self, fields: Fields) -> User:
        """Make a user, or change the one with the same ``external_id`` or e-mail address."""
        return self._read(self._caller.request("POST", path("users", "create_or_update"), json={"user": dict(fields)}))

    def create_or_update_many(self, rows: Sequence[Fields]) -> JobStatus:
        """Start a job that makes up to 100 users, or changes those with the same ``external_id`` or e-mail address."""
        within_bulk(rows, field="users")
        where = path("users", "create_or_update_many")
        return job_in(self._caller.request("POST", where, json={"users": [dict(row) for row in rows]}))

    def merge(self, user_id: int, *, into: int) -> User:
        """Merge an end user into another one and return that one. It can't be undone; the first user is gone."""
        return self._read(self._caller.request("PUT", path("users", user_id, "merge"), json={"user": {"id": into}}))

    def count(self, *, role: Role | None = None) -> int:
        """Return about how many users there are; above 100,000 Zendesk's number can be a day old."""
        return count_in(self._caller.request("GET", path("users", "count"), params=_filter(role, ())))

    def related(self, user_id: int) -> Record:
        """Return how many tickets, subscriptions and so on a user has."""
        return record_in(self._caller.request("GET", path("users", user_id, "related")), "user_related", Record.parse)

    def search(
        self, *, query: str | None = None, external_id: str | None = None, size: int = 100, page: int = 1
    ) -> Page[User]:
        """Return users by a query of Zendesk's language, or by external id; at most 10,000 can be paged through."""
        params: Params = {"query": query, "external_id": external_id}
        return numbered_page(self._listing(path("users", "search")), size=size, number=page, params=params)

    def autocomplete(self, name: str) -> Page[User]:
        """Return the users whose name or address begins with a text of two or more letters."""
        where = path("users", "autocomplete")
        return self._listing(where).read(self._caller.request("GET", where, params={"name": name}))

    def identities(self, user_id: int) -> Identities:
        """Return the addresses and accounts a user is known by."""
        return Identities(self._caller, "users", user_id, "identities")


def _filter(role: Role | None, include: Sequence[str]) -> Params:
    if role is None or isinstance(role, str):
        return {"role": role, "include": include}
    return {"role[]": [*role], "include": include}
