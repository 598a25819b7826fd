"""Activities that answer at once as a test scripts them, and record their inputs.

Only the workflows are real.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.decisions import DecisionDelivery
from activities.messages import OUTCOME_UNKNOWN, POSTPONED, REFUSED, Message, SentMessage
from activities.receipt_handover import HandOver
from activities.replacing import UNDECIDED, Place, Succession
from domain.channels import Channel
from domain.sending.content_kinds import ContentKind
from domain.sending.message_search import FoundMessage, MessageSearch
from domain.sending.slots import SlotAnswer, SlotQuestion, SlotStatus
from domain.temporal_names import ActivityType

Answer = TypeVar("Answer")

LOST = ApplicationError("no answer", type=OUTCOME_UNKNOWN, non_retryable=True)
"""The provider accepted the message and did not answer, or never received it."""

NO_LIST = ApplicationError("Twilio answered 503", type=POSTPONED)
NOT_TAKEN = ApplicationError("core answered 410", type="CallbackRefused", non_retryable=True)
NO_TEMPORAL = ApplicationError("Temporal did not accept the receipt", type="EngineUnavailable")
NOT_DECIDED = ApplicationError("the old candidate is not decided yet", type=UNDECIDED)
NO_REDIS = ApplicationError("Redis does not answer", type="SlotsUnavailable")


def refused(code: str) -> ApplicationError:
    """Returns a provider's final refusal."""
    return ApplicationError(f"refused, error {code}", code, type=REFUSED, non_retryable=True)


def sid(number: int) -> str:
    return f"SM{number:032x}"


class RecordingActivities:
    """Unless scripted, grants each slot and place, sends each message and delivers each decision.

    It finds no messages. A script contains the next answers, in order, and raises those that are
    errors. After its end everything succeeds again. A message is sent as the content that
    `contents` has for its channel.
    """

    def __init__(self) -> None:
        self.asked: list[SlotQuestion] = []
        self.left: list[SlotQuestion] = []
        self.sent: list[Message] = []
        self.handed: list[HandOver] = []
        self.searches: list[MessageSearch] = []
        self.successions: list[Succession] = []
        self.deliveries: list[DecisionDelivery] = []
        self.contents: dict[Channel, ContentKind] = {}
        self._others: list[tuple[Channel, str]] = []
        self._slots: dict[Channel, Iterator[SlotAnswer | ApplicationError]] = defaultdict(_nothing)
        self._sends: dict[Channel, Iterator[ApplicationError]] = defaultdict(_nothing)
        self._finds: Iterator[list[FoundMessage] | ApplicationError] = _nothing()
        self._core_answers: Iterator[ApplicationError] = _nothing()
        self._inboxes: Iterator[ApplicationError] = _nothing()
        self._places: Iterator[Place | ApplicationError] = _nothing()

    def script_slots(self, channel: Channel, answers: Iterable[SlotAnswer | ApplicationError]) -> None:
        self._slots[channel] = iter(answers)

    def script_sends(self, channel: Channel, errors: Iterable[ApplicationError]) -> None:
        self._sends[channel] = iter(errors)

    def script_finds(self, found: Iterable[list[FoundMessage] | ApplicationError]) -> None:
        self._finds = iter(found)

    def script_deliveries(self, errors: Iterable[ApplicationError]) -> None:
        self._core_answers = iter(errors)

    def script_hand_overs(self, errors: Iterable[ApplicationError]) -> None:
        self._inboxes = iter(errors)

    def script_places(self, places: Iterable[Place | ApplicationError]) -> None:
        self._places = iter(places)

    def prompts(self, channel: Channel) -> list[str]:
        """Returns the text of each attempt to send a part of a prompt, in order."""
        return [message.text for message in self._sent_to(channel) if message.status_path]

    def others(self, channel: Channel) -> list[str]:
        """Returns the receipts and answers, in order.

        A receipt that was passed to its chat's run has the text that it has if it is sent alone.
        """
        return [text for sent_to, text in self._others if sent_to is channel]

    def _sent_to(self, channel: Channel) -> list[Message]:
        return [message for message in self.sent if message.slot.approver.channel is channel]

    @property
    def all(self) -> list[Callable[..., Any]]:
        return [
            self.ask_for_slot,
            self.leave_queue,
            self.send_message,
            self.find_messages,
            self.deliver_decision,
            self.hand_over_receipt,
            self.take_place,
        ]

    @activity.defn(name=ActivityType.ASK_FOR_SLOT)
    async def ask_for_slot(self, question: SlotQuestion) -> SlotAnswer:
        self.asked.append(question)
        return _next(self._slots[question.approver.channel], SlotAnswer(SlotStatus.GO))

    @activity.defn(name=ActivityType.LEAVE_QUEUE)
    async def leave_queue(self, question: SlotQuestion) -> None:
        self.left.append(question)

    @activity.defn(name=ActivityType.SEND_MESSAGE)
    async def send_message(self, message: Message) -> SentMessage:
        self.sent.append(message)
        channel = message.slot.approver.channel
        if not message.status_path:
            self._others.append((channel, message.text))
        sent = SentMessage(sid(len(self.sent)), activity.info().started_time, self.contents.get(channel))
        return _next(self._sends[channel], sent)

    @activity.defn(name=ActivityType.FIND_MESSAGES)
    async def find_messages(self, search: MessageSearch) -> list[FoundMessage]:
        self.searches.append(search)
        return _next(self._finds, [])

    @activity.defn(name=ActivityType.DELIVER_DECISION)
    async def deliver_decision(self, delivery: DecisionDelivery) -> None:
        self.deliveries.append(delivery)
        _next(self._core_answers, None)

    @activity.defn(name=ActivityType.HAND_OVER_RECEIPT)
    async def hand_over_receipt(self, handed: HandOver) -> None:
        self.handed.append(handed)
        self._others.append((handed.approver.channel, handed.receipt.text or ""))
        _next(self._inboxes, None)

    @activity.defn(name=ActivityType.TAKE_PLACE)
    async def take_place(self, succession: Succession) -> Place:
        self.successions.append(succession)
        return _next(self._places, Place(is_taken=True))


def _nothing() -> Iterator[Any]:
    return iter(())


def _next(script: Iterator[Answer | ApplicationError], otherwise: Answer) -> Answer:
    answer = next(script, otherwise)
    if isinstance(answer, ApplicationError):
        raise answer
    return answer
