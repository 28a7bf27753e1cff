"""What is sent for views, rules, fields, forms and policies."""

from __future__ import annotations

from tests.unit.client.asking import CURSOR, JOB, NUMBER, Case, Usual

COUNT = {"view_count": {"value": 3, "fresh": True}}
FIELDS = ("ticket_fields", "user_fields", "organization_fields")

USUAL = (
    Usual("views", "/views", "views", "view"),
    Usual("macros", "/macros", "macros", "macro"),
    Usual("triggers", "/triggers", "triggers", "trigger"),
    Usual(
        "trigger_categories", "/trigger_categories", "trigger_categories", "trigger_category", changes_by="PATCH"
    ),
    Usual("automations", "/automations", "automations", "automation"),
    *(Usual(root, f"/{root}", root, root.removesuffix("s"), "lgcuda") for root in FIELDS),
    *(
        Usual(
            f"{root}.options()", f"/{root}/5/options", "custom_field_options", "custom_field_option", "lgcd", NUMBER,
            within=(5,),
        )
        for root in FIELDS[:2]
    ),
    Usual("ticket_forms", "/ticket_forms", "ticket_forms", "ticket_form", "lgcuda"),
    Usual("custom_statuses", "/custom_statuses", "custom_statuses", "custom_status", "lgcuda", NUMBER),
    Usual("sla_policies", "/slas/policies", "sla_policies", "sla_policy", "lgcuda", NUMBER),
    Usual("group_sla_policies", "/group_slas/policies", "group_sla_policies", "group_sla_policy", "lgcuda", NUMBER),
    Usual("schedules", "/business_hours/schedules", "schedules", "schedule", "lgcuda", NUMBER),
    Usual(
        "schedules.holidays()", "/business_hours/schedules/5/holidays", "holidays", "holiday", params=NUMBER, within=(5,)
    ),
    Usual("satisfaction_ratings", "/satisfaction_ratings", "satisfaction_ratings", "satisfaction_rating", "lg"),
    Usual("satisfaction_reasons", "/satisfaction_reasons", "reasons", "reason", "lg", NUMBER),
    Usual("survey_responses", "/guide/survey_responses", "survey_responses", "survey_response", "lg"),
    Usual("custom_objects", "/custom_objects", "custom_objects", "custom_object", params=NUMBER, changes_by="PATCH"),
    Usual(
        "custom_objects.fields()", "/custom_objects/car/fields", "custom_object_fields", "custom_object_field",
        params=NUMBER, changes_by="PATCH", within=("car",),
    ),
    Usual(
        "custom_objects.records()", "/custom_objects/car/records", "custom_object_records", "custom_object_record",
        changes_by="PATCH", within=("car",),
    ),
    Usual("custom_objects.triggers()", "/custom_objects/car/triggers", "triggers", "trigger", within=("car",)),
)  # fmt: skip

_RECORD = {"custom_object_record": {"id": "r"}}
_NUMBERED = {"query": "x", "page": "2", "per_page": "10"}


def _ordered(name: str, path: str, root: str, *, within: tuple[str, ...] = ()) -> tuple[Case, ...]:
    return (
        Case(f"{name}.active", (), f"GET {path}/active", {root: []}, params=CURSOR, within=within),
        Case(
            f"{name}.search", ("x",), f"GET {path}/search", {root: []}, params=_NUMBERED,
            named={"page": 2, "size": 10}, within=within,
        ),
        Case(
            f"{name}.update_many", ([{"id": 1, "position": 2}],), f"PUT {path}/update_many", {root: []},
            {root: [{"id": 1, "position": 2}]}, within=within,
        ),
        Case(f"{name}.delete_many", ([1, 2],), f"DELETE {path}/destroy_many", params={"ids": "1,2"}, within=within),
    )  # fmt: skip


