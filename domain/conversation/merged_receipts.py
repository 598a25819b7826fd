"""Merges several receipts of a chat into one message."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channels import Channel
from domain.conversation.handed_receipts import HandedReceipt
from domain.conversation.subjects import Subject, Telling
from domain.writing import outcomes
from domain.writing.fitting import fits_message


@dataclass(frozen=True)
class ReceiptsMessage:
    """One message, with one receipt or several."""

    receipts: tuple[HandedReceipt, ...]

    @property
    def text(self) -> str:
        if len(self.receipts) == 1:
            return self.receipts[0].text or ""
        lines = [receipt.line or "" for receipt in self.receipts]
        return "\n".join([outcomes.receipts_headline(len(lines)), *lines])

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        return tuple(receipt.candidate_id or "" for receipt in self.receipts)

    @property
    def subject(self) -> Subject:
        first, *others = self.candidate_ids
        return Subject(first, Telling.END, tuple(others))


def first_message(receipts: Sequence[HandedReceipt], channel: Channel) -> ReceiptsMessage:
    """Returns a message with as many of the first receipts as fit; at least one."""
    message = ReceiptsMessage(tuple(receipts[:1]))
    for count in range(2, len(receipts) + 1):
        longer = ReceiptsMessage(tuple(receipts[:count]))
        if not fits_message(longer.text, channel):
            break
        message = longer
    return message
