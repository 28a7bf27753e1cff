"""The record of ticket creations, glued from the desk's wish to the store's tables; a database that is away does not stop the desk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from atom_zendesk_plugin.errors import ZendeskPluginError
from atom_zendesk_plugin.logs import event

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_zendesk_plugin.caller import Caller
    from atom_zendesk_plugin.clock import Clock
    from atom_zendesk_plugin.desk.journal import Creation, CreationState


class StoredJournal:
    """Creations of one account, each step committed before it returns.

    ``unit`` opens a transaction; what it raises when the database is missing or away costs only the memory beyond Zendesk's own two
    hours: the creation goes on unrecorded. A ticket that was made is never reported as failed because its row could not be updated.
    """

    def __init__(
        self,
        unit: Callable[[], AbstractContextManager[Session]],
        *,
        tenant_id: str,
        subdomain: str,
        base_url: str,
        clock: Clock,
    ) -> None:
        self._unit, self._clock = unit, clock
        self._tenant_id, self._subdomain, self._base_url = tenant_id, subdomain, base_url

    def begin(self, *, caller: Caller, client_key: str | None, zendesk_key: str, fingerprint: str) -> Creation:
        from atom_zendesk_plugin.desk.journal import Creation

        now = self._clock.now()
        try:
            with self._unit() as session:
                from atom_zendesk_plugin.store import creations

                row = creations.begin(
                    session,
                    tenant_id=self._tenant_id,
                    account_id=self._account(session),
                    user_id=caller.user_id,
                    client_key=client_key,
                    zendesk_key=zendesk_key,
                    fingerprint=fingerprint,
                    now=now,
                )
        except ZendeskPluginError as error:
            event("zendesk.creation_unrecorded", "warning", error=error)
            return Creation(zendesk_key=zendesk_key, fingerprint=fingerprint, state="pending", created_at=now)
        return Creation(
            zendesk_key=row.zendesk_key,
            fingerprint=row.fingerprint,
            state=row.state,
            created_at=row.created_at,
            ticket_id=row.ticket_id,
        )

    def finish(self, zendesk_key: str, *, state: CreationState, ticket_id: int | None = None) -> None:
        try:
            with self._unit() as session:
                from atom_zendesk_plugin.store import creations

                creations.finish(
                    session,
                    account_id=self._account(session),
                    zendesk_key=zendesk_key,
                    state=state,
                    ticket_id=ticket_id,
                    now=self._clock.now(),
                )
        except (ZendeskPluginError, LookupError) as error:
            # LookupError: the database came back between begin and finish, so there is no row to end.
            event("zendesk.creation_unrecorded", "warning", error=error, state=state, ticket_id=ticket_id)

    def _account(self, session: Session) -> int:
        from atom_zendesk_plugin.store.accounts import ensure_account

        row = ensure_account(
            session,
            tenant_id=self._tenant_id,
            subdomain=self._subdomain,
            base_url=self._base_url,
            now=self._clock.now(),
        )
        return row.id
