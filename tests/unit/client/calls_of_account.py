"""What is sent for the things an account is set up with."""

from __future__ import annotations

from tests.unit.client.asking import CURSOR, NUMBER, Case, Usual

SECRET = {"signing_secret": {"secret": "s", "algorithm": "SHA256"}}

USUAL = (
    Usual("dynamic_content", "/dynamic_content/items", "items", "item"),
    Usual("dynamic_content.variants()", "/dynamic_content/items/5/variants", "variants", "variant", within=(5,)),
    Usual("brands", "/brands", "brands", "brand", "lgcuda"),
    Usual("locales", "/locales", "locales", "locale", "lga", NUMBER),
    Usual("custom_roles", "/custom_roles", "custom_roles", "custom_role", "lgcuda", NUMBER),
    Usual("support_addresses", "/recipient_addresses", "recipient_addresses", "recipient_address"),
    Usual("activities", "/activities", "activities", "activity", "lg"),
    Usual("sharing_agreements", "/sharing_agreements", "sharing_agreements", "sharing_agreement", params=NUMBER),
    Usual("audit_logs", "/audit_logs", "audit_logs", "audit_log", "lg"),
    Usual("bookmarks", "/bookmarks", "bookmarks", "bookmark", "ld", NUMBER),
    Usual("workspaces", "/workspaces", "workspaces", "workspace", params=NUMBER),
    Usual("queues", "/queues", "queues", "queue", params=NUMBER),
    Usual("deletion_schedules", "/deletion_schedules", "deletion_schedules", "deletion_schedule", params=NUMBER),
    Usual("webhooks", "/webhooks", "webhooks", "webhook", "lgcd"),
    Usual("webhooks.invocations()", "/webhooks/01W/invocations", "invocations", "invocation", "l", within=("01W",)),
    Usual("targets", "/targets", "targets", "target", params=NUMBER),
    Usual("oauth_clients", "/oauth/clients", "clients", "client"),
    Usual("global_oauth_clients", "/oauth/global_clients", "global_clients", "global_client", "lg"),
    Usual("oauth_tokens", "/oauth/tokens", "tokens", "token", "lgc"),
)

CASES = (
    *(case for usual in USUAL for case in usual.cases()),
    Case("account_settings.get", (), "GET /account/settings", {"settings": {}}),
    Case(
        "dynamic_content.show_many", (["a", "b"],), "GET /dynamic_content/items/show_many", {"items": []},
        params={"identifiers": "a,b"},
    ),
    Case(
        "dynamic_content.variants().create_many", ([{"content": "x"}],), "POST /dynamic_content/items/5/variants/create_many",
        {"variants": []}, {"variants": [{"content": "x"}]}, within=(5,),
    ),
    Case(
        "dynamic_content.variants().update_many", ([{"id": 1}],), "PUT /dynamic_content/items/5/variants/update_many",
        {"variants": []}, {"variants": [{"id": 1}]}, within=(5,),
    ),
    Case("brands.agents", (5,), "GET /brands/5/agents", {"brand_agents": []}, params=NUMBER),
    Case("brands.check_host_mapping", (5,), "GET /brands/5/check_host_mapping", {"is_valid": True}),
    Case("locales.for_agents", (), "GET /locales/agent", {"locales": []}, params=NUMBER),
    Case("locales.public", (), "GET /locales/public", {"locales": []}, params=NUMBER),
    Case("locales.current", (), "GET /locales/current", {"locale": {}}),
    Case(
        "locales.best", (["de"],), "GET /locales/detect_best_locale", {"locale": {}},
        params={"available_locales[]": "de"},
    ),
    Case("support_addresses.verify", (5,), "PUT /recipient_addresses/5/verify", {}, {"type": "forwarding"}),
    Case("activities.count", (), "GET /activities/count", {"count": {"value": 1}}),
    Case("bookmarks.add", (1,), "POST /bookmarks", {"bookmark": {}}, {"bookmark": {"ticket_id": 1}}),
    Case("workspaces.reorder", ([2, 1],), "PUT /workspaces/reorder", {}, {"ids": [2, 1]}),
    Case("workspaces.delete_many", ([1, 2],), "DELETE /workspaces/destroy_many", {}, params={"ids": "1,2"}),
    Case("tags.list", (), "GET /tags", {"tags": []}, params=CURSOR),
    Case("tags.count", (), "GET /tags/count", {"count": {"value": 1}}),
    Case("tags.autocomplete", ("vi",), "GET /autocomplete/tags", {"tags": ["vip"]}, params={"name": "vi"}),
    Case("webhooks.replace", ("01W", {"name": "a"}), "PUT /webhooks/01W", None, {"webhook": {"name": "a"}}),
    Case("webhooks.update", ("01W", {"name": "a"}), "PATCH /webhooks/01W", None, {"webhook": {"name": "a"}}),
    Case(
        "webhooks.test", (), "POST /webhooks/test", {"response": {}}, {}, {"webhook_id": "01W"}, {"webhook_id": "01W"},
    ),
    Case(
        "webhooks.test", (), "POST /webhooks/test", {"response": {}}, {"request": {"endpoint": "u"}},
        named={"request": {"endpoint": "u"}},
    ),
    Case("webhooks.signing_secret", ("01W",), "GET /webhooks/01W/signing_secret", SECRET),
    Case("webhooks.rotate_secret", ("01W",), "POST /webhooks/01W/signing_secret", SECRET, {}),
    Case(
        "webhooks.invocations().attempts", ("01I",), "GET /webhooks/01W/invocations/01I/attempts", {"attempts": []},
        params=NUMBER, within=("01W",),
    ),
    Case("targets.failures", (), "GET /target_failures", {"target_failures": []}, params=NUMBER),
    Case("oauth_clients.generate_secret", (5,), "PUT /oauth/clients/5/generate_secret", {"client": {}}, {}),
    Case("oauth_clients.mine", (), "GET /users/me/oauth/clients", {"clients": []}, params=CURSOR),
    Case("oauth_tokens.current", (), "GET /oauth/tokens/current", {"token": {"id": 1}}),
    Case("oauth_tokens.revoke", (5,), "DELETE /oauth/tokens/5"),
    Case("jobs.list", (), "GET /job_statuses", {"job_statuses": []}, params=CURSOR),
    Case("attachments.delete_upload", ("tok",), "DELETE /uploads/tok"),
    Case("attachments.get", (5,), "GET /attachments/5", {"attachment": {"id": 5}}),
    Case(
        "attachments.allow_malware", (5,), "PUT /attachments/5", {"attachment": {"id": 5}},
        {"attachment": {"malware_access_override": True}},
    ),
)  # fmt: skip
