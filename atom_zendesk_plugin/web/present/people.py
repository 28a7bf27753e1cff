"""Users as they appear in answers: in full, and as the person a ticket or comment names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from atom_zendesk_plugin.records import Organization, User
from atom_zendesk_plugin.web.present.lists import ListData, facts_of

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.listing import Listing
    from atom_zendesk_plugin.desk.people import Myself


class Thumbnail(msgspec.Struct, kw_only=True, frozen=True):
    url: str


class PhotoItem(msgspec.Struct, kw_only=True, frozen=True):
    """A picture, in the shape ATOM's pages read."""

    thumbnails: list[Thumbnail]


class NamedItem(msgspec.Struct, kw_only=True, frozen=True):
    """An organization or group by name; the name is empty when Zendesk did not send it."""

    id: int
    name: str


class PersonItem(msgspec.Struct, kw_only=True, frozen=True):
    """A person that something else names; ``name`` is never null."""

    id: int | None
    name: str
    email: str | None
    photo: PhotoItem | None


class UserItem(msgspec.Struct, kw_only=True, frozen=True):
    """A Zendesk user. ``name`` and ``email`` are never null; ``timezone`` repeats ``time_zone`` for ATOM's pages.

    ``custom_fields`` maps the keys of the account's user fields to values.
    """

    id: int | None
    name: str
    email: str
    role: str | None
    active: bool | None
    suspended: bool | None
    verified: bool | None
    phone: str | None
    organization_id: int | None
    organization: NamedItem | None
    photo: PhotoItem | None
    time_zone: str | None
    timezone: str | None
    locale: str | None
    external_id: str | None
    tags: list[str]
    custom_fields: dict[str, Any]
    created_at: datetime | None
    updated_at: datetime | None


class UserData(msgspec.Struct, kw_only=True, frozen=True):
    user: UserItem


class MeData(msgspec.Struct, kw_only=True, frozen=True):
    """``own``: the user is the caller in person; otherwise it is the service account that works for them."""

    user: UserItem
    own: bool


class ProfileData(msgspec.Struct, kw_only=True, frozen=True):
    profile: UserItem
    own: bool


class UsersData(ListData, kw_only=True, frozen=True):
    users: list[UserItem]


def photo_item(user: User) -> PhotoItem | None:
    picture = user.photo.content_url if user.photo is not None else None
    return PhotoItem(thumbnails=[Thumbnail(url=picture)]) if picture else None


def person_item(user_id: int | None, people: Mapping[int, User]) -> PersonItem | None:
    """Return the person with this id; without a name when Zendesk did not send the user, None without an id."""
    if user_id is None:
        return None
    user = people.get(user_id)
    if user is None:
        return PersonItem(id=user_id, name="", email=None, photo=None)
    return PersonItem(id=user_id, name=user.name or "", email=user.email, photo=photo_item(user))


def organization_ref(organization_id: int | None, organizations: Mapping[int, Organization]) -> NamedItem | None:
    if organization_id is None:
        return None
    known = organizations.get(organization_id)
    return NamedItem(id=organization_id, name=(known.name if known is not None else None) or "")


def user_item(user: User, organizations: Mapping[int, Organization]) -> UserItem:
    return UserItem(
        id=user.id,
        name=user.name or "",
        email=user.email or "",
        role=user.role,
        active=user.active,
        suspended=user.suspended,
        verified=user.verified,
        phone=user.phone,
        organization_id=user.organization_id,
        organization=organization_ref(user.organization_id, organizations),
        photo=photo_item(user),
        time_zone=user.time_zone,
        timezone=user.time_zone,
        locale=user.locale,
        external_id=user.external_id,
        tags=user.tags,
        custom_fields=user.user_fields or {},
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def user_data(user: User) -> UserData:
    return UserData(user=user_item(user, {}))


def me_data(myself: Myself) -> MeData:
    return MeData(user=user_item(myself.user, {}), own=myself.own)


def profile_data(myself: Myself) -> ProfileData:
    return ProfileData(profile=user_item(myself.user, {}), own=myself.own)


def users_data(listing: Listing[User]) -> UsersData:
    users = [user_item(user, listing.organizations) for user in listing.records]
    return UsersData(users=users, **facts_of(listing, users))
