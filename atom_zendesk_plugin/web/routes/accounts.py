"""Operations that tell how things stand: the connection of the caller, and the health of the integration."""

from __future__ import annotations

from typing import Any

import msgspec

from atom_zendesk_plugin.web.fields import Body, Query
from atom_zendesk_plugin.web.operations import API, SERVICES, UI, Answer, AnyOperation, Call, Operation
from atom_zendesk_plugin.web.present.people import UserItem, user_item

TAG = "Status and health"


class StatusData(msgspec.Struct, kw_only=True, frozen=True):
    """``own``: you are connected as yourself; otherwise through the service account."""

    connected: bool
    status: str
    account_url: str
    own: bool
    user: UserItem


class HealthReport(msgspec.Struct, kw_only=True, frozen=True):
    """The state of the integration; ``checks`` says for each part what is wrong and what to do."""

    ok: bool
    status: str
    message: str
    success: bool | msgspec.UnsetType = msgspec.UNSET
    service: str | msgspec.UnsetType = msgspec.UNSET
    checks: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


def status(call: Call[Query, Body]) -> Answer:
    """Ask Zendesk who is connected: the only proof that the connection works."""
    desk = call.desk()
    myself = desk.me()
    data = StatusData(
        connected=True, status="connected", account_url=desk.agent_url, own=myself.own, user=user_item(myself.user, {})
    )
    return Answer(data=data, message="Zendesk is connected.")


def health(call: Call[Query, Body]) -> Answer:
    report = call.parts.health()
    return Answer(data=report, status=503 if report.get("status") == "unhealthy" else 200, bare=True)


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/status", handler=status, tag=TAG, query=Query, body=Body, reply=StatusData,
        summary="Tell whether you are connected", description="200 only when Zendesk itself has just answered for this connection.",
    ),
    Operation(
        method="GET", path=f"{UI}/health", handler=status, tag=TAG, query=Query, body=Body, reply=StatusData,
        summary="Tell whether you are connected (for ATOM's pages)",
    ),
    *(
        Operation(
            method="GET", path=f"{prefix}/health", handler=health, tag=TAG, query=Query, body=Body, reply=HealthReport,
            identified=False, bare=True, summary="Report the health of the integration",
            description="Open to everybody, without secrets. 200 when healthy or degraded, 503 when unhealthy.",
        )
        for prefix in (API, SERVICES)
    ),
)  # fmt: skip
