"""Everything that can be read."""

from __future__ import annotations

from atom_zendesk_plugin.simulator.activities import activities_of
from tests.unit.simulator.tour.walk import Tour


def read_everything(tour: Tour) -> None:
    desk = tour.simulator.desk
    ticket = next(row for row in desk.tickets.values() if row.rating is not None)
    customer = desk.users[ticket.requester_id]
    tables = {name: next(iter(rows)) for name, rows in desk.config.tables().items()}
    gone = [user.id for user in desk.users.values() if not user.active and user.forgotten_at is None]
    forgotten = [user.id for user in desk.users.values() if user.forgotten_at is not None]
    tour.ask("GET", "/users/{id}/compliance_deletion_statuses", id=forgotten[0])
    busy = next(row for row in desk.active_users() if row.is_staff and activities_of(desk, row))
    listed = tour.ask("GET", "/activities", by=busy.id)["activities"]
    tour.ask("GET", "/activities/{id}", by=busy.id, id=listed[0]["id"])
    text = next(row.subject for row in desk.tickets.values() if row.type == "problem")
    tour.ask("POST", "/problems/autocomplete", {"text": text})
    tour.reads(
        tickets=ticket.id,
        requests=ticket.id,
        attachments=tour.attached(),
        comment_id=ticket.comments[0].id,
        audit_id=ticket.audits[0].id,
        ticket_metrics=ticket.audits[0].id + 64,
        users=customer.id,
        customer=customer.id,
        identity_id=customer.identities[0].id,
        macro_id=tables["macros"],
        deleted_users=gone[0],
        organization_merges=next(iter(desk.organization_merges)),
        organizations=next(iter(desk.organizations)),
        groups=next(iter(desk.groups)),
        group_memberships=next(iter(desk.group_memberships.all)),
        organization_memberships=next(iter(desk.organization_memberships.all)),
        satisfaction_reasons=next(iter(desk.shelves["satisfaction_reasons"])),
        satisfaction_ratings=next(iter(desk.ratings)),
        job_statuses=next(iter(desk.jobs)),
        triggers=next(iter(desk.shelves["triggers"])),
        automations=next(iter(desk.shelves["automations"])),
        trigger_categories=next(iter(desk.shelves["trigger_categories"])),
        slas=next(iter(desk.shelves["sla_policies"])),
        group_slas=next(iter(desk.shelves["group_sla_policies"])),
        webhooks=desk.webhook_calls[0].webhook_id,
        invocation_id=desk.webhook_calls[0].id,
        key="lamp",
        field="colour",
        record_id=next(iter(desk.shelves["custom_object_records lamp"])),
        locales=8,
        resource="tickets",
        **tables,
    )
