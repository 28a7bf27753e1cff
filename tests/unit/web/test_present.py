"""What pages cannot bear as null is never null, however bare the record."""

from __future__ import annotations

import msgspec

from atom_zendesk_plugin.desk.listing import Listing, Names
from atom_zendesk_plugin.records import Comment, Group, Organization, Ticket, User, View
from atom_zendesk_plugin.web.present.people import user_item, users_data
from atom_zendesk_plugin.web.present.places import groups_data, organization_item, views_data
from atom_zendesk_plugin.web.present.tickets import NOBODY, comment_item


def test_a_bare_user() -> None:
    item = user_item(User(id=1), {})
    assert (item.name, item.email, item.photo, item.tags) == ("", "", None, [])


def test_a_picture_is_where_pages_look_for_it() -> None:
    user = User.parse(b'{"id": 1, "photo": {"content_url": "https://acme.zendesk.com/p.png"}, "time_zone": "Berlin"}')
    item = msgspec.to_builtins(user_item(user, {}))
    assert item["photo"] == {"thumbnails": [{"url": "https://acme.zendesk.com/p.png"}]}
    assert item["timezone"] == item["time_zone"] == "Berlin"


def test_an_organization_that_was_not_sent_has_no_name() -> None:
    item = user_item(User(id=1, organization_id=7), {})
    assert item.organization is not None
    assert (item.organization.id, item.organization.name) == (7, "")


def test_bare_places() -> None:
    item = organization_item(Organization(id=1))
    assert (item.name, item.domain_names, item.tags, item.shared_tickets) == ("", [], [], False)
    assert groups_data(Listing(records=(Group(id=1),))).groups[0].name == ""
    assert views_data(Listing(records=(View(id=1),))).views[0].title == ""


def test_a_list_says_how_much_is_here_and_how_much_there_is() -> None:
    data = users_data(Listing(records=(User(id=1),), has_more=True, cursor="c", count=5))
    assert (data.count, data.total, data.has_more, data.cursor) == (1, 5, True, "c")


def test_a_comment_not_known_to_be_public_is_private() -> None:
    names = Names()
    assert comment_item(Comment(id=1), names).public is False
    assert comment_item(Comment(id=1, public=True), names).public is True
    assert comment_item(Comment(id=1), names).author == NOBODY


def test_unknown_fields_of_a_record_do_not_leak() -> None:
    ticket = Ticket.parse(b'{"id": 1, "secret_field": "x"}')
    assert not hasattr(ticket, "secret_field")
