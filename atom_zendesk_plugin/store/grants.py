"""People's own grants: one pair of tokens per tenant, account and user, and who may renew it. Functions never commit.

Zendesk ends the old pair when it gives a new one. So one process at a time renews (``begin_renewal``), and a new pair always wins
(``finish_renewal``): each statement that changes a pair names the generation it has seen.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, true, update

from atom_zendesk_plugin.keyring import KeyRing, Unsealable
from atom_zendesk_plugin.store.accounts import get_account
from atom_zendesk_plugin.store.failures import account_kept
from atom_zendesk_plugin.store.models import Grant, OAuthState
from atom_zendesk_plugin.store.statements import affected, insert_into
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Unit

State = Literal["connected", "needs_reconnect"]

TOKENS = ("access_token", "refresh_token")
PERSONAL = ("name", "email")
"""With the tokens, the columns that hold sealed text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What the token endpoint gave. Moments are aware, in UTC; None: it does not end, or cannot be told. No secret in its ``repr``."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A grant as it is made: the OAuth client, whose it is in Zendesk, what was asked for and given, and the first pair."""

    client_id: str
    zendesk_user_id: int
    zendesk_role: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    scopes: tuple[str, ...]
    asked_scopes: tuple[str, ...]
    pair: TokenPair


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantState:
    """A stored grant without secrets and personal data. Moments are aware, in UTC.

    ``renewable``: there is a refresh token. While ``renewal_until`` lies ahead, ``renewal_holder`` is renewing; nobody does before
    ``renew_from``. ``told_at``: when the person was told that the connection has ended.
    """

    id: int
    tenant_id: str
    account_id: int
    user_id: str
    client_id: str
    zendesk_user_id: int
    zendesk_role: str
    state: State
    reason: str | None
    scopes: tuple[str, ...]
    asked_scopes: tuple[str, ...]
    renewable: bool
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    key_id: str
    generation: int
    renewal_holder: str | None
    renewal_began_at: datetime | None
    renewal_until: datetime | None
    renew_from: datetime | None
    told_at: datetime | None
    connected_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantProfile(GrantState):
    """The same with the person's name and e-mail address in Zendesk, opened."""

    name: str | None = field(repr=False)
    email: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow(GrantProfile):
    """The same with the tokens, opened."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a secret is and where it may go: it is sealed for this, and opens nowhere else.

    The subdomain counts, not the account's id alone: a token must not follow an account that somebody renamed in the database.
    """

    tenant_id: str
    account_id: int
    subdomain: str
    user_id: str

    def of(self, column: str) -> tuple[str, ...]:
        return "zendesk_grants", column, self.tenant_id, str(self.account_id), self.subdomain, self.user_id


_Shape = TypeVar("_Shape", bound=GrantState)


def find_grant(unit: Unit, *, account_id: int, keys: KeyRing) -> GrantRow | None:
    """Return the user's grant on the account, opened; None when there is none. Raises Unsealable."""
    found = _find(unit, account_id)
    return None if found is None else _shaped(GrantRow, found, **opened(found, keys, *PERSONAL, *TOKENS))


def find_state(unit: Unit, *, account_id: int) -> GrantState | None:
    """Return the same without what is sealed; needs no key."""
    found = _find(unit, account_id)
    return None if found is None else _shaped(GrantState, found)


def list_grants(unit: Unit) -> tuple[GrantState, ...]:
    """Return the user's grants, by account; needs no key."""
    return tuple(_shaped(GrantState, found) for found in _all(unit))


def describe_grants(unit: Unit, *, keys: KeyRing) -> tuple[GrantProfile, ...]:
    """Return the same with the name and address of the person in Zendesk; raises Unsealable."""
    return tuple(_shaped(GrantProfile, found, **opened(found, keys, *PERSONAL)) for found in _all(unit))


def save_grant(unit: Unit, *, account_id: int, grant: NewGrant, keys: KeyRing, now: datetime) -> GrantRow:
    """Store the user's grant on the account, in place of the one before: connected, in a new generation, renewed by nobody.

    Raises NotFound when the tenant has no such account, or has it no more.
    """
    account = get_account(unit, account_id=account_id)
    tenant, user = unit.tenancy.tenant, unit.tenancy.user
    place = Place(tenant, account_id, account.subdomain, user)
    values: dict[str, Any] = {
        "client_id": grant.client_id,
        "zendesk_user_id": grant.zendesk_user_id,
        "zendesk_role": grant.zendesk_role,
        "asked_scopes": list(grant.asked_scopes),
        "connected_at": now,
        **_pair_values(grant.pair, keys, place),
        **personal_values(grant.name, grant.email, keys, place),
        **_at_rest(now),
        "scopes": list(grant.scopes),
    }
    # Counted from the moment of connecting: after an erased grant the next one's generations are others, whoever still holds an old one.
    first = int(now.timestamp() * 1000)
    insert = insert_into(Grant, on=unit.session).values(
        tenant_id=tenant, account_id=account_id, user_id=user, created_at=now, generation=first, **values
    )
    replaced = {**values, "generation": case((Grant.generation < first, first), else_=Grant.generation + 1)}
    with account_kept():
        unit.session.execute(
            insert.on_conflict_do_update(index_elements=["tenant_id", "user_id", "account_id"], set_=replaced)
        )
    saved = find_grant(unit, account_id=account_id, keys=keys)
    assert saved is not None
    return saved


