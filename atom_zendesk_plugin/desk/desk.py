"""``Desk``: everything one caller does with one Zendesk account, in one place for routes, commands and other plugins."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from atom_zendesk_plugin.caller import Caller
from atom_zendesk_plugin.clock import Clock
from atom_zendesk_plugin.desk.analytics import Analytics
from atom_zendesk_plugin.desk.bulk.service import Bulk, Seats
from atom_zendesk_plugin.desk.creations import Creator
from atom_zendesk_plugin.desk.custom_fields import CustomFields
from atom_zendesk_plugin.desk.files import Files
from atom_zendesk_plugin.desk.journal import CreationJournal
from atom_zendesk_plugin.desk.people import Me, Myself, Users
from atom_zendesk_plugin.desk.places import Groups, Organizations, Views
from atom_zendesk_plugin.desk.search import Search
from atom_zendesk_plugin.desk.tickets import Tickets

if TYPE_CHECKING:
    from atom_zendesk_plugin.client.api import ZendeskClient
    from atom_zendesk_plugin.desk.operations.operation import AnyDeskOperation, Takes
    from atom_zendesk_plugin.desk.operations.performing import Outcome


def _random_key() -> str:
    return uuid.uuid4().hex


class Desk:
    """The desk of one caller: cheap to build, made for one request or job, safe to throw away.

    ``client`` should carry the deadline of that request (``client.within(seconds=...)``). ``journal`` None: there is no database, and a
    repeated creation is recognised by Zendesk alone, for two hours. ``agent_url`` is scheme and host of the account, such as
    ``https://acme.zendesk.com``; links for people are made from it, never from the API's own addresses. ``own``: the client works with
    the caller's own grant, not through the service account. ``seats`` says where bulk
    runs are written down; by default they live in this object, and end with it.
    """

    def __init__(
        self,
        client: ZendeskClient,
        *,
        caller: Caller,
        journal: CreationJournal | None,
        clock: Clock,
        agent_url: str,
        own: bool = False,
        seats: Callable[[], Seats] = Seats,
        new_key: Callable[[], str] = _random_key,
    ) -> None:
        self._client = client
        self._clock = clock
        self._me = Me(client=client, caller=caller, own=own)
        self._creator = Creator(client=client, caller=caller, journal=journal, clock=clock, new_key=new_key)
        self._custom = CustomFields(client=client)
        self._own, self._seats = own, seats
        self.caller = caller
        self.agent_url = agent_url.rstrip("/")

    def __repr__(self) -> str:
        return f"Desk({self.agent_url}, user_id={self.caller.user_id!r})"

    def me(self) -> Myself:
        """Return the caller's own Zendesk user when ATOM vouches for an e-mail address that is one, else the connected account's.

        Asks Zendesk, so it also proves that the connection works. Raises ZendeskUnauthorized when it does not.
        """
        return self._me.find()

    def perform(
        self,
        operation: AnyDeskOperation,
        ids: Mapping[str, int | str],
        asked: Takes,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Outcome:
        """Do one of the operations of ``desk.operations``; see ``performing.perform`` for what it takes and returns."""
        from atom_zendesk_plugin.desk.operations.performing import perform

        return perform(self._client, operation, ids, asked, limit=limit, cursor=cursor)

    def ticket_url(self, ticket_id: int) -> str:
        """Return where an agent opens this ticket in a browser."""
        return f"{self.agent_url}/agent/tickets/{ticket_id}"

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(client=self._client, creator=self._creator, me=self._me, custom=self._custom)

    @cached_property
    def users(self) -> Users:
        return Users(client=self._client, custom=self._custom)

    @cached_property
    def organizations(self) -> Organizations:
        return Organizations(client=self._client, custom=self._custom)

    @cached_property
    def groups(self) -> Groups:
        return Groups(client=self._client)

    @cached_property
    def views(self) -> Views:
        return Views(client=self._client)

    @cached_property
    def files(self) -> Files:
        return Files(client=self._client)

    @cached_property
    def search(self) -> Search:
        return Search(client=self._client)

    @cached_property
    def analytics(self) -> Analytics:
        return Analytics(client=self._client, clock=self._clock)

    @cached_property
    def bulk(self) -> Bulk:
        return Bulk(client=self._client, caller=self.caller, clock=self._clock, seats=self._seats(), own=self._own)
