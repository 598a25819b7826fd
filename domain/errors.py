"""Every error that the gateway raises on purpose.

GatewayError
├── InvalidAddressError         not an address of the channel
├── MisconfiguredError          a server's settings cannot be used; no retry helps before somebody changes them
│   ├── EngineMisconfiguredError  TEMPORAL_*
│   └── RedisMisconfiguredError   REDIS_URL leads to a cluster
├── RequestError                the caller can mend it; the edge maps each to a status
│   ├── UnauthenticatedError    no or a wrong Bearer secret
│   ├── ForgedWebhookError      no or a wrong provider signature
│   ├── SplicedWebhookError     a provider's signature over a form that it does not send
│   ├── BodyTooLongError
│   ├── BodyTooSlowError
│   ├── TooManyRequestsError    of one client, or too many that wait
│   ├── UnknownCandidateError
│   ├── ConflictingCandidateError
│   ├── DecidedCandidateError   too late to withdraw or replace it
│   ├── NothingToReplaceError   what is to be replaced is no candidate of the brand
│   ├── NoChannelError          nobody could be asked
│   ├── RecipientNotAllowedError somebody who may not be asked is named
│   ├── InvalidCursorError
│   ├── SignInRequiredError     no or a wrong secret for the codec
│   ├── MalformedPayloadsError  what the codec was given is none of ours
│   ├── UnreadablePayloadError  encrypted with a key that this process was not given
│   └── EngineUnavailableError  Temporal does not serve; nothing was accepted
├── EngineUnreachedError        no connection to Temporal could be made
├── RedisUnavailableError       Redis does not answer
├── SendError                   a message did not go out, as far as is known
│   ├── SendPostponedError      certainly not sent; a retry may help
│   ├── SendRefusedError        certainly not sent; a retry will not help
│   └── SendOutcomeUnknownError perhaps sent
└── CallbackError               core did not take a decision
    ├── CallbackPostponedError  a retry may help
    └── CallbackRefusedError    a retry will not help before somebody mends something
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.engine_states import EngineState

if TYPE_CHECKING:
    from domain.decision import Decision


class GatewayError(Exception):
    """The root of the tree."""


class InvalidAddressError(GatewayError, ValueError):
    """A ValueError too, so that Pydantic names it beside the field."""


class MisconfiguredError(GatewayError):
    pass


class EngineMisconfiguredError(MisconfiguredError):
    """`state` is how Temporal stands with a process that met it only while it ran."""

    def __init__(self, message: str, state: EngineState = EngineState.AWAY) -> None:
        super().__init__(message)
        self.state = state


class RedisMisconfiguredError(MisconfiguredError):
    pass


class RequestError(GatewayError):
    candidate_id: str | None = None
    """The candidate that was not accepted, where that is what was asked."""


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
    """`decided` is the candidate that is too late to change, and its decision, if it ended with one."""

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
    """A RuntimeError too, as the SDK's own is; `reason` is for operators."""

    def __init__(self, state: EngineState, reason: str) -> None:
        super().__init__(f"{state.traits.words}: {reason}")
        self.state = state
        self.reason = reason


class RedisUnavailableError(GatewayError):
    pass


class SendError(GatewayError):
    """`code` is the provider's, or one of domain/sending/provider_codes.py; empty where no provider was asked."""

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
    """A refusal that may be a proxy's, while core is deployed behind it."""