def begin_renewal(
    unit: Unit, *, account_id: int, generation: int, holder: str, now: datetime, until: datetime
) -> bool:
    """Take on the renewal of this generation until that moment; False when it is not to be renewed now, or by somebody else."""
    free = or_(Grant.renewal_holder.is_(None), Grant.renewal_until <= now)
    due = or_(Grant.renew_from.is_(None), Grant.renew_from <= now)
    current = and_(Grant.generation == generation, Grant.state == "connected")
    return _changed(
        unit, account_id, and_(current, free, due),
        renewal_holder=holder, renewal_began_at=now, renewal_until=until, updated_at=now,
    )  # fmt: skip


def finish_renewal(
    unit: Unit, *, account_id: int, generation: int, pair: TokenPair, keys: KeyRing, now: datetime
) -> bool:
    """Store the pair that replaces this generation's; False when that generation is no longer the current one.

    It wins whoever holds the renewal by now and whatever has been found meanwhile: the old pair is dead. The grant is connected again.
    """
    found = _find(unit, account_id)
    if found is None:
        return False
    place = place_of(found)
    values: dict[str, Any] = _pair_values(pair, keys, place)
    # One row is sealed with one key. What does not open stays as it is: it must not cost the new pair.
    with suppress(Unsealable):
        person = opened(found, keys, *PERSONAL)
        values |= personal_values(person["name"], person["email"], keys, place)
    return _changed(
        unit, account_id, Grant.generation == generation, generation=generation + 1, **values, **_at_rest(now)
    )


def give_up_renewal(unit: Unit, *, account_id: int, holder: str, renew_from: datetime, now: datetime) -> bool:
    """Let go of a renewal that did not come off, and let nobody try before that moment; False when it is somebody else's by now."""
    return _changed(
        unit, account_id, Grant.renewal_holder == holder,
        renewal_holder=None, renewal_began_at=None, renewal_until=None, renew_from=renew_from, updated_at=now,
    )  # fmt: skip


def mark_needs_reconnect(unit: Unit, *, account_id: int, generation: int, reason: str, now: datetime) -> bool:
    """Write down that only the person can mend the connection; True only for the call that changed it."""
    return _changed(
        unit, account_id, and_(Grant.generation == generation, Grant.state == "connected"),
        state="needs_reconnect", reason=reason, renewal_holder=None, renewal_began_at=None, renewal_until=None, updated_at=now,
    )  # fmt: skip


def claim_telling(unit: Unit, *, account_id: int, generation: int, now: datetime) -> bool:
    """Take on telling the person; True for one call per generation."""
    untold = and_(Grant.generation == generation, Grant.told_at.is_(None))
    return _changed(unit, account_id, untold, told_at=now, updated_at=now)


def erase_grant(unit: Unit, *, account_id: int, generation: int | None = None) -> int:
    """Erase the user's grant on the account and their sign-ins to it; return how many rows those were.

    With a ``generation`` nothing is erased unless it is the current one: a newer one was connected meanwhile.
    """
    tenant, user = unit.tenancy.tenant, unit.tenancy.user
    seen = true() if generation is None else Grant.generation == generation
    erased = affected(unit.session, delete(Grant).where(_own(unit), Grant.account_id == account_id, seen))
    if generation is not None and not erased:
        return 0
    own_states = and_(OAuthState.tenant_id == tenant, OAuthState.user_id == user, OAuthState.account_id == account_id)
    return erased + affected(unit.session, delete(OAuthState).where(own_states))


def find_user_grants_by_email(
    operator: OperatorUnit, *, tenant_id: str, account_id: int, email: str, keys: KeyRing
) -> tuple[GrantState, ...]:
    """Return the grants on the account whose Zendesk user has this address, in any case; also while keys are being changed."""
    blinds = keys.blinds(_normal(email), about=_index_about(tenant_id, account_id))
    query = select(Grant).where(
        Grant.tenant_id == tenant_id, Grant.account_id == account_id, Grant.email_index.in_(blinds)
    )
    return tuple(_shaped(GrantState, found) for found in operator.session.scalars(query.order_by(Grant.id)))