CASES = (
    *(case for usual in USUAL for case in usual.cases()),
    *(case for root in ("views", "macros", "triggers", "automations") for case in _ordered(root, f"/{root}", root)),
    *_ordered("custom_objects.triggers()", "/custom_objects/car/triggers", "triggers", within=("car",)),
    *(
        Case(f"{root}.definitions", (), f"GET /{root}/definitions", {"definitions": {}})
        for root in ("views", "macros", "triggers")
    ),
    Case("sla_policies.definitions", (), "GET /slas/policies/definitions", {"definitions": {}}),
    Case("group_sla_policies.definitions", (), "GET /group_slas/policies/definitions", {"definitions": {}}),
    Case(
        "custom_objects.triggers().definitions", (), "GET /custom_objects/car/triggers/definitions", {"definitions": {}},
        within=("car",),
    ),
    Case("views.show_many", ([1, 2],), "GET /views/show_many", {"views": []}, params={"ids": "1,2"}),
    Case("views.compact", (), "GET /views/compact", {"views": []}),
    Case("views.tickets", (6,), "GET /views/6/tickets", {"tickets": []}, params=CURSOR),
    Case(
        "views.execute", (6,), "GET /views/6/execute", {"rows": []}, params={"sort_by": "status"},
        named={"sort_by": "status"},
    ),
    Case("views.preview", ({"all": []},), "POST /views/preview", {"rows": []}, {"view": {"all": []}}),
    Case("views.preview_count", ({"all": []},), "POST /views/preview/count", COUNT, {"view": {"all": []}}),
    Case("views.count_many", ([6, 7],), "GET /views/count_many", {"view_counts": []}, params={"ids": "6,7"}),
    Case("views.how_many", (), "GET /views/count", {"count": {"value": 1}}),
    Case("views.export", (6,), "GET /views/6/export", {"export": {}}),
    Case("macros.apply", (5,), "GET /macros/5/apply", {"result": {}}),
    Case("macros.apply_to", (5, 1), "GET /tickets/1/macros/5/apply", {"result": {}}),
    Case("macros.draft", (), "GET /macros/new", {"macro": {}}, params={"ticket_id": "1"}, named={"ticket_id": 1}),
    Case("macros.categories", (), "GET /macros/categories", {"categories": ["a"]}),
    Case("macros.actions", (), "GET /macros/actions", {"actions": []}, params=CURSOR),
    Case("macros.attachments", (5,), "GET /macros/5/attachments", {"macro_attachments": []}, params=CURSOR),
    Case("triggers.reorder", ([2, 1],), "PUT /triggers/reorder", {}, {"trigger_ids": [2, 1]}),
    Case("triggers.revisions", (5,), "GET /triggers/5/revisions", {"trigger_revisions": []}, params={"limit": "100"}),
    Case("triggers.revision", (5, 6), "GET /triggers/5/revisions/6", {"trigger_revision": {}}),
    Case(
        "trigger_categories.move", (), "POST /trigger_categories/jobs", {"results": {}},
        {"job": {"action": "patch", "items": {"trigger_categories": [{"id": "1", "position": 0}], "triggers": []}}},
        named={"categories": [{"id": "1", "position": 0}]},
    ),
    *(
        Case(f"{root}.reorder", ([2, 1],), f"PUT /{root}/reorder", {}, {f"{root.removesuffix('s')}_ids": [2, 1]})
        for root in FIELDS
    ),
    Case(
        "ticket_fields.show_many", (), "GET /ticket_fields/show_many", {"ticket_fields": []}, params={"ids": "1,2"},
        named={"ids": [1, 2]},
    ),
    Case("ticket_fields.count", (), "GET /ticket_fields/count", {"count": {"value": 1}}),
    Case("user_fields.show_many", (["a"],), "GET /user_fields/show_many", {"user_fields": []}, params={"keys": "a"}),
    *(
        Case(
            f"{root}.options().update", (9, {"name": "x"}), f"POST /{root}/5/options", {"custom_field_option": {"id": 9}},
            {"custom_field_option": {"name": "x", "id": 9}}, within=(5,),
        )
        for root in FIELDS[:2]
    ),
    Case("ticket_forms.show_many", ([1],), "GET /ticket_forms/show_many", {"ticket_forms": []}, params={"ids": "1"}),
    Case("ticket_forms.clone", (5,), "POST /ticket_forms/5/clone", {"ticket_form": {"id": 6}}, {}),
    Case("ticket_forms.reorder", ([2, 1],), "PUT /ticket_forms/reorder", {}, {"ticket_form_ids": [2, 1]}),
    Case(
        "ticket_forms.statuses", (5,), "GET /ticket_forms/5/ticket_form_statuses", {"ticket_form_statuses": []},
        params=NUMBER,
    ),
    Case(
        "ticket_forms.add_statuses", (5, [{"custom_status_id": 7}]), "POST /ticket_forms/5/ticket_form_statuses",
        {"ticket_form_statuses": []}, {"ticket_form_status": [{"custom_status_id": 7}]},
    ),
    Case("ticket_forms.remove_status", (5, "01H"), "DELETE /ticket_forms/5/ticket_form_statuses/01H"),
    Case("custom_statuses.set_defaults", ([1, 2],), "PUT /custom_status/default", {}, {"ids": "1,2"}),
    Case("sla_policies.reorder", ([2, 1],), "PUT /slas/policies/reorder", {}, {"sla_policy_ids": [2, 1]}),
    Case(
        "group_sla_policies.reorder", (["b", "a"],), "PUT /group_slas/policies/reorder", {},
        {"group_sla_policy_ids": ["b", "a"]},
    ),
    Case(
        "schedules.set_hours", (5, [{"start_time": 1, "end_time": 2}]), "PUT /business_hours/schedules/5/workweek",
        {"workweek": {}}, {"workweek": {"intervals": [{"start_time": 1, "end_time": 2}]}},
    ),
    Case("satisfaction_ratings.count", (), "GET /satisfaction_ratings/count", {"count": {"value": 1}}),
    Case(
        "custom_objects.fields().reorder", (["2", "1"],), "PUT /custom_objects/car/fields/reorder", {},
        {"custom_object_field_ids": ["2", "1"]}, within=("car",),
    ),
    Case(
        "custom_objects.records().count", (), "GET /custom_objects/car/records/count", {"count": {"value": 1}},
        within=("car",),
    ),
    Case(
        "custom_objects.records().search", ("red",), "GET /custom_objects/car/records/search",
        {"custom_object_records": []}, params={**CURSOR, "query": "red"}, within=("car",),
    ),
    Case(
        "custom_objects.records().filtered", ({"a": 1},), "POST /custom_objects/car/records/search",
        {"custom_object_records": []}, {"filter": {"a": 1}}, {**CURSOR, "page[after]": "c"}, {"cursor": "c"},
        within=("car",),
    ),
    Case(
        "custom_objects.records().autocomplete", ("re",), "GET /custom_objects/car/records/autocomplete",
        {"custom_object_records": []}, params={**CURSOR, "name": "re"}, within=("car",),
    ),
    Case(
        "custom_objects.records().upsert", ({"name": "a"},), "PATCH /custom_objects/car/records", _RECORD,
        {"custom_object_record": {"name": "a"}}, {"external_id": "x"}, {"external_id": "x"}, within=("car",),
    ),
    Case(
        "custom_objects.records().delete_by", (), "DELETE /custom_objects/car/records", params={"name": "a"},
        named={"name": "a"}, within=("car",),
    ),
    Case(
        "custom_objects.start", ("car", "delete", ["r"]), "POST /custom_objects/car/jobs", JOB,
        {"job": {"action": "delete", "items": ["r"]}},
    ),
    Case("custom_objects.limits", ("car",), "GET /custom_objects/car/limits/field_limit", {"count": 1, "limit": 2}),
    Case("custom_objects.object_limit", (), "GET /custom_objects/limits/object_limit", {"count": 1}),
    Case("custom_objects.record_limit", (), "GET /custom_objects/limits/record_limit", {"count": 1}),
    Case(
        "custom_objects.permissions", ("car",), "GET /custom_objects/car/permission_policies", {"policies": []},
        params=NUMBER,
    ),
)  # fmt: skip
