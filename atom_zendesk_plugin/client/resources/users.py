"""Users: end users, agents and admins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from atom_zendesk_plugin.client.pagination import Page
from atom_zendesk_plugin.client.resources.base import Fields, Kind, path, record_in
from atom_zendesk_plugin.client.resources.search import numbered_page
from atom_zendesk_plugin.client.transport import Params
from atom_zendesk_plugin.errors import ZendeskUnauthorized
from atom_zendesk_plugin.records import User

Role = str | Sequence[str]


class Users(Kind[User]):
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

    def list(self, *, size: int = 100, role: Role | None = None, include: Sequence[str] = ()) -> Iterator[User]:
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
        return record_in(self._create(fields), "user", User.parse)

    def update(self, user_id: int, changes: Fields) -> User:
        """Change a user. An ``email`` becomes a further address; it doesn't replace the primary one."""
        return record_in(self._update(user_id, changes), "user", User.parse)

    def delete(self, user_id: int) -> None:
        """Deactivate a user. Agents with open tickets can't be deleted: ZendeskInvalid."""
        self._delete(user_id)

    def create_or_update(self, fields: Fields) -> User:
        """Make a user, or change the one with the same ``external_id`` or e-mail address."""
        reply = self._caller.request("POST", path("users", "create_or_update"), json={"user": dict(fields)})
        return record_in(reply, "user", User.parse)

    def search(
        self, *, query: str | None = None, external_id: str | None = None, size: int = 100, page: int = 1
    ) -> Page[User]:
        """Return users by a query of Zendesk's language, or by external id; at most 10,000 can be paged through."""
        params: Params = {"query": query, "external_id": external_id}
        return numbered_page(self._listing(path("users", "search")), size=size, number=page, params=params)


def _filter(role: Role | None, include: Sequence[str]) -> Params:
    if role is None or isinstance(role, str):
        return {"role": role, "include": include}
    return {"role[]": list(role), "include": include}
