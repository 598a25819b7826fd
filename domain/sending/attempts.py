"""The attempts to send a chat's prompt, and what became of each.

An attempt only advances, in whichever order the end of its send, the provider's status reports and
the owner's replies arrive.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from domain.identifiers import TEMPLATE, PromptAttempt
from domain.sending.provider_faults import ProviderFault, fault_of
from domain.sending.sends import PromptStanding, SendResult
from domain.sending.status_reports import StatusReport

OUTSIDE_WINDOW = "63016"
"""Twilio's code for a free-form message more than 24 hours after the owner's last one."""


class _Standing(IntEnum):
    UNDER_WAY = 0
    UNKNOWN = 1
    SENT = 2
    RETURNED = 3
    """Certainly did not arrive, by a fault of ours or the provider's; another attempt is
    worthwhile."""
    FAILED = 4


class _Extent(Enum):
    """How much of its part an attempt shows."""

    ALL = auto()
    CUT = auto()
    """It went out as the template that stands in for the prompt and shows only the beginning."""
    UNSURE = auto()
    """It might have gone out as CUT."""


@dataclass
class _Attempt:
    extent: _Extent = _Extent.ALL
    standing: _Standing = _Standing.UNDER_WAY
    message_id: str | None = None
    error_code: str | None = None
    answered: bool = False

    def advance(self, standing: _Standing) -> None:
        self.standing = max(self.standing, standing)


class Attempts:
    """The attempts of one chat's prompt.

    A part has failed for good when no attempt at it can have arrived, and the last one failed. With
    `waits_for_us`, a status report that blames us or the provider requests another attempt; without
    it, that report fails the part too.
    """

    def __init__(self, *, waits_for_us: bool = True) -> None:
        self._attempts: dict[PromptAttempt, _Attempt] = {}
        self._begun = Counter[str]()
        self._is_given_up = False
        self._waits_for_us = waits_for_us
        self.error_code: str | None = None
        """The provider's code of the last failure, if it gave one."""

    @property
    def message_ids(self) -> list[str]:
        return [attempt.message_id for attempt in self._attempts.values() if attempt.message_id]

    @property
    def may_have_arrived(self) -> bool:
        """Whether any message of the prompt is out, or might be."""
        return any(_may_be_out(attempt) for attempt in self._attempts.values())

    @property
    def has_arrived(self) -> bool:
        """Whether any message of the prompt is proven to be out."""
        return any(attempt.standing is _Standing.SENT for attempt in self._attempts.values())

    @property
    def standing(self) -> PromptStanding:
        if self.failed:
            return PromptStanding.FAILED
        if any(self.may_have(part) and not self.is_proven(part) for part in self._parts()):
            return PromptStanding.UNKNOWN
        if self.returned_part:
            return PromptStanding.WAITING
        return PromptStanding.ARRIVED if self.has_arrived else PromptStanding.WAITING

    @property
    def is_cut(self) -> bool:
        """Whether a template that shows only the beginning stands in for the prompt."""
        return self._stand_in is not None and self._is_out_cut(self._stand_in)

    @property
    def failed(self) -> bool:
        """Whether a part failed for good.

        Once the template stands in for the prompt, only the template counts.
        """
        if self._stand_in:
            return self._is_given_up or (self._stand_in in self._parts() and self._has_failed(self._stand_in))
        return self._is_given_up or any(self._has_failed(part) for part in self._parts())

    @property
    def needs_template(self) -> bool:
        return self._stand_in == TEMPLATE and TEMPLATE not in self._parts() and not self.failed

    @property
    def returned_part(self) -> str | None:
        """A part that a temporary fault returned, so that another attempt is worthwhile."""
        if self.failed:
            return None
        current = [part for part in self._parts() if self._stand_in in {None, part}]
        return next((part for part in current if self._has_returned(part)), None)

    def may_have(self, part: str) -> bool:
        return any(_may_be_out(attempt) for attempt in self._of(part))

    def wants(self, part: str) -> bool:
        """Returns whether to send a part: not if it is proven to be out or the prompt failed."""
        given_up = self.failed or (part != TEMPLATE and self._stand_in not in {None, part})
        return not given_up and all(attempt.standing is not _Standing.SENT for attempt in self._of(part))

    def is_in_doubt(self, part: str) -> bool:
        """Returns whether a part might be out without proof, the only reason to repeat it."""
        return self.wants(part) and self.may_have(part)

    def give_up(self, error_code: str | None = None) -> None:
        """Records that the prompt will not be sent.

        No slot was left for its template, or its recipient has opted out.
        """
        self._is_given_up = True
        self.error_code = error_code or self.error_code

    def resume(self) -> None:
        """Records that an operator or its owner wants the prompt all the same."""
        self._is_given_up = False

    def is_proven(self, part: str) -> bool:
        return any(attempt.standing is _Standing.SENT for attempt in self._of(part))

    def may_show(self, part: str, quoted: str | None = None) -> bool:
        """Returns whether a person who replies might have read all of a part.

        An attempt under way counts if nothing else is out, or if it is known to have arrived.
        """
        attempts = [attempt for attempt in self._attempts if attempt.part == part]
        return any(self._may_show(attempt, quoted) for attempt in attempts)

    def _may_show(self, attempt: PromptAttempt, quoted: str | None) -> bool:
        state = self._attempts[attempt]
        if state.extent is not _Extent.ALL:
            return False
        if state.standing is _Standing.UNDER_WAY:
            return not self.may_have_arrived or self.is_shown(attempt, quoted)
        return _may_be_out(state)

    def is_shown(self, attempt: PromptAttempt, quoted: str | None) -> bool:
        """Returns whether an attempt under way is known to have arrived.

        A status report shows that, or a quotation of its message. A quoted message is certainly
        this attempt's only if the messages of all other attempts are known.
        """
        others = [state.message_id for other, state in self._attempts.items() if other != attempt]
        is_quoted = quoted is not None and all(others) and quoted not in others
        return is_quoted or self._attempts[attempt].standing is _Standing.SENT

    def begun(self, part: str) -> int:
        """Returns how many sends of a part have begun."""
        return self._begun[part]

    def begin(self, attempt: PromptAttempt, *, may_be_cut: bool = False) -> None:
        self._begun[attempt.part] += 1
        self._attempts[attempt] = _Attempt(_Extent.UNSURE if may_be_cut else _Extent.ALL)

    def end(
        self,
        attempt: PromptAttempt,
        result: SendResult,
        message_id: str | None = None,
        error_code: str | None = None,
        *,
        is_cut: bool | None = None,
    ) -> None:
        """Records how a send ended; earlier evidence about its message counts more.

        `is_cut` is None if nobody knows whether the message is cut.
        """
        ended = self._attempts[attempt]
        ended.message_id = ended.message_id or message_id
        if is_cut is not None:
            ended.extent = _Extent.CUT if is_cut else _Extent.ALL
        if result is SendResult.SENT or (result is SendResult.UNKNOWN and ended.answered):
            ended.advance(_Standing.SENT)
        elif result is SendResult.UNKNOWN:
            ended.advance(_Standing.UNKNOWN)
        elif ended.standing is _Standing.UNDER_WAY and result is SendResult.REFUSED:
            ended.advance(_Standing.FAILED)
            if self._waits_for_us:
                ended.error_code = error_code
                self.error_code = error_code or self.error_code
        elif ended.standing is _Standing.UNDER_WAY:
            del self._attempts[attempt]

    def take_report(self, attempt: PromptAttempt, report: StatusReport) -> bool:
        """Records a status report, even before the send has ended; returns False if it is not new.

        A search might have assigned the message to another attempt at the same part; then the
        report is about that attempt.
        """
        if attempt not in self._attempts:
            return False
        of_part = [self._attempts[attempt], *self._of(attempt.part)]
        reported = next((state for state in of_part if state.message_id == report.message_id), of_part[0])
        if reported.message_id not in {None, report.message_id}:
            return False
        before = (reported.standing, reported.message_id)
        reported.message_id = report.message_id
        if report.is_failure and reported.standing < _Standing.RETURNED:
            reported.error_code = self.error_code = report.error_code
        reported.advance(self._standing_of(report))
        return before != (reported.standing, reported.message_id)

    def find(self, part: str, found: Sequence[StatusReport]) -> bool:
        """Records what a search found of a part; returns False if it is not new."""
        unknown = [each for each, state in self._attempts.items() if each.part == part and state.message_id is None]
        new = [report for report in found if report.message_id not in self.message_ids]
        news = [self.take_report(attempt, report) for attempt, report in zip(unknown, new, strict=False)]
        return any(news)

    def answered(self) -> None:
        """Takes an owner's reply as proof.

        It proves the attempts that might be out; if there are none, those that are under way.
        """
        proves_what_is_under_way = not self.may_have_arrived
        for attempt in self._attempts.values():
            attempt.answered = attempt.answered or proves_what_is_under_way
            if attempt.standing is _Standing.UNKNOWN:
                attempt.advance(_Standing.SENT)

    def _standing_of(self, report: StatusReport) -> _Standing:
        if not report.is_failure:
            return _Standing.SENT
        is_ours = self._waits_for_us and fault_of(report.error_code) is ProviderFault.OURS
        return _Standing.RETURNED if is_ours else _Standing.FAILED

    @property
    def uses_template(self) -> bool:
        """Whether the template stands in for the prompt, which WhatsApp rejected."""
        return self._stand_in == TEMPLATE

    @property
    def _stand_in(self) -> str | None:
        """The part that stands in for the prompt: its first part if it is cut, or the template."""
        if any(self._has_failed(part) and self._was_outside_window(part) for part in self._parts()):
            return TEMPLATE
        return next((part for part in self._parts() if part != TEMPLATE and self._is_out_cut(part)), None)

    def _is_out_cut(self, part: str) -> bool:
        out = [attempt for attempt in self._of(part) if _may_be_out(attempt)]
        return bool(out) and all(attempt.extent is _Extent.CUT for attempt in out)

    def _was_outside_window(self, part: str) -> bool:
        return part != TEMPLATE and any(attempt.error_code == OUTSIDE_WINDOW for attempt in self._of(part))

    def _has_failed(self, part: str) -> bool:
        return self._did_not_arrive(part) and self._of(part)[-1].standing is _Standing.FAILED

    def _has_returned(self, part: str) -> bool:
        return self._did_not_arrive(part) and self._of(part)[-1].standing is _Standing.RETURNED

    def _did_not_arrive(self, part: str) -> bool:
        return all(attempt.standing >= _Standing.RETURNED for attempt in self._of(part))

    def _parts(self) -> list[str]:
        """Returns the parts with at least one attempt."""
        return list(dict.fromkeys(attempt.part for attempt in self._attempts))

    def _of(self, part: str) -> list[_Attempt]:
        return [state for attempt, state in self._attempts.items() if attempt.part == part]


def _may_be_out(attempt: _Attempt) -> bool:
    return attempt.standing in {_Standing.UNKNOWN, _Standing.SENT}
