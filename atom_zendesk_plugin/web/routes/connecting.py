"""Operations that connect people to Zendesk, and the accounts they connect to."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from atom_zendesk_plugin.desk.values import Line
from atom_zendesk_plugin.web.browser import new_secret
from atom_zendesk_plugin.web.fields import (
    AccountName,
    Body,
    Query,
    account_name,
)
from atom_zendesk_plugin.web.operations import API, AUTH, UI, Answer, AnyOperation, Call, Method, Operation
from atom_zendesk_plugin.web.present.connections import (
    AccountData,
    AccountRemoved,
    AccountsData,
    AuthStatusData,
    ConnectionItem,
    DisconnectedData,
    StartData,
    account_item,
    auth_status,
    connection_item,
    disconnected_data,
    start_data,
)  # fmt: skip

TAG = "Connecting"
LONGEST_VALUE = 2048
SentBack = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_VALUE, description="As Zendesk put it into the address.")
]
Secret = Annotated[
    str,
    Meta(
        max_length=512,
        description="Secret of a confidential client; without it the client is a public one. It is never shown again.",
        extra_json_schema={"format": "password", "writeOnly": True},
    ),
]


_TOKENS = " Tokens that people had end by themselves; to end them at once, delete the OAuth client in Zendesk's Admin Center."


class DisconnectQuery(Query, kw_only=True, frozen=True):
    anyway: bool = False


class ConnectBody(Body, kw_only=True, frozen=True):
    account: AccountName | None = None


class DisconnectBody(Body, kw_only=True, frozen=True):
    account: AccountName | None = None
    anyway: bool = False


class SignInAnswer(Body, kw_only=True, frozen=True):
    code: SentBack
    state: SentBack
    account: AccountName | None = None
    iss: SentBack | None = None


class NewAccount(Body, kw_only=True, frozen=True):
    subdomain: Line
    client_id: Line
    client_secret: Secret | None = None
    service: Annotated[bool, Meta(description="Use the client for the service account too.")] = False


def show_status(call: Call[Query, Body]) -> Answer:
    connections, who = call.parts.connections, call.who()
    mine = connections.one(who, account=call.account)
    data = auth_status(mine, connections.every(who), now=call.parts.clock.now())
    return Answer(data=data, message=mine.message)


def start(call: Call[Query, Body]) -> Answer:
    return _started(call, call.account)


def connect(call: Call[Query, ConnectBody]) -> Answer:
    return _started(call, account_name(call.body.account) or call.account)


def _started(call: Call[Query, Body] | Call[Query, ConnectBody], account: str | None) -> Answer:
    secret = call.browser or new_secret()
    started = call.parts.connections.start(call.who(), browser=secret, account=account)
    return Answer(data=start_data(started), message="Open auth_url in the browser.", browser=secret)


def finish(call: Call[Query, SignInAnswer]) -> Answer:
    body = call.body
    connection = call.parts.connections.finish(
        browser=call.browser,
        caller=call.who(),
        state=body.state,
        code=body.code,
        issuer=body.iss,
        account=account_name(body.account) or call.account,
    )
    return Answer(data=connection_item(connection, now=call.parts.clock.now()), message="You are connected to Zendesk.")


def disconnect(call: Call[DisconnectQuery, DisconnectBody]) -> Answer:
    gone = call.parts.connections.disconnect(
        call.who(),
        account=account_name(call.body.account) or call.account,
        anyway=call.body.anyway or call.query.anyway,
    )
    return Answer(data=disconnected_data(gone), message=gone.message)


def list_accounts(call: Call[Query, Body]) -> Answer:
    return Answer(
        data=AccountsData(accounts=[account_item(row) for row in call.parts.connections.accounts(call.who())])
    )


def add_account(call: Call[Query, NewAccount]) -> Answer:
    body = call.body
    account = call.parts.connections.add_account(
        call.who(),
        subdomain=body.subdomain,
        client_id=body.client_id,
        client_secret=body.client_secret or None,
        service=body.service,
    )
    return Answer(
        data=AccountData(account=account_item(account)),
        status=201,
        message=f"The account {account.account} was stored.",
    )


def remove_account(call: Call[Query, Body]) -> Answer:
    account = call.account or ""
    count = call.parts.connections.remove_account(call.who(), account=account)
    return Answer(
        data=AccountRemoved(account=account, connections=count),
        message=f"The account {account} was removed, with {count} connection{'' if count == 1 else 's'}.{_TOKENS if count else ''}",
    )


def _start(path: str, *, summary: str) -> AnyOperation:
    return Operation(
        method="GET", path=path, handler=start, tag=TAG, query=Query, body=Body, reply=StartData, starts=True, lifted=_LIFTED,
        summary=summary,
        description="A browser that opens the path as a page is sent to Zendesk at once (302). The sign-in has to end in the browser that "
        "took this answer's cookie, within ten minutes.",
    )  # fmt: skip


def _disconnect(method: Method, path: str) -> AnyOperation:
    return Operation(
        method=method, path=path, handler=disconnect, tag=TAG, query=DisconnectQuery, body=DisconnectBody, reply=DisconnectedData,
        summary="Disconnect from Zendesk",
        description="Revokes the token at Zendesk, makes sure that it is dead, then erases it here. When Zendesk cannot be asked, nothing "
        "is erased, unless `anyway` is true; the token may then live on until it ends. A JSON body may carry both values too.",
        example={"account": "acme"},
    )  # fmt: skip


_LIFTED = {"auth_url": "auth_url", "authUrl": "auth_url"}
START_PAGE = _start(AUTH, summary="Begin to connect")
REVOKE = _disconnect("POST", f"{AUTH}/revoke")

OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        method="GET", path=f"{API}/auth/status", handler=show_status, tag=TAG, query=Query, body=Body, reply=AuthStatusData,
        summary="Tell how your connection stands", description="Asks the database, never Zendesk, and shows no token.",
    ),
    _start(f"{API}/auth/start", summary="Begin to connect"),
    _start(f"{UI}/auth/start", summary="Begin to connect (for ATOM's pages)"),
    Operation(
        method="POST", path=f"{UI}/connect", handler=connect, tag=TAG, query=Query, body=ConnectBody, reply=StartData, lifted=_LIFTED,
        summary="Begin to connect, by a JSON body", example={"user_id": "current"},
    ),
    Operation(
        method="POST", path=f"{API}/auth/callback", handler=finish, tag=TAG, query=Query, body=SignInAnswer, reply=ConnectionItem,
        summary="Complete a sign-in with what Zendesk sent back",
        description="For clients that take the redirect themselves. `error.details.reason` names why a connection was not made.",
        example={"code": "the code", "state": "the state"},
    ),
    _disconnect("DELETE", f"{API}/auth"),
    Operation(
        method="GET", path=f"{API}/accounts", handler=list_accounts, tag=TAG, query=Query, body=Body, reply=AccountsData,
        summary="List the Zendesk accounts of your tenant", description="For administrators.",
    ),
    Operation(
        method="POST", path=f"{API}/accounts", handler=add_account, tag=TAG, query=Query, body=NewAccount, reply=AccountData, status=201,
        summary="Store an account with its OAuth client, or the new client of a stored one",
        description="For administrators. With `service` the client also becomes the service account, after it has fetched a token.",
        example={"subdomain": "acme", "client_id": "atom", "client_secret": "the secret", "service": True},
    ),
    Operation(
        method="DELETE", path=f"{API}/accounts/{{account}}", handler=remove_account, tag=TAG, query=Query, body=Body, reply=AccountRemoved,
        summary="Remove a stored account with all connections to it",
        description="For administrators. Nothing is revoked: the tokens of those connections end at Zendesk by themselves.",
    ),
)  # fmt: skip
