"""What a person does with Zendesk: tickets, comments, users, organizations, groups, views, search and simple counts.

``Desk`` is loaded on first use, so that closed sets and limits can be read without the HTTP client's packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atom_zendesk_plugin.desk.desk import Desk

__all__ = ["Desk"]


def __getattr__(name: str) -> object:
    if name != "Desk":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from atom_zendesk_plugin.desk.desk import Desk

    return Desk
