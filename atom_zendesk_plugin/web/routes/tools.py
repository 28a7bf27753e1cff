"""What agents can use here, described for them, and a single place to use it from."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from atom_zendesk_plugin.web.fields import Body, Query
from atom_zendesk_plugin.web.operations import API, Answer, AnyOperation, Call, Operation

TAG = "Tools"


class ToolsQuery(Query, kw_only=True, frozen=True):
    every: Annotated[bool, Meta(description="Also what only sets an account up.")] = False


class ToolArguments(Body, kw_only=True, frozen=True):
    arguments: Annotated[dict[str, Any], Meta(description="The arguments, as the tool's `input_schema` says.")] = (
        msgspec.field(default_factory=dict)
    )


class ToolItem(msgspec.Struct, kw_only=True, frozen=True):
    """One tool. ``annotations`` says whether it only reads, and whether what it takes away comes back."""

    name: str
    description: str
    input_schema: dict[str, Any]
    annotations: dict[str, bool]
    method: str
    path: str


class ToolsData(msgspec.Struct, kw_only=True, frozen=True):
    tools: list[ToolItem]


class ToolResult(msgspec.Struct, kw_only=True, frozen=True):
    tool: str
    result: Any


def list_tools(call: Call[ToolsQuery, Body]) -> Answer:
    from atom_zendesk_plugin.web.tools import tools

    shown = [tool.as_dict() for tool in tools().values() if tool.everyday or call.query.every]
    return Answer(data={"tools": shown})


def run_tool(call: Call[Query, ToolArguments]) -> Answer:
    from atom_zendesk_plugin.web.tools import find_tool

    tool = find_tool(call.keys["tool"])
    # The header counts here as on the tool's own route, where that knows it: a repeated request makes no second ticket.
    key = {"idempotency_key": call.idempotency_key} if call.idempotency_key is not None and tool.operation.keyed else {}
    result = tool.run(call.parts, call.who(), {**key, **call.body.arguments}, account=call.account)
    return Answer(data=ToolResult(tool=tool.name, result=result))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/tools", handler=list_tools, tag=TAG, query=ToolsQuery, body=Body, reply=ToolsData,
        summary="List what agents can do here, with a JSON Schema of each tool's arguments",
    ),
    Operation(
        method="POST", path=f"{API}/tools/{{tool}}", handler=run_tool, tag=TAG, query=Query, body=ToolArguments, reply=ToolResult,
        keyed=True,
        summary="Use a tool", description="`result` is what the tool's own route has under `data`.",
        example={"arguments": {"ticket_id": 35436}},
    ),
)  # fmt: skip
