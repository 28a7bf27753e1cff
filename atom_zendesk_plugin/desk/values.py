"""The types of single values in what people send, with their bounds, as every description of the desk shows them.

Types and bounds are checked while a request is decoded; what a word means is checked by the code that uses it.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

Id = Annotated[int, Meta(ge=1, le=2**63 - 1, description="The id of a Zendesk record.")]
Line = Annotated[str, Meta(min_length=1, max_length=255)]
Prose = Annotated[str, Meta(min_length=1, max_length=65_535, description="At most 65,535 bytes as UTF-8.")]
Email = Annotated[
    str, Meta(min_length=3, max_length=255, description="An e-mail address.", examples=["ann@example.com"])
]
Tags = Annotated[list[Annotated[str, Meta(max_length=255)]], Meta(max_length=200, description="Words without blanks.")]
QueryText = Annotated[str, Meta(min_length=1, max_length=1000, description="What to look for.")]
Ids = Annotated[list[Id], Meta(min_length=1, max_length=100, description="1 to 100 ids of Zendesk records.")]
Texts = Annotated[list[Line], Meta(min_length=1, max_length=100, description="1 to 100 short texts.")]
Fields = Annotated[
    dict[str, Any],
    Meta(min_length=1, max_length=500, description="The fields as Zendesk's own API takes them; null clears."),
]
Rows = Annotated[
    list[Fields], Meta(min_length=1, max_length=100, description="1 to 100 objects as Zendesk's own API takes them.")
]
