"""The life of a candidate and its messages, in history's order; moments are seconds since 1970."""

import re
from dataclasses import dataclass
from math import inf

from domain.writing.marks import MARK

SENT, UNKNOWN, REFUSED, WITHHELD = "sent", "unknown", "refused", "withheld"
"""How a send can end; a `withheld` one certainly did not reach the provider."""

_FAILS_FOR_GOOD = {"21211", "63024", "400"}
"""The codes that blame the recipient or the message; the gateway must retry after all others."""

_TOGETHER = " drafts are closed, and need no answer any more:"
"""Part of the headline of a message with several receipts."""

_PROMPT = re.compile(r"(?P<part>prompt/\w+/\d+/\w+)(?P<repeated>/repeated(?:/(?P<number>\d+))?)?")


@dataclass(frozen=True)
class Signaled:
    """A reply in a history.

    `event` is its event's number; `verdict` is the edge's reading: an outcome, and a text or note.
    """

    event: int
    key: str
    sender: str
    verdict: tuple[str, str | None] | None
    received_at: float


@dataclass(frozen=True)
class CoresEnd:
    """Core's signal that ends a candidate, with its successor if it was replaced."""

    event: int
    replaced_by: str | None = None


@dataclass(frozen=True)
class Wish:
    """A signal that an owner wants to see the whole prompt, and the key of the owner's message."""

    event: int
    key: str
    sender: str


@dataclass(frozen=True)
class RecordedReport:
    """A provider's report that a send arrived or never will, whether it was posted or requested.

    `attempt` is the end of its activity's id.
    """

    event: int
    attempt: str
    arrived: bool = True
    code: str | None = None
    at: float = 0
    message_id: str = ""

    @property
    def came_back(self) -> bool:
        """Whether it did not arrive for a temporary reason."""
        return not self.arrived and self.code not in _FAILS_FOR_GOOD


@dataclass(frozen=True)
class Look:
    """A search of Twilio's list for a part, by each text in which it might have been sent.

    Each message that it `found` is Twilio's id, a status and a code. `answered` is the event of the
    answer, None without one, and `answered_at` its time.
    """

    event: int
    approver: str
    texts: tuple[str, ...]
    scheduled_at: float
    answered: int | None
    found: tuple[tuple[str, str, str | None], ...] = ()
    answered_at: float = inf


@dataclass(frozen=True)
class Send:
    """One activity that sends; `started_at` is its last attempt's start, None without an attempt.

    The workflow had read its history up to the event `knowing` when it scheduled the activity.
    """

    id: str
    event: int
    knowing: int
    approver: str
    text: str
    scheduled_at: float
    started_at: float | None
    ended_at: float
    end: str
    reason: str = ""
    code: str | None = None
    """The provider's code for a refusal."""

    message_id: str | None = None
    lane: str = "brand"

    @property
    def is_prompt(self) -> bool:
        return self.id.startswith("prompt/")

    @property
    def is_repetition(self) -> bool:
        return self.repetition > 0

    @property
    def repetition(self) -> int:
        """The number of this repetition of its part, from 1; 0 for the first attempt."""
        named = _PROMPT.fullmatch(self.id)
        return int(named["number"] or 1) if named and named["repeated"] else 0

    @property
    def part(self) -> str:
        """Its id without the suffix of a repetition."""
        named = _PROMPT.fullmatch(self.id)
        return named["part"] if named else self.id

    @property
    def is_marked(self) -> bool:
        return "(repeated" in self.text

    @property
    def is_whole(self) -> bool:
        """Whether it is the last or only part, which has the candidate's id on its own line."""
        return self.is_prompt and "\nId: " in self.text

    @property
    def is_first_part(self) -> bool:
        return self.is_prompt and self.part.endswith("/1")

    @property
    def takes_brand_slot(self) -> bool:
        """Whether it waits for the brand's turn; a prompt that its owner requested does not."""
        return self.is_first_part and self.lane == "brand"

    @property
    def may_have_arrived(self) -> bool:
        return self.end in {SENT, UNKNOWN}

    @property
    def is_refused_for_good(self) -> bool:
        return self.end == REFUSED and self.code in _FAILS_FOR_GOOD


@dataclass(frozen=True)
class RecordedDecision:
    """A decision; `event` and `recorded_at` are those of its record.

    `read_until` is the last event that the workflow had read.
    """

    outcome: str
    final_text: str | None
    decider: str
    decided_at: float
    latency_ms: int
    read_until: int
    event: int
    recorded_at: float
    note: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True)
class Handed:
    """A receipt that a run passed to its chat's run.

    The text is sent if it is the only receipt, and the line if there are several.
    """

    approver: str
    text: str
    line: str

    def is_told_by(self, to: str, text: str) -> bool:
        """Returns whether a message contains this receipt; answers that mention it do not count."""
        said = text.replace(MARK, "")
        return to == self.approver and (said.startswith(self.text) or (_TOGETHER in said and self.line in said))


@dataclass(frozen=True)
class Life:
    id: str
    brand: str
    status: str
    accepted_at: float
    deadline: float
    replies: tuple[Signaled, ...] = ()
    sends: tuple[Send, ...] = ()
    reports: tuple[RecordedReport, ...] = ()
    decided: RecordedDecision | None = None
    failures: tuple[str, ...] = ()
    """Workflow tasks that failed, with their reasons."""

    looks: tuple[Look, ...] = ()
    handed: tuple[Handed, ...] = ()
    wishes: tuple[Wish, ...] = ()
    cores_ends: tuple[CoresEnd, ...] = ()

    @property
    def latest_prompt_at(self) -> float:
        """The last moment at which a prompt is sent.

        It leaves its owner a minute, or a quarter of a short deadline.
        """
        return self.deadline - min(60, (self.deadline - self.accepted_at) / 4)

    def prompts_to(self, approver: str) -> list[Send]:
        """Returns the prompts to an approver, in history's order."""
        return [send for send in self.sends if send.is_prompt and send.approver == approver]

    def wanted_by(self, approver: str, before: int) -> int:
        """Returns how often a chat might have been shown the whole prompt again.

        Each wish to see it can cause that, and each approval of a prompt the chat has not seen.
        """
        wishes = [wish.event for wish in self.wishes if wish.sender == approver]
        approvals = [r.event for r in self.replies if r.sender == approver and r.verdict == ("approved", None)]
        return sum(event < before for event in (*wishes, *approvals))

    def reports_of(self, send: Send) -> list[RecordedReport]:
        return [report for report in self.reports if send.id.endswith(f"/{report.attempt}")]

    def reports_on(self, send: Send, *, arrived: bool) -> list[int]:
        """Returns the events that report a send as arrived, or as not arrived."""
        return [report.event for report in self.reports_of(send) if report.arrived is arrived]

    def came_back(self, send: Send) -> bool:
        """Returns whether a send did not arrive for a temporary reason."""
        return any(report.came_back for report in self.reports_of(send))

    def failed_for_good(self, approver: str) -> bool:
        """Returns whether a prompt was refused, or came back, for a permanent reason."""
        return any(
            send.is_refused_for_good
            or any(not report.arrived and not report.came_back for report in self.reports_of(send))
            for send in self.prompts_to(approver)
        )
