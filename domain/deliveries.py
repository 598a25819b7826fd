"""What became of a chat's prompt: of every attempt to send each of its parts.

An attempt only ever advances, in whatever order its own end, the provider's reports and the owner's replies come.
"""

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self

from domain.identifiers import MESSAGE_SID, TEMPLATE, PromptAttempt

OUTSIDE_WINDOW = "63016"
"""Twilio's code for a free-form message more than 24 hours after the owner's last one."""

_FAILURES = {"failed", "undelivered", "canceled"}


class SendResult(StrEnum):
    SENT = "sent"
    UNKNOWN = "outcome unknown"
    REFUSED = "refused"
    WITHHELD = "withheld"
    """Certainly not sent: no slot in time, or no longer wanted."""


class PromptResult(StrEnum):
    """What became of a prompt to one approver, by the last attempt to send a part of it."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    TOO_LATE = "too_late"
    """No slot was left in time."""
    WITHHELD = "withheld"
    """No longer wanted: decided meanwhile, or a part had failed."""


@dataclass(frozen=True)
class Report:
    """What a provider says about one message, in its own words."""

    message_id: str
    status: str
    error_code: str | None = None

    @classmethod
    def read(cls, message_id: str, status: str, error_code: str) -> Self | None:
        """Read what somebody reports; None if it is none of Twilio's messages, or no status."""
        if not (re.fullmatch(MESSAGE_SID, message_id) and re.fullmatch(r"[a-z_]{1,32}", status)):
            return None
        return cls(message_id, status, error_code if re.fullmatch(r"[0-9]{1,9}", error_code) else None)

    @property
    def is_failure(self) -> bool:
        return self.status in _FAILURES


class _Standing(IntEnum):
    UNDER_WAY = 0
    UNKNOWN = 1
    SENT = 2
    FAILED = 3


@dataclass
class _Attempt:
    standing: _Standing = _Standing.UNDER_WAY
    message_id: str | None = None
    error_code: str | None = None
    answered: bool = False

    def advance(self, standing: _Standing) -> None:
        self.standing = max(self.standing, standing)


class Deliveries:
    """One chat's. A part has failed for good when all attempts of it that may have arrived have failed."""

    def __init__(self) -> None:
        self._attempts: dict[PromptAttempt, _Attempt] = {}
        self._is_given_up = False

    @property
    def message_ids(self) -> list[str]:
        return [attempt.message_id for attempt in self._attempts.values() if attempt.message_id]

    @property
    def arrived(self) -> bool:
        """Whether anything of the prompt is out, or may be."""
        return any(_may_be_out(attempt) for attempt in self._attempts.values())

    @property
    def failed(self) -> bool:
        """Whether a part failed for good; once the template stands in for the prompt, whether that did."""
        if self._gave_way_to_template:
            return self._is_given_up or (TEMPLATE in self._parts() and self._has_failed(TEMPLATE))
        return any(self._has_failed(part) for part in self._parts())

    @property
    def needs_template(self) -> bool:
        return self._gave_way_to_template and TEMPLATE not in self._parts() and not self.failed

    def may_have(self, part: str) -> bool:
        return any(_may_be_out(attempt) for attempt in self._of(part))

    def wants(self, part: str) -> bool:
        """Whether sending a part would serve: it is not known to be out, and the prompt is not given up."""
        given_up = self.failed or (part != TEMPLATE and self._gave_way_to_template)
        return not given_up and all(attempt.standing is not _Standing.SENT for attempt in self._of(part))

    def is_in_doubt(self, part: str) -> bool:
        """Whether a part may be out and nothing has shown that it is: the one reason to repeat it."""
        return self.wants(part) and self.may_have(part)

    def give_up_template(self) -> None:
        """Note that the template will not be sent: no slot was left in time."""
        self._is_given_up = True

    def is_proven(self, part: str) -> bool:
        return any(attempt.standing is _Standing.SENT for attempt in self._of(part))

    def begin(self, attempt: PromptAttempt) -> None:
        self._attempts[attempt] = _Attempt()

    def end(self, attempt: PromptAttempt, result: SendResult, message_id: str | None = None) -> None:
        """Note how a send ended; what is known of its message already weighs more."""
        ended = self._attempts[attempt]
        ended.message_id = ended.message_id or message_id
        if result is SendResult.SENT or (result is SendResult.UNKNOWN and ended.answered):
            ended.advance(_Standing.SENT)
        elif result is SendResult.UNKNOWN:
            ended.advance(_Standing.UNKNOWN)
        elif ended.standing is _Standing.UNDER_WAY and result is SendResult.REFUSED:
            ended.advance(_Standing.FAILED)
        elif ended.standing is _Standing.UNDER_WAY:
            del self._attempts[attempt]

    def report(self, attempt: PromptAttempt, report: Report) -> bool:
        """Take a provider's report, also before the send has ended; False if it tells nothing new."""
        reported = self._attempts.get(attempt)
        if reported is None or reported.message_id not in {None, report.message_id}:
            return False
        before = (reported.standing, reported.message_id)
        reported.message_id = report.message_id
        if report.is_failure and reported.standing is not _Standing.FAILED:
            reported.error_code = report.error_code
        reported.advance(_Standing.FAILED if report.is_failure else _Standing.SENT)
        return before != (reported.standing, reported.message_id)

    def answered(self) -> None:
        """Take an owner's reply for proof: of what may be out, or else of what is under way."""
        proves_what_is_under_way = not self.arrived
        for attempt in self._attempts.values():
            attempt.answered = attempt.answered or proves_what_is_under_way
            if attempt.standing is _Standing.UNKNOWN:
                attempt.advance(_Standing.SENT)

    @property
    def _gave_way_to_template(self) -> bool:
        return any(self._has_failed(part) and self._was_outside_window(part) for part in self._parts())

    def _was_outside_window(self, part: str) -> bool:
        return part != TEMPLATE and any(attempt.error_code == OUTSIDE_WINDOW for attempt in self._of(part))

    def _has_failed(self, part: str) -> bool:
        return all(attempt.standing is _Standing.FAILED for attempt in self._of(part))

    def _parts(self) -> list[str]:
        """Give the parts of which an attempt began."""
        return list(dict.fromkeys(attempt.part for attempt in self._attempts))

    def _of(self, part: str) -> list[_Attempt]:
        return [state for attempt, state in self._attempts.items() if attempt.part == part]


def _may_be_out(attempt: _Attempt) -> bool:
    return attempt.standing in {_Standing.UNKNOWN, _Standing.SENT}
