"""Bulk calls: up to a hundred records in one job. Each returns the job at once; ``jobs.wait`` tells what became of every row.

There is no key against repeats here: a lost answer is OutcomeUnknown, and the records say whether the job was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from atom_zendesk_plugin.client.resources.base import Fields, job_in, within_bulk
from atom_zendesk_plugin.client.resources.verbs import Kind
from atom_zendesk_plugin.errors import InvalidInput
from atom_zendesk_plugin.records import JobStatus, Record

R = TypeVar("R", bound=Record)


class Bulk(Kind[R]):
    """The job verbs that tickets, users and organizations have."""

    def create_many(self, rows: Sequence[Fields]) -> JobStatus:
        """Start a job that makes up to 100 records."""
        within_bulk(rows, field=self.root)
        where = self._path("create_many")
        return job_in(self._caller.request("POST", where, json={self.root: [dict(row) for row in rows]}))

    def update_many(self, ids: Sequence[int], changes: Fields) -> JobStatus:
        """Start a job that makes the same changes to up to 100 records."""
        within_bulk(ids, field="ids")
        where = self._path("update_many")
        return job_in(self._caller.request("PUT", where, params={"ids": ids}, json={self.single: dict(changes)}))

    def update_batch(self, rows: Sequence[Fields]) -> JobStatus:
        """Start a job that changes up to 100 records, each in its own way; each row names its ``id``."""
        within_bulk(rows, field=self.root)
        if not all(isinstance(row.get("id"), int) for row in rows):
            raise InvalidInput("Each row of a batch needs the id of its record.", field=self.root)
        where = self._path("update_many")
        return job_in(self._caller.request("PUT", where, json={self.root: [dict(row) for row in rows]}))

    def delete_many(self, ids: Sequence[int]) -> JobStatus:
        """Start a job that deletes up to 100 records."""
        within_bulk(ids, field="ids")
        return job_in(self._caller.request("DELETE", self._path("destroy_many"), params={"ids": ids}))
