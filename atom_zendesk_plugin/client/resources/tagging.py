"""The tags of a ticket, a user or an organization, changed one by one so that nobody's other tags are lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from atom_zendesk_plugin.client.reply import Reply
from atom_zendesk_plugin.client.resources.verbs import Kind
from atom_zendesk_plugin.records import Record

R = TypeVar("R", bound=Record)


class Tagged(Kind[R]):
    """Tags of one record; each verb returns all the tags it has then."""

    def tags(self, record_id: int) -> tuple[str, ...]:
        """Return the tags of a record."""
        return _tags(self._caller.request("GET", self._path(record_id, "tags")))

    def add_tags(self, record_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Add tags and return all that there are now. Others' tags stay, also those added at the same moment."""
        return _tags(self._caller.request("PUT", self._path(record_id, "tags"), json={"tags": [*tags]}))

    def remove_tags(self, record_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Remove tags and return those that are left."""
        reply = self._caller.request("DELETE", self._path(record_id, "tags"), json={"tags": [*tags]})
        return _tags(reply) if reply.body else ()

    def set_tags(self, record_id: int, tags: Sequence[str]) -> tuple[str, ...]:
        """Replace all tags. Those added meanwhile by somebody else are lost: prefer ``add_tags`` and ``remove_tags``."""
        return _tags(self._caller.request("POST", self._path(record_id, "tags"), json={"tags": [*tags]}))


class _Tags(msgspec.Struct, frozen=True):
    tags: tuple[str, ...]


def _tags(reply: Reply) -> tuple[str, ...]:
    return reply.decode(_Tags).tags  # not OutcomeUnknown: a repeated change of tags does no harm
