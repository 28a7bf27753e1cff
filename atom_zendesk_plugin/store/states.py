"""The one-time states of sign-ins: ``issue`` writes one down, ``consume`` uses it up in one statement. Functions never commit.

Stored are hashes of the state and of the browser's secret, so that what lies in the database completes no sign-in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, cast

from sqlalchemy import ColumnElement, and_, delete, select, update

from atom_zendesk_plugin.keyring import KeyRing
from atom_zendesk_plugin.store.accounts import get_account
from atom_zendesk_plugin.store.failures import account_kept
from atom_zendesk_plugin.store.models import OAuthState
from atom_zendesk_plugin.store.statements import affected
from atom_zendesk_plugin.store.tenancy import OperatorUnit, Unit, as_operator

Via = Literal["cookie", "bearer", "internal"]

MOST_OPEN = 20  # sign-ins that one user may have open; who begins more loses the oldest
KEPT = timedelta(days=1)  # so long it can be told that a state was used, or has expired


class StateProblem(StrEnum):
    """Why a state is not accepted."""

    UNKNOWN = "unknown"
    OTHER_BROWSER = "other_browser"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A sign-in, used up now: who began it, for which account, and what completing it takes. Moments are aware, in UTC."""

    tenant_id: str
    account_id: int
    user_id: str
    code_verifier: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    via: Via
    client_id: str
    created_at: datetime
    expires_at: datetime


def hash_of(secret: str) -> str:
    """Return how a state or a browser's secret is stored: its SHA-256 in hexadecimal. It is long and random: no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    unit: Unit,
    *,
    state: str,
    account_id: int,
    browser: str,
    code_verifier: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
    via: Via,
    client_id: str,
    keys: KeyRing,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Write down a sign-in of the unit's user, and forget old ones: too many of theirs, and everybody's that ended long ago.

    Raises NotFound when the tenant has no such account, or has it no more.
    """
    get_account(unit, account_id=account_id)
    tenant, user, hashed = unit.tenancy.tenant, unit.tenancy.user, hash_of(state)
    _forget(unit, now)
    unit.session.add(
        OAuthState(
            state_hash=hashed,
            tenant_id=tenant,
            account_id=account_id,
            user_id=user,
            browser_hash=hash_of(browser),
            code_verifier=keys.seal(code_verifier, about=about(tenant, account_id, user, hashed)),
            redirect_uri=redirect_uri,
            scopes=list(scopes),
            via=via,
            client_id=client_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    with account_kept():
        unit.session.flush()


def consume(unit: Unit, *, state: str, browser: str, now: datetime, keys: KeyRing) -> StateRow | StateProblem:
    """Use up a state and return its sign-in, once; otherwise say why not, and change nothing.

    The unit's tenancy may be that of the state alone. A state brought by another browser stays usable by its own. Raises Unsealable.
    """
    hashed = hash_of(state)
    usable = and_(
        OAuthState.used_at.is_(None), OAuthState.expires_at > now, OAuthState.browser_hash == hash_of(browser)
    )
    found = unit.session.scalars(
        update(OAuthState)
        .where(_visible(unit), OAuthState.state_hash == hashed, usable)
        .values(used_at=now)
        .returning(OAuthState)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    return _problem(unit, hashed, browser) if found is None else _row(found, keys)


def purge(operator: OperatorUnit, *, before: datetime) -> int:
    """Delete every sign-in that expired before that moment, used or not; return how many those were."""
    return affected(operator.session, delete(OAuthState).where(OAuthState.expires_at < before))


def count_open_by_key(operator: OperatorUnit, *, now: datetime) -> dict[str, int]:
    """Return how many sign-ins under way each key has sealed. They are not sealed anew: they end by themselves within minutes."""
    is_open = and_(OAuthState.used_at.is_(None), OAuthState.expires_at > now)
    sealed = operator.session.scalars(select(OAuthState.code_verifier).where(is_open))
    return dict(Counter(map(KeyRing.id_of, sealed)))


def about(tenant_id: str, account_id: int, user_id: str, state_hash: str) -> tuple[str, ...]:
    """Name the place a code verifier is sealed for."""
    return "zendesk_oauth_states", "code_verifier", tenant_id, str(account_id), user_id, state_hash


def _forget(unit: Unit, now: datetime) -> None:
    """Delete what ended long ago, and so many of the user's open sign-ins that one more is not too many."""
    # Those who began and never came back do not return to clear up, and nothing else of the plugin would.
    with as_operator(unit) as operator:
        purge(operator, before=now - KEPT)
    own = and_(OAuthState.tenant_id == unit.tenancy.tenant, OAuthState.user_id == unit.tenancy.user)
    is_open = and_(own, OAuthState.used_at.is_(None), OAuthState.expires_at > now)
    newest_first = (OAuthState.created_at.desc(), OAuthState.state_hash)
    too_many = select(OAuthState.state_hash).where(is_open).order_by(*newest_first).offset(MOST_OPEN - 1)
    affected(unit.session, delete(OAuthState).where(own, OAuthState.state_hash.in_(too_many)))


def _visible(unit: Unit) -> ColumnElement[bool]:
    """Say what row-level security says on PostgreSQL: the state whose hash the tenancy has, or those of its user."""
    tenancy = unit.tenancy
    if tenancy.state_hash is not None:
        known = OAuthState.state_hash == tenancy.state_hash
        return known if tenancy.tenant_id is None else and_(known, OAuthState.tenant_id == tenancy.tenant_id)
    return and_(OAuthState.tenant_id == tenancy.tenant, OAuthState.user_id == tenancy.user)


def _problem(unit: Unit, hashed: str, browser: str) -> StateProblem:
    query = select(OAuthState).where(_visible(unit), OAuthState.state_hash == hashed)
    found = unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        return StateProblem.UNKNOWN
    if found.browser_hash != hash_of(browser):
        return StateProblem.OTHER_BROWSER
    return StateProblem.USED if found.used_at is not None else StateProblem.EXPIRED


def _row(found: OAuthState, keys: KeyRing) -> StateRow:
    place = about(found.tenant_id, found.account_id, found.user_id, found.state_hash)
    return StateRow(
        tenant_id=found.tenant_id,
        account_id=found.account_id,
        user_id=found.user_id,
        code_verifier=keys.open(found.code_verifier, about=place),
        redirect_uri=found.redirect_uri,
        scopes=tuple(found.scopes),
        via=cast(Via, found.via),  # the table's check constraint has the same words
        client_id=found.client_id,
        created_at=found.created_at,
        expires_at=found.expires_at,
    )
