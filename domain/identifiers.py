"""Names that outlive a process: workflow ids, the task queue, memo keys, hashes.

domain/temporal_names.py has the types of workflows and activities, and the signals.
workflows/search_attributes.py has the search attributes, because they need types of Temporal's.
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
"""Ids that core may choose, except `.` and `..`."""

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
"""Twilio's message ids."""

TEMPLATE = "template"
"""The approved template's name among the parts of the prompt that it stands in for."""

_ATTEMPT = re.compile(rf"([1-9][0-9]{{0,3}})-([1-9][0-9]{{0,3}}|{TEMPLATE})(-repeated(?:-(?!1$)([1-9][0-9]{{0,3}}))?)?")
_PLAIN_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def approval_workflow_id(candidate_id: str) -> str:
    return f"approval/{candidate_id}"


def withdrawal_request(successor_id: str | None = None) -> str:
    """Names core's request to end a candidate, or its successor's request; each counts once."""
    return f"replaced-by/{successor_id}" if successor_id else "withdrawn-by-core"


def reply_workflow_id(message_key: str) -> str:
    return f"reply/{message_key}"


def receipts_workflow_id(secret: str, approver: Approver) -> str:
    """Names the workflow that sends a chat its receipts."""
    return f"receipts/{owner_hash(secret, approver)}"


def fairness_key(brand_id: str) -> str:
    """Returns a brand's fairness key, of at most 64 characters.

    Temporal distributes work evenly among these keys.
    """
    return brand_id if len(brand_id) <= _LONGEST_FAIRNESS_KEY else hashlib.sha256(brand_id.encode()).hexdigest()


def message_key(channel: Channel, message_id: str) -> str:
    """Names a message on its channel; hashes an id that is long or has unusual characters."""
    plain = _PLAIN_MESSAGE_ID.fullmatch(message_id)
    return f"{channel}/{message_id if plain else hashlib.sha256(message_id.encode()).hexdigest()}"


def content_id(secret: str, *content: str) -> str:
    """Names a message without an id by its content.

    The hash is keyed, because Temporal stores the name unencrypted.
    """
    key = hmac.new(secret.encode(), b"approval-gateway message without an id", hashlib.sha256).digest()
    return f"content:{hmac.new(key, chr(10).join(content).encode(), hashlib.sha256).hexdigest()}"


def imessage_id(secret: str, row: str, sender: Approver, date: str) -> str:
    """Names an iMessage by its own id and a hash.

    Its own id is a row number in one Mac's database, and another Mac starts at 1 again. The hash is
    keyed, because Temporal stores the name unencrypted.
    """
    key = hmac.new(secret.encode(), b"approval-gateway iMessage", hashlib.sha256).digest()
    mark = hmac.new(key, f"{row}\n{sender}\n{date}".encode(), hashlib.sha256).hexdigest()
    return f"{row}-{mark[:_MARK_LENGTH]}"


def gateway_text_mark(secret: str, reader: Approver, text: str) -> str:
    """Names a text of ours in a chat; ignores white space, which can change on its way."""
    key = hmac.new(secret.encode(), b"approval-gateway own text", hashlib.sha256).digest()
    return hmac.new(key, f"{reader}\n{' '.join(text.split())}".encode(), hashlib.sha256).hexdigest()


def subscription_mark(secret: str) -> str:
    """Names the sidecar's secret in the URL that the sidecar calls, without revealing it."""
    return hmac.new(secret.encode(), b"approval-gateway subscription", hashlib.sha256).hexdigest()[:_SHORT_MARK_LENGTH]


@dataclass(frozen=True)
class PromptAttempt:
    """One send of one part: `1-2`, then `1-2-repeated`, then `1-2-repeated-2`.

    The first number is the approver's, the second is the part's.
    """

    approver_number: int
    part: str
    repetition: int = 0

    def __str__(self) -> str:
        marks = {0: "", 1: "-repeated"}
        return f"{self.approver_number}-{self.part}{marks.get(self.repetition, f'-repeated-{self.repetition}')}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parses the name of an attempt; returns None for anything else."""
        match = _ATTEMPT.fullmatch(text)
        return cls(int(match[1]), match[2], int(match[4] or bool(match[3]))) if match else None


def prompt_activity_id(channel: Channel, attempt: PromptAttempt) -> str:
    """Names the send of one part.

    Operators and the edge recognize it among the pending activities.
    """
    return f"prompt/{channel}/" + str(attempt).replace("-", "/")


def prompt_key(candidate_id: str, channel: Channel, attempt: PromptAttempt) -> str:
    """Names the slot of one part's send, and its message in the chat's memory."""
    return f"{candidate_id}/{prompt_activity_id(channel, attempt)}"


def is_prompt_key(key: str) -> bool:
    """Returns whether a key in the chat's memory names a part of a prompt.

    A candidate's id contains no slash.
    """
    return key.split("/")[1:2] == ["prompt"]


def status_path(candidate_id: str, attempt: PromptAttempt) -> str:
    """Returns the edge's path to which Twilio sends its status reports of a part."""
    return f"/webhooks/whatsapp/status/{candidate_id}/{attempt}"


def prompt_activity_prefix(channel: Channel, approver_number: int) -> str:
    """Returns the prefix of the activity ids of all sends to one approver."""
    return f"prompt/{channel}/{approver_number}/"


def webhook_id(candidate_id: str) -> str:
    """Returns the message id of Standard Webhooks.

    A candidate has only one, so core can drop a decision that it already has.
    """
    return f"msg_{hashlib.sha256(candidate_id.encode()).hexdigest()[:32]}"


def owner_hash(secret: str, approver: Approver) -> str:
    """Hashes an address with a key derived from core's secret.

    The hash is searchable, and Temporal's plain columns contain no address.
    """
    key = hmac.new(secret.encode(), b"approval-gateway owner search attribute", hashlib.sha256).digest()
    return hmac.new(key, str(approver).encode(), hashlib.sha256).hexdigest()[:32]
