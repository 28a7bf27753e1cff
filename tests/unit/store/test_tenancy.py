"""A tenancy is never everybody's."""

from __future__ import annotations

import pytest

from atom_zendesk_plugin.store.tenancy import Tenancy


@pytest.mark.parametrize(("tenant", "user", "state"), [("", None, None), ("t", "", None), ("t", "u", ""), (None, None, "")])
def test_empty_text_is_refused(tenant: str | None, user: str | None, state: str | None) -> None:
    with pytest.raises(ValueError, match="empty"):
        Tenancy(tenant, user, state)


@pytest.mark.parametrize(("user", "state"), [(None, None), ("u", None), ("u", "hash")])
def test_nobody_in_particular_is_refused(user: str | None, state: str | None) -> None:
    with pytest.raises(ValueError, match="names a tenant"):
        Tenancy(None, user, state)


def test_what_a_tenancy_does_not_have_is_an_error() -> None:
    assert (Tenancy("t", "u").tenant, Tenancy("t", "u").user) == ("t", "u")
    with pytest.raises(LookupError, match="tenant"):
        _ = Tenancy.of_state("hash").tenant
    with pytest.raises(LookupError, match="user"):
        _ = Tenancy("t").user
