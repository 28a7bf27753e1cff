"""What requesters thought: the ratings of the older survey, and the responses of the newer one."""

from __future__ import annotations

from atom_zendesk_plugin.client.resources.base import count_in
from atom_zendesk_plugin.client.resources.verbs import Readable
from atom_zendesk_plugin.records import Record, SatisfactionRating


class SatisfactionRatings(Readable[SatisfactionRating]):
    """``/api/v2/satisfaction_ratings``; filters ``score``, ``start_time`` and ``end_time`` (Unix seconds)."""

    root, single, kind = "satisfaction_ratings", "satisfaction_rating", SatisfactionRating

    def count(self) -> int:
        """Return about how many ratings there are."""
        return count_in(self._caller.request("GET", self._path("count")))


class SatisfactionReasons(Readable[Record]):
    """``/api/v2/satisfaction_reasons``: why somebody was not satisfied, all in one answer."""

    root, single, kind, at, paged = "reasons", "reason", Record, ("satisfaction_reasons",), "number"


class SurveyResponses(Readable[Record]):
    """``/api/v2/guide/survey_responses``; filters such as ``filter[subject_zrns]``, times in milliseconds."""

    root, single, kind, at = "survey_responses", "survey_response", Record, ("guide", "survey_responses")
