"""Custom objects: kinds of things a company defines itself, their fields and their records. Keys are texts."""

from __future__ import annotations

from collections.abc import Sequence

from atom_zendesk_plugin.client.pagination import Page, Reading
from atom_zendesk_plugin.client.resources.base import Fields, count_in, job_in, numbered, whole, within_bulk
from atom_zendesk_plugin.client.resources.rules import Defined, Ordered
from atom_zendesk_plugin.client.resources.verbs import Editable, Nested
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import FieldDefinition, JobStatus, ObjectRecord, Record, Rule


class ObjectFields(Nested[FieldDefinition]):
    """The fields of one kind of object."""

    root, single, kind = "custom_object_fields", "custom_object_field", FieldDefinition
    paged, changes_by = "number", "PATCH"

    def reorder(self, ids: Sequence[str]) -> None:
        """Put the fields into this order."""
        self._caller.request("PUT", self._path("reorder"), json={"custom_object_field_ids": [*ids]})


class ObjectRecords(Nested[ObjectRecord]):
    """The records of one kind of object. ``create`` takes ``name`` and ``custom_object_fields``."""

    root, single, kind, changes_by = "custom_object_records", "custom_object_record", ObjectRecord, "PATCH"

    def count(self) -> int:
        """Return about how many records there are."""
        return count_in(self._caller.request("GET", self._path("count")))

    def search(self, query: str, *, sort: str | None = None) -> Reading[ObjectRecord]:
        """Read the records that have the words of a query; the index lags behind writes."""
        return self._listing(self._path("search")).records(size=100, params={"query": query, "sort": sort})

    def filtered(self, filter: Fields, *, size: int = 100, cursor: str | None = None) -> Page[ObjectRecord]:
        """Return one page of the records a filter keeps, such as ``{"custom_object_fields.color": {"$eq": "red"}}``."""
        where = self._path("search")
        params = {"page[size]": min(max(size, 1), 100), "page[after]": cursor}
        reply = self._caller.request("POST", where, params=params, json={"filter": dict(filter)})
        return self._listing(where).read(reply)

    def autocomplete(self, name: str) -> Page[ObjectRecord]:
        """Return the records whose name begins with a text."""
        return self._listing(self._path("autocomplete")).page(size=100, cursor=None, params={"name": name})

    def upsert(self, fields: Fields, *, external_id: str | None = None, name: str | None = None) -> ObjectRecord:
        """Make a record, or change the one with this external id or name."""
        params = _one_of(external_id, name)
        return self._read(self._caller.request("PATCH", self._path(), params=params, json={self.single: dict(fields)}))

    def delete_by(self, *, external_id: str | None = None, name: str | None = None) -> None:
        """Delete the record with this external id or name."""
        self._caller.request("DELETE", self._path(), params=_one_of(external_id, name))


class ObjectTriggers(Ordered[Rule], Defined[Rule], Nested[Rule]):
    """The triggers of one kind of object."""

    root, single, kind = "triggers", "trigger", Rule


class CustomObjects(Editable[Record]):
    """``/api/v2/custom_objects``, all in one answer; plans without them answer ZendeskForbidden or ZendeskNotFound."""

    root, single, kind, paged, changes_by = "custom_objects", "custom_object", Record, "number", "PATCH"

    def fields(self, key: str) -> ObjectFields:
        """Return the fields of a kind of object."""
        return ObjectFields(self._caller, *self._at(key), "fields")

    def records(self, key: str) -> ObjectRecords:
        """Return the records of a kind of object."""
        return ObjectRecords(self._caller, *self._at(key), "records")

    def triggers(self, key: str) -> ObjectTriggers:
        """Return the triggers of a kind of object."""
        return ObjectTriggers(self._caller, *self._at(key), "triggers")

    def start(self, key: str, action: str, items: Sequence[object]) -> JobStatus:
        """Start a job on up to 100 records: ``create``, ``update``, ``delete``, ``create_or_update_by_external_id`` and so on."""
        within_bulk(items, field="items")
        body = {"job": {"action": action, "items": [*items]}}
        return job_in(self._caller.request("POST", self._path(key, "jobs"), json=body))

    def limits(self, key: str) -> Record:
        """Return how many fields a kind of object has, and may have."""
        return whole(self._caller.request("GET", self._path(key, "limits", "field_limit")))

    def object_limit(self) -> Record:
        """Return how many kinds of objects there are, and may be."""
        return whole(self._caller.request("GET", self._path("limits", "object_limit")))

    def record_limit(self) -> Record:
        """Return how many records there are in all, and may be."""
        return whole(self._caller.request("GET", self._path("limits", "record_limit")))

    def permissions(self, key: str) -> Reading[Record]:
        """Read what each role may do with a kind of object."""
        where = self._path(key, "permission_policies")
        return numbered(self._caller, where, "policies", Record).records(size=100)

    def _at(self, key: str) -> tuple[str, str]:
        return ("custom_objects", key)


def _one_of(external_id: str | None, name: str | None) -> dict[str, str | None]:
    if (external_id is None) == (name is None):
        raise InvalidInput("Name the record by its external id or by its name, one of them.", field="external_id")
    return {"external_id": external_id, "name": name}
