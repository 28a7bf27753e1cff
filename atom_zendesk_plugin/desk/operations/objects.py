"""Custom objects with their fields and records, and dynamic content."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from atom_zendesk_plugin.desk.operations.operation import (
    AnyDeskOperation,
    Count,
    DeskOperation,
    Done,
    Job,
    Many,
    Nothing,
    One,
    Takes,
)
from atom_zendesk_plugin.desk.operations.resource import resource
from atom_zendesk_plugin.desk.values import Fields, Line
from atom_zendesk_plugin.records import FieldDefinition, ObjectRecord, Rule

OBJECTS, CONTENT = "Custom objects", "Dynamic content"
_RECORDS = "/custom_objects/{object_key}/records"


class Beginning(Takes, kw_only=True, frozen=True):
    name: Annotated[Line, Meta(description="How the name begins.")]


class Upsert(Takes, kw_only=True, frozen=True):
    """The record with this ``external_id``, or this ``name``."""

    custom_object_record: Fields
    external_id: Line | None = None
    name: Line | None = None


class By(Takes, kw_only=True, frozen=True):
    external_id: Line | None = None
    name: Line | None = None


class FieldOrder(Takes, kw_only=True, frozen=True):
    ids: Annotated[list[Line], Meta(min_length=1, max_length=1000, description="All ids, in their new order.")]


class Query(Takes, kw_only=True, frozen=True):
    query: Line
    sort: Line | None = None


class Filter(Takes, kw_only=True, frozen=True):
    filter: Fields


class ObjectJob(Takes, kw_only=True, frozen=True):
    action: Literal["create", "update", "delete", "create_or_update_by_external_id", "delete_by_external_id"]
    items: Annotated[list[Any], Meta(min_length=1, max_length=100)]


_OBJECTS: tuple[AnyDeskOperation, ...] = (
    *resource(
        "custom_object", family=lambda zendesk: zendesk.custom_objects, path="/custom_objects", tag=OBJECTS, variable="object_key",
        example={"title": "Printer", "title_pluralized": "Printers", "key": "printer"},
    ),
    *resource(
        "object_field", family=lambda zendesk, key: zendesk.custom_objects.fields(key), path="/custom_objects/{object_key}/fields",
        tag=OBJECTS, kind=FieldDefinition, variable="field_key", root="custom_object_fields", key="custom_object_field",
        example={"type": "text", "title": "Serial number", "key": "serial_number"},
    ),
    *resource(
        "object_record", family=lambda zendesk, key: zendesk.custom_objects.records(key), path=_RECORDS, tag=OBJECTS, kind=ObjectRecord,
        variable="record_id", root="custom_object_records", key="custom_object_record", everyday=True,
        example={"name": "Second floor", "custom_object_fields": {"serial_number": "X-1"}},
    ),
    DeskOperation(
        name="search_object_records", command="object-records search", method="GET", path=f"{_RECORDS}/search", tag=OBJECTS, takes=Query,
        gives=Many("custom_object_records", ObjectRecord), everyday=True, summary="Search the records of a custom object",
        do=lambda zendesk, asked, key: zendesk.custom_objects.records(key).search(asked.query, sort=asked.sort),
    ),
    DeskOperation(
        name="filter_object_records", command="object-records filter", method="POST", path=f"{_RECORDS}/search", tag=OBJECTS, takes=Filter,
        gives=Many("custom_object_records", ObjectRecord), summary="Find records of a custom object by a filter of Zendesk's form",
        example={"filter": {"custom_object_fields.serial_number": {"$eq": "X-1"}}},
        do=lambda zendesk, asked, key: zendesk.custom_objects.records(key).filtered(asked.filter),
    ),
    DeskOperation(
        name="find_object_records", command="object-records find", method="GET", path=f"{_RECORDS}/autocomplete", tag=OBJECTS,
        takes=Beginning,
        gives=Many("custom_object_records", ObjectRecord), everyday=True, summary="List the records whose name begins so",
        do=lambda zendesk, asked, key: zendesk.custom_objects.records(key).autocomplete(asked.name),
    ),
    DeskOperation(
        name="count_object_records", command="object-records count", method="GET", path=f"{_RECORDS}/count", tag=OBJECTS, takes=Nothing,
        gives=Count(), summary="Count the records of a custom object",
        do=lambda zendesk, _, key: zendesk.custom_objects.records(key).count(),
    ),
    DeskOperation(
        name="upsert_object_record", command="object-records upsert", method="PUT", path=_RECORDS, tag=OBJECTS, takes=Upsert,
        gives=One("custom_object_record", ObjectRecord), everyday=True,
        summary="Make a record, or change the one with this external id or name",
        example={"external_id": "x-1", "custom_object_record": {"name": "Second floor"}},
        do=lambda zendesk, asked, key: zendesk.custom_objects.records(key).upsert(
            asked.custom_object_record, external_id=asked.external_id, name=asked.name
        ),
    ),
    DeskOperation(
        name="delete_object_record_by", command="object-records delete-by", method="DELETE", path=_RECORDS, tag=OBJECTS, takes=By,
        gives=Done(),
        destroys=True, summary="Delete the record with this external id or name",
        do=lambda zendesk, asked, key: zendesk.custom_objects.records(key).delete_by(external_id=asked.external_id, name=asked.name),
    ),
    *resource(
        "object_trigger", family=lambda zendesk, key: zendesk.custom_objects.triggers(key), path="/custom_objects/{object_key}/triggers",
        tag=OBJECTS, kind=Rule, root="triggers", key="trigger",
        example={"title": "Tell the owner", "conditions": {"all": []}, "actions": [{"field": "name", "value": "x"}]},
    ),
    DeskOperation(
        name="reorder_object_fields", command="object-fields reorder", method="PUT", path="/custom_objects/{object_key}/fields/reorder",
        tag=OBJECTS, takes=FieldOrder, gives=Done(), summary="Put all fields of a custom object into another order",
        example={"ids": ["4398096843392", "4398096842876"]},
        do=lambda zendesk, asked, key: zendesk.custom_objects.fields(key).reorder(asked.ids),
    ),
    DeskOperation(
        name="get_object_limit", command="custom-objects object-limit", method="GET", path="/custom_objects/limits/object_limit",
        tag=OBJECTS,
        takes=Nothing, gives=One("limit"), summary="Show how many custom objects there are, and may be",
        do=lambda zendesk, _: zendesk.custom_objects.object_limit(),
    ),
    DeskOperation(
        name="get_record_limit", command="custom-objects record-limit", method="GET", path="/custom_objects/limits/record_limit",
        tag=OBJECTS,
        takes=Nothing, gives=One("limit"), summary="Show how many records of custom objects there are, and may be",
        do=lambda zendesk, _: zendesk.custom_objects.record_limit(),
    ),
    DeskOperation(
        name="list_object_permissions", command="custom-objects permissions", method="GET",
        path="/custom_objects/{object_key}/permission_policies", tag=OBJECTS, takes=Nothing, gives=Many("policies"),
        summary="List who may do what with the records of a custom object",
        do=lambda zendesk, _, key: zendesk.custom_objects.permissions(key),
    ),
    DeskOperation(
        name="start_object_job", command="custom-objects start-job", method="POST", path="/custom_objects/{object_key}/jobs", tag=OBJECTS,
        takes=ObjectJob, gives=Job(), summary="Make, change or delete up to 100 records in one job",
        example={"action": "create", "items": [{"name": "Third floor"}]},
        do=lambda zendesk, asked, key: zendesk.custom_objects.start(key, asked.action, asked.items),
    ),
    DeskOperation(
        name="get_object_limits", command="custom-objects limits", method="GET", path="/custom_objects/{object_key}/limits/field_limit",
        tag=OBJECTS, takes=Nothing, gives=One("limit"), summary="Show how many fields a custom object has, and may have",
        do=lambda zendesk, _, key: zendesk.custom_objects.limits(key),
    ),
)  # fmt: skip

_CONTENT: tuple[AnyDeskOperation, ...] = (
    *resource(
        "dynamic_content_item", family=lambda zendesk: zendesk.dynamic_content, path="/dynamic_content/items", tag=CONTENT, root="items",
        key="item",
        example={"name": "Greeting", "default_locale_id": 1, "variants": [{"locale_id": 1, "content": "Hello", "default": True}]},
    ),
    *resource(
        "dynamic_content_variant", family=lambda zendesk, item_id: zendesk.dynamic_content.variants(item_id),
        path="/dynamic_content/items/{dynamic_content_item_id}/variants", tag=CONTENT, root="variants", key="variant",
        example={"locale_id": 2, "content": "Hallo", "default": False},
    ),
)  # fmt: skip

OPERATIONS: tuple[AnyDeskOperation, ...] = (*_OBJECTS, *_CONTENT)
