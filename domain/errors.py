"""Every error that the gateway raises on purpose.

GatewayError
├── InvalidAddressError         not an address of the channel
├── MisconfiguredError          unusable settings of a server; retries fail until they are fixed
│   ├── EngineMisconfiguredError  TEMPORAL_*
│   └── RedisMisconfiguredError   REDIS_URL points to a cluster
├── RequestError                the caller can fix it; the edge maps each to a status
│   ├── UnauthenticatedError    no Bearer secret, or a wrong one
│   ├── ForgedWebhookError      no provider signature, or a wrong one
│   ├── SplicedWebhookError     a provider's signature over a form that it does not send
│   ├── BodyTooLongError
│   ├── BodyTooSlowError
│   ├── TooManyRequestsError    from one client, or too many that wait
│   ├── UnknownCandidateError
│   ├── ConflictingCandidateError
│   ├── DecidedCandidateError   too late to withdraw or replace it
│   ├── NothingToReplaceError   the brand has no such candidate to replace
│   ├── NoChannelError          nobody could be asked
│   ├── RecipientNotAllowedError  names somebody who must not be asked
│   ├── InvalidCursorError
│   ├── SignInRequiredError     no secret for the codec, or a wrong one
│   ├── MalformedPayloadsError  the codec received something other than our payloads
│   ├── UnreadablePayloadError  encrypted with a key that this process does not have
│   └── EngineUnavailableError  Temporal does not respond; nothing was accepted
├── EngineUnreachedError        no connection to Temporal
├── RedisUnavailableError       Redis does not respond
├── SendError                   a message was not sent, as far as is known
│   ├── SendPostponedError      certainly not sent; a retry can help
│   ├── SendRefusedError        certainly not sent; a retry does not help
│   └── SendOutcomeUnknownError  perhaps sent
└── CallbackError               core did not accept a decision
    ├── CallbackPostponedError  a retry can help
    │   └── CallbackMisdirectedError  a refusal that might be a proxy's
    └── CallbackRefusedError    a retry does not help until somebody fixes the cause
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.engine_states import EngineState

if TYPE_CHECKING:
    from domain.decision import Decision


class GatewayError(Exception):
    """The root of the tree."""


class InvalidAddressError(GatewayError, ValueError):
    """Also a ValueError, so that Pydantic reports it with the field."""


class MisconfiguredError(GatewayError):
    pass


class EngineMisconfiguredError(MisconfiguredError):
    """`state` is why Temporal cannot be used, if a running process found out."""

    def __init__(self, message: str, state: EngineState = EngineState.AWAY) -> None:
        super().__init__(message)
        self.state = state


class RedisMisconfiguredError(MisconfiguredError):
    pass


class RequestError(GatewayError):
    candidate_id: str | None = None
    """The candidate that was not accepted, if the request submitted one."""


class UnauthenticatedError(RequestError):
    pass


class ForgedWebhookError(RequestError):
    pass


class SplicedWebhookError(RequestError):
    pass


class BodyTooLongError(RequestError):
    pass


class BodyTooSlowError(RequestError):
    pass


class TooManyRequestsError(RequestError):
    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnknownCandidateError(RequestError):
    pass


class ConflictingCandidateError(RequestError):
    pass


class DecidedCandidateError(RequestError):
    """`decided` can no longer change; `decision` is None if it ended without one."""

    def __init__(self, message: str, decided: str, decision: "Decision | None") -> None:
        super().__init__(message)
        self.decided = decided
        self.decision = decision


class NothingToReplaceError(RequestError):
    pass


class NoChannelError(RequestError):
    pass


class RecipientNotAllowedError(RequestError):
    pass


class InvalidCursorError(RequestError):
    pass


class SignInRequiredError(RequestError):
    pass


class MalformedPayloadsError(RequestError):
    pass


class UnreadablePayloadError(RequestError):
    pass


class EngineUnavailableError(RequestError):
    def __init__(self, message: str, state: EngineState = EngineState.SLOW) -> None:
        super().__init__(message)
        self.state = state


class EngineUnreachedError(GatewayError, RuntimeError):
    """Also a RuntimeError, like the SDK's error for no connection; `reason` is for operators."""

    def __init__(self, state: EngineState, reason: str) -> None:
        super().__init__(f"{state.traits.words}: {reason}")
        self.state = state
        self.reason = reason


class RedisUnavailableError(GatewayError):
    pass


class SendError(GatewayError):
    """`code` is the provider's, or one of domain/sending/provider_codes.py.

    It is empty if no provider was asked.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SendPostponedError(SendError):
    def __init__(self, message: str, retry_after: timedelta | None = None, *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class SendRefusedError(SendError):
    pass


class SendOutcomeUnknownError(SendError):
    pass


class CallbackError(GatewayError):
    pass


class CallbackPostponedError(CallbackError):
    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CallbackRefusedError(CallbackError):
    pass


class CallbackMisdirectedError(CallbackPostponedError):
    """A refusal that might be a proxy's, while core is being deployed behind it."""
