"""Side conversations: what is asked of others about a ticket, by e-mail, Slack, Teams or a child ticket."""

from __future__ import annotations

from typing import Literal

from atom_zendesk_plugin.client.pagination import Reading
from atom_zendesk_plugin.client.resources.base import Fields, Key, numbered
from atom_zendesk_plugin.client.resources.verbs import NestedList, Shown
from atom_zendesk_plugin.records import Record


class SideConversations(NestedList[Record], Shown[Record]):
    """Those of one ticket. They need a plan with side conversations; 300 may be begun or answered in ten minutes."""

    root, single, kind, paged = "side_conversations", "side_conversation", Record, "number"

    def create(self, message: Fields, *, external_ids: Fields | None = None) -> Record:
        """Begin one; ``message`` needs ``to`` (people of one kind) and ``body``. The message leaves at once."""
        told: dict[str, object] = {"message": dict(message)}
        if external_ids is not None:
            told["external_ids"] = dict(external_ids)
        return self._read(self._caller.request("POST", self._path(), json=told))

    def reply(self, conversation_id: Key, message: Fields) -> Record:
        """Answer in one; ``to`` may be left out for the people already in it."""
        reply = self._caller.request("POST", self._path(conversation_id, "reply"), json={"message": dict(message)})
        return self._read(reply)

    def set_state(self, conversation_id: Key, state: Literal["open", "closed"]) -> Record:
        """Close one, or open it again."""
        return self._read(self._update(conversation_id, {"state": state}))

    def events(self, conversation_id: Key) -> Reading[Record]:
        """Read the messages and changes of one, oldest first."""
        return numbered(self._caller, self._path(conversation_id, "events"), "events", Record).records(size=100)
