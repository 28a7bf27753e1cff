"""Dynamic content: texts with a variant for each language, and the languages there are."""

from __future__ import annotations

from typing import Any, Final

from atom_zendesk_plugin.simulator.exchange import Answer, Call, Json, Refusal, Route
from atom_zendesk_plugin.simulator.intake import id_list, invalid, read_flag, read_id, read_text, wrapped
from atom_zendesk_plugin.simulator.render.frame import address, stamp
from atom_zendesk_plugin.simulator.routes.frame import API, found
from atom_zendesk_plugin.simulator.routes.stored import Family, crud, page, read_name, refuse_taken, route
from atom_zendesk_plugin.simulator.state import Desk

LOCALES: Final = {1: ("en-US", "English"), 8: ("de", "Deutsch"), 16: ("fr", "Français"), 2: ("es", "Español")}
_SHELF: Final = "dynamic_content_items"


def _read(desk: Desk, data: Json, old: Json | None) -> Json:
    """Variants are written with a new item; afterwards they have routes of their own."""
    name = read_name(data, old, "name")
    refuse_taken(desk.shelves[_SHELF], "name", name, old)
    if old is not None:
        return {"name": name}
    alone = {"locale_id": data.get("default_locale_id"), "content": data.get("content"), "default": True}
    told: Any = data.get("variants") or [alone]
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise invalid("variants", "Variants: is not a list of variants")
    variants = [_variant(desk, row, None) for row in told]
    if len({row["locale_id"] for row in variants}) < len(variants):
        raise invalid("variants", "Variants: have a language twice", "DuplicateValue")
    default = next((row for row in variants if row["default"]), variants[0])
    default["default"] = True
    slug = "".join(letter if letter.isalnum() else "_" for letter in name.lower())
    values = {"name": name, "placeholder": f"{{{{dc.{slug}}}}}", "default_locale_id": default["locale_id"]}
    return {**values, "outdated": False, "variants": variants}


def _variant(desk: Desk, data: Json, old: Json | None) -> Json:
    locale = read_id(data, "locale_id") if "locale_id" in data or old is None else old["locale_id"]
    content = read_text(data, "content") if "content" in data or old is None else old["content"]
    if locale not in LOCALES:
        raise invalid("locale_id", "Locale: is not one of the account's languages")
    if content is None:
        raise invalid("content", "Content: cannot be blank", "BlankValue")
    now = stamp(desk.now())
    head = {"id": desk.new_id(), "created_at": now} if old is None else {}
    flags = {
        name: read_flag(data, name) if name in data else (default if old is None else old[name])
        for name, default in (("active", True), ("default", False))
    }
    return {**head, "locale_id": locale, "content": content, **flags, "outdated": False, "updated_at": now}


def _shown(desk: Desk, call: Call, row: Json) -> Json:
    return row | {"variants": [_render(call, row, variant) for variant in row["variants"]]}


ITEMS = Family(
    one="item",
    many="items",
    path="dynamic_content/items",
    read=_read,
    scope="dynamic_content",
    feature="dynamic_content",
    rows_of=lambda desk: desk.shelves[_SHELF],
    shown=_shown,
)


def show_many(desk: Desk, call: Call) -> Answer:
    rows = desk.shelves[_SHELF]
    return page(desk, call, ITEMS, [rows[key] for key in id_list(call) if key in rows])


def list_variants(desk: Desk, call: Call) -> Answer:
    row = ITEMS.find(desk, call)
    return Answer(200, {"variants": [_render(call, row, variant) for variant in row["variants"]]})


def show_variant(desk: Desk, call: Call) -> Answer:
    row = ITEMS.find(desk, call)
    return Answer(200, {"variant": _render(call, row, _find(call, row))})