def any_grant(operator: OperatorUnit) -> bool:
    """Tell whether anybody's grant is stored."""
    return operator.session.scalar(select(Grant.id).limit(1)) is not None


def list_people(
    operator: OperatorUnit, *, tenant_id: str, account_id: int | None = None
) -> tuple[GrantState, ...]:
    """Return all grants of a tenant, or of one of its accounts, by account and user; needs no key."""
    query = select(Grant).where(Grant.tenant_id == tenant_id)
    if account_id is not None:
        query = query.where(Grant.account_id == account_id)
    found = operator.session.scalars(query.order_by(Grant.account_id, Grant.user_id))
    return tuple(_shaped(GrantState, row) for row in found)


def place_of(grant: Grant) -> Place:
    """Return what the secrets of a row are sealed for."""
    return Place(grant.tenant_id, grant.account_id, grant.subdomain, grant.user_id)


def opened(grant: Grant, keys: KeyRing, *columns: str) -> dict[str, str | None]:
    """Open sealed columns of a row; raises Unsealable."""
    place = place_of(grant)
    sealed: dict[str, str | None] = {column: getattr(grant, column) for column in columns}
    return {
        column: None if text is None else keys.open(text, about=place.of(column)) for column, text in sealed.items()
    }


def sealed_values(texts: dict[str, str | None], keys: KeyRing, place: Place) -> dict[str, str | None]:
    """Seal texts for their columns, and name the key they are sealed with."""
    sealed: dict[str, str | None] = {
        column: None if text is None else keys.seal(text, about=place.of(column)) for column, text in texts.items()
    }
    return {**sealed, "key_id": keys.writing_id}


def personal_values(name: str | None, email: str | None, keys: KeyRing, place: Place) -> dict[str, str | None]:
    """Seal name and address, with the index the address is found by."""
    index = (
        None if email is None else keys.blind(_normal(email), about=_index_about(place.tenant_id, place.account_id))
    )
    return {**sealed_values({"name": name, "email": email}, keys, place), "email_index": index}


def _pair_values(pair: TokenPair, keys: KeyRing, place: Place) -> dict[str, Any]:
    tokens = {"access_token": pair.access_token, "refresh_token": pair.refresh_token}
    return {
        **sealed_values(tokens, keys, place),
        "access_expires_at": pair.access_expires_at,
        "refresh_expires_at": pair.refresh_expires_at,
        "scopes": list(pair.scopes),
    }


def _at_rest(now: datetime) -> dict[str, object]:
    """Return what holds of a grant with a new pair: it works, nobody renews it, and there is nothing to tell."""
    cleared = ("reason", "renewal_holder", "renewal_began_at", "renewal_until", "renew_from", "told_at")
    return {"state": "connected", "updated_at": now, **dict.fromkeys(cleared)}


def _normal(email: str) -> str:
    return email.strip().casefold()


def _index_about(tenant_id: str, account_id: int) -> tuple[str, ...]:
    return "zendesk_grants", "email_index", tenant_id, str(account_id)


def _own(unit: Unit) -> ColumnElement[bool]:
    return and_(Grant.tenant_id == unit.tenancy.tenant, Grant.user_id == unit.tenancy.user)


def _find(unit: Unit, account_id: int) -> Grant | None:
    query = select(Grant).where(_own(unit), Grant.account_id == account_id)
    return unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _all(unit: Unit) -> list[Grant]:
    query = select(Grant).where(_own(unit)).order_by(Grant.account_id)
    return list(unit.session.scalars(query.execution_options(populate_existing=True)))


def _changed(unit: Unit, account_id: int, condition: ColumnElement[bool], **values: object) -> bool:
    """Change the user's grant on the account if the condition holds at that moment; tell whether it did."""
    statement = update(Grant).where(_own(unit), Grant.account_id == account_id, condition).values(**values)
    return affected(unit.session, statement) == 1


def _shaped(shape: type[_Shape], found: Grant, **opened: Any) -> _Shape:
    values = {name: getattr(found, name) for name in _PLAIN}
    return shape(
        **values,
        state=cast(State, found.state),  # the table's check constraint has the same words
        scopes=tuple(found.scopes),
        asked_scopes=tuple(found.asked_scopes),
        renewable=found.refresh_token is not None,
        **opened,
    )


_PLAIN = tuple(row.name for row in fields(GrantState) if row.name not in ("state", "scopes", "asked_scopes", "renewable"))
