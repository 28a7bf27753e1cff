"""The one tree of errors; each class docstring is the message a person reads, and says what to do.

``code`` is the envelope's code; surfaces map codes to HTTP statuses in one table. ``public`` data goes to clients, everything
else stays in attributes and logs. Text that Zendesk sent is kept in ``upstream`` and never shown to clients.
Extend by adding a class: give it a docstring that tells the reader what to do, and a code.
"""

from __future__ import annotations

from enum import StrEnum
from inspect import cleandoc
from typing import ClassVar


class Code(StrEnum):
    """The codes of the error envelope."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    AUTH_REQUIRED = "AUTH_REQUIRED"
    ZENDESK_NOT_CONNECTED = "ZENDESK_NOT_CONNECTED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    UPSTREAM_ERROR = "UPSTREAM_ERROR"
    CONFIG_ERROR = "CONFIG_ERROR"
    DEPENDENCY_MISSING = "DEPENDENCY_MISSING"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class ZendeskPluginError(Exception):
    """Something in the Zendesk integration did not work; the log has the details."""

    code: ClassVar[Code] = Code.INTERNAL_ERROR

    def __init__(self, message: str | None = None, **public: object) -> None:
        self.message = message or " ".join(cleandoc(type(self).__doc__ or "").split())
        self.public = {name: value for name, value in public.items() if value is not None}
        super().__init__(self.message)


class ConfigError(ZendeskPluginError):
    """The Zendesk integration is not set up: run `atom-zendesk config check` to see which settings are missing."""

    code = Code.CONFIG_ERROR


class DependencyMissing(ZendeskPluginError):
    """A Python package this feature needs is not installed in the host's environment."""

    code = Code.DEPENDENCY_MISSING

    def __init__(self, package: str, feature: str) -> None:
        super().__init__(
            f"{feature} needs the Python package {package!r}: install it into the host's environment and restart the host.",
            package=package,
            feature=feature,
        )


class InvalidInput(ZendeskPluginError):
    """The request has a value that cannot be used; `details` names the field and what it takes."""

    code = Code.VALIDATION_ERROR

    def __init__(self, message: str | None = None, *, field: str | None = None, **public: object) -> None:
        super().__init__(message, field=field, **public)
        self.field = field


class ResultTruncated(InvalidInput):
    """The search has more hits than Zendesk hands out (1,000): narrow the filter, or ask for an export."""


class AuthRequired(ZendeskPluginError):
    """The host did not say who you are: sign in to ATOM and try again."""

    code = Code.AUTH_REQUIRED


class NotConnected(ZendeskPluginError):
    """You have no Zendesk connection that may be used here: connect your account, or ask an administrator."""

    code = Code.ZENDESK_NOT_CONNECTED


class ReconnectNeeded(NotConnected):
    """Your connection to Zendesk has ended and only you can renew it: connect again, or disconnect."""


class StorageAway(ZendeskPluginError):
    """The plugin's own database cannot be used at the moment; health says why."""

    code = Code.CONFIG_ERROR


class NotFound(ZendeskPluginError):
    """There is no such thing here."""

    code = Code.NOT_FOUND


class Forbidden(ZendeskPluginError):
    """You may not do this."""

    code = Code.FORBIDDEN


class ReadOnly(Forbidden):
    """The Zendesk integration is switched to read-only here, so nothing was sent: an operator changes ZENDESK_READ_ONLY."""


class ZendeskCallFailed(ZendeskPluginError):
    """Zendesk could not be asked, or did not give a usable answer: try again in a minute."""

    code = Code.UPSTREAM_ERROR

    def __init__(
        self,
        message: str | None = None,
        *,
        method: str,
        endpoint: str,
        status: int | None = None,
        zendesk_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        fields: dict[str, list[str]] | None = None,
        missing_scopes: tuple[str, ...] = (),
        ticket_field_ids: tuple[int, ...] = (),
        upstream: str | None = None,
    ) -> None:
        """``endpoint`` is the path without query; ``retry_after`` seconds; ``fields`` maps a field to the codes Zendesk gave.

        ``ticket_field_ids`` are the ticket fields that a refusal is about.
        """
        super().__init__(
            message,
            zendesk_status=status,
            zendesk_code=zendesk_code,
            request_id=request_id,
            retry_after=retry_after,
            fields=fields or None,
            missing_scopes=list(missing_scopes) or None,
        )
        self.method, self.endpoint, self.status = method, endpoint, status
        self.zendesk_code, self.request_id, self.retry_after = zendesk_code, request_id, retry_after
        self.fields, self.missing_scopes = fields or {}, missing_scopes
        self.ticket_field_ids = ticket_field_ids
        self.upstream = upstream

    def __str__(self) -> str:
        facts = {"status": self.status, "code": self.zendesk_code, "request id": self.request_id}
        told = [f"{name} {value}" for name, value in facts.items() if value is not None]
        return "; ".join([f"{self.method} {self.endpoint}", self.message, *told])


class ZendeskBadRequest(ZendeskCallFailed):
    """Zendesk refused the request as malformed; `fields` names what it complained about."""

    code = Code.VALIDATION_ERROR


class ZendeskInvalid(ZendeskCallFailed):
    """Zendesk refused the values; `fields` names each field and the reason code."""

    code = Code.VALIDATION_ERROR


class ZendeskTooLarge(ZendeskCallFailed):
    """Zendesk refused the request because it is too large: send less at once."""

    code = Code.VALIDATION_ERROR


class ZendeskUnauthorized(ZendeskCallFailed):
    """Zendesk did not accept the credentials: connect the account again, or renew the configured credentials."""

    code = Code.ZENDESK_NOT_CONNECTED


class ZendeskForbidden(ZendeskCallFailed):
    """The connected Zendesk user or token may not do this: it lacks the scope, the role or the plan."""

    code = Code.FORBIDDEN


class ZendeskNotFound(ZendeskCallFailed):
    """Zendesk has no such record, or the connected user may not see it."""

    code = Code.NOT_FOUND


class ZendeskConflict(ZendeskCallFailed):
    """Somebody changed the record at the same time: read it again and repeat the change."""

    code = Code.CONFLICT


class ZendeskRateLimited(ZendeskCallFailed):
    """Zendesk asks to wait: the rate limit is used up. Try again after `retry_after` seconds."""

    code = Code.RATE_LIMITED


class ZendeskUnavailable(ZendeskCallFailed):
    """Zendesk has a problem of its own at the moment: try again in a minute."""


class CircuitOpen(ZendeskUnavailable):
    """Zendesk did not answer the last calls, so this one was not sent: try again after `retry_after` seconds."""


class ZendeskUnexpected(ZendeskCallFailed):
    """Zendesk's answer is not what its API promises; nothing was changed here."""


class ZendeskUnreachable(ZendeskCallFailed):
    """Zendesk could not be reached and the request was never sent: check the network, then try again."""


class OutcomeUnknown(ZendeskCallFailed):
    """The answer to a change was lost: it may or may not have been made. Look at the record before you repeat it."""


class DeadlineExceeded(ZendeskCallFailed):
    """Zendesk's rate limit leaves no room within the time this request may take: try again after `retry_after` seconds."""

    code = Code.RATE_LIMITED


class ForeignHost(ZendeskCallFailed):
    """An answer pointed to another host than the account's own; it was not followed, and no credentials were sent there."""


class PaginationLoop(ZendeskCallFailed):
    """Zendesk sent the same page twice; reading was stopped so that it does not go on for ever."""