def post_variant(desk: Desk, call: Call) -> Answer:
    row = ITEMS.find(desk, call)
    variant = _variant(desk, wrapped(call, "variant"), None)
    if any(one["locale_id"] == variant["locale_id"] for one in row["variants"]):
        raise invalid("locale_id", "Locale: has already been taken", "DuplicateValue")
    row["variants"] = [*row["variants"], variant]
    _let_lead(row, variant)
    return Answer(201, {"variant": _render(call, row, variant)})


def put_variant(desk: Desk, call: Call) -> Answer:
    row = ITEMS.find(desk, call)
    variant = _find(call, row)
    values = _variant(desk, wrapped(call, "variant"), variant)
    if any(one["locale_id"] == values["locale_id"] for one in row["variants"] if one is not variant):
        raise invalid("locale_id", "Locale: has already been taken", "DuplicateValue")
    variant |= values
    _let_lead(row, variant)
    return Answer(200, {"variant": _render(call, row, variant)})


def remove_variant(desk: Desk, call: Call) -> Answer:
    row = ITEMS.find(desk, call)
    variant = _find(call, row)
    if variant["default"]:
        raise Refusal.invalid(base="The default variant cannot be deleted")
    row["variants"] = [one for one in row["variants"] if one is not variant]
    return Answer(204)


def list_locales(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"locales": [_locale(call, number) for number in LOCALES]})


def show_locale(desk: Desk, call: Call) -> Answer:
    """Find a language by its number or its tag."""
    told = call.ids["id"].lower()
    number = next((key for key, (tag, _) in LOCALES.items() if told in (str(key), tag.lower())), None)
    return Answer(200, {"locale": _locale(call, found(number))})


def show_current(desk: Desk, call: Call) -> Answer:
    return Answer(200, {"locale": _locale(call, 1)})


def _locale(call: Call, number: int) -> Json:
    tag, name = LOCALES[number]
    since = "2009-07-21T16:00:00Z"
    head = {"url": address(call, f"locales/{tag}"), "id": number, "locale": tag, "name": name}
    return {**head, "created_at": since, "updated_at": since}


def _find(call: Call, row: Json) -> Json:
    number = call.id("variant_id")
    return found(next((one for one in row["variants"] if one["id"] == number), None))


def _let_lead(row: Json, variant: Json) -> None:
    """One variant is the default at any time."""
    if variant["default"]:
        for other in row["variants"]:
            other["default"] = other is variant
        row["default_locale_id"] = variant["locale_id"]


def _render(call: Call, row: Json, variant: Json) -> Json:
    return {"url": address(call, f"dynamic_content/items/{row['id']}/variants/{variant['id']}"), **variant}


_HERE = f"{API}/dynamic_content/items"
_VARIANTS = f"{_HERE}/{{id}}/variants"
_VARIANT = f"{_VARIANTS}/{{variant_id}}"
_LOCALES = f"{API}/locales"

ROUTES: tuple[Route, ...] = (
    *crud(ITEMS),
    route(ITEMS, "GET", f"{_HERE}/show_many", show_many),
    route(ITEMS, "GET", _VARIANTS, list_variants),
    route(ITEMS, "POST", _VARIANTS, post_variant),
    route(ITEMS, "GET", _VARIANT, show_variant),
    route(ITEMS, "PUT", _VARIANT, put_variant),
    route(ITEMS, "DELETE", _VARIANT, remove_variant),
    Route(method="GET", template=_LOCALES, handler=list_locales, agents_only=False),
    Route(method="GET", template=f"{_LOCALES}/agent", handler=list_locales, agents_only=False),
    Route(method="GET", template=f"{_LOCALES}/public", handler=list_locales, agents_only=False),
    Route(method="GET", template=f"{_LOCALES}/current", handler=show_current, agents_only=False),
    Route(method="GET", template=f"{_LOCALES}/detect_best_locale", handler=show_current, agents_only=False),
    Route(method="GET", template=f"{_LOCALES}/{{id}}", handler=show_locale, agents_only=False),
)
