"""Names that outlive a process: workflow ids, the task queue, memo keys, hashes.

The types of workflows and activities, and signals, are in domain/temporal_names.py; the search attributes, which need
types of Temporal's, are in workflows/search_attributes.py.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Self

from domain.candidate import Approver
from domain.channels import Channel

TASK_QUEUE = "approval-gateway"
DEPLOYMENT = "approval-gateway"

CANDIDATE_ID = r"[A-Za-z0-9_.\-]{1,128}"
"""Ids that core may choose, but for `.` and `..`."""

BRAND_ID = r"[A-Za-z0-9_.:\-]{1,128}"

_LONGEST_FAIRNESS_KEY = 64
_MARK_LENGTH, _SHORT_MARK_LENGTH = 24, 8

PHOTON_SUBSCRIPTION_WORKFLOW_ID = "photon-subscription"

MEMO_CANDIDATE = "candidate"
MEMO_CONTENT = "content"
MEMO_DECISION = "decision"
MEMO_PROMPTS = "prompts"
MEMO_UNDERSTANDING = "finding"
MEMO_PLACE = "place"
MEMO_LEFT = "left"

MESSAGE_SID = r"(SM|MM)[0-9a-f]{32}"
"""Twilio's ids of messages."""

TEMPLATE = "template"
"""The name, among a prompt's parts, of the approved template that stands in for it."""

_ATTEMPT = re.compile(rf"([1-9][0-9]{{0,3}})-([1-9][0-9]{{0,3}}|{TEMPLATE})(-repeated(?:-(?!1$)([1-9][0-9]{{0,3}}))?)?")
_PLAIN_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def approval_workflow_id(candidate_id: str) -> str:
    return f"approval/{candidate_id}"


def withdrawal_request(successor_id: str | None = None) -> str:
    """Name core's request to end a candidate, or the one of its successor: each counts once."""
    return f"replaced-by/{successor_id}" if successor_id else "withdrawn-by-core"


def reply_workflow_id(message_key: str) -> str:
    return f"reply/{message_key}"


def receipts_workflow_id(secret: str, approver: Approver) -> str:
    """Name the workflow that tells a chat its receipts."""
    return f"receipts/{owner_hash(secret, approver)}"


def fairness_key(brand_id: str) -> str:
    """Name a brand to Temporal, which deals out work by turns among such names; they have at most 64 characters."""
    return brand_id if len(brand_id) <= _LONGEST_FAIRNESS_KEY else hashlib.sha256(brand_id.encode()).hexdigest()


def message_key(channel: Channel, message_id: str) -> str:
    """Name a message on its channel; an id that is long or holds unusual characters is hashed."""
    plain = _PLAIN_MESSAGE_ID.fullmatch(message_id)
    return f"{channel}/{message_id if plain else hashlib.sha256(message_id.encode()).hexdigest()}"


def content_id(secret: str, *content: str) -> str:
    """Name a message that came without an id by what is in it; keyed, for Temporal stores it in clear."""
    key = hmac.new(secret.encode(), b"approval-gateway message without an id", hashlib.sha256).digest()
    return f"content:{hmac.new(key, chr(10).join(content).encode(), hashlib.sha256).hexdigest()}"


def imessage_id(secret: str, row: str, sender: Approver, date: str) -> str:
    """Name an iMessage, whose own id is the row number of one Mac's database: another Mac begins again with 1.

    What is added is keyed, for Temporal stores it in clear.
    """
    key = hmac.new(secret.encode(), b"approval-gateway iMessage", hashlib.sha256).digest()
    mark = hmac.new(key, f"{row}\n{sender}\n{date}".encode(), hashlib.sha256).hexdigest()
    return f"{row}-{mark[:_MARK_LENGTH]}"


def own_text_mark(secret: str, reader: Approver, text: str) -> str:
    """Name a text of ours in a chat; white space may change on its way."""
    key = hmac.new(secret.encode(), b"approval-gateway own text", hashlib.sha256).digest()
    return hmac.new(key, f"{reader}\n{' '.join(text.split())}".encode(), hashlib.sha256).hexdigest()


def subscription_mark(secret: str) -> str:
    """Name the sidecar's secret in the URL that it calls, which tells nothing of the secret."""
    return hmac.new(secret.encode(), b"approval-gateway subscription", hashlib.sha256).hexdigest()[:_SHORT_MARK_LENGTH]


@dataclass(frozen=True)
class PromptAttempt:
    """One send of one part of a prompt, by the approver's number: `1-2`, then `1-2-repeated`, then `1-2-repeated-2`."""

    approver_number: int
    part: str
    repetition: int = 0

    def __str__(self) -> str:
        marks = {0: "", 1: "-repeated"}
        return f"{self.approver_number}-{self.part}{marks.get(self.repetition, f'-repeated-{self.repetition}')}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what a text says; None if it names no attempt."""
        match = _ATTEMPT.fullmatch(text)
        return cls(int(match[1]), match[2], int(match[4] or bool(match[3]))) if match else None


def prompt_activity_id(channel: Channel, attempt: PromptAttempt) -> str:
    """Name the send of one part, so that operators and the edge can recognise it among the pending activities."""
    return f"prompt/{channel}/" + str(attempt).replace("-", "/")


def prompt_key(candidate_id: str, channel: Channel, attempt: PromptAttempt) -> str:
    """Name the slot of one part's send, and its message in the chat's memory."""
    return f"{candidate_id}/{prompt_activity_id(channel, attempt)}"


def is_prompt_key(key: str) -> bool:
    """Whether a message is a part of a prompt, by its name in the chat's memory; no candidate's id has a slash."""
    return key.split("/")[1:2] == ["prompt"]


def status_path(candidate_id: str, attempt: PromptAttempt) -> str:
    """Return the path at the edge where Twilio sends its status reports of a part."""
    return f"/webhooks/whatsapp/status/{candidate_id}/{attempt}"


def prompt_activity_prefix(channel: Channel, approver_number: int) -> str:
    """Begin the names of all sends to one approver."""
    return f"prompt/{channel}/{approver_number}/"


def webhook_id(candidate_id: str) -> str:
    """Standard Webhooks' message id: one for a candidate, so that core can drop a decision that it has."""
    return f"msg_{hashlib.sha256(candidate_id.encode()).hexdigest()[:32]}"


def owner_hash(secret: str, approver: Approver) -> str:
    """Hash an address with a key derived from core's secret: searchable, and no address in Temporal's plain columns."""
    key = hmac.new(secret.encode(), b"approval-gateway owner search attribute", hashlib.sha256).digest()
    return hmac.new(key, str(approver).encode(), hashlib.sha256).hexdigest()[:32]
