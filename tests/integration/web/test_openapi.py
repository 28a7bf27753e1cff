"""The document against the routes: it is valid, complete, and what it says is what happens."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from atom_zendesk_plugin.web.files import file_paths
from atom_zendesk_plugin.web.openapi import build_document
from atom_zendesk_plugin.web.routes import CORE, every_operation
from tests.integration.web.staging import build_stage

STAGE = build_stage(tickets=30)
CHECKED: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_wsgi("/api/zendesk/openapi.json", STAGE.app)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_document(every_operation())


def test_the_document_lists_every_operation_once(document: dict[str, Any]) -> None:
    listed = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert document["openapi"] == "3.1.0"
    files = {(path, method.upper()) for path, methods in file_paths().items() for method in methods}
    assert listed == {(operation.path, operation.method) for operation in every_operation()} | files
    names = [entry["operationId"] for methods in document["paths"].values() for entry in methods.values()]
    assert len(names) == len(set(names))


def test_schema_names_are_plain(document: dict[str, Any]) -> None:
    assert all(re.fullmatch(r"[A-Za-z]+", name) for name in document["components"]["schemas"])


def test_bodies_have_examples_that_are_accepted(document: dict[str, Any]) -> None:
    import msgspec

    for operation in every_operation():
        if operation.method in ("POST", "PUT") and operation.example is not None:
            msgspec.json.decode(msgspec.json.encode(operation.example), type=operation.body)
            content = document["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]
            assert content["application/json"]["example"] == operation.example


def test_every_failure_is_declared(document: dict[str, Any]) -> None:
    for operation in every_operation():
        answers = document["paths"][operation.path][operation.method.lower()]["responses"]
        assert str(operation.status) in answers
        if operation.identified:
            assert {"400", "401", "403", "429", "500", "502", "503"} <= set(answers)
            assert ("409" in answers) == (operation.method != "GET")


def looked_at(examples: int) -> settings:
    """Return how many inputs of each operation are tried; the same ones each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.slow
@SCHEMA.include(path=[row.path for row in CORE]).parametrize()
@looked_at(15)
def test_answers_of_the_core_are_as_documented(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=CHECKED)


@pytest.mark.slow
@SCHEMA.exclude(path=[row.path for row in CORE]).parametrize()
@looked_at(4)
def test_answers_of_the_whole_desk_are_as_documented(case: schemathesis.Case[Any]) -> None:
    """They are made from rows, all by the same few lines of code: what differs is in the schemas."""
    case.call_and_validate(checks=CHECKED)
